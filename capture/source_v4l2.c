/* SPDX-License-Identifier: MIT */
/*
 * `v4l2:DEVICE`, a camera. Its own JPEG is passed on as it is, in the very buffers that its driver
 * fills; else its raw pictures are handed out as they lie there.
 */
#include "capture/source.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/camera.h"
#include "capture/camera_buffers.h"
#include "capture/loan.h"
#include "capture/mjpeg.h"

/* Without a picture for so long, or for so many of its intervals, it is as good as gone: cameras
 * hang, and opening them again often helps. */
enum { SILENT_US = 5000000, SILENT_INTERVALS = 4 };

enum { MAX_DEVICES = 64 }; /* that are listed */

struct webcam {
	struct source source;
	char *path;
	struct source_wish wish;
	struct camera camera;
	struct camera_buffers *buffers; /* NULL: closed */
	bool started;
	int64_t heard_us; /* the last buffer, or the start */
	bool holds;
	struct camera_buffer held; /* the newest picture */
};

static int fail(struct webcam *webcam, int error, const char *why)
{
	snprintf(webcam->source.error, sizeof webcam->source.error, "%.200s: %s", webcam->path,
		 why);
	return error;
}

/* ---- opening ---- */

static struct camera_mode wished_mode(const struct source_wish *wish)
{
	bool sized = wish->width != 0, rated = wish->rate.frames != 0;

	return (struct camera_mode){
		.width = sized ? wish->width : CAMERA_WIDTH,
		.height = sized ? wish->height : CAMERA_HEIGHT,
		.rate = rated ? wish->rate : (struct rate){CAMERA_FPS, 1},
	};
}

static void say_what_it_is(struct webcam *webcam)
{
	const struct camera_mode *mode = &webcam->camera.mode;
	const struct source_wish *wish = &webcam->wish;
	char rate[32] = "", wished[64] = "";

	if (mode->rate.frames != 0)
		snprintf(rate, sizeof rate, " at %.4g frames/s",
			 (double)mode->rate.frames / mode->rate.seconds);
	if (wish->width != 0 && (wish->width != mode->width || wish->height != mode->height))
		snprintf(wished, sizeof wished, ", the nearest it has to %ux%u", wish->width,
			 wish->height);
	snprintf(webcam->source.about, sizeof webcam->source.about, "%.200s (%s): %s %ux%u%s%s%s",
		 webcam->path, webcam->camera.name, mode->format->name, mode->width, mode->height,
		 rate, camera_format_is_jpeg(mode->format) ? ", passed on as it is" : "", wished);
}

/* It is asked for fewer pictures only where it makes more than were wished. */
static void set_limit(struct webcam *webcam)
{
	struct rate wish = webcam->wish.rate, rate = webcam->camera.mode.rate;
	struct rate a_little_more = {wish.frames * 51, wish.seconds * 50};

	webcam->source.limit = (struct rate){0, 0};
	if (wish.frames != 0 && (rate.frames == 0 || camera_rate_is_less(a_little_more, rate)))
		webcam->source.limit = wish;
}

static void shut(struct webcam *webcam)
{
	camera_buffers_close(webcam->buffers);
	webcam->buffers = NULL;
	webcam->holds = webcam->started = false;
	camera_close(&webcam->camera);
}

static int set_up(struct webcam *webcam)
{
	struct camera_mode wish = wished_mode(&webcam->wish);
	struct camera *camera = &webcam->camera;
	int error = camera_open(camera, webcam->path);

	if (error == 0)
		error = camera_set_mode(camera, &wish);
	for (size_t i = 0; error == 0 && i < webcam->wish.n_controls; i++)
		error = camera_set_control(camera, webcam->wish.controls[i]);
	if (error < 0)
		return fail(webcam, error, camera->error);
	error = camera_buffers_create(&webcam->buffers, camera->fd);
	if (error < 0)
		return fail(webcam, error,
			    error == -EBUSY ? "another program uses it" : strerror(-error));
	webcam->source.shape = (struct picture){
		.width = camera->mode.width,
		.height = camera->mode.height,
	};
	webcam->source.makes_jpeg = camera_format_is_jpeg(camera->mode.format);
	say_what_it_is(webcam);
	set_limit(webcam);
	return 0;
}

static int webcam_reopen(struct source *source)
{
	struct webcam *webcam = (struct webcam *)source;
	int error;

	shut(webcam);
	error = set_up(webcam);
	if (error < 0)
		shut(webcam);
	return error;
}

static void webcam_close(struct source *source)
{
	struct webcam *webcam = (struct webcam *)source;

	shut(webcam);
	free(webcam->path);
	free(webcam);
}

