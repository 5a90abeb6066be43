/* SPDX-License-Identifier: MIT */
#include "common/backoff.h"

#include <sys/random.h>

void backoff_init(struct backoff *backoff)
{
	backoff->next_us = BACKOFF_MIN_US;
}

static uint32_t random_number(void)
{
	uint32_t number = 0;

	/* Without random bytes (an early boot) all come back at the same time: no harm. */
	(void)!getrandom(&number, sizeof number, GRND_NONBLOCK);
	return number;
}

int64_t backoff_take_us(struct backoff *backoff)
{
	int64_t half_us = backoff->next_us / 2;

	backoff->next_us *= 2;
	if (backoff->next_us > BACKOFF_MAX_US)
		backoff->next_us = BACKOFF_MAX_US;
	return half_us + (int64_t)random_number() % (half_us + 1);
}
