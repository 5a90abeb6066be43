/* SPDX-License-Identifier: MIT */
/* Private conversations: with whom, what the directory is asked, and what waits for that, in its
 * order. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/casemap.h"
#include "viewer/chatter_private_impl.h"
#include "viewer/face.h"

void private_say_notice(struct chatter *chatter, const char *nick, const char *text)
{
	char line[SECRECY_SENTENCE + PRIVACY_NAME_SIZE + 64];

	snprintf(line, sizeof(line), "%s: %s", nick, text);
	chatter->face->type->notice(chatter->face, line, false);
}

/* ---- contacts ---- */

static bool has_jobs(const struct privacy *privacy, const struct privacy_contact *contact)
{
	for (size_t i = 0; i < privacy->n_jobs; i++) {
		if (privacy->jobs[i]->contact == contact)
			return true;
	}
	return false;
}

/* n_contacts: nothing is known of that nick. */
static size_t index_of(const struct privacy *privacy, const char *nick)
{
	size_t i = 0;

	while (i < privacy->n_contacts && !casemap_equal(privacy->contacts[i]->nick, nick))
		i++;
	return i;
}

struct privacy_contact *private_find(const struct chatter *chatter, const char *nick)
{
	const struct privacy *privacy = &chatter->privacy;
	size_t i = index_of(privacy, nick);

	return i < privacy->n_contacts ? privacy->contacts[i] : NULL;
}

/* What only the contact knows is kept: that the nick belongs to an account of another name. */
static bool can_go(const struct privacy *privacy, const struct privacy_contact *contact)
{
	return !has_jobs(privacy, contact) && contact->label == 0 && !contact->asks_list &&
	       (*contact->locked == '\0' || casemap_equal(contact->locked, contact->nick));
}

/* Whoever is not waited for makes room. NULL: all are, or no memory. */
static struct privacy_contact *find_contact(struct chatter *chatter, const char *nick)
{
	struct privacy *privacy = &chatter->privacy;
	struct privacy_contact *contact;
	size_t i = index_of(privacy, nick);

	if (i < privacy->n_contacts)
		return privacy->contacts[i];
	if (privacy->n_contacts == PRIVACY_MAX_CONTACTS) {
		for (i = 0; i < privacy->n_contacts; i++) {
			if (can_go(privacy, privacy->contacts[i]))
				break;
		}
		if (i == privacy->n_contacts)
			return NULL;
		free(privacy->contacts[i]);
		privacy->contacts[i] = privacy->contacts[--privacy->n_contacts];
	}
	contact = calloc(1, sizeof(*contact));
	if (contact == NULL)
		return NULL;
	contact->chatter = chatter;
	snprintf(contact->nick, sizeof(contact->nick), "%s", nick);
	privacy->contacts[privacy->n_contacts++] = contact;
	return contact;
}

struct secrecy_peer *private_peer_of(struct privacy_contact *contact)
{
	return *contact->account != '\0'
		       ? secrecy_peer(&contact->chatter->privacy.keychain.secrecy, contact->account)
		       : NULL;
}

/* ---- asking ---- */

static void go_on(struct privacy_contact *contact);

static void take_list(struct privacy_contact *contact, const char *value)
{
	struct chatter *chatter = contact->chatter;
	struct secrecy_peer *peer = private_peer_of(contact);
	bool knew = peer != NULL && peer->known;

	if (peer == NULL || !chatter_keys_begin(chatter))
		return;
	secrecy_take_list(&chatter->privacy.keychain.secrecy, peer, slice_from(value), time(NULL));
	if (chatter_keys_end(chatter) && !knew && peer->known)
		private_say_notice(chatter, contact->nick,
				   "this identity is seen for the first time; /verify shows the "
				   "fingerprints to compare");
}

static void got_list(void *context, int error, const char *value)
{
	struct privacy_contact *contact = context;

	contact->asks_list = false;
	if (error == -ECONNRESET)
		return;
	if (error == 0 || error == -ENOENT)
		take_list(contact, error == 0 && value != NULL ? value : "");
	go_on(contact);
}

/* False: it can't be. */
bool private_ask_list(struct privacy_contact *contact)
{
	struct chatter *chatter = contact->chatter;

	contact->asks_list = metadata_get(&chatter->asked, &chatter->link, contact->account,
					  PRIVACY_KEY, got_list, contact) == 0;
	return contact->asks_list;
}

