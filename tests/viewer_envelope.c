/* SPDX-License-Identifier: MIT */
#include "viewer/envelope.h"

#include <errno.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "common/message.h"
#include "tests/e2e_vectors.h"

enum { MAX_KEYS = ENVELOPE_MAX_RECIPIENTS * DEVICE_KEY };

static struct envelope_route route_of(const struct e2e_vector *vector)
{
	return (struct envelope_route){e2e_vector_text(vector, "from"),
				       e2e_vector_text(vector, "to")};
}

static struct envelope_text text_of(const struct e2e_vector *vector)
{
	struct envelope_text text = {
		.kind = (enum envelope_kind)e2e_vector_number(vector, "kind"),
		.part = (uint8_t)e2e_vector_number(vector, "part"),
		.parts = (uint8_t)e2e_vector_number(vector, "parts"),
	};

	text.len = e2e_vector_bytes(vector, "text", text.data, sizeof(text.data));
	return text;
}

static void test_vectors_are_sealed_as_they_stand(void **state)
{
	struct e2e_vector vector;
	FILE *file = NULL;
	unsigned n_envelopes = 0;

	(void)state;
	while (e2e_vectors_next(&file, &vector)) {
		uint8_t secret[DEVICE_KEY], secret_keys[MAX_KEYS],
			devices[ENVELOPE_MAX_RECIPIENTS][DEVICE_KEY];
		uint8_t bytes[ENVELOPE_SIZE], hash[ENVELOPE_HASH], expected[ENVELOPE_HASH];
		char encoded[ENVELOPE_ENCODED];
		struct envelope_secrets secrets;
		struct envelope_head head;

		if (strcmp(vector.kind, "envelope") != 0)
			continue;
		e2e_vector_bytes(&vector, "secret", secret, sizeof(secret));
		crypto_scalarmult_base(head.sender, secret);
		head.sequence = e2e_vector_number(&vector, "sequence");
		head.time_ms = e2e_vector_number(&vector, "time");
		e2e_vector_bytes(&vector, "previous", head.previous, sizeof(head.previous));
		e2e_vector_bytes(&vector, "ephemeral", secrets.ephemeral,
				 sizeof(secrets.ephemeral));
		e2e_vector_bytes(&vector, "key", secrets.key, sizeof(secrets.key));
		size_t n =
			e2e_vector_bytes(&vector, "recipients", secret_keys, sizeof(secret_keys)) /
			DEVICE_KEY;
		for (size_t i = 0; i < n; i++)
			crypto_scalarmult_base(devices[i], secret_keys + i * DEVICE_KEY);
		struct envelope_route route = route_of(&vector);
		struct envelope_text text = text_of(&vector);
		int len = envelope_seal(&head, &route, &text, (const uint8_t(*)[DEVICE_KEY])devices,
					n, secret, &secrets, bytes);
		assert_true(len > 0);
		envelope_encode(bytes, (size_t)len, encoded);
		assert_string_equal(encoded, e2e_vector_text(&vector, "bytes"));
		envelope_hash(bytes, (size_t)len, hash);
		e2e_vector_bytes(&vector, "hash", expected, sizeof(expected));
		assert_memory_equal(hash, expected, sizeof(hash));
		if (n_envelopes++ == 0)
			assert_true(e2e_vectors_manual_has(encoded));
	}
	assert_int_equal(n_envelopes, 6);
}

static void test_each_recipient_opens_the_vectors(void **state)
{
	struct e2e_vector vector;
	FILE *file = NULL;

	(void)state;
	while (e2e_vectors_next(&file, &vector)) {
		uint8_t keys[MAX_KEYS], bytes[ENVELOPE_SIZE], device[DEVICE_KEY];
		struct envelope envelope;
		struct envelope_text text;

		if (strcmp(vector.kind, "envelope") != 0)
			continue;
		struct envelope_route route = route_of(&vector);
		struct envelope_text expected = text_of(&vector);
		int len = envelope_decode(slice_from(e2e_vector_text(&vector, "bytes")), bytes);
		assert_true(len > 0);
		assert_int_equal(envelope_read(bytes, (size_t)len, &envelope), 0);
		assert_int_equal(envelope.head.sequence, e2e_vector_number(&vector, "sequence"));
		assert_int_equal(envelope.head.time_ms, e2e_vector_number(&vector, "time"));
		size_t n = e2e_vector_bytes(&vector, "recipients", keys, sizeof(keys)) / DEVICE_KEY;
		assert_int_equal(envelope.n, n);
		for (size_t i = 0; i < n; i++) {
			crypto_scalarmult_base(device, keys + i * DEVICE_KEY);
			assert_int_equal(envelope_open(&envelope, &route, device,
						       keys + i * DEVICE_KEY, &text),
					 0);
			assert_int_equal(text.kind, expected.kind);
			assert_int_equal(text.part, expected.part);
			assert_int_equal(text.parts, expected.parts);
			assert_int_equal(text.len, expected.len);
			assert_memory_equal(text.data, expected.data, text.len);
		}
	}
}

