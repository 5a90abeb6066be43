/* SPDX-License-Identifier: MIT */
/* Renditions of the agent's, and its source on demand: agent, relay, viewers. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "capture/strip.h"
#include "common/jpeg.h"
#include "common/key.h"
#include "tests/harness_client.h"
#include "tests/harness_picture.h"

/* So that nothing is dropped on a machine that is slow. */
#define NO_DROPS "--queue-frames", "1000", "--max-lag", "60000"

/* ---- pictures ---- */

struct shown {
	int width, height;
	uint32_t number; /* of the agent's test picture */
	int64_t pts_us;
};

static struct shown look(const char *data, size_t len)
{
	tjhandle coder = tjInitDecompress();
	struct shown shown = {0};
	int sampling, space;

	assert_int_equal(tjDecompressHeader3(coder, (const uint8_t *)data, len, &shown.width,
					     &shown.height, &sampling, &space),
			 0);
	uint8_t *luma = malloc((size_t)shown.width * (size_t)shown.height);
	assert_non_null(luma);
	assert_int_equal(tjDecompress2(coder, (const uint8_t *)data, len, luma, shown.width,
				       shown.width, shown.height, TJPF_GRAY, TJFLAG_STOPONWARNING),
			 0);
	/* A placard has no number. */
	if (strip_read(luma, (size_t)shown.width, (unsigned)shown.width, (unsigned)shown.height,
		       &shown.number) < 0)
		shown.number = UINT32_MAX;
	free(luma);
	tjDestroy(coder);
	return shown;
}

static struct shown next_shown(struct client *viewer)
{
	const char *data;
	struct wire_header header = client_next_frame(viewer, &data);
	struct shown shown = look(data, header.length);

	shown.pts_us = header.pts_us;
	return shown;
}

/* The next that is no placard. */
static struct shown next_picture(struct client *viewer)
{
	struct shown shown = next_shown(viewer);

	while (shown.number == UINT32_MAX)
		shown = next_shown(viewer);
	return shown;
}

static void stop(struct program *agent)
{
	program_signal(agent, SIGTERM);
	assert_int_equal(program_wait(agent), 0);
}

static bool is_said(struct relay *relay, const char *text)
{
	struct client *client = client_get(relay->harness, relay->port, "/api/streams", "", 200);
	char *streams = client_body(client, NULL);

	client_close(client);
	return strstr(streams, text) != NULL;
}

/* The number before some words of the line of the final report that begins with a name. */
static unsigned long reported(struct program *agent, const char *name, const char *words)
{
	const char *line = strstr(program_log(agent), name);
	const char *before = line != NULL ? strstr(line, words) : NULL;

	if (before == NULL)
		harness_fail("'%s' isn't reported of '%s'", words, name);
	while (before > line && before[-1] >= '0' && before[-1] <= '9')
		before--;
	return strtoul(before, NULL, 10);
}

#define START(relay, ...)                                                                          \
	program_start((relay)->harness, "spillway-capture", "--config", "/dev/null", "--io",       \
		      (relay)->harness->io, "--source", "test:", __VA_ARGS__,                      \
		      relay_url(relay, "cam"), NULL)

/* ---- which renditions, and how large ---- */

static void test_equal_pictures_of_all_renditions_have_equal_times(struct harness *h)
{
	static const struct {
		const char *target;
		int width, height;
	} rows[] = {{"/cam/large", 640, 480}, {"/cam/medium", 320, 240}, {"/cam/small", 160, 120}};
	enum { N = sizeof rows / sizeof *rows, PICTURES = 40 };
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct program *agent =
		START(relay, "--size", "640x480", "--fps", "20", "--rendition", "small=160x120",
		      "--rendition", "medium=400x240", "--rendition", "large=640x480");
	struct client *viewers[N];
	struct shown shown[N][PICTURES];
	int n_equal = 0;

	for (int i = 0; i < N; i++)
		viewers[i] = client_watch(h, relay->port, rows[i].target);
	for (int k = 0; k < PICTURES; k++)
		for (int i = 0; i < N; i++) {
			shown[i][k] = next_picture(viewers[i]);
			assert_int_equal(shown[i][k].width, rows[i].width);
			assert_int_equal(shown[i][k].height, rows[i].height);
		}
	for (int i = 1; i < N; i++)
		for (int k = 0; k < PICTURES; k++)
			for (int j = 0; j < PICTURES; j++)
				if (shown[i][k].number == shown[0][j].number) {
					assert_int_equal(shown[i][k].pts_us, shown[0][j].pts_us);
					n_equal++;
				}
	assert_true(n_equal > PICTURES / 2);
	/* The stream's name alone is the largest. */
	assert_int_equal(next_picture(client_watch(h, relay->port, "/cam")).width, 640);
	stop(agent);
}

