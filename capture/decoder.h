/* SPDX-License-Identifier: MIT */
/* A camera's JPEG back to planes, for the renditions that aren't of its size. By TurboJPEG. */
#ifndef SPILLWAY_CAPTURE_DECODER_H
#define SPILLWAY_CAPTURE_DECODER_H

#include "capture/picture.h"

struct decoder {     /* start with {0} */
	void *turbo; /* a tjhandle; NULL: not needed so far */
	uint8_t *memory;
	size_t size;
};

void decoder_finish(struct decoder *decoder);
/* from->jpeg stays its owner's; the planes are borrowed from the decoder until the next call.
 * -EBADMSG when it can't be decoded, -ENOMEM. */
int decoder_decode(struct decoder *decoder, const struct picture *from,
		   struct picture *ret_picture);

#endif
