/* SPDX-License-Identifier: MIT */
/*
 * A window over a whole X screen that shows a number as a strip (capture/strip.h), with something
 * to encode between. A number is drawn elsewhere and appears by one request, so that no picture of
 * the screen has a half of it.
 */
#ifndef SPILLWAY_BENCH_COUNTER_H
#define SPILLWAY_BENCH_COUNTER_H

#include <stdint.h>
#include <xcb/xcb.h>

struct counter {
	xcb_connection_t *connection;
	xcb_window_t window;
	xcb_pixmap_t drawn;
	xcb_gcontext_t gc;
	unsigned width, height;
};

/* ":99". counter_close() it. -ENODEV: the display isn't there; -ENOTSUP: its screen hasn't 24 bits
 * a pixel, or is too small for a strip. */
int counter_open(struct counter *counter, const char *display);
/* After counter_open() has failed, too. */
void counter_close(struct counter *counter);
/* Returns when the server has been told, not when it has done so. -EPIPE: the display has gone. */
int counter_show(struct counter *counter, uint32_t number);

#endif
