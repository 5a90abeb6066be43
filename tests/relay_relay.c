/* SPDX-License-Identifier: MIT */
#include "relay/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { WORKERS = 3 };

/* What the relay tells its manager is told to nobody here: that it was fed shows in the time. */
static struct relay *make_relay(void)
{
	struct relay *relay = calloc(1, sizeof(*relay));

	relay->workers = aligned_alloc(_Alignof(struct worker), WORKERS * sizeof(struct worker));
	relay->n_workers = WORKERS;
	relay->notify.watchdog_us = 1000;
	for (size_t i = 0; i < WORKERS; i++)
		relay->workers[i] = (struct worker){.index = (unsigned)i};
	return relay;
}

static void free_relay(struct relay *relay)
{
	free(relay->workers);
	free(relay);
}

static void test_watchdog_is_fed_when_every_worker_has_ticked(void **state)
{
	struct relay *relay = make_relay();

	(void)state;
	for (unsigned last = 0; last < WORKERS; last++) {
		int64_t before_us = relay->notify.fed_us, now_us = before_us + 5000;

		for (unsigned i = 0; i < WORKERS; i++) {
			if (i != last)
				counter_set(&relay->workers[i].ticked_us, (uint64_t)now_us);
		}
		relay_tick(relay, now_us);
		assert_int_equal(relay->notify.fed_us, before_us);
		counter_set(&relay->workers[last].ticked_us, (uint64_t)now_us);
		relay_tick(relay, now_us);
		assert_int_equal(relay->notify.fed_us, now_us);
	}
	free_relay(relay);
}

static void test_watchdog_is_not_fed_before_its_time(void **state)
{
	struct relay *relay = make_relay();

	(void)state;
	for (int64_t now_us = 5000; now_us < 6000; now_us += 250) {
		for (unsigned i = 0; i < WORKERS; i++)
			counter_set(&relay->workers[i].ticked_us, (uint64_t)now_us);
		relay_tick(relay, now_us);
		assert_int_equal(relay->notify.fed_us, 5000);
	}
	free_relay(relay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watchdog_is_fed_when_every_worker_has_ticked),
		cmocka_unit_test(test_watchdog_is_not_fed_before_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
