/* SPDX-License-Identifier: MIT */
/* The relay's part of streams on demand, record by record; it_library.c has the agent's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness_client.h"
#include "tests/harness_picture.h"

#define FILM                                                                                       \
	"{\"slug\":\"film\",\"title\":\"A film\",\"duration_s\":62.5,\"width\":64,\"height\":48}"

static void send_text(struct client *library, uint8_t type, uint8_t flags, const char *text)
{
	const struct wire_header header = {
		.type = type, .flags = flags, .length = (uint32_t)strlen(text)};

	client_record(library, &header, text);
}

/* The next OPEN or CLOSE: its payload. */
static char *next_text(struct client *library, uint8_t type)
{
	struct wire_header header;
	const char *payload;

	do
		assert_true(client_next_record(library, &header, &payload));
	while (header.type == WIRE_DEMAND);
	assert_int_equal(header.type, type);
	return harness_format(library->harness, "%.*s", (int)header.length, payload);
}

static char *streams(struct harness *h, const struct relay *relay)
{
	return client_body(client_get(h, relay->port, "/api/streams", "", 200), NULL);
}

static struct client *start_library(struct harness *h, const struct relay *relay)
{
	struct client *library = client_publish(h, relay->port, "/vod");

	send_text(library, WIRE_CATALOGUE, 0, "");
	send_text(library, WIRE_CATALOGUE, 0, FILM);
	wait_for(strstr(streams(h, relay), "vod/film") != NULL);
	return library;
}

static struct client *ask(struct harness *h, const struct relay *relay, const char *target)
{
	struct client *client = client_connect(h, relay->port);

	client_request(client, "GET", target, "");
	return client;
}

static void test_catalogue_is_listed_and_follows_changes(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *library = start_library(h, relay);
	char *list = streams(h, relay);

	assert_non_null(strstr(list, "\"state\":\"on-demand\""));
	assert_non_null(strstr(list, "\"title\":\"A film\""));
	assert_non_null(strstr(list, "\"duration_s\":62.5"));
	assert_null(strstr(list, "\"name\":\"vod\""));
	client_get(h, relay->port, "/vod", "", 404);
	send_text(library, WIRE_CATALOGUE, 0, "{\"slug\":\"other\"}");
	send_text(library, WIRE_CATALOGUE, 0, "{\"slug\":\"film\",\"gone\":true}");
	wait_for(strstr(streams(h, relay), "vod/film") == NULL);
	assert_non_null(strstr(streams(h, relay), "vod/other"));
	client_get(h, relay->port, "/vod/film.mjpg", "", 404);
	client_close(library);
	wait_for(strstr(streams(h, relay), "vod/other") == NULL);
}

static void test_who_asks_is_sent_to_a_session(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *library = start_library(h, relay);
	struct client *viewer = ask(h, relay, "/vod/film.mjpg?early=0&x=1");
	char *session = next_text(library, WIRE_OPEN);

	assert_int_equal(strncmp(session, "film~", 5), 0);
	char *target = harness_format(h, "/vod/%s", session);
	struct client *publisher = client_publish(h, relay->port, target);
	assert_int_equal(client_head(viewer), 307);
	assert_string_equal(client_field(viewer, "Location"),
			    harness_format(h, "/vod/%s.mjpg?early=0&x=1", session));
	struct client *first = client_watch(h, relay->port, target);
	struct client *second = client_watch(h, relay->port, target);
	const char *data;
	struct picture picture = picture_make(h, 1);
	client_frame(publisher, picture.data, picture.len, 1);
	client_next_frame(first, &data);
	client_next_frame(second, &data);
	/* Nobody else hears of it. */
	assert_null(strstr(streams(h, relay), session));
	client_close(first);
	client_frame(publisher, picture.data, picture.len, 2);
	client_next_frame(second, &data);
	client_close(second);
	assert_string_equal(next_text(library, WIRE_CLOSE), session);
	assert_string_equal(client_end_sentence(publisher), "Nobody watches it any more.");
	client_get(h, relay->port, target, "", 404);
	client_get(h, relay->port, "/metrics", "", 200);
}

