/* SPDX-License-Identifier: MIT */
/*
 * The bytes that a viewer gets, taken apart into frames; and the transports in which it may ask for
 * them. Pure.
 */
#ifndef SPILLWAY_BENCH_READER_H
#define SPILLWAY_BENCH_READER_H

#include "bench/records.h"
#include "bench/rtmp.h"
#include "common/http.h"
#include "common/multipart.h"
#include "common/wire.h"

enum { READER_REQUEST_SIZE = 4096 };

enum reader_event {
	READER_MORE,	 /* all input is used; give more */
	READER_BEGIN,	 /* a frame begins; capture_us is set */
	READER_DATA,	 /* *ret_data is the next piece of its payload */
	READER_FRAME,	 /* the frame has ended */
	READER_END,	 /* the other side is done */
	READER_MALFORMED /* final */
};

struct reader_native {
	uint8_t bytes[WIRE_HEADER_SIZE]; /* of the header that is being received */
	size_t n_bytes;
	struct wire_header header;
	uint32_t left; /* bytes of the payload */
};

struct reader_rtmp {
	struct rtmp chunks;
	struct records records; /* in them */
	struct slice rest;	/* of a chunk that is taken apart: borrowed from the input */
};

struct reader {
	const struct reader_transport *transport;
	int64_t capture_us; /* of the present frame, Unix time */
	union {
		struct reader_native native;
		struct multipart multipart;
		struct records records;
		struct reader_rtmp rtmp;
	};
};

struct reader_transport {
	const char *name;
	/* Writes what a viewer asks for a stream with; returns its length, at most
	 * READER_REQUEST_SIZE. */
	size_t (*request)(char *to, const char *stream);
	int status; /* of the response that agrees, or as in opener.h */
	int (*init)(struct reader *reader, const struct http_head *response);
	enum reader_event (*next)(struct reader *reader, struct slice *input,
				  struct slice *ret_data);
	/* See reader_blind(), reader_skip(). NULL: it looks at every byte. */
	size_t (*blind)(const struct reader *reader);
	void (*skip)(struct reader *reader, size_t len);
};

/* In the order of reader_transport_names, which ends with NULL. */
extern const struct reader_transport reader_transports[];
extern const char *const reader_transport_names[];

/* For what follows this response. -EBADMSG: it isn't what the transport begins with. */
int reader_init(struct reader *reader, const struct reader_transport *transport,
		const struct http_head *response);
/* Takes bytes off *input up to the next event. */
enum reader_event reader_next(struct reader *reader, struct slice *input, struct slice *ret_data);
/* How many of the next bytes are payload for certain, so that they may be reader_skip()ped instead
 * of given to reader_next(). */
size_t reader_blind(const struct reader *reader);
void reader_skip(struct reader *reader, size_t len);

#endif
