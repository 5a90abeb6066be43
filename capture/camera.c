/* SPDX-License-Identifier: MIT */
#include "capture/camera.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libv4l2.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static int fail(struct camera *camera, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct camera *camera, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(camera->error, sizeof camera->error, format, arguments);
	va_end(arguments);
	return error;
}

int camera_ioctl(int fd, unsigned long request, void *argument)
{
	int result;

	do {
		result = v4l2_ioctl(fd, request, argument);
	} while (result < 0 && errno == EINTR);
	return result < 0 ? -errno : result;
}

/* ---- opening ---- */

static int check_device(struct camera *camera)
{
	struct v4l2_capability about = {0};
	uint32_t can;

	if (camera_ioctl(camera->fd, VIDIOC_QUERYCAP, &about) < 0)
		return fail(camera, -ENOTTY, "it isn't a camera");
	can = about.capabilities & V4L2_CAP_DEVICE_CAPS ? about.device_caps : about.capabilities;
	if ((can & V4L2_CAP_VIDEO_CAPTURE) == 0 || (can & V4L2_CAP_STREAMING) == 0)
		return fail(camera, -ENOTTY, "it doesn't capture video");
	snprintf(camera->name, sizeof camera->name, "%s", (const char *)about.card);
	return 0;
}

int camera_open(struct camera *camera, const char *path)
{
	int error;

	*camera = (struct camera){.fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)};
	if (camera->fd < 0)
		return fail(camera, -errno, "%s", strerror(errno));
	/* Before libv4l2 looks at it, which complains on standard error. */
	error = check_device(camera);
	if (error == 0 && v4l2_fd_open(camera->fd, V4L2_DISABLE_CONVERSION) < 0)
		error = fail(camera, -errno, "%s", strerror(errno));
	if (error < 0)
		camera_close(camera);
	return error;
}

void camera_close(struct camera *camera)
{
	if (camera->fd >= 0)
		v4l2_close(camera->fd);
	camera->fd = -1;
}

/* ---- what it offers ---- */

struct modes {
	struct camera_mode *list;
	size_t n;
};

static void add_mode(struct modes *modes, const struct camera_mode *mode)
{
	if (modes->n < CAMERA_MAX_MODES)
		modes->list[modes->n++] = *mode;
}

/* Of a range of rates there is the one that is nearest to the wish. */
static struct rate rate_in_range(const struct v4l2_frmival_stepwise *range, struct rate wish)
{
	struct rate fastest = camera_rate(range->min.numerator, range->min.denominator);
	struct rate slowest = camera_rate(range->max.numerator, range->max.denominator);

	if (camera_rate_is_less(fastest, wish))
		return fastest;
	return camera_rate_is_less(wish, slowest) ? slowest : wish;
}

static void add_rates(const struct camera *camera, struct modes *modes, struct camera_mode mode,
		      struct rate wish)
{
	struct v4l2_frmivalenum row = {
		.pixel_format = mode.format->fourcc, .width = mode.width, .height = mode.height};

	for (; row.index < CAMERA_MAX_MODES; row.index++) {
		if (camera_ioctl(camera->fd, VIDIOC_ENUM_FRAMEINTERVALS, &row) < 0)
			break;
		if (row.type != V4L2_FRMIVAL_TYPE_DISCRETE) {
			mode.rate = rate_in_range(&row.stepwise, wish);
			add_mode(modes, &mode);
			return;
		}
		mode.rate = camera_rate(row.discrete.numerator, row.discrete.denominator);
		add_mode(modes, &mode);
	}
	if (row.index == 0)
		add_mode(modes, &mode);
}

static void add_sizes(const struct camera *camera, struct modes *modes,
		      const struct camera_format *format, const struct camera_mode *wish)
{
	struct camera_mode mode = {.format = format, .width = wish->width, .height = wish->height};
	struct v4l2_frmsizeenum row = {.pixel_format = format->fourcc};

	for (; row.index < CAMERA_MAX_MODES; row.index++) {
		if (camera_ioctl(camera->fd, VIDIOC_ENUM_FRAMESIZES, &row) < 0)
			break;
		if (row.type != V4L2_FRMSIZE_TYPE_DISCRETE) {
			const struct v4l2_frmsize_stepwise *range = &row.stepwise;

			mode.width = camera_nearest_step(range->min_width, range->max_width,
							 range->step_width, wish->width);
			mode.height = camera_nearest_step(range->min_height, range->max_height,
							  range->step_height, wish->height);
			add_rates(camera, modes, mode, wish->rate);
			return;
		}
		mode.width = row.discrete.width;
		mode.height = row.discrete.height;
		add_rates(camera, modes, mode, wish->rate);
	}
	/* A driver that doesn't tell its sizes takes any, and answers what it made of it. */
	if (row.index == 0)
		add_rates(camera, modes, mode, wish->rate);
}

