/* SPDX-License-Identifier: MIT */
#include "capture/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_COLUMNS = 80 };

static const char clear_line[] = "\r\033[K";

void progress_init(struct progress *progress, int fd)
{
	*progress = (struct progress){.fd = fd, .terminal = isatty(fd) == 1};
}

void progress_format(char to[PROGRESS_LINE_SIZE], const struct progress_sample *before,
		     const struct progress_sample *now, const char *state)
{
	double seconds = (double)(now->at_us - before->at_us) / 1e6;
	double fps = 0, kbps = 0;

	if (seconds > 0) {
		fps = (double)(now->frames - before->frames) / seconds;
		kbps = (double)(now->bytes - before->bytes) * 8 / 1000 / seconds;
	}
	snprintf(to, PROGRESS_LINE_SIZE,
		 "%5.1f frames/s  %6.0f kbit/s  %" PRIu64 " sent  %" PRIu64 " dropped  %s", fps,
		 kbps, now->frames, now->dropped, state);
}

/* A line that wraps couldn't be taken away again. */
static size_t columns_of(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return USUAL_COLUMNS;
	return size.ws_col;
}

/* A terminal that doesn't take it isn't worth stopping for. */
static void put(const struct progress *progress, const char *text, size_t len)
{
	(void)!write(progress->fd, text, len);
}

void progress_update(struct progress *progress, const struct progress_sample *sample,
		     const char *state)
{
	size_t oldest = progress->n < PROGRESS_SAMPLES ? 0 : progress->n % PROGRESS_SAMPLES;
	struct progress_sample before = progress->n == 0 ? *sample : progress->samples[oldest];
	char text[PROGRESS_LINE_SIZE], line[PROGRESS_LINE_SIZE + sizeof clear_line];

	if (!progress->terminal)
		return;
	progress->samples[progress->n++ % PROGRESS_SAMPLES] = *sample;
	progress_format(text, &before, sample, state);

	int len = snprintf(line, sizeof line, "%s%.*s", clear_line,
			   (int)columns_of(progress->fd) - 1, text);

	put(progress, line, (size_t)len);
	progress->drawn = true;
}

void progress_clear(struct progress *progress)
{
	if (progress->drawn)
		put(progress, clear_line, sizeof clear_line - 1);
	progress->drawn = false;
}
