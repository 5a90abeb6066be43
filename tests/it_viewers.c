/* SPDX-License-Identifier: MIT */
/* Many viewers, slow ones, and how they are told that it's over. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/harness_client.h"
#include "tests/harness_picture.h"

#define UPGRADE "Connection: Upgrade\r\nUpgrade: spillway/1\r\n"

enum { LARGE = 200000, CROWD = 1000 };

static bool is_said(struct relay *relay, const char *text)
{
	struct client *client = client_get(relay->harness, relay->port, "/api/streams", "", 200);
	bool said = strstr(client_body(client, NULL), text) != NULL;

	client_close(client);
	return said;
}

static void send_picture(struct client *publisher, struct picture picture, unsigned number)
{
	client_frame(publisher, picture.data, picture.len, (int64_t)number * 40000);
}

static struct wire_header expect_picture(struct client *viewer, struct picture picture)
{
	const char *data;
	struct wire_header header = client_next_frame(viewer, &data);

	if (!picture_equal(picture, data, header.length))
		harness_fail("frame %llu isn't the one that was published",
			     (unsigned long long)header.sequence);
	return header;
}

/* Publishes n large frames, and sees that `healthy` gets each of them. */
static void publish_large(struct client *publisher, struct client *healthy, unsigned first,
			  unsigned n)
{
	for (unsigned i = first; i < first + n; i++) {
		struct picture picture = picture_make_sized(publisher->harness, i, LARGE);

		send_picture(publisher, picture, i);
		assert_int_equal(expect_picture(healthy, picture).sequence, i);
	}
}

/* ---- slow viewers ---- */

