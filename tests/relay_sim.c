/* SPDX-License-Identifier: MIT */
/*
 * The relay on a simulated network: a scenario for each seed, and a judge who looks on.
 *
 *	relay_sim		the tests, with some thousands of seeds
 *	relay_sim SEED [-v]	that seed again, exactly; -v says what happens
 *	relay_sim --soak N [FIRST]	N seeds, other ones each time unless the FIRST is given
 *
 * Seeds run in child processes, so that one that fails doesn't end the others.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/log.h"
#include "relay/bus.h"
#include "relay/listener.h"
#include "relay/relay.h"
#include "relay/status.h"
#include "relay/viewer.h"
#include "tests/sanitized.h"
#include "tests/sim_judge.h"
#include "tests/sim_libc.h"
#include "tests/sim_scenario.h"

enum {
	SEEDS = SANITIZED ? 500 : 6000,
	REPLAYED_SEEDS = 30,
	SEEDS_OF_A_CHILD = 50,
	SEED_SECONDS = 120,	/* of real time; then it hangs */
	END_SLACK_US = 1000000, /* behind --drain-timeout */
	RUN_OUT_S = 3600,	/* of simulated time, for what is still on slow lines */
	SOAK_REPORT = 1000,
	FLUSHES = 4, /* as relay_run() does */
};

static const char *program; /* as it was called */

/* ---- one seed ---- */

struct run {
	struct sim_scenario scenario;
	struct sim *sim;
	struct sim_judge *judge;
	struct relay relay;
	struct sim_event drain, overdue, ask;
	struct question question;
	bool asking;
};

static void is_overdue(struct sim *sim, struct sim_event *event)
{
	struct run *run = (struct run *)(void *)((char *)event - offsetof(struct run, overdue));

	sim_fail(sim, "the relay doesn't end: there are %u connections, %u viewers, %u streams",
		 (unsigned)relay_total(&run->relay, conns_now),
		 (unsigned)relay_total(&run->relay, viewers_now),
		 (unsigned)relay_total(&run->relay, streams_now));
}

static void drain(struct sim *sim, struct sim_event *event)
{
	struct run *run = (struct run *)(void *)((char *)event - offsetof(struct run, drain));
	const struct sim_scenario *scenario = &run->scenario;

	sim_trace(sim, "the relay is told to end");
	if (!run->relay.workers[0].draining) {
		sim_at(sim, &run->overdue,
		       sim_now_us(sim) + scenario->config.drain_timeout_s * 1000000 + END_SLACK_US,
		       is_overdue);
		if (scenario->second_drain_us > 0)
			sim_at(sim, event, scenario->second_drain_us, drain);
	}
	relay_drain(&run->relay, "the relay is shutting down");
	sim_io_called(run->relay.workers[0].io);
}

/* ---- an operator, who asks all workers, and kicks whom he finds first ---- */

static json_t *answer(struct worker *worker, const json_t *request)
{
	struct list *link;
	json_t *told = json_pack("{soso}", "streams", status_home_streams(worker), "viewers",
				 status_viewers(worker, NULL));

	list_each (link, &worker->viewers) {
		struct viewer *viewer = list_item(link, struct viewer, all);

		if (json_is_true(request) && viewer->state != VIEWER_CLOSED) {
			viewer_close(viewer);
			break;
		}
	}
	return told;
}

static void answered(struct question *question)
{
	struct run *run = list_item(question, struct run, question);

	run->asking = false;
	if (json_array_size(question->answers) != run->relay.n_workers)
		sim_fail(run->sim, "%zu workers of %u have answered",
			 json_array_size(question->answers), run->relay.n_workers);
}

static void ask(struct sim *sim, struct sim_event *event)
{
	struct run *run = (struct run *)(void *)((char *)event - offsetof(struct run, ask));

	sim_at(sim, event, sim_now_us(sim) + run->scenario.operator_us, ask);
	if (run->asking || run->relay.workers[0].draining)
		return;
	run->question = (struct question){.request = run->scenario.kicks ? json_true() : NULL,
					  .ask = answer,
					  .answered = answered};
	run->asking = bus_ask(&run->relay.workers[0], &run->question) == 0;
	sim_io_called(run->relay.workers[0].io);
}

/* ---- from the beginning to the end ---- */

