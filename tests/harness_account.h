/* SPDX-License-Identifier: MIT */
/* People with accounts, for tests. */
#ifndef SPILLWAY_HARNESS_ACCOUNT_H
#define SPILLWAY_HARNESS_ACCOUNT_H

#include "tests/harness_chat.h"

#define ACCOUNT_PASSWORD "correct horse"

/* Somebody who has made an account of his nick, and is logged in to it. */
struct client *account_owner(struct chat *chat, const char *nick, const char *caps);
/* Logs in to an account that there is while connecting, and returns what came up to now: the harness's memory. */
struct client *account_return(struct chat *chat, const char *nick, const char *account,
			      const char *caps, char **ret_said);
/* Makes an account an operator of the service, which doesn't run. */
void account_appoint(struct harness *harness, const char *folder, const char *account);

#endif