bool private_ask_account(struct privacy_contact *contact)
{
	char line[MESSAGE_MAX_LINE];
	struct message_writer writer;

	message_writer_init(&writer, line, sizeof(line));
	message_write_command(&writer, NULL, "WHOIS");
	message_write_word(&writer, contact->nick);
	if (link_send(&contact->chatter->link, line, message_write_end(&writer), &contact->label) <
	    0)
		return false;
	contact->exists = true;
	contact->account[0] = '\0';
	return true;
}

static struct privacy_contact *find_asked(struct chatter *chatter, uint32_t label)
{
	struct privacy *privacy = &chatter->privacy;

	for (size_t i = 0; i < privacy->n_contacts && label != 0; i++) {
		if (privacy->contacts[i]->label == label)
			return privacy->contacts[i];
	}
	return NULL;
}

/* What WHOIS says: 330 NICK ACCOUNT, 401 where there is nobody. */
static void take_whois(struct privacy_contact *contact, const struct message *message)
{
	if (strcmp(message->command, "330") == 0 && message->n_parameters > 2 &&
	    account_name_valid(message->parameters[2]))
		snprintf(contact->account, sizeof(contact->account), "%s", message->parameters[2]);
	if (strcmp(message->command, "401") == 0)
		contact->exists = false;
}

void chatter_private_answered(struct chatter *chatter, uint32_t label)
{
	struct privacy_contact *contact = find_asked(chatter, label);

	if (contact == NULL)
		return;
	contact->label = 0;
	contact->asked_s = time(NULL);
	/* Somebody who is away has the nick of his account, if he has one. */
	if (!contact->exists && account_name_valid(contact->nick))
		strcpy(contact->account, contact->nick);
	go_on(contact);
}

/* ---- jobs ---- */

static bool run_verify(struct privacy_contact *contact, struct privacy_job *job)
{
	struct chatter *chatter = contact->chatter;
	struct privacy *privacy = &chatter->privacy;
	struct secrecy_peer *peer;

	if (privacy->state == PRIVACY_ASKING)
		return false;
	if (!privacy->is_open) {
		chatter_refuse(chatter, privacy->why);
		return true;
	}
	if (!job->asked && contact->asked_s == 0 && private_ask_account(contact))
		return false;
	peer = private_peer_of(contact);
	if (peer == NULL) {
		chatter_refuse(chatter, "there is no account behind that nick");
		return true;
	}
	/* Of our own list is known what there is; another one's is asked for. */
	if (!job->asked && !secrecy_is_own(&privacy->keychain.secrecy, peer)) {
		job->asked = true;
		if (*job->text == '\0' && private_ask_list(contact))
			return false;
	}
	if (chatter_keys_verify(chatter, peer, contact->nick, job->text))
		strcpy(contact->locked, peer->name);
	return true;
}

static bool run_show(struct privacy_contact *contact, struct privacy_job *job)
{
	private_show(contact, job->event);
	return true;
}

static bool (*const runs[])(struct privacy_contact *contact, struct privacy_job *job) = {
	[PRIVACY_SAY] = private_run_say,
	[PRIVACY_HEAR] = private_run_hear,
	[PRIVACY_SHOW] = run_show,
	[PRIVACY_VERIFY] = run_verify,
};

static void remove_job(struct privacy *privacy, struct privacy_job *job)
{
	size_t i = 0;

	while (privacy->jobs[i] != job)
		i++;
	privacy->n_jobs--;
	memmove(&privacy->jobs[i], &privacy->jobs[i + 1],
		(privacy->n_jobs - i) * sizeof(privacy->jobs[0]));
	explicit_bzero(job->text, strlen(job->text));
	free(job->event);
	free(job);
}

/* The contact's next job; what is held lets what the user wants pass. */
static struct privacy_job *next_job(const struct privacy_contact *contact)
{
	const struct privacy *privacy = &contact->chatter->privacy;
	bool held = false;

	for (size_t i = 0; i < privacy->n_jobs; i++) {
		struct privacy_job *job = privacy->jobs[i];

		if (job->contact != contact)
			continue;
		held = held || job->held;
		if (!held || job->kind != PRIVACY_HEAR)
			return job;
	}
	return NULL;
}

static void go_on(struct privacy_contact *contact)
{
	struct chatter *chatter = contact->chatter;
	struct privacy_job *job;

	while (contact->label == 0 && !contact->asks_list && (job = next_job(contact)) != NULL) {
		bool was_held = job->held;

		if (runs[job->kind](contact, job))
			remove_job(&chatter->privacy, job);
		else if (was_held || !job->held)
			break;
	}
	chatter_away_go_on(chatter);
}

