/* SPDX-License-Identifier: MIT */
#include "viewer/handshake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/http.h"
#include "common/wire.h"
#include "viewer/human.h"

/* ---- the request ---- */

static bool visible(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

/* The URL's own query, and ours behind it. */
static void request_query(const struct handshake_request *request, char *to, size_t size)
{
	const char *between = request->url->query[0] != '\0' ? "&" : "";
	char rendition[128] = "", wait[32] = "";

	if (request->rendition) {
		snprintf(rendition, sizeof(rendition), "%srendition=%s", between,
			 request->rendition);
		between = "&";
	}
	if (request->wait_s > 0)
		snprintf(wait, sizeof(wait), "%swait=%u", between, request->wait_s);
	snprintf(to, size, "%s%s%s", request->url->query, rendition, wait);
}

int handshake_request(const struct handshake_request *request, char *to, size_t size)
{
	const struct url *url = request->url;
	bool bracket = strchr(url->host, ':') != NULL, has_key = request->key[0] != '\0';
	char query[512];
	int len;

	if (!visible(url->host) || !visible(url->query) || !visible(request->key))
		return -EINVAL;
	if (request->rendition &&
	    (!visible(request->rendition) || strlen(request->rendition) > 64 ||
	     strpbrk(request->rendition, "&#%+")))
		return -EINVAL;
	request_query(request, query, sizeof(query));
	len = snprintf(to, size,
		       "GET /%s%s%s HTTP/1.1\r\n"
		       "Host: %s%s%s:%s\r\n"
		       "Connection: Upgrade\r\n"
		       "Upgrade: " WIRE_PROTOCOL "\r\n"
		       "User-Agent: spillway/" SPILLWAY_VERSION "\r\n"
		       "%s%s%s"
		       "\r\n",
		       url->stream, query[0] != '\0' ? "?" : "", query, bracket ? "[" : "",
		       url->host, bracket ? "]" : "", url->port,
		       has_key ? "Authorization: Bearer " : "", request->key,
		       has_key ? "\r\n" : "");
	return len < 0 || (size_t)len >= size ? -ENAMETOOLONG : len;
}

/* ---- the answer ---- */

/* Copies what there is of a chunked body. 1 when it is whole, else 0. */
static int body_unchunk(const char *data, size_t len, char *to, size_t *to_len, size_t size)
{
	struct http_chunked chunked = {0};
	int more = 1;

	while (more == 1 && len > 0) {
		struct slice piece = {0};
		size_t used = 0, fits;

		more = http_chunked_decode(&chunked, data, len, &used, &piece);
		fits = piece.len < size - *to_len ? piece.len : size - *to_len;
		if (fits > 0)
			memcpy(to + *to_len, piece.data, fits);
		*to_len += fits;
		data += used;
		len -= used;
	}
	return more != 1;
}

/* The body's first line says what is wrong, if it is for people. */
static void answer_sentence(const struct http_head *head, struct slice body,
			    struct handshake_answer *answer)
{
	struct slice line = {0};

	if (head->status < 300)
		line = slice_from("it doesn't speak " WIRE_PROTOCOL
				  "; a proxy in front of it must pass Upgrade");
	else if (slice_starts_nocase(http_field(head, "Content-Type"), "text/plain"))
		slice_split(&body, '\n', &line);
	if (line.len == 0)
		line = head->reason;
	human_sentence(slice_trim(line), answer->sentence, sizeof(answer->sentence));
	if (answer->sentence[0] == '\0')
		snprintf(answer->sentence, sizeof(answer->sentence), "%s",
			 http_reason(head->status));
	else if (answer->sentence[strlen(answer->sentence) - 1] == '.')
		answer->sentence[strlen(answer->sentence) - 1] = '\0';
}

int handshake_answer(const char *data, size_t len, bool last, struct handshake_answer *ret_answer)
{
	struct http_head head;
	char body[1024];
	size_t body_len = 0;
	int head_len = http_parse_response(data, len, &head);
	bool whole;

	if (head_len < 0 || (head_len == 0 && last))
		return -EBADMSG;
	if (head_len == 0)
		return 0;
	*ret_answer = (struct handshake_answer){
		.status = head.status,
		.upgraded = head.status == 101 && http_field_has(&head, "Upgrade", WIRE_PROTOCOL),
		.head_len = (size_t)head_len,
	};
	if (ret_answer->upgraded)
		return 1;

	data += head_len;
	len -= (size_t)head_len;
	if (head.chunked) {
		whole = body_unchunk(data, len, body, &body_len, sizeof(body));
	} else {
		body_len = len < sizeof(body) ? len : sizeof(body);
		memcpy(body, data, body_len);
		whole = head.content_length >= 0 && len >= (size_t)head.content_length;
	}
	if (head.status >= 300 && !whole && !last)
		return 0;
	answer_sentence(&head, (struct slice){body, body_len}, ret_answer);
	return 1;
}

bool handshake_may_retry(int status)
{
	return status == 404 || status == 408 || status == 429 || status >= 500;
}
