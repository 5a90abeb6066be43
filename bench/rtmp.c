/* SPDX-License-Identifier: MIT */
#include "bench/rtmp.h"

#include <errno.h>
#include <string.h>

enum {
	HANDSHAKE_SIZE = 1536,
	VERSION = 3,
	STREAM_ID = 1, /* what createStream is answered with: the connection's first */
	DEFAULT_CHUNK = 128,
	EXTENDED_TIME = 0xffffff,
	TAG_SIZE = 1,	  /* of FLV's video tag, before the frame */
	KEY_FRAME = 0x12, /* of a codec into which servers don't look: H.263 */
};

enum message { SET_CHUNK_SIZE = 1, VIDEO = 9, COMMAND = 20 };

enum amf { AMF_NUMBER = 0, AMF_STRING = 2, AMF_OBJECT = 3, AMF_NULL = 5, AMF_OBJECT_END = 9 };

static void put(uint8_t *to, size_t bytes, uint32_t value)
{
	for (size_t i = bytes; i-- > 0; value >>= 8)
		to[i] = (uint8_t)value;
}

static uint32_t get(const uint8_t *from, size_t bytes)
{
	uint32_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | from[i];
	return value;
}

/* ---- what a client says ---- */

struct writer {
	uint8_t *at;
};

static void write_byte(struct writer *writer, uint8_t byte)
{
	*writer->at++ = byte;
}

/* As names in an object are written, too. */
static void write_text(struct writer *writer, const char *text)
{
	size_t len = strlen(text);

	put(writer->at, 2, (uint32_t)len);
	memcpy(writer->at + 2, text, len);
	writer->at += 2 + len;
}

static void write_string(struct writer *writer, const char *text)
{
	write_byte(writer, AMF_STRING);
	write_text(writer, text);
}

static void write_number(struct writer *writer, double number)
{
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	write_byte(writer, AMF_NUMBER);
	put(writer->at, 4, (uint32_t)(bits >> 32));
	put(writer->at + 4, 4, (uint32_t)bits);
	writer->at += 8;
}

/* Begins a message; its length is filled in by end_message(). Returns where it begins. */
static uint8_t *begin_message(struct writer *writer, uint8_t chunk_stream, enum message type,
			      uint32_t stream)
{
	uint8_t *head = writer->at;

	memset(head, 0, 12);
	head[0] = chunk_stream;
	head[7] = (uint8_t)type;
	head[8] = (uint8_t)stream; /* the one number of RTMP that is little-endian */
	writer->at += 12;
	return head;
}

static void end_message(const struct writer *writer, uint8_t *head)
{
	put(head + 4, 3, (uint32_t)(writer->at - head - 12));
}

static void write_connect(struct writer *writer)
{
	uint8_t *head = begin_message(writer, 3, COMMAND, 0);

	write_string(writer, "connect");
	write_number(writer, 1);
	write_byte(writer, AMF_OBJECT);
	write_text(writer, "app");
	write_string(writer, "live");
	write_text(writer, "tcUrl");
	write_string(writer, "rtmp://localhost/live");
	write_text(writer, "");
	write_byte(writer, AMF_OBJECT_END);
	end_message(writer, head);
}

static uint8_t *begin_command(struct writer *writer, uint32_t stream, const char *name,
			      double transaction)
{
	uint8_t *head = begin_message(writer, 3, COMMAND, stream);

	write_string(writer, name);
	write_number(writer, transaction);
	write_byte(writer, AMF_NULL);
	return head;
}

/* Zeros make the simple handshake: without a version there is no digest to answer. */
static void write_handshake(struct writer *writer)
{
	write_byte(writer, VERSION);
	memset(writer->at, 0, (size_t)2 * HANDSHAKE_SIZE);
	writer->at += (size_t)2 * HANDSHAKE_SIZE;
}

size_t rtmp_greeting(uint8_t to[RTMP_GREETING_SIZE], const char *stream, bool publish)
{
	struct writer writer = {to};
	uint8_t *head;

	write_handshake(&writer);
	head = begin_message(&writer, 2, SET_CHUNK_SIZE, 0);
	put(writer.at, 4, RTMP_MAX_CHUNK);
	writer.at += 4;
	end_message(&writer, head);
	write_connect(&writer);
	head = begin_command(&writer, 0, "createStream", 2);
	end_message(&writer, head);
	head = begin_command(&writer, STREAM_ID, publish ? "publish" : "play", 3);
	write_string(&writer, stream);
	if (publish)
		write_string(&writer, "live");
	end_message(&writer, head);
	return (size_t)(writer.at - to);
}

void rtmp_video_head(uint8_t to[RTMP_VIDEO_HEAD_SIZE], uint32_t time_ms, uint32_t size)
{
	struct writer writer = {to};
	uint8_t *head = begin_message(&writer, 4, VIDEO, STREAM_ID);

	put(head + 1, 3, time_ms % EXTENDED_TIME);
	put(head + 4, 3, TAG_SIZE + size);
	write_byte(&writer, KEY_FRAME);
}

