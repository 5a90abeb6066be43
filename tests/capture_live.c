/* SPDX-License-Identifier: MIT */
/* A live source that is a pipe: each 'p' in it is a picture, a 'g' means that it has gone. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/live.h"

enum { MAX_EVENTS = 64 };

struct world {
	struct source source; /* first: the fake is found by it */
	struct io *io;
	struct live live;
	int ends[2];
	int reopenings, failing_reopenings;
	int picture_result; /* what source_picture() would have said */
	bool stop_at_picture;
	bool tells_along; /* with the next still picture, that there is a newer one */
	bool told_along;
	enum live_event events[MAX_EVENTS];
	size_t n, taken;
};

/* ---- the source ---- */

static int fake_next(struct source *source, int64_t *ret_pts_us)
{
	struct world *world = (struct world *)source;
	char byte = 0, last = world->told_along ? 'p' : 0;

	world->told_along = false;
	while (read(world->ends[0], &byte, 1) == 1)
		if (last != 'g')
			last = byte;
	if (last == 0)
		return -EAGAIN;
	*ret_pts_us = source_clock_us();
	return last == 'g' ? -ENODEV : 1;
}

static int fake_descriptor(const struct source *source)
{
	return ((const struct world *)source)->ends[0];
}

static void open_pipe(struct world *world)
{
	assert_int_equal(pipe2(world->ends, O_NONBLOCK | O_CLOEXEC), 0);
}

static void close_pipe(struct world *world)
{
	close(world->ends[0]);
	close(world->ends[1]);
}

static int fake_reopen(struct source *source)
{
	struct world *world = (struct world *)source;

	close_pipe(world);
	open_pipe(world); /* also where it fails: some descriptor has to be there for the test */
	world->reopenings++;
	return world->reopenings <= world->failing_reopenings ? -ENODEV : 0;
}

static const struct source_type fake = {
	.prefix = "fake",
	.next = fake_next,
	.descriptor = fake_descriptor,
	.reopen = fake_reopen,
};

/* ---- what is told ---- */

static int hear(void *context, enum live_event event)
{
	struct world *world = context;

	assert_true(world->n < MAX_EVENTS);
	world->events[world->n++] = event;
	io_stop(world->io);
	if (event == LIVE_STILL && world->tells_along) {
		world->told_along = true;
		world->tells_along = false;
	}
	if (event == LIVE_PICTURE && world->stop_at_picture)
		live_stop(&world->live);
	return event == LIVE_PICTURE || event == LIVE_STILL ? world->picture_result : 0;
}

static enum live_event next_event(struct world *world)
{
	while (world->taken == world->n)
		assert_int_equal(io_run(world->io), 0);
	return world->events[world->taken++];
}

static void expect(struct world *world, enum live_event event)
{
	assert_int_equal(next_event(world), event);
}

static void give(struct world *world, const char *bytes)
{
	assert_int_equal(write(world->ends[1], bytes, strlen(bytes)), strlen(bytes));
}

static void begin(struct world *world, enum io_backend backend)
{
	const char *why;

	*world = (struct world){.source = {.type = &fake}};
	if (io_create(&world->io, backend, &why) < 0)
		skip();
	open_pipe(world);
	live_init(&world->live, world->io, &world->source, hear, world);
}

static void finish(struct world *world)
{
	live_stop(&world->live);
	if (live_busy(&world->live))
		while (next_event(world) != LIVE_ENDED)
			;
	assert_false(live_busy(&world->live));
	io_destroy(world->io);
	close_pipe(world);
}

static const enum io_backend backends[] = {IO_BACKEND_EPOLL, IO_BACKEND_URING};

struct moment {
	struct io_op op; /* first: the moment is found by it */
	struct io *io;
};

static void on_moment(struct io_op *op, int result)
{
	(void)result;
	io_stop(((struct moment *)op)->io);
}

static void pass_a_moment(struct world *world)
{
	struct moment moment = {.io = world->io};

	io_timer(world->io, &moment.op, io_now_us(world->io) + 1000, on_moment);
	while (io_busy(&moment.op))
		assert_int_equal(io_run(world->io), 0);
}

/* ---- the tests ---- */

static void test_pictures_are_told_as_they_come(void **state)
{
	struct world world;

	begin(&world, *(enum io_backend *)*state);
	live_start(&world.live);
	for (int i = 0; i < 5; i++) {
		give(&world, "p");
		expect(&world, LIVE_PICTURE);
	}
	finish(&world);
}

static void test_of_several_pictures_only_the_newest_is_told(void **state)
{
	struct world world;

	begin(&world, *(enum io_backend *)*state);
	give(&world, "ppp");
	live_start(&world.live);
	expect(&world, LIVE_PICTURE);
	expect(&world, LIVE_STILL);
	finish(&world);
}

static void test_picture_over_the_rate_waits_and_is_not_lost(void **state)
{
	struct world world;

	begin(&world, *(enum io_backend *)*state);
	world.source.limit = (struct rate){5, 1};
	live_start(&world.live);
	give(&world, "p");
	expect(&world, LIVE_PICTURE);
	for (int i = 0; i < 3; i++) {
		int64_t due_us = gate_due_us(&world.live.gate);

		give(&world, "p"); /* nothing follows that would wake anybody */
		expect(&world, LIVE_PICTURE);
		assert_true(io_now_us(world.io) >= due_us);
	}
	finish(&world);
}

