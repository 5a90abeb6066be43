/* SPDX-License-Identifier: MIT */
/* The whole way: spillway-capture, the relay, spillway watch. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <turbojpeg.h>

#include "capture/strip.h"
#include "common/jpeg.h"
#include "common/key.h"
#include "tests/harness_client.h"

/* So that nothing is dropped on a machine that is slow. */
#define NO_DROPS "--queue-frames", "1000", "--max-lag", "60000"

/* ---- numbers in pictures ---- */

/* The number that the agent's test picture shows. Fails when the picture is torn. */
static uint32_t read_number(const char *data, size_t len)
{
	tjhandle coder = tjInitDecompress();
	int width, height, sampling, space;
	uint32_t number = 0;

	assert_int_equal(tjDecompressHeader3(coder, (const uint8_t *)data, len, &width, &height,
					     &sampling, &space),
			 0);
	uint8_t *luma = malloc((size_t)width * (size_t)height);
	assert_non_null(luma);
	int failed = tjDecompress2(coder, (const uint8_t *)data, len, luma, width, width, height,
				   TJPF_GRAY, TJFLAG_STOPONWARNING);
	int error = failed != 0 ? -EIO
				: strip_read(luma, (size_t)width, (unsigned)width, (unsigned)height,
					     &number);
	free(luma);
	tjDestroy(coder);
	if (error < 0)
		harness_fail("a picture is %s", error == -EUCLEAN ? "torn" : "damaged");
	return number;
}

/* What one viewer has seen so far. */
struct seen {
	bool any;
	uint32_t number;
	int64_t pts_us;
	int restarts; /* of the numbers: another publisher */
};

static void see(struct seen *seen, uint32_t number, bool may_restart)
{
	if (seen->any && number <= seen->number) {
		if (!may_restart)
			harness_fail("picture %u behind picture %u", number, seen->number);
		seen->restarts++;
	}
	seen->number = number;
	seen->any = true;
}

static void see_native(struct client *viewer, struct seen *seen)
{
	const char *data;
	struct wire_header header = client_next_frame(viewer, &data);
	bool change = (header.flags & WIRE_DISCONTINUITY) != 0;

	if (seen->any)
		assert_true(header.pts_us > seen->pts_us);
	seen->pts_us = header.pts_us;
	see(seen, read_number(data, header.length), change);
}

static void see_part(struct client *viewer, struct seen *seen)
{
	const char *data;
	size_t len;

	assert_true(client_next_part(viewer, &data, &len));
	see(seen, read_number(data, len), seen->restarts == 0);
}

static struct program *start_agent(struct relay *relay, const char *source, const char *stream)
{
	return program_start(relay->harness, "spillway-capture", "--io", relay->harness->io,
			     "--source", source, "--size", "320x240", "--fps", "50",
			     relay_url(relay, stream), NULL);
}

static void test_pictures_come_whole_and_in_order_over_a_change(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct program *agent = start_agent(relay, "test:", "cam");
	struct seen native = {0}, parts = {0}, watched = {0};
	char *out = harness_path(h, "watched.mjpg");

	struct client *viewer = client_watch(h, relay->port, "/cam");
	struct client *part_viewer = client_parts(h, relay->port, "/cam", "");
	struct program *watch = program_start(h, "spillway", "watch", "--io", h->io, "--out", out,
					      relay_url(relay, "cam"), NULL);
	for (int i = 0; i < 30; i++) {
		see_native(viewer, &native);
		see_part(part_viewer, &parts);
	}
	wait_for(harness_count(out, "\xff\xd9") >= 5);
	program_kill(agent);
	program_wait_log(relay->program, "its publisher has gone");
	start_agent(relay, "test:", "cam");
	while (native.restarts == 0 || native.number < 20)
		see_native(viewer, &native);
	while (parts.restarts == 0 || parts.number < 20)
		see_part(part_viewer, &parts);
	assert_int_equal(native.restarts, 1);
	wait_for(harness_count(out, "\xff\xd9") >= 60);
	program_signal(watch, SIGTERM);
	program_wait(watch);

	size_t len;
	char *data = harness_read(h, out, &len);
	while (len > 0) {
		struct jpeg_scan scan = {0};
		size_t used;

		assert_int_equal(jpeg_scan(&scan, (uint8_t *)data, len, &used), 1);
		see(&watched, read_number(data, used), watched.restarts == 0);
		data += used;
		len -= used;
	}
	assert_int_equal(watched.restarts, 1);
}

