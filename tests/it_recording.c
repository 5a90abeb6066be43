/* SPDX-License-Identifier: MIT */
/* Recordings that spillway watch makes, read back by ffprobe: the times, and every way to end. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/jpeg.h"
#include "tests/harness_client.h"
#include "tests/harness_picture.h"

/* So that nothing is dropped on a machine that is slow. */
#define NO_DROPS "--queue-frames", "1000", "--max-lag", "60000"

enum {
	MAX_PACKETS = 200,
	SIZE = 9000, /* a picture's number is what it has more bytes than this */
};

/* What can be recorded to; and how exact its times are, 0: it has none. In an .avi two frames that
 * fall into one place of its grid get one each. */
static const struct {
	const char *ending;
	double grid_s;
} kinds[] = {
	{"mkv", 0.001}, {"mp4", 1.0 / 90000}, {"mov", 1.0 / 90000}, {"avi", 2.0 / 120}, {"mjpg", 0},
};
enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

/* ---- what is in a file ---- */

struct recording {
	size_t n;
	double at_s[MAX_PACKETS];
	size_t number[MAX_PACKETS];
};

static struct recording read_bare(struct harness *h, const char *path)
{
	struct recording recording = {0};
	size_t len, used;

	for (const char *data = harness_read(h, path, &len); len > 0; data += used, len -= used) {
		struct jpeg_scan scan = {0};

		assert_int_equal(jpeg_scan(&scan, (const uint8_t *)data, len, &used), 1);
		assert_true(recording.n < MAX_PACKETS);
		recording.number[recording.n++] = used - SIZE;
	}
	return recording;
}

static struct recording read_back(struct harness *h, const char *path)
{
	struct recording recording = {0};
	const char *line;
	double at_s;
	size_t size;

	if (strstr(path, ".mjpg"))
		return read_bare(h, path);
	/* Every picture can be decoded, too. */
	struct program *decode =
		program_run(h, "ffmpeg", "-v", "error", "-i", path, "-fps_mode", "passthrough",
			    "-enc_time_base", "1:90000", "-f", "null", "-", NULL);
	if (program_log(decode)[0] != '\0')
		harness_fail("%s: %s", path, program_log(decode));
	struct program *probe = program_run(h, "ffprobe", "-v", "error", "-show_entries",
					    "packet=pts_time,size", "-of", "csv=p=0", path, NULL);
	for (line = program_output(probe); line; line = strchr(line, '\n')) {
		line += *line == '\n';
		/* An empty one fills the grid of an .avi. */
		if (sscanf(line, "%lf,%zu", &at_s, &size) != 2 || size == 0)
			continue;
		assert_true(recording.n < MAX_PACKETS);
		recording.at_s[recording.n] = at_s;
		recording.number[recording.n++] = size - SIZE;
	}
	return recording;
}

