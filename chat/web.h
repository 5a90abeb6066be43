/* SPDX-License-Identifier: MIT */
/* What the chat answers by HTTP: a WebSocket (IRCv3 WebSocket support), /metrics, /healthz, or why
 * not. */
#ifndef SPILLWAY_CHAT_WEB_H
#define SPILLWAY_CHAT_WEB_H

#include "chat/client.h"

/* Answers a request of a connection that has just begun; the head is borrowed, NULL: malformed. */
void web_request(struct client *client, const struct http_head *head);

#endif
