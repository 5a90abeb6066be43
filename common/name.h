/* SPDX-License-Identifier: MIT */
/*
 * Names of streams: 1 to 4 levels of [a-z0-9][a-z0-9._-]{0,63} joined by '/', at most 128 bytes. A
 * name doesn't end in one of the endings that choose a transport (.jpg .mjpg .mp4 .mkv .ts .flv
 * .m3u8), and its first level isn't one of the relay's own (api, metrics, healthz, static).
 *
 * One level, but not the first, may have a session behind it, '~' and 1 to 32 of [a-z0-9]:
 * film~x7k2 is a playback of film.
 */
#ifndef SPILLWAY_NAME_H
#define SPILLWAY_NAME_H

#include <stdbool.h>

#include "common/slice.h"

enum { NAME_MAX_BYTES = 128, NAME_MAX_LEVEL_BYTES = 64, NAME_MAX_SESSION_BYTES = 32 };

bool name_valid(struct slice name);
/* A valid name up to the end of its session: vod/film~x7k2 of vod/film~x7k2/240p; nothing where
 * there is none. */
struct slice name_session(struct slice name);

#endif