static void expect_numbers(const struct recording *recording, size_t first, size_t n)
{
	assert_int_equal(recording->n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(recording->number[i], first + i);
}

static void expect_times(const struct recording *recording, const int64_t *pts_us, double grid_s)
{
	for (size_t i = 0; i < recording->n && grid_s > 0; i++) {
		double should_s = (double)(pts_us[i] - pts_us[0]) / 1e6;

		if (fabs(recording->at_s[i] - should_s) > grid_s)
			harness_fail("frame %zu is at %f s instead of %f s", i, recording->at_s[i],
				     should_s);
	}
}

/* ---- who records ---- */

struct recorder {
	struct program *program;
	char *path;
};

/* One for each kind of file. They list what they get, too. */
static void record(struct harness *h, const struct relay *relay, const char *option,
		   const char *value, struct recorder recorders[KINDS])
{
	for (size_t i = 0; i < KINDS; i++) {
		char *path = harness_path(h, harness_format(h, "cam.%s", kinds[i].ending));

		recorders[i].path = path;
		recorders[i].program =
			program_start(h, "spillway", "watch", "--io", h->io, "--list-frames",
				      "--out", path, relay_url(relay, "cam"), option, value, NULL);
	}
}

static bool has_viewers(const struct relay *relay, int n)
{
	struct client *client = client_get(relay->harness, relay->port, "/api/streams", "", 200);
	char *said = harness_format(relay->harness, "\"viewers\":%d", n);
	bool has = strstr(client_body(client, NULL), said) != NULL;

	client_close(client);
	return has;
}

static void publish(struct client *publisher, unsigned number, int64_t pts_us, int64_t capture_us)
{
	struct picture picture = picture_make_sized(publisher->harness, number, SIZE + number);
	struct wire_header header = {
		.length = (uint32_t)picture.len,
		.type = WIRE_FRAME,
		.flags = WIRE_KEY,
		.pts_us = pts_us,
		.capture_us = capture_us,
	};

	client_record(publisher, &header, picture.data);
}

/* So many frames came to all of them that still run. Who is sent many at once loses some. */
static void wait_frames(const struct recorder recorders[KINDS], size_t n)
{
	for (size_t i = 0; i < KINDS; i++)
		wait_for(harness_count(recorders[i].program->out, "\n") >= n ||
			 program_has_ended(recorders[i].program));
}

static int64_t unix_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- the times ---- */

static void test_times_of_a_variable_rate_are_kept(struct harness *h)
{
	static const int gaps_ms[] = {33, 34, 200, 9, 700, 40, 1, 1500, 12, 100};
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct recorder recorders[KINDS];
	int64_t pts_us[40] = {5000000};

	record(h, relay, "--frames", "40", recorders);
	wait_for(has_viewers(relay, KINDS));
	for (unsigned i = 0; i < 40; i++) {
		if (i > 0)
			pts_us[i] = pts_us[i - 1] + gaps_ms[i % 10] * 1000 + (i % 7) * 11;
		publish(publisher, i, pts_us[i], 0);
		wait_frames(recorders, i + 1);
	}
	for (size_t i = 0; i < KINDS; i++) {
		assert_int_equal(program_wait(recorders[i].program), 0);
		struct recording recording = read_back(h, recorders[i].path);
		expect_numbers(&recording, 0, 40);
		expect_times(&recording, pts_us, kinds[i].grid_s * 1.01);
	}
}

/* ---- the ends ---- */

static void expect_whole(struct harness *h, const struct recorder recorders[KINDS], int status,
			 const int64_t *pts_us, size_t n)
{
	for (size_t i = 0; i < KINDS; i++) {
		assert_int_equal(program_wait(recorders[i].program), status);
		struct recording recording = read_back(h, recorders[i].path);
		expect_numbers(&recording, 0, n);
		expect_times(&recording, pts_us, kinds[i].grid_s * 1.01);
	}
}

static void publish_steadily(struct client *publisher, const struct recorder recorders[KINDS],
			     int64_t pts_us[], size_t n)
{
	for (unsigned i = 0; i < n; i++) {
		pts_us[i] = i * 40000;
		publish(publisher, i, pts_us[i], 0);
		wait_frames(recorders, i + 1);
	}
}

static void expect_end_by_signal(struct harness *h, int signal)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct recorder recorders[KINDS];
	int64_t pts_us[30];

	record(h, relay, NULL, NULL, recorders);
	wait_for(has_viewers(relay, KINDS));
	publish_steadily(publisher, recorders, pts_us, 30);
	for (size_t i = 0; i < KINDS; i++)
		program_signal(recorders[i].program, signal);
	expect_whole(h, recorders, 0, pts_us, 30);
}

static void test_ctrl_c_ends_a_recording_well(struct harness *h)
{
	expect_end_by_signal(h, SIGINT);
}

static void test_sigterm_ends_a_recording_well(struct harness *h)
{
	expect_end_by_signal(h, SIGTERM);
}

static void test_end_of_the_stream_ends_a_recording_well(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, "--linger", "0", NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct recorder recorders[KINDS];
	int64_t pts_us[30];

	record(h, relay, NULL, NULL, recorders);
	wait_for(has_viewers(relay, KINDS));
	publish_steadily(publisher, recorders, pts_us, 30);
	client_close(publisher);
	expect_whole(h, recorders, 0, pts_us, 30);
}

static void test_loss_of_the_relay_ends_a_recording_well(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct recorder recorders[KINDS];
	int64_t pts_us[30];

	record(h, relay, "--no-reconnect", NULL, recorders);
	wait_for(has_viewers(relay, KINDS));
	publish_steadily(publisher, recorders, pts_us, 30);
	program_kill(relay->program);
	expect_whole(h, recorders, 1, pts_us, 30);
}

/* The new relay's clock is another one, and the publisher's, too; but captures are at true
 * times. */
static void test_recording_goes_on_with_true_times_when_the_relay_is_back(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	char *listen = harness_format(h, "127.0.0.1:%u", relay->port);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct recorder recorders[KINDS];
	int64_t captured_us[20], start_us;

	record(h, relay, NULL, NULL, recorders);
	wait_for(has_viewers(relay, KINDS));
	start_us = unix_us();
	for (unsigned i = 0; i < 10; i++) {
		captured_us[i] = start_us + i * 40000;
		publish(publisher, i, 777000000 + i * 40000, captured_us[i]);
		wait_frames(recorders, i + 1);
	}
	program_kill(relay->program);
	for (size_t i = 0; i < KINDS; i++)
		program_wait_log(recorders[i].program, "cam is lost");
	relay = relay_start(h, "--listen", listen, NO_DROPS, NULL);
	publisher = client_publish(h, relay->port, "/cam");
	wait_for(has_viewers(relay, KINDS));
	start_us = captured_us[9] + 3000000;
	for (unsigned i = 10; i < 20; i++) {
		captured_us[i] = start_us + (i - 10) * 40000;
		publish(publisher, i, 5000 + i * 40000, captured_us[i]);
		wait_frames(recorders, i + 1);
	}
	for (size_t i = 0; i < KINDS; i++)
		program_signal(recorders[i].program, SIGINT);
	expect_whole(h, recorders, 0, captured_us, 20);
}

