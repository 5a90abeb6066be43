/* SPDX-License-Identifier: MIT */
/* What can be told of a worker, as JSON. Each function returns a reference, NULL without memory. */
#ifndef SPILLWAY_STATUS_H
#define SPILLWAY_STATUS_H

#include <jansson.h>

#include "relay/relay.h"

/* For everybody: names, sizes and numbers of viewers. Streams that need a token are left out. */
json_t *status_public_streams(const struct worker *worker);
/* The whole relay's numbers. */
json_t *status_totals(const struct relay *relay);

/* For the control socket; each worker tells of its own. */
json_t *status_home_streams(const struct worker *worker); /* an array */
json_t *status_viewers(const struct worker *worker,
		       const char *stream); /* the same; NULL: of all */

#endif
