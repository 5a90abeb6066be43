/* SPDX-License-Identifier: MIT */
#include "chat/mode.h"

#include <string.h>

const struct mode mode_of_rooms[] = {
	{'b', 0, MODE_LIST, ROOM_BANS},
	{'e', 0, MODE_LIST, ROOM_EXCEPTIONS},
	{'I', 0, MODE_LIST, ROOM_INVITED},
	{'g', 0, MODE_LIST, ROOM_WORDS},
	{'k', 0, MODE_ALWAYS, ROOM_MODE_KEY},
	{'l', 0, MODE_SET, ROOM_MODE_LIMIT},
	{MODE_LETTER_SLOW, 0, MODE_SET, ROOM_MODE_SLOW},
	{'R', 0, MODE_FLAG, ROOM_MODE_ACCOUNTS},
	{'i', 0, MODE_FLAG, ROOM_MODE_INVITE},
	{'m', 0, MODE_FLAG, ROOM_MODE_MODERATED},
	{'n', 0, MODE_FLAG, ROOM_MODE_INSIDE},
	{'s', 0, MODE_FLAG, ROOM_MODE_SECRET},
	{'t', 0, MODE_FLAG, ROOM_MODE_TOPIC},
	/* The greatest first. */
	{'q', '~', MODE_MEMBER, MEMBER_OWNER},
	{'a', '&', MODE_MEMBER, MEMBER_ADMIN},
	{'o', '@', MODE_MEMBER, MEMBER_OPERATOR},
	{'v', '+', MODE_MEMBER, MEMBER_VOICE},
	{0},
};

const struct mode mode_of_users[] = {
	{'B', 0, MODE_FLAG, USER_MODE_BOT},	  {'R', 0, MODE_FLAG, USER_MODE_ACCOUNTS},
	{'i', 0, MODE_FLAG, USER_MODE_INVISIBLE}, {'o', 0, MODE_FLAG, USER_MODE_OPERATOR},
	{'w', 0, MODE_FLAG, USER_MODE_WALLOPS},	  {0},
};

static const struct mode *find(const struct mode *table, char letter)
{
	for (; table->letter != '\0'; table++) {
		if (table->letter == letter)
			return table;
	}
	return NULL;
}

unsigned mode_greatest(unsigned modes)
{
	unsigned role = MEMBER_OWNER;

	while (role != 0 && (modes & role) == 0)
		role >>= 1;
	return role;
}

const struct mode *mode_of_list(enum room_list list)
{
	const struct mode *mode = mode_of_rooms;

	while (mode->kind != MODE_LIST || mode->bit != list)
		mode++;
	return mode;
}

static bool takes_parameter(const struct mode *mode, bool add)
{
	static const struct {
		bool set, unset;
	} kinds[] = {
		[MODE_LIST] = {true, true},   [MODE_ALWAYS] = {true, true},
		[MODE_SET] = {true, false},   [MODE_FLAG] = {false, false},
		[MODE_MEMBER] = {true, true},
	};

	return mode != NULL && (add ? kinds[mode->kind].set : kinds[mode->kind].unset);
}

/* A list is asked for without one, and a key may be forgotten without being known. */
static bool may_lack(const struct mode *mode, bool add)
{
	return mode->kind == MODE_LIST || (mode->kind == MODE_ALWAYS && !add);
}

size_t mode_parse(const struct mode *table, char *const words[], size_t n,
		  struct mode_change ret_changes[MODE_MAX_CHANGES])
{
	size_t n_changes = 0, used = 1;
	bool add = true;

	for (const char *at = words[0]; *at != '\0' && n_changes < MODE_MAX_CHANGES; at++) {
		if (*at == '+' || *at == '-') {
			add = *at == '+';
			continue;
		}
		struct mode_change change = {
			.mode = find(table, *at), .letter = *at, .add = add, .problem = MODE_OK};
		if (change.mode == NULL) {
			change.problem = MODE_UNKNOWN;
		} else if (takes_parameter(change.mode, add)) {
			if (used < n && used > MODE_MAX_PARAMETERS)
				break;
			if (used < n)
				change.parameter = words[used++];
			else if (!may_lack(change.mode, add))
				change.problem = MODE_LACKS_PARAMETER;
		}
		ret_changes[n_changes++] = change;
	}
	return n_changes;
}

void mode_text(const struct mode *table, unsigned bits, char to[MODE_TEXT_SIZE])
{
	size_t len = 0;

	to[len++] = '+';
	for (; table->letter != '\0' && len + 1 < MODE_TEXT_SIZE; table++) {
		if (table->kind != MODE_LIST && table->kind != MODE_MEMBER &&
		    (bits & table->bit) != 0)
			to[len++] = table->letter;
	}
	to[len] = '\0';
}

void mode_marks(unsigned bits, bool all, char to[MODE_TEXT_SIZE])
{
	size_t len = 0;

	for (const struct mode *mode = mode_of_rooms; mode->letter != '\0'; mode++) {
		if (mode->kind == MODE_MEMBER && (bits & mode->bit) != 0 && (all || len == 0))
			to[len++] = mode->mark;
	}
	to[len] = '\0';
}

unsigned mode_of_mark(char mark)
{
	for (const struct mode *mode = mode_of_rooms; mode->letter != '\0'; mode++) {
		if (mode->kind == MODE_MEMBER && mode->mark == mark)
			return mode->bit;
	}
	return 0;
}

void mode_letters(const struct mode *table, enum mode_kind kind, char to[MODE_TEXT_SIZE])
{
	size_t len = 0;

	for (; table->letter != '\0' && len + 1 < MODE_TEXT_SIZE; table++) {
		if (table->kind == kind)
			to[len++] = table->letter;
	}
	to[len] = '\0';
}
