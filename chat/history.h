/* SPDX-License-Identifier: MIT */
/*
 * What was said: messages of rooms, and private ones between two accounts, in their order (IRCv3
 * draft/chathistory, draft/message-redaction). Jobs of the store (store.h).
 *
 * A conversation is named from the side of who asks: a room's name, or the account of the other
 * one. `own` is the account of who asks: "" where it has none, and then there are rooms only. Texts
 * are borrowed until the job is done.
 *
 * The order is that of times, and of writing where these are equal. A message is never earlier than
 * the one stored before it, unless the clock was set back by more than HISTORY_MAX_BACK_MS.
 */
#ifndef SPILLWAY_HISTORY_H
#define SPILLWAY_HISTORY_H

#include "chat/nick.h"
#include "chat/room_name.h"
#include "chat/store.h"
#include "common/list.h"

enum {
	HISTORY_MAX_PAGE = 1000,      /* messages */
	HISTORY_MAX_TARGETS = 1000,   /* conversations that TARGETS looks at */
	HISTORY_MAX_REDACT = 1000,    /* messages deleted at once */
	HISTORY_EVENTS = 2,	      /* times the limit of messages are in a page, at most */
	HISTORY_STEP = 200,	      /* messages that one step of forgetting deletes */
	HISTORY_MAX_BACK_MS = 600000, /* a clock that is set back by less is waited for */
};

struct history_message {
	const char *msgid;
	int64_t time_ms;     /* Unix time */
	const char *command; /* PRIVMSG, NOTICE, TAGMSG; of events others */
	const char *source;  /* nick!user@host */
	const char *account; /* of the sender; "" for none */
	const char *tags;    /* client tags, as they came */
	const char *text;
	bool bot;
};

struct history_conversation {
	const char *own;
	const char *target;
};

/* ---- writing ---- */

struct history_add {
	struct store_job job;
	struct history_conversation in;
	struct history_message message; /* time_ms may be put later: this is what is stored */
};

/* Result: 0; -EEXIST: the id is taken. done == NULL waits, here and below. */
int history_add(struct store *store, struct history_add *add, store_done *done);

/* What happened in rooms besides messages (chronicle.h). */
struct history_event {
	struct list link; /* in history_events */
	char room[ROOM_NAME_MAX + 1];
	bool kept; /* the room is; of others nothing is stored until something was said there */
	char id[NICK_SOURCE_SIZE], account[NICK_MAX + 1];
	struct history_message message; /* its texts are these */
	char memory[];
};

struct history_events {
	struct store_job job;
	struct list events;
};

/* Adds them as they are, whatever their times. Result: 0. */
int history_add_events(struct store *store, struct history_events *events, store_done *done);

enum history_by { HISTORY_BY_ID, HISTORY_BY_ACCOUNT, HISTORY_BY_SOURCE, HISTORY_BY_ANYBODY };

/* Deletes one message or event; or the latest messages of somebody, and as many events that are his
 * doing, which aren't counted. Their text is gone from the disk, too. */
struct history_redact {
	struct store_job job;
	struct history_conversation in;
	enum history_by by;
	const char *which;  /* a msgid, an account, a source; for HISTORY_BY_ANYBODY "*" */
	const char *author; /* only if it is of this account; NULL: whoever's it is */
	struct rows rows;   /* what was deleted; the caller's to finish */
	bool more;	    /* there may be */
};

/* Result: how many; -ENOENT: none has that id; -EACCES: it is another one's. */
int history_redact(struct store *store, struct history_redact *redact, store_done *done);
const char *history_redacted(const struct history_redact *redact, size_t i); /* its id */
const char *history_redacted_source(const struct history_redact *redact, size_t i);

/* One step of forgetting: what is older, and in each conversation what is over the count: of its
 * messages, and of what happened there. */
struct history_forget {
	struct store_job job;
	int64_t before_ms; /* 0: all ages */
	int64_t keep;	   /* messages a conversation; 0: all */
};

/* Result: how many were deleted; 0: it is finished. */
int history_forget(struct store *store, struct history_forget *forget, store_done *done);

/* ---- reading ---- */

enum history_which {
	HISTORY_LATEST,	 /* the latest; after `from`, if it isn't HISTORY_ANYWHERE */
	HISTORY_BEFORE,	 /* the last before `from` */
	HISTORY_AFTER,	 /* the first after `from` */
	HISTORY_AROUND,	 /* as many before `from` as from there on */
	HISTORY_BETWEEN, /* from `from` on towards `to`, whichever is earlier; neither is in it */
};

enum history_place { HISTORY_ANYWHERE, HISTORY_AT_ID, HISTORY_AT_TIME };

struct history_point {
	enum history_place place;
	const char *msgid;
	int64_t time_ms;
};

struct history_page {
	struct store_job job;
	struct history_conversation in;
	enum history_which which;
	struct history_point from, to;
	size_t limit; /* of messages, cut to HISTORY_MAX_PAGE */
	bool events; /* with what happened between them; where that is too much, the page ends sooner */
	struct rows rows; /* the earliest first; the caller's to finish */
};

/* Result: 0; -ENOENT: no such message, or event, in this conversation. */
int history_page(struct store *store, struct history_page *page, store_done *done);
/* Of a page's rows, or of what was missed; borrowed from them. */
void history_message(const struct rows *rows, size_t i, struct history_message *ret_message);
/* Whether it is none, but an event. */
bool history_is_event(const struct history_message *message);

/* The account's marker (markers.h) of when its last connection left. */
#define HISTORY_LEFT "*"

/* What others have told an account in private since then. */
struct history_missed {
	struct store_job job;
	const char *own;
	size_t limit;	  /* the latest so many */
	struct rows rows; /* the earliest first; the caller's to finish */
};

/* Result: 0. */
int history_missed(struct store *store, struct history_missed *missed, store_done *done);

struct history_target {
	char name[ROOM_NAME_MAX + 1];
	int64_t time_ms; /* of its latest message */
};

/* Conversations whose latest message is between two times, neither included: rooms that are named,
 * and all private ones of an account. */
struct history_targets {
	struct store_job job;
	const char *own;
	const char *const *rooms; /* NULL at the end */
	int64_t after_ms, before_ms;
	size_t limit;
	size_t n;
	struct history_target targets[HISTORY_MAX_TARGETS]; /* the earliest first */
};

/* Result: 0. */
int history_targets(struct store *store, struct history_targets *targets, store_done *done);

#endif
