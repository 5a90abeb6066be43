/* SPDX-License-Identifier: MIT */
/*
 * METADATA (IRCv3 draft/metadata-2 and -3). What an account has said is read from the store where
 * nobody is logged in to it, and stored before it is told; a guest's goes with his connection. A
 * room's is changed as its modes are (room_change.h).
 */
#include "chat/commands_metadata.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/commands_impl.h"
#include "chat/errand.h"
#include "chat/limits.h"
#include "chat/metadata_record.h"
#include "chat/metadata_tell.h"
#include "chat/person.h"
#include "chat/record.h"
#include "chat/reply.h"
#include "chat/room_change.h"
#include "chat/server.h"
#include "common/casemap.h"

static bool is_self(const struct client *client, const struct metadata_subject *subject)
{
	return subject->client == client ||
	       (subject->account[0] != '\0' && casemap_equal(subject->account, client->account));
}

/* Before it has registered, a client can only mean itself. */
static bool find_subject(struct client *client, const char *name, struct metadata_subject *ret)
{
	struct server *server = client->server;

	*ret = (struct metadata_subject){0};
	snprintf(ret->word, sizeof(ret->word), "%s", name);
	if (strcmp(name, METADATA_ALL) == 0) {
		ret->all = client->registered;
		return ret->all;
	}
	if (strcmp(name, "*") == 0)
		ret->client = client;
	else if (!client->registered)
		return false;
	else if (*name == '#')
		ret->room = server_find_room(server, name);
	else
		ret->client = server_find_client(server, name);
	if (ret->room != NULL) {
		snprintf(ret->word, sizeof(ret->word), "%s", ret->room->name);
		return !commands_hidden(ret->room, client) ||
		       room_may(ret->room, client, MEMBER_OPERATOR);
	}
	if (ret->client != NULL) {
		memcpy(ret->account, ret->client->account, sizeof(ret->account));
		return true;
	}
	snprintf(ret->account, sizeof(ret->account), "%s", name);
	return nick_valid(name) && roster_state(&server->roster, name) == ROSTER_ACCOUNT;
}

/* NULL: it must be asked of the store. */
static const struct metadata *in_memory(const struct server *server,
					const struct metadata_subject *subject)
{
	const struct person *person;

	if (subject->room != NULL)
		return &subject->room->metadata;
	if (subject->account[0] == '\0')
		return &subject->client->metadata;
	person = person_find(server, subject->account);
	return person != NULL && person->loaded ? &person->metadata : NULL;
}

static void refuse_store(struct client *client, const char *target, int error)
{
	metadata_refuse(client, METADATA_NOT_STORED,
			error == -ENOENT   ? "There is no such account any more"
			: error == -EAGAIN ? "Too much is going on at once, try again"
					   : database_sentence(error),
			target, NULL);
}

static void refuse_limit(struct client *client, const char *target)
{
	metadata_refuse(client, METADATA_LIMIT_REACHED, "It has as many keys as it may have",
			target, number_text(METADATA_MAX_KEYS).text, NULL);
}

/* ---- GET, LIST ---- */

/* What is looked for. Keys stand in `text`, each with a NUL; none: all that there are. */
struct asking {
	struct store_read read;
	struct errand *errand;
	char word[ROOM_NAME_MAX + 1];
	char text[MESSAGE_MAX_LINE];
	const char *keys[MESSAGE_MAX_PARAMETERS];
	size_t n;
};

static void tell_keys(struct client *client, const char *word, const struct metadata *metadata,
		      const char *const *keys, size_t n)
{
	struct answer answer;

	answer_begin(&answer, client, "metadata", word);
	for (size_t i = 0; i < n; i++) {
		if (metadata_key_valid(keys[i]))
			metadata_answer(&answer, word, keys[i], metadata_get(metadata, keys[i]));
		else
			metadata_warn(&answer, METADATA_INVALID_KEY, "That can't be a key", keys[i],
				      NULL);
	}
	for (const struct metadata_entry *entry = n == 0 ? metadata->first : NULL; entry != NULL;
	     entry = entry->next)
		metadata_answer(&answer, word, entry->key, entry->value);
	answer_end(&answer);
}

