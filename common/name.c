/* SPDX-License-Identifier: MIT */
#include "common/name.h"

#include <stddef.h>
#include <string.h>

enum { NAME_MAX_LEVELS = 4 };

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

static bool session_valid(struct slice session)
{
	for (size_t i = 0; i < session.len; i++) {
		if (!is_alnum(session.data[i]))
			return false;
	}
	return session.len > 0 && session.len <= NAME_MAX_SESSION_BYTES;
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
	struct slice rest = name, level, plain;
	int n_levels = 0, n_sessions = 0;

	if (name.len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (slice_ends(name, endings[i]))
			return false;
	}
	while (slice_split(&rest, '/', &level)) {
		bool has_session = level.len > 0 && memchr(level.data, '~', level.len) != NULL;

		if (has_session && (n_levels == 0 || n_sessions++ > 0))
			return false;
		if (!slice_split(&level, '~', &plain))
			return false;
		if (n_levels++ == NAME_MAX_LEVELS || !level_valid(plain) ||
		    (has_session && !session_valid(level)))
			return false;
		if (n_levels == 1 && is_taken(plain))
			return false;
	}
	return n_levels > 0;
}

struct slice name_session(struct slice name)
{
	const char *mark = name.len > 0 ? memchr(name.data, '~', name.len) : NULL;
	size_t len;

	if (mark == NULL)
		return (struct slice){0};
	for (len = (size_t)(mark - name.data); len < name.len && name.data[len] != '/';)
		len++;
	return (struct slice){name.data, len};
}
