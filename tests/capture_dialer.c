/* SPDX-License-Identifier: MIT */
#include "capture/dialer.h"

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/scripted_relay.h"

enum { TEST_SECONDS = 60 }; /* then the test hangs, and is killed */

/* ---- names of hosts, which no name server is asked for ---- */

static const char name_of_two[] = "two.invalid", name_of_nobody[] = "nobody.invalid";
static struct sockaddr_in two_addresses[2];
static struct addrinfo two_answers[2];

int getaddrinfo(const char *restrict host, const char *restrict service,
		const struct addrinfo *restrict hints, struct addrinfo **restrict ret_answers)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");

	if (strcmp(host, name_of_nobody) == 0)
		return EAI_NONAME;
	if (strcmp(host, name_of_two) != 0) {
		memcpy(&real, &symbol, sizeof real);
		return real(host, service, hints, ret_answers);
	}
	if ((hints->ai_flags & AI_NUMERICHOST) != 0)
		return EAI_NONAME;
	for (size_t i = 0; i < 2; i++)
		two_answers[i] = (struct addrinfo){
			.ai_family = AF_INET,
			.ai_socktype = SOCK_STREAM,
			.ai_addr = (struct sockaddr *)&two_addresses[i],
			.ai_addrlen = sizeof two_addresses[i],
			.ai_next = i == 0 ? &two_answers[1] : NULL,
		};
	*ret_answers = two_answers;
	return 0;
}

void freeaddrinfo(struct addrinfo *answers)
{
	void (*real)(struct addrinfo *);
	void *symbol = dlsym(RTLD_NEXT, "freeaddrinfo");

	memcpy(&real, &symbol, sizeof real);
	if (answers != two_answers)
		real(answers);
}

/* ---- dialing ---- */

struct call {
	struct io *io;
	struct dialer dialer;
	int fd;
	char why[128];
};

static void hear(struct dialer *dialer, int fd, const char *why)
{
	struct call *call = (struct call *)(void *)((char *)dialer - offsetof(struct call, dialer));

	assert_false(dialer_busy(dialer));
	call->fd = fd;
	snprintf(call->why, sizeof call->why, "%s", why);
	io_stop(call->io);
}

static void start(struct call *call, void **state, const char *host, in_port_t port)
{
	const enum io_backend *backend = *state;
	char text[8];
	const char *why;

	alarm(TEST_SECONDS);
	*call = (struct call){0};
	snprintf(text, sizeof text, "%u", (unsigned)ntohs(port));
	assert_int_equal(io_create(&call->io, *backend, &why), 0);
	dialer_start(&call->dialer, call->io, host, text, hear);
}

static void finish(struct call *call)
{
	assert_int_equal(io_run(call->io), 0);
	if (call->fd >= 0)
		io_close(call->io, call->fd);
	io_destroy(call->io);
}

static struct sockaddr_in loopback(void)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static void test_every_address_of_a_name_is_tried(void **state)
{
	struct call call;
	int deaf, hearing;

	two_addresses[0] = two_addresses[1] = loopback();
	deaf = scripted_relay_bind(&two_addresses[0]);
	hearing = scripted_relay_bind(&two_addresses[1]);
	assert_int_equal(listen(hearing, 8), 0);
	start(&call, state, name_of_two, two_addresses[1].sin_port);
	finish(&call);
	assert_true(call.fd >= 0);
	close(deaf);
	close(hearing);
}

static void test_last_refusal_is_told(void **state)
{
	struct call call;
	int deaf[2];

	for (size_t i = 0; i < 2; i++) {
		two_addresses[i] = loopback();
		deaf[i] = scripted_relay_bind(&two_addresses[i]);
	}
	start(&call, state, name_of_two, two_addresses[0].sin_port);
	finish(&call);
	assert_int_equal(call.fd, -ECONNREFUSED);
	assert_string_equal(call.why, "Connection refused");
	close(deaf[0]);
	close(deaf[1]);
}

static void test_unknown_name_is_told(void **state)
{
	struct call call;

	start(&call, state, name_of_nobody, htons(1));
	finish(&call);
	assert_true(call.fd < 0);
	assert_string_equal(call.why, "Name or service not known");
}

/* Also when the name, or an address, answers at that very moment. */
static void test_cancelled_call_gives_no_socket(void **state)
{
	struct sockaddr_in address = loopback();
	int hearing = scripted_relay_bind(&address);
	struct call call;

	assert_int_equal(listen(hearing, 8), 0);
	for (size_t i = 0; i < 2; i++) {
		start(&call, state, i == 0 ? "127.0.0.1" : name_of_nobody, address.sin_port);
		assert_true(dialer_busy(&call.dialer));
		dialer_cancel(&call.dialer);
		finish(&call);
		assert_int_equal(call.fd, -ECANCELED);
	}
	dialer_cancel(&call.dialer);
	close(hearing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRIPTED_RELAY_TESTS(test_every_address_of_a_name_is_tried),
		SCRIPTED_RELAY_TESTS(test_last_refusal_is_told),
		SCRIPTED_RELAY_TESTS(test_unknown_name_is_told),
		SCRIPTED_RELAY_TESTS(test_cancelled_call_gives_no_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
