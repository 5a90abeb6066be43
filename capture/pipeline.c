/* SPDX-License-Identifier: MIT */
#include "capture/pipeline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/live.h"
#include "capture/pacer.h"
#include "capture/placard.h"
#include "capture/rendition.h"
#include "common/log.h"

enum { NO_SIGNAL_WIDTH = 640, NO_SIGNAL_HEIGHT = 360 }; /* where no picture was seen yet */

struct pipeline {
	struct io *io;
	const struct config *config;
	struct progress *progress;
	pipeline_ended *ended;
	void *context;

	struct source *source;
	struct pacer pacer;
	struct rendition *rendition;
	struct io_op step; /* busy while pictures are being shown */
	bool has_next;	   /* the source has gone on to a picture that wasn't shown yet */
	struct live live;
	int64_t shown_us; /* a live picture's time */
	struct picture_buffer placard;
	unsigned width, height; /* of the last picture; 0: none */
	bool gone;		/* the rendition has ended */
	bool hurries;		/* the next picture is wanted now */
	int status;

	const char *state;
	int64_t opened_us; /* for the first time; 0: never */
	int64_t lost_us;
};

static int64_t unix_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- showing pictures when they are due ---- */

static void end(struct pipeline *pipeline)
{
	if (pipeline->gone && !io_busy(&pipeline->step) && !live_busy(&pipeline->live))
		pipeline->ended(pipeline->context, pipeline->status);
}

static void fail(struct pipeline *pipeline, const char *what)
{
	progress_clear(pipeline->progress);
	log_error("%s", what);
	pipeline->status = 1;
	rendition_end(pipeline->rendition, "the source failed");
}

static bool go_to_next(struct pipeline *pipeline)
{
	int64_t pts_us;
	int result = source_next(pipeline->source, &pts_us);

	if (result < 0)
		fail(pipeline, source_error(pipeline->source));
	else if (result == 0)
		rendition_end(pipeline->rendition, "the source has come to its end");
	else
		pacer_next(&pipeline->pacer, pts_us);
	pipeline->has_next = result > 0;
	return pipeline->has_next;
}

static int publish(struct pipeline *pipeline, const struct picture *picture)
{
	int error = rendition_show(pipeline->rendition, picture);

	if (error < 0)
		fail(pipeline, error == -ENOMEM ? "not enough memory for its pictures"
						: "its pictures can't be encoded");
	return error;
}

static int show(struct pipeline *pipeline)
{
	struct picture picture;
	int error;

	if (!rendition_wants(pipeline->rendition)) {
		rendition_skip(pipeline->rendition);
		return 0;
	}
	error = source_picture(pipeline->source, unix_now_us(), &picture);
	if (error < 0) {
		fail(pipeline, source_error(pipeline->source));
		return error;
	}
	return publish(pipeline, &picture);
}

static void take_step(struct io_op *op, int result)
{
	struct pipeline *pipeline =
		(struct pipeline *)(void *)((char *)op - offsetof(struct pipeline, step));
	int64_t now_us = io_now_us(pipeline->io), due_us;
	/* Also what is due now waits for the loop's next turn: the uplink isn't held up, and the
	 * clock has gone on by the time that this picture took. */
	int64_t again_us = now_us + 1;

	if ((result < 0 && !pipeline->hurries) || pipeline->gone) {
		end(pipeline);
		return;
	}
	if (!pipeline->has_next && !go_to_next(pipeline))
		return;

	enum pacer_verdict verdict = pacer_judge(&pipeline->pacer, now_us, &due_us);

	switch (pipeline->hurries && verdict == PACER_WAIT ? PACER_NOW : verdict) {
	case PACER_WAIT:
		again_us = due_us;
		break;
	case PACER_NOW:
		if (show(pipeline) < 0)
			return;
		pipeline->has_next = false;
		pipeline->hurries = false;
		break;
	case PACER_LATE:
		pipeline->has_next = false;
		break;
	}
	io_timer(pipeline->io, op, again_us, take_step);
}

/* ---- a live source ---- */

/* The camera's clock, and ours for what it doesn't show, are the same but for some jitter. */
static int64_t rising(struct pipeline *pipeline, int64_t pts_us)
{
	if (pts_us <= pipeline->shown_us)
		pts_us = pipeline->shown_us + 1;
	pipeline->shown_us = pts_us;
	return pts_us;
}

