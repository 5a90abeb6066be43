/* SPDX-License-Identifier: MIT */
/* Whether anybody watches, as far as the relay tells (DEMAND), and for how long nobody has.
 * Pure. */
#ifndef SPILLWAY_CAPTURE_AUDIENCE_H
#define SPILLWAY_CAPTURE_AUDIENCE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	AUDIENCE_LINGER_US = 2000000, /* frames are made for nobody; who comes back needn't wait */
	AUDIENCE_TELL_US = 2000000,   /* a relay that tells begins with it, within that time */
};

struct audience {
	int64_t opened_us; /* the conversation */
	bool tells;	   /* the relay has told how many watch */
	bool watches;	   /* somebody does */
	int64_t left_us;   /* since when nobody does */
	bool rests;	   /* the relay was told that no frame follows */
};

/* A conversation begins. */
void audience_init(struct audience *audience, int64_t now_us);
/* The relay tells how many watch. True when that is new, or changed from or to nobody. */
bool audience_told(struct audience *audience, uint64_t n, int64_t now_us);
/* Whether somebody watches; a relay that doesn't tell in time is taken to mean so. */
bool audience_is_there(const struct audience *audience, int64_t now_us);
/* Whether frames are of use: somebody watches, or did a moment ago, or who knows. */
bool audience_wants(const struct audience *audience, int64_t now_us);

#endif
