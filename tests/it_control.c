/* SPDX-License-Identifier: MIT */
/* The relay's control socket, and `spillway stat` as its client. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness_client.h"
#include "tests/harness_control.h"
#include "tests/harness_picture.h"

enum { LARGE = 200000 };

/* ---- helpers ---- */

static double real_of(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

static size_t count_viewers(struct relay *relay)
{
	json_t *reply = control_ask(relay->control, "{\"request\":\"viewers\"}");
	size_t n = json_array_size(json_object_get(reply, "viewers"));

	json_decref(reply);
	return n;
}

static struct client *publish(struct relay *relay, const char *target, struct picture picture)
{
	struct client *publisher = client_publish(relay->harness, relay->port, target);

	client_frame(publisher, picture.data, picture.len, 0);
	client_close(client_get(relay->harness, relay->port,
				harness_format(relay->harness, "%s.jpg?wait=60", target), "", 200));
	return publisher;
}

/* ---- what is there ---- */

static const json_t *stream_of(const json_t *reply, const char *name)
{
	const json_t *streams = json_object_get(reply, "streams");

	for (size_t i = 0; i < json_array_size(streams); i++) {
		if (strcmp(text_of(json_array_get(streams, i), "name"), name) == 0)
			return json_array_get(streams, i);
	}
	return NULL;
}

static bool has_sent_one(struct relay *relay, const char *stream)
{
	json_t *reply = control_ask(relay->control, "{\"request\":\"streams\"}");
	bool sent = number_of(stream_of(reply, stream), "frames_out") == 1;

	json_decref(reply);
	return sent;
}

static void test_streams_are_told(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture picture = picture_make(h, 1);
	const char *data;

	publish(relay, "/cam", picture);
	client_close(publish(relay, "/gone", picture));
	program_wait_log(relay->program, "its publisher has gone");
	client_next_frame(client_watch(h, relay->port, "/cam"), &data);
	wait_for(has_sent_one(relay, "cam"));
	json_t *reply = control_ask(relay->control, "{\"request\":\"streams\"}");
	assert_int_equal(json_array_size(json_object_get(reply, "streams")), 2);
	const json_t *cam = stream_of(reply, "cam"), *gone = stream_of(reply, "gone");
	assert_string_equal(text_of(cam, "state"), "live");
	assert_string_equal(text_of(cam, "transport"), "native");
	assert_int_equal(strncmp(text_of(cam, "address"), "127.0.0.1:", 10), 0);
	assert_int_equal(number_of(cam, "frames"), 1);
	assert_int_equal(number_of(cam, "bytes"), picture.len);
	assert_int_equal(number_of(cam, "viewers"), 1);
	assert_int_equal(number_of(cam, "bytes_out"), picture.len + WIRE_HEADER_SIZE);
	assert_int_equal(number_of(json_object_get(cam, "frames_dropped"), "backlog"), 0);
	assert_string_equal(text_of(gone, "state"), "lingering");
	json_decref(reply);
}

static size_t count_live(struct relay *relay)
{
	json_t *reply = control_ask(relay->control, "{\"request\":\"streams\"}");
	const json_t *streams = json_object_get(reply, "streams");
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(streams); i++)
		n += strcmp(text_of(json_array_get(streams, i), "state"), "live") == 0;
	json_decref(reply);
	return n;
}

static const json_t *viewer_of(const json_t *reply, const char *transport)
{
	const json_t *viewers = json_object_get(reply, "viewers");

	for (size_t i = 0; i < json_array_size(viewers); i++) {
		if (strcmp(text_of(json_array_get(viewers, i), "transport"), transport) == 0)
			return json_array_get(viewers, i);
	}
	harness_fail("there is no viewer of that kind: %s", transport);
}

/* What has come may not be counted yet. */
static bool has_sent_natively(struct relay *relay, const char *stream, long long n)
{
	json_t *reply = control_ask(relay->control, "{\"request\":\"viewers\"}");
	const json_t *viewers = json_object_get(reply, "viewers");
	long long sent = 0;

	for (size_t i = 0; i < json_array_size(viewers); i++) {
		const json_t *viewer = json_array_get(viewers, i);

		if (strcmp(text_of(viewer, "stream"), stream) == 0 &&
		    strcmp(text_of(viewer, "transport"), "native") == 0)
			sent += number_of(viewer, "frames_sent");
	}
	json_decref(reply);
	return sent == n;
}

