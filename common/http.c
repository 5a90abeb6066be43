/* SPDX-License-Identifier: MIT */
#include "common/http.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

enum {
	HTTP_MAX_BASIC = 512,	    /* bytes of "user:password" in Basic credentials */
	HTTP_MAX_SIZE_DIGITS = 15,  /* hexadecimal, so that the size of a chunk can't overflow */
	HTTP_MAX_SIZE_LINE = 250,   /* bytes of a chunk's size and its extensions */
	HTTP_MAX_TRAILER = 4 * 1024 /* bytes behind the last chunk */
};

/* ---- characters ---- */

/* What a token may have besides letters and digits (RFC 9110 section 5.6.2). */
static const char token_marks[] = "!#$%&'*+-.^_`|~";
/* The same of a host and its port (RFC 3986 section 3.2). */
static const char host_marks[] = "!$%&'()*+,-.:;=[]_~";

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_letter(char c)
{
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'z';
}

static bool all_alnum_or(struct slice text, const char *marks)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!is_letter(c) && !is_digit(c) && (c == '\0' || !strchr(marks, c)))
			return false;
	}
	return true;
}

/* Neither controls nor spaces nor anything beyond ASCII. */
static bool all_visible(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] <= ' ' || text.data[i] > '~')
			return false;
	}
	return true;
}

/* No controls but tabs (RFC 9110 section 5.5); obs-text is text. */
static bool is_text(char c)
{
	return (unsigned char)c >= ' ' ? c != 0x7f : c == '\t';
}

static bool all_text(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_text(text.data[i]))
			return false;
	}
	return true;
}

/* ---- heads ---- */

/* Takes a line off *rest: 1; 0 when it isn't complete; -EBADMSG when it doesn't end with CR LF. */
static int take_line(struct slice *rest, struct slice *ret_line)
{
	if (rest->len == 0 || !memchr(rest->data, '\n', rest->len))
		return 0;
	slice_split(rest, '\n', ret_line);
	if (ret_line->len == 0 || ret_line->data[ret_line->len - 1] != '\r')
		return -EBADMSG;
	ret_line->len--;
	return 1;
}

static int parse_version(struct slice version, int *ret_minor)
{
	const char *v = version.data;

	if (version.len != strlen("HTTP/1.1") || memcmp(v, "HTTP/", 5) != 0 || !is_digit(v[5]) ||
	    v[6] != '.' || !is_digit(v[7]))
		return -EBADMSG;
	if (v[5] != '1' || v[7] > '1')
		return -EPROTONOSUPPORT;
	*ret_minor = v[7] - '0';
	return 0;
}

/*
 * The absolute form (RFC 9112 section 3.2.2), as clients send it that think we are a proxy: takes
 * scheme and authority off *target. An empty path is "/", for which the scheme's own will do.
 */
static int take_authority(struct slice *target, struct slice *ret_authority, struct slice *ret_path)
{
	static const char scheme[] = "http://";
	size_t i = sizeof(scheme) - 1;

	if (!slice_starts_nocase(*target, scheme))
		return -EBADMSG;
	*ret_authority = (struct slice){target->data + i, 0};
	while (i < target->len && target->data[i] != '/' && target->data[i] != '?')
		i++;
	ret_authority->len = (size_t)(target->data + i - ret_authority->data);
	if (ret_authority->len == 0 || !all_alnum_or(*ret_authority, host_marks))
		return -EBADMSG;
	*ret_path = (struct slice){ret_authority->data - 1, 1};
	target->data += i;
	target->len -= i;
	return 0;
}

static int parse_target(struct slice target, struct http_head *head, struct slice *ret_authority)
{
	struct slice path;

	if (target.len == 0 || !all_visible(target) || memchr(target.data, '#', target.len))
		return -EBADMSG;
	if (target.data[0] != '/') {
		if (take_authority(&target, ret_authority, &head->path) < 0)
			return -EBADMSG;
	}
	slice_split(&target, '?', &path);
	if (path.len > 0)
		head->path = path;
	head->query = target;
	return 0;
}

static int parse_request_line(struct slice line, struct http_head *head,
			      struct slice *ret_authority)
{
	struct slice target, rest = line;
	int r;

	if (!slice_split(&rest, ' ', &head->method) || !slice_split(&rest, ' ', &target))
		return -EBADMSG;
	if (!rest.data || head->method.len == 0 || !all_alnum_or(head->method, token_marks))
		return -EBADMSG;
	r = parse_version(rest, &head->minor);
	return r < 0 ? r : parse_target(target, head, ret_authority);
}

