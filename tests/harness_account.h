/* SPDX-License-Identifier: MIT */
/* People with accounts, for tests. */
#ifndef SPILLWAY_HARNESS_ACCOUNT_H
#define SPILLWAY_HARNESS_ACCOUNT_H

#include "tests/harness_chat.h"

#define ACCOUNT_PASSWORD "correct horse"

/* Makes an account of somebody's nick, and logs him in. */
void account_register(struct client *client);
/* Somebody who has made an account of his nick, and is logged in to it. */
struct client *account_owner(struct chat *chat, const char *nick, const char *caps);
/* Logs in to an account that there is while connecting. *ret_said is what came up to now, the
 * harness's memory; NULL where nobody wants it. */
struct client *account_return(struct chat *chat, const char *nick, const char *account,
			      const char *caps, char **ret_said);
/* Makes an account an operator of the service, which doesn't run. */
void account_appoint(struct harness *harness, const char *folder, const char *account);
/* PLAIN's message (RFC 4616) in Base64: the harness's memory. */
char *account_plain(struct harness *harness, const char *account, const char *password);
/* By SASL PLAIN, up to the answer; who does it has the capability sasl. */
void account_begin_log_in(struct client *client, const char *account, const char *password);

#endif
