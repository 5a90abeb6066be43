/* SPDX-License-Identifier: MIT */
/*
 * Payloads of the records about streams on demand, spillway-wire(7): CATALOGUE, OPEN and CLOSE. Pure.
 *
 *	CATALOGUE	{"slug": "film", "title": "A film", "duration_s": 62.5, "width": 640,
 *			 "height": 360}, {"slug": "film", "error": "…"}, {"slug": "film", "gone":
 *			 true}; or nothing: the catalogue begins anew
 *	OPEN		film~x7k2, or film~x7k2 ladder
 *	CLOSE		film~x7k2, or film~x7k2 and a blank and a sentence
 */
#ifndef SPILLWAY_CATALOGUE_H
#define SPILLWAY_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/name.h"
#include "common/wire.h"

enum {
	CATALOGUE_SLUG_SIZE = NAME_MAX_LEVEL_BYTES + 1,
	CATALOGUE_TITLE_SIZE = 256, /* bytes, with the NUL */
	CATALOGUE_ERROR_SIZE = 256,
	CATALOGUE_SESSION_SIZE = NAME_MAX_LEVEL_BYTES + 1 + NAME_MAX_SESSION_BYTES + 1,
	CATALOGUE_OPEN_SIZE = CATALOGUE_SESSION_SIZE + 64, /* of OPEN's payload, with a NUL */
};

struct catalogue_entry {
	char slug[CATALOGUE_SLUG_SIZE];
	char title[CATALOGUE_TITLE_SIZE]; /* clean (sentence.h); the slug where none was given */
	char error[CATALOGUE_ERROR_SIZE]; /* why it can't be played; "": it can. Clean */
	double duration_s;		  /* 0: not known */
	uint16_t width, height;		  /* 0: not known */
	bool gone;			  /* it isn't there any more */
};

/* Writes a CATALOGUE's payload. Returns its length; -EMSGSIZE, -ENOMEM. */
int catalogue_encode(const struct catalogue_entry *entry, char to[WIRE_MAX_CONTROL]);
/* -EBADMSG for what isn't an entry, -ENOMEM. Keys that aren't known are passed over. */
int catalogue_parse(struct slice payload, struct catalogue_entry *ret_entry);

/* A session's name without its first levels, film~x7k2, and what follows it; both borrow payload.
 * -EBADMSG. */
int catalogue_parse_session(struct slice payload, struct slice *ret_session, struct slice *ret_why);

/* An OPEN's payload, terminated. Returns its length. */
size_t catalogue_encode_open(const char *session, bool ladder, char to[CATALOGUE_OPEN_SIZE]);
/* The session as above, and whether it is to be played as a ladder. Words that aren't known are
 * passed over. -EBADMSG. */
int catalogue_parse_open(struct slice payload, struct slice *ret_session, bool *ret_ladder);

#endif
