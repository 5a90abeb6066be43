/* SPDX-License-Identifier: MIT */
/*
 * Accounts as they are kept. Jobs of the store (store.h): values are copied, done == NULL waits.
 *
 * A password is kept as passwords.h made it. The name of a deleted account stays taken, so that
 * nobody is taken for who had it; its roles, markers, metadata and private conversations go with
 * it, but what it told others stays theirs.
 */
#ifndef SPILLWAY_ACCOUNTS_H
#define SPILLWAY_ACCOUNTS_H

#include "chat/passwords.h"
#include "chat/store.h"

enum account_rank { ACCOUNT_USER, ACCOUNT_OPERATOR /* of the service */ };

struct account {
	const char *name;
	const char *password; /* Argon2id, passwords.h */
	const char *scram;    /* SCRAM-SHA-256, scram.h */
	int64_t rank;	      /* enum account_rank */
	int64_t created_s;    /* Unix time */
};

/* Result: 1; -EEXIST. */
int accounts_add(struct store *store, struct store_write *write, const struct account *account,
		 store_done *done);
/* One row, or none. */
int accounts_find(struct store *store, struct store_read *read, const char *name, store_done *done);
/* -ENOENT without a row. */
int accounts_found(const struct rows *rows, struct account *ret_account);
/* Within a job: -ENOENT: there is no such account. */
int accounts_check(struct database *database, const char *name);
/* The result of these is 1; 0: there is no such account. */
int accounts_change_password(struct store *store, struct store_write *write, const char *name,
			     const struct password_record *record, store_done *done);
int accounts_set_rank(struct store *store, struct store_write *write, const char *name,
		      enum account_rank rank, store_done *done);
int accounts_delete(struct store *store, struct store_write *write, const char *name,
		    store_done *done);

#endif
