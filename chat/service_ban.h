/* SPDX-License-Identifier: MIT */
/* Who is banned from the whole service, by its operators (server->bans), who may know addresses:
 * masks are compared with the true one, and with the cloak. */
#ifndef SPILLWAY_SERVICE_BAN_H
#define SPILLWAY_SERVICE_BAN_H

#include "chat/client.h"

/* Sends the client away, with 465 and why, if it is banned; whether it was. Operators of the
 * service never are. */
bool service_ban_check(struct client *client);
/* The same with everybody who is here. */
void service_ban_check_all(struct server *server);

#endif