static int parse_status_line(struct slice line, struct http_head *head)
{
	struct slice version, status, rest = line;
	unsigned long long number;
	int r;

	slice_split(&rest, ' ', &version);
	r = parse_version(version, &head->minor);
	if (r < 0)
		return r;
	/* Some servers leave out the space before an empty reason. */
	if (!slice_split(&rest, ' ', &status) || status.len != 3 ||
	    slice_number(status, 599, &number) < 0 || number < 100 || !all_text(rest))
		return -EBADMSG;
	head->status = (int)number;
	head->reason = rest;
	return 0;
}

static int note_content_length(struct http_head *head, struct slice value)
{
	unsigned long long number;

	if (head->content_length >= 0 || head->chunked ||
	    slice_number(value, INT64_MAX, &number) < 0)
		return -EBADMSG;
	head->content_length = (int64_t)number;
	return 0;
}

static int note_transfer_encoding(struct http_head *head, struct slice value)
{
	if (head->content_length >= 0 || head->chunked || head->minor == 0 ||
	    !slice_equal_nocase(value, "chunked"))
		return -EBADMSG;
	head->chunked = true;
	return 0;
}

static int note_host(struct http_head *head, struct slice value)
{
	if (http_field(head, "Host").data || !all_alnum_or(value, host_marks))
		return -EBADMSG;
	return 0;
}

/* Fields that say where a message ends, or whom it is for. */
static const struct {
	const char *name;
	int (*note)(struct http_head *head, struct slice value);
} noted[] = {
	{"Content-Length", note_content_length},
	{"Transfer-Encoding", note_transfer_encoding},
	{"Host", note_host},
};

static int parse_field(struct slice line, struct http_head *head)
{
	struct http_field field;
	struct slice rest = line;

	slice_split(&rest, ':', &field.name);
	if (!rest.data || field.name.len == 0 || !all_alnum_or(field.name, token_marks) ||
	    !all_text(rest))
		return -EBADMSG;
	field.value = slice_trim(rest);
	for (size_t i = 0; i < sizeof(noted) / sizeof(noted[0]); i++) {
		if (slice_equal_nocase(field.name, noted[i].name) &&
		    noted[i].note(head, field.value) < 0)
			return -EBADMSG;
	}
	if (head->n_fields == HTTP_MAX_FIELDS)
		return -E2BIG;
	head->fields[head->n_fields++] = field;
	return 0;
}

/* Parses field lines up to and with the empty one: 1; 0 when it isn't there yet; negative. */
static int parse_fields(struct slice *rest, struct http_head *head)
{
	struct slice line;
	int r;

	while ((r = take_line(rest, &line)) > 0 && line.len > 0) {
		r = parse_field(line, head);
		if (r < 0)
			return r;
	}
	return r;
}

int http_parse_request(const char *data, size_t len, struct http_head *ret_head)
{
	struct slice rest = {data, len}, line, authority = {0}, host;
	int r;

	*ret_head = (struct http_head){.content_length = -1};
	r = take_line(&rest, &line);
	/* One empty line before the request is ignored (RFC 9112 section 2.2). */
	if (r > 0 && line.len == 0)
		r = take_line(&rest, &line);
	if (r <= 0)
		return r;
	r = parse_request_line(line, ret_head, &authority);
	if (r < 0)
		return r;
	r = parse_fields(&rest, ret_head);
	if (r <= 0)
		return r;
	host = http_field(ret_head, "Host");
	if (!host.data && ret_head->minor > 0)
		return -EBADMSG;
	/* Where both name the host, whoever looks at one must see the other (section 3.2). */
	if (authority.data && host.data &&
	    (authority.len != host.len || strncasecmp(authority.data, host.data, host.len) != 0))
		return -EBADMSG;
	return (int)(rest.data - data);
}

int http_parse_response(const char *data, size_t len, struct http_head *ret_head)
{
	struct slice rest = {data, len}, line;
	int r;

	*ret_head = (struct http_head){.content_length = -1};
	r = take_line(&rest, &line);
	if (r <= 0)
		return r;
	r = parse_status_line(line, ret_head);
	if (r < 0)
		return r;
	r = parse_fields(&rest, ret_head);
	return r <= 0 ? r : (int)(rest.data - data);
}

struct slice http_field(const struct http_head *head, const char *name)
{
	for (size_t i = 0; i < head->n_fields; i++) {
		if (slice_equal_nocase(head->fields[i].name, name))
			return head->fields[i].value;
	}
	return (struct slice){0};
}

