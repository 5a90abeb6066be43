/* SPDX-License-Identifier: MIT */
/* A folder of videos, offered by the real agent: spillway-capture --source library:DIR. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "tests/harness_client.h"
#include "tests/harness_film.h"

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
	film_age(made);
	assert_int_equal(rename(made, harness_format(h, "%s/%s", folder, name)), 0);
}

/* options: up to six, with a NULL behind them. */
static struct program *start_library_with(struct harness *h, struct relay *relay,
					  const char *folder, const char *const options[])
{
	const char *argv[16] = {"spillway-capture",
				"--io",
				h->io,
				"--source",
				harness_format(h, "library:%s", folder),
				relay_url(relay, "vod")};

	for (size_t i = 0; options[i] != NULL; i++)
		argv[6 + i] = options[i];
	struct program *agent = program_start_v(h, argv);
	program_wait_log(agent, "offering");
	return agent;
}

static struct program *start_library(struct harness *h, struct relay *relay, const char *folder,
				     const char *max)
{
	const char *const options[] = {"--max-sessions", max, NULL};

	return start_library_with(h, relay, folder, options);
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
	film_age(harness_write(h, "videos/empty.mp4", "", 0));
	film_age(harness_write(h, "videos/text.mp4", "no video", 8));
	start_library(h, relay, folder, "8");
	/* In any order. */
	wait_for(is_listed(h, relay, "vod/good"));
	wait_for(is_listed(h, relay, "vod/empty"));
	wait_for(is_listed(h, relay, "vod/text"));
	struct client *good = client_watch(h, relay->port, open_session(h, relay, "/vod/good"));
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

/* Each picture tells its number by how bright it is. */
static void make_counted_video(struct harness *h, const char *folder, const char *name)
{
	const char *made = harness_format(h, "%s/%s", folder, name);

	program_run(h, "ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i",
		    "nullsrc=size=640x480:rate=10:duration=3,geq=lum='16+7*N':cb=128:cr=128",
		    "-c:v", "ffv1", made, NULL);
	film_age(made);
}

struct seen {
	int width, number;
};

static struct seen look(const char *data, size_t len)
{
	tjhandle coder = tjInitDecompress();
	struct seen seen;
	int height, sampling, space;
	uint8_t luma[640 * 480];

	assert_int_equal(tjDecompressHeader3(coder, (const uint8_t *)data, len, &seen.width,
					     &height, &sampling, &space),
			 0);
	assert_int_equal(tjDecompress2(coder, (const uint8_t *)data, len, luma, seen.width,
				       seen.width, height, TJPF_GRAY, 0),
			 0);
	const uint8_t *middle = luma + seen.width * (height / 2);
	seen.number = (int)lround(*middle * 219.0 / 255 / 7);
	tjDestroy(coder);
	return seen;
}

/* So that nothing is dropped on a machine that is slow. */
#define NO_DROPS "--queue-frames", "1000", "--max-lag", "60000"

/* From the first picture to the last: each rung has the pictures of its third. */
static void expect_climbing(struct client *viewer)
{
	static const int widths[] = {160, 320, 640};
	struct wire_header header;
	const char *data;
	int n = 0;

	while (client_next_record(viewer, &header, &data) && header.type != WIRE_END) {
		if (header.type != WIRE_FRAME)
			continue;
		struct seen seen = look(data, header.length);
		assert_in_range(seen.number, 0, n == 0 ? 0 : 29);
		assert_int_equal(seen.width, widths[seen.number / 10]);
		n++;
	}
	assert_true(n > 20);
}

static void test_ladder_climbs_with_the_time_of_the_video(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	char *folder = make_folder(h);
	struct program *agent;

	make_counted_video(h, folder, "film.mkv");
	make_video(h, folder, "small.mkv");
	agent = program_start(h, "spillway-capture", "--config", "/dev/null", "--io", h->io,
			      "--rendition", "m=320x240", "--rendition", "s=160x120", "--rendition",
			      "l=640x480", "--source", harness_format(h, "library:%s", folder),
			      relay_url(relay, "vod"), NULL);
	program_wait_log(agent, "offering");
	wait_for(is_listed(h, relay, "vod/small"));
	wait_for(is_listed(h, relay, "vod/film"));
	expect_climbing(
		client_watch(h, relay->port, open_session(h, relay, "/vod/film?rendition=ladder")));
	/* And so is our own viewer led to it. */
	struct program *watch =
		program_run(h, "spillway", "watch", "--io", h->io, "--frames", "3", "--list-frames",
			    "--rendition", "ladder", relay_url(relay, "vod/film"), NULL);
	assert_int_equal(harness_count(watch->out, "\n"), 3);
	struct client *refused =
		client_get(h, relay->port, "/vod/small.mjpg?rendition=ladder", "", 502);
	assert_string_equal(client_body(refused, NULL),
			    "vod/small: its pictures of 160x120 are too small for the ladder's "
			    "m=320x240\n");
	/* Without the word it is played as ever. */
	open_session(h, relay, "/vod/small");
	program_signal(agent, SIGTERM);
	assert_int_equal(program_wait(agent), 0);
}

/* The container's header has one size, the pictures have theirs. */
static void test_recorded_ladder_decodes_in_every_size(struct harness *h)
{
	static const char *const endings[] = {"mkv", "mp4", "avi"};
	static const char *const sizes[] = {"frame,160,120", "frame,320,240", "frame,640,480"};
	enum { N = sizeof endings / sizeof endings[0] };
	static const char *const options[] = {"--rendition", "m=320x240",   "--rendition",
					      "s=160x120",   "--rendition", "l=640x480",
					      NULL};
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	char *folder = make_folder(h), *files[N];
	struct program *watches[N];

	make_counted_video(h, folder, "film.mkv");
	start_library_with(h, relay, folder, options);
	wait_for(is_listed(h, relay, "vod/film"));
	for (size_t i = 0; i < N; i++) {
		files[i] = harness_path(h, harness_format(h, "record.%s", endings[i]));
		watches[i] = program_start(h, "spillway", "watch", "--io", h->io, "--rendition",
					   "ladder", "--no-reconnect", "--out", files[i],
					   relay_url(relay, "vod/film"), NULL);
	}
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(program_wait(watches[i]), 0);
		struct program *probe =
			program_run(h, "ffprobe", "-v", "error", "-show_entries",
				    "frame=width,height", "-of", "csv", files[i], NULL);
		for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
			assert_true(harness_count(probe->out, sizes[k]) > 0);
	}
}

