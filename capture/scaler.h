/* SPDX-License-Identifier: MIT */
/*
 * Brings pictures of any format to what the encoder takes: 4:2:0, full range, BT.601, upright, with
 * square pixels, in a rendition's size. By libswscale; a picture that is right already, or of RGB
 * that the encoder takes, is passed on as it is.
 */
#ifndef SPILLWAY_CAPTURE_SCALER_H
#define SPILLWAY_CAPTURE_SCALER_H

#include "capture/picture.h"

struct SwsContext;

struct scaler {
	unsigned max_width, max_height; /* 0: the picture's own size */
	bool enlarges;
	struct SwsContext *sws;
	struct picture like; /* what sws was made for */
	struct picture_buffer scaled, turned;
};

/* Pictures will fit into max_width x max_height, and touch it, but that smaller ones keep their
 * size if it doesn't enlarge; 0 x 0 keeps the size of all. */
void scaler_init(struct scaler *scaler, unsigned max_width, unsigned max_height, bool enlarges);
/* The same for the pictures that follow. */
void scaler_resize(struct scaler *scaler, unsigned max_width, unsigned max_height, bool enlarges);
void scaler_finish(struct scaler *scaler);
/* *ret_picture is borrowed from the scaler, or from whom `from` is borrowed from, until the next
 * call. -EINVAL for a format that libswscale doesn't read, -ENOMEM. */
int scaler_apply(struct scaler *scaler, const struct picture *from, struct picture *ret_picture);
/* The size, upright, that a picture will have. Pure. */
void scaler_fit(const struct picture *picture, unsigned max_width, unsigned max_height,
		bool enlarges, unsigned *ret_width, unsigned *ret_height);

#endif