/* As relay_run() does, but with no threads. */
static void start(struct run *run, uint64_t seed, bool verbose)
{
	struct relay *relay = &run->relay;
	char error[256];

	sim_scenario_init(&run->scenario, seed);
	run->sim = sim_create(seed);
	sim_set_verbose(run->sim, verbose);
	sim_scenario_describe(&run->scenario, run->sim);
	sim_libc_begin(seed, sim_clock(run->sim));
	relay->config = &run->scenario.config;
	relay->n_workers = (unsigned)relay->config->workers;
	relay->workers =
		aligned_alloc(_Alignof(struct worker), relay->n_workers * sizeof(struct worker));
	pthread_mutex_init(&relay->peers_lock, NULL);
	for (unsigned i = 0; i < relay->n_workers; i++)
		worker_init(&relay->workers[i], relay, i, sim_io_create(run->sim));
	run->judge = sim_judge_create(run->sim, relay);
	if (listener_open(&relay->workers[0], "127.0.0.1:0", error, sizeof(error)) < 0)
		sim_fail(run->sim, "%s", error);
	for (unsigned i = 1; i < relay->n_workers; i++)
		listeners_join(&relay->workers[i]);
	sim_scenario_start(&run->scenario, run->sim, run->judge);
	sim_at(run->sim, &run->drain, run->scenario.drain_us, drain);
	if (run->scenario.operator_us > 0)
		sim_at(run->sim, &run->ask, run->scenario.operator_us, ask);
}

static void finish(struct run *run)
{
	struct relay *relay = &run->relay;

	sim_call_off(run->sim, &run->drain);
	sim_call_off(run->sim, &run->overdue);
	sim_call_off(run->sim, &run->ask);
	for (unsigned i = 0; i < FLUSHES * relay->n_workers; i++)
		io_flush(relay->workers[i % relay->n_workers].io);
	if (run->asking)
		sim_fail(run->sim, "a question was never answered");
	if (relay->peers.used > 0)
		sim_fail(run->sim, "%zu addresses are counted still", relay->peers.used);
	if (relay_total(relay, conns_now) + relay_total(relay, viewers_now) +
		    relay_total(relay, streams_now) + relay_total(relay, publishers_now) >
	    0)
		sim_fail(run->sim, "something is counted still");
	for (unsigned i = 0; i < relay->n_workers; i++)
		worker_finish(&relay->workers[i]);
	for (unsigned i = 0; i < relay->n_workers; i++)
		io_destroy(relay->workers[i].io);
	peers_finish(&relay->peers);
	pthread_mutex_destroy(&relay->peers_lock);
	free(relay->workers);
	sim_run_out(run->sim, RUN_OUT_S * INT64_C(1000000));
	sim_scenario_check(&run->scenario, run->sim);
	sim_judge_destroy(run->judge);
	sim_destroy(run->sim);
}

/* Returns the digest of everything that happened; aborts when something is wrong. */
static uint64_t run_seed(uint64_t seed, bool verbose)
{
	static struct run run;

	run = (struct run){0};
	start(&run, seed, verbose);
	int error = sim_run(run.sim);
	if (error < 0)
		sim_fail(run.sim, "the loop failed: %s", strerror(-error));
	uint64_t digest = sim_digest(run.sim);
	finish(&run);
	if (sim_libc_used_blocks() > 0) {
		sim_libc_print_used();
		fputs("FAILED: memory was not freed\n", stderr);
		abort();
	}
	sim_libc_end();
	sim_scenario_finish(&run.scenario);
	return digest;
}

/* ---- many seeds ---- */

/* In a child: from *seed on, which it keeps up to date for its parent. */
_Noreturn static void run_seeds(volatile uint64_t *seed, uint64_t end)
{
	for (; *seed < end; (*seed)++) {
		alarm(SEED_SECONDS);
		run_seed(*seed, false);
	}
	exit(0);
}

static void report(uint64_t seed, int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		fprintf(stderr, "seed %" PRIu64 " hangs\n", seed);
	fprintf(stderr, "seed %" PRIu64 " failed: replay with %s %" PRIu64 "\n", seed, program,
		seed);
}

