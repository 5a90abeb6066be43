/* SPDX-License-Identifier: MIT */
/*
 * JPEG from planes or pixels, by TurboJPEG. The encoder owns ENCODER_FRAMES sheets to encode onto, each
 * of which becomes a frame: those on their way through the pool, one that the uplink is sending, and
 * the newest that waits behind it.
 *
 *	1. encoder_take() gives a free sheet.
 *	2. sheet_encode() encodes a picture onto it, in any thread, again if need be; those of several
 *	   sheets don't disturb each other.
 *	3. encoder_frame() makes it a frame, to be released; or encoder_give_back() takes it back.
 *
 * All but what is called sheet_ is the loop's.
 */
#ifndef SPILLWAY_CAPTURE_ENCODER_H
#define SPILLWAY_CAPTURE_ENCODER_H

#include "capture/frame.h"
#include "capture/loan.h"
#include "capture/picture.h"

enum { ENCODER_FRAMES = LOANS + 2 };

struct encoder;
struct sheet;

/* -ENOMEM. */
int encoder_create(struct encoder **ret_encoder);
/* Accepts NULL. All sheets must be back. */
void encoder_destroy(struct encoder *encoder);
/* Whether pictures of pixels that lie so, side by side, can be encoded as they are. */
bool encoder_takes_packed(enum AVPixelFormat format);
/* NULL when all are lent. */
struct sheet *encoder_take(struct encoder *encoder);
/*
 * Encodes a picture of such pixels; or a full-range one of planes (4:2:0, 4:2:2, 4:4:4 or grey)
 * whose luma plane can be read up to even sides. quality: 1 to 100. What was on the sheet is
 * replaced. -EINVAL for another format, -ENOMEM, -EIO when TurboJPEG fails.
 */
int sheet_encode(struct sheet *sheet, const struct picture *picture, int quality);
/* Bytes of what was encoded. */
size_t sheet_len(const struct sheet *sheet);
/* The picture that was encoded, which is the newest from now on. */
struct frame *encoder_frame(struct encoder *encoder, struct sheet *sheet);
void encoder_give_back(struct sheet *sheet);
/* The newest frame, to be sent once more; its times are the caller's to set. -ENOENT when there is
 * none, -EBUSY while it is lent. */
int encoder_repeat(struct encoder *encoder, struct frame **ret_frame);

#endif
