/* SPDX-License-Identifier: MIT */
/* Publishing with native records, spillway-wire(7), and one publisher after another. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/harness_client.h"
#include "tests/harness_picture.h"

#define UPGRADE "Connection: Upgrade\r\nUpgrade: spillway/1\r\n"
#define NO_DROPS "--queue-frames", "200", "--max-lag", "60000"

/* A record with a type and fields of one's own. */
static void send_record(struct client *client, uint8_t type, uint16_t track, uint64_t sequence,
			const char *payload)
{
	struct wire_header header = {
		.length = (uint32_t)strlen(payload),
		.type = type,
		.track = track,
		.sequence = sequence,
		.pts_us = 123,
		.capture_us = 456,
	};

	client_record(client, &header, payload);
}

static void send_picture(struct client *publisher, struct picture picture, int64_t pts_us)
{
	client_frame(publisher, picture.data, picture.len, pts_us);
}

/* A viewer that waits for the stream, or has its newest frame. */
static struct wire_header expect_picture(struct client *viewer, struct picture picture)
{
	const char *data;
	struct wire_header header = client_next_frame(viewer, &data);

	if (!picture_equal(picture, data, header.length))
		harness_fail("frame %llu shows %d", (unsigned long long)header.sequence,
			     picture_number(data, header.length));
	return header;
}

/* ---- every viewer has the same bytes ---- */

enum { N_NATIVE = 3, N_PARTS = 3, N_EARLY = 2 };

/* "SEQUENCE PTS CAPTURE BYTES SHA-256", as `spillway watch --list-frames` prints a frame. */
static void expect_listed(struct program *watch, unsigned line, struct picture picture)
{
	char hash[PICTURE_HASH_SIZE], listed[PICTURE_HASH_SIZE];
	unsigned long long len;

	picture_hash(picture.data, picture.len, hash);
	wait_for(harness_count(watch->out, "\n") > line);
	char *text = program_output(watch);
	for (unsigned i = 0; i < line; i++)
		text = strchr(text, '\n') + 1;
	assert_int_equal(sscanf(text, "%*u %*d %*d %llu %64s", &len, listed), 2);
	assert_int_equal(len, picture.len);
	assert_string_equal(listed, hash);
}

