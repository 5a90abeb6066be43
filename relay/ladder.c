/* SPDX-License-Identifier: MIT */
#include "relay/ladder.h"

enum { MOST_COUNTED = 1 << 20, WINDOW_MASK = (1 << LADDER_WINDOW) - 1 };

void ladder_init(struct ladder *ladder)
{
	*ladder = (struct ladder){.hold = LADDER_FIRST_HOLD};
}

static uint32_t add_fading(uint32_t sum, uint64_t n)
{
	return sum * 3 / 4 + (uint32_t)(n < MOST_COUNTED ? n : MOST_COUNTED);
}

static unsigned count_bits(unsigned bits)
{
	unsigned n = 0;

	for (; bits != 0; bits >>= 1)
		n += bits & 1;
	return n;
}

static void note(struct ladder *ladder, const struct ladder_tick *tick)
{
	bool lags = tick->dropped > 0 || (tick->sent == 0 && tick->blocked && !tick->empty);

	ladder->sent = add_fading(ladder->sent, tick->sent);
	ladder->dropped = add_fading(ladder->dropped, tick->dropped);
	ladder->lags = (uint8_t)((ladder->lags << 1 | lags) & WINDOW_MASK);
	if (ladder->probe > 0 && --ladder->probe == 0)
		ladder->proven = true;
	if (lags)
		ladder->calm = 0;
	else if (tick->sent > 0 && ladder->calm < UINT16_MAX) /* a still picture says nothing */
		ladder->calm++;
	if (ladder->proven && ladder->calm >= LADDER_GOOD)
		ladder->hold = LADDER_FIRST_HOLD;
}

enum ladder_step ladder_advise(struct ladder *ladder, const struct ladder_tick *tick)
{
	if (ladder->settle > 0) {
		ladder->settle--;
		return LADDER_STAY;
	}
	note(ladder, tick);
	if (count_bits(ladder->lags) >= LADDER_LAGGED)
		return ladder->dropped > 2 * ladder->sent ? LADDER_BOTTOM : LADDER_DOWN;
	return ladder->calm >= ladder->hold ? LADDER_UP : LADDER_STAY;
}

static void hold_longer(struct ladder *ladder)
{
	ladder->hold = (uint16_t)(2 * ladder->hold);
	if (ladder->hold > LADDER_MOST_HOLD)
		ladder->hold = LADDER_MOST_HOLD;
	ladder->proven = false;
}

static void begin_anew(struct ladder *ladder)
{
	ladder->lags = 0;
	ladder->calm = 0;
	ladder->sent = ladder->dropped = 0;
}

void ladder_moved(struct ladder *ladder, enum ladder_step step)
{
	if (step != LADDER_UP && ladder->probe > 0)
		hold_longer(ladder);
	begin_anew(ladder);
	ladder->settle = LADDER_SETTLE;
	ladder->probe = step == LADDER_UP ? LADDER_PROBE : 0;
}

void ladder_stayed(struct ladder *ladder, enum ladder_step step, bool failed)
{
	if (step == LADDER_UP && failed)
		hold_longer(ladder);
	begin_anew(ladder);
}
