/* SPDX-License-Identifier: MIT */
/* METADATA SUB, UNSUB, SUBS and SYNC: who wants to know what others say of themselves. */
#include <errno.h>
#include <string.h>

#include "chat/commands_metadata.h"
#include "chat/metadata_sync.h"
#include "chat/metadata_tell.h"
#include "chat/reply.h"
#include "chat/server.h"

static void refuse_key(struct client *client, const char *key)
{
	metadata_complain(client, METADATA_INVALID_KEY, "That can't be a key", key, NULL);
}

void commands_metadata_sub(struct client *client, struct metadata_subject *subject,
			   char *const *words, size_t n)
{
	struct metadata added = {0};
	struct metadata_keys keys;
	const char *refused = NULL;
	int result;

	(void)subject;
	metadata_keys_init(&keys, client, "770");
	for (size_t i = 0; i < n && refused == NULL; i++) {
		if (!metadata_key_valid(words[i])) {
			refuse_key(client, words[i]);
			continue;
		}
		result = metadata_set(&client->subscriptions, words[i], "", METADATA_MAX_SUBS);
		if (result > 0)
			metadata_set(&added, words[i], "", METADATA_MAX_SUBS);
		if (result >= 0)
			metadata_keys_add(&keys, words[i]);
		else
			refused = words[i];
	}
	metadata_keys_end(&keys);
	if (refused != NULL)
		metadata_refuse(client, METADATA_TOO_MANY_SUBS,
				"You have subscribed to as many keys as you may", refused,
				number_text(METADATA_MAX_SUBS).text, NULL);
	if (added.n > 0 && client->registered && metadata_aware(client))
		metadata_sync_all(client, &added);
	metadata_clear(&added);
}

void commands_metadata_unsub(struct client *client, struct metadata_subject *subject,
			     char *const *words, size_t n)
{
	struct metadata_keys keys;

	(void)subject;
	metadata_keys_init(&keys, client, "771");
	for (size_t i = 0; i < n; i++) {
		if (metadata_key_valid(words[i])) {
			metadata_remove(&client->subscriptions, words[i]);
			metadata_keys_add(&keys, words[i]);
		} else {
			refuse_key(client, words[i]);
		}
	}
	metadata_keys_end(&keys);
}

void commands_metadata_subs(struct client *client, struct metadata_subject *subject,
			    char *const *words, size_t n)
{
	struct metadata_keys keys;
	struct answer answer;

	(void)subject;
	(void)words;
	(void)n;
	answer_begin(&answer, client, "metadata-subs", NULL);
	metadata_keys_init(&keys, client, "772");
	keys.answer = &answer;
	for (const struct metadata_entry *entry = client->subscriptions.first; entry != NULL;
	     entry = entry->next)
		metadata_keys_add(&keys, entry->key);
	metadata_keys_end(&keys);
	answer_end(&answer);
}

/* Of others' rooms it is told what it asks for by key. */
void commands_metadata_sync(struct client *client, struct metadata_subject *subject,
			    char *const *words, size_t n)
{
	(void)words;
	(void)n;
	if (subject->all)
		metadata_sync_all(client, NULL);
	else if (subject->room != NULL && room_find(subject->room, client) != NULL)
		metadata_sync_room(client, subject->room);
	else if (subject->client != NULL)
		metadata_sync_client(client, subject->client, subject->word);
	else
		metadata_refuse(client, METADATA_INVALID_TARGET,
				subject->room != NULL ? "You aren't in that room"
						      : "Nobody is logged in to that account",
				subject->word, NULL);
}
