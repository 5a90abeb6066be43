/* SPDX-License-Identifier: MIT */
/*
 * WebSocket (RFC 6455), the server's side: the handshake, and frames. Pure: no I/O, no allocation.
 *
 * Strict: a client's frames are masked, lengths are written as short as can be, control frames are
 * whole and have at most 125 bytes, no extension was agreed on.
 */
#ifndef SPILLWAY_WEBSOCKET_H
#define SPILLWAY_WEBSOCKET_H

#include "common/http.h"

enum {
	WEBSOCKET_ACCEPT_SIZE = 29, /* base64 of a SHA-1, and a NUL */
	WEBSOCKET_MAX_HEAD = 10,    /* bytes before a server's payload */
	WEBSOCKET_MAX_CONTROL = 125,
};

/* Section 11.8. */
enum websocket_kind {
	WEBSOCKET_CONTINUATION = 0,
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8,
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10,
};

/* Section 7.4.1. */
enum websocket_status {
	WEBSOCKET_NORMAL = 1000,
	WEBSOCKET_PROTOCOL_ERROR = 1002,
	WEBSOCKET_NOT_UTF8 = 1007,
};

/* ---- the handshake (section 4.2) ---- */

/* Whether a request asks for a WebSocket: writes what Sec-WebSocket-Accept answers. -ENOENT: it
 * asks for something else. -EPROTONOSUPPORT: for another version than 13. -EBADMSG: without a
 * proper key. */
int websocket_accept(const struct http_head *head, char ret_accept[WEBSOCKET_ACCEPT_SIZE]);
/* The first of what the client offers in Sec-WebSocket-Protocol that is among names (up to a NULL),
 * which is returned; NULL: none is. */
const char *websocket_protocol(const struct http_head *head, const char *const *names);

/* ---- what a client sends (section 5) ---- */

struct websocket_reader { /* start with {0} */
	uint8_t head[14]; /* of the present frame, as far as it came */
	uint8_t head_len;
	uint8_t message; /* enum websocket_kind of the one under way; 0: none */
	uint8_t control_len;
	bool in_frame;
	uint64_t at, len; /* bytes of the present frame's payload */
	char control[WEBSOCKET_MAX_CONTROL];
};

struct websocket_part {
	enum websocket_kind kind; /* of the message; no continuation */
	struct slice data;	  /* unmasked; maybe nothing */
	bool end;		  /* of the message */
};

/*
 * Takes the next part out of data, in place; of a control frame the whole. Consumes *ret_used
 * bytes. Returns 1 for a part, which borrows data or the reader; 0 when all was consumed and there
 * is none yet; -EBADMSG, after which nothing can be read any more.
 */
int websocket_read(struct websocket_reader *reader, char *data, size_t len, size_t *ret_used,
		   struct websocket_part *ret_part);
/* Whether the payload of a close frame is well-formed: nothing, or a status that may be sent and a
 * reason in UTF-8. */
bool websocket_close_valid(struct slice payload);

/* ---- what a server sends ---- */

/* Writes the head of a frame that is a whole message. Returns its length. */
size_t websocket_head(char to[WEBSOCKET_MAX_HEAD], enum websocket_kind kind, uint64_t len);

#endif
