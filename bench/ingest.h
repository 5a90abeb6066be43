/* SPDX-License-Identifier: MIT */
/*
 * How servers want to be fed: what a publisher says first, and what it puts around each frame. The
 * frames are records of spillway-wire(7) everywhere. Pure.
 */
#ifndef SPILLWAY_BENCH_INGEST_H
#define SPILLWAY_BENCH_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"

enum { INGEST_GREETING_SIZE = 4096, INGEST_HEAD_SIZE = 128, INGEST_TAIL_SIZE = 16 };

struct ingest {
	const char *name;
	/* The server comes and asks, and what follows is the answer; else the publisher goes
	 * there. */
	bool asked;
	/* What is said first; returns its length, at most INGEST_GREETING_SIZE. */
	size_t (*greeting)(uint8_t *to, const char *stream);
	int status; /* of the HTTP response to that, or as in opener.h */
	/* What stands before the record of a frame, if not NULL; returns its length, at most
	 * INGEST_HEAD_SIZE. */
	size_t (*head)(uint8_t *to, const struct wire_header *frame);
	const char *tail; /* what stands behind it, if not NULL; at most INGEST_TAIL_SIZE */
};

extern const struct ingest ingest_native;    /* the relay's own protocol */
extern const struct ingest ingest_metacube;  /* cubemap fetches it */
extern const struct ingest ingest_put;	     /* Icecast: raw bytes behind a PUT */
extern const struct ingest ingest_multipart; /* GStreamer's multipartdemux, on a bare connection */
extern const struct ingest ingest_rtmp;

#endif
