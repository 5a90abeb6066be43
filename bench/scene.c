/* SPDX-License-Identifier: MIT */
/*
 * spillway-bench scene: something that moves on an X display, the same each time, for measuring who
 * captures it. All of it is drawn once, into pixmaps; a step only copies, so that it costs the
 * server little.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xcb/xcb.h>

#include "bench/commands.h"
#include "common/log.h"
#include "common/options.h"

enum { STEP_PIXELS = 4, MAX_LINE_BYTES = 4 * 8192 };

struct scene_config {
	char *display;
	int64_t fps;
	int kind; /* enum kind */
};

struct scene {
	xcb_connection_t *connection;
	xcb_window_t window;
	xcb_gcontext_t gc;
	unsigned width, height, depth;
	xcb_pixmap_t backdrop; /* twice as wide */
	xcb_pixmap_t page;     /* half as wide and high */
	int x, y;	       /* where it lies */
};

/* ---- what there is to see ---- */

/* The same number for the same place. */
static uint32_t hash(uint32_t x, uint32_t y)
{
	uint32_t n = x * 0x9e3779b1u ^ (y * 0x85ebca77u + 0x165667b1u);

	n ^= n >> 15;
	n *= 0x2c1b3c6du;
	return n ^ n >> 13;
}

static uint32_t grey(uint32_t value)
{
	return value << 16 | value << 8 | value;
}

/* Slopes of colour with some grain, as of a photograph. */
static uint32_t backdrop_pixel(unsigned x, unsigned y)
{
	uint32_t grain = hash(x, y) % 12, patch = hash(x / 96, y / 80) % 64;

	return (60 + (x / 8 + patch) % 120 + grain) << 16 |
	       (70 + (y / 5 + patch) % 110 + grain) << 8 | (80 + ((x + y) / 12) % 100 + grain);
}

/* Lines of dark strokes on white, as of text: letters of 8 x 14, some of them blanks. */
static uint32_t page_pixel(unsigned x, unsigned y)
{
	unsigned letter = x / 8, line = y / 18, column = x % 8, row = y % 18;
	uint32_t shape = hash(letter, line);

	if (row >= 14 || column >= 6 || shape % 6 == 0)
		return grey(250);
	return (hash(shape, (row / 3) * 4 + column / 2) & 1) != 0 ? grey(30) : grey(250);
}

static xcb_pixmap_t paint(const struct scene *scene, unsigned width, unsigned height,
			  uint32_t (*pixel)(unsigned x, unsigned y))
{
	static uint32_t line[MAX_LINE_BYTES / 4];
	xcb_pixmap_t pixmap = xcb_generate_id(scene->connection);

	xcb_create_pixmap(scene->connection, (uint8_t)scene->depth, pixmap, scene->window,
			  (uint16_t)width, (uint16_t)height);
	for (unsigned y = 0; y < height; y++) {
		for (unsigned x = 0; x < width; x++)
			line[x] = pixel(x, y);
		xcb_put_image(scene->connection, XCB_IMAGE_FORMAT_Z_PIXMAP, pixmap, scene->gc,
			      (uint16_t)width, 1, 0, (int16_t)y, 0, (uint8_t)scene->depth,
			      width * 4, (const uint8_t *)line);
	}
	return pixmap;
}

static void copy(const struct scene *scene, xcb_pixmap_t from, int from_x, int from_y, int x, int y,
		 unsigned width, unsigned height)
{
	xcb_copy_area(scene->connection, from, scene->window, scene->gc, (int16_t)from_x,
		      (int16_t)from_y, (int16_t)x, (int16_t)y, (uint16_t)width, (uint16_t)height);
}

/* From 0 to span and back again and again. */
static int bounce(uint64_t step, unsigned span)
{
	uint64_t at = step * STEP_PIXELS % (2 * span);

	return (int)(at < span ? at : 2 * span - at);
}

/* ---- the kinds: each shows its step ---- */

static void show_still(struct scene *scene, uint64_t step)
{
	if (step > 0)
		return;
	copy(scene, scene->backdrop, 0, 0, 0, 0, scene->width, scene->height);
	copy(scene, scene->page, 0, 0, scene->x, scene->y, scene->width / 2, scene->height / 2);
}

