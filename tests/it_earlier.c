/* SPDX-License-Identifier: MIT */
/*
 * What the programs before this one got wrong. Each of their failures, as their users knew them, is
 * a test by name.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness_client.h"
#include "tests/harness_picture.h"

#define UPGRADE "Connection: Upgrade\r\nUpgrade: spillway/1\r\n"

static void expect_picture(struct client *viewer, struct picture picture)
{
	const char *data;
	struct wire_header header = client_next_frame(viewer, &data);

	if (!picture_equal(picture, data, header.length))
		harness_fail("frame %llu isn't the one that was published",
			     (unsigned long long)header.sequence);
}

static bool is_said(struct relay *relay, const char *text)
{
	struct client *client = client_get(relay->harness, relay->port, "/api/streams", "", 200);
	bool said = strstr(client_body(client, NULL), text) != NULL;

	client_close(client);
	return said;
}

/* ---- one froze all ---- */

/* 40 frames of 200 KB are far more than what any socket holds. */
static void test_viewer_that_stops_reading_freezes_nobody(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam"), *healthy[3];

	client_watch(h, relay->port, "/cam");
	client_parts(h, relay->port, "/cam", "");
	struct program *stopped = program_start(h, "curl", "-sN", "-o", "/dev/null",
						relay_http(relay, "/cam.mjpg"), NULL);
	for (size_t i = 0; i < 3; i++)
		healthy[i] = client_watch(h, relay->port, "/cam");
	wait_for(is_said(relay, "\"viewers\":6"));
	program_signal(stopped, SIGSTOP);
	for (unsigned i = 0; i < 40; i++) {
		struct picture picture = picture_make_sized(h, i, 200000);

		client_frame(publisher, picture.data, picture.len, i * 40000);
		for (size_t j = 0; j < 3; j++)
			expect_picture(healthy[j], picture);
	}
	/* They are still there. */
	assert_true(is_said(relay, "\"viewers\":6"));
}

static void test_viewer_that_leaves_freezes_nobody(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct client *stays = client_watch(h, relay->port, "/cam");
	const char *data;
	size_t len;

	for (unsigned i = 0; i < 12; i++) {
		struct picture picture = picture_make_sized(h, i, 100000);
		struct client *leaves = i % 4 < 2 ? client_watch(h, relay->port, "/cam")
						  : client_parts(h, relay->port, "/cam", "");

		client_frame(publisher, picture.data, picture.len, i * 40000);
		expect_picture(stays, picture);
		/* Normally, between frames or inside one; or by a crash. */
		if (i % 4 == 2)
			client_next_part(leaves, &data, &len);
		if (i % 4 == 1)
			client_abort(leaves);
		else
			client_close(leaves);
	}
	client_frame(publisher, picture_make(h, 99).data, picture_make(h, 99).len, 12 * 40000);
	expect_picture(stays, picture_make(h, 99));
	program_run(h, "spillway", "watch", "--io", h->io, "--frames", "1", "--list-frames",
		    relay_url(relay, "cam"), NULL);
	client_frame(publisher, picture_make(h, 98).data, picture_make(h, 98).len, 13 * 40000);
	expect_picture(stays, picture_make(h, 98));
	wait_for(is_said(relay, "\"viewers\":1"));
}

/* ---- who is the host ---- */

