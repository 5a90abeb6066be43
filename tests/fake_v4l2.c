/* SPDX-License-Identifier: MIT */
/*
 * Cameras for tests on machines that have none, preloaded over libv4l2. A camera is a plain file,
 * which describes it in words, one row a line:
 *
 *	mode MJPG 640 360 30	it offers that
 *	file PATH 4608		its pictures: in a file, pieces of so many bytes; 0: JPEG pictures
 *	buffers 2		it gives so many at the most
 *	damaged 3		every 3rd buffer has the error flag; the one after it is empty
 *	rubbish			bytesused is the buffer's size
 *
 * It says on standard error when it is switched on and off.
 *
 * It is unplugged when the file is removed, and plugged in again when there is one again; then its
 * pictures go on with the number that `first N` says. One camera at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <libv4l2.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_MODES = 16, MAX_BUFFERS = 8, MAX_PICTURES = 4096, BUFFER_SIZE = 1 << 20 };

struct mode {
	uint32_t fourcc;
	unsigned width, height, fps;
};

static struct {
	int fd, memory;
	char path[512], pictures[512];
	struct stat identity; /* of the file: another one is another camera */
	struct mode modes[MAX_MODES], mode;
	unsigned n_modes, max_buffers, damaged, piece, n_buffers, next_picture, count;
	bool rubbish, streaming;
	unsigned queue[MAX_BUFFERS], n_queued;
	uint8_t *shared, *file;
	size_t starts[MAX_PICTURES + 1];
	unsigned n_pictures;
	int32_t brightness;
} camera = {.fd = -1};

/* ---- the description ---- */

static void read_row(const char *line)
{
	char format[5];
	struct mode *mode = &camera.modes[camera.n_modes];

	if (sscanf(line, "mode %4s %u %u %u", format, &mode->width, &mode->height, &mode->fps) ==
	    4) {
		mode->fourcc = v4l2_fourcc((uint32_t)format[0], (uint32_t)format[1],
					   (uint32_t)format[2], (uint32_t)format[3]);
		camera.n_modes++;
	}
	(void)!sscanf(line, "file %511s %u", camera.pictures, &camera.piece);
	(void)!sscanf(line, "buffers %u", &camera.max_buffers);
	(void)!sscanf(line, "damaged %u", &camera.damaged);
	(void)!sscanf(line, "first %u", &camera.next_picture);
	if (strncmp(line, "rubbish", 7) == 0)
		camera.rubbish = true;
}

static void find_pictures(void)
{
	int fd = open(camera.pictures, O_RDONLY | O_CLOEXEC);
	size_t len = fd < 0 ? 0 : (size_t)lseek(fd, 0, SEEK_END);

	if (len == 0)
		abort();
	camera.file = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (camera.piece > 0)
		for (size_t at = 0; at + camera.piece <= len; at += camera.piece)
			camera.starts[camera.n_pictures++] = at;
	else
		for (size_t at = 0; at + 2 < len; at++)
			if (memcmp(camera.file + at, "\xff\xd8\xff", 3) == 0)
				camera.starts[camera.n_pictures++] = at;
	camera.starts[camera.n_pictures] = len;
}

static bool adopt(int fd)
{
	char path[64], line[1024];
	ssize_t len;
	FILE *in;

	memset(&camera, 0, sizeof camera);
	camera.fd = -1;
	camera.max_buffers = MAX_BUFFERS;
	camera.brightness = 50;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	len = readlink(path, camera.path, sizeof camera.path - 1);
	if (len < 0 || fstat(fd, &camera.identity) < 0 || !S_ISREG(camera.identity.st_mode))
		return false;
	in = fopen(camera.path, "re");
	while (in != NULL && fgets(line, sizeof line, in) != NULL)
		read_row(line);
	if (in != NULL)
		fclose(in);
	if (camera.n_modes == 0)
		return false;
	find_pictures();

	/* What is waited for takes the file's place. */
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	dup3(timer, fd, O_CLOEXEC);
	close(timer);
	camera.mode = camera.modes[0];
	camera.fd = fd;
	return true;
}

static bool is_unplugged(void)
{
	struct stat now;

	return stat(camera.path, &now) < 0 || now.st_ino != camera.identity.st_ino;
}

/* ---- the ioctls ---- */

static int query(void *argument)
{
	struct v4l2_capability *about = argument;

	*about = (struct v4l2_capability){.card = "Fake Camera", .driver = "fake"};
	about->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
	about->capabilities = about->device_caps | V4L2_CAP_DEVICE_CAPS;
	return 0;
}

