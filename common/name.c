/* SPDX-License-Identifier: MIT */
#include "common/name.h"

#include <stddef.h>

enum { NAME_MAX_LEVELS = 4, NAME_MAX_LEVEL_BYTES = 64 };

/* These choose a transport in a request's path. */
static const char *const endings[] = {".jpg", ".mjpg", ".mp4", ".mkv", ".ts", ".flv", ".m3u8"};
static const char *const taken[] = {"api", "metrics", "healthz", "static"};

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool level_valid(struct slice level)
{
	if (level.len == 0 || level.len > NAME_MAX_LEVEL_BYTES || !is_alnum(level.data[0]))
		return false;
	for (size_t i = 1; i < level.len; i++) {
		char c = level.data[i];

		if (!is_alnum(c) && c != '.' && c != '_' && c != '-')
			return false;
	}
	return true;
}

static bool is_taken(struct slice level)
{
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (slice_equal(level, taken[i]))
			return true;
	}
	return false;
}

bool name_valid(struct slice name)
{
	struct slice rest = name, level;
	int n_levels = 0;

	if (name.len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (slice_ends(name, endings[i]))
			return false;
	}
	while (slice_split(&rest, '/', &level)) {
		if (n_levels++ == NAME_MAX_LEVELS || !level_valid(level))
			return false;
		if (n_levels == 1 && is_taken(level))
			return false;
	}
	return n_levels > 0;
}