static void found(struct store_job *job, int result)
{
	struct asking *asking = (struct asking *)(void *)job;
	struct errand *errand = asking->errand;
	struct client *client = errand_enter(errand);
	struct metadata metadata = {0};

	if (result == 0)
		result = metadata_record_load(&metadata, &asking->read.rows);
	if (client != NULL && result == 0)
		tell_keys(client, asking->word, &metadata, asking->keys, asking->n);
	else if (client != NULL)
		refuse_store(client, asking->word, result);
	metadata_clear(&metadata);
	rows_finish(&asking->read.rows);
	free(asking);
	errand_leave(errand);
}

static int ask(struct client *client, const struct metadata_subject *subject, char *const *keys,
	       size_t n)
{
	struct asking *asking = calloc(1, sizeof(*asking));
	char *at;
	int error = -ENOMEM;

	if (asking == NULL)
		return error;
	memcpy(asking->word, subject->word, sizeof(asking->word));
	at = asking->text;
	for (size_t i = 0; i < n; i++) { /* all of them came in one line */
		asking->keys[asking->n++] = strcpy(at, keys[i]);
		at += strlen(at) + 1;
	}
	asking->errand = errand_of(client);
	if (asking->errand != NULL)
		error = metadata_record_list(client->server->store, &asking->read, subject->account,
					     found);
	if (error == 0)
		errand_add(asking->errand);
	else
		free(asking);
	return error;
}

static void get(struct client *client, struct metadata_subject *subject, char *const *keys,
		size_t n)
{
	const struct metadata *metadata = in_memory(client->server, subject);
	int error = 0;

	if (metadata != NULL)
		tell_keys(client, subject->word, metadata, (const char *const *)keys, n);
	else
		error = ask(client, subject, keys, n);
	if (error < 0)
		refuse_store(client, subject->word, error);
}

/* ---- SET, CLEAR ---- */

/* What is to be changed: a key, or with "" all of them. */
struct wish {
	char word[ROOM_NAME_MAX + 1];
	char key[METADATA_MAX_KEY + 1];
	char value[METADATA_MAX_VALUE + 1]; /* "": it is removed */
};

/* NULL: it is removed. */
static const char *value_of(const struct wish *wish)
{
	return wish->value[0] != '\0' ? wish->value : NULL;
}

static void tell_changed(struct client *client, const struct wish *wish, bool was_there)
{
	if (value_of(wish) == NULL && !was_there && (client->caps & CAP_METADATA_2) != 0)
		metadata_refuse(client, METADATA_NOT_SET, "It isn't set", wish->word, wish->key,
				NULL);
	else
		metadata_reply(client, wish->word, wish->key, value_of(wish));
}

static void tell_cleared(struct client *client, const char *word, const struct metadata *gone)
{
	struct answer answer;

	answer_begin(&answer, client, "metadata", word);
	for (const struct metadata_entry *entry = gone->first; entry != NULL; entry = entry->next)
		metadata_answer(&answer, word, entry->key, NULL);
	answer_end(&answer);
}

static void change_guest(struct client *client, struct client *guest, const struct wish *wish)
{
	struct metadata gone = {0};
	bool was_there = metadata_get(&guest->metadata, wish->key) != NULL;
	int result;

	if (wish->key[0] == '\0') {
		metadata_move(&gone, &guest->metadata);
		metadata_notify_all(guest, &gone, false, client);
		tell_cleared(client, wish->word, &gone);
		metadata_clear(&gone);
		return;
	}
	if (wish->value[0] == '\0')
		result = metadata_remove(&guest->metadata, wish->key);
	else
		result = metadata_set(&guest->metadata, wish->key, wish->value, METADATA_MAX_KEYS);
	if (result > 0)
		metadata_notify(guest, wish->key, value_of(wish), client);
	if (result == -ENOSPC)
		refuse_limit(client, wish->word);
	else if (result < 0)
		refuse_store(client, wish->word, result);
	else
		tell_changed(client, wish, was_there);
}

