/* SPDX-License-Identifier: MIT */
/*
 * Files of many kinds in a library: each is played in the right size, upright and with its own
 * times, or who asks for it is told why not.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness_client.h"
#include "tests/harness_film.h"

enum { WIDTH = 320, HEIGHT = 240, PICTURES = 20 };

#define H264 "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"

/* 62 characters of 4 bytes, the most that a name has room for. */
#define CHARACTER "\xf0\x9f\x8e\xac"
#define EIGHT CHARACTER CHARACTER CHARACTER CHARACTER CHARACTER CHARACTER CHARACTER CHARACTER
#define MANY                                                                                       \
	EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT CHARACTER CHARACTER CHARACTER CHARACTER          \
		CHARACTER CHARACTER

struct library {
	struct relay *relay;
	struct program *agent;
	char *folder;
};

static char *make_folder(struct harness *h)
{
	char *folder = harness_path(h, "videos");

	assert_int_equal(mkdir(folder, 0700), 0);
	return folder;
}

/* As nobody else: root reads everything. */
static struct library start_library(struct harness *h, char *folder, const char *const prefix[])
{
	struct library library = {.folder = folder};

	library.relay = relay_start(h, "--queue-frames", "1000", "--max-lag", "60000", NULL);
	h->prefix = prefix;
	library.agent = program_start(h, "spillway-capture", "--io", h->io, "--rendition", "none",
				      "--source", harness_format(h, "library:%s", folder),
				      relay_url(library.relay, "vod"), NULL);
	h->prefix = NULL;
	return library;
}

static char *streams(const struct library *library)
{
	struct client *client =
		client_get(library->relay->harness, library->relay->port, "/api/streams", "", 200);
	char *body = client_body(client, NULL);

	client_close(client);
	return body;
}

static bool is_listed(const struct library *library, const char *slug)
{
	struct harness *h = library->relay->harness;

	return strstr(streams(library), harness_format(h, "\"vod/%s\"", slug)) != NULL;
}

static struct client *play(const struct library *library, const char *slug)
{
	struct harness *h = library->relay->harness;
	struct client *client =
		client_get(h, library->relay->port, harness_format(h, "/vod/%s", slug), "", 307);
	char *location = client_field(client, "Location");

	client_close(client);
	return client_watch(h, library->relay->port, location);
}

/* ---- what can be played ---- */

static int64_t evenly(int number)
{
	return (int64_t)number * 1000000 / FILM_FPS;
}

/* As setpts made it below: 0, 0.02, 0.08, 0.18 s, … */
static int64_t unevenly(int number)
{
	return (int64_t)number * number * 20000;
}

static const struct kind {
	const char *name, *slug;
	unsigned width, height; /* of the film that is made */
	const char *words;
	const char *turned; /* by so much when it is shown; NULL: not */
	unsigned seen_width, seen_height;
	int64_t (*time_us)(int number);
} kinds[] = {
	{"h264.mp4", "h264", WIDTH, HEIGHT, H264, NULL, WIDTH, HEIGHT, evenly},
	{"vp9.webm", "vp9", WIDTH, HEIGHT, "-c:v libvpx-vp9 -deadline realtime -cpu-used 8", NULL,
	 WIDTH, HEIGHT, evenly},
	{"mpeg4.avi", "mpeg4", WIDTH, HEIGHT, "-c:v mpeg4 -q:v 3", NULL, WIDTH, HEIGHT, evenly},
	{"moving.gif", "moving", WIDTH, HEIGHT, "-c:v gif", NULL, WIDTH, HEIGHT, evenly},
	{"odd.mkv", "odd", 321, 241, "-c:v libx264 -preset ultrafast -pix_fmt yuv444p", NULL, 321,
	 241, evenly},
	/* Turned before it is stored, and told to be turned back. */
	{"right.mp4", "right", WIDTH, HEIGHT, "-vf transpose=1 " H264, "rotate=90", WIDTH, HEIGHT,
	 evenly},
	{"left.mp4", "left", WIDTH, HEIGHT, "-vf transpose=2 " H264, "rotate=270", WIDTH, HEIGHT,
	 evenly},
	{"over.mp4", "over", WIDTH, HEIGHT, "-vf hflip,vflip " H264, "rotate=180", WIDTH, HEIGHT,
	 evenly},
	{"wide.mp4", "wide", WIDTH, HEIGHT, "-vf setsar=2 " H264, NULL, 2 * WIDTH, HEIGHT, evenly},
	{"uneven.mkv", "uneven", WIDTH, HEIGHT,
	 "-vf settb=1/1000,setpts=N*N*20 -enc_time_base 1:1000 -vsync passthrough " H264, NULL,
	 WIDTH, HEIGHT, unevenly},
	{"Sch\xc3\xb6n & gro\xc3\x9f (1).MP4", "sch-n-gro-1", WIDTH, HEIGHT, "-f mp4 " H264, NULL,
	 WIDTH, HEIGHT, evenly},
	{"-dash.mp4", "dash", WIDTH, HEIGHT, H264, NULL, WIDTH, HEIGHT, evenly},
	{MANY ".mp4", "video", WIDTH, HEIGHT, H264, NULL, WIDTH, HEIGHT, evenly},
};
enum { N_KINDS = sizeof(kinds) / sizeof(*kinds) };

