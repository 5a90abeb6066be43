/* SPDX-License-Identifier: MIT */
#include "chat/web.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/metrics.h"
#include "chat/server.h"

#define NO_STORE "Cache-Control: no-store\r\n"
#define PLAIN "Content-Type: text/plain; charset=utf-8\r\n"

enum { WEB_HEAD_SIZE = 512 };

/* "irc" is what Twitch's bots ask for. */
static const char *const protocols[] = {"text.ircv3.net", "binary.ircv3.net", "irc", NULL};

/* What is no WebSocket is answered, and that's the end. By websocket_accept()'s error, or one of
 * ours. */
static const struct refusal {
	int error, status;
	const char *fields, *sentence;
} refusals[] = {
	{-ENOENT, 426, "Upgrade: websocket\r\n",
	 "This is a chat: it speaks IRC, also by WebSocket."},
	{-EPROTONOSUPPORT, 426, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
	 "This chat speaks version 13 of WebSocket."},
	{-EBADMSG, 400, "", "That is no request."},
	{-EACCES, 403, "", "Pages from there may not use this chat."},
	{-EOPNOTSUPP, 405, "Allow: GET\r\n", "This is a chat: there is only GET."},
};

/* An answer is the last thing on its connection. body is borrowed; a HEAD has none. */
static void answer(struct client *client, int status, const char *fields, const char *body,
		   size_t len, bool is_head)
{
	size_t size = len + WEB_HEAD_SIZE;
	char *text = malloc(size);
	struct line *line = NULL;

	if (text != NULL) {
		int head = snprintf(text, WEB_HEAD_SIZE,
				    "HTTP/1.1 %d %s\r\nContent-Length: %zu\r\n"
				    "Connection: close\r\n%s\r\n",
				    status, http_reason(status), len, fields);

		if (!is_head)
			memcpy(text + head, body, len);
		line = line_create_raw(text, (size_t)head + (is_head ? 0 : len));
	}
	client_end(client, line);
	line_release(line);
	free(text);
}

/* A sentence, for people. */
static void say(struct client *client, int status, const char *fields, const char *sentence,
		bool is_head)
{
	char all[256], text[512];

	snprintf(all, sizeof(all), PLAIN "%s", fields);
	int len = snprintf(text, sizeof(text), "%s\n", sentence);
	answer(client, status, all, text, (size_t)len, is_head);
}

static void refuse(struct client *client, int error)
{
	const struct refusal *refusal = refusals;

	while (refusal->error != error)
		refusal++;
	say(client, refusal->status, refusal->fields, refusal->sentence, false);
}

/* ---- pages ---- */

static void answer_metrics(struct client *client, bool is_head)
{
	struct exposition out;

	exposition_init(&out, 0);
	metrics_write(client->server, &out);
	if (out.failed)
		say(client, 503, "", "The chat is out of memory.", is_head);
	else
		answer(client, 200,
		       "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n" NO_STORE,
		       out.text, out.len, is_head);
	exposition_finish(&out);
}

/* Whether it does what it is for. */
static void answer_health(struct client *client, bool is_head)
{
	const struct server *server = client->server;

	if (server->draining)
		say(client, 503, NO_STORE, "The chat is shutting down.", is_head);
	else if (store_refuses(server->store) < 0)
		say(client, 503, NO_STORE, "Messages can't be stored any more.", is_head);
	else
		say(client, 200, NO_STORE, "ok", is_head);
}

static const struct page {
	const char *path;
	void (*answer)(struct client *client, bool is_head);
} pages[] = {
	{"/metrics", answer_metrics},
	{"/healthz", answer_health},
};

/* Any address will do for a WebSocket. */
static bool answer_page(struct client *client, const struct http_head *head)
{
	bool is_head = slice_equal(head->method, "HEAD");

	if (http_field(head, "Upgrade").data != NULL ||
	    (!is_head && !slice_equal(head->method, "GET")))
		return false;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (!slice_equal(head->path, pages[i].path))
			continue;
		pages[i].answer(client, is_head);
		return true;
	}
	return false;
}

/* ---- WebSocket ---- */

/* Browsers always say on whose behalf they come; other programs needn't. */
static bool origin_may(const struct chat_config *config, const struct http_head *head)
{
	struct slice origin = http_field(head, "Origin");

	if (config->web_origins.n == 0 || origin.data == NULL)
		return true;
	for (size_t i = 0; i < config->web_origins.n; i++) {
		if (slice_equal_nocase(origin, config->web_origins.items[i]))
			return true;
	}
	return false;
}

static void accept_websocket(struct client *client, const struct http_head *head,
			     const char *accept)
{
	const char *protocol = websocket_protocol(head, protocols);
	char text[512];
	int len = snprintf(text, sizeof(text),
			   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
			   "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s%s%s\r\n",
			   accept, protocol != NULL ? "Sec-WebSocket-Protocol: " : "",
			   protocol != NULL ? protocol : "", protocol != NULL ? "\r\n" : "");
	struct line *answer = line_create_raw(text, (size_t)len);

	/* All is UTF-8 here: text is for everybody who doesn't say otherwise. */
	conn_upgrade(&client->conn, protocol == protocols[1] ? LINE_BINARY : LINE_TEXT, answer);
	line_release(answer);
}

void web_request(struct client *client, const struct http_head *head)
{
	char accept[WEBSOCKET_ACCEPT_SIZE];
	int error;

	if (head != NULL && answer_page(client, head))
		return;
	if (head == NULL)
		error = -EBADMSG;
	else if (!slice_equal(head->method, "GET"))
		error = -EOPNOTSUPP;
	else
		error = websocket_accept(head, accept);
	if (error == 0 && !origin_may(client->server->config, head))
		error = -EACCES;
	if (error == 0)
		accept_websocket(client, head, accept);
	else
		refuse(client, error);
}
