/* SPDX-License-Identifier: MIT */
#include "chat/cloak.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char key[CLOAK_KEY_SIZE] = "a key that nobody has to guess";

static struct peer peer_of(const char *text)
{
	struct peer peer = {.port = 1};

	if (strchr(text, ':') != NULL) {
		assert_int_equal(inet_pton(AF_INET6, text, peer.address), 1);
	} else {
		peer.address[10] = peer.address[11] = 0xff;
		assert_int_equal(inet_pton(AF_INET, text, peer.address + 12), 1);
	}
	return peer;
}

static void cloak(const char *text, char ret_cloak[CLOAK_SIZE])
{
	struct peer peer = peer_of(text);

	cloak_make(key, &peer, ret_cloak);
}

/* How many of its three parts two cloaks share, from the end; -1: not even the family. */
static int shared(const char *a, const char *b)
{
	static const size_t from[] = {27, 18, 9, 0};
	int n = -1;

	for (size_t i = 0; i < 4 && strcmp(a + from[i], b + from[i]) == 0; i++)
		n = (int)i;
	return n;
}

static void test_neighbours_share_a_part(void **state)
{
	static const struct {
		const char *one, *other;
		int shared;
	} cases[] = {
		{"192.0.2.77", "192.0.2.77", 3},
		{"192.0.2.77", "192.0.2.78", 2},
		{"192.0.2.77", "192.0.3.77", 1},
		{"192.0.2.77", "192.1.2.77", 0},
		{"192.0.2.0", "192.0.0.0", 1},
		{"0.0.0.0", "0.0.0.1", 2},
		{"2001:db8:1:2::5", "2001:db8:1:2:ffff::6", 3},
		{"2001:db8:1:2::5", "2001:db8:1:3::5", 2},
		{"2001:db8:1:2::5", "2001:db8:2:2::5", 1},
		{"2001:db8:1:2::5", "2001:db9:1:2::5", 0},
		{"::", "::1", 3},
		{"::", "0.0.0.0", -1},
	};
	char one[CLOAK_SIZE], other[CLOAK_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cloak(cases[i].one, one);
		cloak(cases[i].other, other);
		assert_int_equal(strlen(one), CLOAK_SIZE - 1);
		if (shared(one, other) != cases[i].shared)
			fail_msg("%s is %s, %s is %s", cases[i].one, one, cases[i].other, other);
	}
}

/* Bans outlive an update only if it says so. */
static void test_cloaks_stay_what_they_are(void **state)
{
	char text[CLOAK_SIZE];

	(void)state;
	cloak("192.0.2.77", text);
	assert_string_equal(text, "zx4mzrzg.2stc34c6.p2sjzw2e.v4");
	cloak("2001:db8:1:2::5", text);
	assert_string_equal(text, "geytv3sh.bncjtygj.k96hgqhe.v6");
}

static void test_parts_say_nothing_of_each_other(void **state)
{
	char text[CLOAK_SIZE];

	(void)state;
	cloak("0.0.0.0", text);
	assert_memory_not_equal(text, text + 9, 8);
	assert_memory_not_equal(text + 9, text + 18, 8);
}

static void test_another_key_gives_another_cloak(void **state)
{
	static const unsigned char other_key[CLOAK_KEY_SIZE] = "another one";
	struct peer peer = peer_of("192.0.2.77");
	char one[CLOAK_SIZE], other[CLOAK_SIZE];

	(void)state;
	cloak_make(key, &peer, one);
	cloak_make(other_key, &peer, other);
	assert_int_equal(shared(one, other), 0);
}

static void test_port_makes_no_difference(void **state)
{
	struct peer peer = peer_of("192.0.2.77");
	char one[CLOAK_SIZE], other[CLOAK_SIZE];

	(void)state;
	cloak_make(key, &peer, one);
	peer.port = 2;
	cloak_make(key, &peer, other);
	assert_string_equal(one, other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbours_share_a_part),
		cmocka_unit_test(test_cloaks_stay_what_they_are),
		cmocka_unit_test(test_parts_say_nothing_of_each_other),
		cmocka_unit_test(test_another_key_gives_another_cloak),
		cmocka_unit_test(test_port_makes_no_difference),
	};

	return cmocka_run_group_tests_name("cloak", tests, NULL, NULL);
}
