/* SPDX-License-Identifier: MIT */
/* An input is what stands in a client tag; whatever it is, it is an envelope that opens, or is
 * refused. */
#include "viewer/envelope.h"

#include <errno.h>
#include <sodium.h>

#include "tests/fuzz.h"
#include "viewer/chain.h"

static void open_with(const struct envelope *envelope, const uint8_t secret[DEVICE_KEY])
{
	static const struct envelope_route route = {"alice", "bob"};
	struct envelope_text text;
	uint8_t device[DEVICE_KEY];

	crypto_scalarmult_base(device, secret);
	if (envelope_open(envelope, &route, device, secret, &text) == 0) {
		assert(text.part >= 1 && text.part <= text.parts &&
		       text.parts <= ENVELOPE_MAX_PARTS);
		assert(text.len <= ENVELOPE_MAX_TEXT);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = fuzz_copy((const char *)data, size), encoded[ENVELOPE_ENCODED];
	uint8_t bytes[ENVELOPE_SIZE], secret[DEVICE_KEY], hash[ENVELOPE_HASH];
	struct chain chain = {0};
	struct envelope envelope;
	uint64_t missing;
	int len;

	assert(sodium_init() >= 0);
	len = envelope_decode((struct slice){copy, size}, bytes);
	if (len >= 0) {
		uint8_t *exact = (uint8_t *)fuzz_copy((const char *)bytes, (size_t)len);

		/* There is one way to write it. */
		envelope_encode(exact, (size_t)len, encoded);
		assert(strlen(encoded) == size && memcmp(encoded, copy, size) == 0);
		if (envelope_read(exact, (size_t)len, &envelope) == 0) {
			/* One of the vectors' recipients. */
			crypto_generichash(secret, sizeof(secret), (const uint8_t *)"device 1", 8,
					   NULL, 0);
			open_with(&envelope, secret);
			envelope_hash(exact, (size_t)len, hash);
			assert(chain_place(&chain, &envelope.head, &missing) == CHAIN_FIRST);
			chain_take(&chain, &envelope.head, hash);
			assert(chain_place(&chain, &envelope.head, &missing) == CHAIN_REPEATED);
		}
		free(exact);
	}
	free(copy);
	return 0;
}
