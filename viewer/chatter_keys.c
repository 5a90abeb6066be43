/* SPDX-License-Identifier: MIT */
/* Our own keys: kept on disk, published, looked at again; and comparing fingerprints. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/casemap.h"
#include "viewer/chatter_impl.h"
#include "viewer/face.h"

static void turn_off(struct chatter *chatter, const char *why)
{
	struct privacy *privacy = &chatter->privacy;

	privacy->state = PRIVACY_OFF;
	snprintf(privacy->why, sizeof(privacy->why), "%s", why);
}

/* The same, which the user doesn't expect. */
static void give_up(struct chatter *chatter, const char *why)
{
	char sentence[SECRECY_SENTENCE + 64];

	turn_off(chatter, why);
	snprintf(sentence, sizeof(sentence), "private messages can't be encrypted: %s", why);
	chatter->face->type->notice(chatter->face, sentence, false);
}

bool chatter_keys_begin(struct chatter *chatter)
{
	struct privacy *privacy = &chatter->privacy;
	char why[SECRECY_SENTENCE];
	int error = keychain_begin(&privacy->keychain);

	if (error == 0)
		return true;
	snprintf(why, sizeof(why), "your keys can't be read in %.200s: %s",
		 privacy->keychain.folder,
		 error == -EBADMSG ? "they are damaged" : strerror(-error));
	give_up(chatter, why);
	return false;
}

bool chatter_keys_end(struct chatter *chatter)
{
	struct privacy *privacy = &chatter->privacy;
	char why[SECRECY_SENTENCE];
	int error = keychain_end(&privacy->keychain);

	if (error == 0)
		return true;
	snprintf(why, sizeof(why), "your keys can't be written in %.200s: %s",
		 privacy->keychain.folder, strerror(-error));
	give_up(chatter, why);
	return false;
}

/* ---- our own list ---- */

static struct secrecy_peer *own_peer(struct chatter *chatter)
{
	struct secrecy *secrecy = &chatter->privacy.keychain.secrecy;

	return secrecy_peer(secrecy, secrecy->account);
}

static void take_own_list(struct chatter *chatter, const char *value);

static void published(void *context, int error, const char *value)
{
	struct chatter *chatter = context;
	char why[SECRECY_SENTENCE];

	(void)value;
	if (error == -ECONNRESET || chatter->privacy.state != PRIVACY_ASKING)
		return;
	if (error == 0) {
		take_own_list(chatter, chatter->privacy.list);
	} else {
		snprintf(why, sizeof(why), "the server doesn't take your device list: %s",
			 strerror(-error));
		give_up(chatter, why);
		chatter_private_go_on(chatter);
	}
}

/* Why there is no list of ours that is good. */
static void explain_own(struct chatter *chatter, int error)
{
	struct secrecy *secrecy = &chatter->privacy.keychain.secrecy;
	char why[SECRECY_SENTENCE];

	if (error == -EKEYREJECTED)
		snprintf(why, sizeof(why),
			 "your account has the identity of another device; copy its file "
			 "\"identity\" into "
			 "%.150s, or give it up: /verify %.64s",
			 chatter->privacy.keychain.folder, secrecy->account);
	else
		secrecy_explain(own_peer(chatter), error, why);
	give_up(chatter, why);
}

/* value: what the directory says; NULL: it isn't asked. */
static void take_own_list(struct chatter *chatter, const char *value)
{
	struct privacy *privacy = &chatter->privacy;
	struct secrecy *secrecy = &privacy->keychain.secrecy;
	int64_t now_s = time(NULL);
	int result;

	if (!chatter_keys_begin(chatter)) {
		chatter_private_go_on(chatter);
		return;
	}
	if (value != NULL)
		secrecy_take_list(secrecy, own_peer(chatter), slice_from(value), now_s);
	result = secrecy_renew(secrecy, now_s, privacy->list);
	/* Nothing is published that isn't kept. */
	if (!chatter_keys_end(chatter)) {
		result = 0;
	} else if (result > 0) {
		result = metadata_set(&chatter->asked, &chatter->link, PRIVACY_KEY, privacy->list,
				      published, chatter);
	} else if (result == 0) {
		privacy->state = PRIVACY_READY;
	}
	if (result < 0)
		explain_own(chatter, result);
	if (privacy->state != PRIVACY_ASKING)
		chatter_private_go_on(chatter);
}

