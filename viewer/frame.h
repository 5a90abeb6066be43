/* SPDX-License-Identifier: MIT */
/* A frame as the relay sent it. */
#ifndef SPILLWAY_VIEWER_FRAME_H
#define SPILLWAY_VIEWER_FRAME_H

#include <stdbool.h>

#include "common/wire.h"

struct frame {
	struct wire_header header;
	const uint8_t *data; /* header.length bytes; borrowed */
	int64_t received_us; /* Unix time when its last byte was read */
	bool first;	     /* of a conversation: numbers and times may begin anew */
	bool moved;	     /* of another rendition than the one before: numbers may begin anew */
};

#endif
