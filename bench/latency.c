/* SPDX-License-Identifier: MIT */
/*
 * spillway-bench latency: how long it takes until a change on a screen is seen by a viewer. A
 * thread changes the number that a window shows; the pictures that `spillway watch --stdout` writes
 * come in here, and are decoded. A change counts as seen with the first picture that shows its
 * number or a later one. Both clocks are one: CLOCK_MONOTONIC of this machine.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/commands.h"
#include "bench/counter.h"
#include "capture/strip.h"
#include "common/jpeg.h"
#include "common/log.h"
#include "common/options.h"

enum {
	MAX_SECONDS = 120,
	MAX_RATE = 200,
	MAX_CHANGES = MAX_SECONDS * MAX_RATE * 2, /* intervals are random */
	WARM_UP = 30,				  /* changes that aren't measured */
	MAX_PICTURE = 8 << 20,
	MAX_PIXELS = 4096 * 4096,
};

struct options {
	char *display;
	int64_t seconds, rate;
};

struct latency {
	const struct options *options;
	struct counter counter;
	_Atomic int64_t changed_us[MAX_CHANGES]; /* by number; 0: not yet */
	_Atomic uint32_t n_changes;
	atomic_bool ends;

	/* the viewer's side */
	uint8_t input[MAX_PICTURE];
	uint8_t luma[MAX_PIXELS];
	tjhandle decoder;
	int64_t last; /* the newest number that was seen; -1: none */
	uint64_t pictures, unreadable, older;
	int64_t until_us; /* 0: not measuring yet */
	int64_t seen_us[MAX_CHANGES];
	size_t n_seen;
};

/* ---- the screen ---- */

/* At random times, so that they don't fall in step with the agent's: half to one and a half times
 * the mean apart. */
static void *change(void *context)
{
	struct latency *latency = context;
	int64_t mean_us = 1000000 / latency->options->rate;
	uint32_t random = 1;

	for (uint32_t n = 0; n < MAX_CHANGES && !atomic_load(&latency->ends); n++) {
		atomic_store(&latency->changed_us[n], clock_us(CLOCK_MONOTONIC));
		atomic_store(&latency->n_changes, n + 1);
		if (counter_show(&latency->counter, n) < 0)
			break;
		random = random * 1664525u + 1013904223u;
		usleep((useconds_t)(mean_us / 2 + mean_us * (random >> 16) / 65536));
	}
	return NULL;
}

/* ---- the viewer ---- */

static bool read_number(struct latency *latency, const uint8_t *jpeg, size_t len,
			uint32_t *ret_number)
{
	int width, height, sampling, space;

	return tjDecompressHeader3(latency->decoder, jpeg, len, &width, &height, &sampling,
				   &space) == 0 &&
	       (int64_t)width * height <= MAX_PIXELS &&
	       tjDecompress2(latency->decoder, jpeg, len, latency->luma, width, width, height,
			     TJPF_GRAY, 0) == 0 &&
	       strip_read(latency->luma, (size_t)width, (unsigned)width, (unsigned)height,
			  ret_number) == 0;
}

static void see(struct latency *latency, uint32_t number, int64_t now_us)
{
	if (latency->until_us == 0 && number >= WARM_UP)
		latency->until_us = now_us + latency->options->seconds * 1000000;
	for (int64_t n = latency->last + 1; latency->until_us != 0 && n <= number; n++)
		latency->seen_us[latency->n_seen++] = now_us - atomic_load(&latency->changed_us[n]);
	latency->pictures += latency->until_us != 0;
	latency->last = number;
}

static void take(struct latency *latency, const uint8_t *jpeg, size_t len)
{
	uint32_t number;

	if (!read_number(latency, jpeg, len, &number) || number >= atomic_load(&latency->n_changes))
		latency->unreadable += latency->last >= 0; /* before, there is another screen */
	else if ((int64_t)number < latency->last)
		latency->older++;
	else
		see(latency, number, clock_us(CLOCK_MONOTONIC));
}

