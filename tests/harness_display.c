/* SPDX-License-Identifier: MIT */
#include "tests/harness_display.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xcb/randr.h>

enum { FIRST_NUMBER = 1000, NUMBERS = 50000 };

static void connect_to(struct display *display)
{
	display->connection = xcb_connect(display->name, NULL);
	assert_int_equal(xcb_connection_has_error(display->connection), 0);
	display->screen = xcb_setup_roots_iterator(xcb_get_setup(display->connection)).data;
	display->gc = xcb_generate_id(display->connection);
	xcb_create_gc(display->connection, display->gc, display->screen->root, 0, NULL);
}

/* It says its number when it lets clients in. */
void display_restart(struct display *display, const char *options)
{
	struct harness *h = display->harness;
	char *place = harness_path(h, "display");

	(void)unlink(place);
	display->server =
		program_start(h, "sh", "-c",
			      harness_format(h,
					     "exec Xvfb %s -displayfd 3 -nolisten tcp -noreset "
					     "%s 3>%s",
					     display->name, options, place),
			      NULL);
	wait_for(harness_count(place, "\n") > 0 || program_has_ended(display->server));
	if (program_has_ended(display->server))
		harness_fail("Xvfb has ended: %s", program_log(display->server));
	connect_to(display);
}

/* Not the first number that is free: the server's successor would find it taken by another test. */
struct display *display_start(struct harness *harness, const char *options)
{
	static int n_started;
	struct display *display = harness_alloc(harness, sizeof *display);

	if (system("command -v Xvfb >/dev/null") != 0)
		harness_skip(harness, "there is no Xvfb");
	*display = (struct display){
		.harness = harness,
		.name = harness_format(harness, ":%d",
				       FIRST_NUMBER + (getpid() * 10 + n_started++) % NUMBERS),
	};
	display_restart(display, options != NULL ? options : "-screen 0 320x240x24");
	return display;
}

void display_stop(struct display *display)
{
	xcb_disconnect(display->connection);
	program_signal(display->server, SIGTERM);
	program_wait(display->server);
}

bool display_set_size(const struct display *display, uint16_t width, uint16_t height)
{
	xcb_connection_t *connection = display->connection;
	xcb_randr_get_screen_resources_reply_t *all = xcb_randr_get_screen_resources_reply(
		connection, xcb_randr_get_screen_resources(connection, display->screen->root),
		NULL);
	xcb_generic_error_t *error;

	if (all == NULL)
		return false;
	for (int i = 0; i < xcb_randr_get_screen_resources_crtcs_length(all); i++)
		free(xcb_randr_set_crtc_config_reply(
			connection,
			xcb_randr_set_crtc_config(connection,
						  xcb_randr_get_screen_resources_crtcs(all)[i],
						  XCB_CURRENT_TIME, all->config_timestamp, 0, 0, 0,
						  XCB_RANDR_ROTATION_ROTATE_0, 0, NULL),
			NULL));
	free(all);
	error = xcb_request_check(
		connection, xcb_randr_set_screen_size_checked(connection, display->screen->root,
							      width, height, width, height));
	free(error);
	return error == NULL;
}

/* ---- drawing ---- */

void display_sync(const struct display *display)
{
	free(xcb_get_input_focus_reply(display->connection,
				       xcb_get_input_focus(display->connection), NULL));
}

void display_fill(const struct display *display, xcb_drawable_t drawable, uint32_t pixel,
		  xcb_rectangle_t place)
{
	xcb_change_gc(display->connection, display->gc, XCB_GC_FOREGROUND, &pixel);
	xcb_poly_fill_rectangle(display->connection, drawable, display->gc, 1, &place);
	display_sync(display);
}

void display_fill_screen(const struct display *display, uint32_t pixel)
{
	display_fill(display, display->screen->root, pixel, (xcb_rectangle_t){0, 0, 4000, 4000});
}

xcb_window_t display_open_window(const struct display *display, uint32_t pixel,
				 xcb_rectangle_t place)
{
	const uint32_t values[] = {pixel, 1}; /* no window manager is to change it */
	xcb_window_t window = xcb_generate_id(display->connection);

	xcb_create_window(display->connection, XCB_COPY_FROM_PARENT, window, display->screen->root,
			  place.x, place.y, place.width, place.height, 0,
			  XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
			  XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
	xcb_map_window(display->connection, window);
	display_sync(display);
	return window;
}