/* ---- of accounts ---- */

struct changing {
	struct store_job job;
	struct errand *errand;
	char account[NICK_MAX + 1];
	struct wish wish;
	struct rows gone; /* what was cleared */
};

static int run_change(struct store_job *job, struct database *database)
{
	struct changing *changing = (struct changing *)(void *)job;
	const struct wish *wish = &changing->wish;
	int error = accounts_check(database, changing->account);

	if (error < 0)
		return error;
	if (wish->key[0] == '\0')
		return metadata_record_clear(database, changing->account, &changing->gone);
	return metadata_record_set(database, changing->account, wish->key, wish->value);
}

static void notify_person(const struct person *person, const char *key, const char *value,
			  const struct client *but)
{
	struct list *link;

	list_each (link, &person->clients)
		metadata_notify(list_item(link, struct client, by_person), key, value, but);
}

/* Who is here has it in memory. by: NULL: it has gone. */
static void change_person(struct server *server, const struct changing *changing,
			  const struct metadata *gone, const struct client *by)
{
	struct person *person = person_find(server, changing->account);
	const struct wish *wish = &changing->wish;
	int result = 0;

	if (person == NULL)
		return;
	person->changed = ++server->metadata_changes;
	if (wish->key[0] == '\0')
		metadata_clear(&person->metadata);
	else if (wish->value[0] == '\0')
		result = metadata_remove(&person->metadata, wish->key);
	else
		result = metadata_set(&person->metadata, wish->key, wish->value, METADATA_MAX_KEYS);
	if (result < 0)
		person->loaded = false; /* the store is asked from now on */
	if (result != 0)
		notify_person(person, wish->key, value_of(wish), by);
	for (const struct metadata_entry *entry = gone->first; entry != NULL; entry = entry->next)
		notify_person(person, entry->key, NULL, by);
}

static void tell_outcome(struct client *client, const struct changing *changing,
			 const struct metadata *gone, int result)
{
	if (result == -EDQUOT)
		refuse_limit(client, changing->wish.word);
	else if (result < 0)
		refuse_store(client, changing->wish.word, result);
	else if (changing->wish.key[0] != '\0')
		tell_changed(client, &changing->wish, result > 0);
	else
		tell_cleared(client, changing->wish.word, gone);
}

static void changed(struct store_job *job, int result)
{
	struct changing *changing = (struct changing *)(void *)job;
	struct errand *errand = changing->errand;
	struct server *server = errand->server;
	struct client *client = errand_enter(errand);
	struct metadata gone = {0};

	metadata_record_load(&gone, &changing->gone);
	server_stored(server, result > 0 || result == -ENOENT || result == -EDQUOT ? 0 : result);
	if (result >= 0)
		change_person(server, changing, &gone, client);
	if (client != NULL)
		tell_outcome(client, changing, &gone, result);
	metadata_clear(&gone);
	rows_finish(&changing->gone);
	free(changing);
	errand_leave(errand);
}

static int change_account(struct client *client, const char *account, const struct wish *wish)
{
	struct changing *changing = calloc(1, sizeof(*changing));
	int error = -ENOMEM;

	if (changing == NULL)
		return error;
	changing->wish = *wish;
	snprintf(changing->account, sizeof(changing->account), "%s", account);
	changing->errand = errand_of(client);
	if (changing->errand != NULL)
		error = store_write_job(client->server->store, &changing->job, run_change, changed);
	if (error == 0)
		errand_add(changing->errand);
	else
		free(changing);
	return error;
}

/* ---- of rooms ---- */

struct room_changing {
	struct room_change change;
	struct wish wish;
	bool was_there;
	struct metadata gone; /* what is to be cleared */
};