/* The nth different format; or size of a format; or rate of a size. */
static const struct mode *nth(unsigned n, const struct mode *like, int depth)
{
	for (unsigned i = 0; i < camera.n_modes; i++) {
		const struct mode *mode = &camera.modes[i];
		bool fits = depth < 1 || mode->fourcc == like->fourcc, seen = false;

		fits = fits &&
		       (depth < 2 || (mode->width == like->width && mode->height == like->height));
		for (unsigned j = 0; j < i; j++)
			seen = seen || (camera.modes[j].fourcc == mode->fourcc &&
					(depth < 1 || (camera.modes[j].width == mode->width &&
						       camera.modes[j].height == mode->height)) &&
					depth < 2);
		if (fits && !seen && n-- == 0)
			return mode;
	}
	return NULL;
}

static int enumerate_formats(void *argument)
{
	struct v4l2_fmtdesc *row = argument;
	const struct mode *mode = nth(row->index, NULL, 0);

	if (mode == NULL)
		return EINVAL;
	row->pixelformat = mode->fourcc;
	return 0;
}

static int enumerate_sizes(void *argument)
{
	struct v4l2_frmsizeenum *row = argument;
	struct mode like = {.fourcc = row->pixel_format};
	const struct mode *mode = nth(row->index, &like, 1);

	if (mode == NULL)
		return EINVAL;
	row->type = V4L2_FRMSIZE_TYPE_DISCRETE;
	row->discrete.width = mode->width;
	row->discrete.height = mode->height;
	return 0;
}

static int enumerate_rates(void *argument)
{
	struct v4l2_frmivalenum *row = argument;
	struct mode like = {row->pixel_format, row->width, row->height, 0};
	const struct mode *mode = nth(row->index, &like, 2);

	if (mode == NULL)
		return EINVAL;
	row->type = V4L2_FRMIVAL_TYPE_DISCRETE;
	row->discrete = (struct v4l2_fract){1, mode->fps};
	return 0;
}

/* As drivers do: anything else becomes the first mode. */
static int set_format(void *argument)
{
	struct v4l2_format *format = argument;
	struct v4l2_pix_format *pix = &format->fmt.pix;

	camera.mode = camera.modes[0];
	for (unsigned i = 0; i < camera.n_modes; i++)
		if (camera.modes[i].fourcc == pix->pixelformat &&
		    camera.modes[i].width == pix->width && camera.modes[i].height == pix->height)
			camera.mode = camera.modes[i];
	*pix = (struct v4l2_pix_format){
		.width = camera.mode.width,
		.height = camera.mode.height,
		.pixelformat = camera.mode.fourcc,
		.field = V4L2_FIELD_NONE,
		.sizeimage = BUFFER_SIZE,
		.colorspace = V4L2_COLORSPACE_SRGB,
	};
	return 0;
}

static int set_rate(void *argument)
{
	struct v4l2_streamparm *parameters = argument;
	struct v4l2_fract *interval = &parameters->parm.capture.timeperframe;

	if (interval->numerator != 0 && interval->denominator / interval->numerator != 0)
		camera.mode.fps = interval->denominator / interval->numerator;
	*interval = (struct v4l2_fract){1, camera.mode.fps};
	return 0;
}

static int request_buffers(void *argument)
{
	struct v4l2_requestbuffers *request = argument;

	if (request->count > camera.max_buffers)
		request->count = camera.max_buffers;
	camera.n_buffers = request->count;
	camera.memory = memfd_create("camera", MFD_CLOEXEC);
	if (ftruncate(camera.memory, (off_t)camera.n_buffers * BUFFER_SIZE) < 0)
		return errno;
	camera.shared = mmap(NULL, (size_t)camera.n_buffers * BUFFER_SIZE, PROT_READ | PROT_WRITE,
			     MAP_SHARED, camera.memory, 0);
	return 0;
}

static int query_buffer(void *argument)
{
	struct v4l2_buffer *buffer = argument;

	buffer->length = BUFFER_SIZE;
	buffer->m.offset = buffer->index * BUFFER_SIZE;
	return 0;
}

static int queue_buffer(void *argument)
{
	const struct v4l2_buffer *buffer = argument;

	for (unsigned i = 0; i < camera.n_queued; i++)
		if (camera.queue[i] == buffer->index)
			abort(); /* given twice */
	/* Whoever still reads it sees it change. */
	memset(camera.shared + (size_t)buffer->index * BUFFER_SIZE, 0xff, 4096);
	camera.queue[camera.n_queued++] = buffer->index;
	return 0;
}

