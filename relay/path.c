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

int64_t path_wait_us(const struct io_link *link, unsigned asked)
{
	double queued = (double)link->unsent + link->unacked, rate = (double)link->delivery_rate;

	if (link->unsent == 0 && !is_queued(link))
		return 0;
	if (link->delivery_rate == 0)
		return link->unsent == 0 ? 0 : bounded(0, asked);
	double waiting = queued - rate * link->min_rtt_us / 1e6 - PATH_SLACK;
	return waiting <= 0 ? 0 : bounded(waiting / rate * 1e6, asked);
}
