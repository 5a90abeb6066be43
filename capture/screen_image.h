/* SPDX-License-Identifier: MIT */
/*
 * Memory for pictures of a screen. Where the server is on this machine and has MIT-SHM 1.2, it is
 * shared with it by a descriptor (memfd_create(2)); else the server sends its pictures.
 */
#ifndef SPILLWAY_CAPTURE_SCREEN_IMAGE_H
#define SPILLWAY_CAPTURE_SCREEN_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xcb/shm.h>

#include "capture/loan.h"
#include "capture/screen.h"

struct screen_image { /* start with {0} */
	struct loan loan;
	uint8_t *shared; /* NULL: not shared */
	size_t size;	 /* that the area needs */
	size_t stride;
	xcb_shm_seg_t segment;
	xcb_get_image_reply_t *sent;
};

/* Whether it has the screen's area as it is now. */
bool screen_image_fits(const struct screen_image *image, const struct screen *screen);
/* For the screen's area as it is now; not while it is lent. Errors are as in screen.h. */
int screen_image_create(struct screen_image *image, struct screen *screen);
/* Only while the screen is open, or when its connection is closed already. */
void screen_image_finish(struct screen_image *image, struct screen *screen);
/* Asks for a picture: the request. */
unsigned screen_image_ask(const struct screen_image *image, struct screen *screen);
/* Waits for it: *ret_data is borrowed until the next is asked for, and may be drawn into. -EPROTO
 * where the area isn't, or isn't shown, any more. */
int screen_image_take(struct screen_image *image, struct screen *screen, unsigned request,
		      uint8_t **ret_data);

#endif