static void test_viewers_are_told_with_what_they_missed(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct client *healthy = client_watch(h, relay->port, "/cam");
	const char *data;

	client_parts(h, relay->port, "/cam", "");
	client_parts(h, relay->port, "/cam?early=1", "");
	publish(relay, "/other", picture_make(h, 1));
	client_next_frame(client_watch(h, relay->port, "/other"), &data);
	wait_for(count_viewers(relay) == 4);
	for (unsigned i = 0; i < 60; i++) {
		struct picture picture = picture_make_sized(h, i, LARGE);

		client_frame(publisher, picture.data, picture.len, i * 40000);
		client_next_frame(healthy, &data);
	}
	wait_for(has_sent_natively(relay, "cam", 60));
	json_t *reply = control_ask(relay->control, "{\"request\":\"viewers\",\"stream\":\"cam\"}");
	assert_int_equal(json_array_size(json_object_get(reply, "viewers")), 3);
	const json_t *viewer = viewer_of(reply, "native");
	assert_int_equal(number_of(viewer, "frames_sent"), 60);
	assert_int_equal(number_of(viewer, "bytes"), 60 * (LARGE + WIRE_HEADER_SIZE));
	assert_int_equal(number_of(viewer, "lag_frames"), 0);
	viewer = viewer_of(reply, "multipart");
	assert_string_equal(text_of(viewer, "stream"), "cam");
	assert_string_equal(text_of(viewer, "state"), "blocked");
	assert_int_equal(strncmp(text_of(viewer, "address"), "127.0.0.1:", 10), 0);
	assert_in_range(number_of(viewer, "frames_sent"), 1, 58);
	/* It is held inside a frame, for good. */
	assert_in_range(number_of(viewer, "lag_frames"), 2, 60);
	assert_int_equal(number_of(viewer, "worst_lag_frames"), number_of(viewer, "lag_frames"));
	assert_true(real_of(viewer, "lag_ms") > 0);
	assert_true(real_of(viewer, "worst_lag_ms") >= real_of(viewer, "lag_ms"));
	assert_true(number_of(viewer, "unsent") > 0);
	assert_true(number_of(viewer, "id") > 0);
	static const char *const numbers[] = {"connected_s", "bytes", "rtt_ms", "age_ms"};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		assert_true(number_of(viewer, numbers[i]) >= 0);
	viewer_of(reply, "multipart-early");
	json_decref(reply);
	reply = control_ask(relay->control, "{\"request\":\"viewers\",\"stream\":\"none\"}");
	assert_int_equal(json_array_size(json_object_get(reply, "viewers")), 0);
	json_decref(reply);
}

/* Drops are counted when the viewer goes on, with the reason. */
static void test_drops_are_counted_by_reason(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct client *healthy = client_watch(h, relay->port, "/cam");
	struct client *stalled = client_watch(h, relay->port, "/cam");
	long long got = 0;
	const char *data;

	wait_for(count_viewers(relay) == 2);
	for (unsigned i = 0; i < 60; i++) {
		struct picture picture = picture_make_sized(h, i, LARGE);

		client_frame(publisher, picture.data, picture.len, i * 40000);
		client_next_frame(healthy, &data);
	}
	while (client_next_frame(stalled, &data).sequence < 59)
		got++;
	got++;
	wait_for(has_sent_natively(relay, "cam", 60 + got));
	json_t *reply = control_ask(relay->control, "{\"request\":\"stats\"}");
	const json_t *dropped = json_object_get(reply, "frames_dropped");
	assert_int_equal(number_of(dropped, "backlog"), 60 - got);
	assert_int_equal(number_of(dropped, "queue"), 0);
	assert_int_equal(number_of(dropped, "lag"), 0);
	json_decref(reply);
}

static void test_totals_are_told(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);

	publish(relay, "/cam", picture_make(h, 1));
	client_get(h, relay->port, "/none", "", 404);
	json_t *reply = control_ask(relay->control, "{\"request\":\"stats\"}");
	assert_string_equal(text_of(reply, "version"), SPILLWAY_VERSION);
	assert_string_equal(text_of(reply, "io"),
			    strcmp(h->io, "uring") == 0 ? "io_uring" : "epoll");
	assert_int_equal(number_of(reply, "pid"), relay->program->pid);
	assert_int_equal(number_of(reply, "streams"), 1);
	assert_int_equal(number_of(reply, "publishers"), 1);
	assert_int_equal(number_of(reply, "frames_in"), 1);
	assert_int_equal(number_of(reply, "refused"), 1);
	assert_true(number_of(reply, "memory_kb") > 0);
	json_decref(reply);
}

