/* SPDX-License-Identifier: MIT */
/* Every file that can be written is read back by libavformat: the same pictures at the same
 * times. */
#include "viewer/output.h"

#include <errno.h>
#include <fcntl.h>
#include <libavformat/avformat.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <turbojpeg.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAMES = 60, WIDTH = 160, HEIGHT = 90 };

static struct {
	uint8_t *data;
	unsigned long len;
	int64_t pts_us;
} pictures[FRAMES];

static char folder[] = "/tmp/spillway-test-XXXXXX";
static struct io *io;
static struct output_host host;
static int released = -1;

static void host_released(struct output *output, int result)
{
	(void)output;
	released = result;
	io_stop(io);
}

/* Noise, so that no two pictures have the same bytes; times between 1 ms and 0.4 s apart. */
static void make_pictures(void)
{
	static uint8_t rgb[WIDTH * HEIGHT * 3];
	tjhandle encoder = tjInitCompress();
	uint32_t seed = 1;
	int64_t pts_us = 123456789;

	for (int i = 0; i < FRAMES; i++) {
		for (size_t j = 0; j < sizeof(rgb); j++) {
			seed = seed * 1664525 + 1013904223;
			rgb[j] = (uint8_t)(seed >> 26 << 2);
		}
		assert_int_equal(tjCompress2(encoder, rgb, WIDTH, 0, HEIGHT, TJPF_RGB,
					     &pictures[i].data, &pictures[i].len, TJSAMP_420, 70,
					     0),
				 0);
		pictures[i].pts_us = pts_us;
		pts_us += 1000 + seed % 400 * 1000 + seed / 7 % 1000;
	}
	tjDestroy(encoder);
}

static struct frame frame_of(int i)
{
	return (struct frame){
		.header = {.length = (uint32_t)pictures[i].len,
			   .type = WIRE_FRAME,
			   .flags = WIRE_KEY,
			   .sequence = (uint64_t)i,
			   .pts_us = pictures[i].pts_us,
			   .capture_us = 1700000000000000 + pictures[i].pts_us},
		.data = pictures[i].data,
		.received_us = 1700000000000000 + pictures[i].pts_us,
		.first = i == 0,
	};
}

static int set_up(void **state)
{
	const char *why;

	(void)state;
	make_pictures();
	assert_non_null(mkdtemp(folder));
	assert_int_equal(io_create(&io, IO_BACKEND_EPOLL, &why), 0);
	host = (struct output_host){.io = io, .title = "cam", .released = host_released};
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < FRAMES; i++)
		tjFree(pictures[i].data);
	io_destroy(io);
	assert_int_equal(rmdir(folder), 0);
	return 0;
}

static const char *path_of(const char *ending)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/file%s", folder, ending);
	return path;
}

static struct output *open_output(const char *path)
{
	struct output *output;

	assert_non_null(output_for(path));
	assert_int_equal(output_for(path)->open(&host, path, &output), 0);
	return output;
}

static int close_output(struct output *output)
{
	int error = output->type->close(output);

	free(output);
	return error;
}

static void write_frames(struct output *output, int n)
{
	for (int i = 0; i < n; i++) {
		struct frame frame = frame_of(i);

		assert_int_equal(output->type->frame(output, &frame), OUTPUT_TAKEN);
	}
}

/* Reads a file back; checks each picture's bytes, and its time on a grid of 1/rate s. Returns how
 * many there are. */
static int check_file(const char *path, int rate)
{
	AVFormatContext *format = NULL;
	AVPacket *packet = av_packet_alloc();
	AVRational base;
	int64_t last = -1;
	int n = 0;

	av_log_set_level(AV_LOG_QUIET);
	assert_int_equal(avformat_open_input(&format, path, NULL, NULL), 0);
	assert_true(avformat_find_stream_info(format, NULL) >= 0);
	assert_int_equal(format->nb_streams, 1);
	assert_int_equal(format->streams[0]->codecpar->codec_id, AV_CODEC_ID_MJPEG);
	assert_int_equal(format->streams[0]->codecpar->width, WIDTH);
	assert_int_equal(format->streams[0]->codecpar->height, HEIGHT);
	base = format->streams[0]->time_base;
	while (av_read_frame(format, packet) == 0) {
		int64_t at = av_rescale_q(pictures[n].pts_us - pictures[0].pts_us,
					  (AVRational){1, 1000000}, (AVRational){1, rate});

		if (packet->size == 0) { /* of a constant rate */
			av_packet_unref(packet);
			continue;
		}
		if (at <= last)
			at = last + 1;
		last = at;
		assert_int_equal(packet->size, pictures[n].len);
		assert_memory_equal(packet->data, pictures[n].data, pictures[n].len);
		assert_int_equal(av_rescale_q(packet->pts, base, (AVRational){1, rate}), at);
		av_packet_unref(packet);
		n++;
	}
	av_packet_free(&packet);
	avformat_close_input(&format);
	return n;
}