/* False when the pictures end before the time. */
static bool watch(struct latency *latency)
{
	struct jpeg_scan scan = {0};
	size_t have = 0, scanned = 0, used;

	while (latency->until_us == 0 || clock_us(CLOCK_MONOTONIC) < latency->until_us) {
		ssize_t n = have < MAX_PICTURE
				    ? read(STDIN_FILENO, latency->input + have, MAX_PICTURE - have)
				    : 0;
		int result;

		if (n <= 0)
			return false;
		have += (size_t)n;
		while ((result = jpeg_scan(&scan, latency->input + scanned, have - scanned,
					   &used)) == 1) {
			used += scanned;
			take(latency, latency->input, used);
			have -= used;
			memmove(latency->input, latency->input + used, have);
			scan = (struct jpeg_scan){0};
			scanned = 0;
		}
		if (result < 0)
			return false;
		scanned = have;
	}
	return true;
}

/* ---- the result ---- */

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double percentile_ms(const struct latency *latency, unsigned permille)
{
	size_t rank = (latency->n_seen - 1) * permille / 1000;

	return (double)latency->seen_us[rank] / 1000;
}

static void print(struct latency *latency)
{
	qsort(latency->seen_us, latency->n_seen, sizeof(*latency->seen_us), compare);
	printf("changes    %zu seen, in %llu pictures; %llu not readable, %llu older than one "
	       "before\n"
	       "latency    p50 %.1f ms, p90 %.1f, p99 %.1f, max %.1f\n",
	       latency->n_seen, (unsigned long long)latency->pictures,
	       (unsigned long long)latency->unreadable, (unsigned long long)latency->older,
	       percentile_ms(latency, 500), percentile_ms(latency, 900),
	       percentile_ms(latency, 990), percentile_ms(latency, 1000));
}

static int measure(struct latency *latency)
{
	pthread_t thread;
	bool whole;

	if (pthread_create(&thread, NULL, change, latency) != 0)
		return COMMAND_FAILED;
	whole = watch(latency);
	atomic_store(&latency->ends, true);
	pthread_join(thread, NULL);
	if (!whole || latency->n_seen == 0) {
		log_error("no pictures come any more");
		return COMMAND_FAILED;
	}
	print(latency);
	return latency->older == 0 && latency->unreadable == 0 ? COMMAND_OK : COMMAND_FAILED;
}

static int latency_run(const struct options *options)
{
	static struct latency latency;
	int error, status = COMMAND_FAILED;

	latency.options = options;
	latency.last = -1;
	latency.decoder = tjInitDecompress();
	error = counter_open(&latency.counter, options->display);
	if (error < 0)
		log_error("the display %s: %s", options->display,
			  error == -ENOTSUP ? "its screen isn't one of 24 bits a pixel"
					    : strerror(-error));
	else
		status = measure(&latency);
	counter_close(&latency.counter);
	tjDestroy(latency.decoder);
	return status;
}

/* ---- options ---- */

#define FIELD(name) offsetof(struct options, name)

static const struct option_row rows[] = {
	{"seconds", OPTION_NUMBER, FIELD(seconds), "S", "20", 1, MAX_SECONDS, NULL,
	 OPTION_COMMAND_LINE, "measure for so long"},
	{"rate", OPTION_NUMBER, FIELD(rate), "N", "10", 1, MAX_RATE, NULL, OPTION_COMMAND_LINE,
	 "so many changes a second"},
	{"display", OPTION_TEXT, FIELD(display), "NAME", ":0", 0, 0, NULL, OPTION_COMMAND_LINE,
	 "the X display to draw on"},
	{0},
};

static int latency_main(int argc, char *argv[])
{
	struct options options = {0};
	const struct option_program program = {
		.name = "spillway-bench latency",
		.usage = "[OPTION]... <PICTURES",
		.summary = "Changes a screen, and measures until a viewer's pictures show it.",
		.more = "PICTURES is what `spillway watch --stdout` writes; see "
			"bench/latency.sh.\n",
		.rows = rows,
		.fields = &options,
	};
	int status = COMMAND_USAGE;

	options_init(rows, &options);
	if (options_command_line(&program, argc, argv) >= 0)
		status = latency_run(&options);
	options_finish(rows, &options);
	return status;
}

const struct command latency_command = {
	.name = "latency",
	.summary = "how long a change on a screen takes to a viewer",
	.run = latency_main,
};
