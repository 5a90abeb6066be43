/* SPDX-License-Identifier: MIT */
/* What is known of accounts and their devices; our own key, and the list that is published. */
#include "viewer/secrecy.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void secrecy_init(struct secrecy *secrecy, const char *account)
{
	*secrecy = (struct secrecy){.changed = false};
	account_name_write(account, secrecy->account);
}

static void wipe_parts(struct secrecy_parts *parts)
{
	if (parts->data != NULL)
		sodium_memzero(parts->data, SECRECY_MAX_TEXT);
	free(parts->data);
}

void secrecy_finish(struct secrecy *secrecy)
{
	for (size_t i = 0; i < secrecy->n_peers; i++) {
		wipe_parts(&secrecy->peers[i]->theirs.parts);
		wipe_parts(&secrecy->peers[i]->ours.parts);
		free(secrecy->peers[i]);
	}
	sodium_memzero(secrecy, sizeof(*secrecy));
}

struct secrecy_peer *secrecy_find(const struct secrecy *secrecy, const char *account)
{
	char name[ACCOUNT_NAME_SIZE];

	if (!account_name_valid(account))
		return NULL;
	account_name_write(account, name);
	for (size_t i = 0; i < secrecy->n_peers; i++) {
		if (strcmp(secrecy->peers[i]->name, name) == 0)
			return secrecy->peers[i];
	}
	return NULL;
}

struct secrecy_peer *secrecy_peer(struct secrecy *secrecy, const char *account)
{
	struct secrecy_peer *peer = secrecy_find(secrecy, account);

	if (peer != NULL || !account_name_valid(account))
		return peer;
	peer = secrecy->n_peers < SECRECY_MAX_PEERS ? calloc(1, sizeof(*peer)) : NULL;
	if (peer == NULL)
		return NULL;
	account_name_write(account, peer->name);
	peer->error = -ENOKEY;
	secrecy->peers[secrecy->n_peers++] = peer;
	return peer;
}

bool secrecy_is_own(const struct secrecy *secrecy, const struct secrecy_peer *peer)
{
	return strcmp(secrecy->account, peer->name) == 0;
}

void secrecy_set_identity(struct secrecy *secrecy, const uint8_t seed[DEVICE_LIST_SEED])
{
	memcpy(secrecy->seed, seed, DEVICE_LIST_SEED);
	device_list_identity(seed, secrecy->identity);
	secrecy->has_identity = true;
}

/* ---- others' devices ---- */

static struct secrecy_device *find_device(struct secrecy_peer *peer, const uint8_t key[DEVICE_KEY])
{
	for (size_t i = 0; i < peer->n_devices; i++) {
		if (memcmp(peer->devices[i].key, key, DEVICE_KEY) == 0)
			return &peer->devices[i];
	}
	return NULL;
}

/* The one that wasn't seen for longest makes room. */
static struct secrecy_device *add_device(struct secrecy_peer *peer, const uint8_t key[DEVICE_KEY],
					 int64_t now_s)
{
	struct secrecy_device *device = &peer->devices[0];

	if (peer->n_devices < SECRECY_MAX_DEVICES) {
		device = &peer->devices[peer->n_devices++];
	} else {
		for (size_t i = 1; i < peer->n_devices; i++) {
			if (peer->devices[i].last_s < device->last_s)
				device = &peer->devices[i];
		}
	}
	*device = (struct secrecy_device){.first_s = now_s};
	memcpy(device->key, key, DEVICE_KEY);
	return device;
}

static void forget_former(struct secrecy_peer *peer, int64_t now_s)
{
	for (size_t i = 0; i < peer->n_devices;) {
		if (now_s - peer->devices[i].last_s >= SECRECY_KEEP_S)
			peer->devices[i] = peer->devices[--peer->n_devices];
		else
			i++;
	}
}

static void note_devices(struct secrecy_peer *peer, const struct device_list *list, int64_t now_s)
{
	forget_former(peer, now_s);
	for (size_t i = 0; i < list->n; i++) {
		struct secrecy_device *device = find_device(peer, list->devices[i]);

		if (device == NULL)
			device = add_device(peer, list->devices[i], now_s);
		device->last_s = now_s;
	}
}

/* ---- lists ---- */

/* Believes it. */
static void take(struct secrecy *secrecy, struct secrecy_peer *peer, const struct device_list *list,
		 const uint8_t digest[ENVELOPE_HASH], int64_t now_s)
{
	if (!peer->known || memcmp(peer->identity, list->identity, DEVICE_KEY) != 0) {
		peer->since_s = now_s;
		peer->compared = false;
		peer->n_devices = 0;
	}
	peer->known = true;
	memcpy(peer->identity, list->identity, DEVICE_KEY);
	peer->version = list->version;
	memcpy(peer->digest, digest, ENVELOPE_HASH);
	peer->list = *list;
	note_devices(peer, list, now_s);
	secrecy->changed = true;
}

