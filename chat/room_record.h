/* SPDX-License-Identifier: MIT */
/*
 * What is kept of a room while nobody is in it: its topic, who has which role in it, who is banned or may
 * not speak. Jobs of the store (store.h): values are copied, and done == NULL waits. The result of what sets
 * is 1; of what removes, how many there were.
 *
 * Lists give all rooms for "", for when the service starts. Rows are finished by the caller.
 */
#ifndef SPILLWAY_ROOM_RECORD_H
#define SPILLWAY_ROOM_RECORD_H

#include "chat/store.h"

enum { ROOM_RECORD_MAX = 100000, ROOM_RECORD_STEP = 200 /* rules that expire at once */ };

struct room_topic {
	const char *room;
	const char *topic; /* "": none */
	const char *by;
	int64_t set_s; /* Unix time */
};

int room_record_set_topic(struct store *store, struct store_write *write,
			  const struct room_topic *topic, store_done *done);
int room_record_topics(struct store *store, struct store_read *read, const char *room,
		       store_done *done);
void room_record_topic(const struct rows *rows, size_t i, struct room_topic *ret_topic);

struct room_role {
	const char *room;
	const char *account;
	int64_t role; /* the greater, the more an account may; 0 takes it away */
};

int room_record_set_role(struct store *store, struct store_write *write,
			 const struct room_role *role, store_done *done);
int room_record_roles(struct store *store, struct store_read *read, const char *room,
		      store_done *done);
void room_record_role(const struct rows *rows, size_t i, struct room_role *ret_role);

/* A mask in one of a room's lists. */
struct room_rule {
	const char *room; /* "": all rooms */
	int64_t kind;	  /* which list: the server's own numbers, which must not change */
	const char *mask;
	const char *by;
	const char *reason;
	int64_t set_s;
	int64_t expires_s; /* 0: never */
};

/* A mask that is there is set anew. */
int room_record_set_rule(struct store *store, struct store_write *write,
			 const struct room_rule *rule, store_done *done);
int room_record_remove_rule(struct store *store, struct store_write *write,
			    const struct room_rule *rule, store_done *done);
/* Those that haven't expired. */
int room_record_rules(struct store *store, struct store_read *read, const char *room, int64_t now_s,
		      store_done *done);
void room_record_rule(const struct rows *rows, size_t i, struct room_rule *ret_rule);
/* One step of forgetting those that have. 0: it is finished. */
int room_record_expire(struct store *store, struct store_write *write, int64_t now_s,
		       store_done *done);

#endif