static void test_ladder_is_asked_of_the_library(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *library = start_library(h, relay);
	struct client *viewer = ask(h, relay, "/vod/film.mjpg?rendition=ladder");
	char *open = next_text(library, WIRE_OPEN), *words = strchr(open, ' ');
	struct picture picture = picture_make(h, 1);
	const char *data;
	size_t len;

	assert_non_null(words);
	assert_string_equal(words, " ladder");
	*words = '\0';
	char *target = harness_format(h, "/vod/%s", open);
	struct client *publisher = client_publish(h, relay->port, target);
	assert_int_equal(client_head(viewer), 307);
	char *location = client_field(viewer, "Location");
	assert_string_equal(location, harness_format(h, "/vod/%s.mjpg?rendition=ladder", open));
	/* To whom it leads, with every transport, and to who comes without the word. */
	struct client *parts = client_parts(h, relay->port, location, "");
	struct client *records =
		client_watch(h, relay->port, harness_format(h, "%s?rendition=ladder", target));
	struct client *plain = client_watch(h, relay->port, target);
	client_frame(publisher, picture.data, picture.len, 1);
	assert_true(client_next_part(parts, &data, &len));
	client_next_frame(records, &data);
	client_next_frame(plain, &data);
	client_close(parts);
	client_close(records);
	client_close(plain);
	/* What is told of its end is its name alone. */
	assert_string_equal(next_text(library, WIRE_CLOSE), open);
}

static void test_what_is_no_ladder_is_refused_as_one(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *library = start_library(h, relay), *cam, *viewer;
	struct picture picture = picture_make(h, 1);

	cam = client_publish(h, relay->port, "/cam");
	client_frame(cam, picture.data, picture.len, 1);
	wait_for(strstr(streams(h, relay), "\"cam\"") != NULL);
	viewer = client_get(h, relay->port, "/cam.mjpg?rendition=ladder", "", 400);
	assert_string_equal(client_body(viewer, NULL),
			    "cam is live: rendition=ladder is for videos "
			    "that are played on demand.\n");
	client_get(h, relay->port, "/none.mjpg?rendition=ladder", "", 404);
	viewer = ask(h, relay, "/vod/film.mjpg");
	char *target = harness_format(h, "/vod/%s", next_text(library, WIRE_OPEN));
	client_publish(h, relay->port, target);
	assert_int_equal(client_head(viewer), 307);
	viewer = client_get(h, relay->port, harness_format(h, "%s.mjpg?rendition=ladder", target),
			    "", 400);
	assert_string_equal(client_body(viewer, NULL),
			    harness_format(h, "%s isn't played as a ladder.\n", target + 1));
}

static void test_session_ends_with_its_publisher(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *library = start_library(h, relay);
	struct client *viewer = ask(h, relay, "/vod/film");
	char *session = next_text(library, WIRE_OPEN);
	char *target = harness_format(h, "/vod/%s", session);
	struct client *publisher = client_publish(h, relay->port, target);

	assert_int_equal(client_head(viewer), 307);
	viewer = client_watch(h, relay->port, target);
	client_close(publisher);
	/* There is no lingering. */
	assert_string_equal(client_end_sentence(viewer), "the stream has ended");
	assert_string_equal(next_text(library, WIRE_CLOSE), session);
}

static void test_refusal_reaches_who_asked_alone(struct harness *h)
{
	static const struct {
		uint8_t flags;
		int status;
	} cases[] = {{0, 502}, {WIRE_RETURN, 503}};
	struct relay *relay = relay_start(h, NULL);
	struct client *library = start_library(h, relay);

	for (size_t i = 0; i < 2; i++) {
		struct client *viewer = ask(h, relay, "/vod/film.jpg");
		char *session = next_text(library, WIRE_OPEN);

		send_text(library, WIRE_CLOSE, cases[i].flags,
			  harness_format(h, "%s the file is empty", session));
		assert_int_equal(client_head(viewer), cases[i].status);
		assert_string_equal(client_body(viewer, NULL), "vod/film: the file is empty\n");
		client_request(client_connect(h, relay->port), "PUT",
			       harness_format(h, "/vod/%s", session), "");
	}
	struct client *viewer = ask(h, relay, "/vod/film.jpg");
	next_text(library, WIRE_OPEN);
	client_close(library);
	assert_int_equal(client_head(viewer), 503);
}

