/* SPDX-License-Identifier: MIT */
/* Who wants to know when somebody of a nick comes or goes (IRCv3 MONITOR). */
#ifndef SPILLWAY_MONITOR_H
#define SPILLWAY_MONITOR_H

#include "chat/client.h"

enum { MONITOR_MAX = 100 }; /* nicks a client monitors */

/* A nick that somebody monitors, whether there is one of that name or not. */
struct target {
	struct table_link by_nick; /* in server->targets */
	struct list watches;	   /* by_target */
	char nick[NICK_MAX + 1];
};

struct watch {
	struct target *target;
	struct client *client;
	struct list by_target, by_client;
};

/* The nick is valid. Twice is once. -ENOSPC, -ENOMEM. */
int monitor_add(struct client *client, const char *nick);
void monitor_remove(struct client *client, const char *nick);
void monitor_clear(struct client *client);

/* Tells who monitors its nick that the client is here, or has gone. */
void monitor_tell_online(struct client *client);
void monitor_tell_offline(struct server *server, const char *nick);
/* Each of them that wasn't visited in this round (client_visit()). */
void monitor_each(struct client *client, client_visitor *visit, void *context);

#endif
