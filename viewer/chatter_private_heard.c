/* SPDX-License-Identifier: MIT */
/* What one person says to us: opened, if it is encrypted; what shouldn't be in plain is noticed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "common/casemap.h"
#include "viewer/chatter_private_impl.h"
#include "viewer/face.h"

enum { LINE_SIZE = MESSAGE_MAX_TAGS + MESSAGE_MAX_LINE };

static bool is_own(const struct chatter *chatter, const struct message *message)
{
	size_t len = strcspn(message->source, "!");

	return len == strlen(chatter->link.nick) &&
	       strncasecmp(message->source, chatter->link.nick, len) == 0;
}

/* By which account a message is, and with which one it belongs to a conversation. NULL: that isn't
 * known (yet). */
static struct secrecy_peer *peer_of_message(struct privacy_contact *contact,
					    const struct message *message, bool own)
{
	struct secrecy *secrecy = &contact->chatter->privacy.keychain.secrecy;
	char account[ACCOUNT_NAME_SIZE + 8] = "";

	if (own)
		return private_peer_of(contact);
	if (!message_tag(message, "account", account, sizeof(account)) ||
	    !account_name_valid(account))
		return NULL;
	strcpy(contact->account, account); /* a valid name fits */
	contact->asked_s = time(NULL);
	return secrecy_peer(secrecy, account);
}

void private_show(struct privacy_contact *contact, const struct talk_event *event)
{
	struct talk_event shown = *event;

	/* The room may have been closed meanwhile. */
	shown.room = talk_open(&contact->chatter->talk, contact->nick);
	if (shown.room != NULL)
		chatter_past_show(contact->chatter, &shown);
}

static void tell_opened(struct privacy_contact *contact, const struct privacy_job *job,
			const struct secrecy_opened *opened, enum secrecy_result result)
{
	struct chatter *chatter = contact->chatter;
	char text[TALK_TEXT_SIZE];

	if (result == SECRECY_TEXT) {
		struct talk_event event = *job->event;

		talk_clean(slice_from(opened->text), text, sizeof(text));
		event.kind = opened->kind == ENVELOPE_ACTION ? TALK_ACTION : TALK_MESSAGE;
		event.text = text;
		event.sealed = NULL;
		event.secret = true;
		private_show(contact, &event);
	}
	if (*opened->sentence != '\0' && opened->harmless)
		chatter->face->type->notice(chatter->face, opened->sentence, false);
	else if (*opened->sentence != '\0')
		chatter_refuse(chatter, opened->sentence);
}

/* What was said before this device was there. */
static void tell_foreign(struct privacy_contact *contact)
{
	if (!contact->told_foreign)
		private_say_notice(contact->chatter, contact->nick,
				   "what was encrypted for other devices than this one can't be "
				   "read here");
	contact->told_foreign = true;
}

/* Somebody's nick needn't be his account, and people look at the nick. */
static bool is_misnamed(struct privacy_contact *contact, const struct secrecy_peer *peer)
{
	char text[SECRECY_SENTENCE];

	if (casemap_equal(contact->nick, peer->name))
		return false;
	if (private_is_taken_over(contact)) {
		snprintf(text, sizeof(text),
			 "an encrypted message with the nick %.64s is by the account %.64s, and "
			 "isn't shown",
			 contact->nick, peer->name);
		chatter_refuse(contact->chatter, text);
		return true;
	}
	if (strcmp(contact->told_account, peer->name) != 0) {
		snprintf(text, sizeof(text), "writes with the account %.64s", peer->name);
		private_say_notice(contact->chatter, contact->nick, text);
	}
	strcpy(contact->told_account, peer->name);
	return false;
}

static enum secrecy_result open_envelope(struct privacy_contact *contact,
					 const struct privacy_job *job,
					 const struct message *message, struct secrecy_peer *peer,
					 bool own, struct secrecy_opened *ret_opened)
{
	struct secrecy *secrecy = &contact->chatter->privacy.keychain.secrecy;
	char encoded[ENVELOPE_ENCODED + 8] = "";
	const struct secrecy_way way = {
		.time_ms = job->event->time_ms,
		.own = own,
		.past = job->event->when != TALK_NOW,
		.fresh = job->asked,
	};
	enum secrecy_result result;

	message_tag(message, PRIVACY_TAG, encoded, sizeof(encoded));
	if (!chatter_keys_begin(contact->chatter))
		return SECRECY_REFUSED;
	result = secrecy_open(secrecy, peer, &way, slice_from(encoded), time(NULL), ret_opened);
	/* What isn't kept would be taken a second time. */
	return chatter_keys_end(contact->chatter) ? result : SECRECY_REFUSED;
}

static size_t count_held(const struct privacy *privacy)
{
	size_t n = 0;

	for (size_t i = 0; i < privacy->n_jobs; i++)
		n += privacy->jobs[i]->held;
	return n;
}