bool http_field_has(const struct http_head *head, const char *name, const char *token)
{
	struct slice rest, element;

	/* A list may be spread over several fields of the name (RFC 9110 section 5.3). */
	for (size_t i = 0; i < head->n_fields; i++) {
		if (!slice_equal_nocase(head->fields[i].name, name))
			continue;
		rest = head->fields[i].value;
		while (slice_split(&rest, ',', &element)) {
			if (slice_equal_nocase(slice_trim(element), token))
				return true;
		}
	}
	return false;
}

/* ---- queries and credentials ---- */

static int decode_escape(struct slice escape, char *ret_char)
{
	int high, low;

	if (escape.len < 3)
		return -EBADMSG;
	high = hex_digit(escape.data[1]);
	low = hex_digit(escape.data[2]);
	if (high < 0 || low < 0)
		return -EBADMSG;
	*ret_char = (char)(high << 4 | low);
	return 0;
}

static int decode_value(struct slice value, char *to, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < value.len; i++, n++) {
		char c = value.data[i];

		if (c == '%') {
			if (decode_escape((struct slice){value.data + i, value.len - i}, &c) < 0)
				return -EBADMSG;
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		if (c == '\0')
			return -EBADMSG;
		if (n + 1 >= size)
			return -ENAMETOOLONG;
		to[n] = c;
	}
	if (n >= size)
		return -ENAMETOOLONG;
	to[n] = '\0';
	return (int)n;
}

int http_query(struct slice query, const char *name, char *to, size_t size)
{
	struct slice key, value;

	while (slice_split(&query, '&', &value)) {
		slice_split(&value, '=', &key);
		if (slice_equal(key, name))
			return decode_value(value, to, size);
	}
	return -ENOENT;
}

static int copy_bearer(struct slice token, char *to, size_t size)
{
	int r;

	if (token.len == 0 || !all_alnum_or(token, "-._~+/="))
		return -EBADMSG;
	r = slice_copy(token, to, size);
	return r < 0 ? r : (int)token.len;
}

static int copy_password(struct slice encoded, char *to, size_t size)
{
	char decoded[HTTP_MAX_BASIC];
	struct slice user, password = {decoded, 0};
	int r;

	if (encoded.len / 4 * 3 > sizeof(decoded))
		return -ENAMETOOLONG;
	r = sodium_base642bin((unsigned char *)decoded, sizeof(decoded), encoded.data, encoded.len,
			      NULL, &password.len, NULL, sodium_base64_VARIANT_ORIGINAL);
	if (r == 0 && all_text(password) && slice_split(&password, ':', &user) && password.data) {
		r = slice_copy(password, to, size);
		r = r < 0 ? r : (int)password.len;
	} else {
		r = -EBADMSG;
	}
	sodium_memzero(decoded, sizeof(decoded));
	return r;
}

static const struct {
	const char *name;
	int (*copy_secret)(struct slice credentials, char *to, size_t size);
} schemes[] = {
	{"Bearer", copy_bearer},
	{"Basic", copy_password},
};

int http_credentials(struct slice authorization, char *to, size_t size)
{
	struct slice scheme, rest = slice_trim(authorization);

	if (!slice_split(&rest, ' ', &scheme) || scheme.len == 0)
		return -EBADMSG;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (slice_equal_nocase(scheme, schemes[i].name))
			return schemes[i].copy_secret(slice_trim(rest), to, size);
	}
	return -EPROTONOSUPPORT;
}

