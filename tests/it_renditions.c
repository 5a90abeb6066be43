/* SPDX-License-Identifier: MIT */
/* Renditions: which one a viewer gets, how it is moved, and what publishers are told. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/key.h"
#include "tests/harness_client.h"
#include "tests/harness_picture.h"

enum { SMALL = 8500, LARGE = 300000, INTERVAL_US = 20000 };

/* A picture of those bytes that says it has the size. */
static struct picture make(struct harness *h, unsigned number, size_t len, unsigned width,
			   unsigned height)
{
	struct picture picture = picture_make_sized(h, number, len);
	uint8_t *data = harness_alloc(h, len);

	memcpy(data, picture.data, len);
	uint8_t *sof = memmem(data, len, "\xff\xc0\x00\x0b\x08", 5);
	assert_non_null(sof);
	sof[5] = (uint8_t)(height >> 8);
	sof[6] = (uint8_t)height;
	sof[7] = (uint8_t)(width >> 8);
	sof[8] = (uint8_t)width;
	return (struct picture){(char *)data, len};
}

/* Two publishers whose clocks are one. */
struct pair {
	struct client *small, *large;
	struct picture small_picture, large_picture;
	int64_t pts_us;
};

static void publish(struct pair *pair)
{
	struct picture small = pair->small_picture, large = pair->large_picture;

	pair->pts_us += INTERVAL_US;
	client_frame(pair->large, large.data, large.len, pair->pts_us);
	client_frame(pair->small, small.data, small.len, pair->pts_us);
}

static void publish_pair(struct relay *relay, struct pair *pair)
{
	struct harness *h = relay->harness;

	*pair = (struct pair){
		.small = client_publish(h, relay->port, "/cam/small"),
		.large = client_publish(h, relay->port, "/cam/large"),
		.small_picture = make(h, 1, SMALL, 320, 240),
		.large_picture = make(h, 2, LARGE, 1280, 720),
		.pts_us = 77000000,
	};
	publish(pair);
	client_get(h, relay->port, "/cam/small.jpg?wait=60", "", 200);
	client_get(h, relay->port, "/cam/large.jpg?wait=60", "", 200);
}

/* A viewer, and what it has seen. */
struct seen {
	struct client *client;
	char name[64];
	bool fresh; /* the name was told, and no frame has come since */
	int64_t pts_us;
	unsigned frames, moves;
};

static void see(struct seen *seen, const struct pair *pair)
{
	struct wire_header header;
	const char *data;

	if (!client_next_record(seen->client, &header, &data))
		harness_fail("the conversation has ended");
	if (header.type == WIRE_RENDITION) {
		seen->moves += seen->name[0] != '\0';
		snprintf(seen->name, sizeof(seen->name), "%.*s", (int)header.length, data);
		return;
	}
	assert_int_equal(header.type, WIRE_FRAME);
	assert_true((header.flags & WIRE_KEY) != 0);
	if (seen->frames++ > 0)
		assert_true(header.pts_us > seen->pts_us);
	seen->pts_us = header.pts_us;
	bool small = strcmp(seen->name, "cam/small") == 0;
	assert_true(small || strcmp(seen->name, "cam/large") == 0);
	assert_true(picture_equal(small ? pair->small_picture : pair->large_picture, data,
				  header.length));
}

static void see_frame(struct seen *seen, const struct pair *pair)
{
	unsigned frames = seen->frames;

	while (seen->frames == frames)
		see(seen, pair);
}

static struct seen watch(struct relay *relay, const char *target)
{
	return (struct seen){.client = client_watch(relay->harness, relay->port, target)};
}

/* Goes on until the viewer is at a rendition; it reads all the time. */
static void go_on_until(struct seen *seen, struct pair *pair, const char *name)
{
	int64_t deadline_us = harness_deadline_us();
	unsigned frames = 0;

	while (strcmp(seen->name, name) != 0 || seen->frames == frames) {
		if (strcmp(seen->name, name) != 0)
			frames = seen->frames;
		publish(pair);
		while (client_readable(seen->client, INTERVAL_US / 1000))
			see(seen, pair);
		if (harness_now_us() > deadline_us)
			harness_fail("it stays at %s", seen->name);
	}
}

static char *status(struct relay *relay)
{
	return program_output(program_run(relay->harness, "spillway", "stat", "--control",
					  relay->control, "--json", NULL));
}

