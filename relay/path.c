/* SPDX-License-Identifier: MIT */
#include "relay/path.h"

/* What happens when the rate isn't what it was, or acknowledgements stay away: few questions. */
static int64_t bounded(double wait_us, unsigned asked)
{
	int64_t least_us = PATH_SHORTEST_US;

	while (asked-- > 0 && least_us < PATH_LONGEST_US)
		least_us *= 2;
	if (wait_us < (double)least_us)
		wait_us = (double)least_us;
	return wait_us < PATH_LONGEST_US ? (int64_t)wait_us : PATH_LONGEST_US;
}

static bool is_queued(const struct io_link *link)
{
	uint32_t slack_us = link->min_rtt_us / 4;

	if (slack_us > PATH_QUEUED_US)
		slack_us = PATH_QUEUED_US;
	return link->rtt_us > link->min_rtt_us + slack_us;
}

/* Bytes that have to go before the path holds no more than it does without a queue. */
static double waiting_bytes(const struct io_link *link)
{
	double rate = (double)link->delivery_rate;

	return (double)link->unsent + link->unacked - rate * link->min_rtt_us / 1e6;
}

/* The window is much smaller than what the path holds, and the path holds more than a few
 * segments. */
static bool is_held(const struct io_link *link)
{
	double holds = (double)link->delivery_rate * link->min_rtt_us / 1e6;

	return link->window > 0 && holds > 2.0 * link->window + PATH_SLACK;
}

/* Or a part of it: what the rate tells of is about all that was acknowledged by now. */
static bool is_first_flight(const struct io_link *link, uint64_t sent_bytes)
{
	double acked = (double)sent_bytes - link->unsent - link->unacked;

	return sent_bytes < PATH_FIRST_BYTES &&
	       acked < 2.0 * (double)link->delivery_rate * link->rtt_us / 1e6;
}

int64_t path_wait_us(const struct io_link *link, unsigned asked, uint64_t sent_bytes)
{
	double rate = (double)link->delivery_rate;

	if (is_held(link) && asked < PATH_HELD_ASKED)
		return bounded(0, asked);
	if (link->unsent == 0 && !is_queued(link))
		return 0;
	if (link->delivery_rate == 0)
		return link->unsent == 0 ? 0 : bounded(0, asked);
	double waiting = waiting_bytes(link) - PATH_SLACK;
	if (waiting <= 0)
		return 0;
	int64_t wait_us = bounded(waiting / rate * 1e6, asked);
	bool doubted = is_first_flight(link, sent_bytes) && wait_us > PATH_DOUBTED_US;
	return doubted ? PATH_DOUBTED_US : wait_us;
}

/* The least round trip is longer than any before one was measured. */
int64_t path_way_us(const struct io_link *link)
{
	return (link->min_rtt_us < link->rtt_us ? link->min_rtt_us : link->rtt_us) / 2;
}

int64_t path_age_us(const struct io_link *link, int64_t waited_us)
{
	if ((link->unsent == 0 && !is_queued(link)) || link->delivery_rate == 0 ||
	    link->min_rtt_us > link->rtt_us)
		return waited_us + link->rtt_us / 2;
	double waiting = waiting_bytes(link);
	double queue_us = waiting > 0 ? waiting / (double)link->delivery_rate * 1e6 : 0;
	return waited_us + (int64_t)queue_us + path_way_us(link);
}

int32_t path_pace(const struct io_link *link, uint32_t frame_bytes, uint64_t sent_bytes)
{
	uint64_t pace = link->delivery_rate / 100 * PATH_PACE_PERCENT;
	uint64_t least = frame_bytes * UINT64_C(1000000) / PATH_PACE_FRAME_US;

	if (link->delivery_rate == 0 || link->min_rtt_us < PATH_PACE_RTT_US ||
	    is_first_flight(link, sent_bytes))
		return 0;
	if (pace < least)
		pace = least;
	return pace < INT32_MAX ? (int32_t)pace : INT32_MAX;
}
