/* SPDX-License-Identifier: MIT */
#include "capture/pipeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/choice.h"
#include "capture/ladder.h"
#include "capture/live.h"
#include "capture/loan.h"
#include "capture/placard.h"
#include "capture/reel.h"
#include "capture/scaler.h"
#include "common/log.h"

enum { NO_SIGNAL_WIDTH = 640, NO_SIGNAL_HEIGHT = 360 }; /* where no picture was seen yet */

/*
 *	SHUT --> READY ------> RUNNING ------> SHUTTING --> SHUT
 *	    opened    connected       on demand: nobody watches; or all has ended
 */
enum state { SHUT, READY, RUNNING, SHUTTING };

struct pipeline {
	struct io *io;
	const struct config *config;
	struct progress *progress;
	pipeline_ended *ended;
	void *context;

	enum state state;
	struct source *source;	      /* NULL: SHUT */
	uint64_t late, busy, damaged; /* of sources that were shut; busy, of this one, too */
	struct renditions *renditions;
	struct ladder ladder; /* without rungs: there is none */
	struct reel reel;     /* for a source that isn't live, … */
	struct live live;     /* … and for one that is */
	struct stage grab;
	int64_t base_us;  /* our time of a source's picture whose own time is 0 */
	int64_t shown_us; /* the time of what was shown last */
	struct picture_buffer placard;
	struct loan placard_loan;
	unsigned width, height; /* of the last picture, or what the next will have; 0: none */
	bool gone;		/* the renditions have ended */
	int status;

	/* on demand */
	struct io_op look;
	int64_t watched_us;  /* when somebody was last seen to watch */
	int64_t placard_us;  /* when there was none to open, and that was shown */
	bool said_it_failed; /* to open */
};

static void settle(struct pipeline *pipeline);

static int64_t unix_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- showing pictures ---- */

static void fail(struct pipeline *pipeline, const char *what)
{
	progress_clear(pipeline->progress);
	log_error("%s", what);
	pipeline->status = 1;
	renditions_end(pipeline->renditions, "the source failed");
}

/* A camera's clock, and ours for what it doesn't show, are the same but for some jitter. */
static int64_t rising(struct pipeline *pipeline, int64_t pts_us)
{
	if (pts_us <= pipeline->shown_us)
		pts_us = pipeline->shown_us + 1;
	pipeline->shown_us = pts_us;
	return pts_us;
}

static void fail_at_encoding(struct pipeline *pipeline, int error)
{
	fail(pipeline, error == -ENOMEM ? "not enough memory for its pictures"
					: "its pictures can't be encoded");
}

static int publish(struct pipeline *pipeline, struct picture *picture)
{
	int error;

	picture->pts_us = rising(pipeline, picture->pts_us);
	error = renditions_show(pipeline->renditions, picture);
	loan_leave(picture->loan);
	if (error == -EBADMSG && picture->jpeg != NULL)
		pipeline->damaged++;
	else if (error == -EBUSY)
		pipeline->busy++;
	else if (error < 0)
		fail_at_encoding(pipeline, error);
	return error == -EBADMSG || error == -EBUSY ? 0 : error;
}

static int fetch(struct pipeline *pipeline, struct picture *ret_picture)
{
	struct source *source = pipeline->source;
	int error;

	if (!renditions_have_room(pipeline->renditions))
		return -EBUSY;
	error = source_picture(source, unix_now_us(), ret_picture);
	if (error == 0)
		stage_add(&pipeline->grab, source->effort);
	source->effort = (struct effort){0};
	return error;
}

static void skip(struct pipeline *pipeline)
{
	renditions_skip(pipeline->renditions);
	pipeline->source->effort = (struct effort){0};
}

static int show(struct pipeline *pipeline)
{
	struct picture picture;
	int error;

	if (!renditions_want(pipeline->renditions)) {
		skip(pipeline);
		return 0;
	}
	error = fetch(pipeline, &picture);
	if (error == -EBUSY) {
		pipeline->busy++;
		return 0;
	}
	if (error < 0) {
		fail(pipeline, source_error(pipeline->source));
		return error;
	}
	picture.pts_us += pipeline->base_us;
	if (pipeline->ladder.rungs.n > 0)
		renditions_climb(pipeline->renditions,
				 ladder_rung(&pipeline->ladder, picture.position_us));
	return publish(pipeline, &picture);
}

static int on_end(struct pipeline *pipeline)
{
	renditions_end(pipeline->renditions, "the source has come to its end");
	return 0;
}

static int on_source_failed(struct pipeline *pipeline)
{
	fail(pipeline, source_error(pipeline->source));
	return 0;
}

static int on_stopped(struct pipeline *pipeline)
{
	settle(pipeline);
	return 0;
}

