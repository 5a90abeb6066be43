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
struct saver;

/* What an output needs of its owner; borrowed until it is closed. */
struct output_host {
	struct io *io;
	const char *title;   /* the stream's name */
	bool exclusive;	     /* a file that is there already isn't overwritten: -EEXIST */
	struct saver *saver; /* that makes files durable in its time; NULL: close() does */
	/* The frame that was held is let go (0), or the output failed (-errno), or was cancelled
	 * (-ECANCELED). Called from the loop. */
	void (*released)(struct output *output, int result);
	void *context;
};

/* What is in the file for sure, also when the disk is full then. */
struct output_kept {
	uint64_t frames;
	int64_t us; /* from the first to the last */
	uint64_t bytes;
};

struct output_type {
	/* The path is borrowed until the output is closed. */
	int (*open)(const struct output_host *host, const char *path, struct output **ret_output);
	/* An output_answer, or -errno: then nothing is written any more, but what was stays
	 * readable. */
	int (*frame)(struct output *output, const struct frame *frame);
	/* Ends what is written, and all of the output, which has no operation under way, but the
	 * struct itself: that is for the owner to free(). -errno. */
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
	const char *name; /* for messages: what it writes, or could not write */
	bool holds;	  /* the owner's note: a frame is with it */
	uint64_t skipped; /* frames that it had no time for */
	struct output_kept kept;
};

/* A file's descriptor for writing, or -errno: as the host says, made anew or emptied. */
int output_create(const struct output_host *host, const char *path);
/* The same file is complete: what is behind so many bytes is cut off, where it can be. Takes over
 * the descriptor. -errno. */
int output_save(const struct output_host *host, int fd, uint64_t bytes);

extern const struct output_type output_mjpeg; /* path "-": standard output */
extern const struct output_type output_jpeg;
extern const struct output_type output_mux;
extern const struct output_type output_term; /* standard output; the path is ignored */

/* The output for a file of this name, by its ending; NULL where there is none. */
const struct output_type *output_for(const char *path);
/* The endings there are, separated by spaces: for messages. */
const char *output_endings(void);

#endif