/* Whether a camera that can't be opened may be there, or free, later: the folder of its name is, or
 * is made when one is plugged in, as those below /dev are. */
static bool may_come(const char *path, int error)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];

	if (error == -ENODEV || error == -ENXIO || error == -EIO || error == -EBUSY)
		return true;
	if (error != -ENOENT || slash == NULL || slash[1] == '\0')
		return false;
	snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
	return strncmp(path, "/dev/", 5) == 0 || access(folder, F_OK) == 0;
}

/* It begins as one that has gone, in the size that it is likely to have. */
static void wait_for_it(struct webcam *webcam)
{
	struct camera_mode mode = wished_mode(&webcam->wish);

	shut(webcam);
	webcam->source.shape = (struct picture){.width = mode.width, .height = mode.height};
}

static int webcam_open(struct source **ret_source, const char *argument,
		       const struct source_wish *wish, char ret_error[SOURCE_ERROR_SIZE])
{
	struct webcam *webcam;
	int error;

	if (*argument == '\0') {
		snprintf(ret_error, SOURCE_ERROR_SIZE,
			 "a device must follow 'v4l2:'; --list names them");
		return -EINVAL;
	}
	webcam = calloc(1, sizeof *webcam);
	if (webcam == NULL || (webcam->path = strdup(argument)) == NULL) {
		free(webcam);
		snprintf(ret_error, SOURCE_ERROR_SIZE, "not enough memory");
		return -ENOMEM;
	}
	webcam->wish = *wish;
	webcam->camera.fd = -1;
	error = set_up(webcam);
	if (error < 0 && may_come(webcam->path, error)) {
		wait_for_it(webcam);
		error = 0;
	}
	if (error < 0) {
		snprintf(ret_error, SOURCE_ERROR_SIZE, "%s", webcam->source.error);
		webcam_close(&webcam->source);
		return error;
	}
	*ret_source = &webcam->source;
	return 0;
}

/* ---- pictures ---- */

static void let_go(struct webcam *webcam)
{
	if (webcam->holds)
		camera_buffers_give(webcam->buffers, webcam->held.index);
	webcam->holds = false;
}

static int begin(struct webcam *webcam)
{
	int error = camera_buffers_start(webcam->buffers);

	if (error < 0)
		return fail(webcam, error, strerror(-error));
	webcam->started = true;
	webcam->heard_us = source_clock_us();
	return 0;
}

static bool is_silent(const struct webcam *webcam)
{
	struct rate rate = webcam->camera.mode.rate;
	int64_t allowed_us = SILENT_US;

	if (rate.frames != 0 && rate_time_us(rate, SILENT_INTERVALS) > allowed_us)
		allowed_us = rate_time_us(rate, SILENT_INTERVALS);
	return source_clock_us() - webcam->heard_us > allowed_us;
}

static int webcam_next(struct source *source, int64_t *ret_pts_us)
{
	struct webcam *webcam = (struct webcam *)source;
	struct camera_buffer buffer;
	bool newer = false;
	int result = webcam->buffers == NULL ? -ENODEV : webcam->started ? 0 : begin(webcam);

	if (result < 0)
		return result;
	while ((result = camera_buffers_take(webcam->buffers, &buffer)) > 0) {
		webcam->heard_us = source_clock_us();
		if (buffer.damaged) {
			webcam->source.damaged++;
			camera_buffers_give(webcam->buffers, buffer.index);
			continue;
		}
		let_go(webcam);
		webcam->held = buffer;
		webcam->holds = newer = true;
	}
	if (result == -ENODEV)
		return fail(webcam, result, "the camera was unplugged");
	if (result < 0)
		return fail(webcam, result, strerror(-result));
	if (!newer && is_silent(webcam))
		return fail(webcam, -ETIMEDOUT, "the camera gives no pictures any more");
	*ret_pts_us = webcam->held.at_us;
	return newer ? 1 : -EAGAIN;
}

/* A frame with memory of its own. */
static void free_copy(struct frame *frame)
{
	free(frame);
}

static struct frame *copy_jpeg(const struct mjpeg_outline *outline, const uint8_t *data)
{
	struct frame *frame = malloc(sizeof *frame + outline->len + MJPEG_TABLES_SIZE);
	uint8_t *bytes = (uint8_t *)(frame + 1);

	if (frame != NULL)
		*frame = (struct frame){
			.data = bytes,
			.len = mjpeg_copy(outline, data, bytes),
			.release = free_copy,
		};
	return frame;
}

