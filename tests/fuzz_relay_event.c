/* SPDX-License-Identifier: MIT */
/* What comes from a relay's control socket: lines, each taken as an event. What is told of streams
 * stays consistent. */
#include "chat/onair.h"

#include <errno.h>

#include "tests/fuzz.h"

static void tell(struct onair *onair, enum onair_news news, const struct onair_stream *stream)
{
	assert(news == ONAIR_ENDED || onair_find(onair, stream->name) == stream);
	assert(stream->n_published > 0 || news == ONAIR_ENDED);
}

static void check(const struct onair *onair)
{
	struct list *link;

	list_each (link, &onair->all) {
		const struct onair_stream *stream = list_item(link, struct onair_stream, link);

		assert(name_valid(slice_from(stream->name)));
		assert((stream->n_published > 0) == list_empty(&stream->ending));
		assert(stream->viewers >= stream->own_viewers);
		assert(stream->n_published > 0 || stream->viewers == 0);
		assert(stream->most_viewers >= stream->viewers);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = {(const char *)data, size};
	struct relay_event event;
	struct onair onair;
	int64_t now_us = 0;

	onair_init(&onair, 5, tell);
	while (rest.len > 0) {
		const char *end = memchr(rest.data, '\n', rest.len);
		struct slice line = {rest.data, end != NULL ? (size_t)(end - rest.data) : rest.len};
		int result = relay_event_parse(line, &event);

		assert(result == 0 || result == -EBADMSG);
		if (result < 0)
			onair_lost(&onair, now_us, 0);
		else if (event.kind == RELAY_EVENT_ANSWER)
			onair_complete(&onair);
		else if (event.kind >= RELAY_EVENT_LIVE)
			onair_take(&onair, &event, now_us, 0);
		check(&onair);
		onair_sweep(&onair, ++now_us);
		check(&onair);
		rest.data += line.len;
		rest.len -= line.len;
		if (rest.len > 0) {
			rest.data++;
			rest.len--;
		}
	}
	onair_finish(&onair);
	return 0;
}
