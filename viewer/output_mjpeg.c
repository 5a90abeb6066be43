/* SPDX-License-Identifier: MIT */
/* Bare JPEG pictures, one behind the other: .mjpg files, and what "| ffplay -" reads. */
#include "viewer/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/list.h"
#include "viewer/sink.h"

struct mjpeg {
	struct output output;
	struct sink sink;
};

static void mjpeg_written(struct sink *sink, int result)
{
	struct mjpeg *mjpeg = list_item(sink, struct mjpeg, sink);

	mjpeg->output.host->released(&mjpeg->output, result);
}

static int mjpeg_open(const struct output_host *host, const char *path, struct output **ret_output)
{
	struct mjpeg *mjpeg = calloc(1, sizeof(*mjpeg));
	int error;

	if (!mjpeg)
		return -ENOMEM;
	mjpeg->output = (struct output){.type = &output_mjpeg, .host = host};
	mjpeg->sink.done = mjpeg_written;
	error = strcmp(path, "-") == 0 ? sink_open_stdout(&mjpeg->sink, host->io)
				       : sink_open_file(&mjpeg->sink, host->io, path);
	if (error) {
		free(mjpeg);
		return error;
	}
	*ret_output = &mjpeg->output;
	return 0;
}

static int mjpeg_frame(struct output *output, const struct frame *frame)
{
	int n = sink_write(&((struct mjpeg *)output)->sink, frame->data, frame->header.length);

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

static int mjpeg_close(struct output *output)
{
	struct mjpeg *mjpeg = (struct mjpeg *)output;
	int error = sink_close(&mjpeg->sink);

	free(mjpeg);
	return error;
}

const struct output_type output_mjpeg = {
	.open = mjpeg_open,
	.frame = mjpeg_frame,
	.close = mjpeg_close,
	.busy = mjpeg_busy,
	.cancel = mjpeg_cancel,
};
