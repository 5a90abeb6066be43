/* SPDX-License-Identifier: MIT */
/* io.h's contract, on every back end of the kernel. */
#include "common/io.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct end {
	struct io_op op;
	struct io *io;
	int result;
	int calls;
	bool stops;
};

static void ended(struct io_op *op, int result)
{
	struct end *end = (struct end *)op; /* its first member */

	end->result = result;
	end->calls++;
	if (end->stops)
		io_stop(end->io);
}

struct pair {
	struct io *io;
	int fds[2];
};

static int set_up(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	const char *why;
	enum io_backend backend = *(enum io_backend *)*state;

	assert_int_equal(io_create(&pair->io, backend, &why), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair->fds), 0);
	*state = pair;
	return 0;
}

static int tear_down(void **state)
{
	struct pair *pair = *state;

	io_close(pair->io, pair->fds[0]);
	io_close(pair->io, pair->fds[1]);
	io_destroy(pair->io);
	free(pair);
	return 0;
}

static void run(struct pair *pair)
{
	assert_int_equal(io_run(pair->io), 0);
}

static void test_bytes_sent_are_received(void **state)
{
	struct pair *pair = *state;
	struct end sent = {.io = pair->io}, received = {.io = pair->io, .stops = true};
	char buffer[16] = "";

	io_recv(pair->io, &received.op, pair->fds[1], buffer, sizeof(buffer), ended);
	io_send(pair->io, &sent.op, pair->fds[0], "hello", 5, 0, ended);
	assert_true(io_busy(&sent.op));
	assert_int_equal(sent.calls, 0); /* never from inside the starting call */
	run(pair);
	assert_int_equal(sent.result, 5);
	assert_int_equal(received.result, 5);
	assert_string_equal(buffer, "hello");
	assert_false(io_busy(&sent.op));
}

static void test_pieces_are_sent_in_order(void **state)
{
	struct pair *pair = *state;
	struct end sent = {.io = pair->io, .stops = true};
	char buffer[16] = "";
	struct iovec pieces[] = {{(void *)(uintptr_t) "ab", 2}, {(void *)(uintptr_t) "cde", 3}};
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};

	io_sendmsg(pair->io, &sent.op, pair->fds[0], &message, IO_SEND_NOWAIT, ended);
	run(pair);
	assert_int_equal(sent.result, 5);
	assert_int_equal(read(pair->fds[1], buffer, sizeof(buffer)), 5);
	assert_string_equal(buffer, "abcde");
}

/* Fills the socket; returns how much it took. */
static size_t fill(int fd)
{
	static const char zeros[65536];
	size_t filled = 0;

	for (;;) {
		ssize_t n = send(fd, zeros, sizeof(zeros), MSG_DONTWAIT);

		if (n < 0)
			return filled;
		filled += (size_t)n;
	}
}

static void drain(int fd, size_t len)
{
	char buffer[65536];

	while (len > 0) {
		ssize_t n = read(fd, buffer, sizeof(buffer));

		assert_true(n > 0);
		len -= (size_t)n;
	}
}

static void test_full_socket_refuses_a_send_that_does_not_wait(void **state)
{
	struct pair *pair = *state;
	struct end sent = {.io = pair->io, .stops = true};

	fill(pair->fds[0]);
	io_send(pair->io, &sent.op, pair->fds[0], "x", 1, IO_SEND_NOWAIT, ended);
	run(pair);
	assert_int_equal(sent.result, -EAGAIN);
}

static void test_full_socket_holds_a_send_that_waits_and_a_poll(void **state)
{
	struct pair *pair = *state;
	struct end poll = {.io = pair->io, .stops = true};
	size_t filled = fill(pair->fds[0]);

	io_poll(pair->io, &poll.op, pair->fds[0], POLLOUT, ended);
	struct end timer = {.io = pair->io, .stops = true};
	io_timer(pair->io, &timer.op, io_now_us(pair->io) + 1000, ended);
	run(pair);
	assert_int_equal(timer.calls, 1);
	assert_int_equal(poll.calls, 0);
	drain(pair->fds[1], filled);
	run(pair);
	assert_true((poll.result & POLLOUT) != 0);

	struct end sent = {.io = pair->io, .stops = true};
	filled = fill(pair->fds[0]);
	io_send(pair->io, &sent.op, pair->fds[0], "x", 1, 0, ended);
	io_timer(pair->io, &timer.op, io_now_us(pair->io) + 1000, ended);
	run(pair);
	assert_int_equal(sent.calls, 0);
	drain(pair->fds[1], filled);
	run(pair);
	assert_int_equal(sent.result, 1);
}

