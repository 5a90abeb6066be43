/* SPDX-License-Identifier: MIT */
/*
 * A descriptor to write to (a pipe, a terminal, a file) that may be slow, without ever blocking the
 * loop. The struct is the caller's.
 */
#ifndef SPILLWAY_SINK_H
#define SPILLWAY_SINK_H

#include "common/io.h"

struct sink {
	/* Called once for each sink_write() that answered 1: 0, or -errno; -ECANCELED after
	 * sink_cancel(). */
	void (*done)(struct sink *sink, int result);

	/* The rest is private. */
	struct io *io;
	int fd;
	bool borrowed; /* the descriptor stays open */
	int old_flags; /* of a borrowed one, to be put back; -1: they were left alone */
	bool cancelled;
	struct io_op ready;
	const uint8_t *data;
	size_t len;
};

/* Borrows the descriptor of an open file that is ours alone. */
void sink_open_file(struct sink *sink, struct io *io, int fd);
/* 0 or -errno; after a failure the sink needs no closing. */
int sink_open_stdout(struct sink *sink, struct io *io);

/* 0: all is written. 1: data is borrowed until done(). -errno; -ECANCELED after sink_cancel(). One
 * at a time. */
int sink_write(struct sink *sink, const void *data, size_t len);
bool sink_busy(const struct sink *sink);
/* Ends a write under way soon, somewhere in its midst; nothing is written any more. */
void sink_cancel(struct sink *sink);
/* When it isn't busy. */
void sink_close(struct sink *sink);

#endif