static void test_usual_renditions_go_up_to_the_source(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *viewer = client_connect(h, relay->port);

	/* Who waits for the stream gets the largest. */
	client_request(viewer, "GET", "/cam?wait=60",
		       "Connection: Upgrade\r\nUpgrade: spillway/1\r\n");
	struct program *agent = START(relay, "--size", "640x480");
	assert_int_equal(client_head(viewer), 101);
	assert_int_equal(next_picture(viewer).height, 480);
	assert_int_equal(next_picture(client_watch(h, relay->port, "/cam/480p")).height, 480);
	struct shown small = next_picture(client_watch(h, relay->port, "/cam/240p"));
	assert_int_equal(small.width, 320);
	assert_int_equal(small.height, 240);
	client_close(client_get(h, relay->port, "/cam/720p", "", 404));
	stop(agent);
	/* Or none but the source itself. */
	agent = START(relay, "--size", "640x480", "--rendition", "none");
	program_wait_log(agent, "publishing cam to ");
	stop(agent);
}

static void test_renditions_larger_than_the_source_are_left_out(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct program *agent = START(relay, "--size", "320x240", "--rendition", "hd=1280x720",
				      "--rendition", "small=160x120");

	program_wait_log(agent, "rendition hd=1280x720 is left out: the source has only 320x240");
	program_wait_log(agent, "publishing cam/small to ");
	stop(agent);
	assert_int_equal(program_count_log(agent, "publishing"), 1);
	agent = START(relay, "--size", "320x240", "--rendition", "hd=1280x720");
	assert_int_equal(program_wait(agent), 2);
	program_wait_log(agent,
			 "its pictures of 320x240 are too small for every rendition that was "
			 "asked for, such as hd=1280x720");
}

