/* SPDX-License-Identifier: MIT */
/* Who is in a room, and with which marks: in the order of their nicks. */
#ifndef SPILLWAY_ROSTER_H
#define SPILLWAY_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

enum {
	ROSTER_MAX = 20000,    /* members of a room that are known; more aren't kept */
	ROSTER_NICK_SIZE = 65, /* a nick, with the NUL; longer ones are cut */
	ROSTER_MARKS_SIZE = 6,
};

/* The marks that are kept, the greatest first. */
#define ROSTER_MARKS "~&@%+"

struct roster_member {
	char nick[ROSTER_NICK_SIZE];
	char marks[ROSTER_MARKS_SIZE]; /* of ROSTER_MARKS, in their order */
};

struct roster { /* start with {0} */
	struct roster_member *members;
	size_t n, size;
};

void roster_finish(struct roster *roster);
void roster_clear(struct roster *roster);
/* Adds somebody, or gives him these marks. -ENOMEM; -ENOSPC over ROSTER_MAX. */
int roster_set(struct roster *roster, const char *nick, const char *marks);
void roster_remove(struct roster *roster, const char *nick);
/* NULL where he isn't; borrowed until the next change. */
const struct roster_member *roster_find(const struct roster *roster, const char *nick);
/* Gives a mark, or takes it away. Nothing for who isn't there. */
void roster_mark(struct roster *roster, const char *nick, char mark, bool on);
/* Keeps the marks. */
void roster_rename(struct roster *roster, const char *from, const char *to);
/* Whether he is an operator, or more. */
bool roster_is_operator(const struct roster_member *member);

#endif
