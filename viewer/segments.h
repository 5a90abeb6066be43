/* SPDX-License-Identifier: MIT */
/*
 * An output that records to a series of files, one behind the other: the first key frame after each
 * full length begins the next file. So each frame is in one of them, and each file begins at time 0
 * and can be played alone. Nothing that is there already is overwritten.
 */
#ifndef SPILLWAY_SEGMENTS_H
#define SPILLWAY_SEGMENTS_H

#include "viewer/output.h"

enum { SEGMENTS_MAX_NAMES = 1000 }; /* that are tried for a file */

/* path says how the files are called (viewer/series.h), and what they are: output_for() must know
 * it, and it must be a kind that takes more than one frame. It is borrowed, like host, until the
 * output is closed. -errno. */
int segments_open(const struct output_host *host, const char *path, int64_t length_us,
		  struct output **ret_output);

#endif
