/* SPDX-License-Identifier: MIT */
/*
 * The names of all accounts, in memory, so that it can be told at once whether a nick is
 * somebody's: accounts and nicks are one namespace. It has what accounts.h keeps, and names whose
 * accounts are being made, so that nobody else takes them meanwhile; and each account's rank as it
 * is now, whatever was read earlier.
 */
#ifndef SPILLWAY_ROSTER_H
#define SPILLWAY_ROSTER_H

#include "chat/accounts.h"
#include "chat/table.h"

enum { ROSTER_PAGE = 4096 /* names read at once */ };

enum roster_state {
	ROSTER_FREE,
	ROSTER_TAKEN,	/* an account is being made */
	ROSTER_ACCOUNT, /* there is one */
	ROSTER_DELETED, /* there was one: the name is nobody's any more */
};

struct roster { /* start with {0} */
	struct table names;
};

/* Reads all; waits. */
int roster_load(struct roster *roster, struct store *store);
void roster_finish(struct roster *roster);

enum roster_state roster_state(const struct roster *roster, const char *name);
/* Not to ROSTER_FREE; the name has NICK_MAX bytes at most. A new one has ACCOUNT_USER. -ENOMEM,
 * which a name that is there never gives. */
int roster_set(struct roster *roster, const char *name, enum roster_state state);
/* ACCOUNT_USER of what is no account. */
enum account_rank roster_rank(const struct roster *roster, const char *name);
/* Nothing where there is no account. */
void roster_set_rank(struct roster *roster, const char *name, enum account_rank rank);
/* The name is free again. Nothing when it was. */
void roster_remove(struct roster *roster, const char *name);

#endif
