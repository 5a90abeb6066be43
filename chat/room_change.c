/* SPDX-License-Identifier: MIT */
#include "chat/room_change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chat/errand.h"
#include "chat/metadata_record.h"
#include "chat/metadata_tell.h"
#include "chat/mode_tell.h"
#include "chat/owners.h"
#include "chat/reply.h"
#include "chat/room_grant.h"
#include "chat/room_record.h"
#include "chat/server.h"
#include "common/casemap.h"
#include "common/utf8.h"

enum step_kind { STEP_MODE, STEP_MASK, STEP_MEMBER, STEP_ROLE, STEP_TOPIC, STEP_METADATA };

struct room_change_step {
	enum step_kind kind;
	bool add;
	const struct mode *mode;    /* of the tables */
	char account[NICK_MAX + 1]; /* "": a guest's, which nothing remembers */
	union {
		char value[MODE_MAX_KEY + 1];
		struct mask_entry entry;
		struct {
			const struct client *client; /* to be compared, not followed */
			int64_t connected_us;
		} member;
		unsigned role;
		struct {
			char text[ROOM_MAX_TOPIC + 1];
			char by[NICK_SOURCE_SIZE];
			int64_t set_s;
		} topic;
		struct {
			char key[METADATA_MAX_KEY + 1];
			char value[METADATA_MAX_VALUE + 1]; /* "": it is removed */
		} metadata;
	} to;
};

/* ---- gathering ---- */

/* A room that the configuration gives to somebody is kept from the first change on that can be
 * stored. */
static void set_room(struct room_change *change, struct room *room)
{
	if (room == NULL)
		return;
	memcpy(change->room, room->name, sizeof(change->room));
	change->owned = owners_find(&change->server->config->streams, room->name) != NULL;
	if (change->owned && !room->kept)
		room_change_keep(change, room);
}

struct room_change *room_change_create(struct client *client, struct room *room,
				       const char *command, size_t size)
{
	struct room_change *change = calloc(1, size);

	if (change == NULL) {
		reply_standard(client, "FAIL", command, "OUT_OF_MEMORY", NULL,
			       "The chat is out of memory");
		return NULL;
	}
	change->server = client->server;
	change->command = command;
	event_author_init(&change->author, client);
	set_room(change, room);
	return change;
}

struct room_change *room_change_create_own(struct server *server, struct room *room)
{
	struct room_change *change = calloc(1, sizeof(*change));

	if (change == NULL)
		return NULL;
	change->server = server;
	change->by_service = true;
	snprintf(change->author.source, sizeof(change->author.source), "%s", server->config->name);
	set_room(change, room);
	return change;
}

static struct room_change_step *add_step(struct room_change *change, enum step_kind kind, bool add)
{
	struct room_change_step *step, *steps;

	if (change->n == change->size) {
		size_t size = change->size > 0 ? 2 * change->size : 4;

		steps = realloc(change->steps, size * sizeof(*steps));
		if (steps == NULL) {
			change->error = -ENOMEM;
			return NULL;
		}
		change->steps = steps;
		change->size = size;
	}
	step = &change->steps[change->n++];
	*step = (struct room_change_step){.kind = kind, .add = add};
	return step;
}

void room_change_mode(struct room_change *change, const struct mode *mode, bool add,
		      const char *value)
{
	struct room_change_step *step = add_step(change, STEP_MODE, add);

	if (step == NULL)
		return;
	step->mode = mode;
	snprintf(step->to.value, sizeof(step->to.value), "%s", value);
}

void room_change_mask(struct room_change *change, enum room_list list, bool add,
		      const struct mask_entry *entry)
{
	struct room_change_step *step = add_step(change, STEP_MASK, add);

	if (step == NULL)
		return;
	step->mode = mode_of_list(list);
	step->to.entry = *entry;
}

size_t room_change_count_masks(const struct room_change *change, enum room_list list)
{
	size_t n = 0;

	for (size_t i = 0; i < change->n; i++) {
		const struct room_change_step *step = &change->steps[i];

		n += step->kind == STEP_MASK && step->add && step->mode->bit == list;
	}
	return n;
}

void room_change_member(struct room_change *change, const struct member *member,
			const struct mode *mode, bool add)
{
	struct room_change_step *step = add_step(change, STEP_MEMBER, add);

	if (step == NULL)
		return;
	step->mode = mode;
	if (member->room->kept)
		memcpy(step->account, member->client->account, sizeof(step->account));
	step->to.member.client = member->client;
	step->to.member.connected_us = member->client->connected_us;
}

void room_change_role(struct room_change *change, const char *account, unsigned modes)
{
	struct room_change_step *step = add_step(change, STEP_ROLE, modes != 0);

	if (step == NULL)
		return;
	snprintf(step->account, sizeof(step->account), "%s", account);
	step->to.role = modes;
}

