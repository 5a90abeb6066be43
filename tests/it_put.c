/* SPDX-License-Identifier: MIT */
/* Publishing with ordinary tools: PUT as ffmpeg, curl and others really send it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jpeg.h"
#include "tests/harness_client.h"
#include "tests/harness_picture.h"

enum { N_PICTURES = 5, MAX_FRAMES = 64 };

/* So that nothing is dropped on a machine that is slow. */
#define NO_DROPS "--queue-frames", "200", "--max-lag", "60000"

struct frames {
	size_t n;
	struct picture frames[MAX_FRAMES];
};

/* ---- bodies ---- */

/* '#' stands for the picture's length. */
static const struct variant {
	const char *name, *fields, *preamble, *before, *after, *closing;
} variants[] = {
	{"ffmpeg", "", "", "--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: #\r\n\r\n",
	 "\r\n", ""},
	{"a closing boundary", "Content-Type: multipart/x-mixed-replace; boundary=x\r\n", "",
	 "--x\r\nContent-Type: image/jpeg\r\nContent-Length: #\r\n\r\n", "\r\n", "--x--\r\n"},
	{"no lengths", "Content-Type: multipart/x-mixed-replace; boundary=frame\r\n", "",
	 "--frame\r\nContent-Type: image/jpeg\r\n\r\n", "\r\n", "--frame--\r\n"},
	{"no lengths, no closing boundary", "", "", "--frame\r\nContent-Type: image/jpeg\r\n\r\n",
	 "\r\n", ""},
	{"only LF", "", "", "--b\nContent-Type: image/jpeg\nContent-Length: #\n\n", "\n",
	 "--b--\n"},
	{"only LF, no lengths", "Content-Type: multipart/x-mixed-replace; boundary=b\r\n", "",
	 "--b\nContent-Type: image/jpeg\n\n", "\n", "--b--\n"},
	{"hyphens in the parameter", "Content-Type: multipart/x-mixed-replace;boundary=--cam\r\n",
	 "", "--cam\r\nCONTENT-TYPE:image/jpeg\r\nCONTENT-LENGTH:#\r\n\r\n", "\r\n", ""},
	{"quotes and a preamble", "Content-Type: multipart/mixed; boundary=\"a b\"\r\n",
	 "This is a camera.\r\n", "--a b\r\nContent-Length: #\r\n\r\n", "\r\n", "--a b--\r\n"},
	{"a part's other fields", "", "",
	 "--x\r\nX-Timestamp: 1700000000.5\r\nX-Odd: yes\r\nContent-Length: #\r\n\r\n", "\r\n", ""},
	{"no part headers", "Content-Type: multipart/x-mixed-replace; boundary=x\r\n", "",
	 "--x\r\n\r\n", "\r\n", ""},
	{"rubbish behind pictures", "Content-Type: multipart/x-mixed-replace; boundary=x\r\n", "",
	 "--x\r\nContent-Type: image/jpeg\r\n\r\n", "\1\2\3\4 and padding\r\n", "--x--\r\n"},
	{"bare pictures", "", "", "", "", ""},
	{"bare pictures, image/jpeg", "Content-Type: image/jpeg\r\n", "", "", "", ""},
	{"bare pictures, octets", "Content-Type: application/octet-stream\r\n", "", "", "", ""},
	{"multipart, octets", "Content-Type: application/octet-stream\r\n", "",
	 "--x\r\nContent-Length: #\r\n\r\n", "\r\n", ""},
};

static const struct cut {
	size_t chunk; /* bytes of body in each; 0: Content-Length */
	size_t piece; /* bytes of each send */
} cuts[] = {{0, 1 << 20}, {0, 1},	{0, 700},	{1, 1 << 20},
	    {3, 5},	  {1000, 1448}, {32768, 32768}, {100, 7}};

static void add_text(FILE *out, const char *text, size_t picture_len)
{
	for (; *text != '\0'; text++) {
		if (*text == '#')
			fprintf(out, "%zu", picture_len);
		else
			fputc(*text, out);
	}
}