static void make_kind(struct harness *h, const struct kind *kind)
{
	char *path = film_make(h, harness_format(h, "videos/%s", kind->name), kind->width,
			       kind->height, PICTURES, kind->words);
	char *made = harness_path(h, "made.mp4");

	if (kind->turned == NULL)
		return;
	program_run(h, "ffmpeg", "-v", "error", "-y", "-i", path, "-c", "copy", "-metadata:s:v:0",
		    kind->turned, made, NULL);
	film_age(made);
	assert_int_equal(rename(made, path), 0);
}

static void see_kind(const struct library *library, const struct kind *kind)
{
	struct client *viewer = play(library, kind->slug);
	int64_t first_us = 0;
	int number = -1;

	while (number < 4) {
		const char *data;
		struct wire_header header = client_next_frame(viewer, &data);
		struct film_sight sight = film_look(data, header.length);

		if (sight.number <= number)
			harness_fail("%s: picture %d behind %d", kind->slug, sight.number, number);
		if (number < 0 && sight.number != 0)
			harness_fail("%s begins with picture %d", kind->slug, sight.number);
		if (number < 0)
			first_us = header.pts_us;
		number = sight.number;
		if (sight.width != (int)kind->seen_width || sight.height != (int)kind->seen_height)
			harness_fail("%s is %dx%d", kind->slug, sight.width, sight.height);
		/* Containers count in milliseconds, or hundredths of a second. */
		if (llabs(header.pts_us - first_us - kind->time_us(number)) > 10000)
			harness_fail("%s: picture %d comes after %lld us", kind->slug, number,
				     (long long)(header.pts_us - first_us));
	}
	client_close(viewer);
}

static void test_each_kind_is_played_as_it_is(struct harness *h)
{
	char *folder = make_folder(h);

	for (size_t i = 0; i < N_KINDS; i++)
		make_kind(h, &kinds[i]);
	struct library library = start_library(h, folder, NULL);
	for (size_t i = 0; i < N_KINDS; i++) {
		wait_for(is_listed(&library, kinds[i].slug));
		see_kind(&library, &kinds[i]);
	}
	assert_non_null(strstr(streams(&library), "\"title\":\"" MANY "\""));
	program_signal(library.agent, SIGTERM);
	assert_int_equal(program_wait(library.agent), 0);
}

/* ---- what can't ---- */

static void cut(const char *path, const char *to, struct harness *h)
{
	size_t len;
	char *data = harness_read(h, path, &len);

	film_age(harness_write(h, to, data, len / 2));
}