/* A page is moved over the backdrop: a bit more than a quarter of the screen changes. */
static void show_desk(struct scene *scene, uint64_t step)
{
	unsigned width = scene->width / 2, height = scene->height / 2;

	if (step == 0)
		show_still(scene, 0);
	copy(scene, scene->backdrop, scene->x, scene->y, scene->x, scene->y, width, height);
	scene->x = bounce(step, scene->width - width);
	scene->y = bounce(step, scene->height - height);
	copy(scene, scene->page, 0, 0, scene->x, scene->y, width, height);
}

/* Everything moves. */
static void show_film(struct scene *scene, uint64_t step)
{
	copy(scene, scene->backdrop, bounce(step, scene->width), 0, 0, 0, scene->width,
	     scene->height);
}

enum kind { STILL, DESK, FILM, KINDS };
static const char *const kind_names[] = {
	[STILL] = "still", [DESK] = "desk", [FILM] = "film", [KINDS] = NULL};
static void (*const kinds[])(struct scene *scene, uint64_t step) = {
	[STILL] = show_still, [DESK] = show_desk, [FILM] = show_film};

/* ---- the command ---- */

#define FIELD(name) offsetof(struct scene_config, name)

static const struct option_row rows[] = {
	{"display", OPTION_TEXT, FIELD(display), "DISPLAY", NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "which X display (default: $DISPLAY)"},
	{"kind", OPTION_CHOICE, FIELD(kind), "KIND", "desk", 0, 0, kind_names, OPTION_COMMAND_LINE,
	 "nothing moves; a quarter of the screen; all of it"},
	{"fps", OPTION_NUMBER, FIELD(fps), "N", "30", 1, 240, NULL, OPTION_COMMAND_LINE,
	 "so many steps a second"},
	{0},
};

static int open_scene(struct scene *scene, const char *display)
{
	const xcb_screen_t *screen;
	uint32_t above = 1;

	scene->connection = xcb_connect(display, NULL);
	if (xcb_connection_has_error(scene->connection))
		return -ENODEV;
	screen = xcb_setup_roots_iterator(xcb_get_setup(scene->connection)).data;
	scene->width = screen->width_in_pixels;
	scene->height = screen->height_in_pixels;
	scene->depth = screen->root_depth;
	if (scene->depth != 24 || scene->width > MAX_LINE_BYTES / 8)
		return -ENOTSUP;
	scene->window = xcb_generate_id(scene->connection);
	xcb_create_window(scene->connection, XCB_COPY_FROM_PARENT, scene->window, screen->root, 0,
			  0, (uint16_t)scene->width, (uint16_t)scene->height, 0,
			  XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual,
			  XCB_CW_OVERRIDE_REDIRECT, &above);
	scene->gc = xcb_generate_id(scene->connection);
	above = 0; /* no events about what was copied */
	xcb_create_gc(scene->connection, scene->gc, scene->window, XCB_GC_GRAPHICS_EXPOSURES,
		      &above);
	scene->backdrop = paint(scene, scene->width * 2, scene->height, backdrop_pixel);
	scene->page = paint(scene, scene->width / 2, scene->height / 2, page_pixel);
	xcb_map_window(scene->connection, scene->window);
	return 0;
}

/* Until the server has gone. */
static void run(struct scene *scene, const struct scene_config *config)
{
	struct timespec next;
	long interval_ns = (long)(1000000000 / config->fps);

	clock_gettime(CLOCK_MONOTONIC, &next);
	for (uint64_t step = 0; !xcb_connection_has_error(scene->connection); step++) {
		kinds[config->kind](scene, step);
		xcb_flush(scene->connection);
		if (step == 0)
			log_info("%s, %ux%u", kind_names[config->kind], scene->width,
				 scene->height);
		next.tv_nsec += interval_ns;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL) == EINTR)
			;
	}
}

static int scene_main(int argc, char *argv[])
{
	struct scene_config config = {0};
	const struct option_program program = {
		.name = "spillway-bench scene",
		.usage = "[OPTION]...",
		.summary = "Moves something on an X display, until it is ended.",
		.rows = rows,
		.fields = &config,
	};
	struct scene scene = {0};
	int status = COMMAND_USAGE;

	options_init(rows, &config);
	if (options_command_line(&program, argc, argv) >= 0) {
		status = 1;
		if (open_scene(&scene, config.display) < 0)
			log_error("it needs an X display with 24 bits a pixel, up to 4096 wide");
		else
			run(&scene, &config);
		xcb_disconnect(scene.connection);
	}
	options_finish(rows, &config);
	return status;
}

const struct command scene_command = {
	.name = "scene",
	.summary = "something that moves on an X display",
	.run = scene_main,
};