static int judge(struct secrecy *secrecy, struct secrecy_peer *peer, const struct device_list *list,
		 const uint8_t digest[ENVELOPE_HASH], int64_t now_s)
{
	bool own = secrecy_is_own(secrecy, peer);
	bool has = own ? secrecy->has_identity : peer->known;
	const uint8_t *identity = own ? secrecy->identity : peer->identity;

	/* Without an identity of our own, what somebody has published for us isn't believed. */
	if (has ? memcmp(identity, list->identity, DEVICE_KEY) != 0 : own) {
		peer->other = *list;
		memcpy(peer->other_digest, digest, ENVELOPE_HASH);
		return -EKEYREJECTED;
	}
	if (peer->known &&
	    (list->version < peer->version ||
	     (list->version == peer->version && memcmp(digest, peer->digest, ENVELOPE_HASH) != 0)))
		return -ESTALE;
	take(secrecy, peer, list, digest, now_s);
	return now_s >= (int64_t)list->expiry_s ? -EKEYEXPIRED : 0;
}

int secrecy_take_list(struct secrecy *secrecy, struct secrecy_peer *peer, struct slice text,
		      int64_t now_s)
{
	uint8_t digest[ENVELOPE_HASH];
	struct device_list list;

	peer->asked_s = now_s;
	if (text.len == 0) {
		peer->error = -ENOKEY;
	} else if (device_list_read(text, peer->name, &list) < 0) {
		peer->error = -EBADMSG;
	} else {
		crypto_generichash(digest, sizeof(digest), (const uint8_t *)text.data, text.len,
				   NULL, 0);
		peer->error = judge(secrecy, peer, &list, digest, now_s);
	}
	return peer->error;
}

static const struct {
	int error;
	const char *before, *after; /* the account's name */
} reasons[] = {
	{-ENOKEY, "", " has no keys"},
	{-EBADMSG, "the device list of ", " isn't signed for that account, or was changed"},
	{-EKEYREJECTED, "the identity of ",
	 " has changed: somebody may be in between; /verify shows both fingerprints"},
	{-ESTALE, "the device list of ",
	 " is an older one than before: the server has put it back"},
	{-EKEYEXPIRED, "the device list of ",
	 " has ended; it is renewed when a device of that account comes again"},
	{-ENOSPC, "",
	 " has as many devices as there can be; one that doesn't come any more goes after four "
	 "weeks"},
};

void secrecy_explain(const struct secrecy_peer *peer, int error,
		     char ret_sentence[SECRECY_SENTENCE])
{
	snprintf(ret_sentence, SECRECY_SENTENCE, "%s", strerror(-error));
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].error == error)
			snprintf(ret_sentence, SECRECY_SENTENCE, "%s%s%s", reasons[i].before,
				 peer->name, reasons[i].after);
	}
}

static bool is_last_group(const uint8_t identity[DEVICE_KEY], const char *account,
			  const char *group)
{
	char fingerprint[DEVICE_LIST_FINGERPRINT];

	device_list_fingerprint(identity, account, fingerprint);
	return strcmp(fingerprint + DEVICE_LIST_FINGERPRINT - SECRECY_GROUP, group) == 0;
}

static const uint8_t *offered_identity(const struct secrecy *secrecy,
				       const struct secrecy_peer *peer)
{
	if (secrecy_is_own(secrecy, peer))
		return secrecy->has_identity ? secrecy->identity : NULL;
	if (peer->error == -EKEYREJECTED)
		return peer->other.identity;
	return peer->known ? peer->identity : NULL;
}

const uint8_t *secrecy_show(const struct secrecy *secrecy, struct secrecy_peer *peer)
{
	const uint8_t *identity = offered_identity(secrecy, peer);

	peer->shown = identity != NULL;
	if (peer->shown)
		memcpy(peer->shown_identity, identity, DEVICE_KEY);
	return identity;
}

