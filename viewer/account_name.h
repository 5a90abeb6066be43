/* SPDX-License-Identifier: MIT */
/*
 * Names of accounts, as they are signed and hashed: equal ones are the same bytes (spillway-e2e(7),
 * "Names"). Pure.
 */
#ifndef SPILLWAY_ACCOUNT_NAME_H
#define SPILLWAY_ACCOUNT_NAME_H

#include <stdbool.h>
#include <stddef.h>

enum { ACCOUNT_NAME_SIZE = 65 /* with the NUL */ };

/* One word of IRC, of 1 to 64 bytes. */
bool account_name_valid(const char *name);
/* In small letters, with the NUL, which is counted. The name must be valid; to has
 * ACCOUNT_NAME_SIZE bytes. */
size_t account_name_write(const char *name, char *to);

#endif