static void room_changed(struct room_change *change, struct client *client, struct room *room,
			 int result)
{
	struct room_changing *changing = (struct room_changing *)(void *)change;

	(void)room;
	if (result == 0)
		record_act(change->server, record_author(&change->author), "metadata", change->room,
			   "", changing->wish.key);
	if (client != NULL && result == -EDQUOT)
		refuse_limit(client, changing->wish.word);
	else if (client != NULL && result < 0)
		refuse_store(client, changing->wish.word, result);
	else if (client != NULL && changing->wish.key[0] == '\0')
		tell_cleared(client, changing->wish.word, &changing->gone);
	else if (client != NULL)
		tell_changed(client, &changing->wish, changing->was_there);
	metadata_clear(&changing->gone);
}

static void change_room(struct client *client, struct room *room, const struct wish *wish)
{
	const struct metadata *metadata = &room->metadata;
	struct room_changing *changing;

	/* One that is kept is counted by the store. */
	if (wish->value[0] != '\0' && metadata_get(metadata, wish->key) == NULL &&
	    metadata->n >= METADATA_MAX_KEYS && !room->kept) {
		refuse_limit(client, wish->word);
		return;
	}
	changing = (struct room_changing *)(void *)room_change_create(client, room, "METADATA",
								      sizeof(*changing));
	if (changing == NULL)
		return;
	changing->change.then = room_changed;
	changing->wish = *wish;
	changing->was_there = metadata_get(metadata, wish->key) != NULL;
	if (wish->key[0] != '\0')
		room_change_metadata(&changing->change, wish->key, wish->value);
	for (const struct metadata_entry *entry = wish->key[0] == '\0' ? metadata->first : NULL;
	     entry != NULL; entry = entry->next) {
		room_change_metadata(&changing->change, entry->key, "");
		metadata_set(&changing->gone, entry->key, "", METADATA_MAX_KEYS);
	}
	room_change_commit(&changing->change, client);
}

/* ---- of both ---- */

/* Operators of the service may take away what others have said, but put nothing into their
 * mouths. */
static bool may_change(const struct client *client, const struct metadata_subject *subject,
		       bool removes)
{
	if (subject->room != NULL)
		return room_may(subject->room, client, MEMBER_OPERATOR);
	return is_self(client, subject) || (removes && (client->modes & USER_MODE_OPERATOR) != 0);
}

static bool has_a_turn(struct client *client, const struct wish *wish)
{
	const char *key = wish->key[0] != '\0' ? wish->key : "*";
	struct limits_refusal refusal;

	if (limits_may(client, FLOOD_METADATA, "Not changed", &refusal))
		return true;
	metadata_refuse(client, METADATA_RATE_LIMITED, refusal.text, wish->word, key,
			number_text(refusal.wait_s).text, NULL);
	return false;
}

static void change(struct client *client, struct metadata_subject *subject, const struct wish *wish)
{
	int error = 0;

	if (!may_change(client, subject, wish->value[0] == '\0')) {
		metadata_refuse(client, METADATA_NO_PERMISSION,
				subject->room != NULL ? "You're not a channel operator"
						      : "That is for them to say",
				wish->word, wish->key[0] != '\0' ? wish->key : "*", NULL);
		return;
	}
	if (!has_a_turn(client, wish))
		return;
	if (subject->room == NULL && !is_self(client, subject))
		record_act(client->server, record_name(client), "metadata", "", subject->word,
			   wish->key);
	if (subject->room != NULL)
		change_room(client, subject->room, wish);
	else if (subject->account[0] == '\0')
		change_guest(client, subject->client, wish);
	else
		error = change_account(client, subject->account, wish);
	if (error < 0)
		refuse_store(client, wish->word, error);
}

/* How long a value may be so that it can be told to everybody in one line:
 * ":SERVER 761 NICK TARGET KEY * :VALUE" and CR LF. */
