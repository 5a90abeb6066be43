/* SPDX-License-Identifier: MIT */
/* A folder of videos, offered by the real agent: spillway-capture --source library:DIR. */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness_client.h"
#include "tests/harness_film.h"
#include "tests/harness_library.h"

static struct program *start_library(struct relay *relay, const char *folder, const char *max)
{
	const char *const options[] = {"--max-sessions", max, NULL};

	return library_start(relay, folder, options);
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
	char *folder = library_folder(h);
	const char *data;

	library_video(h, folder, "My Film.mkv");
	struct program *agent = start_library(relay, folder, "8");
	wait_for(library_lists(relay, "vod/my-film"));
	assert_true(library_lists(relay, "\"title\":\"My Film\""));
	assert_true(library_lists(relay, "\"width\":160"));
	char *one = library_session(relay, "/vod/my-film");
	struct client *first = client_watch(h, relay->port, one);
	char *two = library_session(relay, "/vod/my-film");
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
	char *folder = library_folder(h);
	const char *data;

	library_video(h, folder, "good.mkv");
	film_age(harness_write(h, "videos/empty.mp4", "", 0));
	film_age(harness_write(h, "videos/text.mp4", "no video", 8));
	start_library(relay, folder, "8");
	/* In any order. */
	wait_for(library_lists(relay, "vod/good"));
	wait_for(library_lists(relay, "vod/empty"));
	wait_for(library_lists(relay, "vod/text"));
	struct client *good = client_watch(h, relay->port, library_session(relay, "/vod/good"));
	struct client *client = client_get(h, relay->port, "/vod/empty.mjpg", "", 502);
	assert_string_equal(client_body(client, NULL), "vod/empty: the file is empty\n");
	client_get(h, relay->port, "/vod/text", "", 502);
	/* Our own viewer doesn't try again. */
	struct program *watch = program_start(h, "spillway", "watch", "--io", h->io,
					      relay_url(relay, "vod/empty"), NULL);
	assert_int_equal(program_wait(watch), 1);
	assert_int_equal(program_count_log(watch, "vod/empty: the file is empty"), 1);
	client_next_frame(good, &data);
}

static void test_files_come_and_go(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = library_folder(h);

	start_library(relay, folder, "8");
	library_video(h, folder, "film.mkv");
	wait_for(library_lists(relay, "vod/film"));
	library_video(h, folder, "Film.mkv");
	wait_for(library_lists(relay, "vod/film-2"));
	assert_int_equal(unlink(harness_format(h, "%s/film.mkv", folder)), 0);
	wait_for(!library_lists(relay, "\"vod/film\""));
	assert_true(library_lists(relay, "vod/film-2"));
}

static void test_nothing_outside_the_folder_is_offered(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = library_folder(h);

	library_video(h, harness_format(h, "%s/..", folder), "outside.mkv");
	assert_int_equal(symlink("../outside.mkv", harness_format(h, "%s/link.mkv", folder)), 0);
	assert_int_equal(mkdir(harness_format(h, "%s/below.mkv", folder), 0700), 0);
	assert_int_equal(mkfifo(harness_format(h, "%s/pipe.mkv", folder), 0600), 0);
	library_video(h, folder, "zz.mkv"); /* the last by its name */
	start_library(relay, folder, "8");
	wait_for(library_lists(relay, "vod/zz"));
	assert_false(library_lists(relay, "link"));
	assert_false(library_lists(relay, "below"));
	assert_false(library_lists(relay, "pipe"));
	client_get(h, relay->port, "/vod/link", "", 404);
	client_get(h, relay->port, "/vod/../outside", "", 404);
}

static void test_sessions_are_bounded(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = library_folder(h);
	const char *data;

	library_video(h, folder, "film.mkv");
	start_library(relay, folder, "1");
	wait_for(library_lists(relay, "vod/film"));
	struct client *viewer = client_watch(h, relay->port, library_session(relay, "/vod/film"));
	client_next_frame(viewer, &data);
	client_get(h, relay->port, "/vod/film", "", 503);
	client_next_frame(viewer, &data);
}

/* As one whose disk stands still. */
static void stop_playback(struct harness *h, const struct program *agent)
{
	program_run(h, "sh", "-c", "kill -STOP $(cat /proc/$0/task/$0/children)",
		    harness_format(h, "%d", (int)agent->pid), NULL);
}

