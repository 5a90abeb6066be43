/* SPDX-License-Identifier: MIT */
#include "bench/counter.h"

#include <errno.h>

#include "capture/strip.h"

enum { BLACK = 0x101010, WHITE = 0xebebeb, DEPTH = 24 };
/* Letters, as far as an encoder is concerned. */
enum { TEXT_COLUMNS = 160, TEXT_LINES = 40, TEXT_COLOURS = 8 };

static void fill(const struct counter *counter, uint32_t colour, xcb_rectangle_t place)
{
	xcb_change_gc(counter->connection, counter->gc, XCB_GC_FOREGROUND, &colour);
	xcb_poly_fill_rectangle(counter->connection, counter->drawn, counter->gc, 1, &place);
}

static void draw_text(const struct counter *counter)
{
	unsigned width = counter->width / TEXT_COLUMNS, height = counter->height / TEXT_LINES;
	uint32_t random = 1;

	for (unsigned i = 0; i < TEXT_COLUMNS * TEXT_LINES; i++) {
		random = random * 1664525u + 1013904223u;
		fill(counter, (random >> 16) % TEXT_COLOURS * 0x1f1f1f,
		     (xcb_rectangle_t){(int16_t)(i % TEXT_COLUMNS * width),
				       (int16_t)(i / TEXT_COLUMNS * height),
				       (uint16_t)(width - width / 4),
				       (uint16_t)(height - height / 4)});
	}
}

int counter_open(struct counter *counter, const char *display)
{
	*counter = (struct counter){.connection = xcb_connect(display, NULL)};
	if (xcb_connection_has_error(counter->connection) != 0)
		return -ENODEV;

	xcb_connection_t *connection = counter->connection;
	xcb_screen_t *screen = xcb_setup_roots_iterator(xcb_get_setup(connection)).data;
	const uint32_t values[] = {BLACK, 1}; /* no window manager is to change it */

	counter->width = screen->width_in_pixels;
	counter->height = screen->height_in_pixels;
	if (screen->root_depth != DEPTH || counter->width < STRIP_MIN_WIDTH ||
	    counter->height < STRIP_MIN_HEIGHT)
		return -ENOTSUP;
	counter->window = xcb_generate_id(connection);
	counter->drawn = xcb_generate_id(connection);
	counter->gc = xcb_generate_id(connection);
	xcb_create_window(connection, XCB_COPY_FROM_PARENT, counter->window, screen->root, 0, 0,
			  screen->width_in_pixels, screen->height_in_pixels, 0,
			  XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
			  XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
	xcb_map_window(connection, counter->window);
	xcb_create_pixmap(connection, DEPTH, counter->drawn, counter->window,
			  screen->width_in_pixels, screen->height_in_pixels);
	xcb_create_gc(connection, counter->gc, counter->drawn, 0, NULL);
	fill(counter, BLACK,
	     (xcb_rectangle_t){0, 0, screen->width_in_pixels, screen->height_in_pixels});
	draw_text(counter);
	return xcb_flush(connection) > 0 ? 0 : -EPIPE;
}

void counter_close(struct counter *counter)
{
	xcb_disconnect(counter->connection);
	counter->connection = NULL;
}

static void draw_strip(const struct counter *counter, unsigned top, uint32_t cells)
{
	for (unsigned cell = 0; cell < STRIP_CELLS; cell++) {
		unsigned left = counter->width * cell / STRIP_CELLS;
		unsigned right = counter->width * (cell + 1) / STRIP_CELLS;

		fill(counter, (cells >> (STRIP_CELLS - 1 - cell) & 1) != 0 ? WHITE : BLACK,
		     (xcb_rectangle_t){(int16_t)left, (int16_t)top, (uint16_t)(right - left),
				       (uint16_t)(counter->height / STRIP_PART)});
	}
}

int counter_show(struct counter *counter, uint32_t number)
{
	uint32_t cells = strip_encode(number);

	draw_strip(counter, 0, cells);
	draw_strip(counter, counter->height - counter->height / STRIP_PART, cells);
	xcb_copy_area(counter->connection, counter->drawn, counter->window, counter->gc, 0, 0, 0, 0,
		      (uint16_t)counter->width, (uint16_t)counter->height);
	return xcb_flush(counter->connection) > 0 ? 0 : -EPIPE;
}