int secrecy_accept(struct secrecy *secrecy, struct secrecy_peer *peer, const char *group,
		   int64_t now_s)
{
	bool own = secrecy_is_own(secrecy, peer), changed = peer->error == -EKEYREJECTED;
	const uint8_t *identity = offered_identity(secrecy, peer);

	if (identity == NULL)
		return -ENOKEY;
	/* Another one with the same last digits is quickly found. */
	if (!peer->shown || memcmp(peer->shown_identity, identity, DEVICE_KEY) != 0)
		return -ESTALE;
	if (!is_last_group(identity, peer->name, group))
		return -EINVAL;
	secrecy->changed = true;
	if (own) {
		/* What is published next has to be newer than what is there. */
		if (changed && peer->other.version > peer->version)
			peer->version = peer->other.version;
		if (changed)
			peer->error = -ENOKEY;
		return 0;
	}
	if (changed) {
		take(secrecy, peer, &peer->other, peer->other_digest, now_s);
		peer->error = now_s >= (int64_t)peer->other.expiry_s ? -EKEYEXPIRED : 0;
	}
	peer->compared = true;
	return 0;
}

/* ---- our own ---- */

static void add_key(struct secrecy *secrecy, int64_t now_s)
{
	if (secrecy->n_keys > 0 && secrecy->keys[0].retired_s == 0)
		secrecy->keys[0].retired_s = now_s;
	if (secrecy->n_keys == SECRECY_MAX_KEYS)
		secrecy->n_keys--;
	memmove(secrecy->keys + 1, secrecy->keys, secrecy->n_keys * sizeof(secrecy->keys[0]));
	secrecy->n_keys++;
	secrecy->keys[0] = (struct secrecy_key){.made_s = now_s};
	randombytes_buf(secrecy->keys[0].secret, DEVICE_KEY);
	crypto_scalarmult_base(secrecy->keys[0].device, secrecy->keys[0].secret);
	secrecy->keys_changed = true;
}

static void forget_keys(struct secrecy *secrecy, int64_t now_s)
{
	while (secrecy->n_keys > 1 &&
	       now_s - secrecy->keys[secrecy->n_keys - 1].retired_s >= SECRECY_KEEP_S) {
		sodium_memzero(&secrecy->keys[--secrecy->n_keys], sizeof(secrecy->keys[0]));
		secrecy->keys_changed = true;
	}
}

/* Our other devices of the last list that was good, as far as they live. */
static void keep_others(const struct secrecy *secrecy, struct secrecy_peer *own, int64_t now_s,
			struct device_list *list)
{
	for (size_t i = 0; i < own->list.n; i++) {
		const struct secrecy_device *device = find_device(own, own->list.devices[i]);
		bool is_us = false;

		for (size_t k = 0; k < secrecy->n_keys; k++)
			is_us = is_us || memcmp(secrecy->keys[k].device, own->list.devices[i],
						DEVICE_KEY) == 0;
		if (is_us || (device != NULL && now_s - device->first_s >= SECRECY_LIST_S))
			continue;
		memcpy(list->devices[list->n++], own->list.devices[i], DEVICE_KEY);
	}
}

static void create_identity(struct secrecy *secrecy)
{
	uint8_t seed[DEVICE_LIST_SEED];

	randombytes_buf(seed, sizeof(seed));
	secrecy_set_identity(secrecy, seed);
	sodium_memzero(seed, sizeof(seed));
	secrecy->keys_changed = true;
}

int secrecy_renew(struct secrecy *secrecy, int64_t now_s, char ret_text[DEVICE_LIST_TEXT])
{
	struct secrecy_peer *own = secrecy_peer(secrecy, secrecy->account);
	struct device_list list = {.version = (uint64_t)now_s * 1000};

	if (own == NULL)
		return -ENOMEM;
	if (!secrecy->has_identity)
		create_identity(secrecy);
	if (own->error == -EKEYREJECTED)
		return -EKEYREJECTED;
	forget_keys(secrecy, now_s);
	if (secrecy->n_keys == 0 || now_s - secrecy->keys[0].made_s >= SECRECY_KEY_S)
		add_key(secrecy, now_s);
	/* An ended list of ours is as good as another one to go on from. */
	if (own->error == -EKEYEXPIRED)
		own->error = 0;
	if (own->error == 0 && device_list_has(&own->list, secrecy->keys[0].device) &&
	    (int64_t)own->list.expiry_s - now_s >= SECRECY_RENEW_S)
		return 0;
	keep_others(secrecy, own, now_s, &list);
	if (list.n == DEVICE_LIST_MAX)
		return -ENOSPC;
	memcpy(list.devices[list.n++], secrecy->keys[0].device, DEVICE_KEY);
	if (list.version <= own->version)
		list.version = own->version + 1;
	list.expiry_s = (uint32_t)(now_s + SECRECY_LIST_S);
	device_list_write(&list, secrecy->account, secrecy->seed, ret_text);
	return 1;
}
