/* SPDX-License-Identifier: MIT */
/*
 * An encoded picture on its way to the relay. Who makes it lends it: the uplink takes it over and
 * gives it back by release(), whether it was sent or dropped. release() doesn't call the uplink.
 */
#ifndef SPILLWAY_CAPTURE_FRAME_H
#define SPILLWAY_CAPTURE_FRAME_H

#include <stddef.h>
#include <stdint.h>

struct frame {
	const uint8_t *data;
	size_t len;
	int64_t pts_us;	    /* on the source's own clock */
	int64_t capture_us; /* Unix time */
	void (*release)(struct frame *frame);
	int64_t given_us; /* the uplink's: when it was given the frame */
};

#endif
