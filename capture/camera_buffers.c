/* SPDX-License-Identifier: MIT */
#include "capture/camera_buffers.h"

#include <assert.h>
#include <errno.h>
#include <libv4l2.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "capture/camera.h"
#include "capture/source.h"

enum { OLDEST_US = 1000000 }; /* a time stamp that is older is of another clock */

struct mapped {
	struct frame frame; /* first: the buffer is found by it … */
	struct loan loan;   /* … or by this */
	struct camera_buffers *buffers;
	unsigned index;
	bool lent;
	uint8_t *memory; /* NULL: not mapped */
	size_t size;
};

struct camera_buffers {
	int fd; /* -1: the camera was closed */
	unsigned n, n_filling, n_lent;
	struct mapped mapped[CAMERA_BUFFERS];
};

static struct v4l2_buffer description(unsigned index)
{
	return (struct v4l2_buffer){
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.index = index,
	};
}

static void destroy(struct camera_buffers *buffers)
{
	for (unsigned i = 0; i < buffers->n; i++)
		if (buffers->mapped[i].memory != NULL)
			v4l2_munmap(buffers->mapped[i].memory, buffers->mapped[i].size);
	free(buffers);
}

static void release(struct frame *frame)
{
	struct mapped *mapped = (struct mapped *)frame;
	struct camera_buffers *buffers = mapped->buffers;

	assert(mapped->lent);
	mapped->lent = false;
	buffers->n_lent--;
	if (buffers->fd >= 0)
		camera_buffers_give(buffers, mapped->index);
	else if (buffers->n_lent == 0)
		destroy(buffers);
}

static int map(struct camera_buffers *buffers, unsigned index)
{
	struct mapped *mapped = &buffers->mapped[index];
	struct v4l2_buffer buffer = description(index);
	int error = camera_ioctl(buffers->fd, VIDIOC_QUERYBUF, &buffer);
	void *memory;

	if (error < 0)
		return error;
	memory = v4l2_mmap(NULL, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED, buffers->fd,
			   buffer.m.offset);
	if (memory == MAP_FAILED)
		return -errno;
	*mapped = (struct mapped){
		.frame = {.data = memory, .release = release},
		.buffers = buffers,
		.index = index,
		.memory = memory,
		.size = buffer.length,
	};
	return 0;
}

int camera_buffers_create(struct camera_buffers **ret_buffers, int fd)
{
	struct v4l2_requestbuffers request = {
		.count = CAMERA_BUFFERS,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct camera_buffers *buffers = calloc(1, sizeof *buffers);
	int error;

	if (buffers == NULL)
		return -ENOMEM;
	buffers->fd = fd;
	error = camera_ioctl(fd, VIDIOC_REQBUFS, &request);
	if (error >= 0 && request.count < CAMERA_BUFFERS_FEWEST)
		error = -ENOBUFS;
	/* A driver may give more than was asked for; those aren't used. */
	if (error >= 0)
		buffers->n = request.count < CAMERA_BUFFERS ? request.count : CAMERA_BUFFERS;
	for (unsigned i = 0; error >= 0 && i < buffers->n; i++)
		error = map(buffers, i);
	if (error < 0) {
		destroy(buffers);
		return error;
	}
	*ret_buffers = buffers;
	return 0;
}

int camera_buffers_start(struct camera_buffers *buffers)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	for (unsigned i = 0; i < buffers->n; i++)
		camera_buffers_give(buffers, i);
	return camera_ioctl(buffers->fd, VIDIOC_STREAMON, &type);
}

void camera_buffers_close(struct camera_buffers *buffers)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	if (buffers == NULL)
		return;
	(void)camera_ioctl(buffers->fd, VIDIOC_STREAMOFF, &type); /* it may have gone */
	buffers->fd = -1;
	if (buffers->n_lent == 0)
		destroy(buffers);
}

int64_t camera_buffer_time_us(uint32_t flags, int64_t stamp_us, int64_t now_us)
{
	if ((flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) != V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC ||
	    stamp_us > now_us || stamp_us < now_us - OLDEST_US)
		return now_us;
	return stamp_us;
}

int camera_buffers_take(struct camera_buffers *buffers, struct camera_buffer *ret_buffer)
{
	struct v4l2_buffer buffer = description(0);
	int error = camera_ioctl(buffers->fd, VIDIOC_DQBUF, &buffer);
	const struct mapped *mapped;

	if (error == -EAGAIN)
		return 0;
	if (error < 0)
		return error;
	if (buffer.index >= buffers->n)
		return -EPROTO;
	mapped = &buffers->mapped[buffer.index];
	buffers->n_filling--;
	*ret_buffer = (struct camera_buffer){
		.index = buffer.index,
		.data = mapped->memory,
		.len = buffer.bytesused < mapped->size ? buffer.bytesused : mapped->size,
		.at_us = camera_buffer_time_us(buffer.flags,
					       (int64_t)buffer.timestamp.tv_sec * 1000000 +
						       buffer.timestamp.tv_usec,
					       source_clock_us()),
		.damaged = (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0 || buffer.bytesused == 0,
	};
	return 1;
}

/* Where it fails the camera has gone, and the next call says so. */
void camera_buffers_give(struct camera_buffers *buffers, unsigned index)
{
	struct v4l2_buffer buffer = description(index);

	if (camera_ioctl(buffers->fd, VIDIOC_QBUF, &buffer) >= 0)
		buffers->n_filling++;
}

struct frame *camera_buffers_lend(struct camera_buffers *buffers, unsigned index, size_t len)
{
	struct mapped *mapped = &buffers->mapped[index];

	if (buffers->n_filling < CAMERA_BUFFERS_FILLING)
		return NULL;
	assert(!mapped->lent);
	mapped->lent = true;
	buffers->n_lent++;
	mapped->frame.len = len;
	return &mapped->frame;
}

static void loan_over(struct loan *loan)
{
	release(&((struct mapped *)(void *)((char *)loan - offsetof(struct mapped, loan)))->frame);
}

struct loan *camera_buffers_loan(struct camera_buffers *buffers, unsigned index)
{
	struct mapped *mapped = &buffers->mapped[index];

	if (camera_buffers_lend(buffers, index, mapped->size) == NULL)
		return NULL;
	mapped->loan.over = loan_over;
	loan_begin(&mapped->loan);
	return &mapped->loan;
}
