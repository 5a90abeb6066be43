/* SPDX-License-Identifier: MIT */
#include "bench/ingest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench/metacube.h"
#include "bench/opener.h"
#include "bench/rtmp.h"

static size_t say(uint8_t *to, const char *text)
{
	size_t len = strlen(text);

	memcpy(to, text, len);
	return len;
}

static uint32_t record_size(const struct wire_header *frame)
{
	return WIRE_HEADER_SIZE + frame->length;
}

static size_t native_greeting(uint8_t *to, const char *stream)
{
	return (size_t)snprintf((char *)to, INGEST_GREETING_SIZE,
				"POST /%s HTTP/1.1\r\nHost: localhost\r\n"
				"Connection: Upgrade\r\nUpgrade: " WIRE_PROTOCOL "\r\n\r\n",
				stream);
}

static size_t metacube_greeting(uint8_t *to, const char *stream)
{
	(void)stream;
	return say(to, "HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n"
		       "Content-Encoding: metacube\r\n\r\n");
}

static size_t metacube_block(uint8_t *to, const struct wire_header *frame)
{
	metacube_head(to, record_size(frame));
	return METACUBE_HEAD_SIZE;
}

/* The password is the one of bench/peers/icecast: "source:bench". */
static size_t put_greeting(uint8_t *to, const char *stream)
{
	return (size_t)snprintf((char *)to, INGEST_GREETING_SIZE,
				"PUT /%s HTTP/1.1\r\nHost: localhost\r\n"
				"Authorization: Basic c291cmNlOmJlbmNo\r\n"
				"Content-Type: application/octet-stream\r\n"
				"Expect: 100-continue\r\n\r\n",
				stream);
}

/* The boundary stands behind each part, not before it: a part is over when the next one begins. */
#define BOUNDARY "\r\n--frame\r\n"

static size_t multipart_greeting(uint8_t *to, const char *stream)
{
	(void)stream;
	return say(to, BOUNDARY);
}

static size_t multipart_head(uint8_t *to, const struct wire_header *frame)
{
	int n = snprintf((char *)to, INGEST_HEAD_SIZE,
			 "Content-Type: application/octet-stream\r\n"
			 "Content-Length: %" PRIu32 "\r\n\r\n",
			 record_size(frame));

	return (size_t)n;
}

static size_t rtmp_publish(uint8_t *to, const char *stream)
{
	return rtmp_greeting(to, stream, true);
}

static size_t rtmp_head(uint8_t *to, const struct wire_header *frame)
{
	rtmp_video_head(to, (uint32_t)(frame->pts_us / 1000), record_size(frame));
	return RTMP_VIDEO_HEAD_SIZE;
}

_Static_assert((int)RTMP_GREETING_SIZE <= (int)INGEST_GREETING_SIZE, "there is room for it");

const struct ingest ingest_native = {"native", false, native_greeting, 101, NULL, NULL};
const struct ingest ingest_metacube = {
	"metacube", true, metacube_greeting, OPENER_NOTHING, metacube_block, NULL,
};
const struct ingest ingest_put = {"put", false, put_greeting, 100, NULL, NULL};
const struct ingest ingest_multipart = {
	"multipart", false, multipart_greeting, OPENER_NOTHING, multipart_head, BOUNDARY,
};
const struct ingest ingest_rtmp = {"rtmp", false, rtmp_publish, OPENER_NOTHING, rtmp_head, NULL};