static bool is_paused(struct relay *relay, bool paused)
{
	struct client *client = client_get(relay->harness, relay->port, "/api/streams", "", 200);
	char *streams = client_body(client, NULL);

	client_close(client);
	return strstr(streams, paused ? "\"paused\":true" : "\"paused\":false") != NULL;
}

/* ---- which one ---- */

static void test_name_alone_means_the_largest(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct pair pair;
	const char *data;
	size_t len;

	publish_pair(relay, &pair);
	struct seen largest = watch(relay, "/cam"), pinned = watch(relay, "/cam?rendition=small");
	see_frame(&largest, &pair);
	assert_string_equal(largest.name, "cam/large");
	see_frame(&pinned, &pair);
	assert_string_equal(pinned.name, "cam/small");
	/* Equal pictures have equal times. */
	assert_int_equal(largest.pts_us, pinned.pts_us);
	struct client *parts = client_parts(h, relay->port, "/cam.mjpg?rendition=small", "");
	assert_true(client_next_part(parts, &data, &len));
	assert_true(picture_equal(pair.small_picture, data, len));
	struct client *jpg = client_get(h, relay->port, "/cam.jpg", "", 200);
	assert_int_equal(strlen(client_body(jpg, &len)) > 0 ? len : 0, LARGE);
	jpg = client_get(h, relay->port, "/cam.jpg?rendition=small", "", 200);
	client_body(jpg, &len);
	assert_int_equal(len, SMALL);
	char *streams = client_body(client_get(h, relay->port, "/api/streams", "", 200), NULL);
	assert_non_null(strstr(streams, "\"width\":1280,\"height\":720"));
}

static void test_rendition_that_is_none_is_refused(struct harness *h)
{
	static const struct {
		const char *target;
		int status;
	} rows[] = {
		{"/cam?rendition=tiny", 404},	   {"/cam?rendition=small/er", 400},
		{"/cam?rendition=.small", 400},	   {"/cam?rendition=sm%zzll", 400},
		{"/cam.jpg?rendition=tiny", 404},  {"/other?rendition=auto", 404},
		{"/cam.jpg?rendition=x.jpg", 400},
	};
	struct relay *relay = relay_start(h, NULL);
	struct pair pair;

	publish_pair(relay, &pair);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		client_close(client_get(h, relay->port, rows[i].target, "", rows[i].status));
	assert_string_equal(
		client_body(client_get(h, relay->port, "/cam?rendition=tiny", "", 404), NULL),
		"The stream cam/tiny is not there.\n");
	assert_string_equal(
		client_body(client_get(h, relay->port, "/other?rendition=auto", "", 404), NULL),
		"The stream other is not there.\n");
}

/* ---- being moved ---- */

static void test_viewer_that_lags_is_moved_down_and_up_again(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct pair pair;

	publish_pair(relay, &pair);
	struct seen seen = watch(relay, "/cam?rendition=auto");
	see_frame(&seen, &pair);
	assert_string_equal(seen.name, "cam/small");
	go_on_until(&seen, &pair, "cam/large");
	/* It reads nothing, until the relay has begun to move it. */
	do {
		for (int i = 0; i < 15; i++) {
			publish(&pair);
			usleep(INTERVAL_US);
		}
	} while (strstr(status(relay), "\"moving\":\"cam/small\"") == NULL);
	go_on_until(&seen, &pair, "cam/small");
	go_on_until(&seen, &pair, "cam/large");
	assert_int_equal(seen.moves, 3);
}

static void test_wish_changes_the_rendition(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct pair pair;
	struct wire_header wish = {.type = WIRE_WISH, .length = 5};

	publish_pair(relay, &pair);
	struct seen seen = watch(relay, "/cam");
	see_frame(&seen, &pair);
	assert_string_equal(seen.name, "cam/large");
	client_record(seen.client, &wish, "small");
	go_on_until(&seen, &pair, "cam/small");
	/* What isn't there, or is no name, changes nothing. */
	client_record(seen.client, &wish, "other");
	client_record(seen.client, &wish, "../..");
	wish.length = 0;
	client_record(seen.client, &wish, "");
	go_on_until(&seen, &pair, "cam/large");
	wish.length = 4;
	assert_non_null(strstr(status(relay), "\"auto\":false"));
	client_record(seen.client, &wish, "auto");
	wait_for(strstr(status(relay), "\"auto\":true") != NULL);
	assert_int_equal(seen.moves, 2);
	/* They were counted in rings of their own. */
	const char *sent = strstr(status(relay), "\"frames_sent\":");
	assert_non_null(sent);
	int64_t published = (pair.pts_us - 77000000) / INTERVAL_US;
	assert_in_range(atoll(sent + strlen("\"frames_sent\":")), seen.frames, published);
}

