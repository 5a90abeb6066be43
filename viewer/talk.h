/* SPDX-License-Identifier: MIT */
/*
 * What a client knows of the chat: the rooms that it is in, who is there, and the private
 * conversations; made of the messages that came. Each becomes events, in words that do nothing to a
 * terminal. No input or output.
 */
#ifndef SPILLWAY_TALK_H
#define SPILLWAY_TALK_H

#include <stdint.h>

#include "common/message.h"
#include "viewer/recent.h"
#include "viewer/roster.h"
#include "viewer/support.h"

enum {
	TALK_MAX_ROOMS = 64, /* and private conversations, together */
	TALK_NAME_SIZE = 160,
	TALK_TOPIC_SIZE = 512,
	TALK_TEXT_SIZE = 18432, /* of an event */
	TALK_NAMES_SIZE = 400,	/* of one of several that list people */
	TALK_MAX_LISTINGS = 32, /* that were asked for and not answered yet */
	TALK_MAX_BATCHES = 8,	/* of history, at the same time */
	TALK_REF_SIZE = 65,
	TALK_TIME_SIZE = 32,
	TALK_ID_SIZE = 129, /* of a message; longer ones are as good as none */
};

enum talk_kind {
	TALK_MESSAGE,
	TALK_ACTION, /* said as what somebody does */
	TALK_NOTICE,
	TALK_JOIN,
	TALK_PART,
	TALK_QUIT,
	TALK_KICK,
	TALK_NICK,
	TALK_TOPIC,
	TALK_MODE,
	TALK_NAMES,
	TALK_INFO,
	TALK_ERROR,  /* something that was asked for is refused */
	TALK_GAP,    /* something that was said isn't shown here */
	TALK_DELETE, /* the message with that id is deleted; text: why */
	TALK_ANNOUNCEMENT,
	TALK_KINDS
};

enum talk_when {
	TALK_NOW,
	TALK_PAST, /* from the history; what it is there for says backlog.h: */
	TALK_CONTEXT,
	TALK_MISSED,  /* while there was no connection */
	TALK_EARLIER, /* belongs before all that was told, … */
	TALK_IN_GAP,  /* … or behind the latest TALK_GAP */
};

struct backlog;

struct talk_room {
	char name[TALK_NAME_SIZE]; /* of a private conversation: the other one's nick */
	bool is_room, joined;
	char topic[TALK_TOPIC_SIZE];
	struct roster roster;
	int64_t read_ms;	 /* how far we have read, here or elsewhere; 0: unknown */
	void *view;		 /* the owner's, … */
	struct backlog *backlog; /* … as this is, … */
	struct recent recent;	 /* … and this, which is finished with the room */
};

struct talk_event {
	enum talk_kind kind;
	struct talk_room *room; /* NULL: none in particular */
	const char *who;	/* whose doing it is: a nick, or a server; "" */
	const char *text; /* of a message perhaps several lines, with line feeds between them */
	const char *id;	  /* of a message; "" */
	const char *
		sealed; /* the line of a message that isn't opened yet, as it came; NULL: it is open */
	const char *whose; /* TALK_DELETE: who had said it; NULL: not known. The owner's */
	int64_t time_ms;
	enum talk_when when;
	size_t number; /* of TALK_EARLIER and TALK_IN_GAP: how many came just before that belong there, too */
	bool secret;	/* it came encrypted */
	bool own;	/* our doing */
	bool addressed; /* private, or our nick is in it */
};

struct talk_batch {
	char ref[TALK_REF_SIZE];
	char room[TALK_NAME_SIZE];
};

/* What the user wanted, when a message answers that. Borrowed. */
struct talk_asked {
	const char *place; /* where he typed it: a room, a nick, or "" */
	const char *deed;  /* "kick bob out of #cam"; "" */
};

enum talk_listing { TALK_LIST_NOTHING, TALK_LIST_USERS, TALK_LIST_OPERATORS };

struct talk_several; /* a message of several lines that is coming */

struct talk {
	void *context;
	const char *nick; /* ours; borrowed, and always the present one */
	void (*told)(struct talk *talk, const struct talk_event *event);
	/* Before a room goes. */
	void (*closing)(struct talk *talk, struct talk_room *room);
	/* A page of the history has come, or is refused (NULL: of which room isn't known). May be
	 * NULL, as the next. */
	void (*paged)(struct talk *talk, struct talk_room *room, const char *failure);
	/* read_ms is another one. */
	void (*read)(struct talk *talk, struct talk_room *room);
	/* to be read */
	struct talk_room *rooms[TALK_MAX_ROOMS];
	size_t n_rooms;

	/* The rest is private. */
	enum talk_listing
		listings[TALK_MAX_LISTINGS]; /* what is said of the next lists of members */
	size_t n_listings;
	struct support support;
	struct talk_batch batches[TALK_MAX_BATCHES];
	struct talk_several *several; /* NULL: none is */
	char text[TALK_TEXT_SIZE];
};

extern const char *const talk_kind_names[TALK_KINDS];

/* Calls closing() for each room. */
void talk_finish(struct talk *talk);
/* asked: NULL where nobody asked for it, as far as is known. */
void talk_take(struct talk *talk, const struct message *message, const struct talk_asked *asked);
/* NULL where there is none. */
struct talk_room *talk_find(const struct talk *talk, const char *name);
/* Finds or makes one; NULL when there are TALK_MAX_ROOMS, or no memory. */
struct talk_room *talk_open(struct talk *talk, const char *name);
/* NAMES was sent: this is to be said of the answer. */
void talk_expect_list(struct talk *talk, enum talk_listing listing);
/* Forgets it. */
void talk_close(struct talk *talk, struct talk_room *room);
/* A text as events have it: without the codes for colours (3, with figures) and for other looks;
 * other control characters but line feeds become blanks. */
void talk_clean(struct slice text, char *to, size_t size);
/* Whether a message goes to a room, or to some in one. */
bool talk_is_room(const struct talk *talk, const char *target);
/* Whether it is of the history that was asked for. */
bool talk_is_past(struct talk *talk, const struct message *message);
/* When it was said; now, where it doesn't say. */
int64_t talk_time_of(const struct message *message);
/* A private message whose text came encrypted, in this line: told as sealed. */
void talk_take_sealed(struct talk *talk, const struct message *message, const char *line);
/* With its texts in the same memory, to be given to free(); NULL without. The room stays
 * borrowed. */
struct talk_event *talk_copy(const struct talk_event *event);
/* Of server-time; 0: this is none. */
int64_t talk_parse_time(const char *text);
/* As server-time has it: "2026-11-21T09:56:21.123Z". */
void talk_write_time(int64_t time_ms, char ret_text[TALK_TIME_SIZE]);
/* The connection is lost: nobody is known to be anywhere. */
void talk_lost(struct talk *talk);

#endif
