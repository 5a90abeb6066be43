/* SPDX-License-Identifier: MIT */
#include "common/stream_rules.h"

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

struct option_section stream_rules_section(struct stream_rules *rules)
{
	return (struct option_section){
		.name = "stream", .rows = rows, .open = open_rule, .context = rules};
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

/* ---- checking ---- */

static bool are_hashes(const struct option_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (!key_hash_valid(list->items[i]))
			return false;
	}
	return true;
}

static bool is_clean(const char *title)
{
	char clean[STREAM_MAX_TITLE + 1];

	sentence_clean(slice_from(title), clean, sizeof(clean));
	return strcmp(clean, title) == 0;
}

static const char *what_is_wrong(const struct stream_rule *rule)
{
	if (!are_hashes(&rule->keys))
		return "a key there is not a hash; `spillway key new` makes one";
	if (!are_hashes(&rule->tokens))
		return "a token there is not a hash; `spillway key new` makes one";
	if (rule->title != NULL && !is_clean(rule->title))
		return "a title is UTF-8 without control characters";
	return NULL;
}

const char *stream_rules_check(const struct stream_rules *rules,
			       const struct stream_rule **ret_rule)
{
	for (size_t i = 0; i < rules->n; i++) {
		const char *why = what_is_wrong(&rules->items[i]);

		*ret_rule = &rules->items[i];
		if (why != NULL)
			return why;
	}
	return NULL;
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