/* ---- what can be done ---- */

static void test_kicked_viewer_goes_and_nobody_else(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture picture = picture_make(h, 1);
	struct client *publisher = publish(relay, "/cam", picture);
	struct client *kicked = client_parts(h, relay->port, "/cam", ""), *stays;
	const char *data;
	size_t len;

	assert_true(client_next_part(kicked, &data, &len));
	stays = client_watch(h, relay->port, "/cam");
	client_next_frame(stays, &data);
	json_t *viewers = control_ask(relay->control, "{\"request\":\"viewers\"}");
	json_t *id = json_object_get(viewer_of(viewers, "multipart"), "id");
	char *line = harness_format(h, "{\"request\":\"kick\",\"id\":%lld}",
				    (long long)json_integer_value(id));
	json_decref(viewers);
	json_decref(control_ask(relay->control, line));
	client_expect_end(kicked);
	/* Once. */
	struct control_client client = control_open(relay->control);
	json_t *reply = control_say(&client, line);
	assert_true(json_is_false(json_object_get(reply, "ok")));
	assert_string_equal(text_of(reply, "error"), "There is no viewer with that id.");
	json_decref(reply);
	control_client_finish(&client);
	client_frame(publisher, picture.data, picture.len, 40000);
	assert_int_equal(client_next_frame(stays, &data).sequence, 1);
	wait_for(count_viewers(relay) == 1);
}

/* An agent isn't back a moment later, a tool is told why, and the stream's viewers stay. */
static void test_kicked_publisher_is_refused_for_good(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture picture = picture_make(h, 1);
	struct program *agent =
		program_start(h, "spillway-capture", "--io", h->io, "--source",
			      "test:", "--rendition", "none", relay_url(relay, "cam"), NULL);
	const char *data;

	program_wait_log(agent, "publishing cam");
	struct client *viewer = client_watch(h, relay->port, "/cam?wait=60");
	client_next_frame(viewer, &data);
	json_decref(control_ask(relay->control, "{\"request\":\"kick\",\"stream\":\"cam\"}"));
	assert_int_equal(program_wait(agent), 1);
	program_wait_log(agent, "refuses cam: An operator of the relay has ended it");
	program_wait_log(relay->program, "was disconnected by the control socket");

	struct control_client client = control_open(relay->control);
	json_t *reply = control_say(&client, "{\"request\":\"kick\",\"stream\":\"cam\"}");
	assert_string_equal(text_of(reply, "error"), "That stream has no publisher.");
	json_decref(reply);
	control_client_finish(&client);

	/* Another may come, and the viewer is still there. */
	struct client *publisher = publish(relay, "/cam", picture);
	do
		client_next_frame(viewer, &data);
	while (count_viewers(relay) != 1);
	client_close(publisher);
}

static void expect_event(struct control_client *client, const char *event, const char *stream)
{
	json_t *message = control_next(client);

	assert_string_equal(text_of(message, "event"), event);
	assert_string_equal(text_of(message, "stream"), stream);
	assert_true(number_of(message, "time") > 1600000000);
	json_decref(message);
}

static void test_subscribers_hear_of_streams(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct control_client subscribed[2] = {control_open(relay->control),
					       control_open(relay->control)};
	struct control_client other = control_open(relay->control);
	struct picture picture = picture_make(h, 1);

	for (size_t i = 0; i < 2; i++) {
		json_t *reply = control_say(&subscribed[i], "{\"request\":\"subscribe\"}");

		assert_true(json_is_true(json_object_get(reply, "ok")));
		json_decref(reply);
	}
	client_close(publish(relay, "/cam", picture));
	for (size_t i = 0; i < 2; i++) {
		expect_event(&subscribed[i], "live", "cam");
		expect_event(&subscribed[i], "ended", "cam");
	}
	/* One that is gone harms nobody, and questions are still answered. */
	control_client_finish(&subscribed[0]);
	publish(relay, "/den/door", picture);
	expect_event(&subscribed[1], "live", "den/door");
	json_decref(control_say(&subscribed[1], "{\"request\":\"stats\"}"));
	json_t *reply = control_say(&other, "{\"request\":\"streams\"}");
	assert_non_null(json_object_get(reply, "streams")); /* and no event */
	json_decref(reply);
	control_client_finish(&subscribed[1]);
	control_client_finish(&other);
}

