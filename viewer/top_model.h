/* SPDX-License-Identifier: MIT */
/*
 * What `spillway top` shows: rates between two looks at a relay (viewer/status.h's object), their
 * history, and the rows in order. Pure: times come from outside.
 *
 * Rows are the relay's own objects (spillway-control(7)) with some members added:
 *
 *	streams, viewers  "dropped": the sum of frames_dropped; "reasons": "lag 3, queue 1"
 *	streams		  "out_fps", "out_bits", "drop_fps": a second; "spark": out_bits of late
 *	viewers		  "sent_fps", "drop_fps"
 *	workers		  "out_fps"
 *	stats		  "in_fps", "out_fps", "in_bits", "out_bits", "drop_fps", "cpu": of one processor;
 *			  "spark"; "reasons": by second
 *
 * Rates are absent where there is nothing to compare with.
 */
#ifndef SPILLWAY_TOP_MODEL_H
#define SPILLWAY_TOP_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	TOP_HISTORY = 20, /* looks that a sparkline shows */
	TOP_SPARK_SIZE = 3 * TOP_HISTORY + 1,
};

enum top_list { TOP_STREAMS, TOP_VIEWERS, TOP_WORKERS, TOP_LISTS };

struct top_model {		  /* start with {0} */
	json_t *stats;		  /* NULL: nothing was seen yet; owned, as all here */
	json_t *lists[TOP_LISTS]; /* arrays */
	/* The rest is private. */
	json_t *before[TOP_LISTS]; /* by id, of the look before */
	json_t *history;	   /* arrays of rates, by stream */
	json_t *totals;		   /* an array */
	int64_t at_us;
};

/* Which rows, and in which order. */
struct top_choice {
	const char *key;    /* the member they are ordered by */
	bool falls;	    /* the greatest first */
	const char *filter; /* part of a name, stream, address, state or transport; "": all */
	const char *stream; /* of a viewer, with its renditions; "": of all */
};

void top_model_finish(struct top_model *model);
/* Another look, status.h's (borrowed). After a restart of the relay there is nothing to compare
 * with. */
void top_model_add(struct top_model *model, const json_t *status, int64_t now_us);
/* Returns a reference to an array. */
json_t *top_model_rows(const struct top_model *model, enum top_list list,
		       const struct top_choice *choice);
/* The values as blocks, of which the greatest is full. */
void top_spark(const json_t *values, char to[TOP_SPARK_SIZE]);

#endif
