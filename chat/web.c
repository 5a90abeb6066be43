/* SPDX-License-Identifier: MIT */
#include "chat/web.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "chat/server.h"

/* In the order of enum line_form's. */
static const char *const protocols[] = {"text.ircv3.net", "binary.ircv3.net", NULL};

/* What is no WebSocket is answered, and that's the end. By websocket_accept()'s error, or one of ours. */
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

static void refuse(struct client *client, int error)
{
	const struct refusal *refusal = refusals;
	char text[1024];

	while (refusal->error != error)
		refusal++;
	int len = snprintf(text, sizeof(text),
			   "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
			   "Content-Length: %zu\r\nConnection: close\r\n%s\r\n%s\n",
			   refusal->status, http_reason(refusal->status),
			   strlen(refusal->sentence) + 1, refusal->fields, refusal->sentence);
	struct line *answer = line_create_raw(text, (size_t)len);
	client_end(client, answer);
	line_release(answer);
}

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