/* -ENOMEM. The list is the caller's to be freed. */
static int find_modes(const struct camera *camera, const struct camera_mode *wish,
		      struct modes *ret_modes)
{
	struct v4l2_fmtdesc row = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};

	*ret_modes = (struct modes){calloc(CAMERA_MAX_MODES, sizeof *ret_modes->list), 0};
	if (ret_modes->list == NULL)
		return -ENOMEM;
	for (; row.index < CAMERA_MAX_MODES; row.index++) {
		if (camera_ioctl(camera->fd, VIDIOC_ENUM_FMT, &row) < 0)
			break;

		const struct camera_format *format = camera_format_find(row.pixelformat);

		if (format != NULL)
			add_sizes(camera, ret_modes, format, wish);
	}
	return 0;
}

/* ---- setting it ---- */

/* AVCOL_SPC_UNSPECIFIED: BT.601, which is JPEG's own. */
static const enum AVColorSpace spaces[] = {
	[V4L2_YCBCR_ENC_601] = AVCOL_SPC_UNSPECIFIED,
	[V4L2_YCBCR_ENC_709] = AVCOL_SPC_BT709,
	[V4L2_YCBCR_ENC_XV709] = AVCOL_SPC_BT709,
	[V4L2_YCBCR_ENC_BT2020] = AVCOL_SPC_BT2020_NCL,
	[V4L2_YCBCR_ENC_BT2020_CONST_LUM] = AVCOL_SPC_BT2020_NCL,
	[V4L2_YCBCR_ENC_SMPTE240M] = AVCOL_SPC_SMPTE240M,
};

static void take_colours(struct camera *camera, const struct v4l2_pix_format *pix)
{
	uint32_t encoding = pix->ycbcr_enc, range = pix->quantization;

	if (encoding == V4L2_YCBCR_ENC_DEFAULT)
		encoding = V4L2_MAP_YCBCR_ENC_DEFAULT(pix->colorspace);
	if (range == V4L2_QUANTIZATION_DEFAULT)
		range = V4L2_MAP_QUANTIZATION_DEFAULT(false, pix->colorspace, encoding);
	camera->full_range = range == V4L2_QUANTIZATION_FULL_RANGE;
	camera->space = AVCOL_SPC_UNSPECIFIED;
	if (encoding < sizeof spaces / sizeof spaces[0])
		camera->space = spaces[encoding];
}

static int set_format(struct camera *camera, const struct camera_mode *mode)
{
	struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
	struct v4l2_pix_format *pix = &format.fmt.pix;
	int error;

	pix->width = mode->width;
	pix->height = mode->height;
	pix->pixelformat = mode->format->fourcc;
	pix->field = V4L2_FIELD_NONE;
	error = camera_ioctl(camera->fd, VIDIOC_S_FMT, &format);
	if (error == -EBUSY)
		return fail(camera, error, "another program uses it");
	if (error < 0)
		return fail(camera, error, "it can't be set to %s %ux%u: %s", mode->format->name,
			    mode->width, mode->height, strerror(-error));
	camera->mode = *mode;
	camera->mode.format = camera_format_find(pix->pixelformat);
	camera->mode.width = pix->width;
	camera->mode.height = pix->height;
	camera->stride = pix->bytesperline;
	if (camera->mode.format == NULL)
		return fail(camera, -ENOTSUP, "it can't be set to a format that it offers");
	if (pix->width < PICTURE_MIN_SIDE || pix->width > PICTURE_MAX_SIDE ||
	    pix->height < PICTURE_MIN_SIDE || pix->height > PICTURE_MAX_SIDE)
		return fail(camera, -ENOTSUP, "its pictures of %ux%u have no size that we can use",
			    pix->width, pix->height);
	take_colours(camera, pix);
	return 0;
}

/* Not all can be asked for a rate; it is what it is then. */
static void set_rate(struct camera *camera, struct rate rate)
{
	struct v4l2_streamparm parameters = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
	struct v4l2_fract *interval = &parameters.parm.capture.timeperframe;

	*interval = (struct v4l2_fract){rate.seconds, rate.frames};
	if (rate.frames == 0 || camera_ioctl(camera->fd, VIDIOC_S_PARM, &parameters) < 0)
		(void)camera_ioctl(camera->fd, VIDIOC_G_PARM, &parameters);
	camera->mode.rate = camera_rate(interval->numerator, interval->denominator);
}

int camera_set_mode(struct camera *camera, const struct camera_mode *wish)
{
	const struct camera_mode *chosen;
	struct modes modes;
	int error = find_modes(camera, wish, &modes);

	if (error < 0)
		return fail(camera, error, "not enough memory");
	chosen = camera_mode_choose(modes.list, modes.n, wish);
	if (chosen == NULL) {
		error = fail(camera, -ENOTSUP, "it has no format that we can use");
	} else {
		error = set_format(camera, chosen);
		if (error == 0)
			set_rate(camera, chosen->rate.frames != 0 ? chosen->rate : wish->rate);
	}
	free(modes.list);
	return error;
}

