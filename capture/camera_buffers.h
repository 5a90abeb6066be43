/* SPDX-License-Identifier: MIT */
/*
 * A camera's buffers, which driver and agent share by mmap. A buffer is with the driver, which
 * fills it; taken by the source; or lent, to the uplink as a frame until that is released, or as a
 * picture's planes until the loan is over. What is lent outlives the camera: the memory is given
 * back with the last of it.
 */
#ifndef SPILLWAY_CAPTURE_CAMERA_BUFFERS_H
#define SPILLWAY_CAPTURE_CAMERA_BUFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/frame.h"
#include "capture/loan.h"

enum {
	/* One that the uplink sends, one that waits behind it, one that the source holds, and three
	 * for the driver. */
	CAMERA_BUFFERS = 6,
	CAMERA_BUFFERS_FEWEST = 2,  /* that a driver may give */
	CAMERA_BUFFERS_FILLING = 2, /* that the driver keeps at least, where there are enough */
};

struct camera_buffers;

/* A buffer that was taken. */
struct camera_buffer {
	unsigned index;
	const uint8_t *data; /* borrowed until it is given back */
	size_t len;
	int64_t at_us; /* when the picture was captured, on source_clock_us() */
	bool damaged;  /* or empty */
};

/* fd is borrowed until camera_buffers_close(). -errno, -ENOBUFS where the driver gives too few. */
int camera_buffers_create(struct camera_buffers **ret_buffers, int fd);
/* Gives all to the driver, and begins. */
int camera_buffers_start(struct camera_buffers *buffers);
/* Accepts NULL. Before the camera is closed. */
void camera_buffers_close(struct camera_buffers *buffers);

/* Takes the oldest that was filled: 1, 0 when there is none, or -errno. */
int camera_buffers_take(struct camera_buffers *buffers, struct camera_buffer *ret_buffer);
/* Back to the driver. */
void camera_buffers_give(struct camera_buffers *buffers, unsigned index);
/* The first len bytes of a taken buffer as a frame; the buffer goes back when that is released.
 * Where the driver would have too few, NULL: they are to be copied. */
struct frame *camera_buffers_lend(struct camera_buffers *buffers, unsigned index, size_t len);
/* The same as a loan, whose first user is the caller. */
struct loan *camera_buffers_loan(struct camera_buffers *buffers, unsigned index);

/* When a picture was captured: its time stamp, where that is of our clock and makes sense; else
 * now. Pure. flags are V4L2_BUF_FLAG_… */
int64_t camera_buffer_time_us(uint32_t flags, int64_t stamp_us, int64_t now_us);

#endif
