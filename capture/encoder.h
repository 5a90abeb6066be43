/* SPDX-License-Identifier: MIT */
/*
 * JPEG from planes, by TurboJPEG. The encoder owns ENCODER_FRAMES frames: one that the uplink is
 * sending, the newest that waits behind it, and one to encode into.
 */
#ifndef SPILLWAY_CAPTURE_ENCODER_H
#define SPILLWAY_CAPTURE_ENCODER_H

#include "capture/frame.h"
#include "capture/picture.h"

enum { ENCODER_FRAMES = 3 };

struct encoder;

/* quality: 1 to 100. -ENOMEM. */
int encoder_create(struct encoder **ret_encoder, int quality);
/* Accepts NULL. All frames must have been released. */
void encoder_destroy(struct encoder *encoder);
/* Whether pictures of pixels that lie so, side by side, can be encoded as they are. */
bool encoder_takes_packed(enum AVPixelFormat format);
/*
 * Encodes a picture of such pixels; or a full-range one of planes (4:2:0, 4:2:2, 4:4:4 or grey) whose
 * luma plane can be read up to even sides. *ret_frame is to be released. -ENOBUFS when all frames are lent, -EINVAL for
 * another format, -ENOMEM, -EIO when TurboJPEG fails.
 */
int encoder_encode(struct encoder *encoder, const struct picture *picture,
		   struct frame **ret_frame);
/* The frame that was encoded last, to be sent once more; its times are the caller's to set.
 * -ENOENT when there is none, -EBUSY while it is lent. */
int encoder_repeat(struct encoder *encoder, struct frame **ret_frame);

#endif