static void test_stalled_viewer_is_closed_and_healthy_ones_get_everything(struct harness *h)
{
	struct relay *relay = relay_start(h, "--stall-timeout", "1", NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct client *healthy = client_watch(h, relay->port, "/cam");
	struct client *stalled[2] = {client_watch(h, relay->port, "/cam"),
				     client_parts(h, relay->port, "/cam", "")};
	unsigned n = 40;

	publish_large(publisher, healthy, 0, n);
	struct picture picture = picture_make_sized(h, 1, LARGE);
	int64_t deadline_us = harness_deadline_us();
	while (program_count_log(relay->program, "took nothing for") < 2) {
		send_picture(publisher, picture, n);
		assert_int_equal(expect_picture(healthy, picture).sequence, n++);
		harness_pause(deadline_us, "both stalled viewers to be closed", __FILE__, __LINE__);
	}
	wait_for(is_said(relay, "\"viewers\":1"));
	publish_large(publisher, healthy, n, 5);
	for (size_t i = 0; i < 2; i++) {
		client_read_all(stalled[i], NULL);
		assert_true(stalled[i]->ended);
	}
	char *metrics = client_body(client_get(h, relay->port, "/metrics", "", 200), NULL);
	assert_non_null(strstr(metrics, "\nspillway_stalled_viewers_total 2\n"));
}

/* Idle isn't stalled: when there is nothing to take, nobody can be late. */
static void test_viewer_of_a_still_picture_is_not_stalled(struct harness *h)
{
	struct relay *relay = relay_start(h, "--stall-timeout", "1", NULL);
	struct client *publisher = client_connect(h, relay->port), *viewer = NULL;

	client_request(publisher, "PUT", "/cam", "Content-Length: 1000000\r\n");
	for (unsigned i = 0; i < 3; i++) {
		struct picture picture = picture_make(h, i);

		client_send(publisher, picture.data, picture.len);
		if (i == 0)
			viewer = client_watch(h, relay->port, "/cam");
		if (i == 1) {
			usleep(1500000);
			program_signal(relay->program, SIGCONT);
		}
		expect_picture(viewer, picture);
		if (i == 0)
			program_signal(relay->program, SIGSTOP);
	}
	assert_int_equal(program_count_log(relay->program, "took nothing"), 0);
}

/*
 * What lay in its socket comes first, whole; then, without what was missed, the newest frame. The
 * presentation times say how much was missed.
 */
static void test_stalled_viewer_that_resumes_gets_a_current_frame(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct client *healthy = client_watch(h, relay->port, "/cam");
	struct client *stalled = client_watch(h, relay->port, "/cam");
	struct client *parts = client_parts(h, relay->port, "/cam", "");
	unsigned last = 59;
	const char *data;
	size_t len;

	wait_for(is_said(relay, "\"viewers\":3"));
	publish_large(publisher, healthy, 0, last + 1);
	unsigned n = 0;
	struct wire_header header;
	do {
		header = client_next_frame(stalled, &data);
		struct picture picture = picture_make_sized(h, (unsigned)header.sequence, LARGE);
		assert_true(picture_equal(picture, data, header.length));
		if (header.sequence != last)
			assert_int_equal(header.sequence, n);
	} while (n++, header.sequence < last);
	assert_true(n < last);
	assert_int_equal(header.flags, WIRE_KEY);
	for (unsigned i = 0; i < n; i++) {
		assert_true(client_next_part(parts, &data, &len));
		int number = picture_number(data, len);
		assert_int_equal(len, LARGE);
		if (number == (int)last)
			break;
		assert_int_equal(number, i);
	}
	/* Both are healthy again. */
	publish_large(publisher, healthy, last + 1, 1);
	struct picture picture = picture_make_sized(h, last + 1, LARGE);
	assert_int_equal(expect_picture(stalled, picture).sequence, last + 1);
}

/* ---- many viewers ---- */

/* So many connections may wait to be accepted. */
static bool backlog_is_large(struct harness *h)
{
	return atoi(harness_read(h, "/proc/sys/net/core/somaxconn", NULL)) >= CROWD + 100;
}

static void test_a_thousand_viewers_arrive_in_one_burst(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct client **crowd = harness_alloc(h, CROWD * sizeof(struct client *));
	struct picture still = picture_make(h, 0);
	const char *data;
	size_t len;

	send_picture(publisher, still, 0);
	client_get(h, relay->port, "/cam.jpg?wait=60", "", 200);
	/* While the relay stands still they all come, and ask. */
	bool at_once = backlog_is_large(h);
	if (at_once)
		program_signal(relay->program, SIGSTOP);
	for (size_t i = 0; i < CROWD; i++) {
		crowd[i] = client_connect(h, relay->port);
		client_request(crowd[i], "GET", "/cam", i % 2 == 0 ? UPGRADE : "");
	}
	program_signal(relay->program, SIGCONT);
	for (unsigned n = 0; n < 5; n++) {
		struct picture picture = n == 0 ? still : picture_make_sized(h, n, 8000);

		if (n > 0)
			send_picture(publisher, picture, n);
		for (size_t i = 0; i < CROWD; i++) {
			if (n == 0)
				assert_int_equal(client_head(crowd[i]), i % 2 == 0 ? 101 : 200);
			if (i % 2 == 0) {
				assert_int_equal(expect_picture(crowd[i], picture).sequence, n);
				continue;
			}
			if (n == 0)
				snprintf(crowd[i]->boundary, sizeof(crowd[i]->boundary), "--%s",
					 strstr(client_field(crowd[i], "Content-Type"), "=") + 1);
			assert_true(client_next_part(crowd[i], &data, &len));
			assert_true(picture_equal(picture, data, len));
		}
	}
	wait_for(is_said(relay, "\"viewers\":1000"));
	char *metrics = client_body(client_get(h, relay->port, "/metrics", "", 200), NULL);
	assert_non_null(strstr(metrics, "dropped_frames_total{reason=\"queue\"} 0\n"));
	/* And all leave in one. */
	client_close_all(h);
	wait_for(is_said(relay, "\"viewers\":0") || is_said(relay, "[]"));
}

/* ---- a still picture ---- */

static void test_still_picture_is_shown_to_newcomers_at_once(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct picture still = picture_make_sized(h, 3, 30000);
	const char *data;
	size_t len;

	send_picture(publisher, still, 0);
	client_get(h, relay->port, "/cam.jpg?wait=60", "", 200);
	for (int i = 0; i < 3; i++) {
		/* Nothing else comes, and nothing else is needed. */
		expect_picture(client_watch(h, relay->port, "/cam"), still);
		assert_true(
			client_next_part(client_parts(h, relay->port, "/cam", ""), &data, &len));
		assert_true(picture_equal(still, data, len));
		/* The next part's headers come with it: a browser shows it then. */
		assert_true(client_next_early(client_parts(h, relay->port, "/cam?early=1", ""),
					      &data, &len));
		assert_true(picture_equal(still, data, len));
		program_run(h, "spillway", "watch", "--io", h->io, "--out",
			    harness_path(h, "still.jpg"), relay_url(relay, "cam"), NULL);
		data = harness_read(h, harness_path(h, "still.jpg"), &len);
		assert_true(picture_equal(still, data, len));
	}
	/* Also while its publisher is away. */
	client_close(publisher);
	wait_for(is_said(relay, "lingering"));
	expect_picture(client_watch(h, relay->port, "/cam"), still);
}

/* ---- the end ---- */

static void expect_endings(struct client *native, struct client *parts, struct client *early,
			   const char *reason)
{
	const char *data;
	size_t len;

	assert_string_equal(client_end_sentence(native), reason);
	while (client_next_part(parts, &data, &len))
		;
	while (client_next_early(early, &data, &len))
		;
	assert_int_equal(len, 0);
}

static void test_linger_ends_with_a_proper_end(struct harness *h)
{
	struct relay *relay = relay_start(h, "--linger", "1", NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	const char *data;
	size_t len;

	send_picture(publisher, picture_make(h, 1), 0);
	struct client *native = client_watch(h, relay->port, "/cam");
	struct client *parts = client_parts(h, relay->port, "/cam", "");
	struct client *early = client_parts(h, relay->port, "/cam?early=1", "");
	client_next_frame(native, &data);
	client_next_part(parts, &data, &len);
	client_next_early(early, &data, &len);
	client_close(publisher);
	expect_endings(native, parts, early, "the stream has ended");
	client_get(h, relay->port, "/cam", "", 404);
	/* The next one begins from the beginning. */
	publisher = client_publish(h, relay->port, "/cam");
	send_picture(publisher, picture_make(h, 2), 0);
	struct wire_header header =
		expect_picture(client_watch(h, relay->port, "/cam"), picture_make(h, 2));
	assert_int_equal(header.sequence, 0);
	assert_int_equal(header.flags, WIRE_KEY);
}

static void test_publisher_that_returns_ends_the_lingering(struct harness *h)
{
	struct relay *relay = relay_start(h, "--linger", "1", NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");

	send_picture(publisher, picture_make(h, 1), 0);
	struct client *viewer = client_watch(h, relay->port, "/cam");
	expect_picture(viewer, picture_make(h, 1));
	int64_t left_us = harness_now_us();
	client_close(publisher);
	wait_for(is_said(relay, "lingering"));
	publisher = client_publish(h, relay->port, "/cam");
	if (harness_now_us() - left_us > 900000)
		harness_skip(h, "this machine is too busy");
	usleep(1500000); /* more than was left */
	send_picture(publisher, picture_make(h, 2), 0);
	assert_int_equal(expect_picture(viewer, picture_make(h, 2)).sequence, 1);
}

static bool is_refused(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int error = connect(fd, (struct sockaddr *)&address, sizeof(address));
	bool refused = error < 0 && errno == ECONNREFUSED;

	close(fd);
	return refused;
}

static void test_sigterm_lets_everybody_end_well(struct harness *h)
{
	/* The viewer that reads late has all the time it wants. */
	struct relay *relay = relay_start(h, "--drain-timeout", "3600", NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct client *native = client_watch(h, relay->port, "/cam");
	struct client *parts = client_parts(h, relay->port, "/cam", "");
	struct client *early = client_parts(h, relay->port, "/cam?early=1", "");
	struct client *late = client_watch(h, relay->port, "/cam");
	struct client *waiting = client_connect(h, relay->port);
	struct client *put = client_connect(h, relay->port);
	struct wire_header header;
	const char *data;
	size_t len;

	client_request(waiting, "GET", "/none?wait=300", "");
	client_request(put, "PUT", "/put", "Content-Length: 100000\r\n");
	client_print(put, "--x\r\n");
	wait_for(is_said(relay, "\"viewers\":4") && is_said(relay, "put"));
	/* All of them have what there is; but that the late one is in the middle of a frame. */
	for (unsigned i = 0; i < 30; i++) {
		struct picture picture = picture_make_sized(h, i, LARGE);

		send_picture(publisher, picture, i);
		expect_picture(native, picture);
		client_next_part(parts, &data, &len);
		client_next_early(early, &data, &len);
	}
	program_signal(relay->program, SIGTERM);
	expect_endings(native, parts, early, "the relay is shutting down");
	assert_string_equal(client_end_sentence(publisher), "the relay is shutting down");
	assert_int_equal(client_head(put), 503);
	assert_string_equal(client_body(put, NULL), "the relay is shutting down\n");
	client_expect_end(waiting);
	wait_for(is_refused(relay->port));
	/* Each of the frames that the late one gets is whole, the last one too; then the end. */
	int n = 0;
	while (client_next_record(late, &header, &data) && header.type == WIRE_FRAME) {
		assert_int_equal(picture_number(data, header.length), header.sequence);
		assert_int_equal(header.length, LARGE);
		n++;
	}
	assert_in_range(n, 1, 29);
	assert_int_equal(header.type, WIRE_END);
	client_expect_end(late);
	client_close_all(h);
	assert_int_equal(program_wait(relay->program), 0);
}

/* A stream that ends right behind its frames: all of them come before the ending. */
static void test_ending_comes_behind_what_is_queued(struct harness *h)
{
	enum { FRAMES = 8, BYTES = 8192 }; /* as many as may be queued */
	struct relay *relay = relay_start(h, "--linger", "0", "--max-lag", "60000", NULL);
	char *body = harness_alloc(h, FRAMES * BYTES);
	const char *data;
	size_t len;

	for (unsigned i = 0; i < FRAMES; i++)
		memcpy(body + i * BYTES, picture_make_sized(h, i, BYTES).data, BYTES);
	for (int i = 0; i < 5; i++) {
		struct client *put = client_connect(h, relay->port);

		client_request(put, "PUT", "/cam",
			       harness_format(h, "Content-Length: %d\r\n", FRAMES * BYTES));
		struct client *native = client_watch(h, relay->port, "/cam");
		struct client *parts = client_parts(h, relay->port, "/cam", "");
		wait_for(is_said(relay, "\"viewers\":2"));
		client_send(put, body, FRAMES * BYTES);
		for (unsigned j = 0; j < FRAMES; j++) {
			expect_picture(native, picture_make_sized(h, j, BYTES));
			assert_true(client_next_part(parts, &data, &len));
			assert_int_equal(picture_number(data, len), j);
		}
		assert_string_equal(client_end_sentence(native), "the stream has ended");
		assert_false(client_next_part(parts, &data, &len));
		client_close_all(h);
		wait_for(!is_said(relay, "\"cam\""));
	}
}

/* A viewer that has stopped, in the middle of a frame. */
static struct relay *start_with_a_stalled_viewer(struct harness *h, const char *drain_timeout)
{
	struct relay *relay =
		relay_start(h, "--drain-timeout", drain_timeout, "--stall-timeout", "3600", NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct client *healthy = client_watch(h, relay->port, "/cam");

	client_watch(h, relay->port, "/cam");
	wait_for(is_said(relay, "\"viewers\":2"));
	publish_large(publisher, healthy, 0, 30);
	client_close(publisher);
	client_close(healthy);
	wait_for(is_said(relay, "\"viewers\":1") && is_said(relay, "lingering"));
	return relay;
}

static void test_second_sigterm_ends_at_once(struct harness *h)
{
	struct relay *relay = start_with_a_stalled_viewer(h, "3600");

	program_signal(relay->program, SIGTERM);
	wait_for(is_refused(relay->port));
	assert_false(program_has_ended(relay->program));
	program_signal(relay->program, SIGTERM);
	assert_int_equal(program_wait(relay->program), 0);
}

static void test_drain_timeout_ends_what_is_left(struct harness *h)
{
	struct relay *relay = start_with_a_stalled_viewer(h, "1");

	relay_stop(relay);
}

/* All others wait for the next relay meanwhile. */
static void test_who_takes_nothing_does_not_hold_up_the_end(struct harness *h)
{
	struct relay *relay = start_with_a_stalled_viewer(h, "20");

	relay_stop(relay);
	assert_int_equal(program_count_log(relay->program, "took nothing for"), 1);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_stalled_viewer_is_closed_and_healthy_ones_get_everything),
		HARNESS_TEST(test_viewer_of_a_still_picture_is_not_stalled),
		HARNESS_TEST(test_stalled_viewer_that_resumes_gets_a_current_frame),
		HARNESS_TEST(test_a_thousand_viewers_arrive_in_one_burst),
		HARNESS_TEST(test_still_picture_is_shown_to_newcomers_at_once),
		HARNESS_TEST(test_linger_ends_with_a_proper_end),
		HARNESS_TEST(test_publisher_that_returns_ends_the_lingering),
		HARNESS_TEST(test_sigterm_lets_everybody_end_well),
		HARNESS_TEST(test_ending_comes_behind_what_is_queued),
		HARNESS_TEST(test_second_sigterm_ends_at_once),
		HARNESS_TEST(test_drain_timeout_ends_what_is_left),
		HARNESS_TEST(test_who_takes_nothing_does_not_hold_up_the_end),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