static void test_viewer_leaves_a_rendition_that_ends(struct harness *h)
{
	struct relay *relay = relay_start(h, "--linger", "0", NULL);
	struct pair pair;

	publish_pair(relay, &pair);
	struct seen seen = watch(relay, "/cam?rendition=auto");
	struct client *pinned = client_watch(h, relay->port, "/cam/small");
	see_frame(&seen, &pair);
	assert_string_equal(seen.name, "cam/small");
	client_close(pair.small);
	int64_t deadline_us = harness_deadline_us();
	while (strcmp(seen.name, "cam/large") != 0) {
		pair.pts_us += INTERVAL_US;
		client_frame(pair.large, pair.large_picture.data, LARGE, pair.pts_us);
		while (client_readable(seen.client, INTERVAL_US / 1000))
			see(&seen, &pair);
		if (harness_now_us() > deadline_us)
			harness_fail("it stays at %s", seen.name);
	}
	assert_string_equal(client_end_sentence(pinned), "the stream has ended");
	/* The last one's end is its end. */
	client_close(pair.large);
	client_end_sentence(seen.client);
}

/* The one that it would go to ends before a frame of it has come. */
static void test_viewer_on_its_way_ends_when_both_renditions_do(struct harness *h)
{
	struct relay *relay = relay_start(h, "--linger", "0", NULL);
	struct pair pair;

	publish_pair(relay, &pair);
	struct seen seen = watch(relay, "/cam?rendition=auto");
	see_frame(&seen, &pair);
	client_close(pair.small);
	program_wait_log(relay->program, "stream cam/small: its publisher has gone");
	client_close(pair.large);
	assert_string_equal(client_end_sentence(seen.client), "the stream has ended");
}

static void test_tokens_are_those_of_the_rendition(struct harness *h)
{
	char token[KEY_TEXT_SIZE], hash[KEY_HASH_SIZE];

	key_generate(token);
	key_hash(token, hash);
	char *config = relay_config(h, harness_format(h, "[stream cam/large]\ntoken = %s\n", hash));
	struct relay *relay = relay_start(h, "--config", config, NULL);
	char *bearer = harness_format(h, "Authorization: Bearer %s\r\n", token);
	struct pair pair = {0};
	struct wire_header wish = {.type = WIRE_WISH, .length = 5};

	pair.small = client_publish(h, relay->port, "/cam/small");
	pair.large = client_publish(h, relay->port, "/cam/large");
	pair.small_picture = make(h, 1, SMALL, 320, 240);
	pair.large_picture = make(h, 2, LARGE, 1280, 720);
	publish(&pair);
	client_get(h, relay->port, "/cam/small.jpg?wait=60", "", 200);
	client_get(h, relay->port, "/cam/large.jpg?wait=60", bearer, 200);
	client_get(h, relay->port, "/cam.jpg", "", 401);
	client_get(h, relay->port, "/cam.jpg?rendition=large", "", 401);
	client_get(h, relay->port, "/cam.jpg", bearer, 200);
	/* Who was let in to one isn't let in to the other by a wish. */
	struct seen seen = watch(relay, "/cam?rendition=small");
	client_record(seen.client, &wish, "large");
	for (int i = 0; i < 50; i++) {
		publish(&pair);
		see_frame(&seen, &pair);
	}
	assert_string_equal(seen.name, "cam/small");
}

/* ---- demand ---- */

static void expect_demand(struct client *publisher, uint64_t viewers)
{
	struct wire_header header;
	const char *data;

	do
		assert_true(client_next_record(publisher, &header, &data));
	while (header.type != WIRE_DEMAND || header.sequence != viewers);
}

static void test_publisher_is_told_who_watches(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam/small");
	struct client *viewers[8];

	expect_demand(publisher, 0);
	/* They are spread over the workers. */
	for (size_t i = 0; i < 8; i++) {
		viewers[i] = client_watch(h, relay->port, "/cam/small");
		if (i == 0)
			expect_demand(publisher, 1);
	}
	expect_demand(publisher, 8);
	for (size_t i = 0; i < 8; i++)
		client_close(viewers[i]);
	expect_demand(publisher, 0);
}