static void got_own_list(void *context, int error, const char *value)
{
	struct chatter *chatter = context;

	if (error == -ECONNRESET || chatter->privacy.state != PRIVACY_ASKING)
		return;
	if (error == 0 || error == -ENOENT) {
		take_own_list(chatter, error == 0 && value != NULL ? value : "");
	} else {
		give_up(chatter, "the server doesn't tell your device list");
		chatter_private_go_on(chatter);
	}
}

static void ask_own_list(struct chatter *chatter)
{
	chatter->privacy.state = PRIVACY_ASKING;
	if (metadata_get(&chatter->asked, &chatter->link, "*", PRIVACY_KEY, got_own_list, chatter) <
	    0)
		turn_off(chatter, "too much is under way");
}

bool chatter_keys_ready(struct chatter *chatter)
{
	struct privacy *privacy = &chatter->privacy;

	if (privacy->state == PRIVACY_READY &&
	    time(NULL) - own_peer(chatter)->asked_s >= SECRECY_FRESH_S)
		ask_own_list(chatter);
	return privacy->state == PRIVACY_READY;
}

bool chatter_keys_refresh(struct chatter *chatter)
{
	if (chatter->privacy.state == PRIVACY_READY)
		ask_own_list(chatter);
	return chatter->privacy.state == PRIVACY_ASKING;
}

/* ---- with which account ---- */

static bool open_keychain(struct chatter *chatter, const char *account)
{
	struct privacy *privacy = &chatter->privacy;
	const struct chatter_options *options = chatter->options;
	char server[sizeof(options->host) + sizeof(options->port) + 1], why[SECRECY_SENTENCE];
	int error;

	if (privacy->is_open && casemap_equal(privacy->keychain.secrecy.account, account))
		return true;
	chatter_keys_close(chatter);
	for (size_t i = 0; i < sizeof(options->host); i++)
		server[i] = casemap_fold(options->host[i]);
	snprintf(server + strlen(server), sizeof(server) - strlen(server), ":%s", options->port);
	error = keychain_open(&privacy->keychain, server, account);
	privacy->is_open = error == 0;
	/* Whatever the server can: with whom it was encrypted has to be known. */
	if (error == 0)
		return chatter_keys_begin(chatter) && chatter_keys_end(chatter);
	snprintf(why, sizeof(why), "your keys in %.200s: %s", privacy->keychain.folder,
		 error == -EBUSY ? "four clients use them already" : strerror(-error));
	give_up(chatter, why);
	return false;
}

void chatter_keys_up(struct chatter *chatter)
{
	const unsigned needed = LINK_CAP_BATCH | LINK_CAP_LABELS | LINK_CAP_METADATA |
				LINK_CAP_ACCOUNT_TAG | LINK_CAP_ECHO | LINK_CAP_TAGS;
	const char *account = chatter->link_options.account;

	if (!chatter->options->encrypt)
		turn_off(chatter, "that is turned off (--no-encrypt)");
	else if (account == NULL)
		turn_off(chatter, "you aren't logged in to an account");
	else if (!open_keychain(chatter, account))
		return;
	else if ((chatter->link.caps & needed) != needed)
		turn_off(chatter, "this server lacks what is needed for it");
	else
		ask_own_list(chatter);
}

bool chatter_keys_unread(const struct chatter *chatter)
{
	const struct privacy *privacy = &chatter->privacy;

	return chatter->link_options.account != NULL &&
	       !(privacy->is_open && privacy->keychain.loaded);
}

void chatter_keys_tend(struct chatter *chatter)
{
	if (chatter->privacy.state == PRIVACY_READY &&
	    time(NULL) - own_peer(chatter)->asked_s >= SECRECY_DAY_S)
		ask_own_list(chatter);
}

void chatter_keys_off(struct chatter *chatter, const char *why)
{
	if (chatter->privacy.is_open)
		turn_off(chatter, why);
}

void chatter_keys_close(struct chatter *chatter)
{
	if (chatter->privacy.is_open)
		keychain_close(&chatter->privacy.keychain);
	chatter->privacy.is_open = false;
}

/* ---- fingerprints ---- */