static void test_payloads_are_equal_at_publisher_and_every_viewer(struct harness *h)
{
	static const size_t sizes[] = {8000, 300000, 12345, 65536, 3000000, 131072, 9000, 1000000};
	struct relay *relay = relay_start(h, NO_DROPS, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct client *native[N_NATIVE], *parts[N_PARTS], *early[N_EARLY];
	const char *data;
	size_t len;

	for (size_t i = 0; i < N_NATIVE; i++)
		native[i] = client_watch(h, relay->port, "/cam");
	for (size_t i = 0; i < N_PARTS; i++)
		parts[i] = client_parts(h, relay->port, i == 0 ? "/cam" : "/cam.mjpg", "");
	for (size_t i = 0; i < N_EARLY; i++)
		early[i] = client_parts(h, relay->port, "/cam.mjpg?early=1", "");
	struct program *watch =
		program_start(h, "spillway", "watch", "--io", h->io, "--list-frames", "--frames",
			      "24", relay_url(relay, "cam"), NULL);
	wait_for(strstr(client_body(client_get(h, relay->port, "/api/streams", "", 200), NULL),
			"\"viewers\":9") != NULL);
	/* One by one, so that nobody is behind. */
	for (unsigned i = 0; i < 24; i++) {
		struct picture picture = picture_make_sized(h, i, sizes[i % 8]);

		send_picture(publisher, picture, i * 40000);
		for (size_t j = 0; j < N_NATIVE; j++)
			expect_picture(native[j], picture);
		for (size_t j = 0; j < N_PARTS; j++) {
			assert_true(client_next_part(parts[j], &data, &len));
			assert_true(picture_equal(picture, data, len));
		}
		for (size_t j = 0; j < N_EARLY; j++) {
			assert_true(client_next_early(early[j], &data, &len));
			assert_true(picture_equal(picture, data, len));
		}
		expect_listed(watch, i, picture);
	}
	assert_int_equal(program_wait(watch), 0);
}

/* ---- records ---- */

/* A publisher is told of demand, too. */
static struct wire_header next_pong(struct client *client, const char **ret_data)
{
	struct wire_header header;

	do
		assert_true(client_next_record(client, &header, ret_data));
	while (header.type == WIRE_DEMAND);
	assert_int_equal(header.type, WIRE_PONG);
	return header;
}

static void test_ping_is_answered(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *client[2] = {client_publish(h, relay->port, "/cam")};
	struct picture picture = picture_make(h, 1);
	struct wire_header header;
	const char *data;

	send_picture(client[0], picture, 0);
	client[1] = client_watch(h, relay->port, "/cam");
	expect_picture(client[1], picture);
	for (size_t i = 0; i < 2; i++) {
		for (uint64_t j = 0; j < 3; j++) {
			/* What a PING carries may be for later versions to know. */
			send_record(client[i], WIRE_PING, 0, 1000 + j, j == 1 ? "later" : "");
			header = next_pong(client[i], &data);
			assert_int_equal(header.sequence, 1000 + j);
			assert_int_equal(header.pts_us, 123);
			assert_int_equal(header.capture_us, 456);
			assert_int_equal(header.length, 0);
		}
	}
}

static void test_records_may_come_byte_by_byte_or_with_the_request(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture picture = picture_make(h, 1);
	struct wire_header header = {
		.type = WIRE_FRAME, .flags = WIRE_KEY, .length = (uint32_t)picture.len};
	uint8_t bytes[WIRE_HEADER_SIZE];
	struct client *publisher = client_connect(h, relay->port);

	/* Behind the head without waiting for the answer: a frame and a half, … */
	wire_encode(&header, bytes);
	char *head = harness_format(h, "POST /cam HTTP/1.1\r\nHost: localhost\r\n%s\r\n", UPGRADE);
	size_t len = strlen(head);
	char *all = harness_alloc(h, len + 2 * (sizeof(bytes) + picture.len));
	memcpy(all, head, len);
	for (size_t i = 0; i < 2; i++) {
		header.pts_us = (int64_t)i * 40000;
		wire_encode(&header, bytes);
		memcpy(all + len, bytes, sizeof(bytes));
		memcpy(all + len + sizeof(bytes), picture.data, picture.len);
		len += sizeof(bytes) + picture.len;
	}
	client_send(publisher, all, len - 100);
	assert_int_equal(client_head(publisher), 101);
	struct client *viewer = client_watch(h, relay->port, "/cam");
	assert_int_equal(expect_picture(viewer, picture).sequence, 0);
	client_send(publisher, all + len - 100, 100);
	assert_int_equal(expect_picture(viewer, picture).sequence, 1);
	/* … and byte by byte. */
	header.pts_us = 80000;
	wire_encode(&header, bytes);
	for (size_t i = 0; i < sizeof(bytes); i++)
		client_send(publisher, bytes + i, 1);
	for (size_t i = 0; i < picture.len; i++)
		client_send(publisher, picture.data + i, 1);
	assert_int_equal(expect_picture(viewer, picture).sequence, 2);
}

/* Later versions have more types and more tracks; this one skips what it doesn't know. */
static void test_unknown_records_are_skipped(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct picture picture = picture_make(h, 1);
	char *large = harness_alloc(h, 100001);

	send_picture(publisher, picture, 0);
	struct client *viewer = client_watch(h, relay->port, "/cam");
	expect_picture(viewer, picture);
	memset(large, 'x', 100000);
	send_record(publisher, 0x02, 0, 0, large);
	send_record(publisher, 0x55, 0, 0, "something new");
	send_record(publisher, WIRE_FRAME, 1, 0, "sound, say");
	send_record(publisher, WIRE_PONG, 0, 0, "");
	send_picture(publisher, picture, 40000);
	assert_int_equal(expect_picture(viewer, picture).sequence, 1);
}

static void test_malformed_records_end_the_publisher(struct harness *h)
{
	static const struct {
		struct wire_header header;
		const char *sentence;
	} rows[] = {
		{{.type = 0}, "A record's header is malformed."},
		{{.type = WIRE_FRAME, .flags = 0x80, .length = 5},
		 "A record's header is malformed."},
		{{.type = WIRE_FRAME, .pts_us = -1, .length = 5},
		 "A record's header is malformed."},
		{{.type = WIRE_PING, .length = WIRE_MAX_CONTROL + 1},
		 "A record's header is malformed."},
		{{.type = WIRE_FRAME}, "A frame is empty."},
		{{.type = WIRE_FRAME, .length = 100 * 1024 + 1},
		 "The frame is over the limit of 102400 bytes."},
		{{.type = WIRE_FRAME, .length = 0xffffffff},
		 "The frame is over the limit of 102400 bytes."},
	};
	struct relay *relay = relay_start(h, "--max-frame", "100K", NULL);
	struct picture picture = picture_make(h, 1), large = picture_make_sized(h, 2, 100 * 1024);
	uint8_t bytes[WIRE_HEADER_SIZE];
	struct client *viewer = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct client *publisher = client_publish(h, relay->port, "/cam?takeover=1");

		send_picture(publisher, picture, 0);
		if (viewer == NULL)
			viewer = client_watch(h, relay->port, "/cam");
		assert_int_equal(expect_picture(viewer, picture).sequence, 2 * i);
		send_picture(publisher, large, 40000);
		assert_int_equal(expect_picture(viewer, large).sequence, 2 * i + 1);
		wire_encode(&rows[i].header, bytes);
		client_send(publisher, bytes, sizeof(bytes));
		/* It goes on for a while, as an agent that hasn't read the answer yet. */
		client_try_send(publisher, large.data, large.len);
		assert_string_equal(client_end_sentence(publisher), rows[i].sentence);
	}
	/* What is no picture is refused as well. */
	struct client *publisher = client_publish(h, relay->port, "/cam?takeover=1");
	client_frame(publisher, "no picture", 10, 0);
	assert_string_equal(client_end_sentence(publisher), "The frame is not a JPEG picture.");
}

