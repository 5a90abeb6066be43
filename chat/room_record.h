/* SPDX-License-Identifier: MIT */
/*
 * What is kept of a room while nobody is in it: its topic, its modes, who has which role in it, who
 * is banned or may not speak.
 *
 * What changes it is called within a job that writes (store_write_job()), so that what is changed
 * together is kept together. Its result is how many there were, or -errno.
 *
 * What lists is a job of the store by itself; done == NULL waits. Rows are finished by the caller.
 */
#ifndef SPILLWAY_ROOM_RECORD_H
#define SPILLWAY_ROOM_RECORD_H

#include "chat/store.h"

enum { ROOM_RECORD_MAX = 100000, ROOM_RECORD_STEP = 200 /* rules that expire at once */ };

/* What may have been there of that name is forgotten. */
int room_record_keep(struct database *database, const char *room, int64_t created_s);
/* 0; -ENODATA: it isn't there, and what is written of it isn't read again. */
int room_record_check(struct database *database, const char *room);
/* All that is kept of the room, with its history, its announcements and what operators did there,
 * has another name; where the history of another room has that: -EEXIST. */
int room_record_rename(struct database *database, const char *from, const char *to);
/* The room, or all rooms ("") where nobody has so great a role. */
int room_record_forget_without(struct database *database, const char *room, int64_t role);
int room_record_rooms(struct store *store, struct store_read *read, store_done *done);
/* The name is borrowed from the rows. */
const char *room_record_room(const struct rows *rows, size_t i, int64_t *ret_created_s);

struct room_topic {
	const char *room;
	const char *topic; /* "": none */
	const char *by;
	int64_t set_s; /* Unix time */
};

int room_record_set_topic(struct database *database, const struct room_topic *topic);
/* One row, or none. */
int room_record_topics(struct store *store, struct store_read *read, const char *room,
		       store_done *done);
void room_record_topic(const struct rows *rows, size_t i, struct room_topic *ret_topic);

/* By its letter (mode.h); value: NULL: it isn't set, "": it has no parameter. */
int room_record_set_mode(struct database *database, const char *room, char letter,
			 const char *value);
int room_record_modes(struct store *store, struct store_read *read, const char *room,
		      store_done *done);
char room_record_mode(const struct rows *rows, size_t i, const char **ret_value);

struct room_role {
	const char *room;
	const char *account;
	int64_t role; /* bits; the greater, the more an account may; 0: none */
};

int room_record_set_role(struct database *database, const struct room_role *role);
/* These bits, besides what the account has, or of it. */
int room_record_give_role(struct database *database, const struct room_role *role);
int room_record_take_role(struct database *database, const struct room_role *role);
int room_record_roles(struct store *store, struct store_read *read, const char *room,
		      store_done *done);
void room_record_role(const struct rows *rows, size_t i, struct room_role *ret_role);

/* A mask in one of a room's lists. */
struct room_rule {
	const char *room; /* "": of the service */
	int64_t kind;	  /* which list: the letter of its mode */
	const char *mask;
	const char *by;
	const char *reason;
	int64_t set_s;
	int64_t expires_s; /* 0: never */
};

/* A mask that is there is set anew. */
int room_record_set_rule(struct database *database, const struct room_rule *rule);
int room_record_remove_rule(struct database *database, const struct room_rule *rule);
/* Those that haven't expired. */
int room_record_rules(struct store *store, struct store_read *read, const char *room, int64_t now_s,
		      store_done *done);
void room_record_rule(const struct rows *rows, size_t i, struct room_rule *ret_rule);
/* A job: one step of forgetting those that have. The result is how many; 0: it is finished. */
int room_record_expire(struct store *store, struct store_write *write, int64_t now_s,
		       store_done *done);

#endif
