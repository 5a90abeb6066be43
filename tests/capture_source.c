/* SPDX-License-Identifier: MIT */
/* The sources. Clips are made by the ffmpeg program, into a temporary folder. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/loan.h"
#include "capture/scaler.h"
#include "capture/source.h"
#include "capture/strip.h"

static char folder[] = "/tmp/spillway-source-XXXXXX";

/* ---- clips ---- */

/* CLIP(...) is what ffmpeg is told; the clip's name follows. */
#define TWO_SECONDS "-f lavfi -i testsrc2=size=320x240:rate=25:duration=2 "
#define H264 "-c:v libx264 -pix_fmt yuv420p -preset ultrafast "

static const struct {
	const char *name, *arguments;
} clips[] = {
	{"h264.mp4", TWO_SECONDS H264 "-movflags faststart"},
	{"late-head.mp4", TWO_SECONDS H264},
	{"h264.mkv", TWO_SECONDS H264},
	{"h264.ts", TWO_SECONDS H264},
	{"raw.h264", TWO_SECONDS H264},
	{"vp9.webm", TWO_SECONDS "-c:v libvpx-vp9 -deadline realtime -b:v 500k"},
	{"mpeg4.avi", TWO_SECONDS "-c:v mpeg4"},
	{"mjpeg.avi", TWO_SECONDS "-c:v mjpeg"},
	{"anim.gif", "-f lavfi -i testsrc2=size=160x120:rate=10:duration=1"},
	{"odd.mkv", "-f lavfi -i testsrc2=size=322x242:rate=25:duration=1 "
		    "-vf format=yuv444p,crop=321:241 -c:v ffv1"},
	{"odd420.mkv", "-f lavfi -i testsrc2=size=322x242:rate=25:duration=1 "
		       "-vf format=yuv444p,crop=321:241,format=yuv420p -c:v ffv1"},
	/* Ten pictures 40 ms apart, then ten 200 ms apart. */
	{"vfr.mkv", "-f lavfi -i testsrc2=size=320x240:rate=25:duration=0.8 "
		    "-vf settb=1/1000,setpts=\"if(lt(N\\,10)\\,N*40\\,400+(N-10)*200)\" "
		    "-vsync passthrough " H264},
	{"wide.mkv", "-f lavfi -i testsrc2=size=320x240:rate=25:duration=0.2 "
		     "-vf setsar=4/3 " H264},
	{"tiny25.mkv", "-f lavfi -i testsrc2=size=32x32:rate=25:duration=2 -c:v mjpeg"},
	{"tinyvfr.mkv", "-f lavfi -i testsrc2=size=32x32:rate=25:duration=0.8 "
			"-vf settb=1/1000,setpts=\"if(lt(N\\,10)\\,N*40\\,400+(N-10)*200)\" "
			"-vsync passthrough -c:v mjpeg"},
	{"still.png", TWO_SECONDS "-frames:v 1"},
	{"sound.m4a", "-f lavfi -i sine=duration=1 -c:a aac"},
};

static void path_of(const char *name, char *to, size_t size)
{
	snprintf(to, size, "%s/%s", folder, name);
}

__attribute__((format(printf, 1, 2))) static void run(const char *format, ...)
{
	char command[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof command, format, arguments);
	va_end(arguments);
	if (system(command) != 0) {
		print_error("failed: %s\n", command);
		exit(1);
	}
}

/* The first `percent` of a clip. */
static void cut(const char *from, const char *to, int percent)
{
	char path[128];
	struct stat status;

	path_of(from, path, sizeof path);
	assert_int_equal(stat(path, &status), 0);
	run("head -c %ld %s > %s/%s", (long)status.st_size * percent / 100, path, folder, to);
}

static void write_noise(const char *name)
{
	char path[128];
	uint32_t number = 1;
	FILE *file;

	path_of(name, path, sizeof path);
	file = fopen(path, "w");
	assert_non_null(file);
	for (int i = 0; i < 20000; i++) {
		number = number * 1664525 + 1013904223;
		fputc((int)(number >> 24), file);
	}
	fclose(file);
}

