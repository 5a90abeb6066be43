/* SPDX-License-Identifier: MIT */
#include "chat/metadata_sync.h"

#include "chat/limits.h"
#include "chat/metadata_tell.h"
#include "chat/monitor.h"
#include "chat/reply.h"
#include "chat/server.h"

struct syncing {
	struct answer answer;
	struct client *client;
	const struct metadata *keys; /* NULL: all */
	size_t left;
	bool cut; /* not all was told */
};

static void begin(struct syncing *syncing, struct client *to, const char *target,
		  const struct metadata *keys)
{
	syncing->client = to;
	syncing->keys = keys;
	syncing->left = METADATA_MAX_SYNC;
	syncing->cut = false;
	answer_begin(&syncing->answer, to, "metadata", target);
}

static void tell_values(struct syncing *syncing, const char *target,
			const struct metadata *metadata)
{
	for (const struct metadata_entry *entry = metadata->first; entry != NULL;
	     entry = entry->next) {
		if (syncing->keys != NULL && metadata_get(syncing->keys, entry->key) == NULL)
			continue;
		if (syncing->left == 0 || conn_is_behind(&syncing->client->conn)) {
			syncing->cut = true;
			return;
		}
		syncing->left--;
		metadata_answer_sync(&syncing->answer, target, entry->key, entry->value);
	}
}

/* Nothing says where it could go on: what lacks is asked for by name. */
static void end(struct syncing *syncing, const char *target)
{
	if (syncing->cut)
		metadata_note(&syncing->answer, METADATA_LIMIT_REACHED,
			      "Not all that there is was told: ask for more by nick", target,
			      number_text(METADATA_MAX_SYNC).text, NULL);
	answer_end(&syncing->answer);
}

static void tell_room(struct syncing *syncing, struct room *room)
{
	bool sees_all = room_may(room, syncing->client, MEMBER_OPERATOR);
	struct list *link;

	tell_values(syncing, room->name, &room->metadata);
	list_each (link, &room->members) {
		if (syncing->cut)
			return;
		const struct member *member = list_item(link, struct member, by_room);

		if (!sees_all && room_hushes(member) && member->client != syncing->client)
			continue;
		if (client_visit(member->client))
			tell_values(syncing, member->client->nick, metadata_of(member->client));
	}
}

/* Whether it is told now; if not, when. is_free: the limit isn't asked. */
static bool has_a_turn(struct client *to, const char *target, bool is_free)
{
	struct limits_refusal refusal = {.wait_s = 1};

	if (!conn_is_behind(&to->conn) &&
	    (is_free || limits_may(to, FLOOD_METADATA, "Later", &refusal)))
		return true;
	metadata_tell_later(to, target, refusal.wait_s);
	return false;
}

void metadata_sync_own(struct client *client)
{
	struct syncing syncing;

	if (!metadata_aware(client))
		return;
	begin(&syncing, client, client->nick, NULL);
	tell_values(&syncing, client->nick, metadata_of(client));
	end(&syncing, client->nick);
}

void metadata_sync_client(struct client *to, const struct client *whose, const char *word)
{
	struct syncing syncing;

	if (!has_a_turn(to, word, false))
		return;
	begin(&syncing, to, word, &to->subscriptions);
	tell_values(&syncing, word, metadata_of(whose));
	end(&syncing, word);
}

static void sync_room(struct client *to, struct room *room)
{
	struct syncing syncing;

	begin(&syncing, to, room->name, &to->subscriptions);
	to->server->visit++;
	tell_room(&syncing, room);
	end(&syncing, room->name);
}

void metadata_sync_room(struct client *to, struct room *room)
{
	if (has_a_turn(to, room->name, false))
		sync_room(to, room);
}

void metadata_sync_join(struct client *to, struct room *room)
{
	if (metadata_aware(to) &&
	    has_a_turn(to, room->name, room->n_members <= METADATA_SMALL_ROOM))
		sync_room(to, room);
}

void metadata_sync_all(struct client *to, const struct metadata *keys)
{
	struct syncing syncing;
	struct list *link, *rest = &to->memberships;

	if (!has_a_turn(to, METADATA_ALL, false))
		return;
	begin(&syncing, to, METADATA_ALL, keys != NULL ? keys : &to->subscriptions);
	to->server->visit++;
	client_visit(to);
	tell_values(&syncing, to->nick, metadata_of(to));
	list_each (link, &to->watches) {
		struct client *other = server_find_client(
			to->server, list_item(link, struct watch, by_client)->target->nick);

		if (other != NULL && client_visit(other))
			tell_values(&syncing, other->nick, metadata_of(other));
	}
	for (link = to->memberships.next; link != &to->memberships && !syncing.cut;
	     link = link->next) {
		rest = link;
		tell_room(&syncing, list_item(link, struct member, by_client)->room);
	}
	if (syncing.cut && rest != &to->memberships)
		answer_end(&syncing.answer);
	else
		end(&syncing, METADATA_ALL);
	/* Rooms that aren't told as a whole are to be asked for one by one. */
	for (link = rest; syncing.cut && link != &to->memberships; link = link->next)
		metadata_tell_later(to, list_item(link, struct member, by_client)->room->name, 0);
}