static int (*const reel_reactions[])(struct pipeline *pipeline) = {
	[REEL_PICTURE] = show,
	[REEL_END] = on_end,
	[REEL_FAILED] = on_source_failed,
	[REEL_STOPPED] = on_stopped,
};

static int hear_reel(void *context, enum reel_event event)
{
	return reel_reactions[event](context);
}

/* ---- a live source ---- */

static int show_live(struct pipeline *pipeline)
{
	struct picture picture;
	int error;

	if (!renditions_want(pipeline->renditions)) {
		skip(pipeline);
		return 0;
	}
	error = fetch(pipeline, &picture);
	if (error < 0)
		return error;
	pipeline->width = picture.width;
	pipeline->height = picture.height;
	publish(pipeline, &picture);
	return 0;
}

static bool show_again(struct pipeline *pipeline)
{
	int64_t pts_us = io_now_us(pipeline->io);

	if (pts_us <= pipeline->shown_us ||
	    !renditions_repeat(pipeline->renditions, pts_us, unix_now_us()))
		return false;
	pipeline->shown_us = pts_us;
	return true;
}

static int on_still(struct pipeline *pipeline)
{
	if (!renditions_want(pipeline->renditions) || show_again(pipeline))
		return 0;
	return show_live(pipeline);
}

/* False when there isn't enough memory, or when it is still being encoded: the next time, maybe.
 * The caller is the first user of its loan. */
static bool draw_placard(struct pipeline *pipeline, const char *text, struct picture *ret_picture)
{
	const struct source_wish *wish = &pipeline->config->wish;
	unsigned width = pipeline->width, height = pipeline->height;

	if (pipeline->placard_loan.users > 0)
		return false;
	if (width == 0) {
		width = wish->width != 0 ? wish->width : NO_SIGNAL_WIDTH;
		height = wish->height != 0 ? wish->height : NO_SIGNAL_HEIGHT;
	}
	if (placard_draw(&pipeline->placard, width, height, text) < 0)
		return false;
	loan_begin(&pipeline->placard_loan);
	*ret_picture = picture_from_buffer(&pipeline->placard);
	ret_picture->loan = &pipeline->placard_loan;
	ret_picture->pts_us = io_now_us(pipeline->io);
	ret_picture->capture_us = unix_now_us();
	return true;
}

/* While it is lost, the picture that can be shown again is the placard. */
static int on_no_signal(struct pipeline *pipeline)
{
	struct picture picture;

	if (renditions_want(pipeline->renditions) && !show_again(pipeline) &&
	    draw_placard(pipeline, "NO SIGNAL", &picture))
		publish(pipeline, &picture);
	return 0;
}

static int on_source_lost(struct pipeline *pipeline)
{
	progress_clear(pipeline->progress);
	log_warning("%s; it says 'no signal' until it is back", source_error(pipeline->source));
	renditions_forget(pipeline->renditions);
	return 0;
}

static void say_what_it_is(const struct pipeline *pipeline)
{
	if (*pipeline->source->about != '\0')
		log_info("%s", pipeline->source->about);
}

static int on_source_back(struct pipeline *pipeline)
{
	progress_clear(pipeline->progress);
	log_info("the source is back");
	say_what_it_is(pipeline);
	return 0;
}

static int (*const live_reactions[])(struct pipeline *pipeline) = {
	[LIVE_PICTURE] = show_live,	 [LIVE_STILL] = on_still,      [LIVE_LOST] = on_source_lost,
	[LIVE_NO_SIGNAL] = on_no_signal, [LIVE_BACK] = on_source_back, [LIVE_ENDED] = on_stopped,
};

static int hear_live(void *context, enum live_event event)
{
	return live_reactions[event](context);
}

/* ---- the source: open, running, shut ---- */

/* The size that its pictures will have, upright, as far as it is known. */
static void learn_size(struct pipeline *pipeline)
{
	const struct picture *shape = &pipeline->source->shape;

	if (shape->width != 0)
		scaler_fit(shape, 0, 0, false, &pipeline->width, &pipeline->height);
}

static int open_source(struct pipeline *pipeline, char ret_why[SOURCE_ERROR_SIZE])
{
	int error = source_open(&pipeline->source, pipeline->config->source,
				&pipeline->config->wish, ret_why);

	if (error < 0)
		return error;
	reel_init(&pipeline->reel, pipeline->io, pipeline->source, hear_reel, pipeline);
	live_init(&pipeline->live, pipeline->io, pipeline->source, hear_live, pipeline);
	learn_size(pipeline);
	pipeline->state = READY;
	return 0;
}

