/* SPDX-License-Identifier: MIT */
/*
 * /metrics: what the relay counts, for Prometheus (spillway-relay(8), METRICS). Of the whole relay,
 * of each stream, and of each stream in each transport that was ever used; never of a viewer.
 *
 * A stream that needs a token is shown to who has it or the stream's key, and to this machine
 * (auth.h); the totals count it in any case.
 */
#ifndef SPILLWAY_METRICS_H
#define SPILLWAY_METRICS_H

#include "relay/conn.h"

enum { METRICS_MAX_STREAMS = 1024 }; /* the first by name; how many were left out is said */

void metrics_answer(struct conn *conn);

#endif