static int make_clips(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	for (size_t i = 0; i < sizeof clips / sizeof clips[0]; i++)
		run("ffmpeg -v error -y %s %s/%s", clips[i].arguments, folder, clips[i].name);
	run("ffmpeg -v error -y -i %s/h264.mp4 -c copy -metadata:s:v:0 rotate=90 %s/turned.mp4",
	    folder, folder);
	cut("h264.mp4", "cut.mp4", 60);
	cut("h264.mkv", "cut.mkv", 60);
	cut("h264.ts", "cut.ts", 60);
	cut("mpeg4.avi", "cut.avi", 40);
	cut("late-head.mp4", "headless.mp4", 60);
	write_noise("random.mp4");
	run("echo 'Not a video at all.' > %s/text.mp4", folder);
	run(": > %s/empty.mp4", folder);
	run("mkdir %s/folder.mp4", folder);
	return 0;
}

static int remove_clips(void **state)
{
	(void)state;
	run("rm -r %s", folder);
	return 0;
}

/* ---- reading them ---- */

enum { MAX_PICTURES = 1000 };

struct film {
	int n;
	int result;
	char error[SOURCE_ERROR_SIZE];
	int64_t pts_us[MAX_PICTURES];
	unsigned width, height; /* of the last picture, upright */
	int open_result;
};

/* Reads max pictures at most; draws every one. */
static struct film *play_some(const char *name, struct source_wish wish, int max)
{
	static struct film film;
	struct source *source;
	struct scaler scaler;
	char text[160];

	film = (struct film){0};
	snprintf(text, sizeof text, "file:%s/%s", folder, name);
	film.open_result = source_open(&source, text, &wish, film.error);
	if (film.open_result < 0)
		return &film;
	scaler_init(&scaler, wish.width, wish.height, true);
	while (film.n < max && (film.result = source_next(source, &film.pts_us[film.n])) == 1) {
		struct picture picture, scaled;

		assert_int_equal(source_picture(source, 1700000000000000, &picture), 0);
		assert_int_equal(picture.pts_us, film.pts_us[film.n]);
		assert_int_equal(picture.capture_us, 1700000000000000);
		assert_int_equal(scaler_apply(&scaler, &picture, &scaled), 0);
		assert_true(film.n == 0 || film.pts_us[film.n] > film.pts_us[film.n - 1]);
		film.width = scaled.width;
		film.height = scaled.height;
		loan_leave(picture.loan);
		film.n++;
	}
	snprintf(film.error, sizeof film.error, "%s", source_error(source));
	scaler_finish(&scaler);
	source_close(source);
	return &film;
}

static struct film *play(const char *name)
{
	return play_some(name, (struct source_wish){0}, MAX_PICTURES);
}

static void test_files_of_many_kinds_are_played_at_their_own_times(void **state)
{
	static const struct {
		const char *name;
		int n;
		unsigned width, height;
		int64_t interval_us;
	} rows[] = {
		{"h264.mp4", 50, 320, 240, 40000},   {"h264.mkv", 50, 320, 240, 40000},
		{"h264.ts", 50, 320, 240, 40000},    {"raw.h264", 50, 320, 240, 40000},
		{"vp9.webm", 50, 320, 240, 40000},   {"mpeg4.avi", 50, 320, 240, 40000},
		{"mjpeg.avi", 50, 320, 240, 40000},  {"anim.gif", 10, 160, 120, 100000},
		{"odd.mkv", 25, 321, 241, 40000},    {"odd420.mkv", 25, 321, 241, 40000},
		{"turned.mp4", 50, 240, 320, 40000}, {"wide.mkv", 5, 427, 240, 40000},
		{"still.png", 1, 320, 240, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct film *film = play(rows[i].name);

		assert_int_equal(film->open_result, 0);
		assert_int_equal(film->result, 0);
		assert_string_equal(film->error, "");
		assert_int_equal(film->n, rows[i].n);
		assert_int_equal(film->width, rows[i].width);
		assert_int_equal(film->height, rows[i].height);
		for (int n = 0; n < film->n; n++)
			assert_true(llabs(film->pts_us[n] - n * rows[i].interval_us) <= 1000);
	}
}

static void test_variable_frame_times_are_kept(void **state)
{
	const struct film *film = play("vfr.mkv");

	(void)state;
	assert_int_equal(film->n, 20);
	assert_int_equal(film->result, 0);
	for (int n = 0; n < 20; n++)
		assert_int_equal(film->pts_us[n], n < 10 ? n * 40000 : 400000 + (n - 10) * 200000);
}

static void test_a_wished_rate_is_even_and_lasts_as_long(void **state)
{
	static const struct rate rates[] = {{10, 1}, {25, 1}, {60, 1}, {30000, 1001}};

	(void)state;
	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		const struct film *film =
			play_some("h264.mp4", (struct source_wish){.rate = rates[i]}, MAX_PICTURES);
		int expected = (int)ceil(2.0 * rates[i].frames / rates[i].seconds);

		assert_int_equal(film->result, 0);
		assert_int_equal(film->n, expected);
		for (int n = 0; n < film->n; n++)
			assert_int_equal(film->pts_us[n], rate_time_us(rates[i], (uint64_t)n));
	}
}

