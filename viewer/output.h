/* SPDX-License-Identifier: MIT */
/*
 * Where the frames go: a file, standard output, the terminal. A kind of output is one file, and one
 * row in the table of output.c where a file's ending chooses it.
 */
#ifndef SPILLWAY_OUTPUT_H
#define SPILLWAY_OUTPUT_H

#include <stdbool.h>

#include "common/io.h"
#include "viewer/frame.h"

enum output_answer {
	OUTPUT_TAKEN,	 /* done with the frame */
	OUTPUT_HOLDS,	 /* the frame stays borrowed until released() */
	OUTPUT_COMPLETE, /* done with the frame, and nothing more is wanted */
};

struct output;

/* What an output needs of its owner; borrowed until it is closed. */
struct output_host {
	struct io *io;
	const char *title; /* the stream's name */
	/* The frame that was held is let go (0), or the output failed (-errno), or was cancelled
	 * (-ECANCELED). Called from the loop. */
	void (*released)(struct output *output, int result);
	void *context;
};

struct output_type {
	int (*open)(const struct output_host *host, const char *path, struct output **ret_output);
	/* An output_answer, or -errno. */
	int (*frame)(struct output *output, const struct frame *frame);
	/* Ends what is written and frees the output, which has no operation under way. -errno. */
	int (*close)(struct output *output);

	/* Of outputs with operations in the loop; else NULL. */
	bool (*busy)(const struct output *output);
	void (*cancel)(struct output *output);

	/* Of the terminal; else NULL. */
	void (*status)(struct output *output, const char *line);
	void (*signal)(struct output *output, int number); /* SIGWINCH, SIGTSTP */
};

struct output {
	const struct output_type *type;
	const struct output_host *host;
	bool holds;	  /* the owner's note: a frame is with it */
	uint64_t skipped; /* frames that it had no time for */
};

extern const struct output_type output_mjpeg; /* path "-": standard output */
extern const struct output_type output_jpeg;
extern const struct output_type output_mux;
extern const struct output_type output_term; /* standard output; the path is ignored */

/* The output for a file of this name, by its ending; NULL where there is none. */
const struct output_type *output_for(const char *path);
/* The endings there are, separated by spaces: for messages. */
const char *output_endings(void);

#endif