/* Returns how many failed. */
static int try_seeds(uint64_t first, uint64_t n, bool talks)
{
	volatile uint64_t *seed = mmap(NULL, sizeof(*seed), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int failed = 0;

	assert_true(seed != MAP_FAILED);
	for (*seed = first; *seed < first + n;) {
		uint64_t left = first + n - *seed;
		uint64_t end = *seed + (left < SEEDS_OF_A_CHILD ? left : SEEDS_OF_A_CHILD);
		int status = 0;

		fflush(NULL);
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0)
			run_seeds(seed, end);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (status != 0) {
			report(*seed < end ? *seed : end - 1, status);
			failed++;
			*seed = *seed < end ? *seed + 1 : end;
		}
		if (talks && (*seed - first) / SOAK_REPORT != (*seed - first - 1) / SOAK_REPORT)
			fprintf(stderr, "%" PRIu64 " seeds, %d failed\n", *seed - first, failed);
	}
	munmap((void *)(uintptr_t)seed, sizeof(*seed));
	return failed;
}

static int soak(const char *number, const char *first)
{
	uint64_t n = strtoull(number, NULL, 10);
	uint64_t from = first != NULL ? strtoull(first, NULL, 10) : (uint64_t)time(NULL) * 1000000;

	fprintf(stderr, "%" PRIu64 " seeds from %" PRIu64 " on\n", n, from);
	int failed = try_seeds(from, n, true);
	fprintf(stderr, "%" PRIu64 " seeds, %d failed\n", n, failed);
	return failed > 0;
}

/* ---- the network by itself ---- */

enum { LIMIT = 10000, GRAIN = 1000 };

struct line_test {
	struct io *io;
	struct io_op accept, op;
	struct sim_peer peer;
	int listener, fd, result;
	size_t received;
	bool ended;
};

static void op_ended(struct io_op *op, int result)
{
	struct line_test *test = list_item(op, struct line_test, op);

	test->result = result;
	io_stop(test->io);
}

static void test_accepted(struct io_op *op, int result)
{
	struct line_test *test = list_item(op, struct line_test, accept);

	if (result >= 0)
		test->fd = result;
	io_stop(test->io);
}

static void test_connected(struct sim_peer *peer)
{
	(void)peer;
}

static void test_received(struct sim_peer *peer, const uint8_t *data, size_t len)
{
	struct line_test *test = list_item(peer, struct line_test, peer);

	for (size_t i = 0; i < len; i++)
		assert_int_equal(data[i], (uint8_t)(test->received++ % 251));
}

static void test_ended(struct sim_peer *peer, int error)
{
	struct line_test *test = list_item(peer, struct line_test, peer);

	assert_int_equal(error, 0);
	test->ended = true;
	sim_peer_close(peer);
}

/* A socket that has accepted a peer on a slow line. */
static struct sim *start_line(struct line_test *test, uint32_t rate)
{
	static const struct sim_peer_calls calls = {test_connected, test_received, test_ended};
	const struct sim_line line = {.latency_us = 1000,
				      .rate = rate,
				      .segment = 1000,
				      .buffer = 1 << 20,
				      .window = 1 << 20};
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct sim *sim = sim_create(1);

	*test = (struct line_test){.io = sim_io_create(sim)};
	test->peer.calls = &calls;
	test->peer.link = (struct sim_link){.down = line, .up = line, .grain = GRAIN};
	test->listener =
		io_listen(test->io, (struct sockaddr *)&address, sizeof(address), 1, false);
	io_accept(test->io, &test->accept, test->listener, test_accepted);
	sim_connect(sim, &test->peer);
	assert_int_equal(sim_run(sim), 0);
	assert_true(test->fd > 0);
	return sim;
}

static void finish_line(struct sim *sim, struct line_test *test)
{
	io_cancel(test->io, &test->accept);
	sim_run(sim);
	io_close(test->io, test->fd);
	io_close(test->io, test->listener);
	sim_run_out(sim, 1000000);
	io_destroy(test->io);
	sim_destroy(sim);
}