void chatter_private_go_on(struct chatter *chatter)
{
	for (size_t i = 0; i < chatter->privacy.n_contacts; i++)
		go_on(chatter->privacy.contacts[i]);
}

/* NULL, and says so: there is no room. */
static struct privacy_job *new_job(struct chatter *chatter, enum privacy_kind kind,
				   const char *nick, const char *text, size_t len)
{
	struct privacy *privacy = &chatter->privacy;
	struct privacy_contact *contact = find_contact(chatter, nick);
	struct privacy_job *job = NULL;

	if (contact != NULL && privacy->n_jobs < PRIVACY_MAX_JOBS)
		job = calloc(1, sizeof(*job) + len + 1);
	if (job == NULL) {
		chatter_refuse(chatter, kind == PRIVACY_HEAR || kind == PRIVACY_SHOW
						? "a private message is lost here: too many wait "
						  "to be opened"
						: "this wasn't done: too much is under way");
		return NULL;
	}
	job->kind = kind;
	job->contact = contact;
	memcpy(job->text, text, len);
	privacy->jobs[privacy->n_jobs++] = job;
	return job;
}

bool chatter_private_waits(const struct chatter *chatter, const struct talk_room *room)
{
	const struct privacy *privacy = &chatter->privacy;
	bool held = false;

	for (size_t i = 0; i < privacy->n_jobs && room != NULL; i++) {
		const struct privacy_job *job = privacy->jobs[i];

		if (job->event == NULL || !casemap_equal(job->contact->nick, room->name))
			continue;
		/* What is held until an identity is accepted holds what is heard, and nothing
		 * else. */
		held = held || job->held;
		if (!held || job->kind == PRIVACY_SHOW)
			return true;
	}
	return false;
}

void chatter_private_show(struct chatter *chatter, const struct talk_event *event)
{
	struct talk_event *copy = talk_copy(event);
	struct privacy_job *job =
		copy != NULL ? new_job(chatter, event->sealed != NULL ? PRIVACY_HEAR : PRIVACY_SHOW,
				       event->room->name, "", 0)
			     : NULL;

	if (job == NULL) {
		free(copy);
		return;
	}
	job->event = copy;
	go_on(job->contact);
}

/* ---- for the chatter ---- */

void chatter_private_say(struct chatter *chatter, const struct slash *slash)
{
	struct privacy_job *job =
		new_job(chatter, PRIVACY_SAY, slash->target, slash->text.data, slash->text.len);

	if (job == NULL)
		return;
	job->in_act = slash->in_act;
	go_on(job->contact);
}

void chatter_private_verify(struct chatter *chatter, const char *nick, struct slice group)
{
	struct privacy_job *job = new_job(chatter, PRIVACY_VERIFY, nick, group.data, group.len);

	if (job == NULL)
		return;
	go_on(job->contact);
	/* An accepted identity concerns others' messages, too. */
	chatter_private_go_on(chatter);
}

bool chatter_private_take(struct chatter *chatter, const struct message *message, uint32_t label)
{
	struct privacy_contact *contact = find_asked(chatter, label);

	if (contact == NULL)
		return private_hear(chatter, message);
	take_whois(contact, message);
	return true;
}

void chatter_private_lost(struct chatter *chatter)
{
	struct privacy *privacy = &chatter->privacy;

	for (size_t i = 0; i < privacy->n_contacts; i++) {
		privacy->contacts[i]->label = 0;
		privacy->contacts[i]->asked_s = 0;
		privacy->contacts[i]->asks_list = false;
	}
	for (size_t i = 0; i < privacy->n_jobs;) {
		if (privacy->jobs[i]->event != NULL) {
			i++;
			continue;
		}
		if (privacy->jobs[i]->kind == PRIVACY_SAY)
			chatter_refuse(chatter, "what waited to be encrypted wasn't sent: there is "
						"no connection now");
		remove_job(privacy, privacy->jobs[i]);
	}
	if (privacy->state == PRIVACY_READY)
		privacy->state = PRIVACY_ASKING;
}

void chatter_private_finish(struct chatter *chatter)
{
	struct privacy *privacy = &chatter->privacy;

	while (privacy->n_jobs > 0)
		remove_job(privacy, privacy->jobs[0]);
	while (privacy->n_contacts > 0)
		free(privacy->contacts[--privacy->n_contacts]);
	chatter_keys_close(chatter);
}
