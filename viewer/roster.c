/* SPDX-License-Identifier: MIT */
#include "viewer/roster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/casemap.h"

enum { FIRST_SIZE = 16 };

void roster_finish(struct roster *roster)
{
	free(roster->members);
	*roster = (struct roster){0};
}

void roster_clear(struct roster *roster)
{
	roster->n = 0;
}

static int compare(const char *a, const char *b)
{
	while (*a != '\0' && casemap_fold(*a) == casemap_fold(*b)) {
		a++;
		b++;
	}
	return (unsigned char)casemap_fold(*a) - (unsigned char)casemap_fold(*b);
}

/* Where he is, or would have to be. */
static size_t place_of(const struct roster *roster, const char *nick, bool *ret_there)
{
	size_t low = 0, high = roster->n;

	*ret_there = false;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = compare(nick, roster->members[middle].nick);

		if (order == 0) {
			*ret_there = true;
			return middle;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static int make_room(struct roster *roster)
{
	size_t size = roster->size > 0 ? 2 * roster->size : FIRST_SIZE;
	struct roster_member *members;

	if (roster->n == ROSTER_MAX)
		return -ENOSPC;
	if (roster->n < roster->size)
		return 0;
	members = realloc(roster->members, size * sizeof(*members));
	if (members == NULL)
		return -ENOMEM;
	roster->members = members;
	roster->size = size;
	return 0;
}

static void set_marks(struct roster_member *member, const char *marks)
{
	size_t n = 0;

	for (const char *mark = ROSTER_MARKS; *mark != '\0'; mark++) {
		if (strchr(marks, *mark) != NULL)
			member->marks[n++] = *mark;
	}
	member->marks[n] = '\0';
}

int roster_set(struct roster *roster, const char *nick, const char *marks)
{
	char cut[ROSTER_NICK_SIZE];
	bool there;
	size_t at;
	int error;

	snprintf(cut, sizeof(cut), "%s", nick);
	at = place_of(roster, cut, &there);
	if (!there) {
		error = make_room(roster);
		if (error < 0)
			return error;
		memmove(&roster->members[at + 1], &roster->members[at],
			(roster->n - at) * sizeof(roster->members[0]));
		roster->n++;
	}
	memcpy(roster->members[at].nick, cut, sizeof(cut));
	set_marks(&roster->members[at], marks);
	return 0;
}

void roster_remove(struct roster *roster, const char *nick)
{
	bool there;
	size_t at = place_of(roster, nick, &there);

	if (!there)
		return;
	roster->n--;
	memmove(&roster->members[at], &roster->members[at + 1],
		(roster->n - at) * sizeof(roster->members[0]));
}

const struct roster_member *roster_find(const struct roster *roster, const char *nick)
{
	bool there;
	size_t at = place_of(roster, nick, &there);

	return there ? &roster->members[at] : NULL;
}

void roster_mark(struct roster *roster, const char *nick, char mark, bool on)
{
	char marks[ROSTER_MARKS_SIZE + 1];
	bool there;
	size_t at = place_of(roster, nick, &there), n = 0;

	if (!there)
		return;
	for (const char *old = roster->members[at].marks; *old != '\0'; old++) {
		if (*old != mark)
			marks[n++] = *old;
	}
	if (on)
		marks[n++] = mark;
	marks[n] = '\0';
	set_marks(&roster->members[at], marks);
}

void roster_rename(struct roster *roster, const char *from, const char *to)
{
	const struct roster_member *member = roster_find(roster, from);
	char marks[ROSTER_MARKS_SIZE];

	if (member == NULL)
		return;
	memcpy(marks, member->marks, sizeof(marks));
	roster_remove(roster, from);
	/* There is room: somebody has just been removed. */
	roster_set(roster, to, marks);
}

bool roster_is_operator(const struct roster_member *member)
{
	return strpbrk(member->marks, "~&@") != NULL;
}
