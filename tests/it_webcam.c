/* SPDX-License-Identifier: MIT */
/* Webcams: the agent with a camera that tests/fake_v4l2.c makes of a file, the relay, a viewer. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "tests/harness_client.h"
#include "tests/harness_picture.h"

enum { N_PICTURES = 40, WIDTH = 160, HEIGHT = 120 };

/* ---- cameras and agents ---- */

/* A file with pictures of the numbers 0 to N_PICTURES - 1, as a camera's JPEG. */
static char *write_pictures(struct harness *h)
{
	char *path = harness_path(h, "pictures");
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	for (unsigned n = 0; n < N_PICTURES; n++) {
		struct picture picture = picture_make(h, n);

		assert_int_equal(fwrite(picture.data, 1, picture.len, out), picture.len);
	}
	assert_int_equal(fclose(out), 0);
	return path;
}

static char *plug_in(struct harness *h, const char *rows)
{
	const char *text = harness_format(h, "%s\nfile %s 0\n", rows, harness_path(h, "pictures"));
	char *made = harness_write(h, "camera.new", text, strlen(text));
	char *path = harness_path(h, "camera");

	assert_int_equal(rename(made, path), 0); /* at once, so that no half of it is read */
	return path;
}

/* options: two of them, or NULLs. */
static struct program *start_agent(struct harness *h, const char *camera, const char *url,
				   const char *option, const char *value)
{
	return program_start(h, "env",
			     harness_format(h, "LD_PRELOAD=%s/tests/fake_v4l2.so", h->build),
			     "ASAN_OPTIONS=verify_asan_link_order=0",
			     harness_format(h, "%s/spillway-capture", h->build), "--io", h->io,
			     "--source", harness_format(h, "v4l2:%s", camera),
			     url != NULL ? url : "--list", option, value, NULL);
}

static int next_number(struct client *viewer)
{
	const char *data;
	struct wire_header header = client_next_frame(viewer, &data);
	int number = picture_number(data, header.length);

	if (number >= 0)
		assert_true(picture_equal(picture_make(viewer->harness, (unsigned)number), data,
					  header.length));
	return number;
}

static void stop(struct program *agent)
{
	program_signal(agent, SIGTERM);
	assert_int_equal(program_wait(agent), 0);
}

/* ---- its own JPEG ---- */

static void see_untouched(struct harness *h, const char *rows)
{
	struct relay *relay = relay_start(h, NULL);
	struct program *agent;
	struct client *viewer;
	int last = -1, steps = 0;

	write_pictures(h);
	agent = start_agent(h, plug_in(h, rows), relay_url(relay, "cam"), NULL, NULL);
	viewer = client_watch(h, relay->port, "/cam");
	while (steps < 20) {
		int number = next_number(viewer);

		assert_in_range(number, 0, N_PICTURES - 1);
		steps += number > last;
		last = number;
	}
	stop(agent);
}

static void test_jpeg_of_the_camera_is_passed_on_untouched(struct harness *h)
{
	see_untouched(h, "mode MJPG 160 120 60");
}

/* Most of these pictures is comments, so the same ones encoded anew are small. */
static void test_jpeg_over_the_limit_is_encoded_anew(struct harness *h)
{
	enum { LEN = 20000, LIMIT_KBPS = 2000 };
	struct relay *relay = relay_start(h, NULL);
	struct program *agent;
	struct client *viewer;
	FILE *out = fopen(harness_path(h, "pictures"), "we");
	int n_anew = 0;

	assert_non_null(out);
	for (unsigned n = 0; n < N_PICTURES; n++)
		assert_int_equal(fwrite(picture_make_sized(h, n, LEN).data, 1, LEN, out), LEN);
	assert_int_equal(fclose(out), 0);
	agent = start_agent(h, plug_in(h, "mode MJPG 160 120 60"), relay_url(relay, "cam"),
			    "--max-kbps", harness_format(h, "%d", LIMIT_KBPS));
	viewer = client_watch(h, relay->port, "/cam");
	/* Some may pass before the rate is known. */
	for (int n = 0; n < 60; n++) {
		const char *data;
		struct wire_header header = client_next_frame(viewer, &data);

		assert_in_range(picture_number(data, header.length), 0, N_PICTURES - 1);
		n_anew += header.length < LEN;
	}
	assert_true(n_anew > 40);
	stop(agent);
}

