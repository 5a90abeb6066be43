/* SPDX-License-Identifier: MIT */
#include "capture/screen.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xcb/composite.h>
#include <xcb/randr.h>
#include <xcb/xcbext.h>
#include <xcb/xfixes.h>
#include <xcb/xinput.h>

#include "capture/screen_monitor.h"

static int fail(struct screen *screen, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct screen *screen, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(screen->error, sizeof screen->error, format, arguments);
	va_end(arguments);
	return error;
}

/* ---- what the server tells ---- */

static void hear_damage(struct screen *screen, const xcb_damage_notify_event_t *event)
{
	struct screen_area area = {event->area.x + screen->border, event->area.y + screen->border,
				   event->area.width, event->area.height};
	bool old = (int32_t)(((const xcb_generic_event_t *)event)->full_sequence -
			     screen->forgotten) < 0;

	if (!old && screen_area_overlap(area, screen->area))
		screen->damaged = true;
}

static void hear_input(struct screen *screen, const xcb_ge_generic_event_t *event)
{
	if (event->extension == screen->input_opcode && event->event_type == XCB_INPUT_RAW_MOTION)
		screen->moved = true;
}

static bool is_rearrangement(const struct screen *screen, int type)
{
	return type == XCB_CONFIGURE_NOTIFY ||
	       (screen->monitor_event != 0 && (type == screen->monitor_event ||
					       type == screen->monitor_event + XCB_RANDR_NOTIFY));
}

static void hear_one(struct screen *screen, const xcb_generic_event_t *event)
{
	int type = event->response_type & 0x7f;

	if (type == 0)
		return; /* an error: whoever depends on it will see */
	if (type == screen->damage_event)
		hear_damage(screen, (const xcb_damage_notify_event_t *)event);
	else if (type == XCB_GE_GENERIC)
		hear_input(screen, (const xcb_ge_generic_event_t *)event);
	else if (type == XCB_UNMAP_NOTIFY || type == XCB_DESTROY_NOTIFY)
		screen->hidden = true;
	else if (screen->shape_event != 0 && type == screen->shape_event)
		screen->shape_changed = true;
	else if (is_rearrangement(screen, type))
		screen->rearranged = true;
}

int screen_hear(struct screen *screen)
{
	xcb_generic_event_t *event;

	while ((event = xcb_poll_for_event(screen->connection)) != NULL) {
		hear_one(screen, event);
		free(event);
	}
	if (xcb_connection_has_error(screen->connection))
		return fail(screen, -EPIPE, "the display has gone");
	return 0;
}

