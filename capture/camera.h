/* SPDX-License-Identifier: MIT */
/*
 * A camera of Video4Linux2, by libv4l2 without its conversions: what it offers, what it is set to,
 * its controls. Pictures come by camera_buffers.h.
 */
#ifndef SPILLWAY_CAPTURE_CAMERA_H
#define SPILLWAY_CAPTURE_CAMERA_H

#include <libavutil/pixfmt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "capture/camera_mode.h"

enum { CAMERA_ERROR_SIZE = 256, CAMERA_NAME_SIZE = 64 };

struct camera { /* fd is -1 while it is closed */
	int fd;
	char name[CAMERA_NAME_SIZE];
	struct camera_mode mode; /* what it was set to */
	size_t stride;		 /* of the first plane */
	enum AVColorSpace space; /* of raw pictures */
	bool full_range;
	char error[CAMERA_ERROR_SIZE]; /* what went wrong, without a full stop */
};

/* All return -errno with a sentence in camera->error. -EINVAL: what was asked for is wrong. */
int camera_open(struct camera *camera, const char *path);
/* Nothing when it is closed. */
void camera_close(struct camera *camera);
/* Sets it to what it offers nearest to the wish, which has a size and a rate. */
int camera_set_mode(struct camera *camera, const struct camera_mode *wish);
/* "brightness=100" */
int camera_set_control(struct camera *camera, const char *text);
/* Prints what it offers of what we can use, and its controls. */
void camera_list(const struct camera *camera, FILE *out);

/* ioctl(2) by libv4l2, again when a signal came; -errno. */
int camera_ioctl(int fd, unsigned long request, void *argument);

#endif
