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
 * A source doesn't wait: the pipeline asks for a picture when it is due. Pictures are lent, up to LOANS
 * at a time; all are back before source_close().
 *
 * A live source (a camera, a screen) has pictures when it has them, and may go away and come back. It
 * fills `descriptor` and `reopen`, too, and live.h says who calls it when:
 *
 *	- It begins with its first source_next().
 *	- source_next() takes what has come so far and goes on to the newest picture; -EAGAIN when
 *	  there is none since the last call. It may be called at any time, and again before the
 *	  picture was made: then the newer picture takes the older one's place.
 *	- source_picture() makes the picture that is newest by then; -EAGAIN when there is none to be
 *	  made, as a camera that has given its picture away. A screen may be asked at any time.
 *	- Any other error means that it has gone. It keeps its descriptor, and gives nothing more, until
 *	  source_reopen() has succeeded.
 *	- One that isn't there yet, but may come, opens as one that has gone.
 *	- Times are on source_clock_us().
 */
#ifndef SPILLWAY_CAPTURE_SOURCE_H
#define SPILLWAY_CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "capture/picture.h"
#include "capture/rate.h"
#include "capture/stage.h"

enum { SOURCE_ERROR_SIZE = 512 };

/* What the user asked for; zero where he left it to the source. */
struct source_wish {
	unsigned width, height; /* a hint: the rendition's scaler brings pictures to their size */
	struct rate rate;
	bool loop;	       /* after the end, from the beginning again; times go on rising */
	char *const *controls; /* a camera's, "brightness=100"; borrowed from the configuration */
	size_t n_controls;
};

struct source_type;

struct source {
	const struct source_type *type;
	char error[SOURCE_ERROR_SIZE]; /* what went wrong, a sentence without a full stop */
	char about[SOURCE_ERROR_SIZE]; /* what was opened, for people; "" where that is no news */
	/* What its pictures will be like, once it is open: size, aspect, rotation; width 0 where
	 * that isn't known before the first. */
	struct picture shape;
	int64_t duration_us; /* of a file, as far as that says; 0: not known */
	bool makes_jpeg;     /* of its own, mostly */
	struct rate limit;   /* a live source is asked for no more pictures; frames 0: no limit */
	uint64_t damaged;    /* pictures that came damaged, and were left out */
	/* What the calls below have taken; whoever has a picture of it counts it, and clears it. */
	struct effort effort;
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

	/* A live source's; else NULL. */
	int (*descriptor)(const struct source *source);
	int (*reopen)(struct source *source);

	/* Prints what there is to open, for --list: all of its kind (argument NULL), or what one
	 * offers. -errno, and a sentence in ret_error. NULL where there is nothing to list. */
	int (*list)(FILE *out, const char *argument, char ret_error[SOURCE_ERROR_SIZE]);
	bool has_controls;
};

/* The kinds there are; source.c has the table. */
extern const struct source_type source_test;
extern const struct source_type source_file;
extern const struct source_type source_v4l2;
extern const struct source_type source_x11;

/* -EINVAL for what isn't a source, else what the source says. ret_error is a sentence. */
int source_open(struct source **ret_source, const char *text, const struct source_wish *wish,
		char ret_error[SOURCE_ERROR_SIZE]);
/* Whether text begins as one; else ret_error has a sentence. */
bool source_is_known(const char *text, char ret_error[SOURCE_ERROR_SIZE]);
bool source_is_live(const struct source *source);
/* Returns 1 with the next picture's time, strictly rising from 0 on; 0 at the end; or -errno, and
 * the sentence in source_error(), when nothing more can be read. */
int source_next(struct source *source, int64_t *ret_pts_us);
/* The present picture, lent: the caller is its first user. unix_us is the Unix time now. -EBUSY
 * while too many are. */
int source_picture(struct source *source, int64_t unix_us, struct picture *ret_picture);
/* Of a live source: what to wait for, until it can be read. Valid until source_reopen(). */
int source_descriptor(const struct source *source);
/* Of a live source that has gone: closes what is left of it and opens it again; may take a moment.
 * -errno when that fails; -EBUSY when what is lent has to come back first. */
int source_reopen(struct source *source);
const char *source_error(const struct source *source);
/* Monotonic, the same as io_now_us(). */
int64_t source_clock_us(void);
/* text is a source, or NULL for all kinds. -EINVAL for what can't be listed, else as in list
 * above. */
int source_list(FILE *out, const char *text, char ret_error[SOURCE_ERROR_SIZE]);
/* Accepts NULL. */
void source_close(struct source *source);

#endif
