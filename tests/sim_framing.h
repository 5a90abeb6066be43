/* SPDX-License-Identifier: MIT */
/*
 * How simulated publishers frame their pictures: what stands before, between and behind them, by
 * the kind of publisher; and bytes that are put together.
 */
#ifndef SPILLWAY_TESTS_SIM_FRAMING_H
#define SPILLWAY_TESTS_SIM_FRAMING_H

#include <stdbool.h>

#include "common/wire.h"
#include "tests/sim_picture.h"

enum sim_publisher_kind {
	SIM_PUBLISHER_NATIVE,
	SIM_PUBLISHER_PARTS,	    /* multipart, each part with a length */
	SIM_PUBLISHER_OPEN_PARTS,   /* without */
	SIM_PUBLISHER_FFMPEG,	    /* as ffmpeg -f mpjpeg -method PUT does */
	SIM_PUBLISHER_PICTURES,	    /* JPEGs one behind another */
	SIM_PUBLISHER_RAW_PICTURES, /* without a Content-Type */
	SIM_PUBLISHER_KINDS
};

struct sim_framing {
	const char *type;	     /* header line of the request */
	const char *first;	     /* before everything */
	const char *before, *behind; /* of each picture */
	const char *length;	     /* its name in `before`, which ends there; NULL: none */
	const char *closing;
};

extern const struct sim_framing sim_framings[SIM_PUBLISHER_KINDS];

struct sim_text { /* who makes it sees that all of it has room: a picture and some lines */
	uint8_t bytes[SIM_PICTURE_MAX + 4096];
	size_t len;
};

void sim_text_add(struct sim_text *text, const void *data, size_t len);
void sim_text_line(struct sim_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void sim_text_record(struct sim_text *text, struct wire_header header);
/* A picture as the framing has it, but for a native one's header. */
void sim_text_picture(struct sim_text *text, const struct sim_framing *framing, bool first,
		      uint32_t serial, uint32_t length);

#endif
