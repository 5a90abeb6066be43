/* SPDX-License-Identifier: MIT */
/*
 * What of which display is to be captured, as people type it:
 *
 *	[DISPLAY][+X,Y][,monitor=NAME | ,window=ID]
 *
 * Without DISPLAY it is that of $DISPLAY; +X,Y counts from the corner of the screen, the monitor or
 * the window. Pure.
 */
#ifndef SPILLWAY_CAPTURE_SCREEN_TARGET_H
#define SPILLWAY_CAPTURE_SCREEN_TARGET_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SCREEN_MAX_SIDE = 32767, /* X11's */
	SCREEN_DISPLAY_SIZE = 256,
	SCREEN_MONITOR_SIZE = 64,
};

struct screen_area {
	int x, y;
	unsigned width, height;
};

struct screen_target {
	char display[SCREEN_DISPLAY_SIZE]; /* "": $DISPLAY */
	bool partly;			   /* there is +X,Y */
	unsigned x, y;
	char monitor[SCREEN_MONITOR_SIZE]; /* "": none */
	uint32_t window;		   /* 0: none */
};

/* -EINVAL; *ret_why says what is wrong. */
int screen_target_parse(struct screen_target *target, const char *text, const char **ret_why);
/* The part of `whole` that is meant: of the wished size (0 x 0: all from +X,Y on), where there is
 * so much. False when nothing is left. */
bool screen_target_part(const struct screen_target *target, struct screen_area whole,
			unsigned width, unsigned height, struct screen_area *ret_part);
bool screen_area_overlap(struct screen_area a, struct screen_area b);
bool screen_area_equal(struct screen_area a, struct screen_area b);

#endif