static void test_viewer_that_came_first_does_not_become_the_host(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct picture rubbish = picture_make(h, 666), picture = picture_make(h, 1);
	struct wire_header header = {.type = WIRE_FRAME, .length = (uint32_t)rubbish.len};
	struct client *first[3];

	for (size_t i = 0; i < 3; i++) {
		first[i] = client_connect(h, relay->port);
		client_request(first[i], "GET", "/cam?wait=300", i < 2 ? UPGRADE : "");
	}
	struct client *publisher = client_publish(h, relay->port, "/cam");
	client_frame(publisher, picture.data, picture.len, 0);
	assert_int_equal(client_head(first[0]), 101);
	assert_int_equal(client_head(first[1]), 101);
	assert_int_equal(client_head(first[2]), 200);
	expect_picture(first[0], picture);
	expect_picture(first[1], picture);
	/* Not even when it behaves like one: it is shown the door, and nobody else sees it. */
	client_record(first[1], &header, rubbish.data);
	client_expect_end(first[1]);
	client_send(first[2], rubbish.data, rubbish.len);
	client_frame(publisher, picture.data, picture.len, 40000);
	expect_picture(first[0], picture);
	wait_for(is_said(relay, "\"frames\":2,"));
}

static void test_host_that_comes_back_is_heard_again(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *url = relay_url(relay, "cam");
	struct client *viewer = NULL;
	uint64_t sequence = 0;
	const char *data;

	for (int i = 0; i < 3; i++) {
		struct program *agent =
			program_start(h, "spillway-capture", "--io", h->io, "--source",
				      "test:", "--size", "160x120", "--fps", "50", url, NULL);

		if (i == 0) {
			wait_for(is_said(relay, "\"live\""));
			viewer = client_watch(h, relay->port, "/cam");
		}
		/* The first frame of this one, and some more. */
		struct wire_header header = client_next_frame(viewer, &data);
		while (i > 0 && (header.flags & WIRE_DISCONTINUITY) == 0)
			header = client_next_frame(viewer, &data);
		for (int j = 0; j < 5; j++) {
			header = client_next_frame(viewer, &data);
			assert_true(header.sequence > sequence);
			sequence = header.sequence;
		}
		program_signal(agent, i == 1 ? SIGTERM : SIGKILL);
		program_wait(agent);
	}
}

/* ---- what came out ---- */

static void test_newcomer_begins_with_a_whole_frame(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam"), *native, *parts, *early;
	struct picture last = picture_make_sized(h, 0, 100000);
	const char *data;
	size_t len;

	client_frame(publisher, last.data, last.len, 0);
	client_get(h, relay->port, "/cam.jpg?wait=60", "", 200);
	for (unsigned i = 1; i < 6; i++) {
		struct picture picture = picture_make_sized(h, i, 100000);
		struct wire_header header = {.type = WIRE_FRAME,
					     .flags = WIRE_KEY,
					     .length = (uint32_t)picture.len,
					     .pts_us = i * 40000};
		uint8_t bytes[WIRE_HEADER_SIZE];

		/* They come while a frame is under way. */
		wire_encode(&header, bytes);
		client_send(publisher, bytes, sizeof(bytes));
		client_send(publisher, picture.data, picture.len * i / 6);
		native = client_watch(h, relay->port, "/cam");
		parts = client_parts(h, relay->port, "/cam", "");
		early = client_parts(h, relay->port, "/cam?early=1", "");
		for (int j = 0; j < 2; j++) {
			struct picture wanted = j == 0 ? last : picture;

			expect_picture(native, wanted);
			client_next_part(parts, &data, &len);
			assert_true(picture_equal(wanted, data, len));
			client_next_early(early, &data, &len);
			assert_true(picture_equal(wanted, data, len));
			if (j == 0)
				client_send(publisher, picture.data + picture.len * i / 6,
					    picture.len - picture.len * i / 6);
		}
		client_close(native);
		client_close(parts);
		client_close(early);
		last = picture;
	}
}

/*
 * What is said to those who come, and by them, is between them and the relay. The viewers that are
 * there get records and nothing else, to the byte.
 */
