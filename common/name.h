/* SPDX-License-Identifier: MIT */
/*
 * Names of streams: 1 to 4 levels of [a-z0-9][a-z0-9._-]{0,63} joined by '/', at most 128 bytes.
 * A name doesn't end in one of the endings that choose a transport (.jpg .mjpg .mp4 .mkv .ts .flv
 * .m3u8), and its first level isn't one of the relay's own (api, metrics, healthz, static).
 */
#ifndef SPILLWAY_NAME_H
#define SPILLWAY_NAME_H

#include <stdbool.h>

#include "common/slice.h"

enum { NAME_MAX_BYTES = 128 };

bool name_valid(struct slice name);

#endif
