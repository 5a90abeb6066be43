/* SPDX-License-Identifier: MIT */
/*
 * One direction of an emulated link: a queue before a line of some rate, then a delay. Whole packets,
 * in their order; what the queue has no room for is dropped, and what chance takes. Pure: times come
 * from outside, and chance from a seed.
 *
 *	 head            started             end		packets so far
 *	  |  on their way   |  in the queue   |
 *	  +-----------------+-----------------+
 *
 * Times are nanoseconds on one clock that doesn't go back. A packet leaves the queue when the line is
 * free, however late anybody looks, so a late look doesn't slow the line down.
 */
#ifndef SPILLWAY_BENCH_LINE_H
#define SPILLWAY_BENCH_LINE_H

#include <stddef.h>
#include <stdint.h>

enum {
	LINE_PACKET_SIZE = 1500, /* bytes, at most */
	LINE_PACKETS = 1 << 13,	 /* at one time, at most; more are dropped */
};

struct line_config {
	uint64_t rate; /* bits a second; 0: without limit */
	size_t queue;  /* bytes that may wait for the line */
	int64_t delay_ns;
	int64_t jitter_ns; /* up to so much more for each packet */
	uint32_t loss;	   /* of a thousand packets */
};

struct line_packet {
	int64_t at_ns; /* while it waits: since when; on its way: when it is there */
	size_t len;
	uint8_t bytes[LINE_PACKET_SIZE];
};

struct line_counts {
	uint64_t passed, overflowed, lost; /* packets */
};

struct line {
	struct line_config config;
	struct line_packet *packets; /* a ring of LINE_PACKETS */
	uint64_t head, started, end;
	size_t queued;	 /* bytes */
	int64_t free_ns; /* when the line has sent all that has left the queue */
	uint64_t random;
	struct line_counts counts;
};

/* -ENOMEM */
int line_init(struct line *line, const struct line_config *config, uint64_t seed);
void line_finish(struct line *line);

/* What has left the queue by now_ns did so at the rate before. */
void line_set_rate(struct line *line, uint64_t rate, int64_t now_ns);

/* A packet comes; len is LINE_PACKET_SIZE or less. */
void line_put(struct line *line, const void *bytes, size_t len, int64_t now_ns);
/* A packet that is there by now_ns, borrowed until line_take(); or NULL. */
const struct line_packet *line_peek(struct line *line, int64_t now_ns);
/* The packet that line_peek() gave is no longer needed. */
void line_take(struct line *line);
/* When line_peek() has something next; INT64_MAX: never by itself. As of the last line_peek(). */
int64_t line_next_ns(const struct line *line);

#endif
