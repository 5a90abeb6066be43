/* SPDX-License-Identifier: MIT */
/* Screens: the agent with an Xvfb that the test draws on, the relay, a viewer. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>
#include <sys/uio.h>
#include <unistd.h>
#include <xcb/randr.h>
#include <xcb/xcbext.h>
#include <xcb/xtest.h>

#include "bench/counter.h"
#include "capture/strip.h"
#include "tests/harness_client.h"
#include "tests/harness_display.h"

enum { WIDTH = 320, HEIGHT = 240, NEAR = 40 };
enum { BLACK = 0, RED = 0xd02020, GREEN = 0x20b020, BLUE = 0x2040d0, WHITE = 0xf0f0f0 };

/* ---- agents and viewers ---- */

static struct program *start_agent(struct display *display, const char *target, const char *url,
				   const char *option, const char *value)
{
	struct harness *h = display->harness;

	return program_start(h, "spillway-capture", "--io", h->io, "--source",
			     harness_format(h, "x11:%s%s", display->name, target),
			     url != NULL ? url : "--list", option, value, NULL);
}

struct sight {
	int width, height;
	uint8_t *rgb;
};

static struct sight look(struct client *viewer)
{
	tjhandle coder = tjInitDecompress();
	struct sight sight;
	const char *data;
	struct wire_header header = client_next_frame(viewer, &data);
	int sampling, space;

	assert_int_equal(tjDecompressHeader3(coder, (const uint8_t *)data, header.length,
					     &sight.width, &sight.height, &sampling, &space),
			 0);
	sight.rgb = harness_alloc(viewer->harness, (size_t)sight.width * (size_t)sight.height * 3);
	assert_int_equal(tjDecompress2(coder, (const uint8_t *)data, header.length, sight.rgb,
				       sight.width, 0, sight.height, TJPF_RGB,
				       TJFLAG_STOPONWARNING),
			 0);
	tjDestroy(coder);
	return sight;
}

/* That the screen's counter showed; -1: there is none yet. A picture with parts of two is an
 * error. */
static int64_t look_for_number(struct client *viewer)
{
	struct sight sight = look(viewer);
	size_t pixels = (size_t)sight.width * (size_t)sight.height;
	uint8_t *grey = harness_alloc(viewer->harness, pixels);
	uint32_t number;
	int error;

	for (size_t i = 0; i < pixels; i++)
		grey[i] = sight.rgb[3 * i];
	error = strip_read(grey, (size_t)sight.width, (unsigned)sight.width, (unsigned)sight.height,
			   &number);
	assert_int_not_equal(error, -EUCLEAN);
	return error < 0 ? -1 : (int64_t)number;
}

static bool shows(const struct sight *sight, int x, int y, uint32_t colour)
{
	for (int i = 0; i < 3; i++) {
		int seen, expected = (int)(colour >> 8 * (2 - i) & 255);

		if (x >= sight->width || y >= sight->height)
			return false;
		seen = sight->rgb[(y * sight->width + x) * 3 + i];
		if (abs(seen - expected) > NEAR)
			return false;
	}
	return true;
}

/* Watches until there is that colour. Still pictures come again and again, so it ends in any case:
 * by the deadline of whole tests. */
static struct sight watch_for(struct client *viewer, int x, int y, uint32_t colour)
{
	int64_t deadline_us = harness_deadline_us();
	struct sight sight = look(viewer);

	while (!shows(&sight, x, y, colour)) {
		if (harness_now_us() > deadline_us)
			harness_fail("there is no %06x at %d,%d", colour, x, y);
		sight = look(viewer);
	}
	return sight;
}

static void stop(struct program *agent)
{
	program_signal(agent, SIGTERM);
	assert_int_equal(program_wait(agent), 0);
}

/* ---- the screen ---- */

