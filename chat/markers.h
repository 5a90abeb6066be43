/* SPDX-License-Identifier: MIT */
/*
 * How far an account has read, in a room or with somebody (IRCv3 draft/read-marker). Jobs of the
 * store (store.h); done == NULL waits.
 */
#ifndef SPILLWAY_MARKERS_H
#define SPILLWAY_MARKERS_H

#include "chat/store.h"

enum { MARKERS_MAX = 1000 }; /* of an account */

/* A marker never goes back. Texts are borrowed until the job is done. */
struct markers_set {
	struct store_job job;
	const char *account, *target;
	int64_t time_ms; /* Unix time; what it is after that */
};

/* Result: 0; -ENOSPC: the account has too many. */
int markers_set(struct store *store, struct markers_set *set, store_done *done);
/* The account and target are copied. */
int markers_get(struct store *store, struct store_read *read, const char *account,
		const char *target, store_done *done);
/* 0: nothing was read yet. */
int64_t markers_time_ms(const struct rows *rows);

#endif
