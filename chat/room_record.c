/* SPDX-License-Identifier: MIT */
#include "chat/room_record.h"

#define TEXT DATABASE_TEXT
#define NUMBER DATABASE_NUMBER
#define VALUES DATABASE_VALUES

/* ---- rooms ---- */

int room_record_keep(struct database *database, const char *room, int64_t created_s)
{
	const struct database_value values[] = {TEXT(room), NUMBER(created_s)};
	/* What belongs to a room goes with its row, whether that was there before or not. */
	static const enum query queries[] = {QUERY_ROOM_REMOVE, QUERY_ROOM_ADD, QUERY_ROOM_REMOVE,
					     QUERY_ROOM_ADD};
	int result = 0;

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]) && result >= 0; i++)
		result = database_run(database, queries[i], values,
				      queries[i] == QUERY_ROOM_ADD ? 2 : 1);
	return result;
}

int room_record_check(struct database *database, const char *room)
{
	int64_t created_s;

	return database_number(database, QUERY_ROOM_FIND, VALUES(TEXT(room)), &created_s);
}

int room_record_rename(struct database *database, const char *from, const char *to)
{
	static const enum query queries[] = {
		QUERY_CONVERSATION_CLEAR,   QUERY_CONVERSATION_RENAME, QUERY_ROOM_RENAME,
		QUERY_TOPIC_RENAME,	    QUERY_ROOM_MODES_RENAME,   QUERY_ROLES_RENAME,
		QUERY_RULES_RENAME,	    QUERY_METADATA_RENAME,     QUERY_MARKERS_RENAME,
		QUERY_ANNOUNCEMENTS_RENAME, QUERY_AUDIT_RENAME,
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]) && result >= 0; i++)
		result = database_run(database, queries[i], VALUES(TEXT(from), TEXT(to)));
	return result < 0 ? result : 0;
}

int room_record_forget_without(struct database *database, const char *room, int64_t role)
{
	return database_run(database, QUERY_ROOM_REMOVE_WITHOUT, VALUES(TEXT(room), NUMBER(role)));
}

int room_record_rooms(struct store *store, struct store_read *read, store_done *done)
{
	return store_read(store, read, done, QUERY_ROOMS, VALUES(NUMBER(ROOM_RECORD_MAX)));
}

const char *room_record_room(const struct rows *rows, size_t i, int64_t *ret_created_s)
{
	*ret_created_s = rows_number(rows, i, 1);
	return rows_text(rows, i, 0);
}

/* ---- topics ---- */

int room_record_set_topic(struct database *database, const struct room_topic *topic)
{
	return database_run(database, QUERY_TOPIC_SET,
			    VALUES(TEXT(topic->room), TEXT(topic->topic), TEXT(topic->by),
				   NUMBER(topic->set_s)));
}

int room_record_topics(struct store *store, struct store_read *read, const char *room,
		       store_done *done)
{
	return store_read(store, read, done, QUERY_TOPICS, VALUES(TEXT(room), NUMBER(1)));
}

void room_record_topic(const struct rows *rows, size_t i, struct room_topic *ret_topic)
{
	*ret_topic = (struct room_topic){
		.topic = rows_text(rows, i, 0),
		.by = rows_text(rows, i, 1),
		.set_s = rows_number(rows, i, 2),
	};
}

/* ---- modes ---- */

int room_record_set_mode(struct database *database, const char *room, char letter,
			 const char *value)
{
	const char mode[] = {letter, '\0'};

	if (value == NULL)
		return database_run(database, QUERY_ROOM_MODE_REMOVE,
				    VALUES(TEXT(room), TEXT(mode)));
	return database_run(database, QUERY_ROOM_MODE_SET,
			    VALUES(TEXT(room), TEXT(mode), TEXT(value)));
}

int room_record_modes(struct store *store, struct store_read *read, const char *room,
		      store_done *done)
{
	return store_read(store, read, done, QUERY_ROOM_MODES,
			  VALUES(TEXT(room), NUMBER(ROOM_RECORD_MAX)));
}

char room_record_mode(const struct rows *rows, size_t i, const char **ret_value)
{
	*ret_value = rows_text(rows, i, 1);
	return *rows_text(rows, i, 0);
}

/* ---- roles ---- */

static int run_role(struct database *database, enum query query, const struct room_role *role)
{
	return database_run(database, query,
			    VALUES(TEXT(role->room), TEXT(role->account), NUMBER(role->role)));
}

int room_record_set_role(struct database *database, const struct room_role *role)
{
	if (role->role == 0)
		return database_run(database, QUERY_ROLE_REMOVE,
				    VALUES(TEXT(role->room), TEXT(role->account)));
	return run_role(database, QUERY_ROLE_SET, role);
}

int room_record_give_role(struct database *database, const struct room_role *role)
{
	return run_role(database, QUERY_ROLE_GIVE, role);
}

int room_record_take_role(struct database *database, const struct room_role *role)
{
	return run_role(database, QUERY_ROLE_TAKE, role);
}

int room_record_roles(struct store *store, struct store_read *read, const char *room,
		      store_done *done)
{
	return store_read(store, read, done, QUERY_ROLES,
			  VALUES(TEXT(room), NUMBER(ROOM_RECORD_MAX)));
}

void room_record_role(const struct rows *rows, size_t i, struct room_role *ret_role)
{
	*ret_role = (struct room_role){
		.account = rows_text(rows, i, 0),
		.role = rows_number(rows, i, 1),
	};
}

/* ---- rules ---- */

int room_record_set_rule(struct database *database, const struct room_rule *rule)
{
	return database_run(database, QUERY_RULE_SET,
			    VALUES(TEXT(rule->room), NUMBER(rule->kind), TEXT(rule->mask),
				   TEXT(rule->by), TEXT(rule->reason), NUMBER(rule->set_s),
				   NUMBER(rule->expires_s)));
}

int room_record_remove_rule(struct database *database, const struct room_rule *rule)
{
	return database_run(database, QUERY_RULE_REMOVE,
			    VALUES(TEXT(rule->room), NUMBER(rule->kind), TEXT(rule->mask)));
}

int room_record_rules(struct store *store, struct store_read *read, const char *room, int64_t now_s,
		      store_done *done)
{
	return store_read(store, read, done, QUERY_RULES,
			  VALUES(TEXT(room), NUMBER(now_s), NUMBER(ROOM_RECORD_MAX)));
}

void room_record_rule(const struct rows *rows, size_t i, struct room_rule *ret_rule)
{
	*ret_rule = (struct room_rule){
		.kind = rows_number(rows, i, 0),
		.mask = rows_text(rows, i, 1),
		.by = rows_text(rows, i, 2),
		.reason = rows_text(rows, i, 3),
		.set_s = rows_number(rows, i, 4),
		.expires_s = rows_number(rows, i, 5),
	};
}

int room_record_expire(struct store *store, struct store_write *write, int64_t now_s,
		       store_done *done)
{
	return store_write(store, write, done, QUERY_RULES_EXPIRE,
			   VALUES(NUMBER(now_s), NUMBER(ROOM_RECORD_STEP)));
}