static void test_frames_out_of_order_are_dropped_and_counted(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct picture picture = picture_make(h, 1);

	send_picture(publisher, picture, 1000000);
	struct client *viewer = client_watch(h, relay->port, "/cam");
	int64_t pts_us = expect_picture(viewer, picture).pts_us;
	send_picture(publisher, picture, 1000000); /* a repeat */
	send_picture(publisher, picture, 999999);  /* from before */
	send_picture(publisher, picture, 1040000);
	struct wire_header header = expect_picture(viewer, picture);
	assert_int_equal(header.sequence, 1);
	assert_int_equal(header.pts_us - pts_us, 40000); /* as it was at the publisher */
	char *text = client_body(client_get(h, relay->port, "/metrics", "", 200), NULL);
	assert_non_null(strstr(text, "\nspillway_refused_frames_total 2\n"));
}

static void test_capture_time_goes_through(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct picture picture = picture_make(h, 1);
	struct wire_header header = {.type = WIRE_FRAME,
				     .length = (uint32_t)picture.len,
				     .capture_us = 1700000000250000};

	client_record(publisher, &header, picture.data);
	struct client *viewer = client_watch(h, relay->port, "/cam");
	assert_int_equal(expect_picture(viewer, picture).capture_us, 1700000000250000);
	struct client *client = client_get(h, relay->port, "/cam.jpg?wait=60", "", 200);
	assert_string_equal(client_field(client, "X-Timestamp"), "1700000000.250000");
}

/* ---- one publisher after another ---- */

