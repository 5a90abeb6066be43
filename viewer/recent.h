/* SPDX-License-Identifier: MIT */
/* The last messages of a room that were shown and can be named to the server (msgid): who said
 * which. Pure. */
#ifndef SPILLWAY_RECENT_H
#define SPILLWAY_RECENT_H

#include <stdbool.h>
#include <stddef.h>

enum { RECENT_MAX = 500, RECENT_ID_SIZE = 129, RECENT_NICK_SIZE = 65 };

struct recent_line {
	char id[RECENT_ID_SIZE];
	char nick[RECENT_NICK_SIZE];
	bool own;
};

struct recent {			   /* start with {0} */
	struct recent_line *lines; /* the oldest first */
	size_t n;
};

void recent_finish(struct recent *recent);
/* The oldest makes room. Without an id, or memory, nothing is kept. */
void recent_add(struct recent *recent, const char *id, const char *nick, bool own);
/* All three: NULL where there is none; borrowed until the next change. */
const struct recent_line *recent_find(const struct recent *recent, const char *id);
/* The last of somebody; NULL: our own. */
const struct recent_line *recent_last(const struct recent *recent, const char *nick);
/* The n-th from the end, which is the first. */
const struct recent_line *recent_at(const struct recent *recent, size_t n);
void recent_remove(struct recent *recent, const char *id);

#endif
