/* SPDX-License-Identifier: MIT */
#include "capture/reel.h"

#include "common/list.h"

static bool go_to_next(struct reel *reel)
{
	int64_t pts_us;
	int result = source_next(reel->source, &pts_us);

	reel->has_next = result > 0;
	if (result > 0)
		pacer_next(&reel->pacer, pts_us);
	else
		reel->told(reel->context, result < 0 ? REEL_FAILED : REEL_END);
	return result > 0;
}

static void take_step(struct io_op *op, int result)
{
	struct reel *reel = list_item(op, struct reel, step);
	int64_t now_us = io_now_us(reel->io), due_us;
	/* Also what is due now waits for the loop's next turn: the uplinks aren't held up, and the
	 * clock has gone on by the time that this picture took. */
	int64_t again_us = now_us + 1;
	bool begins = !reel->has_next && !reel->pacer.tied;

	if ((result < 0 && !reel->hurries) || reel->stopping) {
		reel->told(reel->context, REEL_STOPPED);
		return;
	}
	if (!reel->has_next && !go_to_next(reel))
		return;
	if (begins) { /* what took long, as reading the first may, makes no other late */
		io_timer(reel->io, op, again_us, take_step);
		return;
	}

	enum pacer_verdict verdict = pacer_judge(&reel->pacer, now_us, &due_us);

	switch (reel->hurries && verdict == PACER_WAIT ? PACER_NOW : verdict) {
	case PACER_WAIT:
		again_us = due_us;
		break;
	case PACER_NOW:
		if (reel->told(reel->context, REEL_PICTURE) < 0)
			return;
		reel->has_next = false;
		reel->hurries = false;
		break;
	case PACER_LATE:
		reel->has_next = false;
		break;
	}
	io_timer(reel->io, op, again_us, take_step);
}

void reel_init(struct reel *reel, struct io *io, struct source *source, reel_told *told,
	       void *context)
{
	*reel = (struct reel){.io = io, .source = source, .told = told, .context = context};
}

void reel_start(struct reel *reel)
{
	io_timer(reel->io, &reel->step, io_now_us(reel->io), take_step);
}

void reel_hurry(struct reel *reel)
{
	if (!reel_busy(reel))
		return;
	reel->hurries = true;
	io_cancel(reel->io, &reel->step);
}

void reel_stop(struct reel *reel)
{
	reel->stopping = true;
	if (reel_busy(reel))
		io_cancel(reel->io, &reel->step);
}

bool reel_busy(const struct reel *reel)
{
	return io_busy(&reel->step);
}