static void test_socket_takes_up_to_its_limit_and_is_ready_below_half(void **state)
{
	static uint8_t bytes[5 * LIMIT];
	struct line_test test;
	struct sim *sim = start_line(&test, 100000);
	struct io_link link;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i % 251);
	io_set(test.io, test.fd, IO_OPTION_NOTSENT_LOWAT, LIMIT);
	io_send(test.io, &test.op, test.fd, bytes, sizeof(bytes), IO_SEND_NOWAIT, op_ended);
	sim_run(sim);
	size_t taken = (size_t)test.result;
	assert_true(taken >= LIMIT && taken <= LIMIT + 2 * GRAIN);
	io_send(test.io, &test.op, test.fd, bytes + taken, 1000, IO_SEND_NOWAIT, op_ended);
	sim_run(sim);
	assert_int_equal(test.result, -EAGAIN);
	io_poll(test.io, &test.op, test.fd, POLLOUT, op_ended);
	sim_run(sim);
	assert_int_equal(test.result, POLLOUT);
	io_link(test.io, test.fd, &link);
	assert_true(2 * link.unsent < LIMIT && 2 * link.unsent >= LIMIT - 4 * GRAIN);
	assert_true(sim_now_us(sim) > 1050000 && sim_now_us(sim) < 1090000); /* at 100 bytes a ms */

	finish_line(sim, &test);
	assert_int_equal(test.received, taken);
	assert_true(test.ended);
}

static void test_reset_is_an_error_and_what_came_before_can_be_read(void **state)
{
	struct line_test test;
	struct sim *sim = start_line(&test, 0);
	char bytes[16];

	(void)state;
	sim_peer_send(&test.peer, "hello", 5);
	sim_peer_reset(&test.peer);
	io_poll(test.io, &test.op, test.fd, POLLIN, op_ended);
	sim_run(sim);
	assert_true((test.result & POLLIN) != 0);
	io_recv(test.io, &test.op, test.fd, bytes, sizeof(bytes), op_ended);
	sim_run(sim);
	assert_int_equal(test.result, 5);
	io_recv(test.io, &test.op, test.fd, bytes, sizeof(bytes), op_ended);
	sim_run(sim);
	assert_int_equal(test.result, -ECONNRESET);
	io_send(test.io, &test.op, test.fd, bytes, 1, 0, op_ended);
	sim_run(sim);
	assert_int_equal(test.result, -EPIPE);
	finish_line(sim, &test);
}

static void test_silent_peer_is_given_up(void **state)
{
	struct line_test test;
	struct sim *sim = start_line(&test, 0);

	(void)state;
	io_set(test.io, test.fd, IO_OPTION_USER_TIMEOUT_MS, 2000);
	sim_peer_vanish(&test.peer);
	io_send(test.io, &test.op, test.fd, "hello", 5, 0, op_ended);
	sim_run(sim);
	assert_int_equal(test.result, 5);
	io_poll(test.io, &test.op, test.fd, POLLIN, op_ended);
	sim_run(sim);
	assert_true((test.result & POLLERR) != 0);
	assert_true(sim_now_us(sim) >= 3000000);
	finish_line(sim, &test);
}

/* ---- tests ---- */

static void test_a_seed_replays_exactly(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= REPLAYED_SEEDS; seed++) {
		uint64_t digest = run_seed(seed, false);

		assert_true(digest == run_seed(seed, false));
		assert_true(digest != run_seed(seed + REPLAYED_SEEDS, false));
	}
}

static void test_no_seed_breaks_a_promise(void **state)
{
	(void)state;
	assert_int_equal(try_seeds(1, SEEDS, false), 0);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_socket_takes_up_to_its_limit_and_is_ready_below_half),
		cmocka_unit_test(test_reset_is_an_error_and_what_came_before_can_be_read),
		cmocka_unit_test(test_silent_peer_is_given_up),
		cmocka_unit_test(test_no_seed_breaks_a_promise),
		cmocka_unit_test(test_a_seed_replays_exactly),
	};
	bool verbose = argc > 2 && strcmp(argv[2], "-v") == 0;

	program = argv[0];
	log_set_level(verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
	if (argc > 2 && strcmp(argv[1], "--soak") == 0)
		return soak(argv[2], argc > 3 ? argv[3] : NULL);
	if (argc > 1) {
		run_seed(strtoull(argv[1], NULL, 10), verbose);
		printf("seed %s: all promises were kept\n", argv[1]);
		return 0;
	}
	return cmocka_run_group_tests_name("relay on a simulated network", tests, NULL, NULL);
}
