/* SPDX-License-Identifier: MIT */
/* One picture. It is written beside the file and then takes its place, so that whoever reads the
 * file (a web server, say) never sees half of it. */
#include "viewer/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct jpeg {
	struct output output;
	int fd;
	char *path;
	char *part; /* path with ".part" behind it; NULL once it took its place */
};

static int jpeg_open(const struct output_host *host, const char *path, struct output **ret_output)
{
	struct jpeg *jpeg = calloc(1, sizeof(*jpeg));
	int error = -ENOMEM;

	if (!jpeg)
		return -ENOMEM;
	jpeg->output = (struct output){.type = &output_jpeg, .host = host, .name = path};
	jpeg->path = strdup(path);
	if (!jpeg->path || asprintf(&jpeg->part, "%s.part", path) < 0)
		goto fail;
	jpeg->fd = open(jpeg->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (jpeg->fd < 0) {
		error = -errno;
		free(jpeg->part);
		goto fail;
	}
	*ret_output = &jpeg->output;
	return 0;
fail:
	free(jpeg->path);
	free(jpeg);
	return error;
}

static int jpeg_frame(struct output *output, const struct frame *frame)
{
	struct jpeg *jpeg = (struct jpeg *)output;
	const uint8_t *data = frame->data;
	size_t left = frame->header.length;

	while (left > 0) {
		ssize_t n = write(jpeg->fd, data, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		left -= (size_t)n;
	}
	if (fsync(jpeg->fd) < 0 || rename(jpeg->part, jpeg->path) < 0)
		return -errno;
	free(jpeg->part);
	jpeg->part = NULL;
	return OUTPUT_COMPLETE;
}

static int jpeg_close(struct output *output)
{
	struct jpeg *jpeg = (struct jpeg *)output;

	if (jpeg->part)
		unlink(jpeg->part);
	close(jpeg->fd);
	free(jpeg->part);
	free(jpeg->path);
	return 0;
}

const struct output_type output_jpeg = {
	.open = jpeg_open,
	.frame = jpeg_frame,
	.close = jpeg_close,
};