static void test_picture_without_room_is_told_again_when_there_is(void **state)
{
	struct world world;

	begin(&world, *(enum io_backend *)*state);
	live_start(&world.live);
	world.picture_result = -EBUSY;
	give(&world, "p");
	expect(&world, LIVE_PICTURE);
	/* not before, and a newer one takes its place */
	give(&world, "p");
	while (world.live.dropped == 0)
		pass_a_moment(&world);
	assert_int_equal(world.n, world.taken);
	world.picture_result = 0;
	live_room(&world.live);
	expect(&world, LIVE_PICTURE);
	expect(&world, LIVE_STILL);
	assert_int_equal(world.live.dropped, 1);
	finish(&world);
}

static void test_still_source_without_room_is_asked_when_there_is(void **state)
{
	struct world world;

	begin(&world, *(enum io_backend *)*state);
	world.picture_result = -EBUSY;
	live_start(&world.live);
	live_refresh(&world.live);
	expect(&world, LIVE_STILL);
	world.picture_result = 0;
	live_room(&world.live);
	expect(&world, LIVE_PICTURE);
	finish(&world);
}

static void test_still_source_is_asked_to_show_again(void **state)
{
	struct world world;

	begin(&world, *(enum io_backend *)*state);
	live_start(&world.live);
	expect(&world, LIVE_STILL);
	live_refresh(&world.live);
	expect(&world, LIVE_STILL);
	give(&world, "p");
	expect(&world, LIVE_PICTURE);
	finish(&world);
}

static void test_news_that_came_along_with_a_still_picture_are_heard(void **state)
{
	struct world world;

	begin(&world, *(enum io_backend *)*state);
	world.tells_along = true;
	live_start(&world.live);
	expect(&world, LIVE_STILL);
	expect(&world, LIVE_PICTURE);
	finish(&world);
}

static void test_source_that_has_gone_comes_back(void **state)
{
	struct world world;
	enum live_event event;

	begin(&world, *(enum io_backend *)*state);
	world.failing_reopenings = 2;
	live_start(&world.live);
	give(&world, "p");
	expect(&world, LIVE_PICTURE);
	give(&world, "g");
	expect(&world, LIVE_LOST);
	expect(&world, LIVE_NO_SIGNAL);
	while (world.reopenings < 3)
		assert_true(next_event(&world) == LIVE_NO_SIGNAL);
	give(&world, "p");
	while ((event = next_event(&world)) == LIVE_NO_SIGNAL)
		;
	assert_int_equal(event, LIVE_BACK);
	expect(&world, LIVE_PICTURE);
	give(&world, "p");
	expect(&world, LIVE_PICTURE);
	finish(&world);
}

static void test_source_that_opens_but_gives_nothing_is_not_back(void **state)
{
	struct world world;

	begin(&world, *(enum io_backend *)*state);
	live_start(&world.live);
	give(&world, "g");
	expect(&world, LIVE_LOST);
	expect(&world, LIVE_NO_SIGNAL);
	while (world.reopenings == 0)
		expect(&world, LIVE_NO_SIGNAL);
	give(&world, "g");
	while (world.reopenings == 1)
		expect(&world, LIVE_NO_SIGNAL); /* and not LIVE_LOST once more */
	finish(&world);
}

static void test_source_may_go_while_it_makes_a_picture(void **state)
{
	struct world world;

	begin(&world, *(enum io_backend *)*state);
	live_start(&world.live);
	world.picture_result = -EAGAIN; /* nothing to be shown: no harm */
	give(&world, "p");
	expect(&world, LIVE_PICTURE);
	world.picture_result = -ENODEV;
	give(&world, "p");
	expect(&world, LIVE_PICTURE);
	expect(&world, LIVE_LOST);
	expect(&world, LIVE_NO_SIGNAL);
	finish(&world);
}

static void test_it_stops_in_any_state(void **state)
{
	struct world world;

	begin(&world, *(enum io_backend *)*state);
	finish(&world); /* before it was started */

	begin(&world, *(enum io_backend *)*state);
	give(&world, "p");
	world.stop_at_picture = true; /* from within */
	live_start(&world.live);
	expect(&world, LIVE_PICTURE);
	finish(&world);

	begin(&world, *(enum io_backend *)*state);
	live_start(&world.live);
	give(&world, "g");
	expect(&world, LIVE_LOST);
	finish(&world);
}

#define ON_BOTH(test)                                                                              \
	{#test " (epoll)", test, NULL, NULL, (void *)(uintptr_t)&backends[0]},                     \
	{                                                                                          \
#test " (uring)", test, NULL, NULL, (void *)(uintptr_t)&backends[1]                \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(test_pictures_are_told_as_they_come),
		ON_BOTH(test_of_several_pictures_only_the_newest_is_told),
		ON_BOTH(test_picture_over_the_rate_waits_and_is_not_lost),
		ON_BOTH(test_picture_without_room_is_told_again_when_there_is),
		ON_BOTH(test_still_source_without_room_is_asked_when_there_is),
		ON_BOTH(test_still_source_is_asked_to_show_again),
		ON_BOTH(test_news_that_came_along_with_a_still_picture_are_heard),
		ON_BOTH(test_source_that_has_gone_comes_back),
		ON_BOTH(test_source_that_opens_but_gives_nothing_is_not_back),
		ON_BOTH(test_source_may_go_while_it_makes_a_picture),
		ON_BOTH(test_it_stops_in_any_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
