/* SPDX-License-Identifier: MIT */
/*
 * The line on a terminal that shows how it goes: rates over the last seconds, frames sent and
 * dropped, the connection. Where standard error isn't a terminal there is none.
 */
#ifndef SPILLWAY_CAPTURE_PROGRESS_H
#define SPILLWAY_CAPTURE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PROGRESS_SAMPLES = 5, /* rates are taken over so many updates */
	PROGRESS_PERIOD_US = 500000,
	PROGRESS_LINE_SIZE = 256,
};

/* Counters since the start. */
struct progress_sample {
	int64_t at_us; /* any monotonic clock */
	uint64_t frames, bytes, dropped;
};

struct progress {
	int fd;
	bool terminal;
	bool drawn;
	size_t n; /* samples taken so far */
	struct progress_sample samples[PROGRESS_SAMPLES];
};

void progress_init(struct progress *progress, int fd);
/* Draws the line; state is a few words on the connection. */
void progress_update(struct progress *progress, const struct progress_sample *sample,
		     const char *state);
/* Takes the line away, before something else is written. */
void progress_clear(struct progress *progress);

/* The text of the line: the rates between two samples, and the totals of the second. Pure. */
void progress_format(char to[PROGRESS_LINE_SIZE], const struct progress_sample *before,
		     const struct progress_sample *now, const char *state);

#endif