static size_t room_for_value(const struct client *client, const struct metadata_subject *subject,
			     const char *key)
{
	size_t target = subject->room != NULL ? strlen(subject->word) : NICK_MAX;
	size_t around = event_max_service(client->server) + NICK_MAX + target + strlen(key) + 14;

	return around < MESSAGE_MAX_LINE ? MESSAGE_MAX_LINE - around : 0;
}

static void set(struct client *client, struct metadata_subject *subject, char *const *words,
		size_t n)
{
	const char *key = words[0], *value = n > 1 ? words[1] : "";
	char why[METADATA_WHY_SIZE];
	struct wish wish = {0};

	if (!metadata_key_valid(key)) {
		metadata_refuse(client, METADATA_INVALID_KEY,
				"A key is of a-z, 0-9 and _ . / -, 32 at most", key, NULL);
		return;
	}
	if (*value != '\0' &&
	    !metadata_value_valid(key, value, room_for_value(client, subject, key), why)) {
		metadata_refuse(client, METADATA_INVALID_VALUE, why, key, NULL);
		return;
	}
	memcpy(wish.word, subject->word, sizeof(wish.word));
	snprintf(wish.key, sizeof(wish.key), "%s", key);
	snprintf(wish.value, sizeof(wish.value), "%s", value);
	change(client, subject, &wish);
}

static void clear(struct client *client, struct metadata_subject *subject, char *const *words,
		  size_t n)
{
	struct wish wish = {0};

	(void)words;
	(void)n;
	memcpy(wish.word, subject->word, sizeof(wish.word));
	change(client, subject, &wish);
}

/* ---- the command ---- */

enum range { ANYBODY, ONESELF, ALL_AT_ONCE };

static const struct {
	const char *name;
	size_t min, max;  /* words behind it */
	enum range range; /* about whom */
	metadata_subcommand *handle;
} subcommands[] = {
	{"GET", 1, MESSAGE_MAX_PARAMETERS, ANYBODY, get},
	{"LIST", 0, 0, ANYBODY, get},
	{"SET", 1, 2, ANYBODY, set},
	{"CLEAR", 0, 0, ANYBODY, clear},
	{"SUB", 1, MESSAGE_MAX_PARAMETERS, ONESELF, commands_metadata_sub},
	{"UNSUB", 1, MESSAGE_MAX_PARAMETERS, ONESELF, commands_metadata_unsub},
	{"SUBS", 0, 0, ONESELF, commands_metadata_subs},
	{"SYNC", 0, 0, ALL_AT_ONCE, commands_metadata_sync},
};

enum { N_SUBCOMMANDS = sizeof(subcommands) / sizeof(subcommands[0]) };

static bool is_in_range(const struct client *client, const struct metadata_subject *subject,
			enum range range)
{
	return range == ONESELF ? subject->client == client : range == ALL_AT_ONCE || !subject->all;
}

void command_metadata(struct client *client, const struct message *message)
{
	const char *name = message->n_parameters > 1 ? message->parameters[1] : "*";
	size_t n = message->n_parameters > 2 ? message->n_parameters - 2 : 0, i = 0;
	struct metadata_subject subject;

	while (i < N_SUBCOMMANDS && !casemap_equal(name, subcommands[i].name))
		i++;
	if (i == N_SUBCOMMANDS || n < subcommands[i].min || n > subcommands[i].max)
		metadata_refuse(client, METADATA_INVALID_PARAMS,
				i == N_SUBCOMMANDS	 ? "There is no such subcommand"
				: n < subcommands[i].min ? "Not enough parameters"
							 : "Too many parameters",
				name, NULL);
	else if (!find_subject(client, message->parameters[0], &subject) ||
		 !is_in_range(client, &subject, subcommands[i].range))
		metadata_refuse(client, METADATA_INVALID_TARGET,
				"There is nobody and no room of that name", message->parameters[0],
				NULL);
	else
		subcommands[i].handle(client, &subject, message->parameters + 2, n);
}