static struct source *open_clip(const char *name, struct source_wish wish)
{
	struct source *source;
	char text[160], why[SOURCE_ERROR_SIZE];

	snprintf(text, sizeof text, "file:%s/%s", folder, name);
	assert_int_equal(source_open(&source, text, &wish, why), 0);
	return source;
}

/* Of files with 10 and with 25 pictures a second, and with uneven times. What is shown is the
 * newest. */
static void test_an_hour_at_a_wished_rate_has_exactly_its_pictures(void **state)
{
	static const struct {
		const char *name;
		struct rate rate;
		int n;
	} rows[] = {
		{"anim.gif", {30000, 1001}, 107893},
		{"tiny25.mkv", {15, 1}, 54000},
		{"tinyvfr.mkv", {30, 1}, 108000},
	};
	const int64_t hour_us = INT64_C(3600) * 1000000;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct source_wish wish = {.loop = true, .rate = rows[i].rate};
		struct source *source = open_clip(rows[i].name, wish);
		int64_t pts_us = 0;
		int n = 0;

		while (source_next(source, &pts_us) == 1 && pts_us < hour_us) {
			assert_int_equal(pts_us, rate_time_us(rows[i].rate, (uint64_t)n));
			n++;
		}
		assert_int_equal(n, rows[i].n);
		source_close(source);
	}
}

static void test_a_loop_goes_on_with_rising_times(void **state)
{
	static const struct {
		const char *name;
		int in_a_round;
		int64_t round_us;
	} rows[] = {
		{"h264.mp4", 50, 2000000},  {"h264.mkv", 50, 2000000}, {"h264.ts", 50, 2000000},
		{"raw.h264", 50, 2000000},  {"vp9.webm", 50, 2000000}, {"mpeg4.avi", 50, 2000000},
		{"mjpeg.avi", 50, 2000000}, {"anim.gif", 10, 1000000}, {"still.png", 1, 40000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int in_a_round = rows[i].in_a_round;
		const struct film *film =
			play_some(rows[i].name, (struct source_wish){.loop = true}, in_a_round * 3);

		assert_int_equal(film->open_result, 0);
		assert_int_equal(film->n, in_a_round * 3);
		for (int n = 0; n < film->n - in_a_round; n++)
			assert_true(llabs(film->pts_us[n + in_a_round] - film->pts_us[n] -
					  rows[i].round_us) <= 1000);
	}
}

static void test_position_begins_again_with_each_round(void **state)
{
	static const struct rate rates[] = {{0, 0}, {10, 1}};
	static const char *const durable[] = {"h264.mp4", "h264.mkv", "h264.ts", "mpeg4.avi"};
	struct source *source;

	(void)state;
	for (size_t i = 0; i < sizeof durable / sizeof durable[0]; i++) {
		source = open_clip(durable[i], (struct source_wish){.loop = false});
		assert_in_range(source->duration_us, 1900000, 2100000);
		source_close(source);
	}
	source = open_clip("raw.h264", (struct source_wish){.loop = false});
	assert_int_equal(source->duration_us, 0);
	source_close(source);
	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		struct source_wish wish = {.loop = true, .rate = rates[i]};
		int64_t pts_us, last_us = -1;
		struct picture picture;
		int rounds = 0;

		source = open_clip("h264.mkv", wish);
		for (int n = 0; n < 130; n++) {
			assert_int_equal(source_next(source, &pts_us), 1);
			assert_int_equal(source_picture(source, 0, &picture), 0);
			assert_int_equal(picture.pts_us - picture.position_us,
					 rounds * 2000000 +
						 (picture.position_us < last_us ? 2000000 : 0));
			if (picture.position_us < last_us)
				rounds++;
			last_us = picture.position_us;
			loan_leave(picture.loan);
		}
		assert_int_equal(rounds, rates[i].frames == 0 ? 2 : 6);
		source_close(source);
	}
}

