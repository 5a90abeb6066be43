/* SPDX-License-Identifier: MIT */
/*
 * How often an address may do something: n times at once, and so often in each period after that, evenly (the
 * generic cell rate algorithm). It knows a bounded number of addresses; of more, those are forgotten who would be
 * free first. Pure, but for the secret that it draws at the start.
 */
#ifndef SPILLWAY_QUOTA_H
#define SPILLWAY_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QUOTA_ROWS = 1024, QUOTA_WAYS = 4, QUOTA_KEY = 16 };

struct quota_entry {
	uint64_t who;	  /* a keyed hash; 0: nobody */
	int64_t until_us; /* when it will have all of its turns again */
};

struct quota {
	int64_t interval_us, burst_us;
	unsigned char key[QUOTA_KEY];
	struct quota_entry entries[QUOTA_ROWS][QUOTA_WAYS];
};

/* So many in a period; 0: any number. quota_limit() changes that, and forgets nobody. */
void quota_init(struct quota *quota, int64_t n, int64_t period_us);
void quota_limit(struct quota *quota, int64_t n, int64_t period_us);
/* Microseconds until it may again; 0: it may now. */
int64_t quota_wait_us(const struct quota *quota, const char *who, int64_t now_us);
/* One of its turns is used, also where it has none left. */
void quota_take(struct quota *quota, const char *who, int64_t now_us);

#endif