bool screen_poll(struct screen *screen, unsigned sequence, void **ret_reply)
{
	xcb_generic_error_t *error = NULL;
	bool answered;

	*ret_reply = NULL;
	answered = xcb_poll_for_reply(screen->connection, sequence, ret_reply, &error);
	free(error);
	return answered;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void *screen_await(struct screen *screen, unsigned sequence, int *ret_error)
{
	int64_t deadline_ms = now_ms() + SCREEN_ANSWER_MS, left_ms;
	struct pollfd ready = {.fd = xcb_get_file_descriptor(screen->connection), .events = POLLIN};
	void *reply;

	xcb_flush(screen->connection);
	while (!screen_poll(screen, sequence, &reply)) {
		/* Reads, too; so it is asked again before anything is waited for. */
		*ret_error = screen_hear(screen);
		if (*ret_error < 0)
			return NULL;
		if (screen_poll(screen, sequence, &reply))
			break;
		left_ms = deadline_ms - now_ms();
		if (left_ms <= 0) {
			*ret_error = fail(screen, -ETIMEDOUT, "the display doesn't answer");
			return NULL;
		}
		(void)poll(&ready, 1, (int)left_ms);
	}
	*ret_error = reply != NULL				    ? 0
		     : xcb_connection_has_error(screen->connection) ? -EPIPE
								    : -EPROTO;
	if (reply == NULL)
		fail(screen, *ret_error,
		     *ret_error == -EPIPE ? "the display has gone"
					  : "the display refuses a request");
	return reply;
}

void screen_forget_damage(struct screen *screen)
{
	screen->forgotten =
		xcb_damage_subtract(screen->connection, screen->damage, XCB_NONE, XCB_NONE)
			.sequence;
	screen->damaged = false;
}

/* ---- extensions ---- */

bool screen_has(struct screen *screen, xcb_extension_t *extension)
{
	const xcb_query_extension_reply_t *found =
		xcb_get_extension_data(screen->connection, extension);

	return found != NULL && found->present;
}

static uint8_t first_event(struct screen *screen, xcb_extension_t *extension)
{
	return xcb_get_extension_data(screen->connection, extension)->first_event;
}

/* Servers want to be asked for the version before anything else. */
static int agree(struct screen *screen, unsigned sequence)
{
	int error;

	free(screen_await(screen, sequence, &error));
	return error;
}

static int use_damage(struct screen *screen)
{
	xcb_connection_t *connection = screen->connection;
	int error;

	if (!screen_has(screen, &xcb_xfixes_id) || !screen_has(screen, &xcb_damage_id))
		return fail(screen, -ENOSYS, "its X server lacks the extensions XFIXES and DAMAGE");
	error = agree(screen, xcb_xfixes_query_version(connection, 4, 0).sequence);
	if (error == 0)
		error = agree(screen, xcb_damage_query_version(connection, 1, 1).sequence);
	if (error < 0)
		return error;
	screen->damage_event = (uint8_t)(first_event(screen, &xcb_damage_id) + XCB_DAMAGE_NOTIFY);
	screen->shape_event =
		(uint8_t)(first_event(screen, &xcb_xfixes_id) + XCB_XFIXES_CURSOR_NOTIFY);
	/* It tells when the area around all that was damaged grows, so that what happens beside
	 * what is captured can be told apart. */
	screen->damage = xcb_generate_id(connection);
	xcb_damage_create(connection, screen->damage, screen->window,
			  XCB_DAMAGE_REPORT_LEVEL_BOUNDING_BOX);
	xcb_xfixes_select_cursor_input(connection, screen->root,
				       XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR);
	return 0;
}

/* Where the pointer goes; without that, it is drawn where it is when something else changes. */
static int use_input(struct screen *screen)
{
	struct {
		xcb_input_event_mask_t head;
		uint32_t mask;
	} events = {{XCB_INPUT_DEVICE_ALL_MASTER, 1}, XCB_INPUT_XI_EVENT_MASK_RAW_MOTION};
	int error;

	if (!screen_has(screen, &xcb_input_id))
		return 0;
	error = agree(screen, xcb_input_xi_query_version(screen->connection, 2, 2).sequence);
	if (error < 0)
		return error == -EPROTO ? 0 : error;
	screen->input_opcode =
		xcb_get_extension_data(screen->connection, &xcb_input_id)->major_opcode;
	xcb_input_xi_select_events(screen->connection, screen->root, 1, &events.head);
	return 0;
}

static int use_monitors(struct screen *screen)
{
	int error;

	if (!screen_has(screen, &xcb_randr_id)) {
		if (*screen->target->monitor != '\0')
			return fail(screen, -ENOSYS, "its X server lacks the extension RANDR");
		return 0;
	}
	error = agree(screen, xcb_randr_query_version(screen->connection, 1, 5).sequence);
	if (error < 0)
		return error;
	screen->monitor_event =
		(uint8_t)(first_event(screen, &xcb_randr_id) + XCB_RANDR_SCREEN_CHANGE_NOTIFY);
	xcb_randr_select_input(screen->connection, screen->root,
			       XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE |
				       XCB_RANDR_NOTIFY_MASK_CRTC_CHANGE |
				       XCB_RANDR_NOTIFY_MASK_OUTPUT_CHANGE);
	return 0;
}

/* Keeps the server drawing all of the window, also what others cover. */
static int use_window(struct screen *screen)
{
	int error;

	if (screen->window == screen->root)
		return 0;
	if (!screen_has(screen, &xcb_composite_id))
		return fail(screen, -ENOSYS,
			    "its X server lacks the extension Composite, which a window needs");
	error = agree(screen, xcb_composite_query_version(screen->connection, 0, 4).sequence);
	if (error == 0)
		xcb_composite_redirect_window(screen->connection, screen->window,
					      XCB_COMPOSITE_REDIRECT_AUTOMATIC);
	return error;
}

/* ---- where it lies, and how ---- */

static const xcb_visualtype_t *find_visual(struct screen *screen, xcb_visualid_t id)
{
	const xcb_setup_t *setup = xcb_get_setup(screen->connection);

	for (xcb_screen_iterator_t i = xcb_setup_roots_iterator(setup); i.rem; xcb_screen_next(&i))
		for (xcb_depth_iterator_t j = xcb_screen_allowed_depths_iterator(i.data); j.rem;
		     xcb_depth_next(&j))
			for (xcb_visualtype_iterator_t k = xcb_depth_visuals_iterator(j.data);
			     k.rem; xcb_visualtype_next(&k))
				if (k.data->visual_id == id)
					return k.data;
	return NULL;
}

static const xcb_format_t *find_format(struct screen *screen, uint8_t depth)
{
	const xcb_setup_t *setup = xcb_get_setup(screen->connection);

	for (xcb_format_iterator_t i = xcb_setup_pixmap_formats_iterator(setup); i.rem;
	     xcb_format_next(&i))
		if (i.data->depth == depth)
			return i.data;
	return NULL;
}

static int see_pixels(struct screen *screen, uint8_t depth, xcb_visualid_t id)
{
	const xcb_visualtype_t *visual = find_visual(screen, id);
	const xcb_format_t *format = find_format(screen, depth);
	uint8_t order = xcb_get_setup(screen->connection)->image_byte_order;

	if (visual == NULL || format == NULL)
		return fail(screen, -EPROTO, "its X server doesn't say how its pixels lie");
	screen->pixels = (struct pixels){
		.bits = format->bits_per_pixel,
		.msb_first = order == XCB_IMAGE_ORDER_MSB_FIRST,
		.red = visual->red_mask,
		.green = visual->green_mask,
		.blue = visual->blue_mask,
	};
	screen->line_bits = format->scanline_pad;
	screen->format = pixels_format(&screen->pixels);
	if (screen->format == AV_PIX_FMT_NONE)
		return fail(screen, -ENOTSUP,
			    "its pixels (depth %u, %u bits, masks %x %x %x) can't be used", depth,
			    format->bits_per_pixel, visual->red_mask, visual->green_mask,
			    visual->blue_mask);
	return 0;
}

static int see_window(struct screen *screen)
{
	int error;
	xcb_get_window_attributes_reply_t *about = screen_await(
		screen, xcb_get_window_attributes(screen->connection, screen->window).sequence,
		&error);
	bool shown = about != NULL && about->map_state == XCB_MAP_STATE_VIEWABLE &&
		     about->_class == XCB_WINDOW_CLASS_INPUT_OUTPUT;
	xcb_visualid_t visual = about != NULL ? about->visual : 0;

	free(about);
	if (error == -EPROTO)
		return fail(screen, -ENOENT, "there is no window 0x%x", screen->window);
	if (error < 0)
		return error;
	if (!shown)
		return fail(screen, -ENOENT, "the window 0x%x isn't shown", screen->window);

	xcb_get_geometry_reply_t *size = screen_await(
		screen, xcb_get_geometry(screen->connection, screen->window).sequence, &error);

	if (size == NULL)
		return error;
	screen->border = size->border_width;
	screen->area =
		(struct screen_area){screen->border, screen->border, size->width, size->height};
	error = see_pixels(screen, size->depth, visual);
	free(size);
	return error;
}

/* A window that was made larger, or was shown again, has another pixmap. Of the window itself only
 * what is on the screen could be read. */
static void name_drawable(struct screen *screen)
{
	if (screen->window == screen->root)
		return;
	if (screen->drawable != XCB_NONE)
		xcb_free_pixmap(screen->connection, screen->drawable);
	screen->drawable = xcb_generate_id(screen->connection);
	xcb_composite_name_window_pixmap(screen->connection, screen->window, screen->drawable);
}

int screen_measure(struct screen *screen)
{
	const struct screen_target *target = screen->target;
	struct screen_area area;
	int error;

	screen->rearranged = false;
	error = see_window(screen);
	if (error == 0)
		name_drawable(screen);
	if (error == 0 && *target->monitor != '\0')
		error = screen_monitor_find(screen, target->monitor, &screen->area);
	if (error < 0)
		return error;
	if (!screen_target_part(target, screen->area, screen->width, screen->height, &area))
		return fail(screen, -EINVAL, "+%u,%u is outside: there are %ux%u", target->x,
			    target->y, screen->area.width, screen->area.height);
	screen->area = area;
	return 0;
}

/* ---- opening ---- */

static int connect_to(struct screen *screen, int *ret_number)
{
	const char *name = *screen->target->display != '\0' ? screen->target->display : NULL;
	int error;

	if (name == NULL && getenv("DISPLAY") == NULL)
		return fail(screen, -EINVAL,
			    "which display? Name one, such as x11::0, where $DISPLAY isn't set");
	screen->connection = xcb_connect(name, ret_number);
	error = xcb_connection_has_error(screen->connection);
	if (error == XCB_CONN_CLOSED_PARSE_ERR)
		return fail(screen, -EINVAL, "that isn't a display, such as :0");
	if (error == XCB_CONN_CLOSED_INVALID_SCREEN)
		return fail(screen, -EINVAL, "the display has no such screen");
	if (error != 0)
		return fail(screen, -ECONNREFUSED,
			    "the display isn't there, or doesn't let us in ($XAUTHORITY)");
	return 0;
}

static int find_root(struct screen *screen, int number)
{
	xcb_screen_iterator_t i = xcb_setup_roots_iterator(xcb_get_setup(screen->connection));

	while (i.rem > 1 && number-- > 0)
		xcb_screen_next(&i);
	if (i.rem == 0)
		return fail(screen, -ENODEV, "the display has no screen");
	screen->root = i.data->root;
	screen->window = screen->target->window != 0 ? screen->target->window : screen->root;
	screen->drawable = screen->window == screen->root ? screen->root : XCB_NONE;
	return 0;
}

int screen_open(struct screen *screen, const struct screen_target *target, unsigned width,
		unsigned height)
{
	static const uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
	int number = 0, error;

	*screen = (struct screen){.target = target,
				  .width = width,
				  .height = height,
				  .damaged = true,
				  .shape_changed = true,
				  .moved = true};
	if ((error = connect_to(screen, &number)) < 0 || (error = find_root(screen, number)) < 0 ||
	    (error = use_damage(screen)) < 0 || (error = use_input(screen)) < 0 ||
	    (error = use_monitors(screen)) < 0 || (error = use_window(screen)) < 0) {
		screen_close(screen);
		return error;
	}
	xcb_change_window_attributes(screen->connection, screen->window, XCB_CW_EVENT_MASK,
				     &events);
	return 0;
}

void screen_close(struct screen *screen)
{
	if (screen->connection != NULL)
		xcb_disconnect(screen->connection);
	screen->connection = NULL;
}
