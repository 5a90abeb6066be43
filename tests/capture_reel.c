/* SPDX-License-Identifier: MIT */
/* A source whose pictures are numbers; to read the first takes a while. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/reel.h"

enum { PICTURES = 5, INTERVAL_US = 1000, LONG_US = 20000 };

struct world {
	struct source source; /* first: the fake is found by it */
	struct io *io;
	struct reel reel;
	int read, shown;
	int64_t first_read_us;	 /* when that had been read */
	int64_t first_counts_us; /* where the reel puts it on the clock */
	enum reel_event ending;
};

static int fake_next(struct source *source, int64_t *ret_pts_us)
{
	struct world *world = (struct world *)source;

	if (world->read == PICTURES)
		return 0;
	if (world->read == 0) {
		usleep(LONG_US);
		world->first_read_us = source_clock_us();
	}
	*ret_pts_us = (int64_t)world->read++ * INTERVAL_US;
	return 1;
}

static const struct source_type fake = {.prefix = "fake", .next = fake_next};

static int hear(void *context, enum reel_event event)
{
	struct world *world = context;

	if (event == REEL_PICTURE) {
		if (world->shown++ == 0) {
			assert_int_equal(world->read, 1);
			world->first_counts_us = world->reel.pacer.base_us;
		}
		return 0;
	}
	world->ending = event;
	io_stop(world->io);
	return 0;
}

static void begin(struct world *world, enum io_backend backend)
{
	const char *why;

	*world = (struct world){.source = {.type = &fake}};
	if (io_create(&world->io, backend, &why) < 0)
		skip();
	reel_init(&world->reel, world->io, &world->source, hear, world);
	reel_start(&world->reel);
}

static void finish(struct world *world)
{
	assert_int_equal(io_run(world->io), 0);
	assert_false(reel_busy(&world->reel));
	io_destroy(world->io);
}

static const enum io_backend backends[] = {IO_BACKEND_EPOLL, IO_BACKEND_URING};

/* ---- the tests ---- */

static void test_times_count_from_when_the_first_picture_was_read(void **state)
{
	struct world world;

	begin(&world, *(enum io_backend *)*state);
	finish(&world);
	assert_int_equal(world.ending, REEL_END);
	assert_int_equal(world.read, PICTURES);
	assert_int_equal(world.shown + (int)world.reel.pacer.late, PICTURES);
	assert_true(world.first_counts_us >= world.first_read_us);
}

static void test_who_hurries_it_is_shown_the_first_picture_too(void **state)
{
	struct world world;

	begin(&world, *(enum io_backend *)*state);
	reel_hurry(&world.reel);
	finish(&world);
	assert_int_equal(world.ending, REEL_END);
	assert_true(world.first_counts_us >= world.first_read_us);
}

static void test_it_stops_before_the_first_picture(void **state)
{
	struct world world;

	begin(&world, *(enum io_backend *)*state);
	reel_hurry(&world.reel);
	reel_stop(&world.reel);
	finish(&world);
	assert_int_equal(world.ending, REEL_STOPPED);
	assert_int_equal(world.shown, 0);
}

#define ON_BOTH(test)                                                                              \
	{#test " (epoll)", test, NULL, NULL, (void *)(uintptr_t)&backends[0]},                     \
	{                                                                                          \
#test " (uring)", test, NULL, NULL, (void *)(uintptr_t)&backends[1]                \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(test_times_count_from_when_the_first_picture_was_read),
		ON_BOTH(test_who_hurries_it_is_shown_the_first_picture_too),
		ON_BOTH(test_it_stops_before_the_first_picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