static void test_bad_vectors_are_refused(void **state)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = {{"forged", -EPERM}, {"device", -ENOENT}};
	struct e2e_vector vector;
	FILE *file = NULL;
	unsigned n = 0;

	(void)state;
	while (e2e_vectors_next(&file, &vector)) {
		uint8_t secret[DEVICE_KEY], device[DEVICE_KEY], bytes[ENVELOPE_SIZE];
		struct envelope envelope;
		struct envelope_text text;
		int expected = -EBADMSG, error;

		if (strcmp(vector.kind, "bad-envelope") != 0)
			continue;
		for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
			if (strcmp(errors[i].name, e2e_vector_text(&vector, "error")) == 0)
				expected = errors[i].error;
		}
		struct envelope_route route = route_of(&vector);
		e2e_vector_bytes(&vector, "secret", secret, sizeof(secret));
		crypto_scalarmult_base(device, secret);
		int len = envelope_decode(slice_from(e2e_vector_text(&vector, "bytes")), bytes);
		assert_true(len > 0);
		error = envelope_read(bytes, (size_t)len, &envelope);
		if (error == 0)
			error = envelope_open(&envelope, &route, device, secret, &text);
		assert_int_equal(error, expected);
		n++;
	}
	assert_true(n >= 14);
}

/* ---- one from alice's device to two of bob's ---- */

static const struct envelope_route route = {"alice", "bob"};
static const uint8_t secrets_of[3][DEVICE_KEY] = {{8}, {16}, {24}};
static uint8_t devices[3][DEVICE_KEY];

static int seal(struct envelope_text *text, uint8_t bytes[ENVELOPE_SIZE])
{
	struct envelope_head head = {.sequence = 5, .time_ms = 6};
	struct envelope_secrets secrets = {.ephemeral = {32}, .key = {8}};

	for (size_t i = 0; i < 3; i++)
		crypto_scalarmult_base(devices[i], secrets_of[i]);
	memcpy(head.sender, devices[0], DEVICE_KEY);
	return envelope_seal(&head, &route, text, (const uint8_t(*)[DEVICE_KEY])devices + 1, 2,
			     secrets_of[0], &secrets, bytes);
}

static int open_by(unsigned i, const uint8_t *bytes, size_t len, struct envelope_text *ret_text)
{
	struct envelope envelope;
	int error = envelope_read(bytes, len, &envelope);

	return error < 0 ? error
			 : envelope_open(&envelope, &route, devices[i], secrets_of[i], ret_text);
}

