/* SPDX-License-Identifier: MIT */
/* Displays of the tests' own: an Xvfb, and what a test draws on it. */
#ifndef SPILLWAY_HARNESS_DISPLAY_H
#define SPILLWAY_HARNESS_DISPLAY_H

#include <xcb/xcb.h>

#include "tests/harness.h"

struct display {
	struct harness *harness;
	struct program *server;
	char *name; /* ":99" */
	xcb_connection_t *connection;
	xcb_screen_t *screen;
	xcb_gcontext_t gc;
};

/* Starts a server with further options, as words of a shell; a NULL: a screen of 320 x 240. Skips
 * the test where there is no Xvfb. */
struct display *display_start(struct harness *harness, const char *options);
/* The same as that display's server was, in its place: under its name, with other options. */
void display_restart(struct display *display, const char *options);
void display_stop(struct display *display);
/* False where the server can't. */
bool display_set_size(const struct display *display, uint16_t width, uint16_t height);

/* Waits until the server has done all that it was asked for; these do so as well. */
void display_sync(const struct display *display);
void display_fill(const struct display *display, xcb_drawable_t drawable, uint32_t pixel,
		  xcb_rectangle_t place);
void display_fill_screen(const struct display *display, uint32_t pixel);
xcb_window_t display_open_window(const struct display *display, uint32_t pixel,
				 xcb_rectangle_t place);

#endif
