/* SPDX-License-Identifier: MIT */
/*
 * Parts of a multipart body (RFC 2046 section 5.1; multipart/x-mixed-replace as cameras and tools
 * send it), found in a stream of bytes that may be cut anywhere. Pure; no copy of the parts' data.
 *
 * Accepted, since real tools do so: LF for CR LF; a boundary parameter that already contains the
 * two hyphens; part headers in any case; no Content-Length (the part then ends where the boundary
 * line begins); a preamble before the first boundary line.
 */
#ifndef SPILLWAY_MULTIPART_H
#define SPILLWAY_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"

enum {
	MULTIPART_MAX_BOUNDARY = 70,  /* RFC 2046 section 5.1.1 */
	MULTIPART_MAX_HEADER = 2048,  /* bytes of one part's headers */
	MULTIPART_MAX_PREAMBLE = 4096 /* bytes before the first boundary line */
};

enum multipart_event {
	MULTIPART_MORE,	    /* all input is used; give more */
	MULTIPART_BEGIN,    /* a part begins; content_length and timestamp_us are set */
	MULTIPART_DATA,	    /* *ret_data is the part's next piece (may lie in the parser itself) */
	MULTIPART_PART,	    /* the part has ended */
	MULTIPART_END,	    /* the closing boundary line; nothing more comes */
	MULTIPART_MALFORMED /* final; error says what is wrong, in a few plain words */
};

struct multipart {
	/* of the present part, from MULTIPART_BEGIN on */
	int64_t content_length; /* -1: not given */
	int64_t timestamp_us;	/* X-Timestamp, Unix time; -1: not given */
	const char *error;

	/* the rest is private */
	char boundary[MULTIPART_MAX_BOUNDARY + 3]; /* with two hyphens before it */
	uint8_t boundary_len;
	bool hyphens; /* it had two itself, which may be the ones meant */
	uint8_t state;
	bool line_start;   /* a boundary line needs no line break before it here */
	uint16_t line_len; /* of a header line, or of what may become a boundary line */
	uint32_t count;	   /* bytes of the headers, or before a boundary line, so far */
	uint64_t left;	   /* bytes of data */
	char line[512];
};

/* boundary: as in the Content-Type parameter. -EINVAL when empty or too long. */
int multipart_init(struct multipart *multipart, struct slice boundary);
/* The boundary parameter of a Content-Type that is multipart/anything; data NULL when it isn't, or
 * has none. Quotes are taken off. */
struct slice multipart_boundary(struct slice content_type);
/* Takes bytes off *input up to the next event. To be called until MULTIPART_MORE or
 * MULTIPART_MALFORMED; the end of a part may be told when no input is left. Data is valid until the
 * next call. */
enum multipart_event multipart_next(struct multipart *multipart, struct slice *input,
				    struct slice *ret_data);

#endif
