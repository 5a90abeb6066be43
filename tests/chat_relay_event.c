/* SPDX-License-Identifier: MIT */
#include "chat/relay_event.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_what_the_relay_says_is_understood(void **state)
{
	static const struct {
		const char *line;
		int result;
		struct relay_event event;
	} rows[] = {
		{"{\"ok\":true}", 0, {.kind = RELAY_EVENT_ANSWER}},
		{"{\"ok\":false,\"error\":\"No.\"}", 0, {.kind = RELAY_EVENT_REFUSED}},
		{"{\"event\":\"live\",\"stream\":\"cam\",\"time\":1795230113,\"viewers\":0}",
		 0,
		 {RELAY_EVENT_LIVE, "cam", "", 1795230113, 0}},
		{"{\"event\":\"live\",\"stream\":\"den/door\",\"time\":5,\"viewers\":1,"
		 "\"title\":\"The \\u00e4 \\\"door\\\"\"}",
		 0,
		 {RELAY_EVENT_LIVE, "den/door", "The \xc3\xa4 \"door\"", 5, 1}},
		{"{\"event\":\"viewers\",\"stream\":\"cam\",\"time\":5,\"viewers\":312}",
		 0,
		 {RELAY_EVENT_VIEWERS, "cam", "", 5, 312}},
		{"{\"event\":\"ended\",\"stream\":\"cam\",\"time\":7,\"viewers\":2}",
		 0,
		 {RELAY_EVENT_ENDED, "cam", "", 7, 2}},
		/* an earlier relay says less, a later one more */
		{"{\"event\":\"live\",\"stream\":\"cam\"}", 0, {RELAY_EVENT_LIVE, "cam", "", 0, 0}},
		{"{\"event\":\"recorded\",\"file\":[1]}", 0, {.kind = RELAY_EVENT_OTHER}},
		{"{\"event\":\"ended\",\"stream\":\"cam\",\"who\":{}}",
		 0,
		 {RELAY_EVENT_ENDED, "cam", "", 0, 0}},
		/* numbers and titles that won't do are as if they weren't there, or cleaned */
		{"{\"event\":\"live\",\"stream\":\"cam\",\"time\":-1,\"viewers\":-5}",
		 0,
		 {RELAY_EVENT_LIVE, "cam", "", 0, 0}},
		{"{\"event\":\"live\",\"stream\":\"cam\",\"viewers\":\"9\",\"title\":9}",
		 0,
		 {RELAY_EVENT_LIVE, "cam", "", 0, 0}},
		{"{\"event\":\"live\",\"stream\":\"cam\",\"title\":\"a\\r\\nQUIT\\u001b[2J\"}",
		 0,
		 {RELAY_EVENT_LIVE, "cam", "a  QUIT [2J", 0, 0}},
		/* no relay */
		{"", -EBADMSG, {0}},
		{"HTTP/1.1 400 Bad Request\r", -EBADMSG, {0}},
		{"[]", -EBADMSG, {0}},
		{"17", -EBADMSG, {0}},
		{"{}", -EBADMSG, {0}},
		{"{\"ok\":1}", -EBADMSG, {0}},
		{"{\"event\":17}", -EBADMSG, {0}},
		{"{\"event\":\"live\"}", -EBADMSG, {.kind = RELAY_EVENT_LIVE}},
		{"{\"event\":\"live\",\"stream\":\"\"}", -EBADMSG, {.kind = RELAY_EVENT_LIVE}},
		{"{\"event\":\"live\",\"stream\":\"Cam\"}", -EBADMSG, {.kind = RELAY_EVENT_LIVE}},
		{"{\"event\":\"live\",\"stream\":\"a b\"}", -EBADMSG, {.kind = RELAY_EVENT_LIVE}},
		{"{\"event\":\"live\",\"stream\":\"cam\\u0000\"}", -EBADMSG, {0}},
		{"{\"event\":\"live\",\"stream\":\"cam\",\"title\":\"\xff\"}", -EBADMSG, {0}},
		{"{\"ok\":true} more", -EBADMSG, {0}},
		{"{\"ok\":true,\"ok\":false}", -EBADMSG, {0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct relay_event event;
		int result = relay_event_parse(slice_from(rows[i].line), &event);

		if (result != rows[i].result || event.kind != rows[i].event.kind)
			fail_msg("%s: %d, kind %d", rows[i].line, result, (int)event.kind);
		if (result < 0)
			continue;
		assert_string_equal(event.stream, rows[i].event.stream);
		assert_string_equal(event.title, rows[i].event.title);
		assert_int_equal(event.time_s, rows[i].event.time_s);
		assert_int_equal(event.viewers, rows[i].event.viewers);
	}
}

static void test_long_title_is_cut_between_characters(void **state)
{
	char line[1024], title[2 * STREAM_MAX_TITLE + 1] = "";
	struct relay_event event;

	(void)state;
	strcat(title, "x");
	while (strlen(title) + 2 < sizeof(title))
		strcat(title, "\xc3\xa4");
	snprintf(line, sizeof(line), "{\"event\":\"live\",\"stream\":\"cam\",\"title\":\"%s\"}",
		 title);
	assert_int_equal(relay_event_parse(slice_from(line), &event), 0);
	assert_int_equal(strlen(event.title), STREAM_MAX_TITLE - 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_the_relay_says_is_understood),
		cmocka_unit_test(test_long_title_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