static void test_rubbish_behind_a_picture_is_cut_off(struct harness *h)
{
	see_untouched(h, "mode MJPG 160 120 60\nrubbish");
}

static void test_driver_with_two_buffers_is_enough(struct harness *h)
{
	see_untouched(h, "mode MJPG 160 120 60\nbuffers 2");
}

static void test_damaged_buffers_are_left_out_and_counted(struct harness *h)
{
	struct program *agent;

	see_untouched(h, "mode MJPG 160 120 60\ndamaged 4");
	agent = &h->programs[h->n_programs - 1];
	if (program_count_log(agent, " damaged") == 0 || program_count_log(agent, " 0 damaged") > 0)
		harness_fail("no buffer was counted as damaged");
}

/* ---- unplugged ---- */

static void test_unplugged_camera_is_replaced_and_comes_back(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct program *agent;
	struct client *viewer;
	char *camera;

	write_pictures(h);
	camera = plug_in(h, "mode MJPG 160 120 30");
	agent = start_agent(h, camera, relay_url(relay, "cam"), NULL, NULL);
	viewer = client_watch(h, relay->port, "/cam");
	for (int round = 1; round <= 2; round++) {
		while (next_number(viewer) < 5)
			;
		assert_int_equal(unlink(camera), 0);
		while (next_number(viewer) >= 0)
			;
		wait_for(program_count_log(agent, "was unplugged; it says 'no signal'") ==
			 (size_t)round);
		assert_int_equal(next_number(viewer), -1); /* it is said again and again */
		plug_in(h, "mode MJPG 160 120 30\nfirst 20");
		while (next_number(viewer) < 0)
			;
		wait_for(program_count_log(agent, "the source is back") == (size_t)round);
	}
	assert_int_equal(program_count_log(relay->program, "its publisher has gone"), 0);
	stop(agent);
}

static void test_camera_that_can_t_come_is_said(struct harness *h)
{
	struct program *agent = start_agent(h, "/nowhere/camera", "localhost/cam", NULL, NULL);

	assert_int_equal(program_wait(agent), 1);
	assert_int_equal(program_count_log(agent, "No such file"), 1);
}

static void test_camera_is_waited_for_from_the_start(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *camera = harness_path(h, "camera");
	struct program *agent;
	struct client *viewer;

	write_pictures(h);
	agent = start_agent(h, camera, relay_url(relay, "cam"), NULL, NULL);
	program_wait_log(agent, "No such file or directory; it says 'no signal' until it is back");
	viewer = client_watch(h, relay->port, "/cam");
	assert_int_equal(next_number(viewer), -1);
	plug_in(h, "mode MJPG 160 120 30");
	while (next_number(viewer) < 0)
		;
	program_wait_log(agent, "(Fake Camera): MJPEG 160x120");
	stop(agent);
}

static void test_what_isn_t_a_camera_is_refused(struct harness *h)
{
	struct program *agent = start_agent(h, "/dev/null", "localhost/cam", NULL, NULL);

	assert_int_equal(program_wait(agent), 1);
	program_wait_log(agent, "/dev/null: it isn't a camera");
}

/* ---- raw pictures ---- */

enum { RAW_WIDTH = 320, RAW_HEIGHT = 240, RAW_PIXELS = RAW_WIDTH * RAW_HEIGHT };

/* Of all three colours. */
static double psnr(const uint8_t *a, const uint8_t *b, size_t len)
{
	double sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += (a[i] - b[i]) * (a[i] - b[i]);
	return 10 * log10(255.0 * 255.0 / (sum / (double)len + 1e-9));
}

static void make_bars(struct harness *h, const char *format, const char *name)
{
	program_run(h, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "smptebars=size=320x240",
		    "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", format, harness_path(h, name),
		    NULL);
}

