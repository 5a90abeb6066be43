/* SPDX-License-Identifier: MIT */
/* How long, as people type it: "10m", "2h", "1d12h", "90s", "1w"; a number alone means minutes.
 * Pure. */
#ifndef SPILLWAY_DURATION_H
#define SPILLWAY_DURATION_H

#include <stdint.h>

enum {
	DURATION_MAX_S = 10 * 365 * 86400, /* ten years */
	DURATION_TEXT_SIZE = 32,
};

/* Each unit once, the largest first. -EINVAL: that is none, or zero; -ERANGE: longer than
 * DURATION_MAX_S. */
int duration_parse(const char *text, int64_t *ret_s);

struct duration_text {
	char text[DURATION_TEXT_SIZE];
};
/* The two largest units of it: "1d12h". */
struct duration_text duration_text(int64_t s);

#endif
