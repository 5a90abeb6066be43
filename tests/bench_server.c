/* SPDX-License-Identifier: MIT */
#include "bench/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BEFORE "spillway-relay: using epoll instead of io_uring: this kernel has none\n"

static void test_address_and_io_are_found(void **state)
{
	static const struct {
		const char *log;
		int port;
		const char *io;
	} cases[] = {
		{"spillway-relay: listening on http://127.0.0.1:40123/ (io_uring)\n", 40123,
		 "io_uring"},
		{BEFORE "spillway-relay: listening on http://127.0.0.1:1/ (epoll)\nmore\n", 1,
		 "epoll"},
		{"spillway-chat: listening on irc://127.0.0.1:6667/ (epoll)\n", 6667, "epoll"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sockaddr_in address;
		char io[SERVER_IO_SIZE];

		assert_int_equal(server_parse_log(cases[i].log, &address, io), 0);
		assert_int_equal(address.sin_family, AF_INET);
		assert_int_equal(ntohl(address.sin_addr.s_addr), INADDR_LOOPBACK);
		assert_int_equal(ntohs(address.sin_port), cases[i].port);
		assert_string_equal(io, cases[i].io);
	}
}

static void test_half_a_line_is_waited_for(void **state)
{
	static const char *const logs[] = {
		"",
		BEFORE,
		"spillway-relay: listening on http",
		"spillway-relay: listening on http://127.0.0.1:401",
		"spillway-relay: listening on http://127.0.0.1:40123/ (io_u",
	};
	struct sockaddr_in address;
	char io[SERVER_IO_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++)
		assert_int_equal(server_parse_log(logs[i], &address, io), -EAGAIN);
}

static void test_program_that_is_not_there_is_told(void **state)
{
	const struct server_config config = {
		.kind = &server_kinds[0], .program = "/nonexistent/spillway-relay", .io = "auto"};
	struct server server;
	char why[SERVER_WHY_SIZE];

	(void)state;
	assert_int_equal(server_start(&server, &config, why), -ENOENT);
	assert_string_equal(why, "/nonexistent/spillway-relay: No such file or directory "
				 "(see --program)");
}

static void test_names_and_kinds_are_in_the_same_order(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; server_kind_names[i] != NULL; i++)
		assert_string_equal(server_kinds[i].name, server_kind_names[i]);
	assert_int_equal(i, 6);
}

static void test_each_kind_gets_a_free_port_and_its_io(void **state)
{
	const struct server server = {.control = "/nowhere/relay.sock"};

	(void)state;
	for (size_t i = 0; server_kind_names[i] != NULL; i++) {
		const struct server_config config = {
			.kind = &server_kinds[i], .io = "epoll", .patient = true};
		struct server_command command = {0};
		bool has_port = false, has_io = false;

		if (server_kinds[i].transport != NULL)
			continue; /* a peer, whose port is in bench/peers */
		server_kinds[i].command(&server, &config, &command);
		for (size_t j = 0; j < command.n; j++) {
			has_port |= strcmp(command.arguments[j], "127.0.0.1:0") == 0;
			has_io |= strcmp(command.arguments[j], "epoll") == 0;
		}
		assert_true(has_port);
		assert_true(has_io);
		assert_null(command.arguments[command.n]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address_and_io_are_found),
		cmocka_unit_test(test_half_a_line_is_waited_for),
		cmocka_unit_test(test_program_that_is_not_there_is_told),
		cmocka_unit_test(test_names_and_kinds_are_in_the_same_order),
		cmocka_unit_test(test_each_kind_gets_a_free_port_and_its_io),
	};

	return cmocka_run_group_tests_name("bench_server", tests, NULL, NULL);
}
