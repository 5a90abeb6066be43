/* SPDX-License-Identifier: MIT */
/* What is said to one person: encrypted, if both can, and plain only where that is no surprise. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/casemap.h"
#include "viewer/chatter_private_impl.h"

static void send_plain(struct privacy_contact *contact, const struct privacy_job *job,
		       const char *why)
{
	struct chatter *chatter = contact->chatter;
	struct slash slash = {
		.action = SLASH_SAY, .in_act = job->in_act, .text = slice_from(job->text)};
	char text[SECRECY_SENTENCE + 32];

	if (!contact->told_plain) {
		snprintf(text, sizeof(text), "not encrypted: %s", why);
		private_say_notice(chatter, contact->nick, text);
	}
	contact->told_plain = true;
	contact->told_locked = false;
	snprintf(slash.target, sizeof(slash.target), "%s", contact->nick);
	snprintf(slash.deed, sizeof(slash.deed), "write to %s", contact->nick);
	chatter_say_plain(chatter, &slash);
}

static void refuse_to_say(struct privacy_contact *contact, const char *why)
{
	char text[2 * SECRECY_SENTENCE];

	snprintf(text, sizeof(text),
		 "this wasn't sent to %.64s, and nothing is sent in plain where it was encrypted: "
		 "%s",
		 contact->nick, why);
	chatter_refuse(contact->chatter, text);
}

static void send_envelopes(struct privacy_contact *contact, const struct privacy_job *job,
			   char (*envelopes)[ENVELOPE_ENCODED], unsigned n)
{
	struct chatter *chatter = contact->chatter;
	struct slash slash = {.action = SLASH_SAY, .in_act = job->in_act};
	char tags[sizeof(PRIVACY_TAG) + ENVELOPE_ENCODED], line[MESSAGE_MAX_LINE];
	struct message_writer writer;
	uint32_t label = 0;
	size_t len;
	int error = 0;

	message_writer_init(&writer, line, sizeof(line));
	message_write_command(&writer, NULL, "PRIVMSG");
	message_write_word(&writer, contact->nick);
	message_write_text(&writer, PRIVACY_BODY);
	len = message_write_end(&writer);
	for (unsigned i = 0; i < n && error == 0; i++) {
		snprintf(tags, sizeof(tags), PRIVACY_TAG "=%s", envelopes[i]);
		error = link_send_tagged(&chatter->link, tags, line, len, &label);
	}
	if (error < 0) {
		chatter_refuse(chatter, error == -ENOTCONN
						? "this wasn't sent: there is no connection now"
						: "this wasn't sent: too much is under way");
		return;
	}
	snprintf(slash.target, sizeof(slash.target), "%s", contact->nick);
	snprintf(slash.deed, sizeof(slash.deed), "write to %s", contact->nick);
	slash.said = slice_from(job->text);
	chatter_past_typed(chatter, &slash, label);
}

static void seal(struct privacy_contact *contact, const struct privacy_job *job,
		 struct secrecy_peer *peer)
{
	struct chatter *chatter = contact->chatter;
	struct secrecy *secrecy = &chatter->privacy.keychain.secrecy;
	char envelopes[ENVELOPE_MAX_PARTS][ENVELOPE_ENCODED], text[SECRECY_SENTENCE];
	unsigned n = secrecy_parts_of(strlen(job->text));
	struct timespec now;
	int error = 0;

	clock_gettime(CLOCK_REALTIME, &now);
	if (n == 0) {
		chatter_refuse(chatter, "this wasn't sent: it is too long");
		return;
	}
	if (!chatter_keys_begin(chatter)) {
		refuse_to_say(contact, chatter->privacy.why);
		return;
	}
	/* Another client of ours may just have accepted another identity. */
	if (peer->error != 0 || secrecy_peer(secrecy, secrecy->account)->error != 0) {
		chatter_keys_end(chatter);
		refuse_to_say(contact, "another identity was accepted just now; say it again");
		return;
	}
	for (unsigned i = 0; i < n && error == 0; i++)
		error = secrecy_seal(secrecy, peer, job->in_act ? ENVELOPE_ACTION : ENVELOPE_SAID,
				     slice_from(job->text), i + 1,
				     (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000,
				     envelopes[i]);
	if (!chatter_keys_end(chatter)) {
		refuse_to_say(contact, chatter->privacy.why);
	} else if (error < 0) {
		refuse_to_say(contact, "one of the devices has no usable key");
	} else {
		if (!contact->told_locked) {
			snprintf(text, sizeof(text), "encrypted for the account %s", peer->name);
			private_say_notice(chatter, contact->nick, text);
		}
		contact->told_locked = true;
		contact->told_plain = false;
		strcpy(contact->locked, peer->name);
		send_envelopes(contact, job, envelopes, n);
	}
}