static void run_source(struct pipeline *pipeline)
{
	pipeline->state = RUNNING;
	if (source_is_live(pipeline->source))
		live_start(&pipeline->live);
	else
		reel_start(&pipeline->reel);
}

static void close_source(struct pipeline *pipeline)
{
	pipeline->late += pipeline->reel.pacer.late;
	pipeline->reel.pacer.late = 0;
	pipeline->busy += pipeline->live.dropped;
	pipeline->live.dropped = 0;
	pipeline->damaged += pipeline->source->damaged;
	source_close(pipeline->source);
	pipeline->source = NULL;
	pipeline->state = SHUT;
}

static void shut(struct pipeline *pipeline)
{
	if (pipeline->state == RUNNING || pipeline->state == READY) {
		pipeline->state = SHUTTING;
		reel_stop(&pipeline->reel);
		live_stop(&pipeline->live);
	}
	settle(pipeline);
}

/* ---- on demand ---- */

/* Nobody may see an old picture: what was shown last is forgotten. */
static void open_on_demand(struct pipeline *pipeline)
{
	int64_t now_us = io_now_us(pipeline->io);
	char why[SOURCE_ERROR_SIZE];

	if (open_source(pipeline, why) == 0) {
		pipeline->said_it_failed = false;
		renditions_forget(pipeline->renditions);
		progress_clear(pipeline->progress);
		log_info("somebody watches: the source is opened");
		/* A live source's clock is ours, a file's begins at 0. */
		if (!source_is_live(pipeline->source))
			pipeline->base_us = now_us;
		run_source(pipeline);
		return;
	}
	if (!pipeline->said_it_failed) {
		progress_clear(pipeline->progress);
		log_warning("%s; trying again while somebody watches", why);
		renditions_forget(pipeline->renditions);
	}
	pipeline->said_it_failed = true;
	if (now_us - pipeline->placard_us < LIVE_STILL_US)
		return;
	pipeline->placard_us = now_us;
	on_no_signal(pipeline);
}

/* The relay orders renditions by their pictures, and hasn't seen any yet. */
static void introduce(struct pipeline *pipeline)
{
	struct picture picture;

	if (!renditions_are_unknown(pipeline->renditions) ||
	    !draw_placard(pipeline, "ONE MOMENT", &picture))
		return;
	picture.pts_us = rising(pipeline, picture.pts_us);
	(void)renditions_introduce(pipeline->renditions, &picture); /* where it can't, next time */
	loan_leave(picture.loan);
}

static void open_or_shut(struct pipeline *pipeline)
{
	int64_t now_us = io_now_us(pipeline->io);
	bool watched = renditions_are_watched(pipeline->renditions);

	if (watched)
		pipeline->watched_us = now_us;
	if (pipeline->state == SHUT && watched) {
		open_on_demand(pipeline);
	} else if (pipeline->state == SHUT) {
		(void)renditions_want(pipeline->renditions); /* they rest by and by */
		introduce(pipeline);
	} else if (pipeline->state == RUNNING &&
		   now_us - pipeline->watched_us >= PIPELINE_LINGER_US) {
		progress_clear(pipeline->progress);
		log_info("nobody watches: the source is closed");
		shut(pipeline);
	}
}

static void look_around(struct io_op *op, int result)
{
	struct pipeline *pipeline =
		(struct pipeline *)(void *)((char *)op - offsetof(struct pipeline, look));

	if (result < 0 || pipeline->gone) {
		settle(pipeline);
		return;
	}
	open_or_shut(pipeline);
	io_timer(pipeline->io, op, io_now_us(pipeline->io) + PIPELINE_LOOK_US, look_around);
}

/* ---- waiting for the first viewer ---- */

static void begin_when_watched(struct pipeline *pipeline)
{
	if (pipeline->state != READY)
		return;
	if (renditions_are_watched(pipeline->renditions)) {
		if (!source_is_live(pipeline->source))
			pipeline->base_us = io_now_us(pipeline->io);
		run_source(pipeline);
	} else if (renditions_are_settled(pipeline->renditions)) {
		introduce(pipeline);
	}
}

/* Goes on when nothing is left that uses the source or its pictures. */
static void settle(struct pipeline *pipeline)
{
	if (reel_busy(&pipeline->reel) || live_busy(&pipeline->live) ||
	    renditions_are_busy(pipeline->renditions))
		return;
	if (pipeline->state == SHUTTING)
		close_source(pipeline);
	if (pipeline->gone && !io_busy(&pipeline->look))
		pipeline->ended(pipeline->context, pipeline->status);
}

/* ---- what happens to the renditions ---- */

