/* SPDX-License-Identifier: MIT */
/* An input is what a client sends after the handshake; however it is cut, the same is
 * understood. */
#include "common/websocket.h"

#include <errno.h>

#include "tests/fuzz.h"

struct understood {
	uint64_t hash; /* of all parts' kinds, bytes and ends */
	uint8_t message;
	size_t len; /* of the message so far */
	int error;
};

static void note(struct understood *to, uint8_t byte)
{
	to->hash = (to->hash ^ byte) * 0x100000001b3;
}

static void add(struct understood *to, const struct websocket_part *part)
{
	assert(part->kind != WEBSOCKET_CONTINUATION);
	if (part->kind >= WEBSOCKET_CLOSE) {
		assert(part->end && part->data.len <= WEBSOCKET_MAX_CONTROL);
		if (part->kind == WEBSOCKET_CLOSE)
			note(to, websocket_close_valid(part->data));
	} else {
		assert(to->message == 0 || to->message == part->kind);
		to->message = part->end ? 0 : (uint8_t)part->kind;
	}
	/* In which frames a message came isn't to be seen, so a part's kind counts at its end. */
	for (size_t i = 0; i < part->data.len; i++)
		note(to, (uint8_t)part->data.data[i]);
	if (part->end)
		note(to, (uint8_t)part->kind);
}

static struct understood understand(const uint8_t *data, size_t size, bool cut)
{
	struct fuzz_cuts cuts = fuzz_cuts(data, size);
	struct websocket_reader reader = {0};
	struct understood all = {0};

	for (size_t at = 0, n = 0; at < size && all.error == 0; at += n) {
		size_t done = 0, used;
		struct websocket_part part;

		n = cut ? fuzz_cut(&cuts, size - at) : size - at;
		char *piece = fuzz_copy((const char *)data + at, n);
		for (int result = 1; result > 0; done += used) {
			result = websocket_read(&reader, piece + done, n - done, &used, &part);
			assert(used <= n - done);
			if (result > 0)
				add(&all, &part);
			else
				all.error = result;
		}
		assert(all.error == -EBADMSG || (all.error == 0 && done == n));
		free(piece);
	}
	return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct understood whole = understand(data, size, false), cut = understand(data, size, true);

	assert(whole.hash == cut.hash && whole.error == cut.error && whole.message == cut.message);
	return 0;
}
