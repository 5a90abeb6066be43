/* SPDX-License-Identifier: MIT */
#include "common/peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct peer ipv4(const char *text, uint16_t port)
{
	struct sockaddr_storage storage = {0};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

	assert_int_equal(inet_pton(AF_INET, text, &address.sin_addr), 1);
	memcpy(&storage, &address, sizeof(address));
	return peer_from(&storage);
}

static struct peer ipv6(const char *text, uint16_t port)
{
	struct sockaddr_storage storage = {0};
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	assert_int_equal(inet_pton(AF_INET6, text, &address.sin6_addr), 1);
	memcpy(&storage, &address, sizeof(address));
	return peer_from(&storage);
}

static void test_addresses_are_written_as_people_do(void **state)
{
	char text[PEER_TEXT_SIZE];

	(void)state;
	struct peer peer = ipv4("127.0.0.1", 7070);
	assert_string_equal(peer_text(&peer, text), "127.0.0.1:7070");
	peer = ipv6("2001:db8::1", 80);
	assert_string_equal(peer_text(&peer, text), "[2001:db8::1]:80");
	peer = ipv6("::ffff:10.0.0.1", 80);
	assert_string_equal(peer_text(&peer, text), "10.0.0.1:80");
}

static void test_loopback(void **state)
{
	struct peer peers[] = {ipv4("127.0.0.1", 1), ipv4("127.255.0.9", 1), ipv6("::1", 1),
			       ipv6("::ffff:127.0.0.1", 1)};
	struct peer others[] = {ipv4("128.0.0.1", 1), ipv4("10.0.0.127", 1), ipv6("::2", 1),
				ipv6("fe80::1", 1)};

	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_true(peer_is_loopback(&peers[i]));
		assert_false(peer_is_loopback(&others[i]));
	}
}

static void test_address_has_a_limit_of_its_own(void **state)
{
	struct peers peers = {0};
	struct peer one = ipv4("10.0.0.1", 1), same = ipv4("10.0.0.1", 2);
	struct peer other = ipv4("10.0.0.2", 1);

	(void)state;
	assert_int_equal(peers_add(&peers, &one, 2), 0);
	assert_int_equal(peers_add(&peers, &same, 2), 0);
	assert_int_equal(peers_add(&peers, &one, 2), -EMFILE);
	assert_int_equal(peers_add(&peers, &other, 2), 0);
	peers_remove(&peers, &same);
	assert_int_equal(peers_add(&peers, &one, 2), 0);
	peers_finish(&peers);
}

static void test_ipv6_counts_by_network(void **state)
{
	struct peers peers = {0};
	struct peer one = ipv6("2001:db8:0:1::1", 1), same = ipv6("2001:db8:0:1:ffff::2", 1);
	struct peer other = ipv6("2001:db8:0:2::1", 1);

	(void)state;
	assert_int_equal(peers_add(&peers, &one, 1), 0);
	assert_int_equal(peers_add(&peers, &same, 1), -EMFILE);
	assert_int_equal(peers_add(&peers, &other, 1), 0);
	peers_finish(&peers);
}

/* Against a plain array, over thousands of comings and goings. */
static void test_counts_stay_right(void **state)
{
	enum { HOSTS = 500, STEPS = 20000, MAX = 3 };
	static uint32_t counts[HOSTS];
	struct peers peers = {0};

	(void)state;
	srand(1);
	for (int i = 0; i < STEPS; i++) {
		uint32_t host = (uint32_t)rand() % HOSTS;
		char text[INET_ADDRSTRLEN];
		struct in_addr address = {htonl(0x0a000000 + host * 7919)};
		struct peer peer = ipv4(inet_ntop(AF_INET, &address, text, sizeof(text)), 1);

		if (counts[host] > 0 && rand() % 2 == 0) {
			peers_remove(&peers, &peer);
			counts[host]--;
		} else {
			int expected = counts[host] < MAX ? 0 : -EMFILE;

			assert_int_equal(peers_add(&peers, &peer, MAX), expected);
			counts[host] += expected == 0;
		}
	}
	peers_finish(&peers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_are_written_as_people_do),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_address_has_a_limit_of_its_own),
		cmocka_unit_test(test_ipv6_counts_by_network),
		cmocka_unit_test(test_counts_stay_right),
	};
	return cmocka_run_group_tests_name("peers", tests, NULL, NULL);
}
