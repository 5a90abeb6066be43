/* SPDX-License-Identifier: MIT */
/* What is being said, to rooms and to people: for the handlers of PRIVMSG, NOTICE and TAGMSG. */
#ifndef SPILLWAY_COMMANDS_TALK_H
#define SPILLWAY_COMMANDS_TALK_H

#include "chat/errand.h"
#include "chat/history.h"
#include "chat/limits.h"

struct talk {
	struct client *client;
	const char *command;
	const char *text;     /* may have several lines (multiline.h); NULL: TAGMSG */
	bool may_be_answered; /* NOTICE must not be, not even by errors */
	unsigned need;	      /* capabilities of who is told */
	char tags[MESSAGE_MAX_CLIENT_TAGS];
};

/* On its way through the store: nobody is told, its sender included, before it is on disk. */
struct said {
	struct history_add add; /* with the message; its texts are these: */
	struct room_speech speech;
	struct history_redact undo; /* where it was cut off */
	struct errand *errand;
	void (*tell)(struct said *said, struct client *from); /* from: NULL, when he has gone */
	char id[EVENT_ID_SIZE];
	char tags[MESSAGE_MAX_CLIENT_TAGS];
	char source[NICK_SOURCE_SIZE];
	char account[NICK_MAX + 1];
	char own[NICK_MAX + 1];		/* the sender's account, where it isn't said to a room */
	char target[ROOM_NAME_MAX + 1]; /* a room, or an account */
	char text[];
};

/* Whether a PRIVMSG or NOTICE needn't wait for messages that are under way: all that can come of it
 * is that it is stored, or that its client is told why not. What is said to some of a room, or to
 * somebody, may be told at once. */
bool talk_goes_ahead(const struct client *client, const struct message *message);
/* To a room, with the marks of those who are meant before it, or to a person. */
void talk_to(const struct talk *talk, char *target);
/* own: "" for a room. member: as whom it is said there; NULL: as none. Says itself why it couldn't
 * be stored. */
void talk_store(const struct talk *talk, const char *own, const char *target, struct member *member,
		void (*tell)(struct said *said, struct client *from));
/* A message that isn't stored; its texts are talk's. id has EVENT_ID_SIZE bytes. */
struct history_message talk_message(const struct talk *talk, char *id);
/* A limit stands in the way. */
void talk_refuse(const struct talk *talk, const char *target, const struct limits_refusal *refusal);
/* To a nick, or to an account that nobody of that nick is logged in to. */
void talk_to_person(const struct talk *talk, const char *nick);

#endif