static void see_bars(struct harness *h, struct relay *relay, const uint8_t *expected,
		     const char *fourcc, const char *format, unsigned bytes)
{
	uint8_t *seen = harness_alloc(h, (size_t)RAW_PIXELS * 3);
	tjhandle coder = tjInitDecompress();
	struct program *agent;
	struct client *viewer;
	const char *data, *text;
	int width, height, sampling, space;

	make_bars(h, format, fourcc);
	text = harness_format(h, "mode %s 320 240 30\nfile %s %u\n", fourcc,
			      harness_path(h, fourcc), bytes);
	agent = start_agent(h, harness_write(h, "camera", text, strlen(text)),
			    relay_url(relay, format), "--jpeg-quality", "95");
	viewer = client_watch(h, relay->port, harness_format(h, "/%s", format));

	struct wire_header header = client_next_frame(viewer, &data);

	assert_int_equal(tjDecompressHeader3(coder, (const uint8_t *)data, header.length, &width,
					     &height, &sampling, &space),
			 0);
	assert_int_equal(width, RAW_WIDTH);
	assert_int_equal(height, RAW_HEIGHT);
	assert_int_equal(tjDecompress2(coder, (const uint8_t *)data, header.length, seen, width, 0,
				       height, TJPF_RGB, TJFLAG_STOPONWARNING),
			 0);
	tjDestroy(coder);
	if (psnr(seen, expected, (size_t)RAW_PIXELS * 3) < 28)
		harness_fail("%s: the picture is not what the camera saw (%.1f dB)", fourcc,
			     psnr(seen, expected, (size_t)RAW_PIXELS * 3));
	stop(agent);
}

static void test_raw_formats_keep_their_colours(struct harness *h)
{
	static const struct {
		const char *fourcc, *format;
		unsigned bytes;
	} rows[] = {
		{"YUYV", "yuyv422", RAW_PIXELS * 2},
		{"UYVY", "uyvy422", RAW_PIXELS * 2},
		{"NV12", "nv12", RAW_PIXELS * 3 / 2},
		{"YU12", "yuv420p", RAW_PIXELS * 3 / 2},
	};
	struct relay *relay = relay_start(h, NULL);
	size_t len;

	make_bars(h, "rgb24", "rgb");

	const uint8_t *expected = (uint8_t *)harness_read(h, harness_path(h, "rgb"), &len);

	assert_int_equal(len, RAW_PIXELS * 3);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		see_bars(h, relay, expected, rows[i].fourcc, rows[i].format, rows[i].bytes);
}

/* ---- what it is set to ---- */

static void test_nearest_mode_is_taken_and_said(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct program *agent;

	write_pictures(h);
	agent = start_agent(h,
			    plug_in(h, "mode YUYV 300 200 30\nmode MJPG 640 480 30\n"
				       "mode MJPG 320 240 15\nmode MJPG 320 240 30"),
			    relay_url(relay, "cam"), "--size", "300x200");
	program_wait_log(agent, "(Fake Camera): MJPEG 320x240 at 30 frames/s, passed on as it is, "
				"the nearest it has to 300x200");
	program_wait_log(agent, "publishing cam");
	stop(agent);
}

static void test_controls_are_set_by_name(struct harness *h)
{
	static const struct {
		const char *control, *says;
	} wrong[] = {
		{"contrast=1", "it has no control 'contrast'"},
		{"brightness=1", "it has no control 'brightness'"},
		{"brightness_auto=101", "its control brightness_auto goes from -10 to 100"},
		{"brightness_auto=much", "has no number as its value"},
		{"brightness_auto", "isn't NAME=VALUE"},
	};
	struct relay *relay = relay_start(h, NULL);
	struct program *agent;
	char *camera;

	write_pictures(h);
	camera = plug_in(h, "mode MJPG 160 120 30");
	agent = start_agent(h, camera, relay_url(relay, "cam"), "--camera-control",
			    "brightness_auto=-7");
	program_wait_log(agent, "fake camera: brightness -7");
	program_wait_log(agent, "publishing cam");
	stop(agent);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		agent = start_agent(h, camera, relay_url(relay, "cam"), "--camera-control",
				    wrong[i].control);
		assert_int_equal(program_wait(agent), 2);
		assert_int_equal(program_count_log(agent, wrong[i].says), 1);
	}
}

static void test_list_names_modes_and_controls(struct harness *h)
{
	struct program *agent;
	char *camera;

	write_pictures(h);
	camera = plug_in(h, "mode YUYV 640 480 30\nmode MJPG 320 240 15\nmode MJPG 320 240 30");
	agent = start_agent(h, camera, NULL, NULL, NULL);
	assert_int_equal(program_wait(agent), 0);
	assert_string_equal(program_output(agent),
			    harness_format(h,
					   "  v4l2:%s  Fake Camera\n"
					   "    YUYV  640x480 at 30\n"
					   "    MJPEG 320x240 at 15, 30\n"
					   "    brightness_auto=50 (-10 to 100)\n",
					   camera));
}