static void test_pictures_fit_into_the_wished_size(void **state)
{
	const struct film *film =
		play_some("h264.mp4", (struct source_wish){.width = 200, .height = 200}, 5);

	(void)state;
	assert_int_equal(film->width, 200);
	assert_int_equal(film->height, 150);
}

static void test_a_file_that_was_cut_off_is_played_and_then_reported(void **state)
{
	static const struct {
		const char *name;
		int at_least;
	} rows[] = {{"cut.mp4", 15}, {"cut.mkv", 15}, {"cut.avi", 5}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct film *film = play(rows[i].name);

		assert_int_equal(film->open_result, 0);
		assert_true(film->n >= rows[i].at_least && film->n < 50);
		assert_int_equal(film->result, -EBADMSG);
		assert_non_null(strstr(film->error, "cut off"));
	}
	/* A transport stream has no end of its own: what is there is all there is. */
	assert_int_equal(play("cut.ts")->result, 0);
}

static void test_what_cannot_be_played_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *name;
		int result;
		const char *reason;
	} rows[] = {
		{"missing.mp4", -ENOENT, "No such file"},  {"folder.mp4", -EISDIR, "folder"},
		{"empty.mp4", -EBADMSG, "empty"},	   {"headless.mp4", -EBADMSG, "cut off"},
		{"random.mp4", -EBADMSG, "isn't a video"}, {"text.mp4", -EBADMSG, "isn't a video"},
		{"sound.m4a", -EBADMSG, "no video"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct film *film = play(rows[i].name);

		assert_int_equal(film->open_result, rows[i].result);
		assert_non_null(strstr(film->error, rows[i].reason));
		assert_non_null(strstr(film->error, rows[i].name));
	}
}

/* ---- test: ---- */

static void test_test_source_makes_the_wished_pictures(void **state)
{
	struct source_wish wish = {.width = 640, .height = 360, .rate = {2997, 100}};
	struct source *source;
	struct picture picture;
	char error[SOURCE_ERROR_SIZE];
	uint32_t number;
	int64_t pts_us;

	(void)state;
	assert_int_equal(source_open(&source, "test:", &wish, error), 0);
	for (uint32_t n = 0; n < 100; n++) {
		assert_int_equal(source_next(source, &pts_us), 1);
		assert_int_equal(pts_us, (int64_t)n * 100000000 / 2997);
		if (n % 7 != 0) /* the pacer dropped it */
			continue;
		assert_int_equal(source_picture(source, 1700000000000000 + pts_us, &picture), 0);
		assert_int_equal(picture.width, 640);
		assert_int_equal(picture.height, 360);
		assert_int_equal(picture.pts_us, pts_us);
		assert_int_equal(strip_read(picture.planes[0], (size_t)picture.strides[0], 640, 360,
					    &number),
				 0);
		assert_int_equal(number, n);
		loan_leave(picture.loan);
	}
	source_close(source);
}

static void test_unknown_sources_are_refused_and_the_known_are_named(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{"", "there are test:, file:PATH"},
		{"test", "there are test:, file:PATH"},
		{"tes:", "library:DIR"},
		{"webcam:0", "'webcam:0' isn't a source"},
		{"test:1", "nothing may follow"},
		{"file:", "a path must follow"},
		{"v4l2:", "a device must follow"},
		{"x11:", "x11: which display?"},
	};

	(void)state;
	unsetenv("DISPLAY");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct source_wish wish = {0};
		struct source *source;
		char error[SOURCE_ERROR_SIZE];

		assert_int_equal(source_open(&source, rows[i].text, &wish, error), -EINVAL);
		assert_non_null(strstr(error, rows[i].reason));
	}
}