static void test_what_is_drawn_is_seen(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct display *display = display_start(h, NULL);
	struct program *agent = start_agent(display, "", relay_url(relay, "desk"), NULL, NULL);
	struct client *viewer = client_watch(h, relay->port, "/desk");
	static const uint32_t colours[] = {RED, GREEN, BLUE, WHITE};
	struct sight sight;

	for (size_t i = 0; i < 20; i++) {
		uint32_t colour = colours[i % 4], other = colours[(i + 1) % 4];

		display_fill_screen(display, colour);
		display_fill(display, display->screen->root, other,
			     (xcb_rectangle_t){200, 100, 40, 40});
		sight = watch_for(viewer, 220, 120, other);
		assert_int_equal(sight.width, WIDTH);
		assert_int_equal(sight.height, HEIGHT);
		assert_true(shows(&sight, 20, 20, colour));
		assert_true(shows(&sight, 190, 120, colour));
		assert_true(shows(&sight, 250, 120, colour));
		assert_true(shows(&sight, 220, 150, colour));
	}
	assert_int_equal(program_count_log(agent, "without shared memory"), 0);
	stop(agent);
	display_stop(display);
}

/* How long that takes, `spillway-bench latency` measures. */
static void test_what_changes_all_the_time_arrives_in_order(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct display *display = display_start(h, "-screen 0 640x480x24");
	struct program *agent =
		start_agent(display, "", relay_url(relay, "desk"), "--rendition", "none");
	struct client *viewer = client_watch(h, relay->port, "/desk");
	struct counter counter;
	int64_t last = -1, deadline_us;

	assert_int_equal(counter_open(&counter, display->name), 0);
	for (uint32_t n = 0; n < 200; n++) {
		int64_t number;

		assert_int_equal(counter_show(&counter, n), 0);
		if (n % 5 != 0) /* changes that are undone before anybody looks, too */
			continue;
		number = look_for_number(viewer);
		assert_true(number >= last && number <= n);
		last = number;
	}
	/* The last one is there, too, though nothing comes behind it. */
	deadline_us = harness_deadline_us();
	while (last < 199) {
		int64_t number = look_for_number(viewer);

		assert_true(number >= last);
		assert_true(harness_now_us() < deadline_us);
		last = number;
	}
	counter_close(&counter);
	stop(agent);
	display_stop(display);
}

static void test_newcomer_sees_a_still_screen_at_once(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct display *display = display_start(h, NULL);
	struct program *agent;
	struct client *viewer;

	display_fill_screen(display, GREEN);
	agent = start_agent(display, "", relay_url(relay, "desk"), NULL, NULL);
	for (int i = 0; i < 3; i++) {
		viewer = client_watch(h, relay->port, "/desk");
		watch_for(viewer, 10, 10, GREEN);
		client_close(viewer);
	}
	stop(agent);
	display_stop(display);
}

/* The server stands still: whatever asked it for a picture would wait. */
static void test_still_screen_is_repeated_without_looking_at_it(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct display *display = display_start(h, NULL);
	struct program *agent;
	struct client *viewer;
	struct wire_header header;
	const char *data;
	char *first;
	size_t len;

	display_fill_screen(display, BLUE);
	agent = start_agent(display, "", relay_url(relay, "desk"), NULL, NULL);
	viewer = client_watch(h, relay->port, "/desk");
	watch_for(viewer, 10, 10, BLUE);
	header = client_next_frame(viewer, &data);
	len = header.length;
	first = harness_alloc(h, len);
	memcpy(first, data, len);
	program_signal(display->server, SIGSTOP);
	for (int i = 0; i < 2; i++) {
		header = client_next_frame(viewer, &data);
		assert_int_equal(header.length, len);
		assert_memory_equal(data, first, len);
	}
	program_signal(display->server, SIGCONT);
	display_fill_screen(display, RED);
	watch_for(viewer, 10, 10, RED);
	assert_int_equal(program_count_log(agent, "NO SIGNAL"), 0);
	assert_int_equal(program_count_log(agent, "no signal"), 0);
	stop(agent);
	display_stop(display);
}

