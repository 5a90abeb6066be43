/* SPDX-License-Identifier: MIT */
#include "chat/flood.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/slice.h"

enum { MAX_WHO = 128, WISH_SIZE = 64 };

/* ---- rules ---- */

static const char *const names[FLOOD_NAMED] = {
	[FLOOD_COMMANDS] = "commands",
	[FLOOD_MESSAGES] = "messages",
	[FLOOD_TAGS] = "tags",
	[FLOOD_PRIVATE] = "private",
	[FLOOD_PEOPLE] = "people",
	[FLOOD_JOINS] = "joins",
	[FLOOD_NICKS] = "nicks",
	[FLOOD_METADATA] = "metadata",
	[FLOOD_CONNECTIONS] = "connections",
};

struct flood_rule flood_rule_of(int64_t n, int64_t s)
{
	return (struct flood_rule){n, n > 0 ? s * 1000000 / n : 0};
}

static int parse_seconds(struct slice text, unsigned long long *ret_s)
{
	static const struct {
		char letter;
		unsigned s;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}};
	unsigned unit = 1;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (text.len > 0 && text.data[text.len - 1] == units[i].letter) {
			unit = units[i].s;
			text.len--;
			break;
		}
	}
	if (slice_number(text, FLOOD_MAX_S / unit, ret_s) < 0 || *ret_s == 0)
		return -EINVAL;
	*ret_s *= unit;
	return 0;
}

/* "0", "10/10s" */
static int parse_rule(struct slice text, struct flood_rule *ret_rule)
{
	unsigned long long tokens, s = 1;
	struct slice rest = text, number;

	slice_split(&rest, '/', &number);
	if (slice_number(number, FLOOD_MAX_TOKENS, &tokens) < 0 ||
	    (tokens == 0) != (rest.data == NULL) ||
	    (rest.data != NULL && parse_seconds(rest, &s) < 0))
		return -EINVAL;
	*ret_rule = flood_rule_of((int64_t)tokens, (int64_t)s);
	return 0;
}

int flood_rules_set(struct flood_rules *rules, const char *text)
{
	struct slice rest = slice_from(text), name;

	if (strcmp(text, "0") == 0) {
		*rules = (struct flood_rules){0};
		return 0;
	}
	slice_split(&rest, '=', &name);
	for (size_t i = 0; i < FLOOD_NAMED && rest.data != NULL; i++) {
		if (slice_equal(name, names[i]))
			return parse_rule(rest, &rules->kinds[i]);
	}
	return -EINVAL;
}

void flood_rules_init(struct flood_rules *rules)
{
	struct slice rest = slice_from(FLOOD_DEFAULTS), wish;
	char text[WISH_SIZE];

	while (slice_split(&rest, ' ', &wish)) {
		assert(wish.len < sizeof(text));
		memcpy(text, wish.data, wish.len);
		text[wish.len] = '\0';
		int error = flood_rules_set(rules, text);
		assert(error == 0);
		(void)error;
	}
}

/* ---- buckets ---- */

int64_t flood_bucket_take(struct flood_bucket *bucket, const struct flood_rule *rule, unsigned n,
			  int64_t now_us)
{
	int64_t full_us = bucket->full_us > now_us ? bucket->full_us : now_us;
	int64_t empty_us = now_us + rule->tokens * rule->token_us;
	int64_t latest_us = empty_us + (FLOOD_MAX_TAKEN - 1) * rule->token_us;

	assert(n <= FLOOD_MAX_TAKEN);
	if (rule->tokens == 0)
		return 0;
	if (full_us > latest_us) /* the rule was stricter then */
		full_us = latest_us;
	int64_t wait_us = full_us + rule->token_us - empty_us;
	if (wait_us > 0)
		return wait_us;
	bucket->full_us = full_us + n * rule->token_us;
	return 0;
}

struct flood_entry {
	uint64_t who; /* 0: nobody */
	struct flood_bucket buckets[FLOOD_KINDS];
};

int flood_init(struct flood *flood, const unsigned char key[FLOOD_KEY_SIZE])
{
	flood->entries = calloc((size_t)FLOOD_SETS * FLOOD_WAYS, sizeof(*flood->entries));
	memcpy(flood->key, key, FLOOD_KEY_SIZE);
	return flood->entries != NULL ? 0 : -ENOMEM;
}

void flood_finish(struct flood *flood)
{
	free(flood->entries);
	*flood = (struct flood){0};
}

uint64_t flood_who(const struct flood *flood, char kind, const void *bytes, size_t len)
{
	unsigned char text[1 + MAX_WHO] = {(unsigned char)kind};
	uint64_t hash;

	_Static_assert(FLOOD_KEY_SIZE == crypto_shorthash_KEYBYTES, "");
	_Static_assert(sizeof(hash) == crypto_shorthash_BYTES, "");
	assert(len <= MAX_WHO);
	memcpy(text + 1, bytes, len);
	crypto_shorthash((unsigned char *)&hash, text, 1 + len, flood->key);
	return hash != 0 ? hash : 1;
}

static int64_t full_us(const struct flood_entry *entry)
{
	int64_t latest_us = 0;

	for (size_t i = 0; i < FLOOD_KINDS; i++) {
		if (entry->buckets[i].full_us > latest_us)
			latest_us = entry->buckets[i].full_us;
	}
	return latest_us;
}

static struct flood_entry *set_of(const struct flood *flood, uint64_t who)
{
	return &flood->entries[(who & (FLOOD_SETS - 1)) * FLOOD_WAYS];
}

static struct flood_entry *find(struct flood *flood, uint64_t who)
{
	struct flood_entry *set = set_of(flood, who);
	struct flood_entry *soonest = set;

	for (size_t i = 0; i < FLOOD_WAYS; i++) {
		if (set[i].who == who)
			return &set[i];
		if (full_us(&set[i]) < full_us(soonest))
			soonest = &set[i];
	}
	*soonest = (struct flood_entry){.who = who};
	return soonest;
}

int64_t flood_take(struct flood *flood, uint64_t who, enum flood_kind kind,
		   const struct flood_rule *rule, unsigned n, int64_t now_us)
{
	return flood_bucket_take(&find(flood, who)->buckets[kind], rule, n, now_us);
}

void flood_give(struct flood *flood, uint64_t who, enum flood_kind kind,
		const struct flood_rule *rule)
{
	struct flood_entry *set = set_of(flood, who);

	for (size_t i = 0; i < FLOOD_WAYS; i++) {
		if (set[i].who == who)
			set[i].buckets[kind].full_us -= rule->token_us;
	}
}

int64_t flood_wait(const struct flood *flood, uint64_t who, enum flood_kind kind,
		   const struct flood_rule *rule, int64_t now_us)
{
	const struct flood_entry *set = set_of(flood, who);

	for (size_t i = 0; i < FLOOD_WAYS; i++) {
		struct flood_bucket copy = set[i].buckets[kind];

		if (set[i].who == who)
			return flood_bucket_take(&copy, rule, 1, now_us);
	}
	return 0;
}