static void test_greetings_are_not_inside_the_video(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_connect(h, relay->port);
	struct picture picture = picture_make_sized(h, 7, 50000);
	const char *data;
	size_t len;

	/* An agent's greeting in pieces, and its first frame in the same breath. */
	client_print(publisher, "POST /cam HTTP/1.1\r\nHost: local");
	client_print(publisher, "host\r\n" UPGRADE "\r\n");
	client_frame(publisher, picture.data, picture.len, 0);
	assert_int_equal(client_head(publisher), 101);
	struct client *native = client_watch(h, relay->port, "/cam");
	struct client *parts = client_parts(h, relay->port, "/cam", "");
	for (unsigned i = 1; i < 30; i++) {
		expect_picture(native, picture);
		assert_true(client_next_part(parts, &data, &len));
		assert_true(picture_equal(picture, data, len));
		/* Others come, are refused, ask for things, while the next frame is under way. */
		struct client *other = i % 2 == 0 ? client_watch(h, relay->port, "/cam")
						  : client_parts(h, relay->port, "/cam", "");
		struct client *refused = client_connect(h, relay->port);
		client_request(refused, "POST", "/cam", UPGRADE);
		client_frame(publisher, picture.data, picture.len, i * 40000);
		assert_int_equal(client_head(refused), 409);
		client_get(h, relay->port, "/healthz", "", 200);
		client_close(other);
		client_close(refused);
	}
	expect_picture(native, picture);
	/* Nothing has come that wasn't asked for, but how many watch. */
	assert_false(client_readable(native, 0));
	while (client_readable(publisher, 0)) {
		struct wire_header header;

		assert_true(client_next_record(publisher, &header, &data));
		assert_int_equal(header.type, WIRE_DEMAND);
	}
}

static void test_everybody_is_told_when_the_stream_ends(struct harness *h)
{
	struct relay *relay = relay_start(h, "--linger", "0", NULL);
	struct program *agent =
		program_start(h, "spillway-capture", "--io", h->io, "--source", "test:", "--size",
			      "160x120", relay_url(relay, "cam"), NULL);
	const char *data;
	size_t len;

	wait_for(is_said(relay, "\"live\""));
	struct client *native = client_watch(h, relay->port, "/cam");
	struct client *parts = client_parts(h, relay->port, "/cam", "");
	struct client *early = client_parts(h, relay->port, "/cam?early=1", "");
	struct program *curl = program_start(h, "curl", "-sSN", "-o", "/dev/null",
					     relay_http(relay, "/cam"), NULL);
	struct program *watch =
		program_start(h, "spillway", "watch", "--io", h->io, "--no-reconnect",
			      "--list-frames", relay_url(relay, "cam"), NULL);
	wait_for(is_said(relay, "\"viewers\":5"));
	wait_for(harness_count(watch->out, "\n") > 0);
	program_kill(agent);
	assert_string_equal(client_end_sentence(native), "the stream has ended");
	while (client_next_part(parts, &data, &len))
		;
	while (client_next_early(early, &data, &len))
		;
	assert_int_equal(program_wait(curl), 0);
	program_wait(watch);
	assert_int_equal(program_count_log(watch, "the stream has ended"), 1);
}

/* ---- the machine ---- */

static void test_restart_finds_its_address_free(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *listen = harness_format(h, "127.0.0.1:%u", relay->port);
	struct picture picture = picture_make(h, 1);

	for (int i = 0; i < 4; i++) {
		struct client *publisher = client_publish(h, relay->port, "/cam");

		client_frame(publisher, picture.data, picture.len, 0);
		struct client *viewer = client_watch(h, relay->port, "/cam");
		expect_picture(viewer, picture);
		/* It closes first, so that its end of each connection stays in TIME_WAIT. */
		if (i % 2 == 0) {
			program_kill(relay->program);
		} else {
			program_signal(relay->program, SIGTERM);
			client_end_sentence(viewer);
			client_close(viewer);
			client_end_sentence(publisher);
			client_close(publisher);
			assert_int_equal(program_wait(relay->program), 0);
		}
		relay = relay_start(h, "--listen", listen, NULL);
	}
	/* Also right after a crash with many viewers, which the kernel hangs up one by one. */
	for (int i = 0; i < 300; i++)
		client_connect(h, relay->port);
	client_get(h, relay->port, "/healthz", "", 200);
	program_kill(relay->program);
	relay = relay_start(h, "--listen", listen, NULL);
	/* But an address that somebody has is taken. */
	struct program *second = program_start(h, "spillway-relay", "--io", h->io, "--config",
					       "/dev/null", "--listen", listen, NULL);
	assert_int_equal(program_wait(second), 1);
	assert_int_equal(program_count_log(second, "Address already in use"), 1);
	client_get(h, relay->port, "/healthz", "", 200);
}