static void test_sessions_are_published_by_who_was_asked(struct harness *h)
{
	static const struct {
		const char *target;
		int status;
	} cases[] = {{"/vod/film~guess", 410}, {"/cam/film~guess", 410}, {"/vod/film", 409}};
	struct relay *relay = relay_start(h, NULL);

	start_library(h, relay);
	for (size_t i = 0; i < 3; i++) {
		struct client *client = client_connect(h, relay->port);

		client_request(client, "POST", cases[i].target,
			       "Connection: Upgrade\r\nUpgrade: spillway/1\r\n");
		assert_int_equal(client_head(client), cases[i].status);
	}
	client_get(h, relay->port, "/vod/film~guess", "", 404);
}

static void test_malformed_records_end_the_library_alone(struct harness *h)
{
	static const struct {
		uint8_t type;
		const char *text;
	} cases[] = {
		{WIRE_CATALOGUE, "{\"slug\":\"../film\"}"},
		{WIRE_CATALOGUE, "{\"slug\":\"film\""},
		{WIRE_CLOSE, "film"},
		{WIRE_CLOSE, ""},
	};
	struct relay *relay = relay_start(h, NULL);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct client *library = start_library(h, relay);

		send_text(library, cases[i].type, 0, cases[i].text);
		assert_string_equal(client_end_sentence(library),
				    "A record about streams on demand is malformed.");
		wait_for(strstr(streams(h, relay), "vod/film") == NULL);
	}
}

static void test_catalogue_is_bounded(struct harness *h)
{
	struct relay *relay = relay_start(h, "--max-streams", "2", NULL);
	struct client *library = start_library(h, relay);

	send_text(library, WIRE_CATALOGUE, 0, "{\"slug\":\"a\"}");
	send_text(library, WIRE_CATALOGUE, 0, "{\"slug\":\"b\"}");
	program_wait_log(relay->program, "there is room for 2 streams on demand");
	assert_non_null(strstr(streams(h, relay), "vod/a"));
	assert_null(strstr(streams(h, relay), "vod/b"));
}

static void test_rule_of_access_holds_for_sessions(struct harness *h)
{
	char *config = relay_config(h, "[stream vod/film]\nwatch = token\n");
	struct relay *relay = relay_start(h, "--config", config, NULL);
	struct client *library = client_publish(h, relay->port, "/vod");

	send_text(library, WIRE_CATALOGUE, 0, FILM);
	send_text(library, WIRE_CATALOGUE, 0, "{\"slug\":\"other\"}");
	wait_for(strstr(streams(h, relay), "vod/other") != NULL);
	assert_null(strstr(streams(h, relay), "vod/film"));
	client_get(h, relay->port, "/vod/film.mjpg", "", 401);
	client_get(h, relay->port, "/vod/film~x.mjpg", "", 401);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_catalogue_is_listed_and_follows_changes),
		HARNESS_TEST(test_who_asks_is_sent_to_a_session),
		HARNESS_TEST(test_ladder_is_asked_of_the_library),
		HARNESS_TEST(test_what_is_no_ladder_is_refused_as_one),
		HARNESS_TEST(test_session_ends_with_its_publisher),
		HARNESS_TEST(test_refusal_reaches_who_asked_alone),
		HARNESS_TEST(test_sessions_are_published_by_who_was_asked),
		HARNESS_TEST(test_malformed_records_end_the_library_alone),
		HARNESS_TEST(test_catalogue_is_bounded),
		HARNESS_TEST(test_rule_of_access_holds_for_sessions),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
