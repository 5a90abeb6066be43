/* SPDX-License-Identifier: MIT */
/*
 * An input is a body whose first line is the first boundary line ("--ffmpeg"), as for a publisher
 * without Content-Type; or else that line is the Content-Type, and the body follows.
 */
#include "common/multipart.h"

#include "tests/fuzz.h"

enum { MAX_EVENT_BYTES = 16 }; /* of a transcript, for each byte of input */

/* What the parser said, one event after the other; data stands for itself. */
struct transcript {
	char *bytes;
	size_t len, size;
};

static void transcript_add(struct transcript *transcript, const void *bytes, size_t len)
{
	assert(len <= transcript->size - transcript->len);
	memcpy(transcript->bytes + transcript->len, bytes, len);
	transcript->len += len;
}

static void transcript_add_event(struct transcript *transcript, const struct multipart *multipart,
				 enum multipart_event event, struct slice data)
{
	char code = (char)event;

	if (event == MULTIPART_DATA) {
		assert(data.len > 0);
		transcript_add(transcript, data.data, data.len);
		return;
	}
	assert(!data.data && data.len == 0);
	transcript_add(transcript, &code, 1);
	if (event == MULTIPART_BEGIN) {
		assert(multipart->content_length >= -1 && multipart->timestamp_us >= -1);
		transcript_add(transcript, &multipart->content_length,
			       sizeof(multipart->content_length));
		transcript_add(transcript, &multipart->timestamp_us,
			       sizeof(multipart->timestamp_us));
	} else if (event == MULTIPART_MALFORMED) {
		assert(multipart->error);
		transcript_add(transcript, multipart->error, strlen(multipart->error));
	}
}

/* In pieces; cuts NULL: in one. */
static struct transcript transcribe(struct slice boundary, struct slice body,
				    struct fuzz_cuts *cuts)
{
	struct transcript transcript = {.size = (body.len + 1) * MAX_EVENT_BYTES + 64};
	enum multipart_event event = MULTIPART_MORE;
	size_t declared = 0, n_data = 0;
	struct multipart multipart;

	transcript.bytes = malloc(transcript.size);
	assert(transcript.bytes && multipart_init(&multipart, boundary) == 0);
	while (body.len > 0 && event == MULTIPART_MORE) {
		size_t piece = cuts ? fuzz_cut(cuts, body.len) : body.len;
		char *copy = fuzz_copy(body.data, piece);
		struct slice input = {copy, piece}, data;

		while ((event = multipart_next(&multipart, &input, &data)) != MULTIPART_MORE) {
			if (event == MULTIPART_BEGIN) {
				declared = (size_t)multipart.content_length;
				n_data = 0;
			}
			n_data += data.len;
			assert(event != MULTIPART_PART || multipart.content_length < 0 ||
			       n_data == declared);
			transcript_add_event(&transcript, &multipart, event, data);
			if (event == MULTIPART_MALFORMED)
				break;
		}
		assert(event == MULTIPART_MORE
			       ? input.len == 0
			       : multipart_next(&multipart, &input, &data) == event);
		free(copy);
		body.data += piece;
		body.len -= piece;
	}
	return transcript;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_cuts cuts = fuzz_cuts(data, size);
	struct slice body = {(const char *)data, size}, rest = body, line, boundary;
	struct transcript whole, cut;
	struct multipart multipart;

	if (!slice_split(&rest, '\n', &line))
		return 0;
	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	boundary = line;
	if (!slice_starts_nocase(line, "--")) {
		boundary = multipart_boundary(line);
		body = rest;
	}
	if (multipart_init(&multipart, boundary) < 0)
		return 0;
	whole = transcribe(boundary, body, NULL);
	cut = transcribe(boundary, body, &cuts);
	assert(whole.len == cut.len && memcmp(whole.bytes, cut.bytes, whole.len) == 0);
	free(whole.bytes);
	free(cut.bytes);
	return 0;
}