static int show_live(struct pipeline *pipeline)
{
	struct picture picture;
	int error;

	if (!rendition_wants(pipeline->rendition)) {
		rendition_skip(pipeline->rendition);
		return 0;
	}
	error = source_picture(pipeline->source, unix_now_us(), &picture);
	if (error < 0)
		return error;
	pipeline->width = picture.width;
	pipeline->height = picture.height;
	picture.pts_us = rising(pipeline, picture.pts_us);
	publish(pipeline, &picture);
	return 0;
}

static bool show_again(struct pipeline *pipeline)
{
	int64_t pts_us = io_now_us(pipeline->io);

	if (pts_us <= pipeline->shown_us ||
	    !rendition_repeat(pipeline->rendition, pts_us, unix_now_us()))
		return false;
	pipeline->shown_us = pts_us;
	return true;
}

static int on_still(struct pipeline *pipeline)
{
	if (!rendition_wants(pipeline->rendition) || show_again(pipeline))
		return 0;
	return show_live(pipeline);
}

/* While it is lost, the picture that can be shown again is the placard. */
static int on_no_signal(struct pipeline *pipeline)
{
	const struct source_wish *wish = &pipeline->config->wish;
	unsigned width = pipeline->width, height = pipeline->height;
	struct picture picture;

	if (!rendition_wants(pipeline->rendition) || show_again(pipeline))
		return 0;
	if (width == 0) {
		width = wish->width != 0 ? wish->width : NO_SIGNAL_WIDTH;
		height = wish->height != 0 ? wish->height : NO_SIGNAL_HEIGHT;
	}
	if (placard_draw(&pipeline->placard, width, height, "NO SIGNAL") < 0)
		return 0; /* the next time, maybe */
	picture = picture_from_buffer(&pipeline->placard);
	picture.pts_us = rising(pipeline, io_now_us(pipeline->io));
	picture.capture_us = unix_now_us();
	publish(pipeline, &picture);
	return 0;
}