static void test_end_of_the_other_side_is_a_zero(void **state)
{
	struct pair *pair = *state;
	struct end received = {.io = pair->io, .stops = true};
	char buffer[4];

	io_recv(pair->io, &received.op, pair->fds[1], buffer, sizeof(buffer), ended);
	io_shutdown(pair->io, pair->fds[0], SHUT_WR);
	run(pair);
	assert_int_equal(received.result, 0);
}

static void test_cancelled_operations_end_once(void **state)
{
	struct pair *pair = *state;
	struct end received = {.io = pair->io}, timer = {.io = pair->io};
	struct end last = {.io = pair->io, .stops = true};
	char buffer[4];

	io_recv(pair->io, &received.op, pair->fds[1], buffer, sizeof(buffer), ended);
	io_timer(pair->io, &timer.op, io_now_us(pair->io) + 3600 * 1000000ll, ended);
	io_cancel(pair->io, &received.op);
	io_cancel(pair->io, &timer.op);
	io_cancel(pair->io, &timer.op);
	io_timer(pair->io, &last.op, io_now_us(pair->io) + 10000, ended);
	run(pair);
	assert_int_equal(received.result, -ECANCELED);
	assert_int_equal(received.calls, 1);
	assert_int_equal(timer.result, -ECANCELED);
	assert_int_equal(timer.calls, 1);
}

static void test_timers_end_in_the_order_of_their_times(void **state)
{
	struct pair *pair = *state;
	enum { N = 100 };
	struct end timers[N];
	int64_t now = io_now_us(pair->io);

	for (int i = 0; i < N; i++) {
		int64_t delay = i * 37 % N * 50; /* a permutation */

		timers[i] = (struct end){.io = pair->io, .stops = true};
		io_timer(pair->io, &timers[i].op, now + delay, ended);
	}
	for (int i = 0; i < N; i += 2)
		io_cancel(pair->io, &timers[i].op);
	bool busy = true;
	while (busy) {
		int64_t earliest_left = INT64_MAX, latest_done = 0;

		run(pair);
		busy = false;
		for (int i = 1; i < N; i += 2) {
			int64_t at = i * 37 % N * 50;

			if (timers[i].calls == 0 && at < earliest_left)
				earliest_left = at;
			if (timers[i].calls > 0 && at > latest_done)
				latest_done = at;
		}
		for (int i = 0; i < N; i++)
			busy = busy || timers[i].calls == 0;
		assert_true(latest_done <= earliest_left);
	}
	for (int i = 0; i < N; i++)
		assert_int_equal(timers[i].result, i % 2 == 0 ? -ECANCELED : 0);
}

struct late {
	struct end end;
	struct end *others; /* have ended by then */
	int n_others, n_ended;
	bool once_more;
};

static void ended_late(struct io_op *op, int result)
{
	struct late *late = (struct late *)(void *)op;

	late->n_ended = 0;
	for (int i = 0; i < late->n_others; i++)
		late->n_ended += late->others[i].calls;
	late->end.calls++;
	late->end.result = result;
	if (!late->once_more) {
		io_stop(late->end.io);
		return;
	}
	late->once_more = false;
	io_later(late->end.io, op, ended_late);
}

static void test_what_is_put_off_ends_behind_all_else_of_the_turn(void **state)
{
	enum { N = 3 };
	struct pair *pair = *state;
	struct end timers[N];
	struct late late = {.end.io = pair->io, .others = timers, .n_others = N};

	io_later(pair->io, &late.end.op, ended_late);
	for (int i = 0; i < N; i++) {
		timers[i] = (struct end){.io = pair->io};
		io_timer(pair->io, &timers[i].op, io_now_us(pair->io), ended);
	}
	io_cancel(pair->io, &late.end.op); /* it ends soon anyhow */
	run(pair);
	assert_int_equal(late.end.calls, 1);
	assert_int_equal(late.end.result, 0);
	assert_int_equal(late.n_ended, N);
}