static void test_viewers_carry_on_over_many_publishers(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *viewer = NULL;
	int64_t pts_us = -1;
	uint64_t sequence = 0;

	for (unsigned i = 0; i < 6; i++) {
		struct client *publisher = client_publish(h, relay->port, "/cam");

		for (unsigned j = 0; j < 5; j++) {
			struct picture picture = picture_make(h, 10 * i + j);

			/* Each has a clock of its own, with any zero. */
			send_picture(publisher, picture,
				     (i % 2 == 0 ? 1000000000000 : 0) + j * 40000);
			if (viewer == NULL)
				viewer = client_watch(h, relay->port, "/cam");
			struct wire_header header = expect_picture(viewer, picture);
			bool change = i > 0 && j == 0;
			assert_int_equal(header.sequence, sequence++);
			assert_true(header.pts_us > pts_us);
			assert_int_equal(header.flags,
					 change ? WIRE_KEY | WIRE_DISCONTINUITY : WIRE_KEY);
			if (j > 0)
				assert_int_equal(header.pts_us - pts_us, 40000);
			pts_us = header.pts_us;
		}
		if (i % 3 == 0)
			send_record(publisher, WIRE_END, 0, 0, "that was it");
		if (i % 3 == 1)
			client_abort(publisher);
		else
			client_close(publisher);
		wait_for(program_count_log(relay->program, "its publisher has gone") == i + 1);
	}
}

/* Neither by a connection that breaks, nor by one that is replaced. */
static void test_half_a_frame_is_never_shown(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture first = picture_make(h, 1), half = picture_make_sized(h, 2, 200000);
	struct picture next = picture_make(h, 3);
	struct wire_header header = {
		.type = WIRE_FRAME, .length = (uint32_t)half.len, .pts_us = 40000};
	uint8_t bytes[WIRE_HEADER_SIZE];
	struct client *viewer = NULL;

	wire_encode(&header, bytes);
	for (size_t i = 0; i < 4; i++) {
		struct client *publisher = client_publish(h, relay->port, "/cam");

		send_picture(publisher, first, 0);
		if (viewer == NULL)
			viewer = client_watch(h, relay->port, "/cam");
		assert_int_equal(expect_picture(viewer, first).sequence, 2 * i);
		client_send(publisher, bytes, sizeof(bytes));
		client_send(publisher, half.data, half.len - 1);
		if (i == 0)
			client_close(publisher);
		else if (i == 1)
			client_abort(publisher);
		struct client *other = client_publish(h, relay->port, "/cam?takeover=1");
		send_picture(other, next, 0);
		header = expect_picture(viewer, next);
		assert_int_equal(header.sequence, 2 * i + 1);
		assert_int_equal(header.flags & WIRE_DISCONTINUITY, WIRE_DISCONTINUITY);
		if (i >= 2)
			assert_string_equal(client_end_sentence(publisher),
					    "Another publisher has taken over.");
		client_close(other);
		size_t gone = 2 * (i + 1);
		wait_for(program_count_log(relay->program, "its publisher has gone") == gone);
	}
}

/* The status that a POST to be the publisher gets; the client stays open when it is 101. */
static int try_to_publish(struct relay *relay, struct client **ret_client)
{
	*ret_client = client_connect(relay->harness, relay->port);
	client_request(*ret_client, "POST", "/cam", UPGRADE);
	return client_head(*ret_client);
}

/* Both requests lie there when the relay looks: one is told 101, or 100, the other 409 and no
 * more. */
static void test_of_two_publishers_at_once_one_is_refused(struct harness *h)
{
	struct relay *relay = relay_start(h, "--workers", "1", NULL);
	static const struct {
		const char *method, *fields;
		int first;
	} kinds[] = {
		{"POST", UPGRADE, 101},
		{"PUT", "Content-Length: 100000\r\nExpect: 100-continue\r\n", 100},
	};

	for (size_t i = 0; i < 4; i++) {
		char *target = harness_format(h, "/cam/%zu", i);
		struct client *both[2];
		int status[2];

		/* Accepted, when the relay stands still. */
		for (size_t j = 0; j < 2; j++)
			both[j] = client_connect(h, relay->port);
		client_close(client_get(h, relay->port, "/healthz", "", 200));
		program_signal(relay->program, SIGSTOP);
		for (size_t j = 0; j < 2; j++)
			client_request(both[j], kinds[(i >> j) & 1].method, target,
				       kinds[(i >> j) & 1].fields);
		program_signal(relay->program, SIGCONT);
		for (size_t j = 0; j < 2; j++)
			status[j] = client_head(both[j]);
		size_t won = status[0] == 409 ? 1 : 0;
		assert_int_equal(status[won], kinds[(i >> won) & 1].first);
		assert_int_equal(status[1 - won], 409);
		assert_string_equal(client_body(both[1 - won], NULL),
				    "The stream has a live publisher already.\n");
		client_expect_end(both[1 - won]);
	}
}