static void test_pixels_of_every_kind_keep_their_colours(struct harness *h)
{
	static const struct {
		const char *options;
		uint32_t pixels[3]; /* red, green, blue */
		bool shared;
	} rows[] = {
		{"-screen 0 320x240x16", {0xd104, 0x2584, 0x221a}, true},
		{"-screen 0 320x240x15", {0x6884, 0x12c4, 0x111a}, true},
		{"-screen 0 320x240x30", {0x34020080, 0x080b0080, 0x08040340}, true},
		{"-screen 0 320x240x24 -extension MIT-SHM", {RED, GREEN, BLUE}, false},
	};
	static const uint32_t colours[] = {RED, GREEN, BLUE};
	struct relay *relay = relay_start(h, NULL);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct display *display = display_start(h, rows[i].options);
		struct program *agent =
			start_agent(display, "", relay_url(relay, "desk"), NULL, NULL);
		struct client *viewer = client_watch(h, relay->port, "/desk");

		for (size_t c = 0; c < 3; c++) {
			display_fill_screen(display, rows[i].pixels[c]);
			watch_for(viewer, 100, 100, colours[c]);
		}
		assert_int_equal(program_count_log(agent, "without shared memory"),
				 !rows[i].shared);
		stop(agent);
		client_close(viewer);
		display_stop(display);
	}
}

/* ---- parts of it ---- */

static void test_region_is_cut_out(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct display *display = display_start(h, NULL);
	struct program *agent =
		start_agent(display, "+100,50", relay_url(relay, "desk"), "--size", "64x48");
	struct client *viewer = client_watch(h, relay->port, "/desk");
	struct sight sight;

	display_fill(display, display->screen->root, RED, (xcb_rectangle_t){100, 50, 64, 48});
	sight = watch_for(viewer, 32, 24, RED);
	assert_int_equal(sight.width, 64);
	assert_int_equal(sight.height, 48);
	display_fill(display, display->screen->root, GREEN, (xcb_rectangle_t){110, 60, 16, 16});
	sight = watch_for(viewer, 18, 18, GREEN);
	assert_true(shows(&sight, 2, 2, RED));
	assert_true(shows(&sight, 60, 44, RED));
	stop(agent);
	display_stop(display);
}

static void name_monitor(const struct display *display, const char *name, xcb_rectangle_t place)
{
	xcb_intern_atom_reply_t *atom = xcb_intern_atom_reply(
		display->connection,
		xcb_intern_atom(display->connection, 0, (uint16_t)strlen(name), name), NULL);
	xcb_randr_monitor_info_t about = {
		.x = place.x, .y = place.y, .width = place.width, .height = place.height};

	assert_non_null(atom);
	about.name = atom->atom;
	free(atom);
	/* By hand, since xcb_randr_set_monitor() of libxcb 1.15 sends what the server can't
	 * read. */
	struct {
		xcb_randr_set_monitor_request_t head;
		xcb_randr_monitor_info_t about;
	} request = {{.window = display->screen->root}, about};
	static const xcb_protocol_request_t how = {
		.count = 1, .ext = &xcb_randr_id, .opcode = XCB_RANDR_SET_MONITOR, .isvoid = 1};
	struct iovec parts[3] = {[2] = {&request, sizeof request}}; /* xcb uses those before */

	xcb_send_request(display->connection, 0, parts + 2, &how);
	display_sync(display);
}

