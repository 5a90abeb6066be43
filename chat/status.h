/* SPDX-License-Identifier: MIT */
/* What the chat tells of itself by its control socket (spillway-control(7)). References; NULL
 * without memory. */
#ifndef SPILLWAY_CHAT_STATUS_H
#define SPILLWAY_CHAT_STATUS_H

#include <jansson.h>

#include "chat/room.h"

/* An object: the answer to `stat`. */
json_t *status_totals(struct server *server);
/* Arrays of objects. */
json_t *status_rooms(const struct server *server);
json_t *status_users(const struct server *server);
json_t *status_members(const struct room *room);

#endif