static void add_topic(struct room_change *change, const char *text, const char *by, int64_t set_s)
{
	struct room_change_step *step = add_step(change, STEP_TOPIC, true);

	if (step == NULL)
		return;
	snprintf(step->to.topic.text, sizeof(step->to.topic.text), "%.*s",
		 (int)utf8_fit(slice_from(text), ROOM_MAX_TOPIC), text);
	snprintf(step->to.topic.by, sizeof(step->to.topic.by), "%s", by);
	step->to.topic.set_s = set_s;
}

void room_change_topic(struct room_change *change, const char *topic)
{
	add_topic(change, topic, change->author.source, time(NULL));
}

void room_change_metadata(struct room_change *change, const char *key, const char *value)
{
	struct room_change_step *step = add_step(change, STEP_METADATA, true);

	if (step == NULL)
		return;
	snprintf(step->to.metadata.key, sizeof(step->to.metadata.key), "%s", key);
	snprintf(step->to.metadata.value, sizeof(step->to.metadata.value), "%s", value);
}

void room_change_keep(struct room_change *change, struct room *room)
{
	struct list *link;

	change->keeps = room->kept = true;
	change->created_s = room->created_s;
	for (const struct mode *mode = mode_of_rooms; mode->letter != '\0'; mode++) {
		if (mode->kind == MODE_LIST) {
			list_each (link, &room->masks[mode->bit].entries)
				room_change_mask(change, (enum room_list)mode->bit, true,
						 list_item(link, struct mask_entry, link));
		} else if (mode->kind != MODE_MEMBER && (room->modes & mode->bit) != 0) {
			room_change_mode(change, mode, true, room_mode_value(room, mode).text);
		}
	}
	if (room->topic[0] != '\0')
		add_topic(change, room->topic, room->topic_by, room->topic_s);
	for (const struct metadata_entry *entry = room->metadata.first; entry != NULL;
	     entry = entry->next)
		room_change_metadata(change, entry->key, entry->value);
}

/* ---- storing: by the writer's thread, which knows nothing but the change ---- */

static int store_mode(struct database *database, const struct room_change *change,
		      const struct room_change_step *step)
{
	return room_record_set_mode(database, change->room, step->mode->letter,
				    step->add ? step->to.value : NULL);
}

static int store_mask(struct database *database, const struct room_change *change,
		      const struct room_change_step *step)
{
	const struct mask_entry *entry = &step->to.entry;
	const struct room_rule rule = {.room = change->room,
				       .kind = step->mode->letter,
				       .mask = entry->mask,
				       .by = entry->by,
				       .reason = entry->reason,
				       .set_s = entry->set_s,
				       .expires_s = entry->expires_s};

	return step->add ? room_record_set_rule(database, &rule)
			 : room_record_remove_rule(database, &rule);
}

static int store_member(struct database *database, const struct room_change *change,
			const struct room_change_step *step)
{
	const struct room_role role = {change->room, step->account, step->mode->bit};

	if (step->account[0] == '\0')
		return 0;
	return step->add ? room_record_give_role(database, &role)
			 : room_record_take_role(database, &role);
}

static int store_role(struct database *database, const struct room_change *change,
		      const struct room_change_step *step)
{
	const struct room_role role = {change->room, step->account, step->to.role};
	int error = step->add ? accounts_check(database, step->account) : 0;

	return error < 0 ? error : room_record_set_role(database, &role);
}

static int store_topic(struct database *database, const struct room_change *change,
		       const struct room_change_step *step)
{
	const struct room_topic topic = {.room = change->room,
					 .topic = step->to.topic.text,
					 .by = step->to.topic.by,
					 .set_s = step->to.topic.set_s};

	return room_record_set_topic(database, &topic);
}

static int store_metadata(struct database *database, const struct room_change *change,
			  const struct room_change_step *step)
{
	return metadata_record_set(database, change->room, step->to.metadata.key,
				   step->to.metadata.value);
}

/* ---- making ---- */

static void make_mode(const struct room_change_step *step, struct room *room,
		      struct mode_tell *tell)
{
	const char *told = step->to.value;

	if (room == NULL || !room_set_mode(room, step->mode, step->add, step->to.value))
		return;
	if (!step->add && step->mode->kind == MODE_ALWAYS)
		told = "*";
	mode_tell_add(tell, step->add, step->mode->letter, told);
}

static void make_mask(const struct room_change_step *step, struct room *room,
		      struct mode_tell *tell)
{
	const struct mask_entry *entry = &step->to.entry;
	struct server *server = tell->server;
	struct mask_list *list = room != NULL ? &room->masks[step->mode->bit] : &server->bans;
	bool changed;