static void test_file_s_pictures_come_whole_and_in_order(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, "--linger", "0", NULL);
	struct program *agent = start_agent(relay, "test:", "cam");
	char *clip = harness_path(h, "clip.mkv");
	struct seen seen = {0};

	program_run(h, "spillway", "watch", "--io", h->io, "--out", clip, "--frames", "40",
		    relay_url(relay, "cam"), NULL);
	program_signal(agent, SIGTERM);
	assert_int_equal(program_wait(agent), 0);
	struct client *viewer = client_connect(h, relay->port);
	client_request(viewer, "GET", "/file?wait=60",
		       "Connection: Upgrade\r\nUpgrade: spillway/1\r\n");
	agent = program_start(h, "spillway-capture", "--io", h->io, "--source",
			      harness_format(h, "file:%s", clip), relay_url(relay, "file"), NULL);
	assert_int_equal(client_head(viewer), 101);
	/* A slow machine leaves out those that are late. */
	for (int i = 0; i < 10; i++)
		see_native(viewer, &seen);
	/* To its end, of which it is told. */
	assert_string_equal(client_end_sentence(viewer), "the stream has ended");
	assert_int_equal(program_wait(agent), 0);
}

/* Pictures that take longer than they last: several are encoded at once, and many dropped. */
static void test_pictures_of_a_hurried_agent_come_in_order(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct program *agent =
		program_start(h, "spillway-capture", "--io", h->io, "--source", "test:", "--size",
			      "1920x1080", "--fps", "240", "--rendition", "240p=426x240",
			      "--rendition", "1080p=1920x1080", relay_url(relay, "cam"), NULL);
	struct seen large = {0}, small = {0};

	struct client *large_viewer = client_watch(h, relay->port, "/cam/1080p");
	struct client *small_viewer = client_watch(h, relay->port, "/cam/240p");
	for (int i = 0; i < 40; i++) {
		see_native(large_viewer, &large);
		see_native(small_viewer, &small);
	}
	/* There are always some on their way. */
	program_signal(agent, SIGTERM);
	assert_int_equal(program_wait(agent), 0);
}

static void test_statistics_are_said_when_they_are_asked_for(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct program *agent =
		program_start(h, "spillway-capture", "--io", h->io, "--source", "test:", "--size",
			      "320x240", "--rendition", "none", relay_url(relay, "cam"), NULL);
	struct client *viewer = client_watch(h, relay->port, "/cam");
	struct seen seen = {0};

	for (int asked = 1; asked <= 2; asked++) {
		for (int i = 0; i < 10; i++)
			see_native(viewer, &seen);
		program_signal(agent, SIGUSR1);
		wait_for(program_count_log(agent, "cam: scale 0, ") == (size_t)asked);
		assert_int_equal(program_count_log(agent, "grab "), asked);
	}
	program_signal(agent, SIGTERM);
	assert_int_equal(program_wait(agent), 0);
	assert_int_equal(program_count_log(agent, "cam: scale 0, "), 3);
}

/* ---- quality ---- */

enum { WIDTH = 640, HEIGHT = 360, PICTURE_BYTES = WIDTH * HEIGHT * 3 / 2, N_PICTURES = 40 };

/* A video's pictures as bytes: luma and chroma, in the range of video. */
static uint8_t *decode(struct harness *h, const char *path, size_t *ret_n)
{
	char *raw = harness_format(h, "%s.yuv", path);
	size_t len;

	program_run(h, "ffmpeg", "-v", "error", "-i", path, "-vf", "scale=out_range=tv", "-pix_fmt",
		    "yuv420p", "-fps_mode", "passthrough", "-f", "rawvideo", raw, NULL);
	uint8_t *pictures = (uint8_t *)harness_read(h, raw, &len);
	*ret_n = len / PICTURE_BYTES;
	return pictures;
}