static void test_video_without_pictures_is_refused(struct harness *h)
{
	char *sound = harness_path(h, "sound.mp4");
	struct relay *relay = relay_start(h, NULL);

	program_run(h, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=1", sound, NULL);
	struct program *agent = program_start(h, "spillway-capture", "--io", h->io, "--source",
					      harness_format(h, "file:%s", sound), "--rendition",
					      "240p=426x240", relay_url(relay, "film"), NULL);
	assert_int_equal(program_wait(agent), 1);
	program_wait_log(agent, "there is no video in it");
}

static void test_rate_of_a_rendition_is_its_own(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct program *agent = START(relay, "--size", "320x240", "--fps", "40", "--rendition",
				      "all=320x240", "--rendition", "some=160x120@10");
	struct client *viewer = client_watch(h, relay->port, "/cam/some");
	struct shown first = next_picture(viewer), last = first;

	/* Of four pictures one; a slow machine leaves out more. One that was late may be near the
	 * next. */
	for (int i = 0; i < 20; i++)
		last = next_picture(viewer);
	assert_true(last.number - first.number >= 76);
	assert_true(last.pts_us - first.pts_us >= 1900000);
	stop(agent);
}

static void test_configuration_file_names_renditions(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *config = relay_config(
		h, harness_format(h,
				  "[rendition tiny]\nsize = 160x120\nfps = 5\n"
				  "[rendition full]\nsize = 320x240\n"
				  "[capture cam]\nsource = test:\nsize = 320x240\nurl = %s\n",
				  relay_url(relay, "cam")));
	struct program *agent = program_start(h, "spillway-capture", "--io", h->io, "--config",
					      config, "--name", "cam", NULL);

	assert_int_equal(next_picture(client_watch(h, relay->port, "/cam/tiny")).width, 160);
	assert_int_equal(next_picture(client_watch(h, relay->port, "/cam/full")).width, 320);
	stop(agent);
}

/* ---- refused, or busy ---- */

static void test_refused_rendition_leaves_the_others(struct harness *h)
{
	char key[KEY_TEXT_SIZE], hash[KEY_HASH_SIZE];

	key_generate(key);
	key_hash(key, hash);
	char *config = relay_config(h, harness_format(h, "[stream cam/480p]\nkey = %s\n", hash));
	struct relay *relay = relay_start(h, "--config", config, NULL);
	struct program *agent = START(relay, "--size", "640x480");
	program_wait_log(agent, "refuses cam/480p: Publishing this stream needs its key");
	assert_int_equal(next_picture(client_watch(h, relay->port, "/cam")).height, 240);
	stop(agent);
	/* None is left. */
	agent = START(relay, "--size", "640x480", "--rendition", "480p=640x480");
	assert_int_equal(program_wait(agent), 1);
}

static void test_busy_rendition_leaves_the_others(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *other = client_publish(h, relay->port, "/cam/480p");
	struct picture picture = picture_make(h, 1);
	struct wire_header end = {.type = WIRE_END};

	client_frame(other, picture.data, picture.len, 1000);
	struct program *agent = START(relay, "--size", "640x480");
	program_wait_log(agent, "cam/480p: The stream has a live publisher already; waiting");
	assert_int_equal(next_picture(client_watch(h, relay->port, "/cam/240p")).height, 240);
	client_record(other, &end, NULL);
	client_shutdown(other);
	program_wait_log(agent, "publishing cam/480p");
	stop(agent);
}

static void test_loss_of_the_relay_is_said_once(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *listen = harness_format(h, "127.0.0.1:%u", relay->port);
	struct program *agent = START(relay, "--size", "640x480");

	program_wait_log(agent, "publishing cam/480p");
	program_wait_log(agent, "publishing cam/240p");
	program_kill(relay->program);
	program_wait_log(agent, "lost the connection");
	relay = relay_start(h, "--listen", listen, NULL);
	program_wait_log(agent, "connected to 127.0.0.1 again");
	assert_int_equal(next_picture(client_watch(h, relay->port, "/cam/240p")).height, 240);
	stop(agent);
	assert_int_equal(program_count_log(agent, "lost the connection"), 1);
	assert_int_equal(program_count_log(agent, "connected to 127.0.0.1 again"), 1);
}

/* ---- only what somebody watches ---- */

static void test_only_the_watched_rendition_is_encoded(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct program *agent = START(relay, "--size", "640x480", "--fps", "50");
	struct client *viewer = client_watch(h, relay->port, "/cam/240p");

	wait_for(is_said(relay, "\"paused\":true")); /* the other, from here on */
	uint32_t first = next_picture(viewer).number, last = first;
	/* More than lies in its queue. */
	while (last < first + 200)
		last = next_picture(viewer).number;
	stop(agent);
	unsigned long large = reported(agent, "cam/480p: ", " frames and");
	unsigned long small = reported(agent, "cam/240p: ", " frames and");
	assert_true(small > large);
	static const char not_made[] = "not made, as nobody watched: ";
	const char *line = strstr(program_log(agent), "cam/480p: ");
	assert_true(strtoul(strstr(line, not_made) + strlen(not_made), NULL, 10) > 0);
}

/* ---- being moved ---- */

static void test_viewer_of_the_agent_is_moved_between_its_renditions(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct program *agent =
		START(relay, "--size", "1280x720", "--fps", "30", "--jpeg-quality", "95");
	struct client *viewer = client_watch(h, relay->port, "/cam?rendition=auto");
	bool large = false, small = false;
	int64_t pts_us = -1, deadline_us = harness_deadline_us();

	/* It keeps up, and gets the large one; then it reads too slowly for that. */
	while (!large || !small) {
		struct wire_header header;
		const char *data;

		assert_true(client_next_record(viewer, &header, &data));
		if (header.type != WIRE_FRAME)
			continue;
		assert_true(header.pts_us > pts_us);
		pts_us = header.pts_us;
		int height = look(data, header.length).height;
		small = small || (large && height == 240);
		large = large || height == 720;
		if (large && !small)
			usleep(header.length); /* 8 Mbit/s */
		if (harness_now_us() > deadline_us)
			harness_fail("it isn't moved %s", large ? "down" : "up");
	}
	stop(agent);
}

/* ---- on demand ---- */

static void test_source_is_open_only_while_somebody_watches(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct program *agent = START(relay, "--size", "640x480", "--on-demand");
	struct shown shown;
	int64_t pts_us = 0;

	for (size_t i = 1; i <= 2; i++) {
		wait_for(is_said(relay, "\"height\":480") && is_said(relay, "\"height\":240"));
		struct client *viewer = client_watch(h, relay->port, "/cam");
		/* The largest, from the beginning, and its times go on. */
		shown = next_picture(viewer);
		assert_int_equal(shown.height, 480);
		assert_true(shown.number < 30);
		assert_true(shown.pts_us > pts_us);
		pts_us = next_picture(viewer).pts_us;
		assert_int_equal(program_count_log(agent, "the source is opened"), i);
		client_close(viewer);
		wait_for(program_count_log(agent, "the source is closed") == i);
	}
	stop(agent);
}

static void test_file_on_demand_begins_again_at_its_end(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *clip = harness_path(h, "clip.mkv");

	program_run(h, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=1",
		    "-c:v", "mjpeg", clip, NULL);
	struct program *agent = program_start(
		h, "spillway-capture", "--config", "/dev/null", "--io", h->io, "--source",
		harness_format(h, "file:%s", clip), "--on-demand", relay_url(relay, "film"), NULL);
	struct client *viewer = client_watch(h, relay->port, "/film/240p");
	int64_t pts_us = -1;

	for (int i = 0; i < 60; i++) {
		struct shown shown = next_shown(viewer);

		assert_true(shown.pts_us > pts_us);
		pts_us = shown.pts_us;
	}
	/* It is gone the next time. */
	assert_int_equal(unlink(clip), 0);
	client_close(viewer);
	wait_for(program_count_log(agent, "the source is closed") == 1);
	viewer = client_watch(h, relay->port, "/film/240p");
	program_wait_log(agent, "No such file or directory; trying again while somebody watches");
	next_shown(viewer);
	stop(agent);
}

static void test_source_that_isn_t_there_is_said_at_once(struct harness *h)
{
	struct program *agent =
		program_start(h, "spillway-capture", "--config", "/dev/null", "--source",
			      "file:/nowhere/film", "--on-demand", "127.0.0.1:9/film", NULL);

	assert_int_equal(program_wait(agent), 1);
	program_wait_log(agent, "No such file or directory");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_equal_pictures_of_all_renditions_have_equal_times),
		HARNESS_TEST(test_usual_renditions_go_up_to_the_source),
		HARNESS_TEST(test_renditions_larger_than_the_source_are_left_out),
		HARNESS_TEST(test_video_without_pictures_is_refused),
		HARNESS_TEST(test_rate_of_a_rendition_is_its_own),
		HARNESS_TEST(test_configuration_file_names_renditions),
		HARNESS_TEST(test_refused_rendition_leaves_the_others),
		HARNESS_TEST(test_busy_rendition_leaves_the_others),
		HARNESS_TEST(test_loss_of_the_relay_is_said_once),
		HARNESS_TEST(test_only_the_watched_rendition_is_encoded),
		HARNESS_TEST(test_viewer_of_the_agent_is_moved_between_its_renditions),
		HARNESS_TEST(test_source_is_open_only_while_somebody_watches),
		HARNESS_TEST(test_file_on_demand_begins_again_at_its_end),
		HARNESS_TEST(test_source_that_isn_t_there_is_said_at_once),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
