/* SPDX-License-Identifier: MIT */
/* Somebody with an account, and his connections: a phone, a page, a bot. There is one while any of
 * them is here. */
#ifndef SPILLWAY_PERSON_H
#define SPILLWAY_PERSON_H

#include "chat/client.h"

struct person {
	struct table_link by_account; /* in server->people */
	struct list clients;	      /* by_person */
	char account[NICK_MAX + 1];
	bool loaded; /* metadata has all of the account's; before, the store must be asked */
	struct metadata metadata;
	uint64_t changed; /* server->metadata_changes when it was changed last */
};

/* The client has just got its account, whose metadata is read: its command waits for that
 * (errand.h). -ENOMEM. */
int person_add(struct client *client);
/* It leaves, or is a guest again. Nothing where it is one. */
void person_remove(struct client *client);
/* NULL: nobody is logged in to that account. */
struct person *person_find(const struct server *server, const char *account);
/* Tells all but one (NULL: none) of his connections that have all these capabilities. */
void person_tell(const struct person *person, struct event *event, const struct client *but,
		 unsigned need);

#endif