/* No time passes, and nothing else happens: the loop mustn't wait. */
static void test_what_is_put_off_at_the_end_of_a_turn_ends_in_the_next(void **state)
{
	struct pair *pair = *state;
	struct late late = {.end.io = pair->io, .once_more = true};

	io_later(pair->io, &late.end.op, ended_late);
	run(pair);
	assert_int_equal(late.end.calls, 2);
}

struct server {
	struct end end;
	int accepted[8];
	int n;
	int wanted;
};

static void accepted(struct io_op *op, int result)
{
	struct server *server = (struct server *)op;

	if (result >= 0)
		server->accepted[server->n++] = result;
	server->end.result = result;
	if (result < 0 || server->n == server->wanted)
		io_stop(server->end.io);
}

static void test_accept_goes_on_until_cancelled(void **state)
{
	struct pair *pair = *state;
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_storage local;
	struct server server = {.end.io = pair->io, .wanted = 4};
	int fd = io_listen(pair->io, (struct sockaddr *)&address, sizeof(address), 16, false);

	assert_true(fd >= 0);
	assert_int_equal(io_local(pair->io, fd, &local), 0);
	memcpy(&address, &local, sizeof(address));
	struct end connects[4];
	int clients[4];
	for (int i = 0; i < 4; i++) {
		clients[i] = io_socket(pair->io, AF_INET);
		connects[i] = (struct end){.io = pair->io};
		io_connect(pair->io, &connects[i].op, clients[i], (struct sockaddr *)&address,
			   sizeof(address), ended);
	}
	io_accept(pair->io, &server.end.op, fd, accepted);
	run(pair);
	assert_int_equal(server.n, 4);
	assert_true(io_busy(&server.end.op));
	io_cancel(pair->io, &server.end.op);
	run(pair);
	assert_int_equal(server.end.result, -ECANCELED);
	for (int i = 0; i < 4; i++) {
		struct io_link link;

		assert_int_equal(connects[i].result, 0);
		assert_int_equal(io_link(pair->io, clients[i], &link), 0);
		assert_int_equal(link.unsent, 0);
		io_close(pair->io, clients[i]);
		io_close(pair->io, server.accepted[i]);
	}

	/* What waited while nobody accepted is seen by a new accept. */
	server.n = 0;
	server.wanted = 1;
	int late = io_socket(pair->io, AF_INET);
	struct end connect = {.io = pair->io, .stops = true};
	io_connect(pair->io, &connect.op, late, (struct sockaddr *)&address, sizeof(address),
		   ended);
	run(pair);
	assert_int_equal(connect.result, 0);
	io_accept(pair->io, &server.end.op, fd, accepted);
	run(pair);
	assert_int_equal(server.n, 1);
	io_cancel(pair->io, &server.end.op);
	run(pair);
	io_close(pair->io, server.accepted[0]);
	io_close(pair->io, late);
	io_close(pair->io, fd);
}

static void test_refused_connection_is_an_error(void **state)
{
	struct pair *pair = *state;
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_storage local;
	int fd = io_listen(pair->io, (struct sockaddr *)&address, sizeof(address), 16, false);

	assert_int_equal(io_local(pair->io, fd, &local), 0);
	memcpy(&address, &local, sizeof(address));
	io_close(pair->io, fd);
	struct end connect = {.io = pair->io, .stops = true};
	fd = io_socket(pair->io, AF_INET);
	io_connect(pair->io, &connect.op, fd, (struct sockaddr *)&address, sizeof(address), ended);
	run(pair);
	assert_int_equal(connect.result, -ECONNREFUSED);
	io_close(pair->io, fd);
}

static void test_pinned_descriptor_behaves_the_same(void **state)
{
	struct pair *pair = *state;

	io_pin(pair->io, pair->fds[0]);
	io_pin(pair->io, pair->fds[0]);
	test_bytes_sent_are_received(state);
	test_full_socket_refuses_a_send_that_does_not_wait(state);

	/* Its number may come back as another file. */
	io_close(pair->io, pair->fds[0]);
	io_close(pair->io, pair->fds[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair->fds), 0);
	test_bytes_sent_are_received(state);
}

