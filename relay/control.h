/* SPDX-License-Identifier: MIT */
/* The relay's control socket: its requests and events (spillway-control(7)). */
#ifndef SPILLWAY_RELAY_CONTROL_H
#define SPILLWAY_RELAY_CONTROL_H

#include "relay/stream.h"
#include "relay/worker.h"

/* Listens on path (NULL: the default place), or on the inherited descriptor where that isn't -1,
 * and sets worker->control, which is NULL again when it has ended; worker is the relay's first.
 * -errno. */
int control_create(struct worker *worker, const char *path, int inherited);
/* Tells subscribers that a stream went live or ended; nothing at other workers. */
void control_event(struct worker *worker, const char *event, const struct stream *stream);
/* Tells subscribers who want it which streams have more viewers, or fewer, than at the last sweep;
 * nothing at other workers. */
void control_sweep(struct worker *worker);

#endif
