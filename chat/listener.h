/* SPDX-License-Identifier: MIT */
/* Where the chat listens. */
#ifndef SPILLWAY_CHAT_LISTENER_H
#define SPILLWAY_CHAT_LISTENER_H

#include "chat/server.h"

/* Listens on ADDR:PORT, on every address that ADDR stands for, and says so in the log; localhost is
 * 127.0.0.1 and ::1, whichever the machine has. Port 0 takes a free one. Returns 0 when it listens
 * on one at least; else -errno, with a sentence in ret_error. */
int listener_open(struct server *server, const char *endpoint, char *ret_error, size_t error_size);
/* Listens on a socket that a service manager has handed to this process (inherited.h), which it
 * takes over. -ENOMEM. */
int listener_adopt(struct server *server, int fd);
/* No new connections; the listeners are freed when their operations have ended. */
void listeners_close(struct server *server);

#endif
