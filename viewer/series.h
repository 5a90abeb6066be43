/* SPDX-License-Identifier: MIT */
/*
 * The names of the files of a recording in segments, from the path that was asked for. Pure.
 *
 *	cam.mkv			cam-0001.mkv, cam-0002.mkv, …
 *	cam-%H%M.mkv		cam-0910.mkv, cam-0920.mkv, …: some of strftime(3), in local time; a
 *				name that is there already gets a number: cam-0910-2.mkv
 *
 * The ending stays, as it says what kind of file it is.
 */
#ifndef SPILLWAY_SERIES_H
#define SPILLWAY_SERIES_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* Whether each % in the path means something. */
bool series_valid(const char *path);
/* Whether names are made of the time. */
bool series_timed(const char *path);
/* The file's name: number counts the files of the series from 1, or, in a series by time, those of
 * the same time. when_us: Unix time. -ENAMETOOLONG; -EINVAL for a path that isn't valid, or an
 * absurd time. */
int series_name(const char *path, int64_t when_us, uint64_t number, char to[PATH_MAX]);
/* The number of a file (its name without a folder) that is one of the numbered series; 0: it
 * isn't. */
uint64_t series_number(const char *path, const char *file);

#endif
