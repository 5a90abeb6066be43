/* SPDX-License-Identifier: MIT */
#include "bench/inspector.h"

void tally_merge(struct tally *tally, const struct tally *other)
{
	tally->delivered += other->delivered;
	tally->missed += other->missed;
	tally->summed += other->summed;
	tally->torn += other->torn;
	tally->repeated += other->repeated;
	tally->reordered += other->reordered;
	histogram_merge(&tally->latency_us, &other->latency_us);
}

void inspector_init(struct inspector *inspector, size_t frame_bytes, bool summing)
{
	*inspector = (struct inspector){.frame_bytes = frame_bytes, .summing = summing};
}

void inspector_begin(struct inspector *inspector, int64_t capture_us)
{
	inspector->capture_us = capture_us;
	payload_check_begin(&inspector->check, inspector->frame_bytes, inspector->summing);
}

void inspector_data(struct inspector *inspector, const void *data, size_t len)
{
	payload_check_data(&inspector->check, data, len);
}

bool inspector_end(struct inspector *inspector, const struct window *window, int64_t now_us,
		   struct tally *tally)
{
	int64_t latency_us = now_us - inspector->capture_us;
	uint64_t number, next = inspector->next;

	tally->summed += inspector->summing;
	if (payload_check_end(&inspector->check, &number) < 0) {
		tally->torn++;
		return false;
	}
	if (number < next) {
		if (number + 1 == next)
			tally->repeated++;
		else
			tally->reordered++;
		return false;
	}
	inspector->next = number + 1;
	if (number >= window->first && number < window->end) {
		if (next > 0) /* else it has just come */
			tally->missed += number - (next > window->first ? next : window->first);
		tally->delivered++;
		histogram_add(&tally->latency_us, latency_us > 0 ? (uint64_t)latency_us : 0);
	}
	return number + 1 >= window->end && next < window->end;
}