static void test_subscriber_learns_what_is_live(struct harness *h)
{
	char *config = relay_config(h, "[stream cam]\ntitle = \xc3\x84 \"cam\"\n");
	struct relay *relay = relay_start(h, "--config", config, NULL);
	struct control_client client = control_open(relay->control);
	struct picture picture = picture_make(h, 1);
	const char *data;

	publish(relay, "/cam", picture);
	publish(relay, "/den/door", picture);
	client_close(publish(relay, "/gone", picture));
	client_next_frame(client_watch(h, relay->port, "/cam"), &data);
	program_wait_log(relay->program, "its publisher has gone");
	wait_for(count_live(relay) == 2);
	json_t *message = control_say(&client, "{\"request\":\"subscribe\",\"now\":true}");
	for (int i = 0; i < 2; i++) {
		bool is_cam = strcmp(text_of(message, "stream"), "cam") == 0;

		assert_string_equal(text_of(message, "event"), "live");
		assert_string_equal(text_of(message, "stream"), is_cam ? "cam" : "den/door");
		assert_string_equal(text_of(message, "title"), is_cam ? "\xc3\x84 \"cam\"" : "");
		assert_int_equal(number_of(message, "viewers"), is_cam ? 1 : 0);
		assert_true(number_of(message, "time") > 1600000000);
		json_decref(message);
		message = control_next(&client);
	}
	/* The answer is behind all of that. */
	assert_true(json_is_true(json_object_get(message, "ok")));
	json_decref(message);
	json_t *reply = control_say(&client, "{\"request\":\"streams\"}");
	assert_string_equal(text_of(stream_of(reply, "cam"), "title"), "\xc3\x84 \"cam\"");
	json_decref(reply);
	control_client_finish(&client);
}

static void wait_for_viewers(struct control_client *client, long long viewers)
{
	json_t *message;
	bool found;

	do {
		message = control_next(client);
		assert_string_equal(text_of(message, "event"), "viewers");
		assert_string_equal(text_of(message, "stream"), "cam");
		found = number_of(message, "viewers") == viewers;
		json_decref(message);
	} while (!found);
}

static void test_subscriber_is_told_of_viewers_if_it_asks(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct control_client counts = control_open(relay->control),
			      other = control_open(relay->control);

	json_decref(control_say(&counts, "{\"request\":\"subscribe\",\"viewers\":true}"));
	json_decref(control_say(&other, "{\"request\":\"subscribe\"}"));
	struct client *publisher = publish(relay, "/cam", picture_make(h, 1));
	expect_event(&counts, "live", "cam");
	expect_event(&other, "live", "cam");
	struct client *first = client_watch(h, relay->port, "/cam");
	struct client *second = client_watch(h, relay->port, "/cam");
	wait_for_viewers(&counts, 2);
	client_close(first);
	wait_for_viewers(&counts, 1);
	client_close(second);
	wait_for_viewers(&counts, 0);
	client_close(publisher);
	expect_event(&counts, "ended", "cam");
	expect_event(&other, "ended", "cam");
	control_client_finish(&counts);
	control_client_finish(&other);
}

static void test_drain_is_sigterm_by_another_way(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture picture = picture_make(h, 1);
	struct client *publisher = publish(relay, "/cam", picture);
	struct client *viewer = client_watch(h, relay->port, "/cam");
	const char *data;

	client_next_frame(viewer, &data);
	json_decref(control_ask(relay->control, "{\"request\":\"drain\"}"));
	assert_string_equal(client_end_sentence(publisher), "the relay is shutting down");
	assert_string_equal(client_end_sentence(viewer), "the relay is shutting down");
	client_close_all(h);
	assert_int_equal(program_wait(relay->program), 0);
	assert_int_equal(access(relay->control, F_OK), -1);
}

/* ---- what is wrong ---- */