static void fill(struct v4l2_buffer *buffer)
{
	unsigned n = camera.next_picture++ % camera.n_pictures;
	size_t len = camera.starts[n + 1] - camera.starts[n];
	uint8_t *to = camera.shared + (size_t)buffer->index * BUFFER_SIZE;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	memcpy(to, camera.file + camera.starts[n], len);
	buffer->bytesused = camera.rubbish ? BUFFER_SIZE : (uint32_t)len;
	buffer->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
	buffer->timestamp.tv_sec = now.tv_sec;
	buffer->timestamp.tv_usec = now.tv_nsec / 1000;
	camera.count++;
	if (camera.damaged == 0)
		return;
	if (camera.count % camera.damaged == 0) {
		buffer->flags |= V4L2_BUF_FLAG_ERROR;
		memset(to, 0x55, len);
	}
	if (camera.count % camera.damaged == 1 && camera.count > 1)
		buffer->bytesused = 0;
}

static int take_buffer(void *argument)
{
	struct v4l2_buffer *buffer = argument;
	uint64_t ticks;

	if (!camera.streaming)
		return EINVAL;
	if (read(camera.fd, &ticks, sizeof ticks) < 0 || camera.n_queued == 0)
		return EAGAIN;
	buffer->index = camera.queue[0];
	memmove(camera.queue, camera.queue + 1, --camera.n_queued * sizeof camera.queue[0]);
	fill(buffer);
	return 0;
}

static int start(void *argument)
{
	long interval_ns = 1000000000L / camera.mode.fps;
	struct itimerspec rate = {{0, interval_ns}, {0, interval_ns}};

	(void)argument;
	camera.streaming = true;
	fprintf(stderr, "fake camera: on\n");
	return timerfd_settime(camera.fd, 0, &rate, NULL) < 0 ? errno : 0;
}

static int stop(void *argument)
{
	(void)argument;
	if (camera.streaming)
		fprintf(stderr, "fake camera: off\n");
	camera.streaming = false;
	camera.n_queued = 0;
	return 0;
}

static int query_control(void *argument)
{
	struct v4l2_queryctrl *control = argument;

	if (control->id != V4L2_CTRL_FLAG_NEXT_CTRL)
		return EINVAL;
	*control = (struct v4l2_queryctrl){.id = V4L2_CID_BRIGHTNESS,
					   .type = V4L2_CTRL_TYPE_INTEGER,
					   .name = "Brightness, Auto",
					   .minimum = -10,
					   .maximum = 100};
	return 0;
}

static int get_control(void *argument)
{
	struct v4l2_control *control = argument;

	control->value = camera.brightness;
	return 0;
}

static int set_control(void *argument)
{
	const struct v4l2_control *control = argument;

	if (control->value < -10 || control->value > 100)
		return ERANGE;
	camera.brightness = control->value;
	fprintf(stderr, "fake camera: brightness %d\n", camera.brightness);
	return 0;
}

static const struct {
	unsigned long request;
	int (*act)(void *argument);
} requests[] = {
	{VIDIOC_QUERYCAP, query},
	{VIDIOC_ENUM_FMT, enumerate_formats},
	{VIDIOC_ENUM_FRAMESIZES, enumerate_sizes},
	{VIDIOC_ENUM_FRAMEINTERVALS, enumerate_rates},
	{VIDIOC_S_FMT, set_format},
	{VIDIOC_S_PARM, set_rate},
	{VIDIOC_G_PARM, set_rate},
	{VIDIOC_REQBUFS, request_buffers},
	{VIDIOC_QUERYBUF, query_buffer},
	{VIDIOC_QBUF, queue_buffer},
	{VIDIOC_DQBUF, take_buffer},
	{VIDIOC_STREAMON, start},
	{VIDIOC_STREAMOFF, stop},
	{VIDIOC_QUERYCTRL, query_control},
	{VIDIOC_G_CTRL, get_control},
	{VIDIOC_S_CTRL, set_control},
};

/* ---- over libv4l2 ---- */

int v4l2_fd_open(int fd, int flags)
{
	(void)flags;
	return fd;
}

int v4l2_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;
	int error = ENOTTY;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (fd == camera.fd && is_unplugged())
		error = ENODEV;
	else if (fd == camera.fd || (request == VIDIOC_QUERYCAP && adopt(fd)))
		for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
			if (requests[i].request == request)
				error = requests[i].act(argument);
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

/* What is mapped lives on. */
int v4l2_close(int fd)
{
	if (fd == camera.fd)
		camera.fd = -1;
	return close(fd);
}

void *v4l2_mmap(void *start_at, size_t length, int protection, int flags, int fd, int64_t offset)
{
	(void)fd;
	return mmap(start_at, length, protection, flags, camera.memory, offset);
}

int v4l2_munmap(void *memory, size_t length)
{
	return munmap(memory, length);
}