static void test_silent_publisher_is_replaced(struct harness *h)
{
	struct relay *relay = relay_start(h, "--publisher-timeout", "1", NULL);
	struct client *silent = client_publish(h, relay->port, "/cam"), *next;
	struct picture first = picture_make(h, 1), other = picture_make(h, 2);

	send_picture(silent, first, 0);
	struct client *viewer = client_watch(h, relay->port, "/cam");
	expect_picture(viewer, first);
	while (try_to_publish(relay, &next) != 101)
		client_close(next);
	send_picture(next, other, 0);
	assert_int_equal(expect_picture(viewer, other).flags, WIRE_KEY | WIRE_DISCONTINUITY);
	assert_string_equal(client_end_sentence(silent), "Another publisher has taken over.");
}

/* A still picture may be all that an agent has to show, but it is alive. */
static void test_publisher_that_pings_is_not_replaced(struct harness *h)
{
	enum { TIMEOUT_US = 1000000 };
	struct relay *relay = relay_start(h, "--publisher-timeout", "1", NULL);
	struct client *quiet = client_publish(h, relay->port, "/cam"), *other;
	int64_t until_us = harness_now_us() + 3 * TIMEOUT_US / 2;
	const char *data;

	while (harness_now_us() < until_us) {
		int64_t pinged_us = harness_now_us();

		send_record(quiet, WIRE_PING, 0, 1, "");
		next_pong(quiet, &data);
		int status = try_to_publish(relay, &other);
		/* On a machine that stood still meanwhile, it is rightly replaced. */
		if (harness_now_us() - pinged_us > TIMEOUT_US / 2)
			harness_skip(h, "this machine is too busy");
		assert_int_equal(status, 409);
		client_close(other);
	}
}

static void test_stream_of_a_publisher_without_frames_waits_for_the_first(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct picture picture = picture_make(h, 1);
	const char *data;
	size_t len;

	struct client *viewer = client_watch(h, relay->port, "/cam");
	struct client *early = client_parts(h, relay->port, "/cam?early=1", "");
	client_get(h, relay->port, "/cam.jpg", "", 404);
	send_picture(publisher, picture, 0);
	assert_int_equal(expect_picture(viewer, picture).sequence, 0);
	assert_true(client_next_early(early, &data, &len));
	assert_true(picture_equal(picture, data, len));
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_payloads_are_equal_at_publisher_and_every_viewer),
		HARNESS_TEST(test_ping_is_answered),
		HARNESS_TEST(test_records_may_come_byte_by_byte_or_with_the_request),
		HARNESS_TEST(test_unknown_records_are_skipped),
		HARNESS_TEST(test_malformed_records_end_the_publisher),
		HARNESS_TEST(test_frames_out_of_order_are_dropped_and_counted),
		HARNESS_TEST(test_capture_time_goes_through),
		HARNESS_TEST(test_viewers_carry_on_over_many_publishers),
		HARNESS_TEST(test_half_a_frame_is_never_shown),
		HARNESS_TEST(test_of_two_publishers_at_once_one_is_refused),
		HARNESS_TEST(test_silent_publisher_is_replaced),
		HARNESS_TEST(test_publisher_that_pings_is_not_replaced),
		HARNESS_TEST(test_stream_of_a_publisher_without_frames_waits_for_the_first),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