static void test_playback_that_hangs_is_ended(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = library_folder(h);
	const char *data;

	library_video(h, folder, "film.mkv");
	struct program *agent = start_library(relay, folder, "1");
	wait_for(library_lists(relay, "vod/film"));
	struct client *viewer = client_watch(h, relay->port, library_session(relay, "/vod/film"));
	client_next_frame(viewer, &data);
	stop_playback(h, agent);
	client_close(viewer);
	/* Its place is free again; and the next is there as soon as it is asked for. */
	wait_for(status_of(h, relay, "/vod/film") == 307);
	stop_playback(h, agent);
	program_signal(agent, SIGTERM);
	assert_int_equal(program_wait(agent), 0);
}

static void test_viewers_are_led_to_the_video(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = library_folder(h);
	char *picture = harness_path(h, "picture.jpg");

	library_video(h, folder, "film.mkv");
	start_library(relay, folder, "8");
	wait_for(library_lists(relay, "vod/film"));
	program_run(h, "curl", "-fsSL", "-o", picture, relay_http(relay, "/vod/film.jpg?wait=30"),
		    NULL);
	assert_int_equal(memcmp(harness_read(h, picture, NULL), "\xff\xd8", 2), 0);
	/* And so is our own viewer. */
	struct program *watch = program_run(h, "spillway", "watch", "--io", h->io, "--frames", "3",
					    "--list-frames", relay_url(relay, "vod/film"), NULL);
	assert_int_equal(harness_count(watch->out, "\n"), 3);
}

/* ---- a playback ---- */

enum { FILM_WIDTH = 640, FILM_HEIGHT = 360, FILM_PICTURES = 30 };

#define FILM_WORDS "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"

static void make_film(struct harness *h)
{
	library_folder(h);
	film_make(h, "videos/film.mp4", FILM_WIDTH, FILM_HEIGHT, FILM_PICTURES, FILM_WORDS);
}

static struct film_sight see(struct client *viewer)
{
	const char *data;
	struct wire_header header = client_next_frame(viewer, &data);

	return film_look(data, header.length);
}

static void test_viewers_of_every_kind_see_the_first_picture(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	const char *const options[] = {NULL};

	make_film(h);
	library_start(relay, harness_path(h, "videos"), options);
	wait_for(library_lists(relay, "vod/film"));
	for (int i = 0; i < 3; i++) { /* it isn't chance */
		char *own = harness_path(h, "own.jpg"), *parts = harness_path(h, "parts");
		char *copied = harness_path(h, "copied.mjpg");

		program_run(h, "spillway", "watch", "--io", h->io, "--frames", "1", "--out", own,
			    relay_url(relay, "vod/film"), NULL);
		assert_int_equal(film_look_first(h, own).number, 0);
		program_run(h, "curl", "-fsSL", "-o", parts, relay_http(relay, "/vod/film.mjpg"),
			    NULL);
		assert_int_equal(film_look_first(h, parts).number, 0);
		program_run(h, "ffmpeg", "-v", "error", "-y", "-i", relay_http(relay, "/vod/film"),
			    "-c", "copy", "-frames:v", "1", copied, NULL);
		assert_int_equal(film_look_first(h, copied).number, 0);
	}
}

static void test_playback_waits_for_its_viewer(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	const char *const options[] = {NULL};

	make_film(h);
	library_start(relay, harness_path(h, "videos"), options);
	wait_for(library_lists(relay, "vod/film"));
	char *late = library_session(relay, "/vod/film");
	/* Another is played to its end meanwhile. */
	struct client *viewer = client_watch(h, relay->port, library_session(relay, "/vod/film"));
	assert_string_equal(client_end_sentence(viewer), "the stream has ended");
	viewer = client_watch(h, relay->port, late);
	assert_int_equal(see(viewer).number, 0);
}