static void test_monitor_is_found_by_its_name(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct display *display = display_start(h, NULL);
	struct program *agent;
	struct client *viewer;
	struct sight sight;

	name_monitor(display, "left", (xcb_rectangle_t){0, 0, 100, 240});
	name_monitor(display, "right", (xcb_rectangle_t){100, 20, 220, 200});
	display_fill_screen(display, RED);
	display_fill(display, display->screen->root, GREEN, (xcb_rectangle_t){100, 20, 20, 20});
	agent = start_agent(display, ",monitor=right", relay_url(relay, "desk"), NULL, NULL);
	viewer = client_watch(h, relay->port, "/desk");
	sight = watch_for(viewer, 10, 10, GREEN);
	assert_int_equal(sight.width, 220);
	assert_int_equal(sight.height, 200);
	assert_true(shows(&sight, 40, 40, RED));
	stop(agent);

	agent = start_agent(display, "", NULL, NULL, NULL);
	assert_int_equal(program_wait(agent), 0);
	assert_non_null(strstr(program_output(agent),
			       harness_format(h, "  x11:%s  320x240\n", display->name)));
	assert_non_null(strstr(program_output(agent), "    monitor=left  100x240 at 0,0\n"));
	assert_non_null(strstr(program_output(agent), "    monitor=right  220x200 at 100,20\n"));
	agent = start_agent(display, ",monitor=middle", "localhost/desk", NULL, NULL);
	assert_int_equal(program_wait(agent), 1);
	assert_int_equal(program_count_log(agent, "there is no monitor 'middle'"), 1);
	display_stop(display);
}

static void resize(const struct display *display, xcb_window_t window, uint32_t x, uint32_t width,
		   uint32_t height)
{
	const uint32_t values[] = {x, width, height};

	xcb_configure_window(
		display->connection, window,
		XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, values);
	display_sync(display);
}

static void test_window_is_seen_whatever_covers_it(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct display *display = display_start(h, NULL);
	xcb_window_t window =
		display_open_window(display, GREEN, (xcb_rectangle_t){50, 50, 120, 80});
	struct program *agent;
	struct client *viewer;
	struct sight sight;

	display_open_window(display, RED, (xcb_rectangle_t){40, 40, 80, 80});
	agent = start_agent(display, harness_format(h, ",window=0x%x", window),
			    relay_url(relay, "desk"), NULL, NULL);
	viewer = client_watch(h, relay->port, "/desk");
	sight = watch_for(viewer, 10, 10, GREEN);
	assert_int_equal(sight.width, 120);
	assert_int_equal(sight.height, 80);
	display_fill(display, window, BLUE, (xcb_rectangle_t){20, 20, 20, 20}); /* it stays below */
	sight = watch_for(viewer, 30, 30, BLUE);
	assert_true(shows(&sight, 100, 60, GREEN));

	resize(display, window, 260, 160, 100); /* and half of it leaves the screen */
	display_fill(display, window, WHITE, (xcb_rectangle_t){0, 0, 160, 100});
	sight = watch_for(viewer, 150, 90, WHITE);
	assert_int_equal(sight.width, 160);
	assert_int_equal(sight.height, 100);
	stop(agent);
	display_stop(display);
}

static void test_window_that_is_hidden_comes_back(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct display *display = display_start(h, NULL);
	xcb_window_t window =
		display_open_window(display, GREEN, (xcb_rectangle_t){50, 50, 120, 80});
	struct program *agent = start_agent(display, harness_format(h, ",window=%u", window),
					    relay_url(relay, "desk"), NULL, NULL);
	struct client *viewer = client_watch(h, relay->port, "/desk");

	watch_for(viewer, 10, 10, GREEN);
	xcb_unmap_window(display->connection, window);
	display_sync(display);
	program_wait_log(agent, "the window isn't shown any more; it says 'no signal'");
	watch_for(viewer, 2, 2, 0x202020);
	xcb_map_window(display->connection, window);
	display_sync(display);
	watch_for(viewer, 10, 10, GREEN);
	program_wait_log(agent, "the source is back");
	stop(agent);
	agent = start_agent(display, ",window=0x7", "localhost/desk", NULL, NULL);
	assert_int_equal(program_wait(agent), 1);
	assert_int_equal(program_count_log(agent, "there is no window 0x7"), 1);
	display_stop(display);
}

/* ---- the pointer ---- */