static double psnr(const uint8_t *a, const uint8_t *b)
{
	double sum = 0;

	for (size_t i = 0; i < PICTURE_BYTES; i++) {
		int difference = a[i] - b[i];

		sum += difference * difference;
	}
	return sum > 0 ? 10 * log10(255.0 * 255.0 * PICTURE_BYTES / sum) : 99;
}

/* Each picture is one of the source's, in the source's order; an agent on a machine that is too
 * slow for its times leaves some out. */
static void expect_quality(struct harness *h, const char *got, const char *source, double least)
{
	size_t n_got, n_source, from = 0;
	const uint8_t *a = decode(h, got, &n_got), *b = decode(h, source, &n_source);

	assert_int_equal(n_source, N_PICTURES);
	assert_in_range(n_got, N_PICTURES / 4, N_PICTURES);
	for (size_t i = 0; i < n_got; i++) {
		double best = 0;

		while (from < n_source && best < least) {
			double now = psnr(a + i * PICTURE_BYTES, b + from++ * PICTURE_BYTES);

			best = now > best ? now : best;
		}
		if (best < least)
			harness_fail("picture %zu: %.2f dB at best", i, best);
	}
}

static void test_file_reaches_the_viewer_in_good_quality(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, "--linger", "0", NULL);
	char *clip = harness_path(h, "clip.mp4"), *out = harness_path(h, "out.mkv");

	program_run(h, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25",
		    "-frames:v", "40", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "10",
		    "-pix_fmt", "yuv420p", clip, NULL);
	struct program *watch =
		program_start(h, "spillway", "watch", "--io", h->io, "--out", out, "--no-reconnect",
			      relay_http(relay, "/film?wait=60"), NULL);
	wait_for(strstr(client_body(client_get(h, relay->port, "/metrics", "", 200), NULL),
			"\nspillway_connections 2\n") != NULL);
	program_run(h, "spillway-capture", "--io", h->io, "--source",
		    harness_format(h, "file:%s", clip), relay_url(relay, "film"), NULL);
	assert_int_equal(program_wait(watch), 0);
	expect_quality(h, out, clip, 35);
}

/* ---- when things go wrong ---- */

static void test_agent_and_viewer_come_back_after_a_crash(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *listen = harness_format(h, "127.0.0.1:%u", relay->port);
	struct program *agent = start_agent(relay, "test:", "cam");
	struct program *watch = program_start(h, "spillway", "watch", "--io", h->io,
					      "--list-frames", relay_url(relay, "cam"), NULL);

	for (size_t i = 1; i <= 3; i++) {
		size_t n = harness_count(watch->out, "\n");

		wait_for(harness_count(watch->out, "\n") >= n + 10);
		if (i == 3)
			break;
		program_kill(relay->program);
		/* It is said once. */
		wait_for(program_count_log(agent, "lost the connection") == i);
		wait_for(program_count_log(watch, "cam is lost") == i);
		relay = relay_start(h, "--listen", listen, NULL);
		wait_for(program_count_log(agent, "connected to 127.0.0.1 again") == i);
		wait_for(program_count_log(watch, "cam is back") == i);
	}
	program_signal(agent, SIGTERM);
	assert_int_equal(program_wait(agent), 0);
}

static void test_agent_and_viewer_come_back_after_a_restart(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *listen = harness_format(h, "127.0.0.1:%u", relay->port);
	struct program *agent = start_agent(relay, "test:", "cam");

	struct program *watch = program_start(h, "spillway", "watch", "--io", h->io,
					      "--list-frames", relay_url(relay, "cam"), NULL);

	program_wait_log(agent, "publishing cam");
	wait_for(harness_count(watch->out, "\n") > 0);
	relay_stop(relay);
	program_wait_log(agent, "relay is shutting down; trying again");
	program_wait_log(watch, "cam is lost: the relay is shutting down; trying again");
	size_t n = harness_count(watch->out, "\n");
	relay_start(h, "--listen", listen, NULL);
	program_wait_log(watch, "cam is back");
	wait_for(harness_count(watch->out, "\n") > n);
}

