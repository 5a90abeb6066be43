/* SPDX-License-Identifier: MIT */
#include "bench/reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/opener.h"

static struct slice take(struct slice *input, size_t most)
{
	struct slice taken = {input->data, input->len < most ? input->len : most};

	input->data += taken.len;
	input->len -= taken.len;
	return taken;
}

/* ---- native: spillway-wire(7) ---- */

#define HOST "Host: localhost\r\n"

static size_t native_request(char *to, const char *stream)
{
	return (size_t)snprintf(to, READER_REQUEST_SIZE,
				"GET /%s HTTP/1.1\r\n" HOST
				"Connection: Upgrade\r\nUpgrade: " WIRE_PROTOCOL "\r\n\r\n",
				stream);
}

static int native_init(struct reader *reader, const struct http_head *response)
{
	reader->native = (struct reader_native){0};
	return http_field_has(response, "Upgrade", WIRE_PROTOCOL) ? 0 : -EBADMSG;
}

static bool has_header(const struct reader_native *native)
{
	return native->n_bytes == WIRE_HEADER_SIZE;
}

static bool is_frame(const struct reader_native *native)
{
	return native->header.type == WIRE_FRAME && native->header.track == 0;
}

static enum reader_event native_header(struct reader *reader, struct slice *input)
{
	struct reader_native *native = &reader->native;
	struct slice bytes = take(input, WIRE_HEADER_SIZE - native->n_bytes);

	memcpy(native->bytes + native->n_bytes, bytes.data, bytes.len);
	native->n_bytes += bytes.len;
	if (!has_header(native))
		return READER_MORE;
	if (wire_decode(native->bytes, &native->header) < 0)
		return READER_MALFORMED;
	native->left = native->header.length;
	reader->capture_us = native->header.capture_us;
	return is_frame(native) ? READER_BEGIN : READER_MORE;
}

/* The payload has ended. */
static enum reader_event native_record(struct reader_native *native)
{
	native->n_bytes = 0;
	return is_frame(native)			 ? READER_FRAME
	       : native->header.type == WIRE_END ? READER_END
						 : READER_MORE;
}

static enum reader_event native_next(struct reader *reader, struct slice *input,
				     struct slice *ret_data)
{
	struct reader_native *native = &reader->native;
	enum reader_event event = READER_MORE;

	while (event == READER_MORE &&
	       (input->len > 0 || (has_header(native) && native->left == 0))) {
		if (!has_header(native)) {
			event = native_header(reader, input);
		} else if (native->left == 0) {
			event = native_record(native);
		} else {
			*ret_data = take(input, native->left);
			native->left -= (uint32_t)ret_data->len;
			event = is_frame(native) ? READER_DATA : READER_MORE;
		}
	}
	return event;
}

static size_t native_blind(const struct reader *reader)
{
	const struct reader_native *native = &reader->native;

	return has_header(native) && is_frame(native) ? native->left : 0;
}

static void native_skip(struct reader *reader, size_t len)
{
	reader->native.left -= (uint32_t)len;
}

/* ---- multipart/x-mixed-replace ---- */

static size_t multipart_request(char *to, const char *stream)
{
	return (size_t)snprintf(to, READER_REQUEST_SIZE, "GET /%s.mjpg HTTP/1.1\r\n" HOST "\r\n",
				stream);
}

static int multipart_start(struct reader *reader, const struct http_head *response)
{
	struct slice boundary = multipart_boundary(http_field(response, "Content-Type"));

	return multipart_init(&reader->multipart, boundary) < 0 ? -EBADMSG : 0;
}

static enum reader_event multipart_step(struct reader *reader, struct slice *input,
					struct slice *ret_data)
{
	static const enum reader_event events[] = {
		[MULTIPART_MORE] = READER_MORE, [MULTIPART_BEGIN] = READER_BEGIN,
		[MULTIPART_DATA] = READER_DATA, [MULTIPART_PART] = READER_FRAME,
		[MULTIPART_END] = READER_END,	[MULTIPART_MALFORMED] = READER_MALFORMED,
	};
	enum multipart_event event = multipart_next(&reader->multipart, input, ret_data);