bool private_run_hear(struct privacy_contact *contact, struct privacy_job *job)
{
	struct chatter *chatter = contact->chatter;
	struct secrecy_opened opened = {.len = 0};
	struct secrecy_peer *peer;
	struct message message;
	char line[LINE_SIZE], text[SECRECY_SENTENCE];
	bool own;

	if (job->held || chatter->privacy.state == PRIVACY_ASKING)
		return false;
	snprintf(line, sizeof(line), "%s", job->event->sealed);
	if (message_parse(line, strlen(line), &message) < 0)
		return true;
	own = is_own(chatter, &message);
	peer = peer_of_message(contact, &message, own);
	if (peer == NULL && own && !job->asked && contact->asked_s == 0 &&
	    private_ask_account(contact))
		return false;
	if (peer == NULL) {
		snprintf(
			text, sizeof(text),
			"an encrypted message of %.64s comes without an account, and can't be read",
			contact->nick);
		chatter_refuse(chatter, text);
		return true;
	}
	if (!own && is_misnamed(contact, peer))
		return true;
	switch (open_envelope(contact, job, &message, peer, own, &opened)) {
	case SECRECY_UNKNOWN:
		job->asked = true;
		if (own ? chatter_keys_refresh(chatter) : private_ask_list(contact))
			return false;
		return private_run_hear(contact, job);
	case SECRECY_HELD:
		if (count_held(&chatter->privacy) >= PRIVACY_MAX_HELD) {
			chatter_refuse(chatter, "an encrypted message is lost here: too many wait "
						"for an identity to be accepted");
			return true;
		}
		job->held = true;
		secrecy_explain(own ? secrecy_peer(&chatter->privacy.keychain.secrecy,
						   chatter->privacy.keychain.secrecy.account)
				    : peer,
				-EKEYREJECTED, text);
		chatter_refuse(chatter, text);
		return false;
	case SECRECY_TEXT:
		if (!own && *contact->locked == '\0')
			strcpy(contact->locked, peer->name);
		tell_opened(contact, job, &opened, SECRECY_TEXT);
		return true;
	case SECRECY_FOREIGN:
		tell_foreign(contact);
		return true;
	default:
		tell_opened(contact, job, &opened, SECRECY_REFUSED);
		return true;
	}
}

/* Something in plain, or without what was encrypted, where that should be otherwise. */
static bool take_plain(struct chatter *chatter, const struct message *message, const char *nick)
{
	char account[PRIVACY_NAME_SIZE] = "", text[SECRECY_SENTENCE];
	const struct secrecy *secrecy = &chatter->privacy.keychain.secrecy;
	const struct privacy_contact *contact = private_find(chatter, nick);
	const struct secrecy_peer *peer;

	if (strcmp(message->parameters[1], PRIVACY_BODY) == 0) {
		snprintf(text, sizeof(text),
			 "an encrypted message of %.64s came without its envelope: nothing is left "
			 "to read",
			 nick);
		chatter_refuse(chatter, text);
		return true;
	}
	/* Earlier it may have been like that. */
	if (talk_is_past(&chatter->talk, message))
		return false;
	if (!chatter->privacy.is_open)
		return false;
	/* People look at the nick, and the account is the server's word. */
	if (!message_tag(message, "account", account, sizeof(account)))
		snprintf(account, sizeof(account), "%s",
			 contact != NULL && *contact->locked != '\0' ? contact->locked : nick);
	peer = secrecy_find(secrecy, account);
	if (peer == NULL || !peer->encrypts)
		peer = secrecy_find(secrecy, nick);
	if (peer != NULL && peer->encrypts) {
		snprintf(text, sizeof(text),
			 "what %.64s says now isn't encrypted, as it was before", nick);
		chatter->face->type->notice(chatter->face, text, true);
	}
	return false;
}

bool private_hear(struct chatter *chatter, const struct message *message)
{
	bool own = is_own(chatter, message);
	struct slice who = {message->source, strcspn(message->source, "!")};
	char nick[PRIVACY_NAME_SIZE], mark[8], line[LINE_SIZE];
	int len;

	if (strcmp(message->command, "PRIVMSG") != 0 || message->n_parameters < 2 ||
	    talk_is_room(&chatter->talk, message->parameters[0]) ||
	    strchr(message->source, '!') == NULL)
		return false;
	if (slice_copy(own ? slice_from(message->parameters[0]) : who, nick, sizeof(nick)) < 0)
		return false;
	if (!message_tag(message, PRIVACY_TAG, mark, sizeof(mark)))
		return !own && take_plain(chatter, message, nick);
	if (!chatter->privacy.is_open)
		return false;
	len = snprintf(line, sizeof(line), "@%s :%s %s %s :%s", message->tags, message->source,
		       message->command, message->parameters[0], message->parameters[1]);
	if (len < (int)sizeof(line))
		talk_take_sealed(&chatter->talk, message, line);
	return true;
}