static void test_malformed_requests_are_answered(struct harness *h)
{
	static const char *const lines[] = {
		"",
		"rubbish",
		"{",
		"[]",
		"17",
		"null",
		"\"streams\"",
		"{}",
		"{\"request\":17}",
		"{\"request\":null}",
		"{\"request\":\"fly\"}",
		"{\"request\":\"Streams\"}",
		"{\"request\":\"streams\",\"request\":\"drain\"}",
		"{\"request\":\"streams\"} and more",
		"{\"request\":\"kick\"}",
		"{\"request\":\"kick\",\"id\":\"1\"}",
		"{\"request\":\"kick\",\"id\":-1}",
		"{\"request\":\"kick\",\"id\":1.5}",
		"{\"request\":\"kick\",\"stream\":1}",
		"{\"request\":\"kick\",\"id\":1,\"stream\":\"cam\"}",
		"{\"request\":\"\xff\xfe\"}",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
	};
	struct relay *relay = relay_start(h, NULL);
	struct control_client client = control_open(relay->control);

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		json_t *reply = control_say(&client, lines[i]);

		if (!json_is_false(json_object_get(reply, "ok")))
			harness_fail("%s: ok", lines[i]);
		size_t len = strlen(text_of(reply, "error"));
		assert_true(len > 10 && text_of(reply, "error")[len - 1] == '.');
		json_decref(reply);
	}
	/* The conversation goes on. */
	json_t *reply = control_say(&client, "{\"request\":\"stats\"}");
	assert_true(json_is_true(json_object_get(reply, "ok")));
	json_decref(reply);
	control_client_finish(&client);
}

static void test_requests_may_come_in_pieces_or_together(struct harness *h)
{
	static const char request[] = "{\"request\":\"stats\"}\n";
	struct relay *relay = relay_start(h, NULL);
	struct control_client client = control_open(relay->control);

	for (size_t i = 0; request[i] != '\0'; i++)
		assert_int_equal(send(client.fd, request + i, 1, MSG_NOSIGNAL), 1);
	json_decref(control_next(&client));
	char *many = harness_format(h, "%s%s%s%s%s", request, request, request, request, request);
	assert_int_equal(send(client.fd, many, strlen(many), MSG_NOSIGNAL), strlen(many));
	for (int i = 0; i < 5; i++)
		json_decref(control_next(&client));
	control_client_finish(&client);
}

static void test_endless_line_is_cut_off(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct control_client client = control_open(relay->control);
	char line[8192];
	json_t *reply = NULL;

	memset(line, 'x', sizeof(line));
	send(client.fd, line, sizeof(line), MSG_NOSIGNAL);
	assert_int_equal(control_receive(&client, HARNESS_DEADLINE_S * 1000, &reply), 0);
	assert_string_equal(text_of(reply, "error"), "The line is too long for a request.");
	json_decref(reply);
	int error = control_receive(&client, HARNESS_DEADLINE_S * 1000, &reply);
	assert_true(error == -EPIPE || error == -ECONNRESET);
	control_client_finish(&client);
	json_decref(control_ask(relay->control, "{\"request\":\"stats\"}"));
}

