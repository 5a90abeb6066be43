/* SPDX-License-Identifier: MIT */
#include "tests/sim_pipe.h"

#include <assert.h>
#include <string.h>

#include "tests/sim_libc.h"
#include "tests/sim_random.h"

void sim_pipe_init(struct sim_pipe *pipe, const struct sim_line *line, uint64_t *random)
{
	*pipe = (struct sim_pipe){
		.line = *line, .random = random, .congestion = SIM_PIPE_FIRST_WINDOW};
}

void sim_pipe_finish(struct sim_pipe *pipe)
{
	sim_free(pipe->bytes);
	sim_free(pipe->flights);
	pipe->bytes = NULL;
	pipe->flights = NULL;
	pipe->size = pipe->n_flights = 0;
	pipe->read = pipe->arrived = pipe->sent = pipe->acked = pipe->taken;
	pipe->flights_arrived = pipe->flights_acked = pipe->flights_end;
	pipe->cut = true;
}

/* ---- bytes ---- */

static size_t least(uint64_t a, uint64_t b)
{
	return (size_t)(a < b ? a : b);
}

static void make_room(struct sim_pipe *pipe, size_t len)
{
	uint64_t used = pipe->taken - pipe->read;
	size_t size = pipe->size > 0 ? pipe->size : 1024;

	while (size < used + len)
		size *= 2;
	if (size == pipe->size)
		return;
	uint8_t *bytes = sim_alloc(size);
	for (uint64_t at = pipe->read; at < pipe->taken;) {
		size_t n = least(pipe->taken - at, least(pipe->size - (at & (pipe->size - 1)),
							 size - (at & (size - 1))));

		memcpy(bytes + (at & (size - 1)), pipe->bytes + (at & (pipe->size - 1)), n);
		at += n;
	}
	sim_free(pipe->bytes);
	pipe->bytes = bytes;
	pipe->size = size;
}

void sim_pipe_put(struct sim_pipe *pipe, const void *data, size_t len, int64_t now_us)
{
	const uint8_t *from = data;

	assert(!pipe->ending);
	sim_pipe_advance(pipe, now_us);
	if (sim_pipe_queued(pipe) == 0)
		pipe->progress_us = now_us;
	make_room(pipe, len);
	while (len > 0) {
		size_t at = pipe->taken & (pipe->size - 1), n = least(len, pipe->size - at);

		memcpy(pipe->bytes + at, from, n);
		pipe->taken += n;
		from += n;
		len -= n;
	}
	sim_pipe_advance(pipe, now_us);
}

size_t sim_pipe_peek(const struct sim_pipe *pipe, const uint8_t **ret_data)
{
	size_t at = pipe->size > 0 ? pipe->read & (pipe->size - 1) : 0;

	*ret_data = pipe->bytes + at;
	return least(sim_pipe_readable(pipe), pipe->size - at);
}

void sim_pipe_read(struct sim_pipe *pipe, size_t len)
{
	assert(len <= sim_pipe_readable(pipe));
	pipe->read += len;
}

/* ---- segments ---- */

static struct sim_flight *flight_at(const struct sim_pipe *pipe, uint64_t position)
{
	return &pipe->flights[position & (pipe->n_flights - 1)];
}

static void add_flight(struct sim_pipe *pipe, struct sim_flight flight)
{
	if (pipe->flights_end - pipe->flights_acked == pipe->n_flights) {
		size_t n = pipe->n_flights > 0 ? 2 * pipe->n_flights : 4;
		struct sim_flight *flights = sim_alloc(n * sizeof(*flights));

		for (uint64_t i = pipe->flights_acked; i < pipe->flights_end; i++)
			flights[i & (n - 1)] = *flight_at(pipe, i);
		sim_free(pipe->flights);
		pipe->flights = flights;
		pipe->n_flights = n;
	}
	*flight_at(pipe, pipe->flights_end++) = flight;
}

/* When a segment that leaves now, after len bytes on the line, is there: never before another. */
static int64_t arrival_us(struct sim_pipe *pipe, size_t len, int64_t now_us)
{
	const struct sim_line *line = &pipe->line;

	if (pipe->line_free_us < now_us)
		pipe->line_free_us = now_us;
	if (line->rate > 0)
		pipe->line_free_us += (int64_t)(len * UINT64_C(1000000) / line->rate) + 1;
	int64_t at_us = pipe->line_free_us + line->latency_us;
	if (line->jitter_us > 0)
		at_us += sim_random_between(pipe->random, 0, line->jitter_us);
	if (line->losses > 0 && sim_random_chance(pipe->random, line->losses))
		at_us += SIM_PIPE_RESEND_US;
	if (pipe->flights_end > pipe->flights_acked) {
		int64_t last_us = flight_at(pipe, pipe->flights_end - 1)->arrives_us;

		return at_us > last_us ? at_us : last_us;
	}
	return at_us;
}

static uint64_t window_left(const struct sim_pipe *pipe)
{
	uint64_t left = pipe->line.window - least(pipe->line.window, pipe->sent - pipe->read);
	uint64_t flying = pipe->sent - pipe->acked;

	if (!pipe->line.slow_start)
		return left;
	return least(left, pipe->congestion - least(pipe->congestion, flying));
}

