/* SPDX-License-Identifier: MIT */
#include "common/stream_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/key.h"
#include "common/name.h"
#include "common/sentence.h"

static const char *const publish_names[] = {"loopback", "key", "anyone", "as-relay", NULL};
static const char *const watch_names[] = {"anyone", "token", "as-relay", NULL};

#define FIELD(name) offsetof(struct stream_rule, name)

static const struct option_row rows[] = {
	{"publish", OPTION_CHOICE, FIELD(publish), "WHO", "as-relay", 0, 0, publish_names,
	 OPTION_FILE, "who may publish it; with a key of its own: its holders"},
	{"watch", OPTION_CHOICE, FIELD(watch), "WHO", "as-relay", 0, 0, watch_names, OPTION_FILE,
	 "who may watch it; with a token of its own: its holders"},
	{"key", OPTION_LIST, FIELD(keys), "HASH", NULL, 0, 0, NULL, OPTION_FILE,
	 "the hash of a key that may publish it, from `spillway key new`"},
	{"token", OPTION_LIST, FIELD(tokens), "HASH", NULL, 0, 0, NULL, OPTION_FILE,
	 "the hash of a token that may watch it, from `spillway key new`"},
	{"title", OPTION_TEXT, FIELD(title), "TEXT", NULL, 0, 0, NULL, OPTION_FILE,
	 "what it is called; the topic of its room"},
	{"owner", OPTION_TEXT, FIELD(owner), "ACCOUNT", NULL, 0, 0, NULL, OPTION_FILE,
	 "the account of the chat that owns the stream's room"},
	{0},
};

static void *open_rule(void *context, const char *name, const char **ret_why)
{
	struct stream_rules *rules = context;

	if (!name_valid(slice_from(name))) {
		*ret_why = "that is not a stream's name";
		return NULL;
	}
	struct stream_rule *items = realloc(rules->items, (rules->n + 1) * sizeof(*items));
	char *copy = strdup(name);
	if (items != NULL)
		rules->items = items;
	if (items == NULL || copy == NULL) {
		free(copy);
		*ret_why = "out of memory";
		return NULL;
	}
	struct stream_rule *rule = &rules->items[rules->n++];
	*rule = (struct stream_rule){.name = copy};
	options_init(rows, rule);
	return rule;
}

int stream_rules_check_hash(const char *text, char *ret_error, size_t error_size)
{
	if (key_hash_valid(text))
		return 0;
	/* Not what it is: somebody may have put the key itself there. */
	snprintf(ret_error, error_size, "this is not a hash; `spillway key new` makes one");
	return -EINVAL;
}

int stream_rules_check_title(const char *text, char *ret_error, size_t error_size)
{
	char clean[STREAM_MAX_TITLE + 1];

	sentence_clean(slice_from(text), clean, sizeof(clean));
	if (strcmp(clean, text) == 0)
		return 0;
	snprintf(ret_error, error_size, "a title is UTF-8 without control characters");
	return -EINVAL;
}

static const struct option_check checks[] = {
	{"key", stream_rules_check_hash},
	{"token", stream_rules_check_hash},
	{"title", stream_rules_check_title},
	{NULL, NULL},
};

struct option_section stream_rules_section(struct stream_rules *rules)
{
	return (struct option_section){.name = "stream",
				       .example = "cam",
				       .rows = rows,
				       .open = open_rule,
				       .context = rules,
				       .checks = checks};
}

void stream_rules_finish(struct stream_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		options_finish(rows, &rules->items[i]);
		free(rules->items[i].name);
	}
	free(rules->items);
	*rules = (struct stream_rules){0};
}

bool stream_rules_equal(const struct stream_rules *a, const struct stream_rules *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->items[i].name, b->items[i].name) != 0)
			return false;
		for (const struct option_row *row = rows; row->name != NULL; row++) {
			if (!options_equal(row, &a->items[i], &b->items[i]))
				return false;
		}
	}
	return true;
}

/* ---- looking up ---- */

static const struct stream_rule *rule_called(const struct stream_rules *rules, struct slice name)
{
	for (size_t i = 0; i < rules->n; i++) {
		if (slice_equal(name, rules->items[i].name))
			return &rules->items[i];
	}
	return NULL;
}

const struct stream_rule *stream_rules_find(const struct stream_rules *rules, struct slice stream)
{
	const struct stream_rule *found = rule_called(rules, stream);

	while (found == NULL && stream.len > 0) {
		do
			stream.len--;
		while (stream.len > 0 && strchr("/~", stream.data[stream.len]) == NULL);
		found = rule_called(rules, stream);
	}
	return found;
}
