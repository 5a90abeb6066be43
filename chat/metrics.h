/* SPDX-License-Identifier: MIT */
/* What the chat counts, for Prometheus (spillway-chat(8), METRICS): of the whole chat, never of a
 * room or of anybody. */
#ifndef SPILLWAY_CHAT_METRICS_H
#define SPILLWAY_CHAT_METRICS_H

#include "chat/server.h"
#include "common/exposition.h"

void metrics_write(const struct server *server, struct exposition *out);

#endif
