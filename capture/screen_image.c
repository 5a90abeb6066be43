/* SPDX-License-Identifier: MIT */
#include "capture/screen_image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ALL_PLANES = -1 };

/* Descriptors go to the same machine only. */
static bool is_near(const struct screen *screen)
{
	struct sockaddr_storage name = {0};
	socklen_t len = sizeof name;

	return getsockname(xcb_get_file_descriptor(screen->connection),
			   (struct sockaddr *)(void *)&name, &len) == 0 &&
	       name.ss_family == AF_UNIX;
}

static bool can_share(struct screen *screen, int *ret_error)
{
	xcb_shm_query_version_reply_t *version;
	bool can = false;

	*ret_error = 0;
	if (!is_near(screen) || !screen_has(screen, &xcb_shm_id))
		return false;
	version =
		screen_await(screen, xcb_shm_query_version(screen->connection).sequence, ret_error);
	if (version != NULL)
		can = version->major_version > 1 ||
		      (version->major_version == 1 && version->minor_version >= 2);
	free(version);
	return can;
}

/* Whether it works is seen by a picture of one pixel. */
static int try_it(struct screen_image *image, struct screen *screen)
{
	const struct screen_area *area = &screen->area;
	int error;

	free(screen_await(screen,
			  xcb_shm_get_image(screen->connection, screen->drawable, (int16_t)area->x,
					    (int16_t)area->y, 1, 1, (uint32_t)ALL_PLANES,
					    XCB_IMAGE_FORMAT_Z_PIXMAP, image->segment, 0)
				  .sequence,
			  &error));
	return error;
}

static void stop_sharing(struct screen_image *image, struct screen *screen)
{
	if (image->shared == NULL)
		return;
	if (screen->connection != NULL)
		xcb_shm_detach(screen->connection, image->segment);
	munmap(image->shared, image->size);
	image->shared = NULL;
}

static int share(struct screen_image *image, struct screen *screen)
{
	int error = 0, fd = memfd_create("spillway-capture", MFD_CLOEXEC);
	void *memory = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, (off_t)image->size) == 0)
		memory = mmap(NULL, image->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) {
		error = -errno;
		snprintf(screen->error, sizeof screen->error, "%s", strerror(-error));
		if (fd >= 0)
			close(fd);
		return error;
	}
	image->shared = memory;
	image->segment = xcb_generate_id(screen->connection);
	xcb_shm_attach_fd(screen->connection, image->segment, fd, 0); /* closes it */
	error = try_it(image, screen);
	if (error < 0)
		stop_sharing(image, screen);
	return error == -EPROTO ? 0 : error;
}

static size_t stride_of(const struct screen *screen)
{
	size_t line = (size_t)screen->area.width * screen->pixels.bits;

	return (line + screen->line_bits - 1) / screen->line_bits * screen->line_bits / 8;
}

bool screen_image_fits(const struct screen_image *image, const struct screen *screen)
{
	return image->stride == stride_of(screen) &&
	       image->size == image->stride * screen->area.height;
}

int screen_image_create(struct screen_image *image, struct screen *screen)
{
	int error;

	screen_image_finish(image, screen);
	image->stride = stride_of(screen);
	image->size = image->stride * screen->area.height;
	if (!can_share(screen, &error))
		return error == -EPROTO ? 0 : error;
	return share(image, screen);
}

void screen_image_finish(struct screen_image *image, struct screen *screen)
{
	stop_sharing(image, screen);
	free(image->sent);
	*image = (struct screen_image){0};
}

unsigned screen_image_ask(const struct screen_image *image, struct screen *screen)
{
	int16_t x = (int16_t)screen->area.x, y = (int16_t)screen->area.y;
	uint16_t width = (uint16_t)screen->area.width, height = (uint16_t)screen->area.height;

	if (image->shared != NULL)
		return xcb_shm_get_image(screen->connection, screen->drawable, x, y, width, height,
					 (uint32_t)ALL_PLANES, XCB_IMAGE_FORMAT_Z_PIXMAP,
					 image->segment, 0)
			.sequence;
	return xcb_get_image(screen->connection, XCB_IMAGE_FORMAT_Z_PIXMAP, screen->drawable, x, y,
			     width, height, (uint32_t)ALL_PLANES)
		.sequence;
}

int screen_image_take(struct screen_image *image, struct screen *screen, unsigned request,
		      uint8_t **ret_data)
{
	int error;
	void *reply = screen_await(screen, request, &error);

	if (image->shared != NULL) {
		free(reply);
		*ret_data = image->shared;
		return error;
	}
	free(image->sent);
	image->sent = reply;
	if (reply == NULL)
		return error;
	if ((size_t)image->sent->length * 4 < image->size)
		return -EPROTO;
	*ret_data = xcb_get_image_data(image->sent);
	return 0;
}
