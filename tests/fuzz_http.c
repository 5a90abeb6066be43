/* SPDX-License-Identifier: MIT */
/* Every input is read as each of the things that common/http.h parses. */
#include "common/http.h"

#include <errno.h>

#include "tests/fuzz.h"

typedef int parse_function(const char *data, size_t len, struct http_head *ret_head);

static void assert_within(struct slice slice, const char *data, size_t len)
{
	if (!slice.data)
		assert(slice.len == 0);
	else
		assert(slice.data >= data && slice.data <= data + len &&
		       slice.len <= (size_t)(data + len - slice.data));
}

static void assert_clean(struct slice slice)
{
	for (size_t i = 0; i < slice.len; i++)
		assert(slice.data[i] != '\r' && slice.data[i] != '\n' && slice.data[i] != '\0');
}

static void check_head(const struct http_head *head, const char *data, size_t len)
{
	assert_within(head->method, data, len);
	assert_within(head->path, data, len);
	assert_within(head->query, data, len);
	assert_within(head->reason, data, len);
	assert(head->minor == 0 || head->minor == 1);
	assert(head->n_fields <= HTTP_MAX_FIELDS);
	for (size_t i = 0; i < head->n_fields; i++) {
		const struct http_field *field = &head->fields[i];

		assert(field->name.len > 0 && field->value.data);
		assert_within(field->name, data, len);
		assert_within(field->value, data, len);
		assert_clean(field->name);
		assert_clean(field->value);
		assert(slice_trim(field->value).len == field->value.len);
	}
	assert(head->content_length >= -1);
	assert(!head->chunked || (head->content_length == -1 && head->minor == 1));
	assert(http_field(head, "Content-Length").data != NULL || head->content_length == -1);
	if (head->status == 0)
		assert(head->method.len > 0 && head->path.len > 0 && head->path.data[0] == '/');
	else
		assert(head->status >= 100 && head->status <= 599);
	http_field_has(head, "Connection", "upgrade");
}

/* Returns the length of the head, 0 without one. */
static size_t fuzz_head(parse_function *parse, const char *data, size_t len, struct fuzz_cuts cuts)
{
	struct http_head head, again;
	int r = parse(data, len, &head);

	assert(r >= 0 ? (size_t)r <= len : r == -EBADMSG || r == -E2BIG || r == -EPROTONOSUPPORT);
	if (r > 0)
		check_head(&head, data, (size_t)r);
	/* A part of it isn't complete, or is malformed as the whole is, but never something
	 * else. */
	for (int i = 0; i < 8 && len > 0; i++) {
		size_t part = fuzz_cut(&cuts, len);
		int r_part;

		if (i % 2)
			part = len - part;
		r_part = parse(data, part, &again);
		assert(r_part == r ? r <= 0 || part >= (size_t)r : r_part == 0);
		assert(r_part == r || r < 0 || part < (size_t)r);
	}
	return r > 0 ? (size_t)r : 0;
}

static void fuzz_text(struct slice text)
{
	char to[64];
	int r = http_query(text, "key", to, sizeof(to));

	assert(r >= 0 ? strlen(to) == (size_t)r
		      : r == -ENOENT || r == -EBADMSG || r == -ENAMETOOLONG);
	r = http_credentials(text, to, sizeof(to));
	assert(r >= 0 ? strlen(to) == (size_t)r
		      : r == -EPROTONOSUPPORT || r == -EBADMSG || r == -ENAMETOOLONG);
}

/* Decodes data in pieces; cuts NULL: in one. *ret_body holds len bytes. */
static int decode(const char *data, size_t len, struct fuzz_cuts *cuts, char *ret_body,
		  size_t *ret_body_len, size_t *ret_used)
{
	struct http_chunked chunked = {0};
	int r = 1;

	*ret_body_len = *ret_used = 0;
	while (r == 1 && *ret_used < len) {
		size_t left = len - *ret_used, piece = cuts ? fuzz_cut(cuts, left) : left, used;
		char *copy = fuzz_copy(data + *ret_used, piece);
		struct slice body;

		r = http_chunked_decode(&chunked, copy, piece, &used, &body);
		if (r >= 0) {
			assert(used > 0 && used <= piece);
			assert_within(body, copy, used);
			if (body.len > 0)
				memcpy(ret_body + *ret_body_len, body.data, body.len);
			*ret_body_len += body.len;
			*ret_used += used;
		}
		free(copy);
	}
	return r;
}

static void fuzz_chunked(const char *data, size_t len, struct fuzz_cuts cuts)
{
	char *body = malloc(len + 1), *again = malloc(len + 1);
	size_t body_len, again_len, used, again_used;
	int r, r_again;

	assert(body && again);
	r = decode(data, len, NULL, body, &body_len, &used);
	r_again = decode(data, len, &cuts, again, &again_len, &again_used);
	assert(r == r_again && (r == 0 || r == 1 || r == -EBADMSG));
	assert(body_len == again_len && memcmp(body, again, body_len) == 0);
	assert(r < 0 || used == again_used);
	free(body);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_cuts cuts = fuzz_cuts(data, size);
	char *text = fuzz_copy((const char *)data, size);
	size_t head_len = fuzz_head(http_parse_request, text, size, cuts);

	fuzz_head(http_parse_response, text, size, cuts);
	fuzz_text((struct slice){text, size});
	fuzz_chunked(text, size, cuts);
	if (head_len > 0)
		fuzz_chunked(text + head_len, size - head_len, cuts);
	free(text);
	return 0;
}