/* ---- a full disk ---- */

/* A disk of so many bytes, that only this program sees; what is on it at the end is copied. */
static const char on_small_disk[] = "mount -t tmpfs -o size=400k none \"$0\" || exit 99\n"
				    "\"$@\"; status=$?\n"
				    "cp -r \"$0\" \"$0.copy\" && exit $status";

enum { DISK = 5 }; /* the word that says where it is mounted */
static const char *const small_disk[] = {"unshare", "-m", "sh", "-c", on_small_disk, "", NULL};

static void test_full_disk_is_told_and_what_was_written_stays(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct recorder recorders[KINDS];
	const char *prefix[sizeof(small_disk) / sizeof(*small_disk)];

	if (geteuid() != 0)
		harness_skip(h, "only root can mount a small disk");
	memcpy(prefix, small_disk, sizeof(small_disk));
	h->prefix = prefix;
	for (size_t i = 0; i < KINDS; i++) {
		char *disk = harness_path(h, kinds[i].ending);

		assert_int_equal(mkdir(disk, 0700), 0);
		prefix[DISK] = disk;
		recorders[i].path = harness_format(h, "%s.copy/cam.%s", disk, kinds[i].ending);
		recorders[i].program = program_start(
			h, "spillway", "watch", "--io", h->io, "--list-frames", "--out",
			harness_format(h, "%s/cam.%s", disk, kinds[i].ending),
			relay_url(relay, "cam"), NULL);
	}
	h->prefix = NULL;
	wait_for(has_viewers(relay, KINDS));
	for (unsigned i = 0; i < 100; i++) {
		publish(publisher, i, i * 200000, 0);
		wait_frames(recorders, i + 1);
	}
	for (size_t i = 0; i < KINDS; i++) {
		if (program_wait(recorders[i].program) == 99)
			harness_skip(h, "nothing can be mounted here");
		assert_int_equal(program_wait(recorders[i].program), 1);
		char *log = program_log(recorders[i].program), *kept = strstr(log, "frames kept: ");
		assert_non_null(strstr(log, "No space left on device"));
		assert_non_null(kept);
		struct recording recording = read_back(h, recorders[i].path);
		expect_numbers(&recording, 0, strtoul(kept + strlen("frames kept: "), NULL, 10));
		/* All that there was room for, but for a second. */
		assert_in_range(recording.n, 400 * 1024 / SIZE - 10, 400 * 1024 / SIZE);
	}
}

/* ---- segments ---- */

enum { SEGMENTED = 45, STEP_US = 100000 }; /* 4.5 s in files of 1 s, and the first frame is at 0 */

static struct recorder record_segments(struct harness *h, const struct relay *relay,
				       const char *out)
{
	struct recorder recorder = {.path = harness_path(h, out)};

	recorder.program =
		program_start(h, "spillway", "watch", "--io", h->io, "--list-frames", "--out",
			      recorder.path, "--segment", "1s", relay_url(relay, "cam"), NULL);
	return recorder;
}

/* Each frame is in one file, and each file is a recording of its own. */
static void expect_segment(struct harness *h, const char *name, size_t first, size_t n)
{
	struct recording recording = read_back(h, harness_path(h, name));
	int64_t pts_us[SEGMENTED];

	for (size_t i = 0; i < n; i++)
		pts_us[i] = (int64_t)i * STEP_US;
	expect_numbers(&recording, first, n);
	if (!strstr(name, ".mjpg"))
		expect_times(&recording, pts_us, 0.02);
}

static void publish_segments(struct client *publisher, const struct recorder *recorder)
{
	for (unsigned i = 0; i < SEGMENTED; i++) {
		publish(publisher, i, i * STEP_US, 1700000000000000 + i * STEP_US);
		wait_for(harness_count(recorder->program->out, "\n") == i + 1);
	}
	program_signal(recorder->program, SIGINT);
	assert_int_equal(program_wait(recorder->program), 0);
}

static void test_segments_have_every_frame_once(struct harness *h)
{
	for (size_t i = 0; i < KINDS; i++) {
		const char *ending = kinds[i].ending;
		struct relay *relay = relay_start(h, NO_DROPS, NULL);
		struct client *publisher = client_publish(h, relay->port, "/cam");
		struct recorder recorder =
			record_segments(h, relay, harness_format(h, "cam.%s", ending));

		wait_for(has_viewers(relay, 1));
		publish_segments(publisher, &recorder);
		for (unsigned n = 1; n <= 5; n++)
			expect_segment(h, harness_format(h, "cam-%04u.%s", n, ending), (n - 1) * 10,
				       n == 5 ? 5 : 10);
		assert_int_equal(
			access(harness_path(h, harness_format(h, "cam-0006.%s", ending)), F_OK),
			-1);
	}
}

