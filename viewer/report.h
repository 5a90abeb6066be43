/* SPDX-License-Identifier: MIT */
/* A meter's numbers for people and for programs. Pure. */
#ifndef SPILLWAY_REPORT_H
#define SPILLWAY_REPORT_H

#include <jansson.h>
#include <stddef.h>

#include "viewer/meter.h"

enum { REPORT_LINE_SIZE = 256, REPORT_SUMMARY_SIZE = 2048 };

/* What is being watched. */
struct report {
	const char *stream;
	const char *relay;     /* "HOST port PORT" */
	const char *ended;     /* why it ended, a sentence; "": the viewer had enough */
	const char *rendition; /* the stream that was watched in fact */
	uint64_t skipped;      /* frames that an output had no time for */
	const struct meter *meter;
};

/* A line for now: rate, latency, what is missing. Returns its length. */
size_t report_line(const struct report *report, struct meter_rate rate, char to[REPORT_LINE_SIZE]);
/* Some lines at the end, each ended by a newline. */
void report_summary(const struct report *report, char to[REPORT_SUMMARY_SIZE]);
/* A reference to an object, or NULL without memory. spillway(1) lists its keys. */
json_t *report_json(const struct report *report);

#endif
