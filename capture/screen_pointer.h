/* SPDX-License-Identifier: MIT */
/*
 * The pointer of a screen: what it looks like, where it is. The server is asked when it has told
 * that something has changed, and its answers are taken when they are there. Errors are as in
 * screen.h.
 */
#ifndef SPILLWAY_CAPTURE_SCREEN_POINTER_H
#define SPILLWAY_CAPTURE_SCREEN_POINTER_H

#include <xcb/xfixes.h>

#include "capture/pointer.h"
#include "capture/screen.h"

struct screen_pointer { /* start with {0} */
	xcb_xfixes_get_cursor_image_reply_t *shape;
	struct pointer pointer;		   /* borrows from it */
	int x, y;			   /* in the last picture */
	unsigned where_asked, shape_asked; /* requests under way; 0: none */
};

/* Waits for all that there is to know. */
int screen_pointer_begin(struct screen_pointer *pointer, struct screen *screen);
/* Takes what was answered, and asks for what has changed: true when it did, as there may be more to
 * hear then. Sets *changed when the last picture isn't right any more. */
bool screen_pointer_follow(struct screen_pointer *pointer, struct screen *screen, bool *changed);
/* Asks where it is for a new picture: the request. */
unsigned screen_pointer_ask(struct screen *screen);
/* Draws it into the new picture, when that was answered. */
int screen_pointer_draw(struct screen_pointer *pointer, struct screen *screen, unsigned request,
			const struct pointer_canvas *canvas);
void screen_pointer_finish(struct screen_pointer *pointer);

#endif
