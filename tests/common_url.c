/* SPDX-License-Identifier: MIT */
#include "common/url.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_addresses_as_people_type_them(void **state)
{
	static const struct {
		const char *text, *host, *port, *stream, *query;
	} cases[] = {
		{"localhost/cam", "localhost", "7070", "cam", ""},
		{"localhost:8080/cam", "localhost", "8080", "cam", ""},
		{"spillway://h/cam", "h", "7070", "cam", ""},
		{"SPILLWAY://H/cam", "H", "7070", "cam", ""},
		{"spillway://tv.example.org:1/a/b/c/d", "tv.example.org", "1", "a/b/c/d", ""},
		{"http://host/cam", "host", "80", "cam", ""},
		{"http://host:7070/cam", "host", "7070", "cam", ""},
		{"127.0.0.1/cam", "127.0.0.1", "7070", "cam", ""},
		{"[::1]/cam", "::1", "7070", "cam", ""},
		{"[::1]:7071/cam", "::1", "7071", "cam", ""},
		{"[fe80::1%eth0]:65535/cam", "fe80::1%eth0", "65535", "cam", ""},
		{"[::ffff:127.0.0.1]/cam", "::ffff:127.0.0.1", "7070", "cam", ""},
		{"h:007071/cam", "h", "7071", "cam", ""},
		{"h/cam?wait=5&x=http://y", "h", "7070", "cam", "wait=5&x=http://y"},
		{"h/cam?", "h", "7070", "cam", ""},
		{"h/cam/720p?a?b", "h", "7070", "cam/720p", "a?b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct url url;
		const char *why;

		if (url_parse(cases[i].text, &url, &why) != 0)
			fail_msg("%s: %s", cases[i].text, why);
		assert_string_equal(url.host, cases[i].host);
		assert_string_equal(url.port, cases[i].port);
		assert_string_equal(url.stream, cases[i].stream);
		assert_string_equal(url.query, cases[i].query);
	}
}

static void test_refused_addresses_say_why(void **state)
{
	static const struct {
		const char *text, *why; /* why: a part of the sentence */
	} cases[] = {
		{"", "host is missing"},
		{"cam", "stream is missing"},
		{"localhost", "stream is missing"},
		{"localhost?wait=5", "stream is missing"},
		{"localhost/", "name"},
		{"localhost/cam/", "name"},
		{"localhost/cam.mjpg", "without an ending"},
		{"localhost/cam#x", "name"},
		{"localhost/api/streams", "name"},
		{"/cam", "host is missing"},
		{":7070/cam", "host is missing"},
		{"spillway:///cam", "host is missing"},
		{"https://host/cam", "scheme"},
		{"rtmp://host/cam", "scheme"},
		{"://host/cam", "scheme"},
		{"user:key@host/cam", "key"},
		{"http://key@host/cam", "key"},
		{"::1/cam", "brackets"},
		{"fe80::1:7070/cam", "brackets"},
		{"[::1/cam", "host is not valid"},
		{"[]/cam", "host is not valid"},
		{"[localhost]/cam", "host is not valid"},
		{"[::1%]/cam", "host is not valid"},
		{"[::g]/cam", "host is not valid"},
		{"[::1]x/cam", "colon"},
		{"[::1]7070/cam", "colon"},
		{"ho st/cam", "host is not valid"},
		{"h\xc3\xb6st/cam", "host is not valid"},
		{"host\\/cam", "host is not valid"},
		{"7070/cam", "host is not valid"},
		{"host:/cam", "port"},
		{"[::1]:/cam", "port"},
		{"host:0/cam", "port"},
		{"host:65536/cam", "port"},
		{"host:http/cam", "port"},
		{"host:-1/cam", "port"},
		{"host/cam?a b", "escaped"},
		{"host/cam?a\r\nX: y", "escaped"},
		{"host/cam?a#b", "escaped"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct url url;
		const char *why = NULL;

		if (url_parse(cases[i].text, &url, &why) != -EINVAL)
			fail_msg("%s was accepted", cases[i].text);
		if (!why || !strstr(why, cases[i].why))
			fail_msg("%s: %s", cases[i].text, why);
	}
}

static void test_long_parts_are_refused(void **state)
{
	char text[1024], x[300];
	struct url url;
	const char *why;

	(void)state;
	memset(x, 'x', sizeof(x));
	snprintf(text, sizeof(text), "%.255s/cam?%.255s", x, x);
	assert_int_equal(url_parse(text, &url, &why), 0);
	assert_int_equal(strlen(url.host), 255);
	assert_int_equal(strlen(url.query), 255);
	snprintf(text, sizeof(text), "%.256s/cam", x);
	assert_int_equal(url_parse(text, &url, &why), -EINVAL);
	snprintf(text, sizeof(text), "[::1%%%.252s]/cam", x);
	assert_int_equal(url_parse(text, &url, &why), -EINVAL);
	snprintf(text, sizeof(text), "h/cam?%.256s", x);
	assert_int_equal(url_parse(text, &url, &why), -EINVAL);
	snprintf(text, sizeof(text), "h/%.129s", x);
	assert_int_equal(url_parse(text, &url, &why), -EINVAL);
}

static void test_endpoints_to_listen_on(void **state)
{
	static const struct {
		const char *text, *host, *port; /* host NULL: refused */
	} cases[] = {
		{"localhost:80", "localhost", "80"},
		{"localhost", "localhost", "7070"},
		{":80", "any", "80"},
		{":0", "any", "0"},
		{"127.0.0.1:0", "127.0.0.1", "0"},
		{"[::]:7070", "::", "7070"},
		{"[::1]", "::1", "7070"},
		{"", NULL, NULL},
		{":", NULL, NULL},
		{"host:", NULL, NULL},
		{"7070", NULL, NULL},
		{"host:65536", NULL, NULL},
		{"host:80x", NULL, NULL},
		{"*:80", NULL, NULL},
		{"::", NULL, NULL},
		{"::1", NULL, NULL},
		{"[::1", NULL, NULL},
		{"[::1]80", NULL, NULL},
		{"host/cam", NULL, NULL},
		{"host:80/cam", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char host[256], port[6];
		int r = url_parse_endpoint(cases[i].text, "any", "7070", host, port);

		if (r != (cases[i].host ? 0 : -EINVAL))
			fail_msg("%s: %d", cases[i].text, r);
		if (r == 0) {
			assert_string_equal(host, cases[i].host);
			assert_string_equal(port, cases[i].port);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_as_people_type_them),
		cmocka_unit_test(test_refused_addresses_say_why),
		cmocka_unit_test(test_long_parts_are_refused),
		cmocka_unit_test(test_endpoints_to_listen_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
