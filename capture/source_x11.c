/* SPDX-License-Identifier: MIT */
/*
 * `x11:DISPLAY`, a screen or a part of it. There is a picture when the server has told that
 * something was drawn, or that the pointer has moved; it is fetched when it is asked for, and
 * encoded from where the server put it. Until damage is forgotten, by fetching a picture, the
 * server says nothing more of it: a screen that nobody watches costs nothing, too.
 */
#include "capture/source.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/screen.h"
#include "capture/screen_image.h"
#include "capture/screen_monitor.h"
#include "capture/screen_pointer.h"

enum { SCREEN_FPS = 30 }; /* where the user wished nothing */

/* The server refuses a picture of what was just made smaller. If it refuses so many in a row, that
 * isn't why. */
enum { MAX_REFUSALS = 5 };

enum { MAX_DISPLAYS = 64 }; /* that are listed */

struct desktop {
	struct source source;
	struct screen_target target;
	unsigned width, height; /* that were wished */
	struct screen screen;
	struct screen_image images[LOANS]; /* the first is there always, the others once needed */
	struct screen_pointer pointer;
	unsigned refusals;
	bool lost; /* until it is opened again */
};

static const char *name_of(const struct desktop *desktop)
{
	const char *name = desktop->target.display;

	return *name == '\0' && getenv("DISPLAY") != NULL ? getenv("DISPLAY") : name;
}

static int fail(struct desktop *desktop, int error, const char *why)
{
	desktop->lost = true;
	if (*name_of(desktop) == '\0')
		snprintf(desktop->source.error, sizeof desktop->source.error, "x11: %s", why);
	else
		snprintf(desktop->source.error, sizeof desktop->source.error,
			 "the display %.200s: %s", name_of(desktop), why);
	return error;
}

static int fail_as_screen(struct desktop *desktop, int error)
{
	return fail(desktop, error, desktop->screen.error);
}

/* ---- opening ---- */

static void tell_what_it_is(struct desktop *desktop)
{
	const struct screen_area *area = &desktop->screen.area;

	desktop->source.shape = (struct picture){.width = area->width, .height = area->height};
	snprintf(desktop->source.about, sizeof desktop->source.about,
		 "the display %.200s: %ux%u at %d,%d of %s%s%s", name_of(desktop), area->width,
		 area->height, area->x - desktop->screen.border, area->y - desktop->screen.border,
		 desktop->target.window != 0 ? "a window" : "its screen",
		 desktop->images[0].shared != NULL ? "" : ", without shared memory",
		 desktop->screen.input_opcode != 0
			 ? ""
			 : ", the pointer only where something else changes");
}

static void shut(struct desktop *desktop)
{
	screen_pointer_finish(&desktop->pointer);
	for (size_t i = 0; i < LOANS; i++)
		screen_image_finish(&desktop->images[i], &desktop->screen);
	screen_close(&desktop->screen);
}

static int set_up(struct desktop *desktop)
{
	struct screen *screen = &desktop->screen;
	int error = screen_open(screen, &desktop->target, desktop->width, desktop->height);

	if (error == 0)
		error = screen_measure(screen);
	if (error == 0)
		error = screen_image_create(&desktop->images[0], screen);
	if (error == 0)
		error = screen_pointer_begin(&desktop->pointer, screen);
	if (error < 0)
		return fail_as_screen(desktop, error);
	desktop->lost = false;
	desktop->refusals = 0;
	tell_what_it_is(desktop);
	return 0;
}

static int desktop_reopen(struct source *source)
{
	struct desktop *desktop = (struct desktop *)source;
	int error;

	for (size_t i = 0; i < LOANS; i++)
		if (desktop->images[i].loan.users > 0)
			return -EBUSY;
	shut(desktop);
	error = set_up(desktop);
	if (error < 0)
		shut(desktop);
	return error;
}

static void desktop_close(struct source *source)
{
	struct desktop *desktop = (struct desktop *)source;

	shut(desktop);
	free(desktop);
}

static int desktop_open(struct source **ret_source, const char *argument,
			const struct source_wish *wish, char ret_error[SOURCE_ERROR_SIZE])
{
	struct desktop *desktop = calloc(1, sizeof *desktop);
	const char *why = "not enough memory";
	int error = -ENOMEM;

	if (desktop != NULL)
		error = screen_target_parse(&desktop->target, argument, &why);
	if (error < 0) {
		snprintf(ret_error, SOURCE_ERROR_SIZE, "x11:%.200s: %s", argument, why);
		free(desktop);
		return error;
	}
	desktop->width = wish->width;
	desktop->height = wish->height;
	desktop->source.limit = wish->rate.frames != 0 ? wish->rate : (struct rate){SCREEN_FPS, 1};
	error = set_up(desktop);
	if (error == -ECONNREFUSED || error == -ETIMEDOUT) { /* the display may come */
		desktop->source.shape =
			(struct picture){.width = wish->width, .height = wish->height};
		shut(desktop);
		error = 0;
	}
	if (error < 0) {
		snprintf(ret_error, SOURCE_ERROR_SIZE, "%s", desktop->source.error);
		desktop_close(&desktop->source);
		return error;
	}
	*ret_source = &desktop->source;
	return 0;
}

/* ---- pictures ---- */

