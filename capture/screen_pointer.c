/* SPDX-License-Identifier: MIT */
#include "capture/screen_pointer.h"

#include <errno.h>
#include <stdlib.h>

enum { OUT_OF_SIGHT = -SCREEN_MAX_SIDE };

static unsigned ask_for_shape(struct screen *screen)
{
	screen->shape_changed = false;
	return xcb_xfixes_get_cursor_image(screen->connection).sequence;
}

unsigned screen_pointer_ask(struct screen *screen)
{
	screen->moved = false;
	return xcb_query_pointer(screen->connection, screen->window).sequence;
}

/* ---- what was answered ---- */

/* Takes over the reply; NULL, or one that lies about its length: it isn't shown. */
static void take_shape(struct screen_pointer *pointer, xcb_xfixes_get_cursor_image_reply_t *shape)
{
	free(pointer->shape);
	pointer->shape = shape;
	pointer->pointer = (struct pointer){0};
	if (shape == NULL || (size_t)shape->width * shape->height > shape->length)
		return;
	pointer->pointer = (struct pointer){
		.width = shape->width,
		.height = shape->height,
		.hot_x = shape->xhot,
		.hot_y = shape->yhot,
		.argb = xcb_xfixes_get_cursor_image_cursor_image(shape),
	};
}

/* Takes over the reply; in the area's coordinates. */
static void take_place(const struct screen *screen, xcb_query_pointer_reply_t *place, int *ret_x,
		       int *ret_y)
{
	bool here = place != NULL && place->same_screen;

	*ret_x = here ? place->win_x + screen->border - screen->area.x : OUT_OF_SIGHT;
	*ret_y = here ? place->win_y + screen->border - screen->area.y : OUT_OF_SIGHT;
	free(place);
}

static bool is_seen(const struct screen_pointer *pointer, const struct screen *screen, int x, int y)
{
	return pointer_is_seen(&pointer->pointer, x, y, screen->area.width, screen->area.height);
}

/* ---- following it ---- */

static bool hear_shape(struct screen_pointer *pointer, struct screen *screen)
{
	bool was_seen = is_seen(pointer, screen, pointer->x, pointer->y);
	void *reply;

	if (pointer->shape_asked == 0 || !screen_poll(screen, pointer->shape_asked, &reply))
		return false;
	pointer->shape_asked = 0;
	take_shape(pointer, reply);
	return was_seen || is_seen(pointer, screen, pointer->x, pointer->y);
}

static bool hear_place(struct screen_pointer *pointer, struct screen *screen)
{
	int x, y;
	void *reply;

	if (pointer->where_asked == 0 || !screen_poll(screen, pointer->where_asked, &reply))
		return false;
	pointer->where_asked = 0;
	take_place(screen, reply, &x, &y);
	if (x == pointer->x && y == pointer->y)
		return false;
	return is_seen(pointer, screen, x, y) || is_seen(pointer, screen, pointer->x, pointer->y);
}

bool screen_pointer_follow(struct screen_pointer *pointer, struct screen *screen, bool *changed)
{
	bool shape_is_due, place_is_due;

	if (hear_shape(pointer, screen))
		*changed = true;
	if (hear_place(pointer, screen))
		*changed = true;
	shape_is_due = screen->shape_changed && pointer->shape_asked == 0;
	place_is_due = screen->moved && pointer->where_asked == 0;
	if (shape_is_due)
		pointer->shape_asked = ask_for_shape(screen);
	if (place_is_due)
		pointer->where_asked = screen_pointer_ask(screen);
	if (shape_is_due || place_is_due)
		xcb_flush(screen->connection);
	return shape_is_due || place_is_due;
}

/* ---- pictures ---- */

int screen_pointer_begin(struct screen_pointer *pointer, struct screen *screen)
{
	int error;

	pointer->x = pointer->y = OUT_OF_SIGHT;
	take_shape(pointer, screen_await(screen, ask_for_shape(screen), &error));
	return error == -EPROTO ? 0 : error; /* there is none */
}

int screen_pointer_draw(struct screen_pointer *pointer, struct screen *screen, unsigned request,
			const struct pointer_canvas *canvas)
{
	int error;

	take_place(screen, screen_await(screen, request, &error), &pointer->x, &pointer->y);
	if (error == 0)
		pointer_draw(&pointer->pointer, pointer->x, pointer->y, canvas);
	return error;
}

void screen_pointer_finish(struct screen_pointer *pointer)
{
	free(pointer->shape);
	*pointer = (struct screen_pointer){0};
}
