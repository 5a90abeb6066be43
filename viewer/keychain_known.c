/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "viewer/keychain_impl.h"

/* Numbers of 64 bits, whose highest bit JSON's have no place for, are kept bit by bit. */
static json_int_t to_json(uint64_t number)
{
	return (json_int_t)number;
}

static json_t *give_bytes(const uint8_t bytes[32])
{
	char text[BASE64URL_LEN(32) + 1];

	base64url_write(bytes, 32, text, sizeof(text));
	return json_string(text);
}

static bool take_bytes(const json_t *json, uint8_t ret_bytes[32])
{
	const char *text = json_string_value(json);
	size_t len;

	return text != NULL && base64url_read(slice_from(text), ret_bytes, 32, &len) == 0 &&
	       len == 32;
}

/* ---- accounts ---- */

json_t *keychain_give_peers(const struct secrecy *secrecy)
{
	json_t *accounts = json_object();

	for (size_t i = 0; accounts != NULL && i < secrecy->n_peers; i++) {
		const struct secrecy_peer *peer = secrecy->peers[i];
		json_t *devices = json_array();

		if (!peer->known) {
			json_decref(devices);
			continue;
		}
		for (size_t d = 0; d < peer->n_devices; d++)
			json_array_append_new(
				devices, json_pack("[o, I, I]", give_bytes(peer->devices[d].key),
						   (json_int_t)peer->devices[d].first_s,
						   (json_int_t)peer->devices[d].last_s));
		if (json_object_set_new(
			    accounts, peer->name,
			    json_pack("{s:o, s:I, s:o, s:I, s:b, s:b, s:o}", "identity",
				      give_bytes(peer->identity), "list", to_json(peer->version),
				      "hash", give_bytes(peer->digest), "since",
				      (json_int_t)peer->since_s, "compared", peer->compared,
				      "encrypts", peer->encrypts, "devices", devices)) < 0) {
			json_decref(accounts);
			return NULL;
		}
	}
	return accounts;
}

static int take_devices(struct secrecy_peer *peer, json_t *devices)
{
	json_t *item, *key;
	size_t i;

	peer->n_devices = 0;
	json_array_foreach (devices, i, item) {
		struct secrecy_device *device = &peer->devices[peer->n_devices];
		json_int_t first, last;

		if (i == SECRECY_MAX_DEVICES ||
		    json_unpack(item, "[o, I, I]", &key, &first, &last) < 0 ||
		    !take_bytes(key, device->key))
			return -EBADMSG;
		device->first_s = first;
		device->last_s = last;
		peer->n_devices++;
	}
	return 0;
}

static int take_peer(struct secrecy_peer *peer, json_t *json)
{
	json_t *identity, *hash, *devices;
	uint8_t before[DEVICE_KEY];
	json_int_t version, since;
	int compared, encrypts;

	if (json_unpack(json, "{s:o, s:I, s:o, s:I, s:b, s:b, s:o}", "identity", &identity, "list",
			&version, "hash", &hash, "since", &since, "compared", &compared, "encrypts",
			&encrypts, "devices", &devices) < 0)
		return -EBADMSG;
	memcpy(before, peer->identity, DEVICE_KEY);
	if (!take_bytes(identity, peer->identity) || !take_bytes(hash, peer->digest))
		return -EBADMSG;
	/* Another client has accepted another identity: ask the directory again. */
	if (peer->known && memcmp(before, peer->identity, DEVICE_KEY) != 0) {
		peer->error = -ENOKEY;
		peer->asked_s = 0;
	}
	peer->known = true;
	peer->version = (uint64_t)version;
	peer->since_s = since;
	peer->compared = compared != 0;
	peer->encrypts = encrypts != 0;
	return take_devices(peer, devices);
}

int keychain_take_peers(struct secrecy *secrecy, const json_t *accounts)
{
	const char *name;
	json_t *json;
	int error = 0;

	json_object_foreach((json_t *)(uintptr_t)accounts, name, json)
	{
		struct secrecy_peer *peer = secrecy_peer(secrecy, name);

		error = peer != NULL ? take_peer(peer, json) : -ENOMEM;
		if (error < 0)
			break;
	}
	return error;
}

/* ---- conversations ---- */

static json_t *give_side(const struct secrecy_side *side)
{
	json_t *chains = json_array();

	for (size_t i = 0; i < side->n_chains; i++) {
		const struct chain *chain = &side->chains[i];

		json_array_append_new(chains,
				      json_pack("[o, I, I, o]", give_bytes(chain->device),
						to_json(chain->sequence), to_json(chain->seen),
						give_bytes(chain->hash)));
	}
	return chains;
}

json_t *keychain_give_conversations(const struct secrecy *secrecy)
{
	json_t *conversations = json_object();

	for (size_t i = 0; conversations != NULL && i < secrecy->n_peers; i++) {
		const struct secrecy_peer *peer = secrecy->peers[i];

		if (peer->sequence == 0 && peer->theirs.n_chains == 0 && peer->ours.n_chains == 0)
			continue;
		if (json_object_set_new(
			    conversations, peer->name,
			    json_pack("{s:I, s:o, s:o, s:o}", "sent", to_json(peer->sequence),
				      "hash", give_bytes(peer->previous), "theirs",
				      give_side(&peer->theirs), "ours", give_side(&peer->ours))) <
		    0) {
			json_decref(conversations);
			return NULL;
		}
	}
	return conversations;
}

static int take_side(struct secrecy_side *side, json_t *chains)
{
	json_t *item, *device, *hash;
	size_t i;

	side->n_chains = 0;
	json_array_foreach (chains, i, item) {
		struct chain *chain = &side->chains[side->n_chains];
		json_int_t sequence, seen;

		if (i == SECRECY_MAX_CHAINS ||
		    json_unpack(item, "[o, I, I, o]", &device, &sequence, &seen, &hash) < 0 ||
		    !take_bytes(device, chain->device) || !take_bytes(hash, chain->hash))
			return -EBADMSG;
		chain->sequence = (uint64_t)sequence;
		chain->seen = (uint64_t)seen;
		side->n_chains++;
	}
	return 0;
}

int keychain_take_conversations(struct secrecy *secrecy, const json_t *conversations)
{
	json_t *json, *hash, *theirs, *ours;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)conversations, name, json)
	{
		struct secrecy_peer *peer = secrecy_peer(secrecy, name);
		json_int_t sequence;

		if (peer == NULL)
			return -ENOMEM;
		if (json_unpack(json, "{s:I, s:o, s:o, s:o}", "sent", &sequence, "hash", &hash,
				"theirs", &theirs, "ours", &ours) < 0 ||
		    !take_bytes(hash, peer->previous) || take_side(&peer->theirs, theirs) < 0 ||
		    take_side(&peer->ours, ours) < 0)
			return -EBADMSG;
		peer->sequence = (uint64_t)sequence;
	}
	return 0;
}
