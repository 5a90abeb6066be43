/* SPDX-License-Identifier: MIT */
/* What can be told of a worker, as JSON. Each function returns a reference, NULL without memory. */
#ifndef SPILLWAY_STATUS_H
#define SPILLWAY_STATUS_H

#include <jansson.h>

#include "relay/relay.h"
#include "relay/stream.h"

/* For everybody: names, sizes and numbers of viewers. Streams that need a token are left out. */
json_t *status_public_streams(const struct worker *worker);
/* The whole relay's numbers. */
json_t *status_totals(const struct relay *relay);

/* An event of the control socket about a stream, here or mirrored. */
json_t *status_event(const char *event, const struct stream *stream);

/* For the control socket; each worker tells of its own. */
json_t *status_home_streams(const struct worker *worker); /* an array */
json_t *status_viewers(const struct worker *worker,
		       const char *stream); /* the same; NULL: of all */

#endif
