/* SPDX-License-Identifier: MIT */
#include "capture/greeting.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/http.h"
#include "common/wire.h"

/* What isn't in here and isn't 101 is a refusal. */
static const struct {
	int status;
	enum greeting_verdict verdict;
} verdicts[] = {
	{404, GREETING_RETRY}, {408, GREETING_RETRY}, {409, GREETING_BUSY},  {429, GREETING_RETRY},
	{500, GREETING_RETRY}, {502, GREETING_RETRY}, {503, GREETING_RETRY}, {504, GREETING_RETRY},
};

static enum greeting_verdict verdict_of(const struct http_head *head)
{
	if (head->status == 101 && http_field_has(head, "Upgrade", WIRE_PROTOCOL))
		return GREETING_OPEN;
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++)
		if (verdicts[i].status == head->status)
			return verdicts[i].verdict;
	return GREETING_REFUSED;
}

int greeting_write(char to[GREETING_MAX_REQUEST], const struct url *url, const char *key)
{
	bool bracket = strchr(url->host, ':') != NULL;
	int len;

	for (const char *c = key; c != NULL && *c != '\0'; c++)
		if (!isgraph((unsigned char)*c))
			return -EINVAL;
	len = snprintf(to, GREETING_MAX_REQUEST,
		       "POST /%s%s%s HTTP/1.1\r\n"
		       "Host: %s%s%s:%s\r\n"
		       "Connection: Upgrade\r\n"
		       "Upgrade: " WIRE_PROTOCOL "\r\n"
		       "User-Agent: spillway-capture/" SPILLWAY_VERSION "\r\n"
		       "%s%s%s\r\n",
		       url->stream, url->query[0] != '\0' ? "?" : "", url->query,
		       bracket ? "[" : "", url->host, bracket ? "]" : "", url->port,
		       key != NULL ? "Authorization: Bearer " : "", key != NULL ? key : "",
		       key != NULL ? "\r\n" : "");
	return len < GREETING_MAX_REQUEST ? len : -EINVAL;
}

void greeting_clean(const char *data, size_t len, char to[GREETING_TEXT_SIZE])
{
	size_t n = 0;

	for (; n < len && n < GREETING_TEXT_SIZE - 1; n++) {
		if (data[n] == '\n' || data[n] == '\r')
			break;
		/* Control characters, and UTF-8's beyond ASCII, since it may be cut anywhere. */
		to[n] = isprint((unsigned char)data[n]) ? data[n] : '?';
	}
	while (n > 0 && (to[n - 1] == '.' || to[n - 1] == ' '))
		n--;
	to[n] = '\0';
}

/* The body when it is meant for people, else what the status is called. */
static void take_sentence(const struct http_head *head, const char *body, size_t len,
			  struct greeting_reply *reply)
{
	bool plain = slice_starts_nocase(http_field(head, "Content-Type"), "text/plain");

	if (head->content_length >= 0 && len > (size_t)head->content_length)
		len = (size_t)head->content_length;
	if (plain && !head->chunked)
		greeting_clean(body, len, reply->text);
	if (reply->text[0] == '\0')
		greeting_clean(head->reason.data, head->reason.len, reply->text);
	if (reply->text[0] == '\0')
		snprintf(reply->text, GREETING_TEXT_SIZE, "%s", http_reason(head->status));
}

static bool body_is_complete(const struct http_head *head, size_t len)
{
	return head->chunked || (head->content_length >= 0 && (int64_t)len >= head->content_length);
}

int greeting_read(const char *data, size_t len, bool ended, struct greeting_reply *ret_reply)
{
	struct http_head head;
	size_t at = 0;

	*ret_reply = (struct greeting_reply){.verdict = GREETING_REFUSED};
	for (;;) {
		int used = http_parse_response(data + at, len - at, &head);

		if (used < 0)
			return used == -E2BIG ? -EMSGSIZE : -EBADMSG;
		if (used == 0 && len >= GREETING_MAX_REPLY)
			return -EMSGSIZE;
		if (used == 0)
			return ended ? -EBADMSG : 0;
		at += (size_t)used;
		/* Answers before the answer, such as 100 and 103 (RFC 9110 section 15.2). */
		if (head.status >= 200 || head.status == 101)
			break;
	}
	ret_reply->status = head.status;
	ret_reply->verdict = verdict_of(&head);
	ret_reply->used = at;
	if (ret_reply->verdict == GREETING_OPEN)
		return 1;
	if (!ended && len < GREETING_MAX_REPLY && !body_is_complete(&head, len - at))
		return 0;
	take_sentence(&head, data + at, len - at, ret_reply);
	return 1;
}