static void test_segments_overwrite_nothing(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");

	harness_write(h, "cam-0007.mkv", "mine", 4);
	harness_write(h, "day-2023.mkv", "mine", 4);
	struct recorder recorder = record_segments(h, relay, "cam.mkv");
	wait_for(has_viewers(relay, 1));
	publish_segments(publisher, &recorder);
	/* The numbers go on behind those that are there. */
	for (unsigned n = 8; n <= 12; n++)
		expect_segment(h, harness_format(h, "cam-%04u.mkv", n), (n - 8) * 10,
			       n == 12 ? 5 : 10);
	client_close_all(h);
	relay_stop(relay);

	relay = relay_start(h, NO_DROPS, NULL);
	publisher = client_publish(h, relay->port, "/cam");
	recorder = record_segments(h, relay, "day-%Y.mkv");
	wait_for(has_viewers(relay, 1));
	publish_segments(publisher, &recorder);
	for (unsigned n = 2; n <= 6; n++)
		expect_segment(h, harness_format(h, "day-2023-%u.mkv", n), (n - 2) * 10,
			       n == 6 ? 5 : 10);
	assert_string_equal(harness_read(h, harness_path(h, "cam-0007.mkv"), NULL), "mine");
	assert_string_equal(harness_read(h, harness_path(h, "day-2023.mkv"), NULL), "mine");
}

static void test_full_disk_leaves_the_segments_before(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	const char *prefix[sizeof(small_disk) / sizeof(*small_disk)];

	if (geteuid() != 0)
		harness_skip(h, "only root can mount a small disk");
	memcpy(prefix, small_disk, sizeof(small_disk));
	prefix[DISK] = harness_path(h, "disk");
	assert_int_equal(mkdir(prefix[DISK], 0700), 0);
	h->prefix = prefix;
	struct recorder recorder = record_segments(h, relay, "disk/cam.mkv");
	h->prefix = NULL;
	wait_for(has_viewers(relay, 1) || program_has_ended(recorder.program));
	for (unsigned i = 0; i < 100 && !program_has_ended(recorder.program); i++) {
		publish(publisher, i, i * STEP_US, 0);
		wait_for(harness_count(recorder.program->out, "\n") == i + 1 ||
			 program_has_ended(recorder.program));
	}
	if (program_wait(recorder.program) == 99)
		harness_skip(h, "nothing can be mounted here");
	assert_int_equal(program_wait(recorder.program), 1);
	program_wait_log(recorder.program, "disk/cam-0005.mkv: No space left on device");
	for (unsigned n = 1; n <= 4; n++)
		expect_segment(h, harness_format(h, "disk.copy/cam-%04u.mkv", n), (n - 1) * 10, 10);
}

static void test_segments_need_a_file_that_can_be_one(struct harness *h)
{
	static const struct {
		const char *option, *value;
		int status;
		const char *said;
	} cases[] = {
		{"--json", NULL, 2, "--segment needs a file"},
		{"--stdout", NULL, 2, "--segment needs a file"},
		{"--out", "-", 2, "--segment needs a file"},
		{"--out", "cam.jpg", 2, ".jpg is one picture"},
		{"--out", "cam-%Q.mkv", 2, "in the name of a series"},
		{"--out", "no/such/folder/cam.mkv", 1, "No such file or directory"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct program *watch =
			program_start(h, "spillway", "watch", "--segment", "1m", "127.0.0.1:1/cam",
				      cases[i].option, cases[i].value, NULL);

		assert_int_equal(program_wait(watch), cases[i].status);
		assert_int_equal(program_count_log(watch, cases[i].said), 1);
	}
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_times_of_a_variable_rate_are_kept),
		HARNESS_TEST(test_ctrl_c_ends_a_recording_well),
		HARNESS_TEST(test_sigterm_ends_a_recording_well),
		HARNESS_TEST(test_end_of_the_stream_ends_a_recording_well),
		HARNESS_TEST(test_loss_of_the_relay_ends_a_recording_well),
		HARNESS_TEST(test_recording_goes_on_with_true_times_when_the_relay_is_back),
		HARNESS_TEST(test_full_disk_is_told_and_what_was_written_stays),
		HARNESS_TEST(test_segments_have_every_frame_once),
		HARNESS_TEST(test_segments_overwrite_nothing),
		HARNESS_TEST(test_full_disk_leaves_the_segments_before),
		HARNESS_TEST_ON(test_segments_need_a_file_that_can_be_one, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
