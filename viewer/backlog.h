/* SPDX-License-Identifier: MIT */
/*
 * What of the messages of a room, or of a private conversation, was shown, and what has to be asked for (IRCv3 draft/chathistory), so that
 * each is shown once and in order. No input or output:
 *
 *	1. backlog_enter(), when the room is entered: what was said since the last message that is known is
 *	   wanted, or, the first time, some lines before.
 *	2. backlog_ask() writes a request, as long as there is one to be sent.
 *	3. backlog_take() is given all events of the room. Pages of the history are kept until they are
 *	   complete; what happens meanwhile waits, and comes behind them.
 *	4. backlog_page() and backlog_fail() say how it went, backlog_answered() that all has come: go on at 2.
 *
 * A message is known again by its id (msgid). Where the server doesn't know an id any more, it is asked by
 * time.
 */
#ifndef SPILLWAY_BACKLOG_H
#define SPILLWAY_BACKLOG_H

#include "viewer/talk.h"

enum {
	BACKLOG_PAGE = 100,	   /* lines that are asked for at once */
	BACKLOG_MAX_MISSED = 1000, /* lines after a loss; behind more there is a gap, … */
	BACKLOG_REST = 50,	   /* … and then come so many, the latest */
	BACKLOG_MAX_EARLIER = 1000,
	BACKLOG_MAX_HELD = 1000, /* events that wait */
	BACKLOG_MAX_SEEN = 2048, /* messages that are known again */
	BACKLOG_ID_SIZE = 129,	 /* longer ids aren't asked for */
	BACKLOG_SENTENCE = 256,
};

struct backlog_point {
	char id[BACKLOG_ID_SIZE]; /* "" where there is none */
	int64_t time_ms;	  /* 0: nothing is known */
};

struct backlog_lines {
	struct talk_event **items;
	size_t n, size;
};

enum backlog_wants {
	BACKLOG_NOTHING,
	BACKLOG_CONTEXT, /* what was said before the room was entered */
	BACKLOG_MISSED,	 /* what was said since the last message */
	BACKLOG_LATEST,	 /* the end of that, as it is too much */
	BACKLOG_EARLIER, /* what was said before the first message */
	BACKLOG_IN_GAP,
	BACKLOG_KINDS
};

struct backlog { /* to be read: wants, incomplete, label; the rest is private */
	struct talk_room *room;
	void *context;
	void (*show)(void *context, const struct talk_event *event);
	enum backlog_wants wants;
	bool incomplete; /* the last time, not all that was missed could be had */
	bool paged;	 /* a page was shown: what came now may stand in it, too */
	struct backlog_point first, last;
	struct backlog_point gap_from,
		gap_to;			      /* the messages around it; gap_to.time_ms 0: no gap */
	bool asked, complete, by_id, by_time; /* by_id: a message was named by its id */
	unsigned wanted, missed;
	unsigned earlier; /* lines that are wanted then */
	char failure[BACKLOG_SENTENCE];
	struct backlog_lines page, held;
	size_t page_at;			 /* where the next line of the page goes */
	uint32_t label;			 /* of the request; the owner's */
	uint64_t seen[BACKLOG_MAX_SEEN]; /* hashes of ids: a ring */
	size_t n_seen;
};

/* NULL without memory. The room is borrowed. show() gets each event when its turn has come. */
struct backlog *backlog_create(struct talk_room *room, void *context,
			       void (*show)(void *context, const struct talk_event *event));
void backlog_destroy(struct backlog *backlog); /* NULL is fine */

/* We are in the room, since time_ms. context: lines to be shown before, the first time. */
void backlog_enter(struct backlog *backlog, int64_t time_ms, unsigned context);
/* We have been there, since time_ms: what was said since is missed, or since the last message,
 * where one is known. */
void backlog_since(struct backlog *backlog, int64_t time_ms);
/* Wants so many earlier lines, as soon as the room is there and nothing else is under way. */
void backlog_earlier(struct backlog *backlog, unsigned n);
/* The next request, with CR LF; its length. 0: there is none to be sent now. */
size_t backlog_ask(struct backlog *backlog, char ret_line[MESSAGE_MAX_LINE]);
void backlog_take(struct backlog *backlog, const struct talk_event *event);
/* A page has come to its end. */
void backlog_page(struct backlog *backlog);
/* It is refused, in the words of the server. */
void backlog_fail(struct backlog *backlog, const char *sentence);
/* The request was answered. */
void backlog_answered(struct backlog *backlog);
/* The connection is lost: what waits comes again with the history. */
void backlog_lost(struct backlog *backlog);
/* No history any more: shows what waits. */
void backlog_end(struct backlog *backlog);

#endif
