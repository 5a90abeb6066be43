/* SPDX-License-Identifier: MIT */
#include "common/websocket.h"

#include <errno.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#include "common/utf8.h"

enum {
	KEY_LEN = 24, /* base64 of 16 bytes */
	SHA1_LEN = 20,
	FIN = 0x80,
	RESERVED = 0x70,
	KIND = 0x0f,
	CONTROL = 0x08, /* of a kind */
	MASKED = 0x80,
	LENGTH = 0x7f,
	LENGTH_16 = 126,
	LENGTH_64 = 127,
	MASK_LEN = 4,
};

/* ---- the handshake ---- */

static bool is_key(struct slice key)
{
	unsigned char nonce[16];
	size_t len;

	return key.len == KEY_LEN &&
	       sodium_base642bin(nonce, sizeof(nonce), key.data, key.len, NULL, &len, NULL,
				 sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       len == sizeof(nonce);
}

int websocket_accept(const struct http_head *head, char ret_accept[WEBSOCKET_ACCEPT_SIZE])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	struct slice key = http_field(head, "Sec-WebSocket-Key");
	char text[KEY_LEN + sizeof(guid)];
	unsigned char digest[SHA1_LEN];

	if (!slice_equal(head->method, "GET") || head->minor < 1 ||
	    !http_field_has(head, "Upgrade", "websocket") ||
	    !http_field_has(head, "Connection", "Upgrade"))
		return -ENOENT;
	if (!slice_equal(http_field(head, "Sec-WebSocket-Version"), "13"))
		return -EPROTONOSUPPORT;
	if (!is_key(key))
		return -EBADMSG;
	memcpy(text, key.data, KEY_LEN);
	memcpy(text + KEY_LEN, guid, sizeof(guid));
	if (EVP_Digest(text, sizeof(text) - 1, digest, NULL, EVP_sha1(), NULL) != 1)
		return -EBADMSG;
	sodium_bin2base64(ret_accept, WEBSOCKET_ACCEPT_SIZE, digest, sizeof(digest),
			  sodium_base64_VARIANT_ORIGINAL);
	return 0;
}

/* Of one name in one field. */
static const char *find_name(struct slice offer, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (slice_equal(offer, *names))
			return *names;
	}
	return NULL;
}

const char *websocket_protocol(const struct http_head *head, const char *const *names)
{
	for (size_t i = 0; i < head->n_fields; i++) {
		struct slice rest = head->fields[i].value, offer;

		if (!slice_equal_nocase(head->fields[i].name, "Sec-WebSocket-Protocol"))
			continue;
		while (slice_split(&rest, ',', &offer)) {
			const char *found = find_name(slice_trim(offer), names);

			if (found != NULL)
				return found;
		}
	}
	return NULL;
}

/* ---- what a client sends ---- */

static enum websocket_kind kind_of(const struct websocket_reader *reader)
{
	return (enum websocket_kind)(reader->head[0] & KIND);
}

static bool is_control(enum websocket_kind kind)
{
	return (kind & CONTROL) != 0;
}

/* What can be said of a frame by its first two bytes. */
static bool starts_well(const struct websocket_reader *reader)
{
	enum websocket_kind kind = kind_of(reader);
	bool fin = (reader->head[0] & FIN) != 0;

	if ((reader->head[0] & RESERVED) != 0 || (reader->head[1] & MASKED) == 0)
		return false;
	if (is_control(kind))
		return kind <= WEBSOCKET_PONG && fin &&
		       (reader->head[1] & LENGTH) <= WEBSOCKET_MAX_CONTROL;
	if (kind == WEBSOCKET_CONTINUATION)
		return reader->message != 0;
	return kind <= WEBSOCKET_BINARY && reader->message == 0;
}

static size_t length_size(const struct websocket_reader *reader)
{
	unsigned length = reader->head[1] & LENGTH;

	return length == LENGTH_64 ? 8 : length == LENGTH_16 ? 2 : 0;
}

/* False where it isn't written as short as can be, or is no length at all. */
static bool take_length(struct websocket_reader *reader)
{
	size_t size = length_size(reader);
	uint64_t len = 0;

	for (size_t i = 0; i < size; i++)
		len = len << 8 | reader->head[2 + i];
	reader->len = size == 0 ? (uint64_t)(reader->head[1] & LENGTH) : len;
	return size == 0 || (size == 2 && len >= LENGTH_16) ||
	       (size == 8 && len > UINT16_MAX && len <= INT64_MAX);
}

