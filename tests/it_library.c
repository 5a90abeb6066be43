/* SPDX-License-Identifier: MIT */
/* A folder of videos, offered by the real agent: spillway-capture --source library:DIR. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness_client.h"

static char *make_folder(struct harness *h)
{
	char *folder = harness_path(h, "videos");

	assert_int_equal(mkdir(folder, 0700), 0);
	return folder;
}

static void make_video(struct harness *h, const char *folder, const char *name)
{
	const char *source = "testsrc2=size=160x120:rate=10:duration=30";
	char *made = harness_path(h, "made.mkv");

	program_run(h, "ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-c:v", "mpeg4",
		    made, NULL);
	assert_int_equal(rename(made, harness_format(h, "%s/%s", folder, name)), 0);
}

static struct program *start_library(struct harness *h, struct relay *relay, const char *folder,
				     const char *max)
{
	struct program *agent = program_start(
		h, "spillway-capture", "--io", h->io, "--max-sessions", max, "--source",
		harness_format(h, "library:%s", folder), relay_url(relay, "vod"), NULL);

	program_wait_log(agent, "offering");
	return agent;
}

static bool is_listed(struct harness *h, const struct relay *relay, const char *text)
{
	struct client *client = client_get(h, relay->port, "/api/streams", "", 200);
	bool found = strstr(client_body(client, NULL), text) != NULL;

	client_close(client);
	return found;
}

/* The session that a viewer is sent to. */
static char *open_session(struct harness *h, const struct relay *relay, const char *target)
{
	struct client *client = client_get(h, relay->port, target, "", 307);
	char *location = client_field(client, "Location");

	client_close(client);
	return location;
}

static int status_of(struct harness *h, const struct relay *relay, const char *target)
{
	struct client *client = client_connect(h, relay->port);

	client_request(client, "HEAD", target, "");
	int status = client_head(client);
	client_close(client);
	return status;
}

static void test_each_viewer_has_a_playback_of_its_own(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = make_folder(h);
	const char *data;

	make_video(h, folder, "My Film.mkv");
	struct program *agent = start_library(h, relay, folder, "8");
	wait_for(is_listed(h, relay, "vod/my-film"));
	assert_true(is_listed(h, relay, "\"title\":\"My Film\""));
	assert_true(is_listed(h, relay, "\"width\":160"));
	char *one = open_session(h, relay, "/vod/my-film");
	struct client *first = client_watch(h, relay->port, one);
	char *two = open_session(h, relay, "/vod/my-film");
	struct client *second = client_watch(h, relay->port, two);
	assert_string_not_equal(one, two);
	client_next_frame(first, &data);
	client_next_frame(second, &data);
	/* Together with the first. */
	struct client *third = client_watch(h, relay->port, one);
	client_next_frame(third, &data);
	client_close(first);
	client_next_frame(third, &data);
	client_close(third);
	wait_for(status_of(h, relay, one) == 404);
	client_next_frame(second, &data);
	program_signal(agent, SIGTERM);
	assert_int_equal(program_wait(agent), 0);
}

static void test_broken_file_is_told_to_who_asks(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = make_folder(h);
	const char *data;

	make_video(h, folder, "good.mkv");
	harness_write(h, "videos/empty.mp4", "", 0);
	harness_write(h, "videos/text.mp4", "no video", 8);
	start_library(h, relay, folder, "8");
	wait_for(is_listed(h, relay, "vod/text"));
	struct client *good = client_watch(h, relay->port, open_session(h, relay, "/vod/good"));
	struct client *client = client_get(h, relay->port, "/vod/empty.mjpg", "", 502);
	assert_string_equal(client_body(client, NULL), "vod/empty: the file is empty\n");
	client_get(h, relay->port, "/vod/text", "", 502);
	client_next_frame(good, &data);
}

static void test_files_come_and_go(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = make_folder(h);

	start_library(h, relay, folder, "8");
	make_video(h, folder, "film.mkv");
	wait_for(is_listed(h, relay, "vod/film"));
	make_video(h, folder, "Film.mkv");
	wait_for(is_listed(h, relay, "vod/film-2"));
	assert_int_equal(unlink(harness_format(h, "%s/film.mkv", folder)), 0);
	wait_for(!is_listed(h, relay, "\"vod/film\""));
	assert_true(is_listed(h, relay, "vod/film-2"));
}

static void test_nothing_outside_the_folder_is_offered(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = make_folder(h);

	make_video(h, harness_format(h, "%s/..", folder), "outside.mkv");
	assert_int_equal(symlink("../outside.mkv", harness_format(h, "%s/link.mkv", folder)), 0);
	assert_int_equal(mkdir(harness_format(h, "%s/below.mkv", folder), 0700), 0);
	assert_int_equal(mkfifo(harness_format(h, "%s/pipe.mkv", folder), 0600), 0);
	make_video(h, folder, "zz.mkv"); /* the last by its name */
	start_library(h, relay, folder, "8");
	wait_for(is_listed(h, relay, "vod/zz"));
	assert_false(is_listed(h, relay, "link"));
	assert_false(is_listed(h, relay, "below"));
	assert_false(is_listed(h, relay, "pipe"));
	client_get(h, relay->port, "/vod/link", "", 404);
	client_get(h, relay->port, "/vod/../outside", "", 404);
}

static void test_sessions_are_bounded(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = make_folder(h);
	const char *data;

	make_video(h, folder, "film.mkv");
	start_library(h, relay, folder, "1");
	wait_for(is_listed(h, relay, "vod/film"));
	struct client *viewer = client_watch(h, relay->port, open_session(h, relay, "/vod/film"));
	client_next_frame(viewer, &data);
	client_get(h, relay->port, "/vod/film", "", 503);
	client_next_frame(viewer, &data);
}

static void test_viewers_are_led_to_the_video(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = make_folder(h);
	char *picture = harness_path(h, "picture.jpg");

	make_video(h, folder, "film.mkv");
	start_library(h, relay, folder, "8");
	wait_for(is_listed(h, relay, "vod/film"));
	program_run(h, "curl", "-fsSL", "-o", picture, relay_http(relay, "/vod/film.jpg?wait=30"),
		    NULL);
	assert_int_equal(memcmp(harness_read(h, picture, NULL), "\xff\xd8", 2), 0);
	/* And so is our own viewer. */
	struct program *watch = program_run(h, "spillway", "watch", "--io", h->io, "--frames", "3",
					    "--list-frames", relay_url(relay, "vod/film"), NULL);
	assert_int_equal(harness_count(watch->out, "\n"), 3);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_each_viewer_has_a_playback_of_its_own),
		HARNESS_TEST(test_broken_file_is_told_to_who_asks),
		HARNESS_TEST(test_files_come_and_go),
		HARNESS_TEST(test_nothing_outside_the_folder_is_offered),
		HARNESS_TEST(test_sessions_are_bounded),
		HARNESS_TEST(test_viewers_are_led_to_the_video),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