	if (step->add) {
		changed = mask_list_set(list, entry) > 0;
		if (entry->expires_s != 0 &&
		    (server->next_expiry_s == 0 || entry->expires_s < server->next_expiry_s))
			server->next_expiry_s = entry->expires_s;
	} else {
		changed = mask_list_remove(list, entry->mask) == 0;
	}
	if (changed && room != NULL)
		mode_tell_add(tell, step->add, step->mode->letter, entry->mask);
}

static void set_member(struct member *member, unsigned modes, struct mode_tell *tell)
{
	unsigned before = member->modes;

	member->modes = modes;
	mode_tell_member(tell, member, before & ~modes, false);
	mode_tell_member(tell, member, modes & ~before, true);
}

/* What the account has in the room, and so all members of that name. */
static void set_account(struct room *room, const char *account, unsigned modes,
			struct mode_tell *tell)
{
	unsigned before = room_grant_recorded(room, account);
	struct list *link;

	room_grant_set(room, account, modes);
	list_each (link, &room->members) {
		struct member *member = list_item(link, struct member, by_room);

		if (casemap_equal(member->client->account, account))
			set_member(member, (member->modes & ~before) | modes, tell);
	}
}

static unsigned changed_bits(const struct room_change_step *step, unsigned before)
{
	return step->add ? before | step->mode->bit : before & ~(unsigned)step->mode->bit;
}

static void make_member(const struct room_change_step *step, struct room *room,
			struct mode_tell *tell)
{
	struct list *link;

	if (room == NULL)
		return;
	if (step->account[0] != '\0')
		set_account(room, step->account,
			    changed_bits(step, room_grant_recorded(room, step->account)), tell);
	list_each (link, &room->members) {
		struct member *member = list_item(link, struct member, by_room);

		if (member->client == step->to.member.client &&
		    member->client->connected_us == step->to.member.connected_us)
			set_member(member, changed_bits(step, member->modes), tell);
	}
}

static void make_role(const struct room_change_step *step, struct room *room,
		      struct mode_tell *tell)
{
	if (room != NULL)
		set_account(room, step->account, step->to.role, tell);
}

static void make_topic(const struct room_change_step *step, struct room *room,
		       struct mode_tell *tell)
{
	struct event event;

	/* It is there already where the room is only kept from now on. */
	if (room == NULL || strcmp(room->topic, step->to.topic.text) == 0)
		return;
	memcpy(room->topic, step->to.topic.text, sizeof(room->topic));
	memcpy(room->topic_by, step->to.topic.by, sizeof(room->topic_by));
	room->topic_s = step->to.topic.set_s;
	event_init_by(&event, tell->server, tell->author, "TOPIC");
	message_write_word(&event.writer, room->name);
	message_write_text(&event.writer, room->topic);
	room_tell(room, &event, NULL, 0, 0, 0);
	chronicle_note(room, &event);
	if (tell->client != NULL && room_find(room, tell->client) == NULL)
		client_tell(tell->client, &event);
	event_finish(&event);
}

static void make_metadata(const struct room_change_step *step, struct room *room,
			  struct mode_tell *tell)
{
	const char *key = step->to.metadata.key, *value = step->to.metadata.value;

	bool changes;

	if (room == NULL)
		return;
	changes = *value == '\0' ? metadata_remove(&room->metadata, key)
				 : metadata_set(&room->metadata, key, value, METADATA_MAX_KEYS) > 0;
	if (changes)
		metadata_notify_room(room, key, *value != '\0' ? value : NULL, tell->client);
}

/* ---- the whole ---- */

static const struct {
	int (*store)(struct database *database, const struct room_change *change,
		     const struct room_change_step *step);
	void (*make)(const struct room_change_step *step, struct room *room,
		     struct mode_tell *tell);
} kinds[] = {
	[STEP_MODE] = {store_mode, make_mode},
	[STEP_MASK] = {store_mask, make_mask},
	[STEP_MEMBER] = {store_member, make_member},
	[STEP_ROLE] = {store_role, make_role},
	[STEP_TOPIC] = {store_topic, make_topic},
	[STEP_METADATA] = {store_metadata, make_metadata},
};

static int run(struct store_job *job, struct database *database)
{
	const struct room_change *change = (struct room_change *)(void *)job;
	int result = 0;

	if (change->keeps)
		result = room_record_keep(database, change->room, change->created_s);
	else if (change->owned && room_record_check(database, change->room) == -ENODATA)
		result = -ESTALE;
	for (size_t i = 0; i < change->n && result >= 0; i++)
		result = kinds[change->steps[i].kind].store(database, change, &change->steps[i]);
	if (result >= 0 && change->room[0] != '\0' && !change->owned)
		result = room_record_forget_without(database, change->room, MEMBER_OWNER);
	return result < 0 ? result : 0;
}

