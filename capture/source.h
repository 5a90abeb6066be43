/* SPDX-License-Identifier: MIT */
/*
 * Where pictures come from. A kind of source is one file (source_test.c, source_file.c) that fills a
 * struct source_type, and one row of the table in source.c.
 *
 *	1. source_open() with "PREFIX:ARGUMENT" as people type it.
 *	2. source_next() goes on to the next picture and tells its time; it says nothing of how the
 *	   picture looks, so that one that nobody needs costs little.
 *	3. source_picture() makes the picture that source_next() went on to, if it is wanted: draws
 *	   it, or hands out what was decoded.
 *	4. source_close().
 *
 * A source doesn't wait: the pipeline asks for a picture when it is due.
 */
#ifndef SPILLWAY_CAPTURE_SOURCE_H
#define SPILLWAY_CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/picture.h"
#include "capture/rate.h"

enum { SOURCE_ERROR_SIZE = 512 };

/* What the user asked for; zero where he left it to the source. */
struct source_wish {
	unsigned width, height; /* a hint: the rendition's scaler brings pictures to their size */
	struct rate rate;
	bool loop; /* after the end, from the beginning again; times go on rising */
};

struct source_type;

struct source {
	const struct source_type *type;
	char error[SOURCE_ERROR_SIZE]; /* what went wrong, a sentence without a full stop */
};

struct source_type {
	const char *prefix;   /* "file" */
	const char *argument; /* what follows the colon: "PATH"; "" for nothing */
	/* On failure, returns -errno and a sentence in ret_error. */
	int (*open)(struct source **ret_source, const char *argument,
		    const struct source_wish *wish, char ret_error[SOURCE_ERROR_SIZE]);
	int (*next)(struct source *source, int64_t *ret_pts_us);
	int (*picture)(struct source *source, int64_t unix_us, struct picture *ret_picture);
	void (*close)(struct source *source);
};

/* The kinds there are; source.c has the table. */
extern const struct source_type source_test;
extern const struct source_type source_file;

/* -EINVAL for what isn't a source, else what the source says. ret_error is a sentence. */
int source_open(struct source **ret_source, const char *text, const struct source_wish *wish,
		char ret_error[SOURCE_ERROR_SIZE]);
/* Returns 1 with the next picture's time, strictly rising from 0 on; 0 at the end; or -errno, and
 * the sentence in source_error(), when nothing more can be read. */
int source_next(struct source *source, int64_t *ret_pts_us);
/* The present picture, borrowed until the next call; unix_us is the time that it is made at. */
int source_picture(struct source *source, int64_t unix_us, struct picture *ret_picture);
const char *source_error(const struct source *source);
/* Accepts NULL. */
void source_close(struct source *source);

#endif