/* ---- what a server sends ---- */

void rtmp_init(struct rtmp *rtmp)
{
	*rtmp = (struct rtmp){.skip = 1 + 2 * HANDSHAKE_SIZE, .chunk_size = DEFAULT_CHUNK};
}

static struct slice take(struct slice *input, size_t most)
{
	struct slice taken = {input->data, input->len < most ? input->len : most};

	input->data += taken.len;
	input->len -= taken.len;
	return taken;
}

/* How long the head is, as far as its bytes so far say. */
static size_t head_size(const struct rtmp *rtmp)
{
	static const uint8_t message_head[] = {11, 7, 3, 0};

	if (rtmp->n_head == 0)
		return 1;
	size_t number = rtmp->head[0] & 0x3f, format = rtmp->head[0] >> 6;
	size_t size = 1 + message_head[format];
	bool extended = number < RTMP_CHUNK_STREAMS && rtmp->streams[number].extended;

	if (format < 3 && rtmp->n_head >= size)
		extended = get(rtmp->head + 1, 3) == EXTENDED_TIME;
	else if (format < 3)
		extended = false;
	return size + (extended ? 4 : 0);
}

/* The head of a chunk is complete. */
static int begin_chunk(struct rtmp *rtmp)
{
	uint8_t number = rtmp->head[0] & 0x3f, format = rtmp->head[0] >> 6;

	/* 0 and 1 say that the number follows: servers have no need of so many */
	if (number < 2 || number >= RTMP_CHUNK_STREAMS)
		return -EBADMSG;
	struct rtmp_chunk_stream *stream = &rtmp->streams[number];

	if (format < 3)
		stream->extended = get(rtmp->head + 1, 3) == EXTENDED_TIME;
	if (format < 2) {
		stream->length = get(rtmp->head + 4, 3);
		stream->type = rtmp->head[7];
	}
	if (stream->left == 0)
		stream->left = stream->length;
	rtmp->present = number;
	rtmp->chunk_left = stream->left < rtmp->chunk_size ? stream->left : rtmp->chunk_size;
	rtmp->n_head = 0;
	return 0;
}

static int take_head(struct rtmp *rtmp, struct slice *input)
{
	while (input->len > 0) {
		rtmp->head[rtmp->n_head++] = (uint8_t)take(input, 1).data[0];
		if (rtmp->n_head == head_size(rtmp))
			return begin_chunk(rtmp);
	}
	return 0;
}

static int obey(struct rtmp *rtmp, const struct rtmp_chunk_stream *stream)
{
	if (stream->type != SET_CHUNK_SIZE || stream->length < sizeof(rtmp->control))
		return 0;
	rtmp->chunk_size = get(rtmp->control, sizeof(rtmp->control));
	return rtmp->chunk_size > 0 && rtmp->chunk_size <= INT32_MAX ? 0 : -EBADMSG;
}

/* Takes a piece of the chunk; *ret_data is what of it belongs to a frame. */
static int take_payload(struct rtmp *rtmp, struct slice *input, struct slice *ret_data)
{
	struct rtmp_chunk_stream *stream = &rtmp->streams[rtmp->present];
	uint32_t at = stream->length - stream->left;
	struct slice piece = take(input, rtmp->chunk_left);

	for (size_t i = 0; i < piece.len && at + i < sizeof(rtmp->control); i++)
		rtmp->control[at + i] = (uint8_t)piece.data[i];
	rtmp->chunk_left -= (uint32_t)piece.len;
	stream->left -= (uint32_t)piece.len;
	if (stream->type == VIDEO && at < TAG_SIZE)
		take(&piece, TAG_SIZE - at);
	if (stream->type == VIDEO)
		*ret_data = piece;
	return stream->left == 0 ? obey(rtmp, stream) : 0;
}

int rtmp_next(struct rtmp *rtmp, struct slice *input, struct slice *ret_data)
{
	int error = 0;

	*ret_data = (struct slice){0};
	rtmp->skip -= (uint32_t)take(input, rtmp->skip).len;
	while (error == 0 && input->len > 0 && ret_data->len == 0)
		error = rtmp->chunk_left == 0 ? take_head(rtmp, input)
					      : take_payload(rtmp, input, ret_data);
	return error;
}

/* The last byte of a message is left: obey() sees its end. */
size_t rtmp_blind(const struct rtmp *rtmp)
{
	const struct rtmp_chunk_stream *stream = &rtmp->streams[rtmp->present];
	uint32_t at = stream->length - stream->left;

	return rtmp->chunk_left > 0 && stream->type == VIDEO && at >= sizeof(rtmp->control)
		       ? rtmp->chunk_left - (rtmp->chunk_left == stream->left)
		       : 0;
}

void rtmp_skip(struct rtmp *rtmp, size_t len)
{
	rtmp->chunk_left -= (uint32_t)len;
	rtmp->streams[rtmp->present].left -= (uint32_t)len;
}
