/* SPDX-License-Identifier: MIT */
#include "viewer/envelope.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "viewer/account_name.h"
#include "viewer/base64url.h"
#include "viewer/big_endian.h"

static const char binding_label[] = "spillway-e2e-v1 binding";
static const char wrap_label[] = "spillway-e2e-v1 wrap";
static const char text_label[] = "spillway-e2e-v1 text";
static const char hash_label[] = "spillway-e2e-v1 envelope";

enum {
	AT_SENDER = 1,
	AT_SEQUENCE = AT_SENDER + DEVICE_KEY,
	AT_TIME = AT_SEQUENCE + 8,
	AT_PREVIOUS = AT_TIME + 8,
	AT_EPHEMERAL = AT_PREVIOUS + ENVELOPE_HASH,
	AT_N = AT_EPHEMERAL + DEVICE_KEY,
	AT_TEXT_LEN = 3,
	/* Label, both names, header, devices. */
	MAX_CONTEXT = sizeof(text_label) + 2 * ACCOUNT_NAME_SIZE + ENVELOPE_HEAD +
		      ENVELOPE_MAX_RECIPIENTS * DEVICE_KEY,
};

static_assert(crypto_aead_xchacha20poly1305_ietf_ABYTES == ENVELOPE_TAG, "");
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == ENVELOPE_KEY, "");

/* Each key closes one thing only. */
static const uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];

static const uint8_t *recipient_at(const uint8_t *recipients, size_t i)
{
	return recipients + i * ENVELOPE_RECIPIENT;
}

/* ---- what all keys depend on ---- */

/* from NUL to NUL header, and the devices without their wrapped keys. */
static size_t write_context(const char *label, size_t label_size,
			    const struct envelope_route *route, const uint8_t head[ENVELOPE_HEAD],
			    uint8_t to[MAX_CONTEXT])
{
	size_t at = label_size;

	memcpy(to, label, label_size);
	at += account_name_write(route->from, (char *)to + at);
	at += account_name_write(route->to, (char *)to + at);
	memcpy(to + at, head, ENVELOPE_HEAD);
	at += ENVELOPE_HEAD;
	for (size_t i = 0; i < head[AT_N]; i++) {
		memcpy(to + at, recipient_at(head + ENVELOPE_HEAD, i), DEVICE_KEY);
		at += DEVICE_KEY;
	}
	return at;
}

static void bind(const struct envelope_route *route, const uint8_t *head, const uint8_t *ciphertext,
		 size_t len, uint8_t ret_binding[ENVELOPE_HASH])
{
	uint8_t context[MAX_CONTEXT + sizeof(binding_label) - sizeof(text_label)];
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, ENVELOPE_HASH);
	crypto_generichash_update(
		&state, context,
		write_context(binding_label, sizeof(binding_label), route, head, context));
	crypto_generichash_update(&state, ciphertext, len);
	crypto_generichash_final(&state, ret_binding, ENVELOPE_HASH);
}

/*
 * The key that closes the text's key for one device: of what both sides compute, the envelope's own
 * key with the device's, then the sender's with the device's. -EBADMSG: one of them is no usable
 * key.
 */
static int derive(const uint8_t own_first[DEVICE_KEY], const uint8_t their_first[DEVICE_KEY],
		  const uint8_t own_second[DEVICE_KEY], const uint8_t their_second[DEVICE_KEY],
		  const uint8_t device[DEVICE_KEY], const uint8_t binding[ENVELOPE_HASH],
		  uint8_t ret_key[ENVELOPE_KEY])
{
	uint8_t shared[2 * crypto_scalarmult_BYTES];
	crypto_generichash_state state;
	int error = 0;

	if (crypto_scalarmult(shared, own_first, their_first) < 0 ||
	    crypto_scalarmult(shared + crypto_scalarmult_BYTES, own_second, their_second) < 0) {
		error = -EBADMSG;
	} else {
		crypto_generichash_init(&state, shared, sizeof(shared), ENVELOPE_KEY);
		crypto_generichash_update(&state, (const uint8_t *)wrap_label, sizeof(wrap_label));
		crypto_generichash_update(&state, device, DEVICE_KEY);
		crypto_generichash_update(&state, binding, ENVELOPE_HASH);
		crypto_generichash_final(&state, ret_key, ENVELOPE_KEY);
	}
	sodium_memzero(shared, sizeof(shared));
	sodium_memzero(&state, sizeof(state));
	return error;
}

/* ---- closing ---- */