static void test_who_asks_is_told_what_is_wrong(struct harness *h)
{
	static const struct {
		const char *slug;
		int status;
		const char *says;
	} cases[] = {
		{"audio", 502, "there is no video in it"},
		{"empty", 502, "the file is empty"},
		{"half", 502, "isn't a video, or was cut off before the part that describes it"},
		{"text", 502, "isn't a video, or was cut off before the part that describes it"},
		{"locked", 502, "Permission denied"},
		{"link", 404, "The stream vod/link is not there."},
		{"x", 404, "The stream vod/x is not there."},
		{"y", 404, "The stream vod/y is not there."},
	};
	/* Root may do what nobody else may. */
	static const char *const unprivileged[] = {
		"setpriv", "--bounding-set=-dac_override,-dac_read_search", NULL};
	char *folder = make_folder(h);

	film_make(h, "videos/zz.mp4", WIDTH, HEIGHT, 300, H264);
	film_make(h, "outside.mp4", WIDTH, HEIGHT, PICTURES, H264);
	cut(harness_path(h, "outside.mp4"), "videos/half.mp4", h);
	program_run(h, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=1",
		    harness_path(h, "videos/audio.mp4"), NULL);
	film_age(harness_path(h, "videos/audio.mp4"));
	film_age(harness_write(h, "videos/empty.mp4", "", 0));
	film_age(harness_write(h, "videos/text.mp4", "I am no video.", 14));
	film_age(harness_write(h, "videos/locked.mp4", "secret", 6));
	assert_int_equal(chmod(harness_path(h, "videos/locked.mp4"), 0), 0);
	assert_int_equal(symlink("../outside.mp4", harness_path(h, "videos/link.mp4")), 0);
	assert_int_equal(mkdir(harness_path(h, "videos/x.mp4"), 0700), 0);
	assert_int_equal(mkfifo(harness_path(h, "videos/y.mp4"), 0600), 0);

	struct library library = start_library(h, folder, geteuid() == 0 ? unprivileged : NULL);
	wait_for(is_listed(&library, "zz")); /* the last by its name */
	struct client *other = play(&library, "zz");
	const char *data;
	client_next_frame(other, &data);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (cases[i].status == 502)
			wait_for(is_listed(&library, cases[i].slug));
		struct client *client = client_get(h, library.relay->port,
						   harness_format(h, "/vod/%s.mjpg", cases[i].slug),
						   "", cases[i].status);
		if (strstr(client_body(client, NULL), cases[i].says) == NULL)
			harness_fail("%s: %s", cases[i].slug, client_body(client, NULL));
		client_next_frame(other, &data);
	}
	assert_int_equal(program_count_log(library.agent, "the playback"), 0);
}

/* Matroska says what it is at its beginning. */
static void test_cut_film_is_played_as_far_as_it_goes(struct harness *h)
{
	char *folder = make_folder(h);

	cut(film_make(h, "whole.mkv", WIDTH, HEIGHT, PICTURES, "-c:v mpeg4 -q:v 3"),
	    "videos/part.mkv", h);
	struct library library = start_library(h, folder, NULL);
	wait_for(is_listed(&library, "part"));
	struct client *viewer = play(&library, "part");
	const char *data;
	struct wire_header header = client_next_frame(viewer, &data);
	assert_int_equal(film_look(data, header.length).number, 0);
	assert_string_not_equal(client_end_sentence(viewer), "");
	program_wait_log(library.agent, "part.mkv: the playback part~");
}

/* ---- files that are hard on who reads them ---- */

static void test_file_that_crashes_or_hangs_its_reader_is_left_alone(struct harness *h)
{
	char *folder = make_folder(h);
	char *preload = harness_format(h, "LD_PRELOAD=%s/tests/fake_avformat.so", h->build);
	const char *const prefix[] = {"env", preload, "ASAN_OPTIONS=verify_asan_link_order=0",
				      NULL};

	film_age(harness_write(h, "videos/crash.mp4", "crash", 5));
	film_age(harness_write(h, "videos/hang.mp4", "hang", 4));
	film_make(h, "videos/zz.mp4", WIDTH, HEIGHT, PICTURES, H264);
	struct library library = start_library(h, folder, prefix);
	wait_for(is_listed(&library, "zz"));
	see_kind(&library, &(struct kind){.slug = "zz",
					  .seen_width = WIDTH,
					  .seen_height = HEIGHT,
					  .time_us = evenly});
	assert_non_null(strstr(streams(&library), "it makes what reads it crash"));
	assert_false(is_listed(&library, "hang"));
	wait_for(strstr(streams(&library), "it takes too long to read") != NULL);
	program_signal(library.agent, SIGTERM);
	assert_int_equal(program_wait(library.agent), 0);
}

int main(int argc, char *argv[])
{
	/* What reads them is the same on both; what sends them, others test. */
	const struct CMUnitTest tests[] = {
		HARNESS_TEST_ON(test_each_kind_is_played_as_it_is, "epoll"),
		HARNESS_TEST_ON(test_who_asks_is_told_what_is_wrong, "epoll"),
		HARNESS_TEST_ON(test_cut_film_is_played_as_far_as_it_goes, "epoll"),
		HARNESS_TEST_ON(test_file_that_crashes_or_hangs_its_reader_is_left_alone, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
