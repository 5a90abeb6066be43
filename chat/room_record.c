/* SPDX-License-Identifier: MIT */
#include "chat/room_record.h"

#define TEXT DATABASE_TEXT
#define NUMBER DATABASE_NUMBER
#define VALUES DATABASE_VALUES

int room_record_set_topic(struct store *store, struct store_write *write,
			  const struct room_topic *topic, store_done *done)
{
	return store_write(store, write, done, QUERY_TOPIC_SET,
			   VALUES(TEXT(topic->room), TEXT(topic->topic), TEXT(topic->by),
				  NUMBER(topic->set_s)));
}

int room_record_topics(struct store *store, struct store_read *read, const char *room,
		       store_done *done)
{
	return store_read(store, read, done, QUERY_TOPICS,
			  VALUES(TEXT(room), NUMBER(ROOM_RECORD_MAX)));
}

void room_record_topic(const struct rows *rows, size_t i, struct room_topic *ret_topic)
{
	*ret_topic = (struct room_topic){
		.room = rows_text(rows, i, 0),
		.topic = rows_text(rows, i, 1),
		.by = rows_text(rows, i, 2),
		.set_s = rows_number(rows, i, 3),
	};
}

int room_record_set_role(struct store *store, struct store_write *write,
			 const struct room_role *role, store_done *done)
{
	if (role->role == 0)
		return store_write(store, write, done, QUERY_ROLE_REMOVE,
				   VALUES(TEXT(role->room), TEXT(role->account)));
	return store_write(store, write, done, QUERY_ROLE_SET,
			   VALUES(TEXT(role->room), TEXT(role->account), NUMBER(role->role)));
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
		.room = rows_text(rows, i, 0),
		.account = rows_text(rows, i, 1),
		.role = rows_number(rows, i, 2),
	};
}

int room_record_set_rule(struct store *store, struct store_write *write,
			 const struct room_rule *rule, store_done *done)
{
	return store_write(store, write, done, QUERY_RULE_SET,
			   VALUES(TEXT(rule->room), NUMBER(rule->kind), TEXT(rule->mask),
				  TEXT(rule->by), TEXT(rule->reason), NUMBER(rule->set_s),
				  NUMBER(rule->expires_s)));
}

int room_record_remove_rule(struct store *store, struct store_write *write,
			    const struct room_rule *rule, store_done *done)
{
	return store_write(store, write, done, QUERY_RULE_REMOVE,
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
		.room = rows_text(rows, i, 0),
		.kind = rows_number(rows, i, 1),
		.mask = rows_text(rows, i, 2),
		.by = rows_text(rows, i, 3),
		.reason = rows_text(rows, i, 4),
		.set_s = rows_number(rows, i, 5),
		.expires_s = rows_number(rows, i, 6),
	};
}

int room_record_expire(struct store *store, struct store_write *write, int64_t now_s,
		       store_done *done)
{
	return store_write(store, write, done, QUERY_RULES_EXPIRE,
			   VALUES(NUMBER(now_s), NUMBER(ROOM_RECORD_STEP)));
}