/* kind, part, parts, length, text, zeros. */
static size_t pad(const struct envelope_text *text, uint8_t to[ENVELOPE_MAX_PADDED])
{
	size_t len = ENVELOPE_TEXT_HEAD + text->len;
	size_t padded = (len + ENVELOPE_BLOCK - 1) / ENVELOPE_BLOCK * ENVELOPE_BLOCK;

	assert(text->len <= ENVELOPE_MAX_TEXT && text->part >= 1 && text->part <= text->parts &&
	       text->parts <= ENVELOPE_MAX_PARTS);
	memset(to, 0, padded);
	to[0] = (uint8_t)text->kind;
	to[1] = text->part;
	to[2] = text->parts;
	big_endian_write(to + AT_TEXT_LEN, text->len, 2);
	memcpy(to + ENVELOPE_TEXT_HEAD, text->data, text->len);
	return padded;
}

static int wrap(uint8_t *recipient, const uint8_t secret[DEVICE_KEY],
		const struct envelope_secrets *secrets, const uint8_t binding[ENVELOPE_HASH])
{
	uint8_t key[ENVELOPE_KEY];
	int error =
		derive(secrets->ephemeral, recipient, secret, recipient, recipient, binding, key);

	if (error == 0)
		crypto_aead_xchacha20poly1305_ietf_encrypt(recipient + DEVICE_KEY, NULL,
							   secrets->key, ENVELOPE_KEY, NULL, 0,
							   NULL, nonce, key);
	sodium_memzero(key, sizeof(key));
	return error;
}

int envelope_seal(const struct envelope_head *head, const struct envelope_route *route,
		  const struct envelope_text *text, const uint8_t (*recipients)[DEVICE_KEY],
		  size_t n, const uint8_t secret[DEVICE_KEY],
		  const struct envelope_secrets *secrets, uint8_t ret_bytes[ENVELOPE_SIZE])
{
	uint8_t padded[ENVELOPE_MAX_PADDED], context[MAX_CONTEXT], binding[ENVELOPE_HASH];
	uint8_t *bytes = ret_bytes, *ciphertext = bytes + ENVELOPE_HEAD + n * ENVELOPE_RECIPIENT;
	size_t len;
	int error;

	assert(n >= 1 && n <= ENVELOPE_MAX_RECIPIENTS);
	bytes[0] = ENVELOPE_VERSION;
	memcpy(bytes + AT_SENDER, head->sender, DEVICE_KEY);
	big_endian_write(bytes + AT_SEQUENCE, head->sequence, 8);
	big_endian_write(bytes + AT_TIME, head->time_ms, 8);
	memcpy(bytes + AT_PREVIOUS, head->previous, ENVELOPE_HASH);
	error = crypto_scalarmult_base(bytes + AT_EPHEMERAL, secrets->ephemeral) < 0 ? -EBADMSG : 0;
	bytes[AT_N] = (uint8_t)n;
	for (size_t i = 0; i < n; i++)
		memcpy(bytes + ENVELOPE_HEAD + i * ENVELOPE_RECIPIENT, recipients[i], DEVICE_KEY);
	len = pad(text, padded);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		ciphertext, NULL, padded, len, context,
		write_context(text_label, sizeof(text_label), route, bytes, context), NULL, nonce,
		secrets->key);
	sodium_memzero(padded, len);
	len += ENVELOPE_TAG;
	bind(route, bytes, ciphertext, len, binding);
	for (size_t i = 0; i < n && error == 0; i++)
		error = wrap(bytes + ENVELOPE_HEAD + i * ENVELOPE_RECIPIENT, secret, secrets,
			     binding);
	return error < 0 ? error : (int)(ENVELOPE_HEAD + n * ENVELOPE_RECIPIENT + len);
}

/* ---- opening ---- */

int envelope_read(const uint8_t *bytes, size_t len, struct envelope *ret_envelope)
{
	struct envelope *envelope = ret_envelope;
	size_t rest;

	if (len < ENVELOPE_HEAD || len > ENVELOPE_SIZE || bytes[0] != ENVELOPE_VERSION)
		return -EBADMSG;
	*envelope = (struct envelope){
		.head = {.sequence = big_endian_read(bytes + AT_SEQUENCE, 8),
			 .time_ms = big_endian_read(bytes + AT_TIME, 8)},
		.n = bytes[AT_N],
		.recipients = bytes + ENVELOPE_HEAD,
	};
	memcpy(envelope->head.sender, bytes + AT_SENDER, DEVICE_KEY);
	memcpy(envelope->head.previous, bytes + AT_PREVIOUS, ENVELOPE_HASH);
	memcpy(envelope->ephemeral, bytes + AT_EPHEMERAL, DEVICE_KEY);
	rest = len - ENVELOPE_HEAD;
	if (envelope->n == 0 || envelope->n > ENVELOPE_MAX_RECIPIENTS ||
	    envelope->head.sequence == 0 || rest < envelope->n * ENVELOPE_RECIPIENT)
		return -EBADMSG;
	envelope->ciphertext = recipient_at(envelope->recipients, envelope->n);
	envelope->ciphertext_len = rest - envelope->n * ENVELOPE_RECIPIENT;
	if (envelope->ciphertext_len < ENVELOPE_BLOCK + ENVELOPE_TAG ||
	    envelope->ciphertext_len > ENVELOPE_MAX_PADDED + ENVELOPE_TAG ||
	    (envelope->ciphertext_len - ENVELOPE_TAG) % ENVELOPE_BLOCK != 0)
		return -EBADMSG;
	return 0;
}