static void test_agent_and_viewer_may_come_before_the_relay(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *listen = harness_format(h, "127.0.0.1:%u", relay->port);

	relay_stop(relay);
	struct program *agent = start_agent(relay, "test:", "cam");
	struct program *watch = program_start(h, "spillway", "watch", "--io", h->io, "--frames",
					      "5", "--list-frames", relay_url(relay, "cam"), NULL);
	program_wait_log(agent, "can't connect");
	wait_for(program_count_log(watch, "127.0.0.1") > 0);
	relay_start(h, "--listen", listen, NULL);
	assert_int_equal(program_wait(watch), 0);
	assert_int_equal(harness_count(watch->out, "\n"), 5);
	assert_int_equal(program_count_log(agent, "can't connect"), 1);
}

static void test_agent_without_the_key_gives_up(struct harness *h)
{
	char key[KEY_TEXT_SIZE], hash[KEY_HASH_SIZE];

	key_generate(key);
	key_hash(key, hash);
	char *config = relay_config(h, harness_format(h, "[stream cam]\nkey = %s\n", hash));
	struct relay *relay = relay_start(h, "--config", config, NULL);
	struct program *agent = start_agent(relay, "test:", "cam");
	assert_int_equal(program_wait(agent), 1);
	assert_int_equal(program_count_log(agent, "Publishing this stream needs its key"), 1);
	/* A wrong one, from the environment; */
	setenv("SPILLWAY_KEY", "0123456789abcdef0123456789abcdef", 1);
	agent = start_agent(relay, "test:", "cam");
	assert_int_equal(program_wait(agent), 1);
	assert_int_equal(program_count_log(agent, "Publishing this stream needs its key"), 1);
	/* the right one, from there and from a file. */
	setenv("SPILLWAY_KEY", key, 1);
	agent = start_agent(relay, "test:", "cam");
	client_get(h, relay->port, "/cam.jpg?wait=60", "", 200);
	program_kill(agent);
	unsetenv("SPILLWAY_KEY");
	char *path = harness_write(h, "key", key, strlen(key));
	assert_int_equal(chmod(path, 0600), 0);
	agent = program_start(h, "spillway-capture", "--io", h->io, "--source",
			      "test:", "--key-file", path, relay_url(relay, "cam"), NULL);
	program_wait_log(agent, "publishing cam");
	/* It is nowhere to be seen. */
	size_t len;
	char *command = harness_read(h, harness_format(h, "/proc/%d/cmdline", agent->pid), &len);
	assert_null(memmem(command, len, key, strlen(key)));
	assert_int_equal(program_count_log(agent, key), 0);
}

/* Two agents with one stream: the second says so, and takes its turn. */
static void test_second_agent_waits_for_its_turn(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct program *first = start_agent(relay, "test:", "cam");

	program_wait_log(first, "publishing cam");
	struct program *second = start_agent(relay, "test:", "cam");
	program_wait_log(second, "The stream has a live publisher already; waiting");
	program_signal(first, SIGTERM);
	assert_int_equal(program_wait(first), 0);
	program_wait_log(second, "publishing cam");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_pictures_come_whole_and_in_order_over_a_change),
		HARNESS_TEST(test_file_s_pictures_come_whole_and_in_order),
		HARNESS_TEST(test_pictures_of_a_hurried_agent_come_in_order),
		HARNESS_TEST(test_statistics_are_said_when_they_are_asked_for),
		HARNESS_TEST(test_file_reaches_the_viewer_in_good_quality),
		HARNESS_TEST(test_agent_and_viewer_come_back_after_a_crash),
		HARNESS_TEST(test_agent_and_viewer_come_back_after_a_restart),
		HARNESS_TEST(test_agent_and_viewer_may_come_before_the_relay),
		HARNESS_TEST(test_agent_without_the_key_gives_up),
		HARNESS_TEST(test_second_agent_waits_for_its_turn),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
