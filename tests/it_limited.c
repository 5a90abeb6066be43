/* SPDX-License-Identifier: MIT */
/* spillway-capture --max-kbps: what a viewer gets in every second, and of which quality. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/harness_client.h"

/* So that nothing is dropped on a machine that is slow. */
#define NO_DROPS "--queue-frames", "1000", "--max-lag", "60000"

enum { MAX_FRAMES = 400, SECOND_US = 1000000 };

struct seen {
	int64_t pts_us;
	size_t len;
	int step; /* the first quantizer: 3 of quality 80 and accurate, 80 of quality 10 */
};

/* The first entry of the first table (DQT, ITU-T T.81, B.2.4.1). */
static int step_of(const char *data, size_t len)
{
	const char *table = memmem(data, len, "\xff\xdb", 2);

	assert_non_null(table);
	return (unsigned char)table[5];
}

static int watch(struct client *viewer, struct seen seen[MAX_FRAMES], int n)
{
	struct wire_header header;
	const char *data;
	int i = 0;

	while (i < n && client_next_record(viewer, &header, &data) && header.type != WIRE_END)
		if (header.type == WIRE_FRAME)
			seen[i++] = (struct seen){header.pts_us, header.length,
						  step_of(data, header.length)};
	return i;
}

static void expect_limit(const struct seen *seen, int n, double kbps)
{
	for (int i = 0; i < n; i++) {
		double bits = 0;

		for (int k = i; k < n && seen[k].pts_us < seen[i].pts_us + SECOND_US; k++)
			bits += 8.0 * (double)seen[k].len;
		if (bits / 1000 > kbps * 1.1)
			harness_fail("%.0f kbit in the second from frame %d on", bits / 1000, i);
	}
}

#define START(relay, ...)                                                                          \
	program_start((relay)->harness, "spillway-capture", "--io", (relay)->harness->io,          \
		      "--config", "/dev/null", "--rendition", "none", __VA_ARGS__,                 \
		      relay_url(relay, "cam"), NULL)

static void test_limit_holds_and_quality_comes_back(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	char *film = harness_path(h, "film.mkv");
	struct seen seen[MAX_FRAMES];
	int n;

	/* Noise for three seconds, then plain grey for two. */
	program_run(h, "ffmpeg", "-v", "error", "-y", "-filter_complex",
		    "testsrc2=s=320x240:r=20:d=3,noise=alls=60:allf=t,format=yuv420p[a];"
		    "color=gray:s=320x240:r=20:d=2,format=yuv420p[b];[a][b]concat",
		    "-c:v", "ffv1", film, NULL);
	START(relay, "--max-kbps", "3000", "--on-demand", "--source",
	      harness_format(h, "file:%s", film));
	n = watch(client_watch(h, relay->port, "/cam"), seen, 95);
	assert_int_equal(n, 95);
	expect_limit(seen, n, 3000);
	int worst = 0;
	for (int i = 0; i < n; i++) {
		int64_t at_us = seen[i].pts_us - seen[0].pts_us;

		worst = seen[i].step > worst ? seen[i].step : worst;
		if (at_us > 4 * SECOND_US && at_us < 4500000)
			assert_int_equal(seen[i].step, 6); /* 16 of quality 50, times 0.4 */
	}
	assert_true(worst > 12);
}

static void test_what_no_quality_can_keep_is_left_out_and_said(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct program *agent = START(relay, "--max-kbps", "100", "--fps", "20", "--size",
				      "640x480", "--source", "test:");
	struct seen seen[MAX_FRAMES];
	int n = watch(client_watch(h, relay->port, "/cam"), seen, 8);

	assert_int_equal(n, 8);
	expect_limit(seen + 1, n - 1, 200);
	program_signal(agent, SIGTERM);
	assert_int_equal(program_wait(agent), 0);
	assert_int_equal(program_count_log(agent, "too large for its --max-kbps"), 1);
}

static void test_each_rendition_has_its_own_limit(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	char *config = relay_config(h, "[rendition small]\nsize = 320x240\nmax-kbps = 1000\n"
				       "[rendition large]\nsize = 640x480\n");
	struct seen seen[MAX_FRAMES];
	struct client *small, *large;

	program_start(h, "spillway-capture", "--io", h->io, "--config", config, "--max-kbps",
		      "4000", "--size", "640x480", "--fps", "20", "--source",
		      "test:", relay_url(relay, "cam"), NULL);
	small = client_watch(h, relay->port, "/cam/small");
	large = client_watch(h, relay->port, "/cam/large");
	expect_limit(seen, watch(small, seen, 60), 1000);
	expect_limit(seen, watch(large, seen, 60), 4000);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_limit_holds_and_quality_comes_back),
		HARNESS_TEST(test_what_no_quality_can_keep_is_left_out_and_said),
		HARNESS_TEST(test_each_rendition_has_its_own_limit),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
