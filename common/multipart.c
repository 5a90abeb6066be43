/* SPDX-License-Identifier: MIT */
#include "common/multipart.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { MULTIPART_MAX_PADDING = 16 }; /* blanks behind a boundary (RFC 2046 section 5.1.1) */

enum multipart_state {
	PREAMBLE,
	HEADERS,
	SIZED,	   /* data whose length is known */
	SIZED_END, /* behind such data */
	OPEN,	   /* data up to the next boundary line */
	CLOSING,   /* such data was the last */
	CLOSED,
	MALFORMED,
};

static enum multipart_event fail(struct multipart *multipart, const char *error)
{
	multipart->error = error;
	multipart->state = MALFORMED;
	return MULTIPART_MALFORMED;
}

static void advance(struct slice *input, size_t n)
{
	if (n > 0) /* data may be NULL */
		input->data += n;
	input->len -= n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* ---- finding boundary lines ---- */

/* What bytes are that might be a line break and a boundary line. */
enum finding {
	FOUND_DATA,  /* they aren't */
	FOUND_START, /* they are the start of one */
	FOUND_DELIMITER,
	FOUND_CLOSING,
};

static enum finding match_line(struct slice text, struct slice boundary, size_t *ret_len)
{
	size_t i = boundary.len, padding_end = i + MULTIPART_MAX_PADDING;

	*ret_len = 0;
	if (memcmp(text.data, boundary.data, text.len < i ? text.len : i) != 0)
		return FOUND_DATA;
	if (text.len <= i)
		return FOUND_START;
	if (text.data[i] == '-') {
		/* The last thing in a stream; its line end often isn't there. */
		*ret_len = i + 2;
		if (text.len < *ret_len)
			return FOUND_START;
		return text.data[i + 1] == '-' ? FOUND_CLOSING : FOUND_DATA;
	}
	while (i < text.len && i < padding_end && is_blank(text.data[i]))
		i++;
	if (i < text.len && text.data[i] == '\r')
		i++;
	*ret_len = i + 1;
	if (i == text.len)
		return FOUND_START;
	return text.data[i] == '\n' ? FOUND_DELIMITER : FOUND_DATA;
}

/* The first boundary line shows which hyphens are meant where the parameter has some itself. */
static enum finding match_boundary(struct multipart *multipart, struct slice text, size_t *ret_len)
{
	struct slice boundary = {multipart->boundary, multipart->boundary_len};
	enum finding finding = match_line(text, boundary, ret_len);

	if (finding == FOUND_DATA && multipart->hyphens) {
		advance(&boundary, 2);
		finding = match_line(text, boundary, ret_len);
		if (finding == FOUND_DELIMITER) {
			memmove(multipart->boundary, boundary.data, boundary.len);
			multipart->boundary_len = (uint8_t)boundary.len;
		}
	}
	if (finding == FOUND_DELIMITER)
		multipart->hyphens = false;
	return finding;
}

/* text isn't empty. *ret_len: bytes of the line break and the line, when it is a boundary line. */
static enum finding match(struct multipart *multipart, struct slice text, size_t *ret_len)
{
	struct slice line = text;
	enum finding finding;

	if (line.data[0] == '\r')
		advance(&line, 1);
	if (line.len == 0)
		return FOUND_START;
	if (line.data[0] == '\n')
		advance(&line, 1);
	else if (line.len < text.len || !multipart->line_start)
		return FOUND_DATA;
	if (line.len == 0)
		return FOUND_START;
	finding = match_boundary(multipart, line, ret_len);
	*ret_len += text.len - line.len;
	return finding;
}

/*
 * Goes on with the bytes that an earlier input ended with. The boundary has no line break in it, so
 * when they turn out to be data, none of them can begin another boundary line: only the byte that
 * made it plain can, and that is left in the input.
 */
static enum finding scan_held(struct multipart *multipart, struct slice *input,
			      struct slice *ret_data)
{
	size_t unused;

	while (input->len > 0) {
		struct slice held = {multipart->line, multipart->line_len + 1U};
		enum finding finding;

		multipart->line[multipart->line_len] = input->data[0];
		finding = match(multipart, held, &unused);
		if (finding == FOUND_DATA) {
			*ret_data = (struct slice){multipart->line, multipart->line_len};
			multipart->line_len = 0;
			multipart->line_start = false;
			return FOUND_DATA;
		}
		advance(input, 1);
		multipart->line_len++;
		if (finding != FOUND_START) {
			multipart->line_len = 0;
			return finding;
		}
	}
	return FOUND_START;
}

/* The number of bytes of data in front of what may be a boundary line. */
static size_t find_boundary(struct multipart *multipart, struct slice input,
			    enum finding *ret_finding, size_t *ret_len)
{
	size_t i;

	*ret_finding = FOUND_START;
	for (i = 0; i < input.len; i++) {
		struct slice text = {input.data + i, input.len - i};

		if (text.data[0] != '\r' && text.data[0] != '\n' &&
		    (i > 0 || !multipart->line_start))
			continue;
		*ret_finding = match(multipart, text, ret_len);
		if (*ret_finding != FOUND_DATA)
			break;
	}
	return i;
}

/*
 * Takes either data off *input, or a boundary line with the line break before it. FOUND_START: all
 * input is used; its end is held back in multipart->line when it may belong to a boundary line.
 */
static enum finding scan(struct multipart *multipart, struct slice *input, struct slice *ret_data)
{
	enum finding finding;
	size_t data_len, len;

	if (multipart->line_len > 0)
		return scan_held(multipart, input, ret_data);
	if (input->len == 0)
		return FOUND_START;
	data_len = find_boundary(multipart, *input, &finding, &len);
	if (data_len > 0) {
		*ret_data = (struct slice){input->data, data_len};
		multipart->line_start = false;
		advance(input, data_len);
		return FOUND_DATA;
	}
	if (finding == FOUND_START) {
		len = input->len;
		assert(len < sizeof(multipart->line));
		memcpy(multipart->line, input->data, len);
		multipart->line_len = (uint16_t)len;
	}
	advance(input, len);
	return finding;
}

/* ---- headers ---- */

/* These return what is wrong, NULL when nothing is. */

static const char *note_length(struct multipart *multipart, struct slice value)
{
	unsigned long long length;

	if (multipart->content_length >= 0)
		return "a part has two Content-Lengths";
	if (slice_number(value, INT64_MAX, &length) < 0)
		return "a part's Content-Length is not a number";
	multipart->content_length = (int64_t)length;
	return NULL;
}

/* Seconds and a fraction, as mjpg-streamer began it; no standard, so what isn't that is ignored. */
static const char *note_timestamp(struct multipart *multipart, struct slice value)
{
	unsigned long long seconds, fraction = 0, scale = 1000000;
	struct slice rest = value, whole;

	if (!slice_split(&rest, '.', &whole) ||
	    slice_number(whole, INT64_MAX / 1000000 - 1, &seconds) < 0)
		return NULL;
	for (size_t i = 0; i < rest.len; i++) {
		if (rest.data[i] < '0' || rest.data[i] > '9')
			return NULL;
		scale /= 10;
		fraction += (unsigned)(rest.data[i] - '0') * scale;
	}
	multipart->timestamp_us = (int64_t)(seconds * 1000000 + fraction);
	return NULL;
}

static const struct {
	const char *name;
	const char *(*note)(struct multipart *multipart, struct slice value);
} noted[] = {
	{"Content-Length", note_length},
	{"X-Timestamp", note_timestamp},
};

static const char *parse_header(struct multipart *multipart, struct slice line)
{
	struct slice name, value = line;
	const char *error = NULL;

	if (is_blank(line.data[0])) /* the continuation of a folded header: none of ours */
		return NULL;
	slice_split(&value, ':', &name);
	if (!value.data)
		return "a part's header has no colon";
	for (size_t i = 0; i < sizeof(noted) / sizeof(noted[0]) && !error; i++) {
		if (slice_equal_nocase(slice_trim(name), noted[i].name))
			error = noted[i].note(multipart, slice_trim(value));
	}
	return error;
}

/* ---- one step for each state ---- */

/* They return MULTIPART_MORE when all input is used, or with another state to go on with. */

static bool only_line_ends(struct slice data)
{
	for (size_t i = 0; i < data.len; i++) {
		if (data.data[i] != '\r' && data.data[i] != '\n')
			return false;
	}
	return true;
}

/* What lies before a boundary line and belongs to no part. */
static enum multipart_event step_gap(struct multipart *multipart, struct slice *input,
				     struct slice *ret_data)
{
	enum finding finding;

	while ((finding = scan(multipart, input, ret_data)) == FOUND_DATA) {
		if (multipart->state == SIZED_END && !only_line_ends(*ret_data))
			return fail(multipart, "a part's Content-Length is wrong");
		if (ret_data->len > MULTIPART_MAX_PREAMBLE - multipart->count)
			return fail(multipart, "there is no boundary line before a part");
		multipart->count += (uint32_t)ret_data->len;
	}
	if (finding == FOUND_START)
		return MULTIPART_MORE;
	multipart->count = 0;
	multipart->state = finding == FOUND_CLOSING ? CLOSED : HEADERS;
	return finding == FOUND_CLOSING ? MULTIPART_END : MULTIPART_MORE;
}

static enum multipart_event step_headers(struct multipart *multipart, struct slice *input,
					 struct slice *ret_data)
{
	const char *error = NULL;
	size_t len;

	(void)ret_data;
	if (multipart->count == 0) {
		multipart->content_length = -1;
		multipart->timestamp_us = -1;
	}
	while (input->len > 0 && !error) {
		char c = input->data[0];

		advance(input, 1);
		if (++multipart->count > MULTIPART_MAX_HEADER)
			return fail(multipart, "a part's headers are too long");
		if (c != '\n') {
			if (multipart->line_len == sizeof(multipart->line))
				return fail(multipart, "a line of a part's headers is too long");
			multipart->line[multipart->line_len++] = c;
			continue;
		}
		len = multipart->line_len;
		multipart->line_len = 0;
		if (len > 0 && multipart->line[len - 1] == '\r')
			len--;
		if (len == 0) {
			multipart->count = 0;
			multipart->line_start = true;
			multipart->left = (uint64_t)multipart->content_length;
			multipart->state = multipart->content_length >= 0 ? SIZED : OPEN;
			return MULTIPART_BEGIN;
		}
		error = parse_header(multipart, (struct slice){multipart->line, len});
	}
	return error ? fail(multipart, error) : MULTIPART_MORE;
}

static enum multipart_event step_sized(struct multipart *multipart, struct slice *input,
				       struct slice *ret_data)
{
	if (multipart->left == 0) {
		multipart->state = SIZED_END;
		return MULTIPART_PART;
	}
	if (input->len == 0)
		return MULTIPART_MORE;
	*ret_data = *input;
	if (ret_data->len > multipart->left)
		ret_data->len = (size_t)multipart->left;
	multipart->left -= ret_data->len;
	advance(input, ret_data->len);
	return MULTIPART_DATA;
}

static enum multipart_event step_open(struct multipart *multipart, struct slice *input,
				      struct slice *ret_data)
{
	enum finding finding = scan(multipart, input, ret_data);

	if (finding == FOUND_DATA)
		return MULTIPART_DATA;
	if (finding == FOUND_START)
		return MULTIPART_MORE;
	multipart->state = finding == FOUND_CLOSING ? CLOSING : HEADERS;
	return MULTIPART_PART;
}

static enum multipart_event step_closing(struct multipart *multipart, struct slice *input,
					 struct slice *ret_data)
{
	(void)input, (void)ret_data;
	multipart->state = CLOSED;
	return MULTIPART_END;
}

/* An epilogue is ignored (RFC 2046 section 5.1.1). */
static enum multipart_event step_closed(struct multipart *multipart, struct slice *input,
					struct slice *ret_data)
{
	(void)multipart, (void)ret_data;
	advance(input, input->len);
	return MULTIPART_MORE;
}

static enum multipart_event step_malformed(struct multipart *multipart, struct slice *input,
					   struct slice *ret_data)
{
	(void)multipart, (void)input, (void)ret_data;
	return MULTIPART_MALFORMED;
}

static enum multipart_event (*const steps[])(struct multipart *multipart, struct slice *input,
					     struct slice *ret_data) = {
	[PREAMBLE] = step_gap,	[HEADERS] = step_headers,     [SIZED] = step_sized,
	[SIZED_END] = step_gap, [OPEN] = step_open,	      [CLOSING] = step_closing,
	[CLOSED] = step_closed, [MALFORMED] = step_malformed,
};

enum multipart_event multipart_next(struct multipart *multipart, struct slice *input,
				    struct slice *ret_data)
{
	enum multipart_event event;
	uint8_t state;

	do {
		state = multipart->state;
		event = steps[state](multipart, input, ret_data);
	} while (event == MULTIPART_MORE && multipart->state != state);
	if (event != MULTIPART_DATA)
		*ret_data = (struct slice){0};
	return event;
}

/* ---- the boundary ---- */

int multipart_init(struct multipart *multipart, struct slice boundary)
{
	if (boundary.len == 0 || boundary.len > MULTIPART_MAX_BOUNDARY)
		return -EINVAL;
	for (size_t i = 0; i < boundary.len; i++) {
		if (boundary.data[i] < ' ' || boundary.data[i] > '~')
			return -EINVAL;
	}
	*multipart = (struct multipart){
		.content_length = -1,
		.timestamp_us = -1,
		.boundary = "--",
		.boundary_len = (uint8_t)(boundary.len + 2),
		.hyphens = boundary.len > 2 && slice_starts_nocase(boundary, "--"),
		.line_start = true,
	};
	memcpy(multipart->boundary + 2, boundary.data, boundary.len);
	return 0;
}

/* Takes a parameter off *rest: up to a semicolon that isn't in quotes (RFC 9110 section 5.6.6). */
static struct slice take_parameter(struct slice *rest)
{
	struct slice parameter = *rest;
	bool quoted = false;
	size_t i;

	for (i = 0; i < rest->len && (quoted || rest->data[i] != ';'); i++) {
		if (rest->data[i] == '"')
			quoted = !quoted;
		else if (rest->data[i] == '\\' && quoted && i + 1 < rest->len)
			i++;
	}
	parameter.len = i;
	advance(rest, i < rest->len ? i + 1 : i);
	return parameter;
}

/* A boundary has no character that needs a backslash (RFC 2046 section 5.1.1). */
static struct slice unquote(struct slice value)
{
	if (value.len > 0 && value.data[0] == '"') {
		if (value.len < 2 || value.data[value.len - 1] != '"' ||
		    memchr(value.data, '\\', value.len))
			return (struct slice){0};
		advance(&value, 1);
		value.len--;
	}
	return value.len > 0 ? value : (struct slice){0};
}

struct slice multipart_boundary(struct slice content_type)
{
	struct slice rest = content_type, name, value;

	if (!slice_starts_nocase(take_parameter(&rest), "multipart/"))
		return (struct slice){0};
	while (rest.len > 0) {
		value = take_parameter(&rest);
		slice_split(&value, '=', &name);
		if (slice_equal_nocase(slice_trim(name), "boundary"))
			return unquote(slice_trim(value));
	}
	return (struct slice){0};
}