static const struct {
	const char *ending;
	int rate;
} containers[] = {{".mkv", 1000}, {".mp4", 90000}, {".mov", 90000}, {".avi", 120}};
enum { CONTAINERS = sizeof(containers) / sizeof(containers[0]) };

static void test_every_container_keeps_pictures_and_times(void **state)
{
	(void)state;
	for (int i = 0; i < CONTAINERS; i++) {
		const char *path = path_of(containers[i].ending);
		struct output *output = open_output(path);

		write_frames(output, FRAMES);
		assert_int_equal(close_output(output), 0);
		assert_int_equal(check_file(path, containers[i].rate), FRAMES);
		unlink(path);
	}
}

static void test_a_full_disk_is_an_error_and_leaves_what_was_written(void **state)
{
	struct rlimit before, limit;
	size_t bytes = 0;

	(void)state;
	for (int i = 0; i < FRAMES; i++)
		bytes += pictures[i].len;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	for (int i = 0; i < CONTAINERS; i++) {
		const char *path = path_of(containers[i].ending);
		struct output *output = open_output(path);
		int n = 0, answer = 0, read;

		limit = (struct rlimit){bytes * 2 / 3 + 1234, before.rlim_max};
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		while (answer == 0 && n < FRAMES) {
			struct frame frame = frame_of(n++);

			answer = output->type->frame(output, &frame);
		}
		assert_int_equal(answer, -EFBIG);
		struct output_kept kept = output->kept;
		assert_int_equal(close_output(output), 0);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		read = check_file(path, containers[i].rate);
		assert_in_range(read, FRAMES / 2, n - 1);
		assert_int_equal(kept.frames, read);
		assert_int_equal(kept.us, pictures[read - 1].pts_us - pictures[0].pts_us);
		unlink(path);
	}
}