/* Where the last owner has gone, or it was to be kept and wasn't: one that the configuration gives
 * to somebody is tried again with the next change. */
static void check_kept(const struct room_change *change, struct room *room, int result)
{
	bool about_roles = change->keeps;

	if (change->keeps && result == 0)
		room->kept = true;
	else if (change->keeps || result == -ESTALE)
		room_grant_lose(room);

	for (size_t i = 0; i < change->n; i++)
		about_roles = about_roles || change->steps[i].account[0] != '\0';
	if (about_roles)
		room_grant_let_go(room);
}

static void make(struct room_change *change, struct client *client, int result)
{
	struct room *room = server_find_room(change->server, change->room);
	struct mode_tell tell;

	mode_tell_init(&tell, change->server, change->by_service ? NULL : &change->author, room,
		       client);
	for (size_t i = 0; i < change->n && result == 0; i++)
		kinds[change->steps[i].kind].make(&change->steps[i], room, &tell);
	if (room != NULL) {
		mode_tell_end(&tell);
		check_kept(change, room, result);
	}
	if (change->then != NULL)
		change->then(change, client, room, result);
	else if (result < 0 && client != NULL)
		room_change_refuse(client, change->command, change->room, result);
	/* Then may have ended it. */
	room = server_find_room(change->server, change->room);
	if (room != NULL)
		room_check_end(room);
	free(change->steps);
	free(change);
}

static void stored(struct store_job *job, int result)
{
	struct room_change *change = (struct room_change *)(void *)job;
	struct server *server = change->server;
	struct errand *errand = change->errand;
	struct client *client = errand != NULL ? errand_enter(errand) : NULL;

	list_remove(&change->link);
	server_stored(server,
		      result == -ENOENT || result == -ESTALE || result == -EDQUOT ? 0 : result);
	make(change, client, result);
	if (errand != NULL)
		errand_leave(errand);
	else
		server_check_drained(server);
}

static int store(struct room_change *change, struct client *client)
{
	struct errand *errand = client != NULL ? errand_of(client) : NULL;
	int error;

	if (client != NULL && errand == NULL)
		return -ENOMEM;
	change->errand = errand;
	list_init(&change->link);
	error = store_write_job(change->server->store, &change->job, run, stored);
	if (error == 0)
		list_add_tail(&change->server->changes, &change->link);
	if (error == 0 && errand != NULL)
		errand_add(errand);
	return error;
}

/* A guest's role isn't. */
static bool outlives(const struct room_change *change)
{
	const struct room *room = server_find_room(change->server, change->room);

	if (change->keeps)
		return true;
	if (room != NULL && !room->kept)
		return false;
	for (size_t i = 0; i < change->n; i++) {
		if (change->steps[i].kind != STEP_MEMBER || change->steps[i].account[0] != '\0')
			return true;
	}
	return false;
}

void room_change_commit(struct room_change *change, struct client *client)
{
	const struct room *room = server_find_room(change->server, change->room);
	int error = change->error;

	if (error == 0 && room != NULL && room->renaming[0] != '\0')
		error = -EAGAIN;
	if (error == 0 && outlives(change)) {
		error = store(change, client);
		if (error == 0)
			return;
	}
	make(change, client, error);
}

static bool gives_ownership(const struct room_change *change, const char *account)
{
	for (size_t i = 0; i < change->n; i++) {
		const struct room_change_step *step = &change->steps[i];
		unsigned modes = step->kind == STEP_ROLE     ? step->to.role
				 : step->kind == STEP_MEMBER ? step->mode->bit
							     : 0;

		if (step->add && (modes & MEMBER_OWNER) != 0 &&
		    casemap_equal(step->account, account))
			return true;
	}
	return false;
}

bool room_change_owns_enough(const struct server *server, const char *account)
{
	size_t n = room_grant_count_owned(server, account);
	struct list *link;

	list_each (link, &server->changes)
		n += gives_ownership(list_item(link, struct room_change, link), account);
	return n >= (size_t)server->config->max_owned;
}

void room_change_refuse(struct client *client, const char *command, const char *room, int error)
{
	char text[160];

	if (error == -ENOENT) {
		reply_standard(client, "FAIL", command, "ACCOUNT_UNKNOWN", room,
			       "There is no account of that name");
		return;
	}
	snprintf(text, sizeof(text), "Not changed: %s",
		 error == -EAGAIN   ? "too much is being said at once, try again"
		 : error == -ESTALE ? "the room itself couldn't be stored, try again"
				    : database_sentence(error));
	reply_standard(client, "FAIL", command, "NOT_STORED", *room != '\0' ? room : "*", text);
}
