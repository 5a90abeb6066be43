/* SPDX-License-Identifier: MIT */
/* A picture with a few words on it, shown when there is nothing else to show. */
#ifndef SPILLWAY_CAPTURE_PLACARD_H
#define SPILLWAY_CAPTURE_PLACARD_H

#include "capture/picture.h"

/* Draws into the buffer, which gets that size. -ENOMEM. */
int placard_draw(struct picture_buffer *buffer, unsigned width, unsigned height, const char *text);

#endif
