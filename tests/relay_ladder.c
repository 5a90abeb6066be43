/* SPDX-License-Identifier: MIT */
/* The policy by itself, and on a model of a link: seconds of it take no time. */
#include "relay/ladder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct ladder_tick calm = {.sent = 7, .empty = true};
static const struct ladder_tick lossy = {.sent = 5, .dropped = 2};
static const struct ladder_tick hopeless = {.sent = 1, .dropped = 6};
static const struct ladder_tick stalled = {.blocked = true};
static const struct ladder_tick still = {.empty = true};

/* The first other advice within n such ticks, or LADDER_STAY. */
static enum ladder_step feed(struct ladder *ladder, const struct ladder_tick *tick, int n)
{
	enum ladder_step step = LADDER_STAY;

	for (int i = 0; i < n && step == LADDER_STAY; i++)
		step = ladder_advise(ladder, tick);
	return step;
}

static void test_sustained_lag_leads_down(void **state)
{
	struct ladder ladder;

	(void)state;
	ladder_init(&ladder);
	assert_int_equal(feed(&ladder, &lossy, LADDER_LAGGED - 1), LADDER_STAY);
	assert_int_equal(ladder_advise(&ladder, &lossy), LADDER_DOWN);
	ladder_init(&ladder);
	assert_int_equal(feed(&ladder, &stalled, LADDER_LAGGED), LADDER_DOWN);
}

static void test_passing_trouble_leads_nowhere(void **state)
{
	struct ladder ladder;

	(void)state;
	ladder_init(&ladder);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(feed(&ladder, &lossy, 2), LADDER_STAY);
		assert_int_equal(feed(&ladder, &calm, 3), LADDER_STAY);
	}
}

static void test_most_frames_dropped_lead_to_the_bottom(void **state)
{
	struct ladder ladder;

	(void)state;
	ladder_init(&ladder);
	assert_int_equal(feed(&ladder, &hopeless, LADDER_LAGGED), LADDER_BOTTOM);
}

static void test_head_room_leads_up_after_the_hold(void **state)
{
	struct ladder ladder;

	(void)state;
	ladder_init(&ladder);
	assert_int_equal(feed(&ladder, &calm, LADDER_FIRST_HOLD - 1), LADDER_STAY);
	ladder_advise(&ladder, &lossy);
	assert_int_equal(feed(&ladder, &calm, LADDER_FIRST_HOLD - 1), LADDER_STAY);
	assert_int_equal(ladder_advise(&ladder, &calm), LADDER_UP);
}

static void test_still_picture_says_nothing(void **state)
{
	struct ladder ladder;

	(void)state;
	ladder_init(&ladder);
	assert_int_equal(feed(&ladder, &still, 10000), LADDER_STAY);
}

/* The ticks of calm until it advises to go up. */
static int hold_of(struct ladder *ladder)
{
	int n = 1;

	while (ladder_advise(ladder, &calm) != LADDER_UP)
		n++;
	return n;
}

static void fail_once(struct ladder *ladder)
{
	ladder_moved(ladder, LADDER_UP);
	assert_int_equal(feed(ladder, &lossy, LADDER_SETTLE + LADDER_LAGGED), LADDER_DOWN);
	ladder_moved(ladder, LADDER_DOWN);
}

static void test_each_failure_doubles_the_hold_up_to_the_most(void **state)
{
	struct ladder ladder;

	(void)state;
	ladder_init(&ladder);
	assert_int_equal(hold_of(&ladder), LADDER_FIRST_HOLD);
	for (int hold = 2 * LADDER_FIRST_HOLD; hold < LADDER_MOST_HOLD; hold *= 2) {
		fail_once(&ladder);
		assert_int_equal(hold_of(&ladder), LADDER_SETTLE + hold);
	}
	for (int i = 0; i < 3; i++) {
		fail_once(&ladder);
		assert_int_equal(hold_of(&ladder), LADDER_SETTLE + LADDER_MOST_HOLD);
	}
	/* One that can't be made at all counts, too; that there is nothing larger doesn't. */
	ladder_init(&ladder);
	hold_of(&ladder);
	ladder_stayed(&ladder, LADDER_UP, true);
	assert_int_equal(hold_of(&ladder), 2 * LADDER_FIRST_HOLD);
	ladder_stayed(&ladder, LADDER_UP, false);
	assert_int_equal(hold_of(&ladder), 2 * LADDER_FIRST_HOLD);
}

static void test_long_good_time_makes_the_hold_short_again(void **state)
{
	struct ladder ladder;

	(void)state;
	ladder_init(&ladder);
	hold_of(&ladder);
	fail_once(&ladder);
	hold_of(&ladder);
	ladder_moved(&ladder, LADDER_UP);
	for (int i = 0; i < LADDER_SETTLE + LADDER_GOOD + 1; i++)
		ladder_advise(&ladder, &calm);
	ladder_stayed(&ladder, LADDER_UP, false);
	assert_int_equal(hold_of(&ladder), LADDER_FIRST_HOLD);
	/* A step down long after the step up is the link's, and no failure. */
	assert_int_equal(feed(&ladder, &lossy, LADDER_LAGGED), LADDER_DOWN);
	ladder_moved(&ladder, LADDER_DOWN);
	assert_int_equal(hold_of(&ladder), LADDER_SETTLE + LADDER_FIRST_HOLD);
}