/* Somebody who asks and never reads the answers costs bounded memory, and is let go. */
static void test_client_that_never_reads_is_let_go(struct harness *h)
{
	static const char request[] = "{\"request\":\"stats\"}\n";
	struct relay *relay = relay_start(h, NULL);
	struct control_client client = control_open(relay->control);
	int64_t deadline_us = harness_deadline_us();

	while (send(client.fd, request, strlen(request), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 ||
	       errno == EAGAIN) {
		if (errno == EAGAIN)
			harness_pause(deadline_us, "the client to be let go", __FILE__, __LINE__);
		errno = 0;
	}
	assert_true(errno == EPIPE || errno == ECONNRESET);
	control_client_finish(&client);
	json_decref(control_ask(relay->control, "{\"request\":\"stats\"}"));
}

/* ---- the socket's file ---- */

static void test_socket_is_for_its_group_and_goes_with_the_relay(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct stat status;

	assert_int_equal(stat(relay->control, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0660);
	relay_stop(relay);
	assert_int_equal(stat(relay->control, &status), -1);
}

static void test_socket_that_a_killed_relay_left_is_taken_over(struct harness *h)
{
	struct relay *first = relay_start(h, NULL);
	char *listen = harness_format(h, "127.0.0.1:%u", first->port);

	program_kill(first->program);
	assert_int_equal(access(first->control, F_OK), 0);
	struct relay *second =
		relay_start(h, "--listen", listen, "--control", first->control, NULL);
	second->control = first->control;
	json_t *reply = control_ask(second->control, "{\"request\":\"stats\"}");
	assert_int_equal(number_of(reply, "pid"), second->program->pid);
	json_decref(reply);
	/* But one that somebody listens on is left alone, and streams go on without it. */
	struct relay *third = relay_start(h, "--control", first->control, NULL);
	assert_int_equal(program_count_log(third->program, "no control socket"), 1);
	client_get(h, third->port, "/healthz", "", 200);
	relay_stop(third);
	json_decref(control_ask(second->control, "{\"request\":\"stats\"}"));
}

static void test_socket_outlives_a_lack_of_descriptors(struct harness *h)
{
	static const char *const prefix[] = {"prlimit", "--nofile=64:64", NULL};
	struct client *clients[64];
	const char *request = "{\"request\":\"stats\"}";
	size_t n = 0;

	h->prefix = prefix;
	struct relay *relay = relay_start(h, NULL);
	h->prefix = NULL;
	while (program_count_log(relay->program, "can't accept connections") == 0 && n < 64) {
		clients[n] = client_connect(h, relay->port);
		client_request(clients[n++], "GET", "/nothing?wait=60", "");
	}
	program_wait_log(relay->program, "can't accept connections");
	struct control_client waiting = control_open(relay->control);
	program_wait_log(relay->program, "the control socket can't accept");
	while (n > 0)
		client_close(clients[--n]);
	json_decref(control_say(&waiting, request));
	control_client_finish(&waiting);
	json_decref(control_ask(relay->control, request));
}

/* ---- spillway stat ---- */

static void test_stat_tells_what_there_is(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	const char *data;

	publish(relay, "/den/door", picture_make(h, 1));
	client_next_frame(client_watch(h, relay->port, "/den/door"), &data);
	struct program *stat =
		program_run(h, "spillway", "stat", "--control", relay->control, NULL);
	char *table = program_output(stat);
	assert_non_null(strstr(table, "den/door"));
	assert_non_null(strstr(table, "live"));
	assert_non_null(strstr(table, "native"));
	stat = program_run(h, "spillway", "stat", "--json", "--control", relay->control, NULL);
	json_t *all = json_loads(program_output(stat), JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_array_size(json_object_get(all, "streams")), 1);
	assert_int_equal(json_array_size(json_object_get(all, "viewers")), 1);
	assert_int_equal(number_of(json_object_get(all, "stats"), "frames_in"), 1);
	json_decref(all);
}

static void test_stat_says_when_there_is_no_relay(struct harness *h)
{
	struct program *stat = program_start(h, "spillway", "stat", "--control",
					     harness_path(h, "nobody.sock"), NULL);

	assert_int_equal(program_wait(stat), 1);
	assert_int_equal(program_count_log(stat, "nobody.sock"), 1);
}

static void test_stat_watches_over_a_restart(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct program *stat = program_start(h, "spillway", "stat", "--watch", "--json",
					     "--control", relay->control, NULL);

	wait_for(harness_count(stat->out, "\n") >= 2);
	relay_stop(relay);
	program_wait_log(stat, "trying again");
	relay = relay_start(h, "--control", relay->control, NULL);
	char *pid = harness_format(h, "\"pid\":%d,", relay->program->pid);
	wait_for(harness_count(stat->out, pid) > 0);
	program_signal(stat, SIGTERM);
	program_wait(stat);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_streams_are_told),
		HARNESS_TEST(test_viewers_are_told_with_what_they_missed),
		HARNESS_TEST(test_drops_are_counted_by_reason),
		HARNESS_TEST(test_totals_are_told),
		HARNESS_TEST(test_kicked_viewer_goes_and_nobody_else),
		HARNESS_TEST(test_kicked_publisher_is_refused_for_good),
		HARNESS_TEST(test_subscribers_hear_of_streams),
		HARNESS_TEST(test_subscriber_learns_what_is_live),
		HARNESS_TEST(test_subscriber_is_told_of_viewers_if_it_asks),
		HARNESS_TEST(test_drain_is_sigterm_by_another_way),
		HARNESS_TEST(test_malformed_requests_are_answered),
		HARNESS_TEST(test_requests_may_come_in_pieces_or_together),
		HARNESS_TEST(test_endless_line_is_cut_off),
		HARNESS_TEST(test_client_that_never_reads_is_let_go),
		HARNESS_TEST(test_socket_is_for_its_group_and_goes_with_the_relay),
		HARNESS_TEST(test_socket_that_a_killed_relay_left_is_taken_over),
		HARNESS_TEST(test_socket_outlives_a_lack_of_descriptors),
		HARNESS_TEST(test_stat_tells_what_there_is),
		HARNESS_TEST_ON(test_stat_says_when_there_is_no_relay, "epoll"),
		HARNESS_TEST(test_stat_watches_over_a_restart),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
