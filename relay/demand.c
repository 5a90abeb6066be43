/* SPDX-License-Identifier: MIT */
#include "relay/demand.h"

#include "relay/bus.h"
#include "relay/publisher.h"

uint64_t demand_of(const struct stream *stream)
{
	return tally_wanted(stream->tally);
}

static void tell(struct stream *stream, uint64_t n)
{
	struct publisher *publisher = stream->publisher;

	if (publisher == NULL || publisher->demand == NULL)
		return;
	stream->told_demand = n;
	publisher->demand(publisher, n);
}

void demand_begin(struct stream *stream)
{
	tell(stream, demand_of(stream));
}

void demand_changed(struct stream *stream)
{
	uint64_t n = demand_of(stream);

	if ((n > 0) != (stream->told_demand > 0))
		tell(stream, n);
}

static void share_changed(struct stream *stream)
{
	if (stream->mirror)
		bus_demand(stream);
	else
		demand_changed(stream);
}

/* This worker's share. */
static counter *wanted(struct stream *stream)
{
	return &stream->tally->shares[stream->worker->index].wanted;
}

void demand_add(struct stream *stream)
{
	counter_add(wanted(stream), 1);
	if (counter_get(wanted(stream)) == 1)
		share_changed(stream);
}

void demand_remove(struct stream *stream)
{
	counter_subtract(wanted(stream), 1);
	if (counter_get(wanted(stream)) == 0)
		share_changed(stream);
}

void demand_picture(struct stream *stream)
{
	if (stream->asked_us == 0)
		demand_add(stream);
	stream->asked_us = io_now_us(stream->worker->io);
}

void demand_sweep(struct stream *stream, int64_t now_us)
{
	if (stream->asked_us != 0 && now_us - stream->asked_us > DEMAND_PICTURE_US) {
		stream->asked_us = 0;
		demand_remove(stream);
	}
	if (!stream->mirror && demand_of(stream) != stream->told_demand)
		tell(stream, demand_of(stream));
}