/* ---- a link: so many kilobits a second, frames that don't fit are dropped ---- */

enum { RUNGS = 4, SECOND = 1000000 / LADDER_TICK_US, FPS = 30 };
static const int rung_kbps[RUNGS] = {400, 1200, 3000, 8000};

struct link {
	struct ladder ladder;
	int rung;
	double frames_due, bits_free;
	uint32_t random;
	int moves, ticks;
	int ticks_at[RUNGS];
};

static struct link link_at(int rung, uint32_t seed)
{
	struct link link = {.rung = rung, .random = seed};

	ladder_init(&link.ladder);
	return link;
}

/* Rates of real links waver; here by a tenth. */
static double waver(struct link *link)
{
	link->random = link->random * 1664525 + 1013904223;
	return 0.9 + 0.2 * (double)(link->random >> 8) / (double)(1 << 24);
}

static struct ladder_tick transfer(struct link *link, double kbps)
{
	double frame_bits = rung_kbps[link->rung] * 1000.0 / FPS;
	struct ladder_tick tick = {0};

	link->frames_due += (double)FPS / SECOND;
	link->bits_free += kbps * 1000 / SECOND * waver(link);
	while (link->frames_due >= 1) {
		link->frames_due--;
		if (link->bits_free >= frame_bits) {
			link->bits_free -= frame_bits;
			tick.sent++;
		} else {
			tick.dropped++;
		}
	}
	/* What isn't used is gone, but for what the path holds. */
	if (link->bits_free > kbps * 100)
		link->bits_free = kbps * 100;
	tick.blocked = tick.dropped > 0;
	tick.empty = !tick.blocked;
	return tick;
}

static void go(struct link *link, enum ladder_step step)
{
	int to = step == LADDER_UP ? link->rung + 1 : step == LADDER_BOTTOM ? 0 : link->rung - 1;

	if (step == LADDER_STAY)
		return;
	if (to < 0 || to >= RUNGS || to == link->rung) {
		ladder_stayed(&link->ladder, step, false);
		return;
	}
	link->rung = to;
	link->moves++;
	ladder_moved(&link->ladder, step);
}

static void run(struct link *link, double kbps, int seconds)
{
	link->moves = link->ticks = 0;
	for (int i = 0; i < RUNGS; i++)
		link->ticks_at[i] = 0;
	for (int i = 0; i < seconds * SECOND; i++) {
		struct ladder_tick tick = transfer(link, kbps);

		link->ticks++;
		link->ticks_at[link->rung]++;
		go(link, ladder_advise(&link->ladder, &tick));
	}
}

/* From wherever it begins, nearly all the time goes to the largest that fits; and the steps up that
 * fail become as rare as the hold allows. */
static void test_link_gets_the_largest_that_fits(void **state)
{
	(void)state;
	for (int fits = 0; fits < RUNGS; fits++) {
		for (int rung = 0; rung < RUNGS; rung++) {
			struct link link = link_at(rung, (uint32_t)(17 * fits + rung));

			run(&link, rung_kbps[fits] * 1.3, 120);
			run(&link, rung_kbps[fits] * 1.3, 1200);
			assert_true(link.ticks_at[fits] >= link.ticks * 95 / 100);
			assert_true(link.moves <= 2 * (1200 / 120 + 1));
		}
	}
}

static void test_link_that_gets_worse_is_followed_within_seconds(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < 100; seed++) {
		struct link link = link_at(RUNGS - 1, seed);

		run(&link, 20000, 60);
		assert_int_equal(link.rung, RUNGS - 1);
		/* Most frames are dropped: at the bottom at once, and no further. */
		run(&link, 600, 2);
		assert_int_equal(link.rung, 0);
		assert_int_equal(link.moves, 1);
	}
}

static void test_link_that_gets_better_is_followed(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < 100; seed++) {
		struct link link = link_at(0, seed);

		run(&link, 600, 600);
		assert_true(link.ticks_at[0] >= link.ticks * 9 / 10);
		/* Its hold has grown to the longest; after the first step it goes on like that. */
		run(&link, 20000, 3 * (LADDER_MOST_HOLD + LADDER_PROBE) / SECOND);
		assert_int_equal(link.rung, RUNGS - 1);
		assert_int_equal(link.moves, RUNGS - 1);
	}
}

static void test_link_just_too_slow_costs_few_moves(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < 100; seed++) {
		struct link link = link_at(2, seed);

		run(&link, rung_kbps[2] * 0.9, 3600);
		assert_true(link.moves <= 2 * (3600 / 120 + 6));
		assert_true(link.ticks_at[1] >= link.ticks * 9 / 10);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sustained_lag_leads_down),
		cmocka_unit_test(test_passing_trouble_leads_nowhere),
		cmocka_unit_test(test_most_frames_dropped_lead_to_the_bottom),
		cmocka_unit_test(test_head_room_leads_up_after_the_hold),
		cmocka_unit_test(test_still_picture_says_nothing),
		cmocka_unit_test(test_each_failure_doubles_the_hold_up_to_the_most),
		cmocka_unit_test(test_long_good_time_makes_the_hold_short_again),
		cmocka_unit_test(test_link_gets_the_largest_that_fits),
		cmocka_unit_test(test_link_that_gets_worse_is_followed_within_seconds),
		cmocka_unit_test(test_link_that_gets_better_is_followed),
		cmocka_unit_test(test_link_just_too_slow_costs_few_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