/* ---- reasons ---- */

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{100, "Continue"},
	{101, "Switching Protocols"},
	{200, "OK"},
	{204, "No Content"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{304, "Not Modified"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{411, "Length Required"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{417, "Expectation Failed"},
	{421, "Misdirected Request"},
	{426, "Upgrade Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{505, "HTTP Version Not Supported"},
};

const char *http_reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "Unknown";
}

/* ---- the chunked coding ---- */

enum chunk_state {
	CHUNK_START, /* as CHUNK_SIZE; in the table below it means that a byte is malformed */
	CHUNK_SIZE,
	CHUNK_DIGITS,
	CHUNK_BLANK,
	CHUNK_EXTENSION,
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_TRAILER, /* at the start of a line; from here on bytes count as the trailer's */
	CHUNK_FIELD,
	CHUNK_FIELD_LF,
	CHUNK_LAST_LF,
	CHUNK_END,
};

enum chunk_class {
	CLASS_BAD,
	CLASS_HEX,
	CLASS_SEMICOLON,
	CLASS_BLANK,
	CLASS_TEXT,
	CLASS_CR,
	CLASS_LF
};

static const uint8_t chunk_next[][CLASS_LF + 1] = {
	/* clang-format off */
	[CHUNK_START] =		{[CLASS_HEX] = CHUNK_DIGITS},
	[CHUNK_SIZE] =		{[CLASS_HEX] = CHUNK_DIGITS},
	[CHUNK_DIGITS] =	{[CLASS_HEX] = CHUNK_DIGITS, [CLASS_SEMICOLON] = CHUNK_EXTENSION,
				 [CLASS_BLANK] = CHUNK_BLANK, [CLASS_CR] = CHUNK_SIZE_LF},
	[CHUNK_BLANK] =		{[CLASS_BLANK] = CHUNK_BLANK, [CLASS_SEMICOLON] = CHUNK_EXTENSION},
	[CHUNK_EXTENSION] =	{[CLASS_HEX] = CHUNK_EXTENSION, [CLASS_SEMICOLON] = CHUNK_EXTENSION,
				 [CLASS_BLANK] = CHUNK_EXTENSION, [CLASS_TEXT] = CHUNK_EXTENSION,
				 [CLASS_CR] = CHUNK_SIZE_LF},
	[CHUNK_SIZE_LF] =	{[CLASS_LF] = CHUNK_DATA},
	[CHUNK_DATA_CR] =	{[CLASS_CR] = CHUNK_DATA_LF},
	[CHUNK_DATA_LF] =	{[CLASS_LF] = CHUNK_SIZE},
	[CHUNK_TRAILER] =	{[CLASS_HEX] = CHUNK_FIELD, [CLASS_TEXT] = CHUNK_FIELD,
				 [CLASS_CR] = CHUNK_LAST_LF},
	[CHUNK_FIELD] =		{[CLASS_HEX] = CHUNK_FIELD, [CLASS_SEMICOLON] = CHUNK_FIELD,
				 [CLASS_BLANK] = CHUNK_FIELD, [CLASS_TEXT] = CHUNK_FIELD,
				 [CLASS_CR] = CHUNK_FIELD_LF},
	[CHUNK_FIELD_LF] =	{[CLASS_LF] = CHUNK_TRAILER},
	[CHUNK_LAST_LF] =	{[CLASS_LF] = CHUNK_END},
	/* clang-format on */
};

static enum chunk_class chunk_class(char c)
{
	if (hex_digit(c) >= 0)
		return CLASS_HEX;
	if (c == '\r' || c == '\n')
		return c == '\r' ? CLASS_CR : CLASS_LF;
	if (c == ' ' || c == '\t')
		return CLASS_BLANK;
	if (c == ';')
		return CLASS_SEMICOLON;
	return is_text(c) ? CLASS_TEXT : CLASS_BAD;
}

/* One byte of what isn't data. */
static int chunk_step(struct http_chunked *chunked, char c)
{
	bool trailer = chunked->state >= CHUNK_TRAILER;

	chunked->state = chunk_next[chunked->state][chunk_class(c)];
	if (chunked->state == CHUNK_START ||
	    chunked->line_len++ == (trailer ? HTTP_MAX_TRAILER : HTTP_MAX_SIZE_LINE))
		return -EBADMSG;
	if (chunked->state == CHUNK_DIGITS) {
		if (chunked->digits++ == HTTP_MAX_SIZE_DIGITS)
			return -EBADMSG;
		chunked->left = chunked->left << 4 | (unsigned)hex_digit(c);
	} else if (chunked->state == CHUNK_DATA) {
		chunked->digits = 0;
		chunked->line_len = 0;
		if (chunked->left == 0)
			chunked->state = CHUNK_TRAILER;
	}
	return 0;
}

int http_chunked_decode(struct http_chunked *chunked, const char *data, size_t len,
			size_t *ret_used, struct slice *ret_data)
{
	size_t used = 0;

	*ret_data = (struct slice){0};
	while (used < len && chunked->state != CHUNK_DATA && chunked->state != CHUNK_END) {
		if (chunk_step(chunked, data[used++]) < 0)
			return -EBADMSG;
	}
	if (used < len && chunked->state == CHUNK_DATA) {
		*ret_data = (struct slice){data + used, len - used};
		if (ret_data->len > chunked->left)
			ret_data->len = (size_t)chunked->left;
		used += ret_data->len;
		chunked->left -= ret_data->len;
		if (chunked->left == 0)
			chunked->state = CHUNK_DATA_CR;
	}
	*ret_used = used;
	return chunked->state != CHUNK_END;
}