/* Whether the nick is the name of an account that we encrypt with, and now is somebody else's. */
bool private_is_taken_over(struct privacy_contact *contact)
{
	const struct secrecy_peer *peer =
		secrecy_find(&contact->chatter->privacy.keychain.secrecy, contact->nick);

	return peer != NULL && peer->known && !casemap_equal(contact->nick, contact->account);
}

/* The server says now that the nick belongs to somebody else than the one with whom it was
 * encrypted. */
static bool is_exchanged(const struct privacy_contact *contact, char why[SECRECY_SENTENCE])
{
	if (*contact->locked == '\0' || casemap_equal(contact->locked, contact->account))
		return false;
	if (*contact->account == '\0')
		snprintf(why, SECRECY_SENTENCE,
			 "that nick has no account now, and had the account %.64s",
			 contact->locked);
	else
		snprintf(why, SECRECY_SENTENCE,
			 "that nick has the account %.64s now, and had %.64s; if that is right, "
			 "accept it by /verify",
			 contact->account, contact->locked);
	return true;
}

/* Where it was encrypted before. Another identity stops even what wasn't: the peer's, or that of
 * our own account. */
static bool must_encrypt(struct privacy_contact *contact, const struct secrecy_peer *peer)
{
	struct secrecy *secrecy = &contact->chatter->privacy.keychain.secrecy;
	const struct secrecy_peer *own = secrecy_peer(secrecy, secrecy->account);

	return (peer != NULL &&
		(peer->encrypts || peer->compared || peer->error == -EKEYREJECTED)) ||
	       (own != NULL && own->error == -EKEYREJECTED);
}

/* Whether it is done; false: it waits. */
bool private_run_say(struct privacy_contact *contact, struct privacy_job *job)
{
	struct chatter *chatter = contact->chatter;
	struct privacy *privacy = &chatter->privacy;
	struct secrecy_peer *peer;
	char why[SECRECY_SENTENCE];
	int64_t now_s = time(NULL);

	if (chatter->link.state != LINK_UP) {
		chatter_refuse(chatter, "this wasn't sent: there is no connection now");
		return true;
	}
	/* What other clients of ours have encrypted and accepted counts, too. */
	if (privacy->is_open && chatter_keys_begin(chatter))
		chatter_keys_end(chatter);
	if (privacy->is_open && !chatter_keys_ready(chatter) && privacy->state == PRIVACY_ASKING)
		return false;
	if (chatter_keys_unread(chatter)) {
		refuse_to_say(contact, privacy->why);
		return true;
	}
	if (!privacy->is_open) {
		send_plain(contact, job, privacy->why);
		return true;
	}
	if (now_s - contact->asked_s >= SECRECY_FRESH_S && !job->asked) {
		if (private_ask_account(contact))
			return false;
		refuse_to_say(contact, "too much is under way");
		return true;
	}
	if (private_is_taken_over(contact)) {
		refuse_to_say(contact, "that nick isn't logged in to its account now");
		return true;
	}
	if (is_exchanged(contact, why)) {
		refuse_to_say(contact, why);
		return true;
	}
	peer = private_peer_of(contact);
	if (peer == NULL && *contact->account != '\0') {
		refuse_to_say(contact, "too many accounts are known already");
		return true;
	}
	if (peer != NULL && privacy->state == PRIVACY_READY &&
	    now_s - peer->asked_s >= SECRECY_FRESH_S) {
		if (!job->asked && private_ask_list(contact)) {
			job->asked = true;
			return false;
		}
		refuse_to_say(contact, "the server doesn't tell his keys now");
		return true;
	}
	if (privacy->state != PRIVACY_READY)
		snprintf(why, sizeof(why), "%s", privacy->why);
	else if (peer == NULL)
		snprintf(why, sizeof(why), "there is no account behind that nick");
	else if (peer->error != 0)
		secrecy_explain(peer, peer->error, why);
	else {
		seal(contact, job, peer);
		return true;
	}
	if (must_encrypt(contact, peer))
		refuse_to_say(contact, why);
	else
		send_plain(contact, job, why);
	return true;
}
