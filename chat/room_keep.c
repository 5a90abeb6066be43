/* SPDX-License-Identifier: MIT */
#include "chat/room_keep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "chat/metadata_record.h"
#include "chat/room_grant.h"
#include "chat/room_record.h"
#include "chat/server.h"

static int load_topic(struct room *room, const struct rows *rows)
{
	struct room_topic topic;

	if (rows->n == 0)
		return 0;
	room_record_topic(rows, 0, &topic);
	snprintf(room->topic, sizeof(room->topic), "%s", topic.topic);
	snprintf(room->topic_by, sizeof(room->topic_by), "%s", topic.by);
	room->topic_s = topic.set_s;
	return 0;
}

static const struct mode *mode_of_letter(char letter)
{
	const struct mode *mode = mode_of_rooms;

	while (mode->letter != '\0' && mode->letter != letter)
		mode++;
	return mode;
}

/* Letters that this program doesn't know are a later one's. */
static int load_modes(struct room *room, const struct rows *rows)
{
	room->modes = 0;
	for (size_t i = 0; i < rows->n; i++) {
		const char *value;
		const struct mode *mode = mode_of_letter(room_record_mode(rows, i, &value));

		if (mode->letter != '\0' && mode->kind != MODE_LIST && mode->kind != MODE_MEMBER)
			room_set_mode(room, mode, true, value);
	}
	return 0;
}

static int load_roles(struct room *room, const struct rows *rows)
{
	int error = 0;

	for (size_t i = 0; i < rows->n && error == 0; i++) {
		struct room_role role;

		room_record_role(rows, i, &role);
		error = room_grant_set(room, role.account, (unsigned)role.role);
	}
	return error;
}

/* room == NULL: the service's. */
static int load_lists(struct server *server, struct room *room, const struct rows *rows)
{
	int error = 0;

	for (size_t i = 0; i < rows->n && error >= 0; i++) {
		struct mask_list *list = &server->bans;
		struct mask_entry entry = {0};
		struct room_rule rule;

		room_record_rule(rows, i, &rule);
		const struct mode *mode = mode_of_letter((char)rule.kind);
		if (mode->letter == '\0' || mode->kind != MODE_LIST)
			continue;
		if (room != NULL)
			list = &room->masks[mode->bit];
		snprintf(entry.mask, sizeof(entry.mask), "%s", rule.mask);
		snprintf(entry.by, sizeof(entry.by), "%s", rule.by);
		snprintf(entry.reason, sizeof(entry.reason), "%s", rule.reason);
		entry.set_s = rule.set_s;
		entry.expires_s = rule.expires_s;
		error = mask_list_set(list, &entry);
	}
	/* The sweep finds out. */
	server->next_expiry_s = 1;
	return error < 0 ? error : 0;
}

static int load_rules(struct room *room, const struct rows *rows)
{
	return load_lists(room->server, room, rows);
}

static int load_metadata(struct room *room, const struct rows *rows)
{
	return metadata_record_load(&room->metadata, rows);
}

static int rules_now(struct store *store, struct store_read *read, const char *room,
		     store_done *done)
{
	return room_record_rules(store, read, room, time(NULL), done);
}

static const struct {
	int (*read)(struct store *store, struct store_read *read, const char *room,
		    store_done *done);
	int (*load)(struct room *room, const struct rows *rows);
} parts[] = {
	{room_record_topics, load_topic},      {room_record_modes, load_modes},
	{room_record_roles, load_roles},       {rules_now, load_rules},
	{metadata_record_list, load_metadata},
};

static int load_room(struct server *server, const char *name, int64_t created_s,
		     struct store_read *read)
{
	struct room *room = room_create(server, name);
	int error = 0;

	if (room == NULL)
		return -ENOMEM;
	room->kept = true;
	room->created_s = created_s;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && error == 0; i++) {
		error = parts[i].read(server->store, read, name, NULL);
		if (error == 0)
			error = parts[i].load(room, &read->rows);
		rows_finish(&read->rows);
	}
	return error;
}

/* An account that owned a room may have been deleted, or the configuration may have been
 * changed. */
struct forget {
	struct store_job job;
	const char *room;
};

static int run_forget(struct store_job *job, struct database *database)
{
	const struct forget *forget = (struct forget *)(void *)job;

	return room_record_forget_without(database, forget->room, MEMBER_OWNER);
}

static int check_owned(struct server *server, const char *name)
{
	struct room *room = server_find_room(server, name);
	struct forget forget = {.room = name};

	if (room_is_owned(room))
		return 0;
	room->kept = false;
	room_check_end(room);
	return store_write_now(server->store, &forget.job, run_forget);
}

int room_keep_load(struct server *server)
{
	static struct store_read rooms, read; /* large, and used once */
	int error = rules_now(server->store, &read, "", NULL);

	if (error == 0)
		error = load_lists(server, NULL, &read.rows);
	rows_finish(&read.rows);
	if (error == 0)
		error = room_record_rooms(server->store, &rooms, NULL);
	for (size_t i = 0; i < rooms.rows.n && error >= 0; i++) {
		int64_t created_s;
		const char *name = room_record_room(&rooms.rows, i, &created_s);

		error = load_room(server, name, created_s, &read);
		if (error == 0)
			error = check_owned(server, name);
	}
	rows_finish(&rooms.rows);
	return error;
}
