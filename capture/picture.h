/* SPDX-License-Identifier: MIT */
/*
 * A picture as a source makes it and the encoder takes it: planes of pixels, lent by whoever made
 * them until the last who uses them has left the loan.
 *
 * JPEG (JFIF) knows one kind of colour: BT.601, full range. What is something else says so here,
 * and the scaler makes it so.
 */
#ifndef SPILLWAY_CAPTURE_PICTURE_H
#define SPILLWAY_CAPTURE_PICTURE_H

#include <libavutil/pixfmt.h>
#include <libavutil/rational.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PICTURE_MIN_SIDE = 16, PICTURE_MAX_SIDE = 8192 };

enum { PICTURE_PLANES = 4 };

struct frame;
struct loan;

struct picture {
	/* Instead of planes the picture encoded as JPEG already, as some cameras give it; who takes
	 * the picture takes over the frame. NULL: planes. */
	struct frame *jpeg;
	struct loan *loan;		       /* of the planes; NULL: they stay there anyway */
	const uint8_t *planes[PICTURE_PLANES]; /* borrowed */
	int strides[PICTURE_PLANES];	       /* bytes from line to line */
	unsigned width, height;
	enum AVPixelFormat format; /* without the J of YUVJ…: full_range says that */
	enum AVColorSpace space;   /* AVCOL_SPC_UNSPECIFIED: BT.601 */
	bool full_range;
	AVRational aspect;   /* of a pixel; 0/1: square */
	unsigned rotation;   /* to be turned clockwise by 0, 90, 180 or 270 degrees to be upright */
	int64_t pts_us;	     /* on the source's own clock, strictly rising */
	int64_t capture_us;  /* Unix time at which it was made */
	int64_t position_us; /* of a file's: since the beginning of the video */
};

/*
 * Memory for a 4:2:0 picture. Its planes have room for whole blocks of 16 x 16 pixels, since the
 * encoder reads one line and column past an odd size.
 */
struct picture_buffer { /* start with {0} */
	uint8_t *memory;
	size_t size;
	uint8_t *planes[3];
	int strides[3];
	unsigned width, height;
};

/* Makes room for that size, and keeps what is there when it is large enough. -ENOMEM. */
int picture_buffer_reserve(struct picture_buffer *buffer, unsigned width, unsigned height);
void picture_buffer_finish(struct picture_buffer *buffer);
/* Repeats the last line and column of the luma plane where the size is odd. */
void picture_buffer_pad(struct picture_buffer *buffer);
/* The picture in it: 4:2:0, full range, BT.601. Its times are 0. */
struct picture picture_from_buffer(const struct picture_buffer *buffer);
/* Turns from's picture clockwise by 90, 180 or 270 degrees into `to`, which has the right size. */
void picture_buffer_rotate(const struct picture_buffer *from, unsigned rotation,
			   struct picture_buffer *to);

#endif
