/* SPDX-License-Identifier: MIT */
/* Where the relay listens. */
#ifndef SPILLWAY_LISTENER_H
#define SPILLWAY_LISTENER_H

#include "relay/worker.h"

/* Listens on ADDR:PORT, on every address that ADDR stands for, and says so in the log; localhost is
 * 127.0.0.1 and ::1, whichever the machine has. Port 0 takes a free one. Returns 0 when it listens
 * on one at least; else -errno, with a sentence in ret_error. */
int listener_open(struct worker *worker, const char *endpoint, char *ret_error, size_t error_size);
/* Listens on a socket that a service manager has handed to this process (inherited.h), which it
 * takes over. It can't be joined by others, so the first worker gives every connection to the next
 * worker in turn. -ENOMEM. */
int listener_adopt(struct worker *worker, int fd);
/* Listens on the same addresses as the relay's first worker does, beside it. */
void listeners_join(struct worker *worker);
/* No new connections; the listeners are freed when their operations have ended. */
void listeners_close(struct worker *worker);

#endif
