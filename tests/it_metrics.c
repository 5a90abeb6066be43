/* SPDX-License-Identifier: MIT */
/* /metrics: Prometheus's text, what moves which counter, and who sees which stream. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/key.h"
#include "tests/harness_client.h"
#include "tests/harness_picture.h"

enum { LARGE = 200000, FRAMES = 60, MAX_SERIES = 2000, NAME_SIZE = 80 };

/* ---- helpers ---- */

static char *metrics(struct relay *relay, const char *fields)
{
	struct client *client = client_get(relay->harness, relay->port, "/metrics", fields, 200);
	char *text = client_body(client, NULL);

	client_close(client);
	return text;
}

/* A sample's value; -1 where it isn't there. */
static double value_in(struct harness *h, const char *text, const char *sample)
{
	const char *line = strstr(text, harness_format(h, "\n%s ", sample));

	return line != NULL ? strtod(line + strlen(sample) + 2, NULL) : -1;
}

static double value(struct relay *relay, const char *sample)
{
	return value_in(relay->harness, metrics(relay, ""), sample);
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

/* ---- the format, read strictly ---- */

struct parser {
	char family[NAME_SIZE], type[16];
	char families[64][NAME_SIZE];
	size_t n_families;
	char *series[MAX_SERIES]; /* names with labels: each only once */
	size_t n_series;
	char bucket_labels[512]; /* of the present histogram, without le */
	double bucket, last_le;
};

static const char *take_name(const char *at, char to[NAME_SIZE])
{
	size_t len = 0;

	assert_true(isalpha((unsigned char)*at) || *at == '_');
	while (isalnum((unsigned char)at[len]) || at[len] == '_' || at[len] == ':')
		len++;
	assert_true(len < NAME_SIZE);
	memcpy(to, at, len);
	to[len] = '\0';
	return at + len;
}

/* {name="value",…}; the value of le goes to *ret_le, and all others to `others`. */
static const char *take_labels(const char *at, char others[512], double *ret_le)
{
	char name[NAME_SIZE];

	others[0] = '\0';
	if (*at != '{')
		return at;
	do {
		const char *begin = at + 1, *quoted = take_name(at + 1, name);

		assert_int_equal(strncmp(quoted, "=\"", 2), 0);
		at = quoted + 2;
		for (; *at != '"'; at++) {
			assert_true(*at != '\0' && *at != '\n');
			if (*at == '\\')
				assert_non_null(strchr("\\\"n", *++at));
		}
		at++;
		if (strcmp(name, "le") == 0)
			*ret_le = strtod(quoted + 2, NULL);
		else
			strncat(others, begin, (size_t)(at - begin));
	} while (*at == ',');
	assert_int_equal(*at, '}');
	return at + 1;
}

static void check_histogram(struct parser *parser, const char *suffix, const char *others,
			    double le, double number)
{
	if (strcmp(suffix, "_bucket") == 0) {
		bool first = strcmp(others, parser->bucket_labels) != 0 || parser->bucket < 0;

		snprintf(parser->bucket_labels, sizeof(parser->bucket_labels), "%s", others);
		assert_true(le > (first ? 0 : parser->last_le));
		assert_true(number >= (first ? 0 : parser->bucket));
		parser->last_le = le;
		parser->bucket = number;
	} else {
		assert_string_equal(others, parser->bucket_labels);
		if (strcmp(suffix, "_count") == 0) {
			assert_true(parser->last_le > 1e300); /* +Inf was there */
			assert_false(number < parser->bucket || number > parser->bucket);
			parser->bucket = -1;
		} else {
			assert_string_equal(suffix, "_sum");
		}
	}
}

static void check_sample(struct parser *parser, struct harness *h, const char *line)
{
	char name[NAME_SIZE], others[512], *end;
	double le = -1;
	const char *at = take_labels(take_name(line, name), others, &le);
	size_t len = strlen(parser->family);

	assert_int_equal(*at, ' ');
	double number = strtod(at + 1, &end);
	assert_int_equal(*end, '\0');
	assert_true(number >= 0);
	assert_int_equal(strncmp(name, parser->family, len), 0);
	if (strcmp(parser->type, "histogram") == 0)
		check_histogram(parser, name + len, others, le, number);
	else
		assert_string_equal(name, parser->family);
	bool counter = strcmp(parser->type, "counter") == 0;
	assert_true(counter == (len > 6 && strcmp(name + len - 6, "_total") == 0));
	char *series = harness_format(h, "%.*s", (int)(at - line), line);
	for (size_t i = 0; i < parser->n_series; i++)
		assert_string_not_equal(parser->series[i], series);
	assert_true(parser->n_series < MAX_SERIES);
	parser->series[parser->n_series++] = series;
}

static void check_format(struct harness *h, char *text)
{
	struct parser *parser = harness_alloc(h, sizeof(*parser));
	char *rest = NULL, help[NAME_SIZE] = "";
	size_t len = strlen(text);

	parser->bucket = -1;
	assert_int_equal(text[len - 1], '\n');
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "# HELP ", 7) == 0) {
			const char *sentence = take_name(line + 7, help);

			assert_true(strlen(sentence) > 5);
			for (size_t i = 0; i < parser->n_families; i++)
				assert_string_not_equal(parser->families[i], help);
			strcpy(parser->families[parser->n_families++], help);
		} else if (line[0] == '#') {
			assert_int_equal(
				sscanf(line, "# TYPE %79s %15s", parser->family, parser->type), 2);
			assert_string_equal(parser->family, help);
		} else {
			check_sample(parser, h, line);
		}
	}
	assert_true(parser->n_families > 20 && parser->n_series > 100);
}

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
	check_format(h, metrics(relay, ""));
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
	/* It is asked about in turn; what it waits for becomes older than any bucket's end below, even
	 * the newest. */
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
		assert_true(value_in(h, text, still[i]) == 0);
	assert_true(value_in(h, text,
			     "spillway_stream_dropped_frames_total" CAM
			     ",reason=\"backlog\"}") == FRAMES - got);
	assert_true(value_in(h, text, "spillway_dropped_frames_total{reason=\"backlog\"}") ==
		    FRAMES - got);
	assert_true(value_in(h, text, "spillway_stream_received_frames_total{stream=\"cam\"}") ==
		    FRAMES);
	assert_true(value_in(h, text, "spillway_stream_live{stream=\"cam\"}") == 1);
	assert_true(value_in(h, text, "spillway_stream_viewers" CAM "}") == 2);
	assert_true(value_in(h, text, "spillway_stream_joined_viewers_total" CAM "}") == 2);
	assert_true(value_in(h, text, "spillway_stream_sent_frames_total" CAM "}") == FRAMES + got);
	assert_true(value_in(h, text, "spillway_stream_sent_frames_total" OTHER "}") == 1);
	assert_true(value_in(h, text, "spillway_stream_sent_bytes_total" CAM "}") ==
		    (double)(FRAMES + got) * (LARGE + WIRE_HEADER_SIZE));
	assert_true(value_in(h, text, "spillway_stream_socket_age_seconds_count" CAM "}") ==
		    FRAMES + got);
	/* What the slow viewer was sent last was that old. */
	assert_true(value_in(h, text,
			     "spillway_stream_socket_age_seconds_bucket" CAM
			     ",le=\"0.524288\"}") < FRAMES + got);
	assert_true(value_in(h, text, "spillway_stream_socket_age_seconds_sum" CAM "}") > 0.524);
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
		assert_true(value_in(h, text, "spillway_streams") == 2);
		assert_true(value_in(h, text, "spillway_received_frames_total") == 2);
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
