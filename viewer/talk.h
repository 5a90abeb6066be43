/* SPDX-License-Identifier: MIT */
/*
 * What a client knows of the chat: the rooms that it is in, who is there, and the private conversations;
 * made of the messages that came. Each becomes events, in words that do nothing to a terminal. No
 * input or output.
 */
#ifndef SPILLWAY_TALK_H
#define SPILLWAY_TALK_H

#include <stdint.h>

#include "common/message.h"
#include "viewer/roster.h"

enum {
	TALK_MAX_ROOMS = 64, /* and private conversations, together */
	TALK_NAME_SIZE = 160,
	TALK_TOPIC_SIZE = 512,
	TALK_TEXT_SIZE = 1024,	/* of an event */
	TALK_NAMES_SIZE = 400,	/* of one of several that list people */
	TALK_MAX_LISTINGS = 32, /* that were asked for and not answered yet */
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
	TALK_ERROR, /* something that was asked for is refused */
	TALK_KINDS
};

struct talk_room {
	char name[TALK_NAME_SIZE]; /* of a private conversation: the other one's nick */
	bool is_room, joined;
	char topic[TALK_TOPIC_SIZE];
	struct roster roster;
	void *view; /* the owner's */
};

struct talk_event {
	enum talk_kind kind;
	struct talk_room *room; /* NULL: none in particular */
	const char *who;	/* whose doing it is: a nick, or a server; "" */
	const char *text;
	int64_t time_s;
	bool own;	/* our doing */
	bool addressed; /* private, or our nick is in it */
};

enum talk_listing { TALK_LIST_NOTHING, TALK_LIST_USERS, TALK_LIST_OPERATORS };

struct talk {
	void *context;
	const char *nick; /* ours; borrowed, and always the present one */
	void (*told)(struct talk *talk, const struct talk_event *event);
	/* Before a room goes that has a view. */
	void (*closing)(struct talk *talk, struct talk_room *room);
	/* to be read */
	struct talk_room *rooms[TALK_MAX_ROOMS];
	size_t n_rooms;

	/* The rest is private. */
	enum talk_listing
		listings[TALK_MAX_LISTINGS]; /* what is said of the next lists of members */
	size_t n_listings;
	char text[TALK_TEXT_SIZE];
};

extern const char *const talk_kind_names[TALK_KINDS];

/* Calls closing() for each room that has a view. */
void talk_finish(struct talk *talk);
void talk_take(struct talk *talk, const struct message *message);
/* NULL where there is none. */
struct talk_room *talk_find(const struct talk *talk, const char *name);
/* Finds or makes one; NULL when there are TALK_MAX_ROOMS, or no memory. */
struct talk_room *talk_open(struct talk *talk, const char *name);
/* NAMES was sent: this is to be said of the answer. */
void talk_expect_list(struct talk *talk, enum talk_listing listing);
/* Forgets it. */
void talk_close(struct talk *talk, struct talk_room *room);
/* The connection is lost: nobody is known to be anywhere. */
void talk_lost(struct talk *talk);

#endif
