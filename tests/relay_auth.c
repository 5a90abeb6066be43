/* SPDX-License-Identifier: MIT */
#include "relay/auth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/key.h"

static struct http_head parse(const char *fields, const char *version, const char *target)
{
	static char text[1024]; /* the head borrows it */
	struct http_head head;
	int len = snprintf(text, sizeof(text), "PUT %s HTTP/%s\r\n%s\r\n", target, version, fields);

	assert_int_equal(http_parse_request(text, (size_t)len, &head), len);
	return head;
}

static void test_what_counts_as_loopback(void **state)
{
	static const struct {
		bool peer;
		const char *version, *fields;
		bool loopback;
	} rows[] = {
		{true, "1.1", "Host: localhost\r\n", true},
		{true, "1.1", "Host: LocalHost:7070\r\n", true},
		{true, "1.1", "Host: 127.0.0.1:7070\r\n", true},
		{true, "1.1", "Host: 127.9.8.7\r\n", true},
		{true, "1.1", "Host: [::1]:7070\r\n", true},
		{true, "1.1", "Host: localhost:7070\r\nOrigin: http://localhost:7070\r\n", true},
		{false, "1.1", "Host: localhost\r\n", false},
		{true, "1.0", "Host: localhost\r\n", false},
		{true, "1.0", "", false},
		/* names that others may own, or that a browser was lured to (DNS rebinding) */
		{true, "1.1", "Host: example.com\r\n", false},
		{true, "1.1", "Host: 127.0.0.1.example.com\r\n", false},
		{true, "1.1", "Host: localhost.example.com\r\n", false},
		{true, "1.1", "Host: 127.0.0.1.2\r\n", false},
		{true, "1.1", "Host: 127.0.0\r\n", false},
		{true, "1.1", "Host: 127.0.0.999\r\n", false},
		{true, "1.1", "Host: 128.0.0.1\r\n", false},
		{true, "1.1", "Host: [::2]\r\n", false},
		{true, "1.1", "Host:\r\n", false},
		/* a page of another site */
		{true, "1.1", "Host: localhost\r\nOrigin: http://example.com\r\n", false},
		{true, "1.1", "Host: localhost:7070\r\nOrigin: http://localhost:8080\r\n", false},
		{true, "1.1", "Host: localhost\r\nOrigin: https://localhost\r\n", false},
		{true, "1.1", "Host: localhost\r\nOrigin: null\r\n", false},
		/* a proxy */
		{true, "1.1", "Host: localhost\r\nX-Forwarded-For: 1.2.3.4\r\n", false},
		{true, "1.1", "Host: localhost\r\nForwarded: for=1.2.3.4\r\n", false},
		{true, "1.1", "Host: localhost\r\nVia: 1.1 proxy\r\n", false},
		{true, "1.1", "Host: localhost\r\nX-Real-IP: 1.2.3.4\r\n", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct http_head head = parse(rows[i].fields, rows[i].version, "/cam");

		if (auth_is_loopback(&head, rows[i].peer) != rows[i].loopback)
			fail_msg("HTTP/%s, %s", rows[i].version, rows[i].fields);
	}
}

struct secrets {
	char key[KEY_TEXT_SIZE];
	char hash[KEY_HASH_SIZE], other[KEY_HASH_SIZE];
	char *items[2];
	struct option_list list;
};

static void make_secrets(struct secrets *secrets)
{
	char other[KEY_TEXT_SIZE];

	key_generate(secrets->key);
	key_generate(other);
	key_hash(secrets->key, secrets->hash);
	key_hash(other, secrets->other);
	secrets->items[0] = secrets->other;
	secrets->items[1] = secrets->hash;
	secrets->list = (struct option_list){secrets->items, 2};
}

static void test_key_is_taken_from_each_place(void **state)
{
	struct secrets secrets;
	char fields[256], target[256];

	(void)state;
	make_secrets(&secrets);
	snprintf(fields, sizeof(fields), "Host: x\r\nAuthorization: Bearer %s\r\n", secrets.key);
	struct http_head head = parse(fields, "1.1", "/cam");
	assert_true(auth_has_secret(&head, &secrets.list));

	snprintf(target, sizeof(target), "/cam?early=1&key=%s", secrets.key);
	head = parse("Host: x\r\n", "1.1", target);
	assert_true(auth_has_secret(&head, &secrets.list));

	secrets.key[0] = secrets.key[0] == '0' ? '1' : '0';
	snprintf(target, sizeof(target), "/cam?key=%s", secrets.key);
	head = parse("Host: x\r\n", "1.1", target);
	assert_false(auth_has_secret(&head, &secrets.list));

	head = parse("Host: x\r\n", "1.1", "/cam?key=");
	assert_false(auth_has_secret(&head, &secrets.list));
	head = parse("Host: x\r\n", "1.1", "/cam");
	assert_false(auth_has_secret(&head, &secrets.list));
}

/* ---- how long it takes says nothing ---- */

/* What compares, as the linker puts it in the place of the C library's. */
int __wrap_sodium_memcmp(const void *a, const void *b, size_t len);
int __real_sodium_memcmp(const void *a, const void *b, size_t len);
int __wrap_memcmp(const void *a, const void *b, size_t len);
int __real_memcmp(const void *a, const void *b, size_t len);
int __wrap_strcmp(const char *a, const char *b);
int __real_strcmp(const char *a, const char *b);
int __wrap_strncmp(const char *a, const char *b, size_t len);
int __real_strncmp(const char *a, const char *b, size_t len);

static const struct secrets *watched;
static unsigned n_whole, n_hasty;

static bool is_watched(const void *at)
{
	const char *from = (const char *)watched, *to = (const char *)(watched + 1);

	return watched != NULL && (const char *)at >= from && (const char *)at < to;
}

int __wrap_sodium_memcmp(const void *a, const void *b, size_t len)
{
	n_whole += len == KEY_HASH_SIZE - 1;
	return __real_sodium_memcmp(a, b, len);
}

/* The prefix of a hash is no secret. */
int __wrap_memcmp(const void *a, const void *b, size_t len)
{
	n_hasty += (is_watched(a) || is_watched(b)) && len > strlen("blake2b:");
	return __real_memcmp(a, b, len);
}

int __wrap_strcmp(const char *a, const char *b)
{
	n_hasty += is_watched(a) || is_watched(b);
	return __real_strcmp(a, b);
}

int __wrap_strncmp(const char *a, const char *b, size_t len)
{
	n_hasty += (is_watched(a) || is_watched(b)) && len > strlen("blake2b:");
	return __real_strncmp(a, b, len);
}

static void test_each_hash_is_compared_whole_whichever_matches(void **state)
{
	struct secrets secrets;
	char key[KEY_TEXT_SIZE], target[256];

	(void)state;
	make_secrets(&secrets);
	for (unsigned i = 0; i < 3; i++) { /* the second matches, the first, none */
		snprintf(key, sizeof(key), "%s", secrets.key);
		if (i == 1)
			key_hash(key, secrets.other);
		if (i == 2)
			key_generate(key);
		snprintf(target, sizeof(target), "/cam?key=%s", key);
		struct http_head head = parse("Host: x\r\n", "1.1", target);

		watched = &secrets;
		n_whole = n_hasty = 0;
		assert_int_equal(auth_has_secret(&head, &secrets.list), i < 2);
		watched = NULL;
		assert_int_equal(n_whole, 2);
		assert_int_equal(n_hasty, 0);
	}
}

static void test_who_may_publish(void **state)
{
	struct secrets secrets;
	char with_key[256];

	(void)state;
	make_secrets(&secrets);
	snprintf(with_key, sizeof(with_key), "Host: example.com\r\nAuthorization: Bearer %s\r\n",
		 secrets.key);
	static const char local[] = "Host: localhost\r\n";
	static const struct {
		enum publish_policy policy;
		bool key;
		bool peer_is_loopback;
		bool allowed;
	} rows[] = {
		{PUBLISH_LOOPBACK, false, true, true}, {PUBLISH_LOOPBACK, false, false, false},
		{PUBLISH_LOOPBACK, true, false, true}, {PUBLISH_KEY, false, true, false},
		{PUBLISH_KEY, true, false, true},      {PUBLISH_KEY, true, true, true},
		{PUBLISH_ANYONE, false, false, true},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stream_rule rule = {.publish = (int)rows[i].policy, .keys = secrets.list};
		struct http_head head = parse(rows[i].key ? with_key : local, "1.1", "/cam");
		const char *missing = auth_publish(&rule, &head, rows[i].peer_is_loopback);

		assert_int_equal(missing == NULL, rows[i].allowed);
	}
}

static void test_who_may_watch(void **state)
{
	struct secrets secrets;
	char target[128];

	(void)state;
	make_secrets(&secrets);
	struct stream_rule anyone = {.watch = WATCH_ANYONE};
	struct stream_rule token = {.watch = WATCH_TOKEN, .tokens = secrets.list};
	struct http_head head = parse("Host: x\r\n", "1.1", "/cam");
	assert_null(auth_watch(&anyone, &head));
	assert_non_null(auth_watch(&token, &head));
	snprintf(target, sizeof(target), "/cam?key=%s", secrets.key);
	head = parse("Host: x\r\n", "1.1", target);
	assert_null(auth_watch(&token, &head));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_counts_as_loopback),
		cmocka_unit_test(test_key_is_taken_from_each_place),
		cmocka_unit_test(test_each_hash_is_compared_whole_whichever_matches),
		cmocka_unit_test(test_who_may_publish),
		cmocka_unit_test(test_who_may_watch),
	};
	return cmocka_run_group_tests_name("auth", tests, NULL, NULL);
}
