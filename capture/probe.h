/* SPDX-License-Identifier: MIT */
/*
 * Looks at a video file, as far as its first picture, in a process of its own (child.h): how large
 * and how long it is, or why it can't be played. It ends by itself, after PROBE_LIMIT_US at the
 * latest.
 *
 * That process is this program, called PROBE_NAME, with the file's path as its argument. It writes
 * a catalogue's entry to its standard output.
 */
#ifndef SPILLWAY_CAPTURE_PROBE_H
#define SPILLWAY_CAPTURE_PROBE_H

#include "capture/child.h"
#include "common/catalogue.h"

enum { PROBE_LIMIT_US = 10000000 };

#define PROBE_NAME "spillway-probe"

struct probe;

/* Called from io_run(). Of the entry, only what describes the video is there. */
typedef void probe_told(struct probe *probe, const struct catalogue_entry *entry);

struct probe { /* start with {0} */
	struct child child;
	struct io_op limit;
	int output; /* what it writes */
	int status; /* as child_ended() */
	bool took_too_long;
	probe_told *told;
};

/* file is a descriptor, borrowed for the call. Ends with probe_told(); -errno when it can't be
 * started. */
int probe_start(struct probe *probe, struct io *io, int file, probe_told *told);
/* It ends soon: told as always, with an error. */
void probe_stop(struct probe *probe);

/* Whether this process is to be one. */
bool probe_is_meant(char *const argv[]);
/* Is one: its exit status. */
int probe_main(char *const argv[]);

#endif