/* A whole request, malloc()ed. */
static char *make_request(const struct variant *variant, const struct cut *cut,
			  const struct picture pictures[N_PICTURES], size_t *ret_len)
{
	char *body = NULL, *request = NULL;
	size_t body_len = 0;
	FILE *out = open_memstream(&body, &body_len);

	add_text(out, variant->preamble, 0);
	for (size_t i = 0; i < N_PICTURES; i++) {
		add_text(out, variant->before, pictures[i].len);
		fwrite(pictures[i].data, 1, pictures[i].len, out);
		add_text(out, variant->after, 0);
	}
	add_text(out, variant->closing, 0);
	fclose(out);
	out = open_memstream(&request, ret_len);
	fprintf(out, "PUT /cam HTTP/1.1\r\nHost: localhost\r\n%s", variant->fields);
	if (cut->chunk == 0) {
		fprintf(out, "Content-Length: %zu\r\n\r\n", body_len);
		fwrite(body, 1, body_len, out);
	} else {
		fputs("Transfer-Encoding: chunked\r\n\r\n", out);
		for (size_t at = 0; at < body_len; at += cut->chunk) {
			size_t len = body_len - at < cut->chunk ? body_len - at : cut->chunk;

			fprintf(out, "%zx\r\n", len);
			fwrite(body + at, 1, len, out);
			fputs("\r\n", out);
		}
		fputs("0\r\n\r\n", out);
	}
	fclose(out);
	free(body);
	return request;
}

/* A stream with one frame that lingers, and a viewer that has that frame. */
static struct client *watch_still(struct relay *relay)
{
	struct harness *h = relay->harness;
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct picture picture = picture_make(h, 9999);
	const char *data;

	client_frame(publisher, picture.data, picture.len, 0);
	struct client *viewer = client_watch(h, relay->port, "/cam");
	client_next_frame(viewer, &data);
	client_close(publisher);
	program_wait_log(relay->program, "its publisher has gone");
	return viewer;
}

static void test_bodies_may_be_cut_anywhere(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct client *viewer = watch_still(relay);
	struct picture pictures[N_PICTURES];
	uint64_t sequence = 0;
	int64_t pts_us = 0;

	for (unsigned i = 0; i < N_PICTURES; i++)
		pictures[i] = i == 2 ? picture_make_sized(h, i, 9000) : picture_make(h, i);
	for (size_t i = 0; i < sizeof(variants) / sizeof(*variants) * 8; i++) {
		const struct variant *variant = &variants[i / 8];
		const struct cut *cut = &cuts[i % 8];
		size_t len;
		char *request = make_request(variant, cut, pictures, &len);
		struct client *put = client_connect(h, relay->port);

		for (size_t at = 0; at < len; at += cut->piece)
			client_send(put, request + at,
				    len - at < cut->piece ? len - at : cut->piece);
		free(request);
		client_head(put);
		char *body = client_body(put, NULL);
		if (strcmp(body, "5 frames published\n") != 0)
			harness_fail("%s, chunks of %zu, pieces of %zu: %s", variant->name,
				     cut->chunk, cut->piece, body);
		client_close(put);
		for (size_t j = 0; j < N_PICTURES; j++) {
			const char *data;
			struct wire_header header = client_next_frame(viewer, &data);

			assert_true(picture_equal(pictures[j], data, header.length));
			assert_int_equal(header.sequence, ++sequence);
			assert_true(header.pts_us > pts_us);
			assert_int_equal(header.flags,
					 j == 0 ? WIRE_KEY | WIRE_DISCONTINUITY : WIRE_KEY);
			pts_us = header.pts_us;
		}
	}
}

static void test_picture_without_length_is_shown_before_the_next_boundary(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *viewer = watch_still(relay);
	struct picture picture = picture_make(h, 5);
	const char *data;

	struct client *put = client_connect(h, relay->port);
	client_request(put, "PUT", "/cam",
		       "Content-Type: multipart/x-mixed-replace; boundary=x\r\n"
		       "Content-Length: 1000000\r\n");
	client_print(put, "--x\r\nContent-Type: image/jpeg\r\n\r\n");
	client_send(put, picture.data, picture.len);
	struct wire_header header = client_next_frame(viewer, &data);
	assert_true(picture_equal(picture, data, header.length));
}

