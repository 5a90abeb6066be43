/* SPDX-License-Identifier: MIT */
/* What the relay says when there is too much of something, or when it takes too long. */
#include <stdio.h>
#include <string.h>

#include "tests/harness_client.h"
#include "tests/harness_picture.h"

#define UPGRADE "Connection: Upgrade\r\nUpgrade: spillway/1\r\n"

/* The answer is an error with this sentence, and can be read to its end. */
static void expect_refused(struct client *client, int status, const char *sentence)
{
	char *body;

	if (client_head(client) != status)
		harness_fail("%d instead of %d", client->head.status, status);
	body = client_body(client, NULL);
	if (strncmp(body, sentence, strlen(sentence)) != 0)
		harness_fail("\"%s\" instead of \"%s\"", body, sentence);
	client_expect_end(client);
	assert_false(client->was_reset);
}

static struct client *get(struct relay *relay, const char *target, const char *fields)
{
	struct client *client = client_connect(relay->harness, relay->port);

	client_request(client, "GET", target, fields);
	return client;
}

/* A live stream with one frame, as everybody can see. */
static struct client *publish(struct relay *relay, const char *target)
{
	struct client *publisher = client_publish(relay->harness, relay->port, target);
	struct picture picture = picture_make(relay->harness, 1);

	client_frame(publisher, picture.data, picture.len, 0);
	client_close(client_get(relay->harness, relay->port,
				harness_format(relay->harness, "%s.jpg?wait=60", target), "", 200));
	return publisher;
}

/* A number out of /metrics; -1 when the relay is too busy to tell. */
static long long metric(struct relay *relay, const char *name)
{
	struct client *client = get(relay, "/metrics", "");
	long long value = -1;

	if (client_head(client) == 200) {
		char *text = client_body(client, NULL);
		char *line = strstr(text, harness_format(relay->harness, "\n%s ", name));

		assert_non_null(line);
		assert_int_equal(sscanf(strchr(line, ' '), "%lld", &value), 1);
	}
	client_close(client);
	return value;
}

/* Asks again and again, since connections come and go on several threads. */
static struct client *connect_until(struct relay *relay, int status)
{
	int64_t deadline_us = harness_deadline_us();

	for (;;) {
		struct client *client = get(relay, "/healthz", "");

		if (client_head(client) == status)
			return client;
		client_close(client);
		harness_pause(deadline_us, "another answer", __FILE__, __LINE__);
	}
}

/* ---- sizes ---- */

static void test_head_over_the_limit_is_refused(struct harness *h)
{
	struct relay *relay = relay_start(h, "--max-header", "2K", NULL);
	struct client *client = client_connect(h, relay->port);

	client_print(client, "GET / HTTP/1.1\r\nHost: localhost\r\nX: %01950d\r\n\r\n", 0);
	assert_int_equal(client_head(client), 200);
	client = client_connect(h, relay->port);
	client_print(client, "GET / HTTP/1.1\r\nHost: localhost\r\nX: %02100d\r\n\r\n", 0);
	expect_refused(client, 431, "The request's head is over the limit of 2048 bytes.");
}

static void test_too_many_fields_are_refused(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *client = client_connect(h, relay->port);

	client_print(client, "GET / HTTP/1.1\r\nHost: localhost\r\n");
	for (int i = 0; i < HTTP_MAX_FIELDS; i++)
		client_print(client, "X-%d: y\r\n", i);
	client_print(client, "\r\n");
	expect_refused(client, 431, "The request has more than 64 header fields.");
}

static void test_frame_over_the_limit_is_refused(struct harness *h)
{
	struct relay *relay = relay_start(h, "--max-frame", "100K", NULL);
	struct picture fits = picture_make_sized(h, 1, 100 * 1024);
	struct picture large = picture_make_sized(h, 2, 100 * 1024 + 1);
	static const char *const types[] = {"", "Content-Type: image/jpeg\r\n"};
	const char *data;

	for (size_t i = 0; i < 2; i++) {
		struct client *put = client_connect(h, relay->port);

		client_request(put, "PUT", "/cam",
			       harness_format(h, "%sContent-Length: %zu\r\n", types[i], fits.len));
		client_send(put, fits.data, fits.len);
		assert_int_equal(client_head(put), 200);
		put = client_connect(h, relay->port);
		client_request(put, "PUT", "/cam",
			       harness_format(h, "%sContent-Length: %zu\r\n", types[i], large.len));
		client_send(put, large.data, large.len);
		expect_refused(put, 413, "The frame is over the limit of 102400 bytes.");
	}
	/* A part that says its length is refused before any of it has come. */
	struct client *put = client_connect(h, relay->port);
	client_request(put, "PUT", "/cam",
		       "Content-Type: multipart/x-mixed-replace; boundary=b\r\n"
		       "Content-Length: 500000\r\n");
	client_print(put, "--b\r\nContent-Length: 102401\r\n\r\n");
	expect_refused(put, 413, "The frame is over the limit of 102400 bytes.");
	struct client *viewer = client_watch(h, relay->port, "/cam");
	struct wire_header header = client_next_frame(viewer, &data);
	assert_true(picture_equal(fits, data, header.length));
}