static void send_flight(struct sim_pipe *pipe, int64_t arrives_us, int64_t now_us)
{
	if (sim_pipe_unsent(pipe) == 0)
		pipe->limited = pipe->sent;
	if (pipe->flights_end == pipe->flights_acked)
		pipe->first_sent_us = pipe->acked_us = now_us;
	add_flight(pipe, (struct sim_flight){
				 .end = pipe->sent,
				 .arrives_us = arrives_us,
				 .sent_us = now_us,
				 .first_sent_us = pipe->first_sent_us,
				 .acked_before = pipe->acked,
				 .acked_before_us = pipe->acked_us,
				 .app_limited = pipe->limited > pipe->acked,
			 });
}

/* What its acknowledgement, which has come at at_us, tells of the path. */
static void take_sample(struct sim_pipe *pipe, const struct sim_flight *flight, int64_t at_us)
{
	int64_t sending_us = flight->sent_us - flight->first_sent_us;
	int64_t acking_us = at_us - flight->acked_before_us;
	int64_t interval_us = sending_us > acking_us ? sending_us : acking_us;

	pipe->rtt_us = at_us - flight->sent_us;
	if (pipe->min_rtt_us == 0 || pipe->rtt_us < pipe->min_rtt_us)
		pipe->min_rtt_us = pipe->rtt_us;
	pipe->first_sent_us = flight->sent_us;
	pipe->acked_us = at_us;
	if (interval_us < pipe->min_rtt_us || interval_us == 0)
		return;
	uint64_t rate =
		(flight->end - flight->acked_before) * UINT64_C(1000000) / (uint64_t)interval_us;
	if (!flight->app_limited || rate > pipe->delivery_rate)
		pipe->delivery_rate = rate;
}

/* When the next segment may leave the sending kernel. */
static int64_t may_leave_us(const struct sim_pipe *pipe)
{
	int64_t room_us = pipe->line_free_us;

	if (pipe->line.rate > 0)
		room_us -= (int64_t)(pipe->line.queue * UINT64_C(1000000) / pipe->line.rate);
	return room_us > pipe->paced_us ? room_us : pipe->paced_us;
}

static void pace(struct sim_pipe *pipe, size_t len, int64_t now_us)
{
	if (pipe->pace > 0)
		pipe->paced_us = now_us + (int64_t)(len * UINT64_C(1000000) / pipe->pace);
}

static void transmit(struct sim_pipe *pipe, int64_t now_us)
{
	uint64_t left;

	while (sim_pipe_unsent(pipe) > 0 && may_leave_us(pipe) <= now_us &&
	       (left = window_left(pipe)) > 0) {
		uint64_t unsent = sim_pipe_unsent(pipe);
		size_t n = least(left, least(unsent, pipe->line.segment));
		int64_t arrives_us = arrival_us(pipe, n, now_us);

		pipe->sent += n;
		pace(pipe, n, now_us);
		/* What arrives together needs no flight of its own. */
		if (pipe->flights_end > pipe->flights_arrived &&
		    flight_at(pipe, pipe->flights_end - 1)->arrives_us == arrives_us)
			flight_at(pipe, pipe->flights_end - 1)->end = pipe->sent;
		else
			send_flight(pipe, arrives_us, now_us);
	}
}

static void arrive(struct sim_pipe *pipe, int64_t now_us)
{
	while (pipe->flights_arrived < pipe->flights_end &&
	       flight_at(pipe, pipe->flights_arrived)->arrives_us <= now_us)
		pipe->arrived = flight_at(pipe, pipe->flights_arrived++)->end;
}

static void acknowledge(struct sim_pipe *pipe, int64_t now_us)
{
	while (pipe->flights_acked < pipe->flights_arrived) {
		const struct sim_flight *flight = flight_at(pipe, pipe->flights_acked);
		int64_t at_us = flight->arrives_us + pipe->line.latency_us;

		if (at_us > now_us)
			break;
		if (pipe->line.slow_start)
			pipe->congestion += flight->end - pipe->acked;
		take_sample(pipe, flight, at_us);
		pipe->acked = flight->end;
		pipe->progress_us = at_us;
		pipe->flights_acked++;
	}
}

void sim_pipe_advance(struct sim_pipe *pipe, int64_t now_us)
{
	if (!pipe->cut) {
		arrive(pipe, now_us);
		acknowledge(pipe, now_us);
	}
	transmit(pipe, now_us);
	if (!pipe->cut) {
		arrive(pipe, now_us);
		pipe->ended = pipe->ending && pipe->arrived == pipe->taken &&
			      pipe->line_free_us + pipe->line.latency_us <= now_us;
	}
}

void sim_pipe_end(struct sim_pipe *pipe, int64_t now_us)
{
	pipe->ending = true;
	if (pipe->line_free_us < now_us)
		pipe->line_free_us = now_us;
	sim_pipe_advance(pipe, now_us);
}

int64_t sim_pipe_next_us(const struct sim_pipe *pipe, bool with_acks)
{
	int64_t next_us = INT64_MAX;

	if (pipe->cut)
		return next_us;
	if (pipe->flights_arrived < pipe->flights_end)
		next_us = flight_at(pipe, pipe->flights_arrived)->arrives_us;
	else if (pipe->ending && !pipe->ended && pipe->arrived == pipe->taken)
		next_us = pipe->line_free_us + pipe->line.latency_us;
	if (sim_pipe_unsent(pipe) > 0 && window_left(pipe) > 0 && may_leave_us(pipe) < next_us)
		next_us = may_leave_us(pipe);
	if ((with_acks || sim_pipe_unsent(pipe) > 0) &&
	    pipe->flights_acked < pipe->flights_arrived) {
		int64_t ack_us =
			flight_at(pipe, pipe->flights_acked)->arrives_us + pipe->line.latency_us;

		next_us = ack_us < next_us ? ack_us : next_us;
	}
	return next_us;
}