static void test_broken_body_keeps_what_came_before(struct harness *h)
{
	static const struct {
		const char *bytes, *sentence;
	} rows[] = {
		{"--x\r\nContent-Length: 4\r\n\r\nJFIF\r\n", "The frame is not a JPEG picture.\n"},
		{"--x\r\nContent-Length: lots\r\n\r\n", "The multipart body is malformed"},
		{"--x\r\n\r\n\xff\xd8 no picture", "The body is not a JPEG picture.\n"},
		{"--x\r\n\r\n\xff\xd8\xff\xe0\x00", NULL}, /* the connection breaks */
	};
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct client *viewer = watch_still(relay);
	struct picture picture = picture_make(h, 5);
	const char *data;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct client *put = client_connect(h, relay->port);

		client_request(put, "PUT", "/cam", "Content-Length: 1000000\r\n");
		client_print(put, "--x\r\nContent-Length: %zu\r\n\r\n", picture.len);
		client_send(put, picture.data, picture.len);
		client_print(put, "\r\n%s", rows[i].bytes);
		struct wire_header header = client_next_frame(viewer, &data);
		assert_true(picture_equal(picture, data, header.length));
		assert_int_equal(header.sequence, i + 1);
		if (rows[i].sentence != NULL) {
			assert_in_range(client_head(put), 400, 415);
			char *body = client_body(put, NULL);
			if (strncmp(body, rows[i].sentence, strlen(rows[i].sentence)) != 0)
				harness_fail("\"%s\" instead of \"%s\"", body, rows[i].sentence);
		}
		client_abort(put);
		size_t gone = i + 2;
		wait_for(program_count_log(relay->program, "its publisher has gone") == gone);
	}
}

static void test_continue_is_said_before_the_body_comes(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture picture = picture_make(h, 5);
	struct client *put = client_connect(h, relay->port);
	char *fields =
		harness_format(h, "Expect: 100-continue\r\nContent-Length: %zu\r\n", picture.len);

	client_request(put, "PUT", "/cam", fields);
	assert_int_equal(client_head(put), 100);
	client_send(put, picture.data, picture.len);
	assert_int_equal(client_head(put), 200);
	assert_string_equal(client_body(put, NULL), "1 frames published\n");
	/* Or the answer that it would get later; the body needn't come then. */
	client_publish(h, relay->port, "/taken");
	program_wait_log(relay->program, "stream taken: published");
	put = client_connect(h, relay->port);
	client_request(put, "PUT", "/taken", fields);
	assert_int_equal(client_head(put), 409);
	put = client_connect(h, relay->port);
	client_request(put, "PUT", "/cam",
		       "Expect: 100-continue\r\nContent-Type: video/mp4\r\n"
		       "Content-Length: 10\r\n");
	assert_int_equal(client_head(put), 415);
}

/* ---- files of pictures ---- */

/* The pictures in bytes that hold nothing else. */
static struct frames split(const char *data, size_t len)
{
	struct frames frames = {0};

	while (len > 0) {
		struct jpeg_scan scan = {0};
		size_t used;

		if (jpeg_scan(&scan, (const uint8_t *)data, len, &used) != 1)
			harness_fail("%zu bytes behind picture %zu are no picture", len, frames.n);
		assert_true(frames.n < MAX_FRAMES);
		frames.frames[frames.n++] = (struct picture){data, used};
		data += used;
		len -= used;
	}
	return frames;
}

/* Small enough that a viewer's socket takes all of them, read or not. */
static char *make_clip(struct harness *h, struct frames *ret_frames)
{
	char *path = harness_path(h, "clip.mjpg");
	size_t len;

	program_run(h, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=160x120:r=25",
		    "-frames:v", "20", "-c:v", "mjpeg", "-q:v", "8", "-f", "mjpeg", path, NULL);
	char *data = harness_read(h, path, &len);
	*ret_frames = split(data, len);
	assert_int_equal(ret_frames->n, 20);
	assert_true(len < 100000);
	return path;
}