/* ---- numbers ---- */

static void test_viewer_over_the_limit_is_refused(struct harness *h)
{
	struct relay *relay = relay_start(h, "--max-viewers", "2", NULL);
	const char *data;
	size_t len;

	publish(relay, "/cam");
	wait_for(metric(relay, "spillway_viewers") == 0);
	struct client *first = client_watch(h, relay->port, "/cam");
	client_next_frame(first, &data);
	struct client *second = client_parts(h, relay->port, "/cam", "");
	assert_true(client_next_part(second, &data, &len));
	expect_refused(get(relay, "/cam?wait=60", ""), 503, "The relay has 2 viewers already.");
	struct client *third = get(relay, "/cam?wait=60", UPGRADE);
	expect_refused(third, 503, "The relay has 2 viewers already.");
	assert_string_equal(client_field(third, "Retry-After"), "5");
	/* A picture isn't a viewer. */
	client_get(h, relay->port, "/cam.jpg?wait=60", "", 200);
	/* Who goes makes room. */
	client_close(first);
	wait_for(metric(relay, "spillway_viewers") == 1);
	client_next_frame(client_watch(h, relay->port, "/cam"), &data);
}

static void test_connection_over_the_limit_is_refused(struct harness *h)
{
	struct relay *relay = relay_start(h, "--max-connections", "4", NULL);
	struct client *idle[8];
	const char *data;

	publish(relay, "/cam"); /* one of the four */
	struct client *viewer = client_watch(h, relay->port, "/cam");
	client_next_frame(viewer, &data);
	wait_for(metric(relay, "spillway_connections") == 2); /* with the one that asks */
	/* More than fit, since those that asked before may still be going. */
	for (size_t i = 0; i < sizeof(idle) / sizeof(*idle); i++)
		idle[i] = client_connect(h, relay->port);
	struct client *refused = connect_until(relay, 503);
	assert_string_equal(client_body(refused, NULL), "The relay has 4 connections already.\n");
	/* Viewers don't count among them; and there is room again when one goes. */
	client_close(refused);
	for (size_t i = 0; i < sizeof(idle) / sizeof(*idle); i++)
		client_close(idle[i]);
	wait_for(metric(relay, "spillway_connections") == 2);
	client_next_frame(client_watch(h, relay->port, "/cam"), &data);
}

static void test_address_with_too_many_connections_is_refused(struct harness *h)
{
	struct relay *relay = relay_start(h, "--max-per-address", "3", NULL);
	const char *data;

	publish(relay, "/cam");
	struct client *viewer = client_watch(h, relay->port, "/cam");
	client_next_frame(viewer, &data);
	struct client *idle = client_connect(h, relay->port);
	struct client *refused = connect_until(relay, 429);
	assert_string_equal(client_body(refused, NULL),
			    "There are 3 connections from your address already.\n");
	assert_string_equal(client_field(refused, "Retry-After"), "5");
	/* Others aren't touched; */
	struct client *other = client_connect_from(h, relay->port, "127.0.0.2");
	client_request(other, "GET", "/healthz", "");
	assert_int_equal(client_head(other), 200);
	/* and whoever closes may come back. */
	client_close(idle);
	client_close(refused);
	connect_until(relay, 200);
}

static void test_stream_over_the_limit_is_refused(struct harness *h)
{
	struct relay *relay = relay_start(h, "--max-streams", "2", "--linger", "0", NULL);

	struct client *first = publish(relay, "/one");
	publish(relay, "/two");
	struct client *third = client_connect(h, relay->port);
	client_request(third, "POST", "/three", UPGRADE);
	expect_refused(third, 503, "The relay has 2 streams already.");
	third = client_connect(h, relay->port);
	client_request(third, "PUT", "/three", "Content-Length: 100\r\n");
	expect_refused(third, 503, "The relay has 2 streams already.");
	/* One that is there is no new one; and one that has ended makes room. */
	client_publish(h, relay->port, "/two?takeover=1");
	client_close(first);
	wait_for(metric(relay, "spillway_streams") == 1);
	publish(relay, "/three");
}

/* ---- times ---- */

static void test_unfinished_request_is_given_up(struct harness *h)
{
	struct relay *relay = relay_start(h, "--request-timeout", "1", NULL);
	struct client *half = client_connect(h, relay->port);
	struct client *silent = client_connect(h, relay->port);

	client_print(half, "GET / HTTP/1.1\r\nHost: loc");
	expect_refused(half, 408, "The request was not complete after 1 s.");
	/* Who has said nothing wants no answer. */
	client_expect_end(silent);
}

