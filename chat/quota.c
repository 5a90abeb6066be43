/* SPDX-License-Identifier: MIT */
#include "chat/quota.h"

#include <sodium.h>
#include <string.h>

_Static_assert((int)QUOTA_KEY == (int)crypto_shorthash_KEYBYTES &&
		       sizeof(uint64_t) == crypto_shorthash_BYTES,
	       "SipHash");

void quota_init(struct quota *quota, int64_t n, int64_t period_us)
{
	*quota = (struct quota){0};
	quota_limit(quota, n, period_us);
	randombytes_buf(quota->key, sizeof(quota->key));
}

void quota_limit(struct quota *quota, int64_t n, int64_t period_us)
{
	quota->interval_us = n > 0 ? period_us / n : 0;
	quota->burst_us = n > 0 ? period_us : 0;
}

/* Nobody can choose an address that has another's entry: it is hashed with a secret. */
static uint64_t hash(const struct quota *quota, const char *who)
{
	uint64_t result;

	crypto_shorthash((unsigned char *)&result, (const unsigned char *)who, strlen(who),
			 quota->key);
	return result | 1;
}

int64_t quota_wait_us(const struct quota *quota, const char *who, int64_t now_us)
{
	uint64_t wanted = hash(quota, who);
	const struct quota_entry *row = quota->entries[wanted / 2 % QUOTA_ROWS];

	for (size_t i = 0; i < QUOTA_WAYS; i++) {
		int64_t wait_us = row[i].until_us + quota->interval_us - quota->burst_us - now_us;

		/* Without a limit nobody waits, also for what was done before that. */
		if (row[i].who == wanted)
			return wait_us > 0 && quota->interval_us > 0 ? wait_us : 0;
	}
	return 0;
}

void quota_take(struct quota *quota, const char *who, int64_t now_us)
{
	uint64_t wanted = hash(quota, who);
	struct quota_entry *row = quota->entries[wanted / 2 % QUOTA_ROWS], *entry = row;
	int64_t full_us = now_us + quota->burst_us;

	for (size_t i = 0; i < QUOTA_WAYS; i++) {
		if (row[i].who == wanted) {
			entry = &row[i];
			break;
		}
		if (row[i].until_us < entry->until_us)
			entry = &row[i];
	}
	if (entry->who != wanted || entry->until_us < now_us)
		entry->until_us = now_us;
	entry->who = wanted;
	entry->until_us += quota->interval_us;
	/* However often it tries. */
	if (entry->until_us > full_us)
		entry->until_us = full_us;
}