/* The frames, each once, in order, behind the still one. */
static void expect_native(struct client *viewer, const struct frames *frames)
{
	for (size_t i = 0; i < frames->n; i++) {
		const char *data;
		struct wire_header header = client_next_frame(viewer, &data);

		if (!picture_equal(frames->frames[i], data, header.length))
			harness_fail("picture %zu isn't what was published", i);
	}
}

static void test_curl_publishes_a_picture_and_a_file_of_pictures(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct client *viewer = watch_still(relay);
	struct picture still = picture_make_sized(h, 5, 20000);
	char *path = harness_write(h, "still.jpg", still.data, still.len);
	struct frames frames;
	const char *data;

	char *clip = make_clip(h, &frames);
	program_run(h, "curl", "-sS", "--fail", "-T", path, relay_http(relay, "/cam"), NULL);
	struct wire_header header = client_next_frame(viewer, &data);
	assert_true(picture_equal(still, data, header.length));
	struct program *curl = program_run(h, "curl", "-sS", "--fail", "-T", clip,
					   relay_http(relay, "/cam"), NULL);
	assert_string_equal(program_output(curl), "20 frames published\n");
	expect_native(viewer, &frames);
	/* From a pipe, of unknown length: in chunks. */
	curl = program_run(h, "sh", "-c",
			   harness_format(h, "cat %s | curl -sS --fail -T - %s", clip,
					  relay_http(relay, "/cam")),
			   NULL);
	assert_string_equal(program_output(curl), "20 frames published\n");
	expect_native(viewer, &frames);
}

/* ffmpeg in; curl, ffmpeg, spillway watch and our own clients out: all have the same bytes. */
static void test_ffmpeg_publishes_and_everybody_has_the_same_bytes(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, "--linger", "1", NULL);
	char *curl_out = harness_path(h, "curl.out"), *ffmpeg_out = harness_path(h, "ffmpeg.mjpg");
	char *watch_out = harness_path(h, "watch.mjpg");
	struct frames frames;
	const char *data;
	size_t len;

	char *clip = make_clip(h, &frames);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct picture still = picture_make(h, 1);
	client_frame(publisher, still.data, still.len, 0);
	struct client *viewer = client_watch(h, relay->port, "/cam");
	struct client *parts = client_parts(h, relay->port, "/cam", "");
	struct client *early = client_parts(h, relay->port, "/cam?early=1", "");
	struct program *curl = program_start(h, "curl", "-sS", "-N", "-o", curl_out,
					     relay_http(relay, "/cam.mjpg"), NULL);
	struct program *ffmpeg =
		program_start(h, "ffmpeg", "-v", "error", "-i", relay_http(relay, "/cam"), "-c",
			      "copy", "-f", "mjpeg", ffmpeg_out, NULL);
	struct program *watch =
		program_start(h, "spillway", "watch", "--io", h->io, "--no-reconnect", "--out",
			      watch_out, relay_url(relay, "cam"), NULL);
	wait_for(strstr(client_body(client_get(h, relay->port, "/api/streams", "", 200), NULL),
			"\"viewers\":6") != NULL);
	program_run(h, "ffmpeg", "-v", "error", "-i", clip, "-c", "copy", "-f", "mpjpeg", "-method",
		    "PUT", relay_http(relay, "/cam?takeover=1"), NULL);

	client_next_frame(viewer, &data);
	expect_native(viewer, &frames);
	client_next_part(parts, &data, &len);
	client_next_early(early, &data, &len);
	for (size_t i = 0; i < frames.n; i++) {
		assert_true(client_next_part(parts, &data, &len));
		assert_true(picture_equal(frames.frames[i], data, len));
		assert_true(client_next_early(early, &data, &len));
		assert_true(picture_equal(frames.frames[i], data, len));
	}
	/* All are told of the end. */
	assert_string_equal(client_end_sentence(viewer), "the stream has ended");
	assert_false(client_next_part(parts, &data, &len));
	assert_false(client_next_early(early, &data, &len));
	assert_int_equal(program_wait(curl), 0);
	assert_int_equal(program_wait(ffmpeg), 0);
	program_wait(watch);
	for (size_t i = 0; i < 2; i++) {
		data = harness_read(h, i == 0 ? ffmpeg_out : watch_out, &len);
		struct frames got = split(data, len);

		assert_int_equal(got.n, frames.n + 1);
		for (size_t j = 0; j < frames.n; j++)
			assert_true(picture_equal(frames.frames[j], got.frames[j + 1].data,
						  got.frames[j + 1].len));
	}
	for (size_t i = 0; i < frames.n; i++) {
		char hash[PICTURE_HASH_SIZE];
		char *file = harness_read(h, curl_out, &len);

		picture_hash(frames.frames[i].data, frames.frames[i].len, hash);
		if (memmem(file, len, frames.frames[i].data, frames.frames[i].len) == NULL)
			harness_fail("curl hasn't got frame %zu, %s", i, hash);
	}
}