	if (event == MULTIPART_BEGIN)
		reader->capture_us = reader->multipart.timestamp_us;
	return events[event];
}

/* ---- records in a stream of bytes ---- */

static int records_init(struct reader *reader, const struct http_head *response)
{
	(void)response;
	reader->records = (struct records){0};
	return 0;
}

static enum reader_event find_record(struct reader *reader, struct records *records,
				     struct slice *input, struct slice *ret_data)
{
	static const enum reader_event events[] = {
		[RECORDS_MORE] = READER_MORE,
		[RECORDS_BEGIN] = READER_BEGIN,
		[RECORDS_DATA] = READER_DATA,
		[RECORDS_FRAME] = READER_FRAME,
	};
	enum records_event event = records_next(records, input, ret_data);

	if (event == RECORDS_BEGIN)
		reader->capture_us = records->header.capture_us;
	return events[event];
}

static enum reader_event records_step(struct reader *reader, struct slice *input,
				      struct slice *ret_data)
{
	return find_record(reader, &reader->records, input, ret_data);
}

static size_t http_request(char *to, const char *stream)
{
	return (size_t)snprintf(to, READER_REQUEST_SIZE, "GET /%s HTTP/1.0\r\n" HOST "\r\n",
				stream);
}

static size_t no_request(char *to, const char *stream)
{
	(void)to;
	(void)stream;
	return 0;
}

static size_t records_left(const struct reader *reader)
{
	return records_blind(&reader->records);
}

static void records_pass(struct reader *reader, size_t len)
{
	records_skip(&reader->records, len);
}

/* ---- records in RTMP's video messages ---- */

static size_t rtmp_request(char *to, const char *stream)
{
	return rtmp_greeting((uint8_t *)to, stream, false);
}

static int rtmp_start(struct reader *reader, const struct http_head *response)
{
	(void)response;
	reader->rtmp = (struct reader_rtmp){0};
	rtmp_init(&reader->rtmp.chunks);
	return 0;
}

static enum reader_event rtmp_step(struct reader *reader, struct slice *input,
				   struct slice *ret_data)
{
	struct reader_rtmp *rtmp = &reader->rtmp;

	for (;;) {
		enum reader_event event =
			find_record(reader, &rtmp->records, &rtmp->rest, ret_data);

		if (event != READER_MORE)
			return event;
		if (rtmp_next(&rtmp->chunks, input, &rtmp->rest) < 0)
			return READER_MALFORMED;
		if (rtmp->rest.len == 0)
			return READER_MORE;
	}
}

static size_t rtmp_left(const struct reader *reader)
{
	size_t record = records_blind(&reader->rtmp.records);
	size_t chunk = rtmp_blind(&reader->rtmp.chunks);

	return record < chunk ? record : chunk;
}

static void rtmp_pass(struct reader *reader, size_t len)
{
	records_skip(&reader->rtmp.records, len);
	rtmp_skip(&reader->rtmp.chunks, len);
}

/* ---- the table ---- */

const struct reader_transport reader_transports[] = {
	{"native", native_request, 101, native_init, native_next, native_blind, native_skip},
	{"multipart", multipart_request, 200, multipart_start, multipart_step, NULL, NULL},
	{"http", http_request, 200, records_init, records_step, records_left, records_pass},
	{"tcp", no_request, OPENER_ANYTHING, records_init, records_step, records_left,
	 records_pass},
	{"rtmp", rtmp_request, OPENER_ANYTHING, rtmp_start, rtmp_step, rtmp_left, rtmp_pass},
};

const char *const reader_transport_names[] = {"native", "multipart", "http", "tcp", "rtmp", NULL};

int reader_init(struct reader *reader, const struct reader_transport *transport,
		const struct http_head *response)
{
	reader->transport = transport;
	reader->capture_us = 0;
	return transport->init(reader, response);
}

enum reader_event reader_next(struct reader *reader, struct slice *input, struct slice *ret_data)
{
	return reader->transport->next(reader, input, ret_data);
}

size_t reader_blind(const struct reader *reader)
{
	return reader->transport->blind != NULL ? reader->transport->blind(reader) : 0;
}

void reader_skip(struct reader *reader, size_t len)
{
	reader->transport->skip(reader, len);
}
