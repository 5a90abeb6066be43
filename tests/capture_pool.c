/* SPDX-License-Identifier: MIT */
/* Jobs that wait for the test: each runs until it is let go. */
#include <errno.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/pool.h"

enum { JOBS = 12 };

struct work {
	struct pool_job job; /* first: the work is found by it */
	struct world *world;
	sem_t go, running;
	int input, output;
	unsigned rounds; /* it begins again so many times */
};

struct world {
	struct io *io;
	struct pool *pool;
	struct pool_lane lanes[2];
	struct work works[JOBS];
	int done[JOBS * 4]; /* their indices */
	size_t n;
	unsigned told;
};

static void run(struct pool_job *job)
{
	struct work *work = (struct work *)job;

	sem_post(&work->running);
	sem_wait(&work->go);
	work->output = work->input * 2;
}

static void done(struct pool_job *job)
{
	struct work *work = (struct work *)job;
	struct world *world = work->world;

	world->done[world->n++] = (int)(work - world->works);
	if (work->rounds > 0) {
		work->rounds--;
		pool_begin(world->pool, job->lane, job);
	}
}

static void told(void *context)
{
	struct world *world = context;

	world->told++;
	io_stop(world->io);
}

static void set_up(struct world *world, unsigned n_threads)
{
	const char *why;

	memset(world, 0, sizeof *world);
	assert_int_equal(io_create(&world->io, IO_BACKEND_AUTO, &why), 0);
	assert_int_equal(pool_create(&world->pool, world->io, n_threads, told, world), 0);
	for (int i = 0; i < JOBS; i++) {
		struct work *work = &world->works[i];

		work->job = (struct pool_job){.run = run, .done = done};
		work->world = world;
		work->input = i + 1;
		sem_init(&work->go, 0, 0);
		sem_init(&work->running, 0, 0);
	}
}

static void tear_down(struct world *world)
{
	pool_destroy(world->pool);
	io_destroy(world->io);
	for (int i = 0; i < JOBS; i++) {
		sem_destroy(&world->works[i].go);
		sem_destroy(&world->works[i].running);
	}
}

static void begin(struct world *world, int lane, int i)
{
	pool_begin(world->pool, &world->lanes[lane], &world->works[i].job);
}

static void let_go(struct world *world, int i)
{
	sem_post(&world->works[i].go);
}

static void await_running(struct world *world, int i)
{
	while (sem_wait(&world->works[i].running) < 0)
		;
}

static void await_done(struct world *world, size_t n)
{
	while (world->n < n)
		assert_int_equal(io_run(world->io), 0);
}

static void expect_done(const struct world *world, const int *order, size_t n)
{
	assert_int_equal(world->n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(world->done[i], order[i]);
}

static void test_jobs_of_a_lane_are_done_in_their_order(void **state)
{
	struct world world;

	(void)state;
	set_up(&world, 3);
	for (int i = 0; i < 3; i++)
		begin(&world, 0, i);
	for (int i = 0; i < 3; i++)
		await_running(&world, i);
	/* the last is ready first, and waits for the others */
	let_go(&world, 2);
	while (world.told < 1)
		assert_int_equal(io_run(world.io), 0);
	assert_int_equal(world.n, 0);
	let_go(&world, 0);
	await_done(&world, 1);
	expect_done(&world, (int[]){0}, 1);
	let_go(&world, 1);
	await_done(&world, 3);
	expect_done(&world, (int[]){0, 1, 2}, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(world.works[i].output, 2 * (i + 1));
	tear_down(&world);
}

static void test_lanes_do_not_wait_for_each_other(void **state)
{
	struct world world;

	(void)state;
	set_up(&world, 2);
	begin(&world, 0, 0);
	begin(&world, 1, 1);
	let_go(&world, 1);
	await_done(&world, 1);
	expect_done(&world, (int[]){1}, 1);
	let_go(&world, 0);
	await_done(&world, 2);
	tear_down(&world);
}

static void test_there_is_room_while_a_thread_has_nothing_to_do(void **state)
{
	struct world world;

	(void)state;
	set_up(&world, 2);
	assert_true(pool_has_room(world.pool));
	assert_false(pool_is_busy(world.pool));
	begin(&world, 0, 0);
	assert_true(pool_has_room(world.pool));
	assert_true(pool_is_busy(world.pool));
	begin(&world, 0, 1);
	begin(&world, 0, 2); /* belongs to it, and waits */
	assert_false(pool_has_room(world.pool));
	let_go(&world, 0);
	await_done(&world, 1);
	assert_false(pool_has_room(world.pool));
	let_go(&world, 1);
	await_done(&world, 2);
	assert_true(pool_has_room(world.pool));
	let_go(&world, 2);
	await_done(&world, 3);
	assert_false(pool_is_busy(world.pool));
	tear_down(&world);
}

static void test_one_that_has_nothing_to_run_waits_for_its_turn(void **state)
{
	struct world world;

	(void)state;
	set_up(&world, 1);
	world.works[1].job.run = NULL;
	world.works[2].job.run = NULL;
	begin(&world, 0, 0);
	begin(&world, 0, 1);
	begin(&world, 1, 2);
	await_done(&world, 1);
	expect_done(&world, (int[]){2}, 1);
	let_go(&world, 0);
	await_done(&world, 3);
	expect_done(&world, (int[]){2, 0, 1}, 3);
	tear_down(&world);
}

static void test_job_may_begin_again_when_it_is_done(void **state)
{
	struct world world;

	(void)state;
	set_up(&world, 2);
	for (int i = 0; i < 4; i++) {
		world.works[i].rounds = 2;
		begin(&world, i % 2, i);
		for (int round = 0; round < 3; round++)
			let_go(&world, i);
	}
	await_done(&world, 12);
	for (int i = 0; i < 4; i++) {
		int n = 0;

		for (size_t k = 0; k < world.n; k++)
			n += world.done[k] == i;
		assert_int_equal(n, 3);
	}
	assert_false(pool_is_busy(world.pool));
	tear_down(&world);
}

static void test_what_was_begun_is_done_before_it_is_idle(void **state)
{
	struct world world;

	(void)state;
	set_up(&world, 2);
	for (int i = 0; i < JOBS; i++)
		begin(&world, i % 2, i);
	await_running(&world, 0);
	for (int i = 0; i < JOBS; i++)
		let_go(&world, i);
	while (pool_is_busy(world.pool))
		assert_int_equal(io_run(world.io), 0);
	assert_int_equal(world.n, JOBS);
	tear_down(&world);
}

static void test_pool_without_jobs_ends(void **state)
{
	struct world world;

	(void)state;
	set_up(&world, 0);
	tear_down(&world);
	pool_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jobs_of_a_lane_are_done_in_their_order),
		cmocka_unit_test(test_lanes_do_not_wait_for_each_other),
		cmocka_unit_test(test_there_is_room_while_a_thread_has_nothing_to_do),
		cmocka_unit_test(test_one_that_has_nothing_to_run_waits_for_its_turn),
		cmocka_unit_test(test_job_may_begin_again_when_it_is_done),
		cmocka_unit_test(test_what_was_begun_is_done_before_it_is_idle),
		cmocka_unit_test(test_pool_without_jobs_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