static void test_waiting_viewer_is_served_when_the_stream_comes(struct harness *h)
{
	struct relay *relay = relay_start(h, "--linger", "0", NULL);
	struct picture picture = picture_make(h, 6);
	const char *data;
	size_t len;

	struct client *parts = get(relay, "/cam?wait=300", "");
	struct client *native = get(relay, "/cam?wait=300", UPGRADE);
	struct client *still = get(relay, "/cam.jpg?wait=300", "");
	struct client *other = get(relay, "/cam/too?wait=300", "");
	wait_for(metric(relay, "spillway_connections") == 5);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	/* Who waits for a stream gets it as soon as it is live, frame or no frame; */
	assert_int_equal(client_head(native), 101);
	assert_int_equal(client_head(parts), 200);
	client_frame(publisher, picture.data, picture.len, 0);
	struct wire_header header = client_next_frame(native, &data);
	assert_true(picture_equal(picture, data, header.length));
	strcpy(parts->boundary, "--");
	strcat(parts->boundary, strstr(client_field(parts, "Content-Type"), "boundary=") + 9);
	assert_true(client_next_part(parts, &data, &len));
	/* who waits for a picture, gets the first. */
	assert_int_equal(client_head(still), 200);
	char *body = client_body(still, &len);
	assert_true(picture_equal(picture, body, len));
	assert_false(client_readable(other, 0));
}

static void test_waiting_ends_with_not_found(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *stream = get(relay, "/cam?wait=1", "");
	struct client *picture = get(relay, "/live.jpg?wait=1", "");

	client_publish(h, relay->port, "/live");
	expect_refused(stream, 404, "The stream cam is not there.");
	expect_refused(picture, 404, "The stream live has no picture yet.");
	expect_refused(get(relay, "/cam?wait=0", ""), 404, "The stream cam is not there.");
}

static void test_waiting_viewer_that_leaves_is_forgotten(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *waiting[3];

	for (size_t i = 0; i < 3; i++)
		waiting[i] = get(relay, "/cam?wait=300", "");
	wait_for(metric(relay, "spillway_connections") == 4);
	client_close(waiting[0]);
	client_abort(waiting[1]);
	wait_for(metric(relay, "spillway_connections") == 2);
	publish(relay, "/cam");
	assert_int_equal(client_head(waiting[2]), 200);
}

/* ---- early errors ---- */

/*
 * A tool that sends a large body reads the answer only now and then. It must find it: closing while
 * input is unread would reset the connection, and take the answer with it.
 */
static void test_early_error_reaches_a_client_that_goes_on_sending(struct harness *h)
{
	struct relay *relay = relay_start(h, "--publish", "key", NULL);
	char *rubbish = harness_alloc(h, 64 * 1024);

	for (int i = 0; i < 20; i++) {
		struct client *put = client_connect(h, relay->port);

		client_request(put, "PUT", "/cam", "Content-Length: 100000000\r\n");
		do
			client_send(put, rubbish, 64 * 1024);
		while (!client_readable(put, 0));
		client_send(put, rubbish, 64 * 1024);
		expect_refused(put, 401, "Publishing this stream needs its key.");
		client_close(put);
	}
	/* The same with an error that comes in the middle of a body. */
	relay = relay_start(h, NULL);
	struct client *put = client_connect(h, relay->port);
	client_request(put, "PUT", "/cam",
		       "Content-Type: multipart/mixed; boundary=b\r\nContent-Length: 9000000\r\n");
	client_print(put, "--b\r\nContent-Length: 70000\r\n\r\n");
	do
		client_send(put, rubbish, 64 * 1024);
	while (!client_readable(put, 0));
	expect_refused(put, 415, "The frame is not a JPEG picture.");
}

static void test_curl_shows_an_early_error(struct harness *h)
{
	struct relay *relay = relay_start(h, "--publish", "key", NULL);
	struct picture picture = picture_make_sized(h, 1, 3000000);
	char *path = harness_write(h, "large.jpg", picture.data, picture.len);

	/* With and without asking whether it may send (Expect: 100-continue). */
	static const char *const fields[] = {"Expect:", "Expect: 100-continue"};
	for (size_t i = 0; i < 2; i++) {
		struct program *curl =
			program_run(h, "curl", "-sS", "-H", fields[i], "-w", "%{http_code}", "-T",
				    path, relay_http(relay, "/cam"), NULL);

		assert_string_equal(program_output(curl),
				    "Publishing this stream needs its key.\n401");
	}
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_head_over_the_limit_is_refused),
		HARNESS_TEST(test_too_many_fields_are_refused),
		HARNESS_TEST(test_frame_over_the_limit_is_refused),
		HARNESS_TEST(test_viewer_over_the_limit_is_refused),
		HARNESS_TEST(test_connection_over_the_limit_is_refused),
		HARNESS_TEST(test_address_with_too_many_connections_is_refused),
		HARNESS_TEST(test_stream_over_the_limit_is_refused),
		HARNESS_TEST(test_unfinished_request_is_given_up),
		HARNESS_TEST(test_waiting_viewer_is_served_when_the_stream_comes),
		HARNESS_TEST(test_waiting_ends_with_not_found),
		HARNESS_TEST(test_waiting_viewer_that_leaves_is_forgotten),
		HARNESS_TEST(test_early_error_reaches_a_client_that_goes_on_sending),
		HARNESS_TEST(test_curl_shows_an_early_error),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
