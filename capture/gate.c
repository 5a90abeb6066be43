/* SPDX-License-Identifier: MIT */
#include "capture/gate.h"

void gate_init(struct gate *gate, struct rate rate)
{
	*gate = (struct gate){.rate = rate};
}

static int64_t time_us(const struct gate *gate, uint64_t n)
{
	return gate->base_us + rate_time_us(gate->rate, n);
}

int64_t gate_due_us(const struct gate *gate)
{
	return gate->begun ? time_us(gate, gate->n) : 0;
}

void gate_pass(struct gate *gate, int64_t now_us)
{
	if (gate->rate.frames == 0)
		return;
	gate->n++;
	if (gate->begun && now_us < time_us(gate, gate->n))
		return;
	gate->begun = true;
	gate->base_us = now_us;
	gate->n = 1;
}

bool gate_takes(struct gate *gate, int64_t at_us)
{
	int64_t due_us = gate_due_us(gate);

	if (gate->rate.frames != 0 && gate->begun &&
	    at_us < due_us - rate_time_us(gate->rate, 1) / 4)
		return false;
	gate_pass(gate, at_us > due_us ? at_us : due_us);
	return true;
}
