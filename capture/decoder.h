/* SPDX-License-Identifier: MIT */
/* A camera's JPEG back to planes, for the renditions that aren't of its size. By TurboJPEG. */
#ifndef SPILLWAY_CAPTURE_DECODER_H
#define SPILLWAY_CAPTURE_DECODER_H

#include "capture/loan.h"
#include "capture/picture.h"

struct decoder {     /* start with {0} */
	void *turbo; /* a tjhandle; NULL: not needed so far */
	struct decoder_buffer {
		struct loan loan;
		uint8_t *memory;
		size_t size;
	} buffers[LOANS];
};

void decoder_finish(struct decoder *decoder);
/* from->jpeg stays its owner's; the planes are lent, and the caller is their first user. -EBADMSG
 * when it can't be decoded, -EBUSY while too many are lent, -ENOMEM. */
int decoder_decode(struct decoder *decoder, const struct picture *from,
		   struct picture *ret_picture);

#endif
