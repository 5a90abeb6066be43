/* SPDX-License-Identifier: MIT */
#include "viewer/support.h"

#include <stdio.h>
#include <string.h>

/* PREFIX=(ov)@+ */
static void take_prefix(struct support *support, const char *value)
{
	size_t n = strcspn(value, ")");

	if (*value != '(' || value[n] == '\0' || n - 1 > SUPPORT_MAX_MODES ||
	    strlen(value + n + 1) != n - 1)
		return;
	snprintf(support->modes, sizeof(support->modes), "%.*s", (int)(n - 1), value + 1);
	snprintf(support->marks, sizeof(support->marks), "%s", value + n + 1);
}

/* CHANMODES=lists,always,when set,never */
static void take_modes(struct support *support, const char *value)
{
	size_t lists = strcspn(value, ","), always, when_set;
	const char *at = value + lists + (value[lists] != '\0' ? 1 : 0);

	always = strcspn(at, ",");
	if (lists + always > SUPPORT_MAX_MODES)
		return;
	snprintf(support->always, sizeof(support->always), "%.*s%.*s", (int)lists, value,
		 (int)always, at);
	at += always + (at[always] != '\0' ? 1 : 0);
	when_set = strcspn(at, ",");
	snprintf(support->when_set, sizeof(support->when_set), "%.*s", (int)when_set, at);
}

static const struct {
	const char *name;
	void (*take)(struct support *support, const char *value);
} rows[] = {
	{"PREFIX=", take_prefix},
	{"CHANMODES=", take_modes},
};

void support_take(struct support *support, const char *token)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strncmp(token, rows[i].name, strlen(rows[i].name)) == 0)
			rows[i].take(support, token + strlen(rows[i].name));
	}
}

static const char *told(const char *what, const char *usual)
{
	return *what != '\0' ? what : usual;
}

const char *support_marks(const struct support *support)
{
	return told(support->marks, "~&@%+");
}

char support_mark(const struct support *support, char mode)
{
	const char *modes = told(support->modes, "qaohv");
	const char *at = mode != '\0' ? strchr(modes, mode) : NULL;

	if (at == NULL)
		return '\0';
	return support_marks(support)[at - modes];
}

bool support_has_parameter(const struct support *support, char mode, bool on)
{
	bool is_told = *support->always != '\0';

	return support_mark(support, mode) != '\0' ||
	       strchr(told(support->always, "beIk"), mode) != NULL ||
	       (on && strchr(is_told ? support->when_set : "l", mode) != NULL);
}
