/* SPDX-License-Identifier: MIT */
#include "capture/deadline.h"

#include "common/list.h"

static void timer_done(struct io_op *op, int result);

static void arm(struct deadline *deadline)
{
	deadline->armed_us = deadline->at_us;
	io_timer(deadline->io, &deadline->timer, deadline->at_us, timer_done);
}

static void timer_done(struct io_op *op, int result)
{
	struct deadline *deadline = list_item(op, struct deadline, timer);

	(void)result;
	if (io_now_us(deadline->io) >= deadline->at_us)
		deadline->passed(deadline);
	else if (deadline->at_us != DEADLINE_NEVER)
		arm(deadline);
}

void deadline_init(struct deadline *deadline, struct io *io, deadline_passed *passed)
{
	*deadline = (struct deadline){.io = io, .passed = passed, .at_us = DEADLINE_NEVER};
}

void deadline_set(struct deadline *deadline, int64_t at_us)
{
	deadline->at_us = at_us;
	if (at_us == DEADLINE_NEVER)
		return;
	if (!io_busy(&deadline->timer))
		arm(deadline);
	else if (deadline->armed_us > at_us)
		io_cancel(deadline->io, &deadline->timer);
}
