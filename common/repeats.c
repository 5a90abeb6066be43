/* SPDX-License-Identifier: MIT */
#include "common/repeats.h"

#include <stdio.h>

/* FNV-1a, over the line without what may differ; never 0. */
static uint64_t key_of(const char *line)
{
	uint64_t key = UINT64_C(0xcbf29ce484222325);
	bool begins = true, differs = false;

	for (const char *at = line; *at != '\0'; at++) {
		bool blank = *at == ' ' || *at == '(' || *at == '=';

		if (begins)
			differs = (*at >= '0' && *at <= '9') || *at == '[';
		if (blank)
			differs = false;
		begins = blank;
		if (!differs)
			key = (key ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
	}
	return key != 0 ? key : 1;
}

static bool is_over(const struct repeats_slot *slot, int64_t now_us)
{
	return now_us - slot->since_us >= REPEATS_WINDOW_US;
}

/* The line's own, or a free one; NULL: all are taken. What was withheld isn't lost. */
static struct repeats_slot *find(struct repeats *repeats, uint64_t key, int64_t now_us)
{
	struct repeats_slot *unused = NULL;

	for (unsigned i = 0; i < REPEATS_SLOTS; i++) {
		struct repeats_slot *slot = &repeats->slots[i];

		if (slot->key == key)
			return slot;
		if (slot->key == 0 || (is_over(slot, now_us) && slot->withheld == 0))
			unused = slot;
	}
	if (unused != NULL)
		*unused = (struct repeats_slot){.key = key, .since_us = now_us};
	return unused;
}

bool repeats_admit(struct repeats *repeats, const char *line, int64_t now_us)
{
	struct repeats_slot *slot = find(repeats, key_of(line), now_us);

	if (slot == NULL)
		return true;
	if (is_over(slot, now_us) && slot->withheld == 0) {
		slot->since_us = now_us;
		slot->said = 0;
	}
	if (slot->said < REPEATS_SAID) {
		slot->said++;
		return true;
	}
	slot->withheld++;
	snprintf(slot->text, sizeof(slot->text), "%s", line);
	return false;
}

unsigned repeats_take(struct repeats *repeats, int64_t now_us, bool all,
		      char ret_line[REPEATS_TEXT_SIZE])
{
	for (unsigned i = 0; i < REPEATS_SLOTS; i++) {
		struct repeats_slot *slot = &repeats->slots[i];
		unsigned withheld = slot->withheld;

		if (withheld == 0 || (!all && !is_over(slot, now_us)))
			continue;
		snprintf(ret_line, REPEATS_TEXT_SIZE, "%s", slot->text);
		*slot = (struct repeats_slot){0};
		return withheld;
	}
	return 0;
}
