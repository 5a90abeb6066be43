/* SPDX-License-Identifier: MIT */
/* Bare JPEG pictures, one behind the other: .mjpg files, and what "| ffplay -" reads. */
#include "viewer/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/list.h"
#include "viewer/sink.h"
#include "viewer/timeline.h"

struct mjpeg {
	struct output output;
	struct sink sink;
	int fd; /* of a file; -1: standard output */
	struct timeline timeline;
	int64_t at_us; /* of the frame that is being written */
	uint32_t len;
};

/* A frame is written, whole. */
static void mjpeg_keep(struct mjpeg *mjpeg)
{
	mjpeg->output.kept.frames++;
	mjpeg->output.kept.us = mjpeg->at_us;
	mjpeg->output.kept.bytes += mjpeg->len;
}

static void mjpeg_written(struct sink *sink, int result)
{
	struct mjpeg *mjpeg = list_item(sink, struct mjpeg, sink);

	if (result == 0)
		mjpeg_keep(mjpeg);
	mjpeg->output.host->released(&mjpeg->output, result);
}

static int mjpeg_open(const struct output_host *host, const char *path, struct output **ret_output)
{
	struct mjpeg *mjpeg = calloc(1, sizeof(*mjpeg));
	bool is_stdout = strcmp(path, "-") == 0;
	int error;

	if (!mjpeg)
		return -ENOMEM;
	mjpeg->output = (struct output){
		.type = &output_mjpeg, .host = host, .name = is_stdout ? "standard output" : path};
	mjpeg->sink.done = mjpeg_written;
	mjpeg->fd = is_stdout ? -1 : output_create(host, path);
	error = is_stdout ? sink_open_stdout(&mjpeg->sink, host->io) : mjpeg->fd;
	if (error < 0) {
		free(mjpeg);
		return error;
	}
	if (!is_stdout)
		sink_open_file(&mjpeg->sink, host->io, mjpeg->fd);
	*ret_output = &mjpeg->output;
	return 0;
}

static int mjpeg_frame(struct output *output, const struct frame *frame)
{
	struct mjpeg *mjpeg = (struct mjpeg *)output;
	int n;

	mjpeg->at_us = timeline_next(&mjpeg->timeline, frame);
	mjpeg->len = frame->header.length;
	n = sink_write(&mjpeg->sink, frame->data, frame->header.length);
	if (n == 0)
		mjpeg_keep(mjpeg);
	return n == 1 ? OUTPUT_HOLDS : n == 0 ? OUTPUT_TAKEN : n;
}

static bool mjpeg_busy(const struct output *output)
{
	return sink_busy(&((const struct mjpeg *)output)->sink);
}

static void mjpeg_cancel(struct output *output)
{
	sink_cancel(&((struct mjpeg *)output)->sink);
}

/* Half a picture at the end, when the disk was full, is cut off. */
static int mjpeg_close(struct output *output)
{
	struct mjpeg *mjpeg = (struct mjpeg *)output;

	sink_close(&mjpeg->sink);
	return mjpeg->fd < 0 ? 0 : output_save(output->host, mjpeg->fd, output->kept.bytes);
}

const struct output_type output_mjpeg = {
	.open = mjpeg_open,
	.frame = mjpeg_frame,
	.close = mjpeg_close,
	.busy = mjpeg_busy,
	.cancel = mjpeg_cancel,
};