/* Takes bytes of the head: how many. -EBADMSG. in_frame is set when it is complete. */
static int read_head(struct websocket_reader *reader, const char *data, size_t len)
{
	size_t used = 0;

	while (used < len) {
		reader->head[reader->head_len++] = (uint8_t)data[used++];
		if (reader->head_len == 2 && !starts_well(reader))
			return -EBADMSG;
		if (reader->head_len < 2 || reader->head_len < 2 + length_size(reader) + MASK_LEN)
			continue;
		if (!take_length(reader))
			return -EBADMSG;
		reader->in_frame = true;
		reader->at = 0;
		if (kind_of(reader) == WEBSOCKET_TEXT || kind_of(reader) == WEBSOCKET_BINARY)
			reader->message = (uint8_t)kind_of(reader);
		break;
	}
	return (int)used;
}

/* The part of the payload that is there: how many bytes, unmasked in place. */
static size_t read_payload(struct websocket_reader *reader, char *data, size_t len)
{
	const uint8_t *mask = reader->head + reader->head_len - MASK_LEN;

	if (len > reader->len - reader->at)
		len = (size_t)(reader->len - reader->at);
	for (size_t i = 0; i < len; i++)
		data[i] = (char)(data[i] ^ (char)mask[(reader->at + i) % MASK_LEN]);
	reader->at += len;
	return len;
}

static void end_frame(struct websocket_reader *reader)
{
	reader->in_frame = false;
	reader->head_len = 0;
}

/* What was read of a control frame waits until it is whole. */
static bool add_control(struct websocket_reader *reader, struct slice data,
			struct websocket_part *ret_part)
{
	memcpy(reader->control + reader->control_len, data.data, data.len);
	reader->control_len = (uint8_t)(reader->control_len + data.len);
	if (reader->at < reader->len)
		return false;
	*ret_part = (struct websocket_part){
		kind_of(reader), {reader->control, reader->control_len}, true};
	reader->control_len = 0;
	end_frame(reader);
	return true;
}

static bool add_data(struct websocket_reader *reader, struct slice data,
		     struct websocket_part *ret_part)
{
	bool whole = reader->at == reader->len;
	bool end = whole && (reader->head[0] & FIN) != 0;

	*ret_part = (struct websocket_part){(enum websocket_kind)reader->message, data, end};
	if (end)
		reader->message = 0;
	if (whole)
		end_frame(reader);
	return data.len > 0 || end;
}

int websocket_read(struct websocket_reader *reader, char *data, size_t len, size_t *ret_used,
		   struct websocket_part *ret_part)
{
	*ret_used = 0;
	while (*ret_used < len) {
		int taken = 0;

		if (!reader->in_frame)
			taken = read_head(reader, data + *ret_used, len - *ret_used);
		if (taken < 0)
			return taken;
		*ret_used += (size_t)taken;
		if (!reader->in_frame)
			continue;
		char *payload = data + *ret_used;
		struct slice part = {payload, read_payload(reader, payload, len - *ret_used)};
		*ret_used += part.len;
		if (is_control(kind_of(reader)) ? add_control(reader, part, ret_part)
						: add_data(reader, part, ret_part))
			return 1;
	}
	return 0;
}

bool websocket_close_valid(struct slice payload)
{
	if (payload.len < 2)
		return payload.len == 0;
	unsigned status =
		(unsigned)(unsigned char)payload.data[0] << 8 | (unsigned char)payload.data[1];
	/* 1004 to 1006 and 1015 never stand in a frame. */
	if (!(status >= 1000 && status <= 1014 && (status < 1004 || status > 1006)) &&
	    !(status >= 3000 && status <= 4999))
		return false;
	return utf8_valid((struct slice){payload.data + 2, payload.len - 2});
}

/* ---- what a server sends ---- */

size_t websocket_head(char to[WEBSOCKET_MAX_HEAD], enum websocket_kind kind, uint64_t len)
{
	size_t size = len > UINT16_MAX ? 8 : len >= LENGTH_16 ? 2 : 0;

	to[0] = (char)(FIN | kind);
	to[1] = (char)(size == 8 ? LENGTH_64 : size == 2 ? LENGTH_16 : len);
	for (size_t i = 0; i < size; i++)
		to[2 + i] = (char)(len >> 8 * (size - 1 - i));
	return 2 + size;
}