/* The lines of the issue that asked for all this, as they stand there. */
static void test_ffmpeg_re_publishes_and_ffprobe_sees_it(struct harness *h)
{
	struct relay *relay = relay_start(h, NO_DROPS, "--linger", "1", NULL);
	char *clip = harness_path(h, "clip.mp4");

	program_run(h, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=160x120:r=25",
		    "-frames:v", "25", clip, NULL);
	struct program *probe =
		program_start(h, "sh", "-c",
			      harness_format(h, "curl -sN '%s' | ffprobe -v error -show_streams -",
					     relay_http(relay, "/clip.mjpg?wait=60")),
			      NULL);
	program_run(h, "ffmpeg", "-v", "error", "-re", "-i", clip, "-f", "mpjpeg", "-method", "PUT",
		    relay_http(relay, "/clip"), NULL);
	assert_int_equal(program_wait(probe), 0);
	char *seen = program_output(probe);
	assert_non_null(strstr(seen, "codec_name=mjpeg"));
	assert_non_null(strstr(seen, "width=160"));
	assert_non_null(strstr(seen, "height=120"));
}

static void test_ffmpeg_shows_why_it_was_refused(struct harness *h)
{
	struct relay *relay = relay_start(h, "--publish", "key", NULL);
	struct frames frames;
	char *clip = make_clip(h, &frames);

	struct program *ffmpeg =
		program_start(h, "ffmpeg", "-v", "warning", "-stream_loop", "100", "-i", clip, "-c",
			      "copy", "-f", "mpjpeg", "-method", "PUT", "-send_expect_100", "1",
			      relay_http(relay, "/cam"), NULL);
	assert_int_not_equal(program_wait(ffmpeg), 0);
	assert_true(program_count_log(ffmpeg, "401") > 0);
	/* Where it is allowed, the same line works. */
	relay = relay_start(h, NULL);
	program_run(h, "ffmpeg", "-v", "error", "-i", clip, "-c", "copy", "-f", "mpjpeg", "-method",
		    "PUT", "-send_expect_100", "1", relay_http(relay, "/cam"), NULL);
	client_get(h, relay->port, "/cam.jpg?wait=60", "", 200);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_bodies_may_be_cut_anywhere),
		HARNESS_TEST(test_picture_without_length_is_shown_before_the_next_boundary),
		HARNESS_TEST(test_broken_body_keeps_what_came_before),
		HARNESS_TEST(test_continue_is_said_before_the_body_comes),
		HARNESS_TEST(test_curl_publishes_a_picture_and_a_file_of_pictures),
		HARNESS_TEST(test_ffmpeg_publishes_and_everybody_has_the_same_bytes),
		HARNESS_TEST(test_ffmpeg_re_publishes_and_ffprobe_sees_it),
		HARNESS_TEST(test_ffmpeg_shows_why_it_was_refused),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
