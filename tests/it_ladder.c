/* SPDX-License-Identifier: MIT */
/* A ladder: one stream whose pictures grow while a video plays, out of a library or alone. */
#include <math.h>
#include <signal.h>
#include <turbojpeg.h>

#include "tests/harness_client.h"
#include "tests/harness_film.h"
#include "tests/harness_library.h"

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
	char *folder = library_folder(h);
	struct program *agent;

	make_counted_video(h, folder, "film.mkv");
	library_video(h, folder, "small.mkv");
	agent = program_start(h, "spillway-capture", "--config", "/dev/null", "--io", h->io,
			      "--rendition", "m=320x240", "--rendition", "s=160x120", "--rendition",
			      "l=640x480", "--source", harness_format(h, "library:%s", folder),
			      relay_url(relay, "vod"), NULL);
	program_wait_log(agent, "offering");
	wait_for(library_lists(relay, "vod/small"));
	wait_for(library_lists(relay, "vod/film"));
	expect_climbing(
		client_watch(h, relay->port, library_session(relay, "/vod/film?rendition=ladder")));
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
	library_session(relay, "/vod/small");
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
	char *folder = library_folder(h), *files[N];
	struct program *watches[N];

	make_counted_video(h, folder, "film.mkv");
	library_start(relay, folder, options);
	wait_for(library_lists(relay, "vod/film"));
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

	make_counted_video(h, library_folder(h), "film.mkv");
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

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_ladder_climbs_with_the_time_of_the_video),
		HARNESS_TEST(test_recorded_ladder_decodes_in_every_size),
		HARNESS_TEST(test_file_climbs_as_the_stream_alone),
		HARNESS_TEST_ON(test_source_without_an_end_is_no_ladder, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