static int on_source_lost(struct pipeline *pipeline)
{
	progress_clear(pipeline->progress);
	log_warning("%s; it says 'no signal' until it is back", source_error(pipeline->source));
	rendition_forget(pipeline->rendition);
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

static int on_live_ended(struct pipeline *pipeline)
{
	end(pipeline);
	return 0;
}

static int (*const live_reactions[])(struct pipeline *pipeline) = {
	[LIVE_PICTURE] = show_live,	 [LIVE_STILL] = on_still,      [LIVE_LOST] = on_source_lost,
	[LIVE_NO_SIGNAL] = on_no_signal, [LIVE_BACK] = on_source_back, [LIVE_ENDED] = on_live_ended,
};

static int hear_live(void *context, enum live_event event)
{
	return live_reactions[event](context);
}

static void stop_source(struct pipeline *pipeline)
{
	io_cancel(pipeline->io, &pipeline->step);
	live_stop(&pipeline->live);
}

/* ---- what happens to the connection ---- */

static void on_opened(struct pipeline *pipeline, const char *text)
{
	const struct url *url = &pipeline->config->url;
	int64_t now_us = io_now_us(pipeline->io);

	(void)text;
	if (pipeline->opened_us != 0) {
		live_refresh(&pipeline->live);
		log_info("connected to %s again after %.1f s", url->host,
			 (double)(now_us - pipeline->lost_us) / 1e6);
		return;
	}
	log_info("publishing %s to %s port %s", url->stream, url->host, url->port);
	pipeline->opened_us = now_us;
	if (source_is_live(pipeline->source))
		live_start(&pipeline->live);
	else
		io_timer(pipeline->io, &pipeline->step, now_us, take_step);
}

static void on_lost(struct pipeline *pipeline, const char *text)
{
	const struct url *url = &pipeline->config->url;

	pipeline->lost_us = io_now_us(pipeline->io);
	if (pipeline->opened_us != 0)
		log_warning("lost the connection to %s port %s: %s; trying again until it is back",
			    url->host, url->port, text);
	else
		log_warning("can't connect to %s port %s: %s; trying again until it works",
			    url->host, url->port, text);
}

static void on_busy(struct pipeline *pipeline, const char *text)
{
	log_warning("%s: %s; waiting until the present publisher is gone",
		    pipeline->config->url.stream, text);
}

static void on_refused(struct pipeline *pipeline, const char *text)
{
	const struct url *url = &pipeline->config->url;

	log_error("%s port %s refuses %s: %s", url->host, url->port, url->stream, text);
	pipeline->status = 1;
}

/* Whoever comes after a pause is shown the next picture now, however long it isn't due. */
static void on_demand(struct pipeline *pipeline, const char *text)
{
	(void)text;
	live_refresh(&pipeline->live);
	pipeline->hurries = true;
	io_cancel(pipeline->io, &pipeline->step);
}

static void on_gone(struct pipeline *pipeline, const char *text)
{
	(void)text;
	pipeline->hurries = false;
	pipeline->gone = true;
	stop_source(pipeline);
	end(pipeline);
}

static const struct {
	const char *state;
	void (*act)(struct pipeline *pipeline, const char *text);
} reactions[] = {
	[UPLINK_OPENED] = {"connected", on_opened},	[UPLINK_LOST] = {"no connection", on_lost},
	[UPLINK_BUSY] = {"another publishes", on_busy}, [UPLINK_REFUSED] = {"refused", on_refused},
	[UPLINK_DEMAND] = {"connected", on_demand},	[UPLINK_GONE] = {"closed", on_gone},
};

static void hear(void *context, enum uplink_event event, const char *text)
{
	struct pipeline *pipeline = context;

	pipeline->state = reactions[event].state;
	progress_clear(pipeline->progress);
	reactions[event].act(pipeline, text);
}

/* ---- for main ---- */

int pipeline_create(struct pipeline **ret_pipeline, struct io *io, const struct config *config,
		    struct progress *progress, pipeline_ended *ended, void *context)
{
	char why[SOURCE_ERROR_SIZE] = "not enough memory";
	struct pipeline *pipeline = calloc(1, sizeof *pipeline);
	int error = -ENOMEM;

	if (pipeline == NULL)
		goto failed;
	*pipeline = (struct pipeline){
		.io = io,
		.config = config,
		.progress = progress,
		.ended = ended,
		.context = context,
		.state = "connecting",
	};
	error = source_open(&pipeline->source, config->source, &config->wish, why);
	if (error < 0)
		goto failed;
	live_init(&pipeline->live, io, pipeline->source, hear_live, pipeline);
	say_what_it_is(pipeline);
	error = rendition_create(&pipeline->rendition, io, config, hear, pipeline);
	if (error == -EINVAL)
		snprintf(why, sizeof why, "the key has a blank or a control character in it");
	if (error < 0)
		goto failed;
	rendition_start(pipeline->rendition);
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
	rendition_destroy(pipeline->rendition);
	source_close(pipeline->source);
	picture_buffer_finish(&pipeline->placard);
	free(pipeline);
}

void pipeline_stop(struct pipeline *pipeline)
{
	pipeline->hurries = false;
	stop_source(pipeline);
	rendition_end(pipeline->rendition, "the agent was stopped");
}

struct progress_sample pipeline_sample(const struct pipeline *pipeline, const char **ret_state)
{
	struct uplink_stats stats = rendition_stats(pipeline->rendition);

	*ret_state = pipeline->state;
	return (struct progress_sample){
		.at_us = io_now_us(pipeline->io),
		.frames = stats.frames,
		.bytes = stats.bytes,
		.dropped = pipeline->pacer.late + stats.behind + stats.away,
	};
}

void pipeline_summarize(const struct pipeline *pipeline)
{
	struct uplink_stats stats = rendition_stats(pipeline->rendition);
	double seconds = (double)(io_now_us(pipeline->io) - pipeline->opened_us) / 1e6;

	progress_clear(pipeline->progress);
	if (pipeline->opened_us == 0)
		return;
	log_info("%" PRIu64 " frames and %" PRIu64 " KB sent in %.1f s; dropped: %" PRIu64
		 " too late, %" PRIu64 " behind newer ones, %" PRIu64
		 " without a connection, %" PRIu64
		 " damaged; not made, as nobody watched: %" PRIu64,
		 stats.frames, stats.bytes / 1024, seconds, pipeline->pacer.late, stats.behind,
		 stats.away, pipeline->source->damaged, stats.unwatched);
}
