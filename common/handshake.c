/* SPDX-License-Identifier: MIT */
#include "common/handshake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/http.h"
#include "common/sentence.h"
#include "common/wire.h"

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

int handshake_request(const struct handshake_request *request, char to[HANDSHAKE_MAX_REQUEST])
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
	len = snprintf(to, HANDSHAKE_MAX_REQUEST,
		       "%s /%s%s%s HTTP/1.1\r\n"
		       "Host: %s%s%s:%s\r\n"
		       "Connection: Upgrade\r\n"
		       "Upgrade: " WIRE_PROTOCOL "\r\n"
		       "User-Agent: %s\r\n"
		       "%s%s%s"
		       "\r\n",
		       request->method, url->stream, query[0] != '\0' ? "?" : "", query,
		       bracket ? "[" : "", url->host, bracket ? "]" : "", url->port,
		       request->user_agent, has_key ? "Authorization: Bearer " : "", request->key,
		       has_key ? "\r\n" : "");
	return len < 0 || len >= HANDSHAKE_MAX_REQUEST ? -EINVAL : len;
}

/* ---- the answer ---- */

/* Copies what there is of a chunked body. Whether it is whole. */
static bool body_unchunk(struct slice data, char *to, size_t size, size_t *ret_len)
{
	struct http_chunked chunked = {0};
	int more = 1;

	*ret_len = 0;
	while (more == 1 && data.len > 0) {
		struct slice piece = {0};
		size_t used = 0, fits;

		more = http_chunked_decode(&chunked, data.data, data.len, &used, &piece);
		fits = piece.len < size - *ret_len ? piece.len : size - *ret_len;
		if (fits > 0)
			memcpy(to + *ret_len, piece.data, fits);
		*ret_len += fits;
		data.data += used;
		data.len -= used;
	}
	return more != 1;
}

/* The body's first line says what is wrong, if it is for people. */
static void answer_sentence(const struct http_head *head, struct slice body,
			    struct handshake_answer *answer)
{
	if (head->status < 300)
		snprintf(answer->sentence, sizeof(answer->sentence),
			 "it doesn't speak " WIRE_PROTOCOL
			 "; a proxy in front of it must pass Upgrade");
	else if (slice_starts_nocase(http_field(head, "Content-Type"), "text/plain"))
		sentence_first(slice_trim(body), answer->sentence, sizeof(answer->sentence));
	answer->explained = answer->sentence[0] != '\0' &&
			    strcmp(answer->sentence, http_reason(head->status)) != 0;
	if (answer->sentence[0] == '\0')
		sentence_first(head->reason, answer->sentence, sizeof(answer->sentence));
	if (answer->sentence[0] == '\0')
		snprintf(answer->sentence, sizeof(answer->sentence), "%s",
			 http_reason(head->status));
}

/* Another host isn't followed: the key would go there, too. */
static void answer_location(const struct http_head *head, struct handshake_answer *answer)
{
	struct slice location = http_field(head, "Location"), path;

	if (head->status != 307 || location.len == 0 || location.data[0] != '/')
		return;
	location.data++;
	location.len--;
	if (slice_split(&location, '?', &path) && name_valid(path))
		(void)slice_copy(path, answer->stream, sizeof(answer->stream));
}

/* 1 when all of the body that is needed was there, else 0. */
static int answer_body(const struct http_head *head, struct slice data, bool ended,
		       struct handshake_answer *answer)
{
	char unchunked[HANDSHAKE_MAX_SENTENCE];
	bool whole = head->status < 300;

	if (head->chunked) {
		size_t len;

		whole |= body_unchunk(data, unchunked, sizeof(unchunked), &len);
		data = (struct slice){unchunked, len};
	} else if (head->content_length >= 0 && data.len >= (size_t)head->content_length) {
		whole = true;
		data.len = (size_t)head->content_length;
	}
	if (!whole && !ended)
		return 0;
	answer_sentence(head, data, answer);
	return 1;
}

int handshake_answer(const char *data, size_t len, bool ended, struct handshake_answer *ret_answer)
{
	bool full = len >= HANDSHAKE_MAX_ANSWER;
	struct http_head head;
	size_t at = 0;

	do {
		int used = http_parse_response(data + at, len - at, &head);

		if (used < 0)
			return used == -E2BIG ? -EMSGSIZE : -EBADMSG;
		if (used == 0 && full)
			return -EMSGSIZE;
		if (used == 0)
			return ended ? -EBADMSG : 0;
		at += (size_t)used;
		/* Answers before the answer, such as 100 and 103 (RFC 9110 section 15.2). */
	} while (head.status < 200 && head.status != 101);
	*ret_answer = (struct handshake_answer){
		.status = head.status,
		.upgraded = head.status == 101 && http_field_has(&head, "Upgrade", WIRE_PROTOCOL),
		.head_len = at,
	};
	answer_location(&head, ret_answer);
	if (ret_answer->upgraded)
		return 1;
	return answer_body(&head, (struct slice){data + at, len - at}, ended || full, ret_answer);
}

/* What isn't in here is a refusal. */
static const struct {
	int first, last; /* status */
	enum handshake_verdict verdict, explained;
} verdicts[] = {
	{404, 404, HANDSHAKE_RETRY, HANDSHAKE_RETRY},
	{408, 408, HANDSHAKE_RETRY, HANDSHAKE_RETRY},
	{409, 409, HANDSHAKE_BUSY, HANDSHAKE_BUSY},
	{429, 429, HANDSHAKE_RETRY, HANDSHAKE_RETRY},
	{502, 502, HANDSHAKE_RETRY, HANDSHAKE_REFUSED},
	{500, 599, HANDSHAKE_RETRY, HANDSHAKE_RETRY},
};

enum handshake_verdict handshake_verdict(int status, bool explained)
{
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (verdicts[i].first <= status && status <= verdicts[i].last)
			return explained ? verdicts[i].explained : verdicts[i].verdict;
	return HANDSHAKE_REFUSED;
}