/* A monitor may have moved, a window been made larger; or nothing has happened that matters. */
static int rearrange(struct desktop *desktop)
{
	struct screen *screen = &desktop->screen;
	struct screen_area before = screen->area;
	int error = screen_measure(screen);

	if (error == 0 && !screen_area_equal(before, screen->area)) {
		screen->damaged = true;
		tell_what_it_is(desktop);
	}
	return error;
}

static int desktop_next(struct source *source, int64_t *ret_pts_us)
{
	struct desktop *desktop = (struct desktop *)source;
	struct screen *screen = &desktop->screen;
	bool changed = false;
	int error;

	if (desktop->lost)
		return -ENODEV;
	/* xcb takes in what the server tells also when it sends, or waits for an answer. */
	do {
		error = screen_hear(screen);
		if (error == 0 && screen->rearranged)
			error = rearrange(desktop);
		if (error < 0)
			return fail_as_screen(desktop, error);
		if (screen->hidden)
			return fail(desktop, -ENODEV, "the window isn't shown any more");
	} while (screen_pointer_follow(&desktop->pointer, screen, &changed) || screen->rearranged);
	if (screen->damaged)
		changed = true;
	screen->damaged = false;
	*ret_pts_us = source_clock_us();
	return changed ? 1 : -EAGAIN;
}

static int refused(struct desktop *desktop)
{
	desktop->screen.rearranged = desktop->screen.damaged = true;
	if (++desktop->refusals < MAX_REFUSALS)
		return -EAGAIN;
	return fail(desktop, -EPROTO, "its X server gives no pictures of it");
}

static struct screen_image *free_image(struct desktop *desktop)
{
	for (size_t i = 0; i < LOANS; i++)
		if (desktop->images[i].loan.users == 0)
			return &desktop->images[i];
	return NULL;
}

static int desktop_picture(struct source *source, int64_t unix_us, struct picture *ret_picture)
{
	struct desktop *desktop = (struct desktop *)source;
	struct screen_image *image = free_image(desktop);
	struct screen *screen = &desktop->screen;
	struct pointer_canvas canvas = {
		.pixels = screen->pixels,
		.width = screen->area.width,
		.height = screen->area.height,
	};
	unsigned where, picture;
	int error = 0;

	if (image == NULL)
		return -EBUSY;
	if (!screen_image_fits(image, screen))
		error = screen_image_create(image, screen);
	if (error < 0)
		return fail_as_screen(desktop, error);
	canvas.stride = image->stride;
	screen_forget_damage(screen);
	picture = screen_image_ask(image, screen);
	where = screen_pointer_ask(screen);
	error = screen_image_take(image, screen, picture, &canvas.data);
	if (error == -EPROTO) {
		xcb_discard_reply(screen->connection, where);
		return refused(desktop);
	}
	if (error == 0)
		error = screen_pointer_draw(&desktop->pointer, screen, where, &canvas);
	if (error < 0)
		return fail_as_screen(desktop, error);
	desktop->refusals = 0;
	loan_begin(&image->loan);
	*ret_picture = (struct picture){
		.loan = &image->loan,
		.planes = {canvas.data},
		.strides = {(int)canvas.stride},
		.width = canvas.width,
		.height = canvas.height,
		.format = screen->format,
		.space = AVCOL_SPC_UNSPECIFIED,
		.full_range = true,
		.aspect = {0, 1},
		.pts_us = source_clock_us(),
		.capture_us = unix_us,
	};
	return 0;
}

static int desktop_descriptor(const struct source *source)
{
	return xcb_get_file_descriptor(((const struct desktop *)source)->screen.connection);
}

/* ---- the list ---- */

static int list_one(FILE *out, const char *argument, char ret_error[SOURCE_ERROR_SIZE])
{
	struct desktop desktop = {0};
	const char *why;
	int error = screen_target_parse(&desktop.target, argument, &why);

	if (error < 0) {
		snprintf(ret_error, SOURCE_ERROR_SIZE, "x11:%.200s: %s", argument, why);
		return error;
	}
	error = set_up(&desktop);
	if (error == 0)
		error = screen_monitor_list(&desktop.screen, out);
	if (error < 0) {
		fail_as_screen(&desktop, error);
		snprintf(ret_error, SOURCE_ERROR_SIZE, "%s", desktop.source.error);
	}
	shut(&desktop);
	return error;
}

static int is_display(const struct dirent *entry)
{
	return entry->d_name[0] == 'X' && entry->d_name[1] >= '0' && entry->d_name[1] <= '9';
}

/* This machine's displays that let us in. */
static int desktop_list(FILE *out, const char *argument, char ret_error[SOURCE_ERROR_SIZE])
{
	struct dirent **entries;
	char display[sizeof entries[0]->d_name];
	int n;

	if (argument != NULL)
		return list_one(out, argument, ret_error);
	n = scandir("/tmp/.X11-unix", &entries, is_display, versionsort);
	if (n < 0)
		return 0;
	for (int i = 0; i < n; i++) {
		snprintf(display, sizeof display, ":%s", entries[i]->d_name + 1);
		if (i < MAX_DISPLAYS)
			(void)list_one(out, display, ret_error);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

const struct source_type source_x11 = {
	.prefix = "x11",
	.argument = "DISPLAY",
	.open = desktop_open,
	.next = desktop_next,
	.picture = desktop_picture,
	.close = desktop_close,
	.descriptor = desktop_descriptor,
	.reopen = desktop_reopen,
	.list = desktop_list,
};
