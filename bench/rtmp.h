/* SPDX-License-Identifier: MIT */
/*
 * As much of RTMP 1.0 as it takes to publish to a server and to watch what it sends: what a client
 * says, all of it at once, since the answers are known; the head of a video message; and the chunks
 * that come back, taken apart. Pure.
 */
#ifndef SPILLWAY_BENCH_RTMP_H
#define SPILLWAY_BENCH_RTMP_H

#include <stdbool.h>

#include "common/slice.h"

#include <stdint.h>

enum {
	RTMP_GREETING_SIZE = 4096, /* at most, with a name of 128 bytes */
	RTMP_VIDEO_HEAD_SIZE = 13,
	RTMP_CHUNK_STREAMS = 16, /* of the server: 2 to 15 */
	RTMP_MAX_CHUNK = 1 << 20,
};

/*
 * Handshake, connect, createStream, and publish or play, of this stream in application "live".
 * From then on what is published comes in chunks of RTMP_MAX_CHUNK. Returns the length.
 */
size_t rtmp_greeting(uint8_t to[RTMP_GREETING_SIZE], const char *stream, bool publish);

/* What stands before the `size` bytes of a key frame, which is one chunk; time in milliseconds. */
void rtmp_video_head(uint8_t to[RTMP_VIDEO_HEAD_SIZE], uint32_t time_ms, uint32_t size);

struct rtmp_chunk_stream {
	uint32_t length, left; /* of the present message */
	uint8_t type;
	bool extended; /* its chunks carry four more bytes of time */
};

/* What a server sends. Start with rtmp_init(). */
struct rtmp {
	uint32_t skip; /* bytes of the handshake to come */
	uint32_t chunk_size;
	uint32_t chunk_left; /* of the present chunk's payload */
	uint8_t present;     /* its chunk stream */
	uint8_t head[18];
	uint8_t n_head;
	uint8_t control[4]; /* the first bytes of the present message */
	struct rtmp_chunk_stream streams[RTMP_CHUNK_STREAMS];
};

void rtmp_init(struct rtmp *rtmp);
/*
 * Takes bytes off *input up to the next piece of a video message's frame, which is *ret_data; where
 * that is empty, all input is used. -EBADMSG: it makes no sense.
 */
int rtmp_next(struct rtmp *rtmp, struct slice *input, struct slice *ret_data);

/* So many of the next bytes belong to a frame for certain, and may be skipped instead of given to
 * rtmp_next(). */
size_t rtmp_blind(const struct rtmp *rtmp);
void rtmp_skip(struct rtmp *rtmp, size_t len);

#endif
