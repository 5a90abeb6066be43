/* SPDX-License-Identifier: MIT */
/*
 * Demand: how many want a stream's frames now: its viewers, those that move to it, and who has
 * asked for a picture. Each worker counts its own in its share of the tally; the home adds them up
 * and tells the publisher, so that nothing is encoded for nobody.
 */
#ifndef SPILLWAY_DEMAND_H
#define SPILLWAY_DEMAND_H

#include "relay/stream.h"

enum { DEMAND_PICTURE_US = 5000000 /* so long who asks for a picture counts */ };

uint64_t demand_of(const struct stream *stream);
/* One more here, and one less. */
void demand_add(struct stream *stream);
void demand_remove(struct stream *stream);
/* Somebody has asked for the newest picture. */
void demand_picture(struct stream *stream);

/* At home. Its publisher has just begun: it is told. */
void demand_begin(struct stream *stream);
/* At home, some worker's share has changed from or to nothing: the publisher is told where the sum
 * has, too. */
void demand_changed(struct stream *stream);
/* Now and then: what has changed otherwise, and who has asked long ago. */
void demand_sweep(struct stream *stream, int64_t now_us);

#endif
