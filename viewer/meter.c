/* SPDX-License-Identifier: MIT */
#include "viewer/meter.h"

#include <string.h>

static void meter_sequence(struct meter *meter, const struct frame *frame)
{
	uint64_t sequence = frame->header.sequence, missing;

	meter->returns += frame->first;
	meter->moves += frame->moved;
	if (frame->moved)
		return;
	if (sequence <= meter->last_sequence) {
		meter->restarts += frame->first;
		return; /* within a conversation the presentation time tells what this is */
	}
	missing = sequence - meter->last_sequence - 1;
	if (missing == 0)
		return;
	meter->gaps++;
	if (frame->first)
		meter->lost += missing;
	else
		meter->dropped += missing;
}

static void meter_presentation(struct meter *meter, const struct frame *frame)
{
	meter->discontinuities += (frame->header.flags & WIRE_DISCONTINUITY) != 0;
	if (frame->first)
		return;
	meter->repeated += frame->header.pts_us == meter->last_pts_us;
	meter->reordered += frame->header.pts_us < meter->last_pts_us;
}

static void meter_latency(struct meter *meter, const struct frame *frame)
{
	/* A newcomer gets the newest frame there is, however long the picture has been still. */
	if (frame->first || frame->header.capture_us == 0)
		return;
	meter->latency_us = frame->received_us - frame->header.capture_us;
	if (meter->latency_us < 0) {
		meter->early++;
		meter->latency_us = 0;
	}
	histogram_add(&meter->latency, (uint64_t)meter->latency_us);
}

void meter_frame(struct meter *meter, const struct frame *frame, int64_t now_us)
{
	if (meter->frames == 0) {
		meter->first_us = now_us;
		meter->first_bytes = frame->header.length;
	} else {
		meter_sequence(meter, frame);
		meter_presentation(meter, frame);
		if (now_us - meter->last_us > meter->longest_us)
			meter->longest_us = now_us - meter->last_us;
	}
	meter_latency(meter, frame);
	meter->last_sequence = frame->header.sequence;
	meter->last_pts_us = frame->header.pts_us;
	meter->last_us = now_us;
	meter->frames++;
	meter->bytes += frame->header.length;
}

static struct meter_rate rate_of(uint64_t frames, uint64_t bytes, int64_t us)
{
	double seconds = (double)us / 1e6;

	if (us <= 0)
		return (struct meter_rate){0};
	return (struct meter_rate){
		.frames = (double)frames / seconds,
		.bits = (double)bytes * 8 / seconds,
	};
}

struct meter_rate meter_rate(struct meter *meter, int64_t now_us)
{
	struct meter_mark mark = {now_us, meter->frames, meter->bytes};

	if (meter->n_marks == METER_MARKS)
		memmove(&meter->marks[0], &meter->marks[1],
			sizeof(meter->marks[0]) * --meter->n_marks);
	meter->marks[meter->n_marks++] = mark;
	return rate_of(mark.frames - meter->marks[0].frames, mark.bytes - meter->marks[0].bytes,
		       now_us - meter->marks[0].at_us);
}

struct meter_rate meter_mean(const struct meter *meter)
{
	if (meter->frames < 2)
		return (struct meter_rate){0};
	/* The first frame only begins the time that is measured. */
	return rate_of(meter->frames - 1, meter->bytes - meter->first_bytes,
		       meter->last_us - meter->first_us);
}