/* A pointer that is a square of 16 x 16, and points with its upper left corner. */
static void show_pointer(const struct display *display)
{
	xcb_connection_t *connection = display->connection;
	xcb_pixmap_t square = xcb_generate_id(connection);
	xcb_gcontext_t gc = xcb_generate_id(connection);
	xcb_cursor_t cursor = xcb_generate_id(connection);
	const uint32_t one = 1;

	xcb_create_pixmap(connection, 1, square, display->screen->root, 16, 16);
	xcb_create_gc(connection, gc, square, XCB_GC_FOREGROUND, &one);
	xcb_poly_fill_rectangle(connection, square, gc, 1, &(xcb_rectangle_t){0, 0, 16, 16});
	xcb_create_cursor(connection, cursor, square, square, 0xd0d0, 0x2020, 0x2020, 0, 0, 0, 0,
			  0);
	xcb_change_window_attributes(connection, display->screen->root, XCB_CW_CURSOR, &cursor);
	display_sync(display);
}

static void move_pointer(const struct display *display, int16_t x, int16_t y)
{
	xcb_test_fake_input(display->connection, XCB_MOTION_NOTIFY, 0, XCB_CURRENT_TIME,
			    display->screen->root, x, y, 0);
	display_sync(display);
}

static void test_pointer_is_seen_where_it_goes(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct display *display = display_start(h, NULL);
	struct program *agent;
	struct client *viewer;
	struct sight sight;

	show_pointer(display);
	move_pointer(display, 20, 20);
	display_fill_screen(display, WHITE);
	agent = start_agent(display, "", relay_url(relay, "desk"), NULL, NULL);
	viewer = client_watch(h, relay->port, "/desk");
	watch_for(viewer, 28, 28, RED);
	for (int16_t i = 1; i < 10; i++) { /* nothing else changes */
		move_pointer(display, (int16_t)(20 + 25 * i), (int16_t)(20 + 15 * i));
		sight = watch_for(viewer, 28 + 25 * i, 28 + 15 * i, RED);
		assert_true(shows(&sight, 28 + 25 * (i - 1), 28 + 15 * (i - 1), WHITE));
	}
	stop(agent);
	display_stop(display);
}

static void test_pointer_in_a_region_is_counted_from_its_corner(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct display *display = display_start(h, NULL);
	struct program *agent;
	struct client *viewer;

	show_pointer(display);
	move_pointer(display, 5, 5);
	display_fill_screen(display, WHITE);
	agent = start_agent(display, "+100,50", relay_url(relay, "desk"), "--size", "64x48");
	viewer = client_watch(h, relay->port, "/desk");
	watch_for(viewer, 28, 28, WHITE);
	move_pointer(display, 120, 70);
	watch_for(viewer, 28, 28, RED);
	move_pointer(display, 5, 5);
	watch_for(viewer, 28, 28, WHITE);
	stop(agent);
	display_stop(display);
}

/* ---- what happens to displays ---- */

static void test_display_that_has_gone_comes_back(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct display *display = display_start(h, NULL);
	struct program *agent = start_agent(display, "", relay_url(relay, "desk"), NULL, NULL);
	struct client *viewer = client_watch(h, relay->port, "/desk");

	display_fill_screen(display, GREEN);
	watch_for(viewer, 10, 10, GREEN);
	display_stop(display);
	program_wait_log(agent, "the display has gone; it says 'no signal'");
	watch_for(viewer, 2, 2, 0x202020);
	watch_for(viewer, 2, 2, 0x202020); /* again and again */
	display_restart(display, "-screen 0 200x100x24");
	display_fill_screen(display, RED);
	assert_int_equal(watch_for(viewer, 10, 10, RED).width, 200);
	program_wait_log(agent, "the source is back");
	assert_int_equal(program_count_log(relay->program, "its publisher has gone"), 0);
	stop(agent);
	display_stop(display);
}