/* ---- controls ---- */

/* As v4l2-ctl(1) writes them: "Exposure, Auto" is exposure_auto. */
static void write_control_name(const struct v4l2_queryctrl *control, char to[CAMERA_NAME_SIZE])
{
	const char *from = (const char *)control->name;
	size_t len = 0;

	for (size_t i = 0; i < sizeof control->name && from[i] != '\0'; i++)
		if (isalnum((unsigned char)from[i]))
			to[len++] = (char)tolower((unsigned char)from[i]);
		else if (len > 0 && to[len - 1] != '_')
			to[len++] = '_';
	while (len > 0 && to[len - 1] == '_')
		len--;
	to[len] = '\0';
}

/* Goes on to the next control with a number as its value. Begin with an id of 0. */
static bool next_control(const struct camera *camera, struct v4l2_queryctrl *control)
{
	do {
		control->id |= V4L2_CTRL_FLAG_NEXT_CTRL;
		if (camera_ioctl(camera->fd, VIDIOC_QUERYCTRL, control) < 0)
			return false;
	} while ((control->flags & V4L2_CTRL_FLAG_DISABLED) != 0 ||
		 (control->type != V4L2_CTRL_TYPE_INTEGER &&
		  control->type != V4L2_CTRL_TYPE_BOOLEAN && control->type != V4L2_CTRL_TYPE_MENU &&
		  control->type != V4L2_CTRL_TYPE_INTEGER_MENU &&
		  control->type != V4L2_CTRL_TYPE_BITMASK));
	return true;
}

int camera_set_control(struct camera *camera, const char *text)
{
	const char *equals = strchr(text, '=');
	struct v4l2_queryctrl control = {0};
	char name[CAMERA_NAME_SIZE], *end;
	bool found = false;
	long value;

	if (equals == NULL || equals == text)
		return fail(camera, -EINVAL, "the control '%s' isn't NAME=VALUE", text);
	errno = 0;
	value = strtol(equals + 1, &end, 10);
	if (end == equals + 1 || *end != '\0' || errno != 0 || value < INT32_MIN ||
	    value > INT32_MAX)
		return fail(camera, -EINVAL, "the control '%s' has no number as its value", text);
	while (!found && next_control(camera, &control)) {
		write_control_name(&control, name);
		found = strlen(name) == (size_t)(equals - text) &&
			strncmp(name, text, strlen(name)) == 0;
	}
	if (!found)
		return fail(camera, -EINVAL, "it has no control '%.*s'; --list names what it has",
			    (int)(equals - text), text);

	struct v4l2_control set = {control.id, (int32_t)value};
	int error = camera_ioctl(camera->fd, VIDIOC_S_CTRL, &set);

	if (error == -ERANGE || (error == 0 && set.value != value))
		return fail(camera, -EINVAL, "its control %s goes from %" PRId32 " to %" PRId32,
			    name, control.minimum, control.maximum);
	if (error < 0)
		return fail(camera, error, "its control %s can't be set: %s", name,
			    strerror(-error));
	return 0;
}

/* ---- for people ---- */

static void list_modes(const struct camera *camera, FILE *out)
{
	static const struct camera_mode wish = {NULL, CAMERA_WIDTH, CAMERA_HEIGHT, {CAMERA_FPS, 1}};
	const struct camera_mode *last = NULL;
	struct modes modes;

	if (find_modes(camera, &wish, &modes) < 0)
		return;
	for (const struct camera_mode *mode = modes.list; mode < modes.list + modes.n; mode++) {
		bool same = last != NULL && last->format == mode->format &&
			    last->width == mode->width && last->height == mode->height;

		if (!same)
			fprintf(out, "%s    %-5s %ux%u", last != NULL ? "\n" : "",
				mode->format->name, mode->width, mode->height);
		if (mode->rate.frames != 0)
			fprintf(out, "%s%.4g", same ? ", " : " at ",
				(double)mode->rate.frames / mode->rate.seconds);
		last = mode;
	}
	fprintf(out, last != NULL ? "\n" : "    no format that we can use\n");
	free(modes.list);
}

static void list_controls(const struct camera *camera, FILE *out)
{
	struct v4l2_queryctrl control = {0};
	char name[CAMERA_NAME_SIZE];

	while (next_control(camera, &control)) {
		struct v4l2_control value = {.id = control.id};

		if (camera_ioctl(camera->fd, VIDIOC_G_CTRL, &value) < 0)
			continue;
		write_control_name(&control, name);
		fprintf(out, "    %s=%" PRId32 " (%" PRId32 " to %" PRId32 ")\n", name, value.value,
			control.minimum, control.maximum);
	}
}

void camera_list(const struct camera *camera, FILE *out)
{
	list_modes(camera, out);
	list_controls(camera, out);
}