static void test_renditions_of_a_playback_are_chosen_from(struct harness *h)
{
	static const struct {
		const char *query;
		int height; /* 0: any */
	} cases[] = {{"", 360},
		     {"?rendition=360p", 360},
		     {"?rendition=240p", 240},
		     {"?rendition=auto", 0}};
	struct relay *relay = relay_start(h, NULL);
	const char *const options[] = {NULL};

	make_film(h);
	library_start(relay, harness_path(h, "videos"), options);
	wait_for(library_lists(relay, "vod/film"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *target = harness_format(h, "/vod/film%s", cases[i].query);
		struct client *viewer =
			client_watch(h, relay->port, library_session(relay, target));
		struct film_sight sight = see(viewer);

		assert_int_equal(sight.number, 0);
		if (cases[i].height != 0 && sight.height != cases[i].height)
			harness_fail("%s is %d pixels high", target, sight.height);
		client_close(viewer);
	}
	char *session = library_session(relay, "/vod/film?rendition=9p");
	client_get(h, relay->port, session, "", 404);
	/* As a person asks for one. */
	struct program *watch =
		program_run(h, "spillway", "watch", "--io", h->io, "--rendition", "auto",
			    "--frames", "3", "--list-frames", relay_url(relay, "vod/film"), NULL);
	assert_int_equal(harness_count(watch->out, "\n"), 3);
}

static void test_options_are_those_of_each_playback(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	const char *const options[] = {
		"--rendition", "small=160x90", "--fps", "5", "--jpeg-quality", "3", NULL};

	make_film(h);
	film_make(h, "videos/tiny.mkv", 144, 80, 5, "-c:v mpeg4");
	library_start(relay, harness_path(h, "videos"), options);
	wait_for(library_lists(relay, "vod/film"));
	struct client *viewer = client_watch(h, relay->port, library_session(relay, "/vod/film"));
	const char *data;
	struct wire_header first = client_next_frame(viewer, &data);
	assert_int_equal(film_look(data, first.length).height, 90);
	assert_true(first.length < 3000);
	struct wire_header second = client_next_frame(viewer, &data);
	assert_true(second.pts_us - first.pts_us >= 200000);
	client_close(viewer);
	/* What it says of one that is too small, it says before anybody asks. */
	wait_for(library_lists(relay, "such as small=160x90"));
	client_get(h, relay->port, "/vod/tiny", "", 502);
}

static void test_size_and_loop_are_those_of_each_playback(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	const char *const options[] = {"--rendition", "none", "--size", "320x180", "--loop", NULL};
	int number = 0, last = -1;

	make_film(h);
	library_start(relay, harness_path(h, "videos"), options);
	wait_for(library_lists(relay, "vod/film"));
	struct client *viewer = client_watch(h, relay->port, library_session(relay, "/vod/film"));
	for (; number > last; number = see(viewer).number)
		last = number;
	assert_int_equal(see(viewer).height, 180);
}

/* ---- the folder ---- */

static void test_file_that_is_being_copied_is_offered_whole(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = library_folder(h);
	size_t len;

	film_make(h, "whole.mp4", 160, 120, FILM_PICTURES, FILM_WORDS);
	char *data = harness_read(h, harness_path(h, "whole.mp4"), &len);
	/* The half of it is no video. */
	harness_write(h, "videos/film.mp4", data, len / 2);
	start_library(relay, folder, "8");
	wait_for(library_lists(relay, "\"error\":\"isn't a video"));
	harness_write(h, "videos/film.mp4", data, len);
	wait_for(library_lists(relay, "\"width\":160"));
	assert_false(library_lists(relay, "error"));
	struct client *viewer = client_watch(h, relay->port, library_session(relay, "/vod/film"));
	const char *frame;
	client_next_frame(viewer, &frame);
}

static void test_list_shows_what_there_is(struct harness *h)
{
	make_film(h);
	harness_write(h, "videos/text.mp4", "no video", 8);
	struct program *agent =
		program_run(h, "spillway-capture", "--io", h->io, "--list", "--source",
			    harness_format(h, "library:%s", harness_path(h, "videos")), NULL);
	assert_string_equal(
		program_output(agent),
		harness_format(h,
			       "  library:%s\n"
			       "    film                     film, 640x360, 3.0 s\n"
			       "    text                     text: isn't a video, or was cut off "
			       "before the part that describes it\n",
			       harness_path(h, "videos")));
	agent = program_start(h, "spillway-capture", "--list", "--source", "library:/nowhere",
			      NULL);
	assert_int_equal(program_wait(agent), 1);
	program_wait_log(agent, "/nowhere: No such file or directory");
	agent = program_start(h, "spillway-capture", "--source", "library:", "localhost/vod", NULL);
	assert_int_equal(program_wait(agent), 2);
	program_wait_log(agent, "a folder must follow 'library:'");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_each_viewer_has_a_playback_of_its_own),
		HARNESS_TEST(test_broken_file_is_told_to_who_asks),
		HARNESS_TEST(test_files_come_and_go),
		HARNESS_TEST(test_nothing_outside_the_folder_is_offered),
		HARNESS_TEST(test_sessions_are_bounded),
		HARNESS_TEST(test_playback_that_hangs_is_ended),
		HARNESS_TEST(test_viewers_are_led_to_the_video),
		HARNESS_TEST(test_viewers_of_every_kind_see_the_first_picture),
		HARNESS_TEST(test_playback_waits_for_its_viewer),
		HARNESS_TEST(test_renditions_of_a_playback_are_chosen_from),
		HARNESS_TEST(test_options_are_those_of_each_playback),
		HARNESS_TEST(test_size_and_loop_are_those_of_each_playback),
		HARNESS_TEST(test_file_that_is_being_copied_is_offered_whole),
		HARNESS_TEST(test_list_shows_what_there_is),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