/* ---- renditions, and on demand ---- */

static struct program *start_agent_with(struct harness *h, const char *camera, const char *url,
					const char *a, const char *b, const char *c)
{
	return program_start(h, "env",
			     harness_format(h, "LD_PRELOAD=%s/tests/fake_v4l2.so", h->build),
			     "ASAN_OPTIONS=verify_asan_link_order=0",
			     harness_format(h, "%s/spillway-capture", h->build), "--io", h->io,
			     "--source", harness_format(h, "v4l2:%s", camera), url, a, b, c, NULL);
}

static void test_jpeg_is_untouched_in_one_rendition_and_scaled_in_another(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	tjhandle coder = tjInitDecompress();
	int width, height, sampling, space;
	struct client *full, *half;
	struct program *agent;
	const char *data;

	write_pictures(h);
	agent = start_agent_with(h, plug_in(h, "mode MJPG 160 120 30"), relay_url(relay, "cam"),
				 "--rendition=full=160x120", "--rendition=half=80x60", NULL);
	full = client_watch(h, relay->port, "/cam/full");
	half = client_watch(h, relay->port, "/cam/half");
	for (int i = 0; i < 10; i++) {
		assert_in_range(next_number(full), 0, N_PICTURES - 1);

		struct wire_header header = client_next_frame(half, &data);

		assert_int_equal(tjDecompressHeader3(coder, (const uint8_t *)data, header.length,
						     &width, &height, &sampling, &space),
				 0);
		assert_int_equal(width, 80);
		assert_int_equal(height, 60);
	}
	tjDestroy(coder);
	stop(agent);
}

static void test_camera_on_demand_is_off_while_nobody_watches(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct program *agent;
	char *camera;

	write_pictures(h);
	camera = plug_in(h, "mode MJPG 160 120 30");
	agent = start_agent_with(h, camera, relay_url(relay, "cam"), "--on-demand", NULL, NULL);
	program_wait_log(agent, "publishing cam");
	for (size_t i = 1; i <= 2; i++) {
		assert_int_equal(program_count_log(agent, "fake camera: on"), i - 1);

		struct client *viewer = client_watch(h, relay->port, "/cam");

		while (next_number(viewer) < 0)
			;
		assert_int_equal(program_count_log(agent, "fake camera: on"), i);
		assert_int_equal(program_count_log(agent, "fake camera: off"), i - 1);
		client_close(viewer);
		wait_for(program_count_log(agent, "fake camera: off") == i);
	}
	/* Unplugged meanwhile, it is waited for. */
	assert_int_equal(unlink(camera), 0);

	struct client *viewer = client_watch(h, relay->port, "/cam");

	program_wait_log(agent, "it says 'no signal' until it is back");
	assert_int_equal(next_number(viewer), -1);
	plug_in(h, "mode MJPG 160 120 30");
	while (next_number(viewer) < 0)
		;
	stop(agent);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_jpeg_of_the_camera_is_passed_on_untouched),
		HARNESS_TEST(test_jpeg_over_the_limit_is_encoded_anew),
		HARNESS_TEST(test_rubbish_behind_a_picture_is_cut_off),
		HARNESS_TEST(test_driver_with_two_buffers_is_enough),
		HARNESS_TEST(test_damaged_buffers_are_left_out_and_counted),
		HARNESS_TEST(test_unplugged_camera_is_replaced_and_comes_back),
		HARNESS_TEST(test_camera_that_can_t_come_is_said),
		HARNESS_TEST(test_camera_is_waited_for_from_the_start),
		HARNESS_TEST(test_what_isn_t_a_camera_is_refused),
		HARNESS_TEST(test_raw_formats_keep_their_colours),
		HARNESS_TEST(test_nearest_mode_is_taken_and_said),
		HARNESS_TEST(test_jpeg_is_untouched_in_one_rendition_and_scaled_in_another),
		HARNESS_TEST(test_camera_on_demand_is_off_while_nobody_watches),
		HARNESS_TEST(test_controls_are_set_by_name),
		HARNESS_TEST(test_list_names_modes_and_controls),
	};

	return harness_main(tests, sizeof tests / sizeof *tests, argc, argv);
}