/* ---- messages ---- */

enum { SENDERS = 4, MESSAGES = 2000 };

struct letter {
	struct io_message message;
	struct receiver *receiver;
	int sender, number;
};

struct receiver {
	struct io *io;
	int expected[SENDERS]; /* the next number of each sender */
	int arrived;
};

struct sender {
	pthread_t thread;
	struct io *io;
	struct receiver *receiver;
	struct letter letters[MESSAGES];
	int number;
};

static void letter_arrived(struct io_message *message)
{
	struct letter *letter = (struct letter *)message;
	struct receiver *receiver = letter->receiver;

	assert_int_equal(receiver->expected[letter->sender]++, letter->number);
	if (++receiver->arrived == SENDERS * MESSAGES)
		io_stop(receiver->io);
}

static void *send_letters(void *argument)
{
	struct sender *sender = argument;
	struct io *io;
	const char *why;
	enum io_backend backend = strcmp(io_name(sender->receiver->io), "epoll") == 0
					  ? IO_BACKEND_EPOLL
					  : IO_BACKEND_URING;

	if (io_create(&io, backend, &why) < 0)
		return NULL;
	struct end timer = {.io = io, .stops = true};
	sender->io = io;
	for (int i = 0; i < MESSAGES; i++) {
		sender->letters[i] = (struct letter){
			{.arrived = letter_arrived}, sender->receiver, sender->number, i};
		io_message(io, sender->receiver->io, &sender->letters[i].message);
		if (i % 7 != 0)
			continue;
		/* A wake-up goes out with the turn. */
		io_timer(io, &timer.op, io_now_us(io), ended);
		io_run(io);
	}
	io_timer(io, &timer.op, io_now_us(io), ended);
	io_run(io);
	return NULL;
}

static void test_messages_of_other_threads_arrive_in_order(void **state)
{
	struct pair *pair = *state;
	struct receiver receiver = {.io = pair->io};
	struct sender *senders = calloc(SENDERS, sizeof(*senders));

	for (int i = 0; i < SENDERS; i++) {
		senders[i].receiver = &receiver;
		senders[i].number = i;
		assert_int_equal(
			pthread_create(&senders[i].thread, NULL, send_letters, &senders[i]), 0);
	}
	run(pair);
	assert_int_equal(receiver.arrived, SENDERS * MESSAGES);
	for (int i = 0; i < SENDERS; i++)
		pthread_join(senders[i].thread, NULL);
	/* Not before: TSan doesn't see a ring's memory being unmapped and mapped again. */
	for (int i = 0; i < SENDERS; i++)
		io_destroy(senders[i].io);
	free(senders);
}

#define ON(backend, test) cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, backend)

static int run_backend(const char *name, enum io_backend *backend)
{
	const struct CMUnitTest tests[] = {
		ON(backend, test_bytes_sent_are_received),
		ON(backend, test_pieces_are_sent_in_order),
		ON(backend, test_full_socket_refuses_a_send_that_does_not_wait),
		ON(backend, test_full_socket_holds_a_send_that_waits_and_a_poll),
		ON(backend, test_end_of_the_other_side_is_a_zero),
		ON(backend, test_cancelled_operations_end_once),
		ON(backend, test_timers_end_in_the_order_of_their_times),
		ON(backend, test_what_is_put_off_ends_behind_all_else_of_the_turn),
		ON(backend, test_what_is_put_off_at_the_end_of_a_turn_ends_in_the_next),
		ON(backend, test_accept_goes_on_until_cancelled),
		ON(backend, test_refused_connection_is_an_error),
		ON(backend, test_pinned_descriptor_behaves_the_same),
		ON(backend, test_messages_of_other_threads_arrive_in_order),
	};
	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
	enum io_backend epoll = IO_BACKEND_EPOLL, uring = IO_BACKEND_URING;
	const char *why;
	struct io *io;
	int failed = run_backend("io on epoll", &epoll);

	if (io_create(&io, IO_BACKEND_AUTO, &why) == 0) {
		bool has_uring = *why == '\0';

		io_destroy(io);
		if (has_uring)
			failed += run_backend("io on io_uring", &uring);
		else
			print_message("io_uring: %s; not tested\n", why);
	}
	return failed;
}
