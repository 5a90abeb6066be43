/* SPDX-License-Identifier: MIT */
/*
 * Metadata as it is kept: of accounts, and of rooms that are kept; both are targets by their names.
 * It goes with the account, or when the room is let go.
 *
 * What changes it is called within a job that writes (store_write_job()). What lists is a job of
 * the store by itself; done == NULL waits.
 */
#ifndef SPILLWAY_METADATA_RECORD_H
#define SPILLWAY_METADATA_RECORD_H

#include "chat/metadata.h"
#include "chat/store.h"

/* value: ""; the key is removed. Result: how many were changed; -EDQUOT: the target has
 * METADATA_MAX_KEYS. */
int metadata_record_set(struct database *database, const char *target, const char *key,
			const char *value);
/* Removes all, and adds what was there to rows, which the caller finishes. */
int metadata_record_clear(struct database *database, const char *target, struct rows *rows);
int metadata_record_list(struct store *store, struct store_read *read, const char *target,
			 store_done *done);
/* Adds what was listed. -ENOMEM. */
int metadata_record_load(struct metadata *metadata, const struct rows *rows);

#endif
