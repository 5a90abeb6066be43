/* SPDX-License-Identifier: MIT */
/* The chat's control socket: its requests (spillway-control(7)). */
#ifndef SPILLWAY_CHAT_CONTROL_H
#define SPILLWAY_CHAT_CONTROL_H

#include "chat/server.h"

/* Listens where the configuration says, or on the inherited descriptor where that isn't -1, and
 * sets server->control, which is NULL again when it has ended. -errno. */
int control_create(struct server *server, int inherited);

#endif