static void on_opened(struct pipeline *pipeline)
{
	if (pipeline->config->wait && pipeline->state == READY)
		return;
	if (pipeline->state == READY)
		run_source(pipeline);
	else if (pipeline->state == RUNNING)
		live_refresh(&pipeline->live);
	else if (pipeline->config->on_demand && !io_busy(&pipeline->look))
		io_timer(pipeline->io, &pipeline->look, io_now_us(pipeline->io) + PIPELINE_LOOK_US,
			 look_around);
}

static void on_demand(struct pipeline *pipeline)
{
	if (pipeline->config->on_demand)
		open_or_shut(pipeline);
	else if (pipeline->config->wait)
		begin_when_watched(pipeline);
}

static void on_waited(struct pipeline *pipeline)
{
	if (pipeline->state != RUNNING)
		return;
	live_refresh(&pipeline->live);
	reel_hurry(&pipeline->reel);
}

static void on_room(struct pipeline *pipeline)
{
	if (pipeline->state == RUNNING)
		live_room(&pipeline->live);
	settle(pipeline);
}

static void on_failed(struct pipeline *pipeline)
{
	fail_at_encoding(pipeline, renditions_error(pipeline->renditions));
}

static void on_gone(struct pipeline *pipeline)
{
	if (renditions_were_refused(pipeline->renditions))
		pipeline->status = 1;
	pipeline->gone = true;
	io_cancel(pipeline->io, &pipeline->look);
	shut(pipeline);
}

static void (*const reactions[])(struct pipeline *pipeline) = {
	[RENDITIONS_OPENED] = on_opened, [RENDITIONS_DEMAND] = on_demand,
	[RENDITIONS_WAITED] = on_waited, [RENDITIONS_ROOM] = on_room,
	[RENDITIONS_FAILED] = on_failed, [RENDITIONS_GONE] = on_gone,
};

static void hear(void *context, enum renditions_event event)
{
	reactions[event](context);
}

/* ---- for main ---- */

int pipeline_create(struct pipeline **ret_pipeline, struct io *io, const struct config *config,
		    struct progress *progress, pipeline_ended *ended, void *context)
{
	char why[SOURCE_ERROR_SIZE] = "not enough memory";
	struct pipeline *pipeline = calloc(1, sizeof *pipeline);
	struct plan plan;
	int error = -ENOMEM;

	if (pipeline == NULL)
		goto failed;
	*pipeline = (struct pipeline){
		.io = io,
		.config = config,
		.progress = progress,
		.ended = ended,
		.context = context,
		.shown_us = -1,
	};
	if ((error = open_source(pipeline, why)) < 0)
		goto failed;
	say_what_it_is(pipeline);
	error = choice_make(config, pipeline->source, pipeline->width, pipeline->height, &plan,
			    &pipeline->ladder, why);
	if (error < 0)
		goto failed;
	if (config->on_demand)
		close_source(pipeline);
	error = renditions_create(&pipeline->renditions, io, config, &plan, progress, hear,
				  pipeline);
	if (error == -EINVAL)
		snprintf(why, sizeof why, "the key has a blank or a control character in it");
	if (error < 0)
		goto failed;
	renditions_start(pipeline->renditions);
	*ret_pipeline = pipeline;
	return 0;

failed:
	log_error("%s", why);
	pipeline_destroy(pipeline);
	return error;
}

void pipeline_destroy(struct pipeline *pipeline)
{
	if (pipeline == NULL)
		return;
	renditions_destroy(pipeline->renditions);
	source_close(pipeline->source);
	picture_buffer_finish(&pipeline->placard);
	free(pipeline);
}

void pipeline_stop(struct pipeline *pipeline)
{
	shut(pipeline);
	renditions_end(pipeline->renditions, "the agent was stopped");
}

static uint64_t busy_of(const struct pipeline *pipeline)
{
	return pipeline->busy + pipeline->live.dropped;
}

void pipeline_reconfigure(struct pipeline *pipeline)
{
	if (pipeline->renditions != NULL)
		renditions_reconfigure(pipeline->renditions);
}

struct progress_sample pipeline_sample(const struct pipeline *pipeline,
				       char ret_state[RENDITIONS_STATE_SIZE])
{
	struct progress_sample sample = renditions_sample(pipeline->renditions);

	renditions_state(pipeline->renditions, ret_state);
	sample.at_us = io_now_us(pipeline->io);
	sample.dropped += pipeline->late + pipeline->reel.pacer.late + busy_of(pipeline);
	return sample;
}

void pipeline_summarize(const struct pipeline *pipeline)
{
	uint64_t damaged = pipeline->source != NULL ? pipeline->source->damaged : 0;

	renditions_summarize(pipeline->renditions, pipeline->late + pipeline->reel.pacer.late,
			     busy_of(pipeline), pipeline->damaged + damaged, &pipeline->grab);
}
