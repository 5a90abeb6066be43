/* SPDX-License-Identifier: MIT */
/* What the chat counts since it began, for its control socket and /metrics. One thread counts and
 * reads. */
#ifndef SPILLWAY_CHAT_COUNTERS_H
#define SPILLWAY_CHAT_COUNTERS_H

#include <stdint.h>

/* Of all connections. */
struct conn_counters {
	uint64_t bytes_in, bytes_out;
	uint64_t lines_in, lines_out; /* that came; that were queued */
	uint64_t overflows;	      /* queues that were full: their clients were closed */
};

struct counters {
	struct conn_counters conns;
	uint64_t connections; /* accepted */
	uint64_t refused;     /* of these: the chat was full, or too many came from the address */
	uint64_t messages;    /* to rooms, stored and told */
	uint64_t privates;    /* to people, told or kept for them */
	uint64_t history;     /* messages in answers to CHATHISTORY */
	uint64_t reloads, failed_reloads;
};

#endif
