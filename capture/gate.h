/* SPDX-License-Identifier: MIT */
/*
 * When the next picture of a live source may be shown, so that they are no more than a rate. The
 * times are those of the rate, from the first picture on, so that nothing drifts; a source that was
 * still, or late by more than an interval, begins anew with the picture that comes then. Pure.
 */
#ifndef SPILLWAY_CAPTURE_GATE_H
#define SPILLWAY_CAPTURE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/rate.h"

struct gate {
	struct rate rate; /* frames 0: no limit */
	bool begun;
	int64_t base_us; /* of the clock */
	uint64_t n;	 /* pictures since then */
};

void gate_init(struct gate *gate, struct rate rate);
/* The clock's time from which on a picture may be shown; long past when any time will do. */
int64_t gate_due_us(const struct gate *gate);
/* A picture is shown now, when it is due. */
void gate_pass(struct gate *gate, int64_t now_us);
/* Whether a picture is one of those of the rate, where more come than these; it is shown then. One
 * that is early by less than a quarter of an interval is on time: cameras aren't exact. */
bool gate_takes(struct gate *gate, int64_t at_us);

#endif
