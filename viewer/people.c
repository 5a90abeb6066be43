/* SPDX-License-Identifier: MIT */
#include "viewer/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/casemap.h"

enum { FIRST_SIZE = 16 };

void people_finish(struct people *people)
{
	free(people->all);
	*people = (struct people){0};
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
static size_t place_of(const struct people *people, const char *nick, bool *ret_there)
{
	size_t low = 0, high = people->n;

	*ret_there = false;
	while (low < high && !*ret_there) {
		size_t middle = (low + high) / 2;
		int order = compare(nick, people->all[middle].nick);

		*ret_there = order == 0;
		if (order <= 0)
			high = middle;
		else
			low = middle + 1;
	}
	return high;
}

static bool make_room(struct people *people)
{
	size_t size = people->size > 0 ? 2 * people->size : FIRST_SIZE;
	struct people_one *all;

	if (people->n < people->size)
		return true;
	if (people->n == PEOPLE_MAX)
		return false;
	all = realloc(people->all, size * sizeof(*all));
	if (all == NULL)
		return false;
	people->all = all;
	people->size = size;
	return true;
}

static bool set_colour(struct people *people, const char *nick, int colour)
{
	bool there;
	size_t at = place_of(people, nick, &there);
	struct people_one *one;

	if (strlen(nick) >= sizeof(one->nick) || (!there && !make_room(people)))
		return false;
	one = &people->all[at];
	if (there && one->colour == colour)
		return false;
	if (!there)
		memmove(one + 1, one, (people->n++ - at) * sizeof(*one));
	snprintf(one->nick, sizeof(one->nick), "%s", nick);
	one->colour = colour;
	return true;
}

static bool forget(struct people *people, const char *nick)
{
	bool there;
	size_t at = place_of(people, nick, &there);

	if (there)
		memmove(&people->all[at], &people->all[at + 1],
			(--people->n - at) * sizeof(people->all[0]));
	return there;
}

int people_colour(const struct people *people, const char *nick)
{
	bool there;
	size_t at = place_of(people, nick, &there);

	return there ? people->all[at].colour : -1;
}

/* ---- messages ---- */

/* #rrggbb; -1: that is none. */
static int parse_colour(const char *text)
{
	bool valid = *text == '#' && strlen(text) == 7 &&
		     strspn(text + 1, "0123456789abcdefABCDEF") == 6;

	return valid ? (int)strtoul(text + 1, NULL, 16) : -1;
}

/* 761 NICK WHO KEY VISIBILITY VALUE, 766 NICK WHO KEY TEXT; of oneself WHO may be "*". */
static bool take_value(struct people *people, const struct message *message, bool is_set)
{
	char *const *parameters = message->parameters;
	const char *who;
	int colour;

	if (message->n_parameters != (is_set ? 5 : 4) || strcmp(parameters[2], PEOPLE_KEYS) != 0)
		return false;
	who = strcmp(parameters[1], "*") == 0 ? parameters[0] : parameters[1];
	colour = is_set ? parse_colour(parameters[4]) : -1;
	return colour >= 0 ? set_colour(people, who, colour) : forget(people, who);
}

/* 774 NICK TARGET SECONDS TEXT; at once is in a second, so that servers which never will are asked
 * no oftener. */
static void take_later(struct people *people, const struct message *message, int64_t now_us)
{
	const char *target = message->n_parameters > 1 ? message->parameters[1] : "";
	long long s = message->n_parameters > 2 ? strtoll(message->parameters[2], NULL, 10) : 0;
	size_t i = 0;

	while (i < people->n_later && compare(people->later[i].target, target) != 0)
		i++;
	if (i == PEOPLE_MAX_LATER || *target == '\0' || strchr(target, ' ') != NULL ||
	    strlen(target) >= PEOPLE_TARGET_SIZE)
		return;
	s = s < 1 ? 1 : s > PEOPLE_MAX_WAIT_S ? PEOPLE_MAX_WAIT_S : s;
	snprintf(people->later[i].target, PEOPLE_TARGET_SIZE, "%s", target);
	people->later[i].due_us = now_us + s * 1000000;
	people->n_later += i == people->n_later;
}

bool people_due(struct people *people, int64_t now_us, char ret_target[PEOPLE_TARGET_SIZE])
{
	for (size_t i = 0; i < people->n_later; i++) {
		if (now_us < people->later[i].due_us)
			continue;
		memcpy(ret_target, people->later[i].target, PEOPLE_TARGET_SIZE);
		people->later[i] = people->later[--people->n_later];
		return true;
	}
	return false;
}

static bool rename_one(struct people *people, const char *from, const char *to)
{
	int colour = people_colour(people, from);

	if (!forget(people, from))
		return forget(people, to);
	return set_colour(people, to, colour);
}

bool people_take(struct people *people, const struct message *message, int64_t now_us)
{
	char nick[ROSTER_NICK_SIZE];

	snprintf(nick, sizeof(nick), "%.*s", (int)strcspn(message->source, "!"), message->source);
	if (strcmp(message->command, "761") == 0 || strcmp(message->command, "766") == 0)
		return take_value(people, message, message->command[2] == '1');
	if (strcmp(message->command, "774") == 0)
		take_later(people, message, now_us);
	if (strcmp(message->command, "NICK") == 0 && message->n_parameters > 0)
		return rename_one(people, nick, message->parameters[0]);
	return strcmp(message->command, "QUIT") == 0 && forget(people, nick);
}