struct cost {
	long long ticks, wakeups;
	int64_t at_us;
};

/* Of all threads. */
static struct cost cost_of(const struct program *program)
{
	struct harness *h = program->harness;
	struct cost cost = {.at_us = harness_now_us()};
	char *tasks = harness_format(h, "/proc/%d/task", program->pid);
	DIR *folder = opendir(tasks);
	struct dirent *entry;
	long long user, system, wakeups;

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		char *path = harness_format(h, "%s/%s/stat", tasks, entry->d_name);
		char *text = strrchr(harness_read(h, path, NULL), ')');
		assert_int_equal(sscanf(text,
					") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld",
					&user, &system),
				 2);
		cost.ticks += user + system;
		path = harness_format(h, "%s/%s/status", tasks, entry->d_name);
		text = strstr(harness_read(h, path, NULL), "\nvoluntary_ctxt_switches:");
		assert_int_equal(sscanf(text, "\nvoluntary_ctxt_switches: %lld", &wakeups), 1);
		cost.wakeups += wakeups;
	}
	closedir(folder);
	return cost;
}

/* Connections of all kinds that wait for something: the relay sleeps, but for a look now and
 * then. */
static void test_idle_viewer_costs_nothing(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct picture picture = picture_make_sized(h, 1, 1000000);
	const char *data;
	size_t len;

	struct client *stalled = client_watch(h, relay->port, "/cam");
	struct client *healthy = client_watch(h, relay->port, "/cam");
	for (unsigned i = 0; i < 20; i++) {
		client_frame(publisher, picture.data, picture.len, i * 40000);
		expect_picture(healthy, picture);
	}
	struct client *parts = client_parts(h, relay->port, "/cam", "");
	client_next_part(parts, &data, &len);
	client_next_early(client_parts(h, relay->port, "/cam?early=1", ""), &data, &len);
	client_connect(h, relay->port);
	client_print(client_connect(h, relay->port), "GET / HTTP/1.1\r\nHost:");
	client_request(client_connect(h, relay->port), "GET", "/none?wait=300", "");
	client_print(client_connect(h, relay->port),
		     "PUT /put HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n--x");
	wait_for(is_said(relay, "\"viewers\":4") && is_said(relay, "put"));
	(void)stalled;

	struct cost before = cost_of(relay->program);
	usleep(1000000);
	struct cost after = cost_of(relay->program);
	long long seconds = (after.at_us - before.at_us) / 1000000 + 1;
	/* A spinning core would have 100 ticks a second. */
	assert_in_range(after.ticks - before.ticks, 0, 5 * seconds);
	assert_in_range(after.wakeups - before.wakeups, 0, 25 * seconds);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_viewer_that_stops_reading_freezes_nobody),
		HARNESS_TEST(test_viewer_that_leaves_freezes_nobody),
		HARNESS_TEST(test_viewer_that_came_first_does_not_become_the_host),
		HARNESS_TEST(test_host_that_comes_back_is_heard_again),
		HARNESS_TEST(test_newcomer_begins_with_a_whole_frame),
		HARNESS_TEST(test_greetings_are_not_inside_the_video),
		HARNESS_TEST(test_everybody_is_told_when_the_stream_ends),
		HARNESS_TEST(test_restart_finds_its_address_free),
		HARNESS_TEST(test_idle_viewer_costs_nothing),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
