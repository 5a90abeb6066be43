/* SPDX-License-Identifier: MIT */
/*
 * Heads of HTTP/1.1 messages (RFC 9112) and the chunked coding of bodies. Pure: bytes in, slices of
 * those bytes out; no copy, no allocation, no clock.
 *
 * Strict where leniency is known to be dangerous (RFC 9112 sections 2.2, 5.1, 5.2, 6.3, 11.2):
 * lines end with CR LF; no white space before a colon; no folded lines; no control characters; one
 * Host at most (HTTP/1.1 requests need one); Content-Length at most once, a plain number, and never
 * beside Transfer-Encoding; Transfer-Encoding only "chunked", only in HTTP/1.1.
 */
#ifndef SPILLWAY_HTTP_H
#define SPILLWAY_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"

enum { HTTP_MAX_FIELDS = 64 };

struct http_field {
	struct slice name, value; /* value without white space around it */
};

struct http_head {
	/* requests */
	struct slice method;
	struct slice path;  /* as sent, starts with '/', without the query */
	struct slice query; /* behind '?', as sent; data NULL where there is none */
	/* responses */
	int status; /* 100 to 599; 0 in a request */
	struct slice reason;

	int minor; /* HTTP/1.minor: 0 or 1 */
	size_t n_fields;
	struct http_field fields[HTTP_MAX_FIELDS];

	/* What the fields say of the body. */
	int64_t content_length; /* -1: not given */
	bool chunked;
};

/*
 * Parses the head at the start of data. Returns its length in bytes, the empty line included; 0
 * when it isn't complete yet; -EBADMSG when it is malformed, -E2BIG with more than HTTP_MAX_FIELDS
 * fields, -EPROTONOSUPPORT for a version other than 1.0 and 1.1. A malformed head is reported as
 * soon as its malformed line is complete, so another look is worth while only once a line feed
 * came. The caller bounds len. Slices in *ret_head borrow data.
 */
int http_parse_request(const char *data, size_t len, struct http_head *ret_head);
int http_parse_response(const char *data, size_t len, struct http_head *ret_head);

/* The first field of that name (without case), trimmed; data is NULL where there is none. */
struct slice http_field(const struct http_head *head, const char *name);
/* Whether a comma-separated field contains token (without case): Connection, Upgrade. */
bool http_field_has(const struct http_head *head, const char *name, const char *token);

/* Finds name in a query and decodes its value (%XX and '+') into to with a NUL; "name" without '='
 * has the value "". Returns its length, -ENOENT without it, -EBADMSG for a bad escape or a NUL,
 * -ENAMETOOLONG when it doesn't fit. */
int http_query(struct slice query, const char *name, char *to, size_t size);

/* The standard reason phrase, e.g. "Not Found"; "Unknown" for a status that we don't use. */
const char *http_reason(int status);

/*
 * Basic and Bearer credentials (RFC 7617, RFC 6750) of an Authorization value. Writes the bearer
 * token, or Basic's password, to `to` with a NUL. Returns its length; -EBADMSG when malformed,
 * -ENAMETOOLONG when it doesn't fit, -EPROTONOSUPPORT for another scheme.
 */
int http_credentials(struct slice authorization, char *to, size_t size);

/* ---- the chunked coding (RFC 9112 section 7.1) ---- */

struct http_chunked { /* start with {0} */
	uint8_t state;
	uint8_t digits;	   /* of the present size */
	uint16_t line_len; /* bytes of the present size line, or of the trailer */
	uint64_t left;	   /* bytes of data left in the chunk */
};

/*
 * Decodes the next piece of data, in place. Consumes *ret_used bytes of input, and sets *ret_data
 * to the body bytes among them (maybe none). Returns 1 when body bytes were found or more input is
 * needed, 0 at the end of the body, -EBADMSG when malformed. Call again with the input that is left
 * while *ret_used is less than len.
 */
int http_chunked_decode(struct http_chunked *chunked, const char *data, size_t len,
			size_t *ret_used, struct slice *ret_data);

#endif
