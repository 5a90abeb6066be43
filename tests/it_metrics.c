/* SPDX-License-Identifier: MIT */
/* /metrics: Prometheus's text, what moves which counter, and who sees which stream. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/key.h"
#include "tests/harness_client.h"
#include "tests/harness_metrics.h"
#include "tests/harness_picture.h"

enum { LARGE = 200000, FRAMES = 60 };

/* ---- helpers ---- */

static char *metrics(struct relay *relay, const char *fields)
{
	return metrics_get(relay->harness, relay->port, fields);
}

static double value(struct relay *relay, const char *sample)
{
	return metrics_value(relay->harness, metrics(relay, ""), sample);
}

static struct client *publish(struct relay *relay, const char *target, const char *key)
{
	struct client *publisher = client_publish(
		relay->harness, relay->port,
		harness_format(relay->harness, "%s%s%s", target, *key ? "?key=" : "", key));
	struct picture picture = picture_make(relay->harness, 1);

	client_frame(publisher, picture.data, picture.len, 0);
	return publisher;
}

/* ---- the format ---- */

static void test_text_keeps_prometheus_format(struct harness *h)
{
	struct relay *relay = relay_start(h, "--workers", "3", NULL);
	const char *data;
	size_t len;

	publish(relay, "/cam", "");
	publish(relay, "/cam/240p", "");
	publish(relay, "/other", "");
	client_next_frame(client_watch(h, relay->port, "/cam"), &data);
	client_next_frame(client_watch(h, relay->port, "/cam/240p"), &data);
	client_next_part(client_parts(h, relay->port, "/cam", ""), &data, &len);
	client_next_early(client_parts(h, relay->port, "/cam?early=1", ""), &data, &len);
	assert_true(metrics_check(h, metrics(relay, "")) > 100);
	struct client *head = client_connect(h, relay->port);
	client_request(head, "HEAD", "/metrics", "");
	assert_int_equal(client_head(head), 200);
	assert_true(atoi(client_field(head, "Content-Length")) > 5000);
	client_expect_end(head);
}

/* ---- what moves ---- */

