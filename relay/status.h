/* SPDX-License-Identifier: MIT */
/* What can be told of a worker, as JSON. Each function returns a reference, NULL without memory. */
#ifndef SPILLWAY_STATUS_H
#define SPILLWAY_STATUS_H

#include <jansson.h>

#include "relay/worker.h"

/* For everybody: names, sizes and numbers of viewers. Streams that need a token are left out. */
json_t *status_public_streams(const struct worker *worker);
/* For the control socket: addresses too. */
json_t *status_streams(const struct worker *worker);
json_t *status_viewers(const struct worker *worker, const char *stream); /* NULL: of all */
json_t *status_totals(const struct worker *worker);

#endif
