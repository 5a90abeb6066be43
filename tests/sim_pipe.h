/* SPDX-License-Identifier: MIT */
/*
 * One direction of a simulated connection: the sending kernel's buffer, a line with a rate and a
 * delay, and the receiving kernel's buffer. Nothing is lost or reordered for who uses it (it is
 * TCP); loss shows as delay. The queue before the line never overflows: its sender sees when it is full.
 *
 *	 read         arrived            sent               taken		bytes so far
 *	  |  may be read  |  on the line  |  unsent           |
 *	  +---------------+---------------+-------------------+
 *	        acked follows arrived, a way back later
 */
#ifndef SPILLWAY_TESTS_SIM_PIPE_H
#define SPILLWAY_TESTS_SIM_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_line {
	int64_t latency_us; /* one way */
	int64_t jitter_us;  /* up to so much more for each segment */
	uint64_t rate;	    /* bytes a second; 0: without limit */
	uint32_t queue;	    /* bytes that may wait before it, sent already; never too many come */
	uint32_t segment;   /* bytes that travel together */
	uint32_t buffer;    /* the sending kernel's, bytes */
	uint32_t window;    /* the receiving kernel's, bytes */
	uint32_t losses;    /* of a thousand segments; each costs SIM_PIPE_RESEND_US */
	bool slow_start;    /* the window begins small and doubles each round trip */
};

enum { SIM_PIPE_RESEND_US = 200000, SIM_PIPE_FIRST_WINDOW = 10 * 1448 };

struct sim_flight { /* a segment on the line */
	uint64_t end;
	int64_t arrives_us;
	/* For its sample of the delivery rate, as tcp_rate.c takes it. */
	int64_t sent_us, first_sent_us;
	uint64_t acked_before;
	int64_t acked_before_us;
	bool app_limited; /* since all was sent, not all of that was acknowledged */
};

struct sim_pipe {
	struct sim_line line;
	uint64_t *random; /* borrowed */
	uint8_t *bytes;	  /* from read to taken, in a ring of size */
	size_t size;
	uint64_t read, arrived, sent, taken, acked;
	uint64_t congestion;
	uint64_t pace;	  /* bytes a second that may leave the sending kernel; 0: without limit */
	int64_t paced_us; /* when the next may */
	int64_t line_free_us;
	int64_t progress_us; /* when acked rose last, or the buffer stopped being empty */
	struct sim_flight *flights;
	uint64_t flights_end, flights_arrived, flights_acked; /* positions in a ring of n_flights */
	size_t n_flights;
	int64_t rtt_us, min_rtt_us; /* 0: not known yet */
	uint64_t delivery_rate;	    /* bytes a second, the same */
	int64_t first_sent_us, acked_us;
	uint64_t limited; /* what had been sent when nothing waited behind it */
	bool ending;	  /* no bytes more; the end follows the last */
	bool ended;	  /* the end has arrived */
	bool cut;	  /* nothing arrives any more */
};

void sim_pipe_init(struct sim_pipe *pipe, const struct sim_line *line, uint64_t *random);
void sim_pipe_finish(struct sim_pipe *pipe);

/* Takes all of data; the caller looks at the room. */
void sim_pipe_put(struct sim_pipe *pipe, const void *data, size_t len, int64_t now_us);
void sim_pipe_end(struct sim_pipe *pipe, int64_t now_us);
/* Brings it up to now_us, which mustn't go back. */
void sim_pipe_advance(struct sim_pipe *pipe, int64_t now_us);
/* When something happens next by itself, INT64_MAX for never; acknowledgements only if asked
 * for. */
int64_t sim_pipe_next_us(const struct sim_pipe *pipe, bool with_acks);

/* The bytes that may be read in one piece, and that they were. */
size_t sim_pipe_peek(const struct sim_pipe *pipe, const uint8_t **ret_data);
void sim_pipe_read(struct sim_pipe *pipe, size_t len);

static inline uint64_t sim_pipe_unsent(const struct sim_pipe *pipe)
{
	return pipe->taken - pipe->sent;
}

static inline uint64_t sim_pipe_queued(const struct sim_pipe *pipe)
{
	return pipe->taken - pipe->acked;
}

static inline uint64_t sim_pipe_readable(const struct sim_pipe *pipe)
{
	return pipe->arrived - pipe->read;
}

#endif
