/* SPDX-License-Identifier: MIT */
/* Frames that are due together leave in one send, whole and in order. */
#include <string.h>
#include <sys/socket.h>

#include "tests/harness_client.h"
#include "tests/harness_control.h"
#include "tests/harness_picture.h"

enum { TOGETHER = 3, ROUNDS = 3 };

struct crowd {
	struct client *publisher, *native, *parts, *early;
	unsigned n; /* published */
};

/* All in one piece, so that they come within the time however slow the publisher is. */
static size_t publish_together(struct crowd *crowd, struct picture pictures[TOGETHER])
{
	struct harness *harness = crowd->publisher->harness;
	size_t len = 0, used = 0;

	for (unsigned i = 0; i < TOGETHER; i++) {
		pictures[i] = picture_make(harness, crowd->n + i);
		len += WIRE_HEADER_SIZE + pictures[i].len;
	}
	uint8_t *bytes = harness_alloc(harness, len);
	for (unsigned i = 0; i < TOGETHER; i++) {
		struct wire_header header = {.length = (uint32_t)pictures[i].len,
					     .type = WIRE_FRAME,
					     .flags = WIRE_KEY,
					     .pts_us = (int64_t)crowd->n++ * 1000};

		wire_encode(&header, bytes + used);
		memcpy(bytes + used + WIRE_HEADER_SIZE, pictures[i].data, pictures[i].len);
		used += WIRE_HEADER_SIZE + pictures[i].len;
	}
	client_send(crowd->publisher, bytes, len);
	return len;
}

/* Bytes that lie in the socket as soon as there are any. */
static size_t first_bytes(struct client *viewer, size_t at_most)
{
	char *bytes = harness_alloc(viewer->harness, at_most);

	assert_true(client_readable(viewer, HARNESS_DEADLINE_S * 1000));
	ssize_t n = recv(viewer->fd, bytes, at_most, MSG_PEEK);
	assert_true(n > 0);
	return (size_t)n;
}

static void expect_all(const struct crowd *crowd, const struct picture pictures[TOGETHER])
{
	const char *data;
	size_t len;

	for (unsigned i = 0; i < TOGETHER; i++) {
		struct wire_header header = client_next_frame(crowd->native, &data);
		assert_int_equal(header.sequence, crowd->n - TOGETHER + i);
		assert_true(picture_equal(pictures[i], data, header.length));
		assert_true(client_next_part(crowd->parts, &data, &len));
		assert_true(picture_equal(pictures[i], data, len));
		assert_true(client_next_early(crowd->early, &data, &len));
		assert_true(picture_equal(pictures[i], data, len));
	}
}

/* All have seen a picture: who was let in on a busy machine may not have come to the stream yet,
 * and would begin with the newest of several. */
static struct crowd gather(const struct relay *relay)
{
	struct harness *h = relay->harness;
	struct crowd crowd = {.publisher = client_publish(h, relay->port, "/cam"), .n = 1};
	struct picture first = picture_make(h, 0);
	const char *data;
	size_t len;

	crowd.native = client_watch(h, relay->port, "/cam");
	crowd.parts = client_parts(h, relay->port, "/cam", "");
	crowd.early = client_parts(h, relay->port, "/cam?early=1", "");
	client_frame(crowd.publisher, first.data, first.len, 0);
	client_next_frame(crowd.native, &data);
	assert_true(client_next_part(crowd.parts, &data, &len));
	assert_true(client_next_early(crowd.early, &data, &len));
	return crowd;
}

/* New viewers are on trial at first, and get each frame by itself. */
static void check_coalescing(struct harness *h, const char *workers)
{
	struct relay *relay = relay_start(h, "--coalesce", "100", "--max-lag", "60000", "--workers",
					  workers, NULL);
	struct crowd crowd = gather(relay);
	unsigned rounds = 0;

	int64_t deadline_us = harness_deadline_us();
	while (rounds < ROUNDS) {
		struct picture pictures[TOGETHER];
		size_t len = publish_together(&crowd, pictures);

		rounds += first_bytes(crowd.native, len + 1) == len;
		expect_all(&crowd, pictures);
		harness_pause(deadline_us, "frames to leave together", __FILE__, __LINE__);
	}
	client_close(crowd.publisher);
	relay_stop(relay);
	assert_string_equal(client_end_sentence(crowd.native), "the relay is shutting down");
}

static void test_frames_leave_together_whole_and_in_order(struct harness *h)
{
	check_coalescing(h, "1");
}

static void test_so_they_do_at_other_workers(struct harness *h)
{
	check_coalescing(h, "3");
}

static void configure(struct relay *relay, const char *text)
{
	json_t *reply;

	harness_write(relay->harness, "relay.ini", text, strlen(text));
	reply = control_ask(relay->control, "{\"request\":\"reload\"}");
	assert_int_equal(json_array_size(json_object_get(reply, "restart")), 0);
	json_decref(reply);
}

/* With frames under way, which stay whole and in order. */
static void test_it_is_switched_while_the_relay_runs(struct harness *h)
{
	static const char off[] = "[relay]\nmax-lag = 60000\nqueue-frames = 6\n";
	static const char on[] = "[relay]\nmax-lag = 60000\nqueue-frames = 200\ncoalesce = 100\n";
	char *config = harness_write(h, "relay.ini", off, strlen(off));
	struct relay *relay = relay_start(h, "--config", config, "--workers", "2", NULL);
	struct crowd crowd = gather(relay);
	struct picture pictures[TOGETHER];
	unsigned rounds = 0;

	int64_t deadline_us = harness_deadline_us();
	while (rounds < ROUNDS) {
		publish_together(&crowd, pictures);
		configure(relay, on);
		expect_all(&crowd, pictures);

		size_t len = publish_together(&crowd, pictures);
		rounds += first_bytes(crowd.native, len + 1) == len;
		expect_all(&crowd, pictures);

		publish_together(&crowd, pictures);
		configure(relay, off);
		expect_all(&crowd, pictures);
		harness_pause(deadline_us, "frames to leave together", __FILE__, __LINE__);
	}
}

/* They don't wait until the time is over. */
static void test_what_is_held_comes_before_the_end(struct harness *h)
{
	struct relay *relay =
		relay_start(h, "--coalesce", "1000", "--max-lag", "60000", "--linger", "0", NULL);
	struct crowd crowd = gather(relay);
	struct picture pictures[TOGETHER];

	for (unsigned i = 0; i < 14; i++) {
		publish_together(&crowd, pictures);
		expect_all(&crowd, pictures);
	}
	publish_together(&crowd, pictures);
	client_close(crowd.publisher);
	expect_all(&crowd, pictures);
	assert_string_equal(client_end_sentence(crowd.native), "the stream has ended");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_frames_leave_together_whole_and_in_order),
		HARNESS_TEST(test_so_they_do_at_other_workers),
		HARNESS_TEST(test_it_is_switched_while_the_relay_runs),
		HARNESS_TEST(test_what_is_held_comes_before_the_end),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
