/* SPDX-License-Identifier: MIT */
/*
 * An X display, and what of it is captured: the connection, the server's extensions, where it lies,
 * and what has happened to it. Pictures come by screen_image.h, the pointer by screen_pointer.h.
 *
 * The server is waited for in screen_await() only, and there no longer than SCREEN_ANSWER_MS.
 * (xcb_connect() and xcb_get_extension_data() wait without a limit.)
 */
#ifndef SPILLWAY_CAPTURE_SCREEN_H
#define SPILLWAY_CAPTURE_SCREEN_H

#include <libavutil/pixfmt.h>
#include <stdbool.h>
#include <stdint.h>
#include <xcb/damage.h>
#include <xcb/xcb.h>

#include "capture/pixels.h"
#include "capture/screen_target.h"

enum { SCREEN_ANSWER_MS = 2000, SCREEN_ERROR_SIZE = 256 };

struct screen {
	const struct screen_target *target; /* borrowed */
	unsigned width, height;		    /* that were wished; 0: none */
	xcb_connection_t *connection;	    /* NULL: closed */
	xcb_window_t root;
	xcb_window_t window;	 /* what is captured: the root, or another */
	xcb_drawable_t drawable; /* where its picture is: the root, or a pixmap of that window */
	int border;		 /* of the window, in the drawable */
	struct screen_area area; /* of the drawable */
	struct pixels pixels;
	enum AVPixelFormat format;
	unsigned line_bits; /* lines begin at multiples of so many */

	/* What the server has; 0 where it doesn't. */
	uint8_t damage_event, shape_event, monitor_event, input_opcode;
	xcb_damage_damage_t damage;
	uint32_t forgotten; /* the request by which damage was forgotten */

	/* What has happened; whoever sees to it clears it. */
	bool damaged;
	bool rearranged;    /* something else may have to be captured: screen_measure() */
	bool hidden;	    /* the window */
	bool shape_changed; /* the pointer's */
	bool moved;	    /* the pointer may have */

	char error[SCREEN_ERROR_SIZE]; /* what went wrong, without a full stop */
};

/* All return -errno with a sentence in screen->error; -EINVAL where what was asked for is wrong. */

/* Not yet measured. */
int screen_open(struct screen *screen, const struct screen_target *target, unsigned width,
		unsigned height);
/* Nothing when it is closed. */
void screen_close(struct screen *screen);
/* Sets the area, and how its pixels lie. */
int screen_measure(struct screen *screen);
/* Takes what the server has told so far. */
int screen_hear(struct screen *screen);
/* What was damaged so far will be seen in a picture that is asked for after this. */
void screen_forget_damage(struct screen *screen);

/* The reply to a request, to be freed. NULL: what it says has been put into *ret_error; -EPROTO is
 * an X error. */
void *screen_await(struct screen *screen, unsigned sequence, int *ret_error);
/* The same without waiting: false while there is none. Then *ret_reply may be NULL: an X error. */
bool screen_poll(struct screen *screen, unsigned sequence, void **ret_reply);
bool screen_has(struct screen *screen, xcb_extension_t *extension);

#endif