static void test_slow_viewer_moves_the_counters_of_its_stream(struct harness *h)
{
	struct relay *relay = relay_start(h, "--workers", "3", NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct client *healthy = client_watch(h, relay->port, "/cam");
	struct client *slow = client_watch(h, relay->port, "/cam");
	const char *data;
	int got = 1;

	publish(relay, "/other", "");
	client_next_frame(client_watch(h, relay->port, "/other"), &data);
	wait_for(value(relay, "spillway_viewers") == 3);
	for (unsigned i = 0; i < FRAMES; i++) {
		struct picture picture = picture_make_sized(h, i, LARGE);

		client_frame(publisher, picture.data, picture.len, i * 40000);
		client_next_frame(healthy, &data);
	}
	int64_t published_us = harness_now_us();
	/* It is asked about in turn; what it waits for becomes older than any bucket's end below,
	 * even the newest. */
#define VIEWER_AGE(le)                                                                             \
	value(relay, "spillway_stream_viewer_age_seconds_bucket{stream=\"cam\","                   \
		     "transport=\"native\",le=\"" le "\"}")
	wait_for(VIEWER_AGE("+Inf") > VIEWER_AGE("0.524288") &&
		 harness_now_us() - published_us > 524288);
	assert_true(VIEWER_AGE("0.524288") > 0);
	while (client_next_frame(slow, &data).sequence < FRAMES - 1)
		got++;
	wait_for(value(relay, "spillway_sent_frames_total") == FRAMES + got + 1);
	char *text = metrics(relay, "");
#define CAM "{stream=\"cam\",transport=\"native\""
#define OTHER "{stream=\"other\",transport=\"native\""
	static const char *const still[] = {
		"spillway_stream_dropped_frames_total" CAM ",reason=\"queue\"}",
		"spillway_stream_dropped_frames_total" CAM ",reason=\"lag\"}",
		"spillway_stream_dropped_frames_total" OTHER ",reason=\"backlog\"}",
	};
	for (size_t i = 0; i < sizeof(still) / sizeof(*still); i++)
		assert_true(metrics_value(h, text, still[i]) == 0);
	assert_true(metrics_value(h, text,
				  "spillway_stream_dropped_frames_total" CAM
				  ",reason=\"backlog\"}") == FRAMES - got);
	assert_true(metrics_value(h, text, "spillway_dropped_frames_total{reason=\"backlog\"}") ==
		    FRAMES - got);
	assert_true(
		metrics_value(h, text, "spillway_stream_received_frames_total{stream=\"cam\"}") ==
		FRAMES);
	assert_true(metrics_value(h, text, "spillway_stream_live{stream=\"cam\"}") == 1);
	assert_true(metrics_value(h, text, "spillway_stream_viewers" CAM "}") == 2);
	assert_true(metrics_value(h, text, "spillway_stream_joined_viewers_total" CAM "}") == 2);
	assert_true(metrics_value(h, text, "spillway_stream_sent_frames_total" CAM "}") ==
		    FRAMES + got);
	assert_true(metrics_value(h, text, "spillway_stream_sent_frames_total" OTHER "}") == 1);
	assert_true(metrics_value(h, text, "spillway_stream_sent_bytes_total" CAM "}") ==
		    (double)(FRAMES + got) * (LARGE + WIRE_HEADER_SIZE));
	assert_true(metrics_value(h, text, "spillway_stream_socket_age_seconds_count" CAM "}") ==
		    FRAMES + got);
	/* What the slow viewer was sent last was that old. */
	assert_true(metrics_value(h, text,
				  "spillway_stream_socket_age_seconds_bucket" CAM
				  ",le=\"0.524288\"}") < FRAMES + got);
	assert_true(metrics_value(h, text, "spillway_stream_socket_age_seconds_sum" CAM "}") >
		    0.524);
	assert_null(strstr(text, "transport=\"multipart\""));
}

/* ---- who sees what ---- */

static void test_guarded_stream_is_shown_to_whom_it_may_be(struct harness *h)
{
	char key[KEY_TEXT_SIZE], token[KEY_TEXT_SIZE], wrong[KEY_TEXT_SIZE];
	char key_hashed[KEY_HASH_SIZE], token_hashed[KEY_HASH_SIZE];

	key_generate(key);
	key_generate(token);
	key_generate(wrong);
	key_hash(key, key_hashed);
	key_hash(token, token_hashed);
	struct relay *relay = relay_start(
		h, "--config",
		relay_config(h, harness_format(h, "[stream den]\nkey = %s\ntoken = %s\n",
					       key_hashed, token_hashed)),
		NULL);
	const struct {
		const char *fields;
		bool shown;
	} cases[] = {
		{"", true}, /* this machine */
		{"X-Forwarded-For: 192.0.2.1\r\n", false},
		{harness_format(h, "Via: x\r\nAuthorization: Bearer %s\r\n", token), true},
		{harness_format(h, "Via: x\r\nAuthorization: Bearer %s\r\n", key), true},
		{harness_format(h, "Via: x\r\nAuthorization: Bearer %s\r\n", wrong), false},
	};

	publish(relay, "/den", key);
	publish(relay, "/cam", "");
	wait_for(value(relay, "spillway_received_frames_total") == 2);
	wait_for(value(relay, "spillway_stream_live{stream=\"den\"}") == 1);
	wait_for(value(relay, "spillway_stream_live{stream=\"cam\"}") == 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = metrics(relay, cases[i].fields);

		assert_int_equal(strstr(text, "\"den\"") != NULL, cases[i].shown);
		assert_true(metrics_value(h, text, "spillway_streams") == 2);
		assert_true(metrics_value(h, text, "spillway_received_frames_total") == 2);
	}
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_text_keeps_prometheus_format),
		HARNESS_TEST(test_slow_viewer_moves_the_counters_of_its_stream),
		HARNESS_TEST(test_guarded_stream_is_shown_to_whom_it_may_be),
	};
	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