static void test_no_bit_can_be_changed(void **state)
{
	struct envelope_text text = {.kind = ENVELOPE_SAID,
				     .part = 1,
				     .parts = 1,
				     .len = 2,
				     .data = "hi"},
			     got;
	uint8_t bytes[ENVELOPE_SIZE];
	size_t len = (size_t)seal(&text, bytes),
	       other = ENVELOPE_HEAD + ENVELOPE_RECIPIENT + DEVICE_KEY;

	(void)state;
	assert_int_equal(open_by(1, bytes, len, &got), 0);
	for (size_t i = 0; i < len * 8; i++) {
		/* What closes the key for another device is only that one's to check. */
		if (i / 8 >= other && i / 8 < ENVELOPE_HEAD + 2 * ENVELOPE_RECIPIENT)
			continue;
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_true(open_by(1, bytes, len, &got) < 0);
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	for (size_t cut = 0; cut < len; cut++)
		assert_true(open_by(1, bytes, cut, &got) < 0);
	assert_int_equal(open_by(2, bytes, len, &got), 0);
	assert_int_equal(open_by(0, bytes, len, &got), -ENOENT);
}

/* Who has the text's key, as one of the recipients has, can't write another text for the others. */
static void test_a_recipient_cannot_write_for_another(void **state)
{
	struct envelope_text text = {.kind = ENVELOPE_SAID,
				     .part = 1,
				     .parts = 1,
				     .len = 2,
				     .data = "hi"},
			     got;
	uint8_t bytes[ENVELOPE_SIZE], forged[ENVELOPE_SIZE];
	size_t len = (size_t)seal(&text, bytes);
	size_t at = ENVELOPE_HEAD + 2 * ENVELOPE_RECIPIENT;

	(void)state;
	memcpy(text.data, "no", 2);
	assert_int_equal(seal(&text, forged), (int)len);
	memcpy(bytes + at, forged + at, len - at);
	assert_int_equal(open_by(2, bytes, len, &got), -EPERM);
}

static void test_what_is_padded_is_a_multiple(void **state)
{
	static const struct {
		size_t text, padded;
	} cases[] = {{0, 64},	 {59, 64},   {60, 128},
		     {123, 128}, {124, 192}, {ENVELOPE_MAX_TEXT, ENVELOPE_MAX_PADDED}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct envelope_text text = {.kind = ENVELOPE_ACTION,
					     .part = 2,
					     .parts = 3,
					     .len = cases[i].text},
				     got;
		uint8_t bytes[ENVELOPE_SIZE];
		int len;

		memset(text.data, 'x', text.len);
		len = seal(&text, bytes);
		assert_int_equal(len, ENVELOPE_HEAD + 2 * ENVELOPE_RECIPIENT +
					      (int)cases[i].padded + ENVELOPE_TAG);
		assert_int_equal(open_by(1, bytes, (size_t)len, &got), 0);
		assert_int_equal(got.len, cases[i].text);
	}
}

static void test_a_device_that_is_no_key_is_refused(void **state)
{
	static const uint8_t weak[1][DEVICE_KEY] = {{0}};
	struct envelope_text text = {.kind = ENVELOPE_SAID, .part = 1, .parts = 1};
	struct envelope_head head = {.sequence = 1};
	struct envelope_secrets secrets = {.ephemeral = {32}, .key = {8}};
	uint8_t bytes[ENVELOPE_SIZE];

	(void)state;
	assert_int_equal(
		envelope_seal(&head, &route, &text, weak, 1, secrets_of[0], &secrets, bytes),
		-EBADMSG);
}

static void test_what_is_no_base64_is_refused(void **state)
{
	static const char *const texts[] = {"A",
					    "AA==",
					    "AA\n",
					    "+/+/",
					    "AB",
					    " AAAA",
					    "\xff"
					    "AAA",
					    "AA\xc1"
					    "A"};
	uint8_t bytes[ENVELOPE_SIZE];
	char large[ENVELOPE_ENCODED + 4];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(envelope_decode(slice_from(texts[i]), bytes), -EBADMSG);
	memset(large, 'A', sizeof(large));
	assert_int_equal(envelope_decode((struct slice){large, sizeof(large)}, bytes), -EBADMSG);
}

/* @label=4294967295;+spillway/e2e=… and a blank */
static void test_the_largest_envelope_fits_into_client_tags(void **state)
{
	(void)state;
	assert_true(strlen("@label=4294967295;+spillway/e2e= ") + ENVELOPE_ENCODED - 1 <=
		    MESSAGE_MAX_CLIENT_TAGS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors_are_sealed_as_they_stand),
		cmocka_unit_test(test_each_recipient_opens_the_vectors),
		cmocka_unit_test(test_bad_vectors_are_refused),
		cmocka_unit_test(test_no_bit_can_be_changed),
		cmocka_unit_test(test_a_recipient_cannot_write_for_another),
		cmocka_unit_test(test_what_is_padded_is_a_multiple),
		cmocka_unit_test(test_a_device_that_is_no_key_is_refused),
		cmocka_unit_test(test_what_is_no_base64_is_refused),
		cmocka_unit_test(test_the_largest_envelope_fits_into_client_tags),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
