/* SPDX-License-Identifier: MIT */
/* Bans and mutes that hold for a time, of rooms and of the service: what happens when it is
 * over. */
#ifndef SPILLWAY_ROOM_EXPIRY_H
#define SPILLWAY_ROOM_EXPIRY_H

#include <stdint.h>

struct server;

/* The entries of the lists that are over are taken out, and that is told; nothing before
 * server->next_expiry_s. */
void room_expiry_check(struct server *server, int64_t now_s);

#endif