static int unpad(const uint8_t *padded, size_t len, struct envelope_text *ret_text)
{
	size_t text_len = (size_t)big_endian_read(padded + AT_TEXT_LEN, 2);
	size_t used = ENVELOPE_TEXT_HEAD + text_len;

	if ((padded[0] != ENVELOPE_SAID && padded[0] != ENVELOPE_ACTION) || padded[1] == 0 ||
	    padded[1] > padded[2] || padded[2] > ENVELOPE_MAX_PARTS || used > len ||
	    len - used >= ENVELOPE_BLOCK || !sodium_is_zero(padded + used, len - used))
		return -EBADMSG;
	ret_text->kind = (enum envelope_kind)padded[0];
	ret_text->part = padded[1];
	ret_text->parts = padded[2];
	ret_text->len = text_len;
	memcpy(ret_text->data, padded + ENVELOPE_TEXT_HEAD, text_len);
	return 0;
}

/* The text's key, for the device. */
static int unwrap(const struct envelope *envelope, const struct envelope_route *route,
		  const uint8_t *recipient, const uint8_t secret[DEVICE_KEY],
		  uint8_t ret_key[ENVELOPE_KEY])
{
	uint8_t binding[ENVELOPE_HASH], key[ENVELOPE_KEY];
	int error;

	bind(route, envelope->recipients - ENVELOPE_HEAD, envelope->ciphertext,
	     envelope->ciphertext_len, binding);
	error = derive(secret, envelope->ephemeral, secret, envelope->head.sender, recipient,
		       binding, key);
	if (error == 0)
		error = crypto_aead_xchacha20poly1305_ietf_decrypt(
			ret_key, NULL, NULL, recipient + DEVICE_KEY, ENVELOPE_KEY + ENVELOPE_TAG,
			NULL, 0, nonce, key);
	sodium_memzero(key, sizeof(key));
	return error < 0 ? -EPERM : 0;
}

int envelope_open(const struct envelope *envelope, const struct envelope_route *route,
		  const uint8_t device[DEVICE_KEY], const uint8_t secret[DEVICE_KEY],
		  struct envelope_text *ret_text)
{
	const uint8_t *head = envelope->recipients - ENVELOPE_HEAD, *recipient = NULL;
	uint8_t padded[ENVELOPE_MAX_PADDED], context[MAX_CONTEXT], key[ENVELOPE_KEY];
	int error;

	for (size_t i = 0; i < envelope->n && recipient == NULL; i++) {
		if (memcmp(recipient_at(envelope->recipients, i), device, DEVICE_KEY) == 0)
			recipient = recipient_at(envelope->recipients, i);
	}
	if (recipient == NULL)
		return -ENOENT;
	error = unwrap(envelope, route, recipient, secret, key);
	if (error == 0 &&
	    crypto_aead_xchacha20poly1305_ietf_decrypt(
		    padded, NULL, NULL, envelope->ciphertext, envelope->ciphertext_len, context,
		    write_context(text_label, sizeof(text_label), route, head, context), nonce,
		    key) < 0)
		error = -EPERM;
	if (error == 0)
		error = unpad(padded, envelope->ciphertext_len - ENVELOPE_TAG, ret_text);
	sodium_memzero(key, sizeof(key));
	sodium_memzero(padded, sizeof(padded));
	return error;
}

void envelope_hash(const uint8_t *bytes, size_t len, uint8_t ret_hash[ENVELOPE_HASH])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, ENVELOPE_HASH);
	crypto_generichash_update(&state, (const uint8_t *)hash_label, sizeof(hash_label));
	crypto_generichash_update(&state, bytes, len);
	crypto_generichash_final(&state, ret_hash, ENVELOPE_HASH);
}

/* ---- in tags ---- */

void envelope_encode(const uint8_t *bytes, size_t len, char ret_text[ENVELOPE_ENCODED])
{
	base64url_write(bytes, len, ret_text, ENVELOPE_ENCODED);
}

int envelope_decode(struct slice text, uint8_t ret_bytes[ENVELOPE_SIZE])
{
	size_t len;

	return base64url_read(text, ret_bytes, ENVELOPE_SIZE, &len) < 0 ? -EBADMSG : (int)len;
}
