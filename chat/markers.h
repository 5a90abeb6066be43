/* SPDX-License-Identifier: MIT */
/*
 * How far an account has read, in a room or with somebody (IRCv3 draft/read-marker). Jobs of the store
 * (store.h): values are copied, done == NULL waits.
 */
#ifndef SPILLWAY_MARKERS_H
#define SPILLWAY_MARKERS_H

#include "chat/store.h"

/* A marker never goes back. */
int markers_set(struct store *store, struct store_write *write, const char *account,
		const char *target, int64_t time_ms, store_done *done);
int markers_get(struct store *store, struct store_read *read, const char *account,
		const char *target, store_done *done);
/* 0: nothing was read yet. */
int64_t markers_time_ms(const struct rows *rows);

#endif
