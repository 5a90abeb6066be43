/* SPDX-License-Identifier: MIT */
/*
 * What workers tell each other. A stream has a home, the worker that its name falls to: its
 * publisher is there, frames are numbered there, and there it is decided that the stream has ended.
 * Every other worker has a mirror of it, which learns of its life by these messages and gets each
 * frame by one; its viewers are served from the mirror as if it were at home. A mirror ends behind
 * the last frame of its home, also when the relay drains.
 */
#ifndef SPILLWAY_BUS_H
#define SPILLWAY_BUS_H

#include <jansson.h>

#include "relay/stream.h"
#include "relay/worker.h"

/* To all other workers, in the order of the calls. */
void bus_live(const struct stream *stream);
void bus_frame(const struct stream *stream, struct frame *frame, bool more); /* takes references */
void bus_wake(const struct stream *stream);
void bus_pause(const struct stream *stream);
void bus_lost(const struct stream *stream);
void bus_ended(const struct stream *stream, const char *reason, bool returns);
void bus_drain(struct worker *worker, const char *reason); /* reason is a constant */

/* To a stream's home: a mirror's share of the demand has changed. */
void bus_demand(const struct stream *stream);

/* Gives a connection that was just accepted to another worker. */
void bus_give(struct worker *worker, struct worker *to, int fd);
/* Gives a connection with its input so far (both taken over) to another worker. */
void bus_hand_over(struct worker *worker, struct worker *to, int fd, const struct peer *peer,
		   char *input, size_t input_len);

/* The same question to all workers; this one, too. */
struct question {
	const json_t *request; /* borrowed; nobody changes it meanwhile */
	/* Returns a reference, never NULL. Called in each worker's thread. */
	json_t *(*ask)(struct worker *worker, const json_t *request);
	/* Called in the asker's thread when all have answered, later than bus_ask() returns. */
	void (*answered)(struct question *question);

	/* private */
	struct worker *asker;
	struct inquiry *inquiries;
	json_t *answers; /* an array, in no order; freed after answered() */
	unsigned waiting;
};
/* question is borrowed until answered(). -ENOMEM. */
int bus_ask(struct worker *worker, struct question *question);

#endif