static uint32_t sum_of_luma(const struct picture *picture)
{
	uint32_t sum = 0;

	for (unsigned y = 0; y < picture->height; y++)
		for (unsigned x = 0; x < picture->width; x++)
			sum = sum * 31 + picture->planes[0][(ptrdiff_t)y * picture->strides[0] + x];
	return sum;
}

/* Whichever pictures the source makes meanwhile. */
static void expect_lent_pictures_to_stay(const char *text)
{
	const struct source_wish wish = {.width = 640, .height = 360, .loop = true};
	struct picture pictures[LOANS], another;
	uint32_t sums[LOANS];
	struct source *source;
	char error[SOURCE_ERROR_SIZE];
	int64_t pts_us;

	assert_int_equal(source_open(&source, text, &wish, error), 0);
	for (size_t i = 0; i < LOANS; i++) {
		assert_int_equal(source_next(source, &pts_us), 1);
		assert_int_equal(source_picture(source, 0, &pictures[i]), 0);
		sums[i] = sum_of_luma(&pictures[i]);
	}
	assert_int_equal(source_next(source, &pts_us), 1);
	assert_int_equal(source_picture(source, 0, &another), -EBUSY);
	assert_int_equal(source_next(source, &pts_us), 1);
	for (size_t i = 0; i < LOANS; i++)
		assert_int_equal(sum_of_luma(&pictures[i]), sums[i]);
	loan_join(pictures[1].loan);
	loan_leave(pictures[1].loan);
	assert_int_equal(source_picture(source, 0, &another), -EBUSY);
	loan_leave(pictures[1].loan);
	assert_int_equal(source_picture(source, 0, &another), 0);
	assert_int_equal(another.pts_us, pts_us);
	loan_leave(another.loan);
	for (size_t i = 0; i < LOANS; i++)
		if (i != 1)
			loan_leave(pictures[i].loan);
	source_close(source);
}

static void test_lent_pictures_stay_as_they_are_and_are_bounded(void **state)
{
	char text[PATH_MAX + 16];

	(void)state;
	expect_lent_pictures_to_stay("test:");
	snprintf(text, sizeof text, "file:%s/%s", folder, "h264.mp4");
	expect_lent_pictures_to_stay(text);
}

static void test_too_small_a_test_picture_is_refused(void **state)
{
	struct source_wish wish = {.width = 100, .height = 80};
	struct source *source;
	char error[SOURCE_ERROR_SIZE];

	(void)state;
	assert_int_equal(source_open(&source, "test:", &wish, error), -ERANGE);
	assert_non_null(strstr(error, "128x80"));
	source_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_of_many_kinds_are_played_at_their_own_times),
		cmocka_unit_test(test_variable_frame_times_are_kept),
		cmocka_unit_test(test_a_wished_rate_is_even_and_lasts_as_long),
		cmocka_unit_test(test_an_hour_at_a_wished_rate_has_exactly_its_pictures),
		cmocka_unit_test(test_a_loop_goes_on_with_rising_times),
		cmocka_unit_test(test_position_begins_again_with_each_round),
		cmocka_unit_test(test_pictures_fit_into_the_wished_size),
		cmocka_unit_test(test_a_file_that_was_cut_off_is_played_and_then_reported),
		cmocka_unit_test(test_what_cannot_be_played_is_refused_with_a_reason),
		cmocka_unit_test(test_test_source_makes_the_wished_pictures),
		cmocka_unit_test(test_unknown_sources_are_refused_and_the_known_are_named),
		cmocka_unit_test(test_lent_pictures_stay_as_they_are_and_are_bounded),
		cmocka_unit_test(test_too_small_a_test_picture_is_refused),
	};

	return cmocka_run_group_tests(tests, make_clips, remove_clips);
}