static void test_paused_stream_shows_no_old_picture(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct picture old = picture_make(h, 1), new = picture_make(h, 2);
	struct wire_header pause = {.type = WIRE_PAUSE};
	const char *data;
	size_t len;

	expect_demand(publisher, 0);
	client_frame(publisher, old.data, old.len, 1000);
	client_record(publisher, &pause, NULL);
	/* On which worker it is noticed doesn't matter. */
	wait_for(is_paused(relay, true));
	usleep(100000);
	struct client *jpg = client_connect(h, relay->port);
	client_request(jpg, "GET", "/cam.jpg", "");
	expect_demand(publisher, 1);
	struct client *viewer = client_watch(h, relay->port, "/cam");
	expect_demand(publisher, 2);
	client_frame(publisher, new.data, new.len, 2000);
	assert_int_equal(client_head(jpg), 200);
	data = client_body(jpg, &len);
	assert_true(picture_equal(new, data, len));
	struct wire_header header = client_next_frame(viewer, &data);
	assert_true(picture_equal(new, data, header.length));
	/* Who comes to a publisher that sends nothing is told so. */
	client_close(viewer);
	expect_demand(publisher, 0);
	client_record(publisher, &pause, NULL);
	wait_for(is_paused(relay, true));
	usleep(100000);
	client_get(h, relay->port, "/cam.jpg", "", 503);
}

/* ---- the real agent and viewer ---- */

static void test_agent_rests_while_nobody_watches(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	const char *data;
	size_t len;

	program_start(h, "spillway-capture", "--io", h->io, "--source", "test:", "--size",
		      "320x240", "--fps", "1/2", relay_url(relay, "cam"), NULL);
	wait_for(is_paused(relay, true));
	/* It is there all the same, and begins with the next picture at once, long before it is
	 * due. */
	for (int i = 0; i < 2; i++) {
		struct client *viewer = client_watch(h, relay->port, "/cam");
		client_next_frame(viewer, &data);
		assert_true(is_paused(relay, false));
		client_close(viewer);
		wait_for(is_paused(relay, true));
	}
	client_body(client_get(h, relay->port, "/cam.jpg", "", 200), &len);
	assert_true(len > 0);
}

static void test_watch_tells_of_its_moves(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct pair pair;

	publish_pair(relay, &pair);
	struct program *watch = program_start(h, "spillway", "watch", "--io", h->io, "--json",
					      "--rendition", "auto", relay_url(relay, "cam"), NULL);
	int64_t deadline_us = harness_deadline_us();
	do {
		for (int i = 0; i < 25; i++) {
			publish(&pair);
			usleep(INTERVAL_US);
		}
		if (harness_now_us() > deadline_us)
			harness_fail("it isn't moved");
	} while (strstr(status(relay), "\"moves\":1") == NULL);
	for (int i = 0; i < 25; i++) {
		publish(&pair);
		usleep(INTERVAL_US);
	}
	program_signal(watch, SIGINT);
	assert_int_equal(program_wait(watch), 0);
	char *json = program_output(watch);
	assert_non_null(strstr(json, "\"rendition\":\"cam/large\",\"moves\":1"));
	assert_non_null(strstr(json, "\"repeated\":0,\"reordered\":0"));
	assert_non_null(strstr(json, "\"restarts\":0"));
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_name_alone_means_the_largest),
		HARNESS_TEST(test_rendition_that_is_none_is_refused),
		HARNESS_TEST(test_viewer_that_lags_is_moved_down_and_up_again),
		HARNESS_TEST(test_wish_changes_the_rendition),
		HARNESS_TEST(test_viewer_leaves_a_rendition_that_ends),
		HARNESS_TEST(test_viewer_on_its_way_ends_when_both_renditions_do),
		HARNESS_TEST(test_tokens_are_those_of_the_rendition),
		HARNESS_TEST(test_publisher_is_told_who_watches),
		HARNESS_TEST(test_paused_stream_shows_no_old_picture),
		HARNESS_TEST(test_agent_rests_while_nobody_watches),
		HARNESS_TEST(test_watch_tells_of_its_moves),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
