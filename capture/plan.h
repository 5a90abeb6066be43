/* SPDX-License-Identifier: MIT */
/*
 * Which renditions of a source are published: those that were asked for, or the usual ones. None is
 * larger than the source. Pure.
 */
#ifndef SPILLWAY_CAPTURE_PLAN_H
#define SPILLWAY_CAPTURE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/rate.h"

enum {
	PLAN_MAX = 16, /* renditions, as many as a relay chooses from */
	PLAN_NAME_SIZE = 65,
	PLAN_ROW_TEXT_SIZE = 128,
	PLAN_MAX_KBPS = 1000000,
};

struct plan_row {
	char name[PLAN_NAME_SIZE]; /* one level of a stream's name; "": the stream itself */
	unsigned width, height;	   /* pictures fit into that; 0: their own size */
	bool enlarges;		   /* smaller pictures, too, are brought to that size */
	bool own;		   /* the source's size: JPEG that it makes is passed on as it is */
	struct rate rate;	   /* no more pictures than that; frames 0: all */
	int64_t max_kbps;	   /* 0: as all others */
};

struct plan {
	struct plan_row rows[PLAN_MAX]; /* the largest first, once it is fitted */
	size_t n;
};

/* "1280x720" into two sides. -EINVAL, also for sides that pictures can't have. */
int plan_parse_size(const char *text, unsigned *ret_width, unsigned *ret_height);
/* "240p=426x240@15,max-kbps=300"; the rate and the limit may be left out. -EINVAL. */
int plan_parse(const char *text, struct plan_row *ret_row);
/* -EEXIST for a name that is there already, -ENOSPC. */
int plan_add(struct plan *plan, const struct plan_row *row);
/* Whether the stream can have a rendition of that name. */
bool plan_row_suits(const struct plan_row *row, const char *stream);
/* The same again. */
void plan_row_text(const struct plan_row *row, char to[PLAN_ROW_TEXT_SIZE]);

/* A source's pictures, upright and with square pixels; 0 where that isn't known. */
struct plan_source {
	unsigned width, height;
	/* What --size says; 0: nothing. */
	unsigned wished_width, wished_height;
};

/*
 * The usual renditions: 240, 720 and 1440 lines high, each called after its height (240p); where
 * the source is lower than the next of them, it takes its place in its own size.
 */
void plan_usual(const struct plan_source *source, struct plan *ret_plan);
/* The stream itself, without renditions. */
void plan_single(const struct plan_source *source, struct plan *ret_plan);
/* Those of the asked ones that aren't larger than the source, and those that are. */
void plan_fit(const struct plan_source *source, const struct plan *asked, struct plan *ret_plan,
	      struct plan *ret_left_out);
/* Why a source has none of them: a sentence for people. */
void plan_refusal(const struct plan_source *source, const struct plan *left_out, char *to,
		  size_t size);

#endif