static void say_fingerprint(struct chatter *chatter, const char *whose, const uint8_t *identity,
			    const char *account, const char *more)
{
	char fingerprint[DEVICE_LIST_FINGERPRINT], line[SECRECY_SENTENCE];

	device_list_fingerprint(identity, account, fingerprint);
	snprintf(line, sizeof(line), "%s %.64s: %s%s", whose, account, fingerprint, more);
	chatter->face->type->notice(chatter->face, line, false);
}

static void show_other(struct chatter *chatter, const struct secrecy_peer *peer, const char *nick)
{
	char line[SECRECY_SENTENCE];

	if (peer->error == -EKEYREJECTED && peer->known)
		say_fingerprint(chatter, "before, the identity of", peer->identity, peer->name,
				peer->compared ? " (compared)" : " (not compared)");
	if (peer->error == -EKEYREJECTED)
		say_fingerprint(chatter, "NOW THE IDENTITY OF", peer->other.identity, peer->name,
				" (not accepted)");
	else if (peer->known)
		say_fingerprint(chatter, "the identity of", peer->identity, peer->name,
				peer->compared ? " (compared)" : " (not compared)");
	if (peer->error != 0) {
		secrecy_explain(peer, peer->error, line);
		chatter->face->type->notice(chatter->face, line, false);
	}
	if (peer->error != -EKEYREJECTED && (!peer->known || peer->compared))
		return;
	snprintf(line, sizeof(line),
		 "compare them where nobody is in between; if %s sees the same, type its last five "
		 "digits: /verify %s "
		 "accept DIGITS",
		 nick, nick);
	chatter->face->type->notice(chatter->face, line, false);
}

static void show_own(struct chatter *chatter, const struct secrecy_peer *own)
{
	char line[SECRECY_SENTENCE];

	if (own->error == -EKEYREJECTED) {
		say_fingerprint(chatter, "in the directory, the identity of", own->other.identity,
				own->name, "");
		snprintf(line, sizeof(line),
			 "to put yours in its place, which all others have to accept, type your "
			 "last five digits: "
			 "/verify %s accept DIGITS",
			 own->name);
	} else {
		snprintf(line, sizeof(line), "%zu device%s of yours %s listed", own->list.n,
			 own->list.n == 1 ? "" : "s", own->list.n == 1 ? "is" : "are");
	}
	chatter->face->type->notice(chatter->face, line, false);
}

/* Whether it is accepted. */
static bool take_over(struct chatter *chatter, struct secrecy_peer *peer, const char *group)
{
	struct secrecy *secrecy = &chatter->privacy.keychain.secrecy;
	char line[SECRECY_SENTENCE];
	int error;

	if (!chatter_keys_begin(chatter))
		return false;
	error = secrecy_accept(secrecy, peer, group, time(NULL));
	if (!chatter_keys_end(chatter))
		return false;
	if (error < 0) {
		chatter_refuse(chatter,
			       error == -EINVAL ? "these aren't the last five digits of that "
						  "fingerprint; nothing was "
						  "accepted"
			       : error == -ESTALE
				       ? "this fingerprint wasn't shown, or is another "
					 "one since; nothing was accepted: /verify shows it"
				       : "there is no identity that could be accepted");
		return false;
	}
	snprintf(line, sizeof(line), "the identity of %s is accepted", peer->name);
	chatter->face->type->notice(chatter->face, line, false);
	/* What waited for that. */
	for (size_t i = 0; i < chatter->privacy.n_jobs; i++)
		chatter->privacy.jobs[i]->held = false;
	if (!secrecy_is_own(secrecy, peer))
		return true;
	chatter->privacy.state = PRIVACY_ASKING;
	take_own_list(chatter, NULL);
	return true;
}

bool chatter_keys_verify(struct chatter *chatter, struct secrecy_peer *peer, const char *nick,
			 const char *group)
{
	struct secrecy *secrecy = &chatter->privacy.keychain.secrecy;

	if (*group != '\0')
		return take_over(chatter, peer, group);
	secrecy_show(secrecy, peer);
	if (secrecy->has_identity)
		say_fingerprint(chatter, "your identity as", secrecy->identity, secrecy->account,
				"");
	if (secrecy_is_own(secrecy, peer))
		show_own(chatter, peer);
	else
		show_other(chatter, peer, nick);
	return false;
}
