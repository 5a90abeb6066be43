/* SPDX-License-Identifier: MIT */
/* Changes of modes, as they are told: gathered into MODE messages, as many as they need. */
#ifndef SPILLWAY_MODE_TELL_H
#define SPILLWAY_MODE_TELL_H

#include "chat/room.h"

struct mode_tell {
	struct server *server;
	const struct event_author *author; /* borrowed; NULL: the service itself */
	struct room *room;		   /* whose members are told; NULL: the client alone is */
	struct client *client;		   /* is told in any case; NULL: nobody is */
	struct member *about;		   /* told to whom its coming is told; NULL: to all */
	size_t n;
	struct mode_told {
		bool add;
		char letter;
		char parameter[MASK_MAX]; /* "": none */
	} told[MODE_MAX_CHANGES];
};

void mode_tell_init(struct mode_tell *tell, struct server *server,
		    const struct event_author *author, struct room *room, struct client *client);
void mode_tell_add(struct mode_tell *tell, bool add, char letter, const char *parameter);
/* Several modes of one member. */
void mode_tell_member(struct mode_tell *tell, const struct member *member, unsigned modes,
		      bool add);
/* Tells what is left. */
void mode_tell_end(struct mode_tell *tell);

#endif