static void test_display_is_waited_for_from_the_start(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct display *display = display_start(h, NULL);
	struct program *agent;
	struct client *viewer;

	display_stop(display);
	agent = start_agent(display, "", relay_url(relay, "desk"), NULL, NULL);
	program_wait_log(agent, "isn't there, or doesn't let us in ($XAUTHORITY); it says 'no "
				"signal' until it is back");
	viewer = client_watch(h, relay->port, "/desk");
	watch_for(viewer, 2, 2, 0x202020);
	display_restart(display, "-screen 0 320x240x24");
	display_fill_screen(display, RED);
	watch_for(viewer, 10, 10, RED);
	stop(agent);
	display_stop(display);
}

static void test_other_size_carries_on(struct harness *h)
{
	static const uint16_t sizes[][2] = {{200, 160}, {320, 240}, {64, 48}, {300, 200}};
	struct relay *relay = relay_start(h, NULL);
	struct display *display = display_start(h, NULL);
	struct program *agent = start_agent(display, "", relay_url(relay, "desk"), NULL, NULL);
	struct client *viewer = client_watch(h, relay->port, "/desk");

	for (size_t i = 0; i < 4; i++) {
		uint32_t colour = i % 2 == 0 ? RED : GREEN;
		struct sight sight;

		if (!display_set_size(display, sizes[i][0], sizes[i][1]))
			harness_skip(h, "this Xvfb has one size only");
		display_fill_screen(display, colour);
		do {
			sight = watch_for(viewer, 10, 10, colour);
		} while (sight.width != sizes[i][0]);
		assert_int_equal(sight.height, sizes[i][1]);
	}
	assert_int_equal(program_count_log(agent, "no signal"), 0);
	stop(agent);
	display_stop(display);
}

static void test_display_that_cannot_be_used_is_said(struct harness *h)
{
	static const struct {
		const char *target;
		int status;
		const char *says;
	} rows[] = {
		{"zero", 2, "that isn't a display, such as :0"},
		{"+320,0", 2, "+320,0 is outside: there are 320x240"},
		{",what", 2, "+X,Y or window=ID or monitor=NAME"},
	};
	struct display *display = display_start(h, NULL);
	struct program *agent;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		agent = start_agent(display, rows[i].target, "localhost/desk", NULL, NULL);
		assert_int_equal(program_wait(agent), rows[i].status);
		assert_int_equal(program_count_log(agent, rows[i].says), 1);
	}
	display_stop(display);
	display = display_start(h, "-screen 0 320x240x8");
	agent = start_agent(display, "", "localhost/desk", NULL, NULL);
	assert_int_equal(program_wait(agent), 1);
	assert_int_equal(program_count_log(agent, "its pixels (depth 8, 8 bits"), 1);
	display_stop(display);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_what_is_drawn_is_seen),
		HARNESS_TEST(test_what_changes_all_the_time_arrives_in_order),
		HARNESS_TEST(test_newcomer_sees_a_still_screen_at_once),
		HARNESS_TEST(test_still_screen_is_repeated_without_looking_at_it),
		HARNESS_TEST(test_pixels_of_every_kind_keep_their_colours),
		HARNESS_TEST(test_region_is_cut_out),
		HARNESS_TEST(test_monitor_is_found_by_its_name),
		HARNESS_TEST(test_window_is_seen_whatever_covers_it),
		HARNESS_TEST(test_window_that_is_hidden_comes_back),
		HARNESS_TEST(test_pointer_is_seen_where_it_goes),
		HARNESS_TEST(test_pointer_in_a_region_is_counted_from_its_corner),
		HARNESS_TEST(test_display_that_has_gone_comes_back),
		HARNESS_TEST(test_display_is_waited_for_from_the_start),
		HARNESS_TEST(test_other_size_carries_on),
		HARNESS_TEST(test_display_that_cannot_be_used_is_said),
	};

	return harness_main(tests, sizeof tests / sizeof *tests, argc, argv);
}