static int take_jpeg(struct webcam *webcam, struct picture *ret_picture)
{
	const struct camera_buffer *held = &webcam->held;
	struct mjpeg_outline outline;
	struct frame *frame = NULL;

	if (mjpeg_look(held->data, held->len, &outline) < 0)
		return -EBADMSG;
	if (!outline.lacks_tables)
		frame = camera_buffers_lend(webcam->buffers, held->index, outline.len);
	if (frame != NULL)
		webcam->holds = false;
	else
		frame = copy_jpeg(&outline, held->data);
	if (frame == NULL)
		return -ENOMEM;
	*ret_picture = (struct picture){
		.jpeg = frame,
		.width = outline.width,
		.height = outline.height,
	};
	return 0;
}

/* Planes with memory of their own. */
struct copy {
	struct loan loan; /* first: the copy is found by it */
	uint8_t bytes[];
};

static void free_planes(struct loan *loan)
{
	free(loan);
}

/* NULL: not enough memory. */
static struct loan *lend_planes(struct webcam *webcam, const uint8_t **ret_data)
{
	const struct camera_buffer *held = &webcam->held;
	struct loan *loan = camera_buffers_loan(webcam->buffers, held->index);
	struct copy *copy;

	*ret_data = held->data;
	if (loan != NULL) {
		webcam->holds = false;
		return loan;
	}
	copy = malloc(sizeof *copy + held->len);
	if (copy == NULL)
		return NULL;
	copy->loan = (struct loan){.over = free_planes};
	loan_begin(&copy->loan);
	memcpy(copy->bytes, held->data, held->len);
	*ret_data = copy->bytes;
	return &copy->loan;
}

static int take_planes(struct webcam *webcam, struct picture *ret_picture)
{
	const struct camera *camera = &webcam->camera;
	size_t len = webcam->held.len;
	const uint8_t *data;
	struct loan *loan = lend_planes(webcam, &data);
	int error;

	if (loan == NULL)
		return -ENOMEM;
	error = camera_mode_planes(&camera->mode, data, len, camera->stride, ret_picture);
	if (error < 0) {
		loan_leave(loan);
		return error;
	}
	ret_picture->loan = loan;
	ret_picture->space = camera->space;
	ret_picture->full_range = camera->full_range;
	return 0;
}

static int webcam_picture(struct source *source, int64_t unix_us, struct picture *ret_picture)
{
	struct webcam *webcam = (struct webcam *)source;
	bool jpeg = camera_format_is_jpeg(webcam->camera.mode.format);
	int64_t at_us = webcam->held.at_us;
	int error;

	if (!webcam->holds)
		return -EAGAIN;
	error = jpeg ? take_jpeg(webcam, ret_picture) : take_planes(webcam, ret_picture);
	let_go(webcam);
	if (error < 0) {
		webcam->source.damaged++;
		return -EAGAIN;
	}
	ret_picture->pts_us = at_us;
	ret_picture->capture_us = unix_us - (source_clock_us() - at_us);
	return 0;
}

static int webcam_descriptor(const struct source *source)
{
	return ((const struct webcam *)source)->camera.fd;
}

/* ---- the list ---- */

static int list_one(FILE *out, const char *path, char ret_error[SOURCE_ERROR_SIZE])
{
	struct camera camera;
	int error = camera_open(&camera, path);

	if (error < 0) {
		snprintf(ret_error, SOURCE_ERROR_SIZE, "%.200s: %s", path, camera.error);
		return error;
	}
	fprintf(out, "  v4l2:%s  %s\n", path, camera.name);
	camera_list(&camera, out);
	camera_close(&camera);
	return 0;
}

static int is_device(const struct dirent *entry)
{
	return strncmp(entry->d_name, "video", 5) == 0;
}

/* Other devices are called video, too; they are left out. */
static int webcam_list(FILE *out, const char *argument, char ret_error[SOURCE_ERROR_SIZE])
{
	struct dirent **entries;
	char path[sizeof "/dev/" + sizeof entries[0]->d_name];
	int n;

	if (argument != NULL)
		return list_one(out, argument, ret_error);
	n = scandir("/dev", &entries, is_device, versionsort);
	if (n < 0)
		return 0;
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "/dev/%s", entries[i]->d_name);
		if (i < MAX_DEVICES)
			(void)list_one(out, path, ret_error);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

const struct source_type source_v4l2 = {
	.prefix = "v4l2",
	.argument = "DEVICE",
	.open = webcam_open,
	.next = webcam_next,
	.picture = webcam_picture,
	.close = webcam_close,
	.descriptor = webcam_descriptor,
	.reopen = webcam_reopen,
	.list = webcam_list,
	.has_controls = true,
};