static void test_a_killed_recording_is_readable_up_to_its_last_second(void **state)
{
	(void)state;
	for (int i = 0; i < CONTAINERS; i++) {
		const char *path = path_of(containers[i].ending);
		int status, n = FRAMES - 1;
		pid_t child = fork();

		if (child == 0) {
			write_frames(open_output(path), FRAMES);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		while (n > 0 && pictures[FRAMES - 1].pts_us - pictures[n].pts_us < 1500000)
			n--;
		assert_in_range(check_file(path, containers[i].rate), n, FRAMES);
		unlink(path);
	}
}

static void test_another_clock_in_another_conversation_keeps_the_times_rising(void **state)
{
	const char *path = path_of(".mkv");
	struct output *output = open_output(path);
	struct frame frame = frame_of(0);

	(void)state;
	assert_int_equal(output->type->frame(output, &frame), OUTPUT_TAKEN);
	frame = frame_of(1);
	frame.first = true;
	frame.header.pts_us = 3; /* whatever it says, it came after as long as frame 1 */
	assert_int_equal(output->type->frame(output, &frame), OUTPUT_TAKEN);
	assert_int_equal(close_output(output), 0);
	assert_int_equal(check_file(path, 1000), 2);
	unlink(path);
}

static void test_a_long_gap_does_not_break_an_avi(void **state)
{
	const char *path = path_of(".avi");
	struct output *output = open_output(path);
	struct frame frame;
	struct stat status;

	(void)state;
	write_frames(output, 2);
	frame = frame_of(2);
	frame.header.pts_us += INT64_C(86400) * 1000000;
	assert_int_equal(output->type->frame(output, &frame), OUTPUT_TAKEN);
	assert_int_equal(close_output(output), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_true(status.st_size < 4 << 20);
	unlink(path);
}

static void test_what_is_no_jpeg_is_refused(void **state)
{
	static const uint8_t bytes[] = "GIF89a";
	const char *path = path_of(".mkv");
	struct output *output = open_output(path);
	struct frame frame = {.header = {.length = sizeof(bytes)}, .data = bytes};

	(void)state;
	assert_int_equal(output->type->frame(output, &frame), -EBADMSG);
	assert_int_equal(close_output(output), 0);
	unlink(path);
}

static size_t read_whole(const char *path, uint8_t *to, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t len;

	assert_non_null(file);
	len = fread(to, 1, size, file);
	fclose(file);
	return len;
}

static void test_mjpg_is_one_picture_behind_the_other(void **state)
{
	static uint8_t bytes[1 << 20];
	const char *path = path_of(".mjpg");
	struct output *output = open_output(path);
	size_t len, at = 0;

	(void)state;
	write_frames(output, 3);
	assert_int_equal(close_output(output), 0);
	len = read_whole(path, bytes, sizeof(bytes));
	for (int i = 0; i < 3; i++) {
		assert_memory_equal(bytes + at, pictures[i].data, pictures[i].len);
		at += pictures[i].len;
	}
	assert_int_equal(len, at);
	unlink(path);
}

static void test_a_full_pipe_holds_the_frame_until_it_is_read(void **state)
{
	static uint8_t bytes[1 << 20];
	const char *path = path_of(".mjpg");
	struct frame frame = frame_of(0);
	struct output *output;
	size_t sent = 0, read_len = 0;
	int fd;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	output = open_output(path);
	while (output->type->frame(output, &frame) == OUTPUT_TAKEN)
		sent += pictures[0].len;
	sent += pictures[0].len;
	assert_true(output->type->busy(output));
	while (read_len < sent) { /* what is in the pipe, then what comes when it is ready again */
		ssize_t n = read(fd, bytes + read_len, sizeof(bytes) - read_len);

		if (n < 0)
			assert_int_equal(io_run(io), 0);
		else
			read_len += (size_t)n;
	}
	if (released < 0)
		assert_int_equal(io_run(io), 0);
	assert_int_equal(released, 0);
	assert_int_equal(read_len, sent);
	for (size_t at = 0; at < sent; at += pictures[0].len)
		assert_memory_equal(bytes + at, pictures[0].data, pictures[0].len);

	while (output->type->frame(output, &frame) == OUTPUT_TAKEN)
		;
	output->type->cancel(output);
	assert_int_equal(io_run(io), 0);
	assert_int_equal(released, -ECANCELED);
	assert_int_equal(output->type->frame(output, &frame), -ECANCELED);
	assert_int_equal(close_output(output), 0);
	close(fd);
	unlink(path);
}

static void test_a_pipe_that_nobody_reads_is_an_error(void **state)
{
	const char *path = path_of(".mjpg");
	struct frame frame = frame_of(0);
	struct output *output;
	int fd;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	output = open_output(path);
	close(fd);
	assert_int_equal(output->type->frame(output, &frame), -EPIPE);
	assert_int_equal(close_output(output), 0);
	unlink(path);
}

static void test_jpg_appears_whole_and_is_all(void **state)
{
	static uint8_t bytes[1 << 20];
	const char *path = path_of(".jpg");
	struct output *output = open_output(path);
	struct frame frame = frame_of(4);

	(void)state;
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(output->type->frame(output, &frame), OUTPUT_COMPLETE);
	assert_int_equal(read_whole(path, bytes, sizeof(bytes)), pictures[4].len);
	assert_memory_equal(bytes, pictures[4].data, pictures[4].len);
	assert_int_equal(close_output(output), 0);
	unlink(path);

	output = open_output(path); /* without a frame nothing stays behind */
	assert_int_equal(close_output(output), 0);
}

static void test_endings_choose_the_output(void **state)
{
	(void)state;
	assert_ptr_equal(output_for("a.mkv"), &output_mux);
	assert_ptr_equal(output_for("a.jpg"), &output_jpeg);
	assert_ptr_equal(output_for("a.mjpeg"), &output_mjpeg);
	assert_null(output_for("a.webm"));
	assert_null(output_for("mkv"));
}

static void test_a_file_that_cannot_be_made_is_an_error_at_once(void **state)
{
	static const char *const endings[] = {".mkv", ".avi", ".jpg", ".mjpg"};
	struct output *output;
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		snprintf(path, sizeof(path), "%s/no/file%s", folder, endings[i]);
		assert_int_equal(output_for(path)->open(&host, path, &output), -ENOENT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_container_keeps_pictures_and_times),
		cmocka_unit_test(test_a_full_disk_is_an_error_and_leaves_what_was_written),
		cmocka_unit_test(test_a_killed_recording_is_readable_up_to_its_last_second),
		cmocka_unit_test(test_another_clock_in_another_conversation_keeps_the_times_rising),
		cmocka_unit_test(test_a_long_gap_does_not_break_an_avi),
		cmocka_unit_test(test_what_is_no_jpeg_is_refused),
		cmocka_unit_test(test_mjpg_is_one_picture_behind_the_other),
		cmocka_unit_test(test_a_full_pipe_holds_the_frame_until_it_is_read),
		cmocka_unit_test(test_a_pipe_that_nobody_reads_is_an_error),
		cmocka_unit_test(test_jpg_appears_whole_and_is_all),
		cmocka_unit_test(test_endings_choose_the_output),
		cmocka_unit_test(test_a_file_that_cannot_be_made_is_an_error_at_once),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
