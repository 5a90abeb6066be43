/* SPDX-License-Identifier: MIT */
#include "viewer/segments.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "viewer/saver.h"
#include "viewer/series.h"
#include "viewer/timeline.h"

struct segments {
	struct output output;
	struct output_host host; /* of the files */
	const char *path;
	int64_t length_us;
	struct timeline timeline;
	int64_t index; /* how many lengths had passed when the file began */
	uint64_t number;
	struct output *file; /* NULL: none */
	char name[PATH_MAX], previous[PATH_MAX];
	struct saver saver; /* of the previous file */
};

static const struct output_type segments_type;

/* Continues the numbers that are there, and sees early that there is such a folder. */
static int segments_look(struct segments *segments)
{
	const char *slash = strrchr(segments->path, '/');
	char folder[PATH_MAX] = ".";
	struct dirent *entry;
	DIR *dir;

	if (slash)
		snprintf(folder, sizeof(folder), "%.*s",
			 (int)(slash - segments->path + (slash == segments->path)), segments->path);
	if (series_timed(folder))
		return 0;
	if (access(folder, W_OK | X_OK) < 0)
		return -errno;
	dir = opendir(folder);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		uint64_t number = series_number(segments->path, entry->d_name);

		if (number > segments->number)
			segments->number = number;
	}
	closedir(dir);
	return 0;
}

int segments_open(const struct output_host *host, const char *path, int64_t length_us,
		  struct output **ret_output)
{
	struct segments *segments = calloc(1, sizeof(*segments));
	int error;

	if (!segments)
		return -ENOMEM;
	segments->output =
		(struct output){.type = &segments_type, .host = host, .name = segments->name};
	segments->host = *host;
	segments->host.exclusive = true;
	segments->host.saver = &segments->saver;
	segments->path = path;
	segments->length_us = length_us;
	snprintf(segments->name, sizeof(segments->name), "%s", path);
	error = segments_look(segments);
	if (error) {
		free(segments);
		return error;
	}
	*ret_output = &segments->output;
	return 0;
}

/* The file that is written, and the one before it. */
static int segments_end_file(struct segments *segments)
{
	struct output *file = segments->file;
	int error = saver_finish(&segments->saver), own;

	if (error)
		segments->output.name = segments->previous;
	own = file->type->close(file);
	if (!error)
		segments->output.kept = file->kept;
	free(file);
	segments->file = NULL;
	return error ? error : own;
}

static int segments_begin_file(struct segments *segments, const struct frame *frame)
{
	const struct output_type *type = output_for(segments->path);
	uint64_t number = series_timed(segments->path) ? 0 : segments->number;
	int error = -EEXIST;

	memcpy(segments->previous, segments->name, sizeof(segments->previous));
	segments->output.kept = (struct output_kept){0};
	for (int i = 0; i < SEGMENTS_MAX_NAMES && error == -EEXIST; i++) {
		error = series_name(segments->path, frame->header.capture_us, ++number,
				    segments->name);
		if (error == 0)
			error = type->open(&segments->host, segments->name, &segments->file);
	}
	segments->number = number;
	return error;
}

static int segments_frame(struct output *output, const struct frame *frame)
{
	struct segments *segments = (struct segments *)output;
	int64_t index = timeline_next(&segments->timeline, frame) / segments->length_us;
	bool ends = segments->file && frame->header.flags & WIRE_KEY && index != segments->index;
	int error = 0, answer;

	if (ends)
		error = segments_end_file(segments);
	if (!error && !segments->file) {
		error = segments_begin_file(segments, frame);
		segments->index = index;
	}
	if (error)
		return error;
	answer = segments->file->type->frame(segments->file, frame);
	output->kept = segments->file->kept;
	assert(answer != OUTPUT_HOLDS); /* a file that was made here is no FIFO */
	return answer;
}

static int segments_close(struct output *output)
{
	struct segments *segments = (struct segments *)output;
	int error = segments->file ? segments_end_file(segments) : 0;
	int last = saver_finish(&segments->saver);

	return error ? error : last;
}

static const struct output_type segments_type = {
	.frame = segments_frame,
	.close = segments_close,
};