static void test_file_climbs_as_the_stream_alone(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	char *config = relay_config(h, "[rendition s]\nsize = 160x120\n[rendition m]\n"
				       "size = 320x240\n[rendition l]\nsize = 640x480\n");
	struct client *viewer;

	make_counted_video(h, make_folder(h), "film.mkv");
	program_start(h, "spillway-capture", "--config", config, "--io", h->io, "--rendition",
		      "ladder", "--on-demand", "--source",
		      harness_format(h, "file:%s", harness_path(h, "videos/film.mkv")),
		      relay_url(relay, "film"), NULL);
	viewer = client_watch(h, relay->port, "/film?wait=60");
	/* On demand it begins again at its end: from the lowest. */
	int widths[60], n = 0, falls = 0;
	while (n < 60) {
		const char *data;
		struct wire_header header = client_next_frame(viewer, &data);
		struct seen seen = look(data, header.length);

		widths[n++] = seen.width;
		if (n > 1 && widths[n - 1] < widths[n - 2]) {
			assert_int_equal(widths[n - 2], 640);
			assert_int_equal(widths[n - 1], 160);
			falls++;
		}
	}
	assert_true(falls >= 1);
}

static void test_source_without_an_end_is_no_ladder(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct program *agent =
		program_start(h, "spillway-capture", "--config", "/dev/null", "--source",
			      "test:", "--rendition", "ladder", relay_url(relay, "cam"), NULL);

	program_wait_log(agent, "test:: it can't be played as a ladder, as it doesn't say how long "
				"it is");
	assert_int_equal(program_wait(agent), 2);
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

/* As one whose disk stands still. */
static void stop_playback(struct harness *h, const struct program *agent)
{
	program_run(h, "sh", "-c", "kill -STOP $(cat /proc/$0/task/$0/children)",
		    harness_format(h, "%d", (int)agent->pid), NULL);
}

static void test_playback_that_hangs_is_ended(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = make_folder(h);
	const char *data;

	make_video(h, folder, "film.mkv");
	struct program *agent = start_library(h, relay, folder, "1");
	wait_for(is_listed(h, relay, "vod/film"));
	struct client *viewer = client_watch(h, relay->port, open_session(h, relay, "/vod/film"));
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

/* ---- a playback ---- */

enum { FILM_WIDTH = 640, FILM_HEIGHT = 360, FILM_PICTURES = 30 };

#define FILM_WORDS "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"

static void make_film(struct harness *h)
{
	make_folder(h);
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
	start_library_with(h, relay, harness_path(h, "videos"), options);
	wait_for(is_listed(h, relay, "vod/film"));
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
	start_library_with(h, relay, harness_path(h, "videos"), options);
	wait_for(is_listed(h, relay, "vod/film"));
	char *late = open_session(h, relay, "/vod/film");
	/* Another is played to its end meanwhile. */
	struct client *viewer = client_watch(h, relay->port, open_session(h, relay, "/vod/film"));
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
	start_library_with(h, relay, harness_path(h, "videos"), options);
	wait_for(is_listed(h, relay, "vod/film"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *target = harness_format(h, "/vod/film%s", cases[i].query);
		struct client *viewer =
			client_watch(h, relay->port, open_session(h, relay, target));
		struct film_sight sight = see(viewer);

		assert_int_equal(sight.number, 0);
		if (cases[i].height != 0 && sight.height != cases[i].height)
			harness_fail("%s is %d pixels high", target, sight.height);
		client_close(viewer);
	}
	char *session = open_session(h, relay, "/vod/film?rendition=9p");
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
	start_library_with(h, relay, harness_path(h, "videos"), options);
	wait_for(is_listed(h, relay, "vod/film"));
	struct client *viewer = client_watch(h, relay->port, open_session(h, relay, "/vod/film"));
	const char *data;
	struct wire_header first = client_next_frame(viewer, &data);
	assert_int_equal(film_look(data, first.length).height, 90);
	assert_true(first.length < 3000);
	struct wire_header second = client_next_frame(viewer, &data);
	assert_true(second.pts_us - first.pts_us >= 200000);
	client_close(viewer);
	/* What it says of one that is too small, it says before anybody asks. */
	wait_for(is_listed(h, relay, "such as small=160x90"));
	client_get(h, relay->port, "/vod/tiny", "", 502);
}

static void test_size_and_loop_are_those_of_each_playback(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	const char *const options[] = {"--rendition", "none", "--size", "320x180", "--loop", NULL};
	int number = 0, last = -1;

	make_film(h);
	start_library_with(h, relay, harness_path(h, "videos"), options);
	wait_for(is_listed(h, relay, "vod/film"));
	struct client *viewer = client_watch(h, relay->port, open_session(h, relay, "/vod/film"));
	for (; number > last; number = see(viewer).number)
		last = number;
	assert_int_equal(see(viewer).height, 180);
}

/* ---- the folder ---- */

static void test_file_that_is_being_copied_is_offered_whole(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = make_folder(h);
	size_t len;

	film_make(h, "whole.mp4", 160, 120, FILM_PICTURES, FILM_WORDS);
	char *data = harness_read(h, harness_path(h, "whole.mp4"), &len);
	/* The half of it is no video. */
	harness_write(h, "videos/film.mp4", data, len / 2);
	start_library(h, relay, folder, "8");
	wait_for(is_listed(h, relay, "\"error\":\"isn't a video"));
	harness_write(h, "videos/film.mp4", data, len);
	wait_for(is_listed(h, relay, "\"width\":160"));
	assert_false(is_listed(h, relay, "error"));
	struct client *viewer = client_watch(h, relay->port, open_session(h, relay, "/vod/film"));
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
		HARNESS_TEST(test_ladder_climbs_with_the_time_of_the_video),
		HARNESS_TEST(test_recorded_ladder_decodes_in_every_size),
		HARNESS_TEST(test_file_climbs_as_the_stream_alone),
		HARNESS_TEST_ON(test_source_without_an_end_is_no_ladder, "epoll"),
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
