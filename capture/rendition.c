/* SPDX-License-Identifier: MIT */
#include "capture/rendition.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/encoder.h"
#include "capture/gate.h"
#include "capture/quality.h"
#include "capture/scaler.h"

/* A picture on its way through the pool. */
struct passage {
	struct pool_job job; /* first: the passage is found by it */
	struct rendition *rendition;
	bool busy;
	bool introduces;	/* the stream rests after it */
	struct picture picture; /* its loan was joined */
	struct scaler scaler;
	struct sheet *sheet;
	struct quality quality;	      /* a copy of the rendition's … */
	bool limited;		      /* … which is taken back, judged by the size */
	enum quality_verdict verdict; /* never QUALITY_AGAIN, once it has passed */
	int error;
	bool scaled;
	struct effort scaling, encoding;
};

struct rendition {
	struct url url; /* of the rendition's stream */
	struct gate gate;
	bool own;
	unsigned max_width, max_height;
	bool enlarges;
	struct pool *pool;
	struct pool_lane lane;
	struct passage passages[LOANS];
	struct encoder *encoder;
	struct quality quality;
	bool judging;	  /* a picture is on its way that has a copy of that */
	int64_t max_kbps; /* where a row doesn't say */
	int64_t row_kbps; /* what it says; 0: nothing */
	int highest;	  /* quality */
	bool changes;	  /* what it is to be is new, and a picture is on its way */
	struct uplink *uplink;
	bool always;
	bool repeatable; /* what was shown last is the encoder's last frame, or will be */
	int error;	 /* of a picture that couldn't be scaled or encoded */
	struct stage scale, encode;
};

/* The relay refuses a name that is none. */
static void name_it(struct url *url, const char *name)
{
	size_t len = strlen(url->stream);

	if (*name != '\0')
		snprintf(url->stream + len, sizeof url->stream - len, "/%s", name);
}

static int64_t limit_of(const struct rendition *rendition)
{
	return rendition->row_kbps != 0 ? rendition->row_kbps : rendition->max_kbps;
}

int rendition_create(struct rendition **ret_rendition, struct io *io, struct pool *pool,
		     const struct config *config, const struct plan_row *row, uplink_told *told,
		     void *context)
{
	struct rendition *rendition = calloc(1, sizeof *rendition);
	int error;

	if (rendition == NULL)
		return -ENOMEM;
	rendition->pool = pool;
	rendition->always = config->always;
	rendition->own = row->own;
	rendition->url = config->url;
	name_it(&rendition->url, row->name);
	gate_init(&rendition->gate, row->rate);
	rendition->max_width = row->width;
	rendition->max_height = row->height;
	rendition->enlarges = row->enlarges;
	for (size_t i = 0; i < LOANS; i++) {
		rendition->passages[i].rendition = rendition;
		scaler_init(&rendition->passages[i].scaler, row->width, row->height, row->enlarges);
	}
	rendition->max_kbps = config->max_kbps;
	rendition->row_kbps = row->max_kbps;
	rendition->highest = (int)config->jpeg_quality;
	quality_init(&rendition->quality, rendition->highest, limit_of(rendition));
	error = encoder_create(&rendition->encoder);
	if (error == 0)
		error = uplink_create(&rendition->uplink, io, &rendition->url, config->key, told,
				      context);
	if (error < 0) {
		rendition_destroy(rendition);
		return error;
	}
	*ret_rendition = rendition;
	return 0;
}

void rendition_destroy(struct rendition *rendition)
{
	if (rendition == NULL)
		return;
	uplink_destroy(rendition->uplink);
	encoder_destroy(rendition->encoder);
	for (size_t i = 0; i < LOANS; i++)
		scaler_finish(&rendition->passages[i].scaler);
	free(rendition);
}

void rendition_start(struct rendition *rendition, const struct rendition *leader)
{
	if (leader != NULL)
		uplink_follow(rendition->uplink, leader->uplink);
	uplink_start(rendition->uplink);
}

void rendition_resize(struct rendition *rendition, const struct plan_row *row)
{
	struct rate rate = rendition->gate.rate;

	rendition->max_width = row->width;
	rendition->max_height = row->height;
	rendition->enlarges = row->enlarges;
	if (rate.frames != row->rate.frames || rate.seconds != row->rate.seconds)
		gate_init(&rendition->gate, row->rate);
	rendition->row_kbps = row->max_kbps;
	quality_limit(&rendition->quality, limit_of(rendition));
}

static void change_quality(struct rendition *rendition)
{
	quality_change(&rendition->quality, rendition->highest, limit_of(rendition));
	rendition->changes = false;
}

void rendition_reconfigure(struct rendition *rendition, const struct config *config)
{
	rendition->max_kbps = config->max_kbps;
	rendition->highest = (int)config->jpeg_quality;
	rendition->changes = true;
	if (!rendition->judging)
		change_quality(rendition);
}

const char *rendition_name(const struct rendition *rendition)
{
	return rendition->url.stream;
}

bool rendition_is_watched(const struct rendition *rendition)
{
	return uplink_is_watched(rendition->uplink);
}

bool rendition_wants(struct rendition *rendition)
{
	return uplink_wants(rendition->uplink, rendition->always);
}

bool rendition_takes(struct rendition *rendition, int64_t pts_us)
{
	bool takes = gate_takes(&rendition->gate, pts_us);

	if (!takes) /* what was shown last isn't the newest any more */
		rendition->repeatable = false;
	return takes;
}

void rendition_hurry(struct rendition *rendition)
{
	gate_init(&rendition->gate, rendition->gate.rate);
}

bool rendition_passes(struct rendition *rendition, const struct picture *picture)
{
	unsigned width, height;

	scaler_fit(picture, rendition->max_width, rendition->max_height, rendition->enlarges,
		   &width, &height);
	return (rendition->own || (width == picture->width && height == picture->height)) &&
	       quality_passes(&rendition->quality, picture->pts_us, picture->jpeg->len);
}

/* ---- a picture's passage ---- */

static struct passage *free_passage(struct rendition *rendition)
{
	for (size_t i = 0; i < LOANS; i++)
		if (!rendition->passages[i].busy)
			return &rendition->passages[i];
	return NULL;
}

bool rendition_has_room(struct rendition *rendition)
{
	return !rendition->judging && free_passage(rendition) != NULL;
}

/* Again and again while it is too large. */
static int encode(struct passage *passage, const struct picture *picture)
{
	int error;

	passage->verdict = QUALITY_SEND;
	do {
		error = sheet_encode(passage->sheet, picture, passage->quality.now);
		if (error == 0 && passage->limited)
			passage->verdict =
				quality_judge(&passage->quality, sheet_len(passage->sheet));
	} while (error == 0 && passage->verdict == QUALITY_AGAIN);
	return error;
}

/* In a thread of the pool. */
static void pass(struct pool_job *job)
{
	struct passage *passage = (struct passage *)job;
	struct effort then = effort_now();
	struct picture scaled;

	passage->scaling = passage->encoding = (struct effort){0};
	passage->error = scaler_apply(&passage->scaler, &passage->picture, &scaled);
	if (passage->error < 0)
		return;
	passage->scaled = scaled.planes[0] != passage->picture.planes[0];
	effort_add_since(&passage->scaling, then);
	then = effort_now();
	passage->error = encode(passage, &scaled);
	effort_add_since(&passage->encoding, then);
}

static void publish_encoded(struct passage *passage)
{
	struct rendition *rendition = passage->rendition;

	if (passage->limited) {
		rendition->quality = passage->quality;
		rendition->judging = false;
		if (rendition->changes)
			change_quality(rendition);
	}
	if (passage->error < 0) {
		encoder_give_back(passage->sheet);
		rendition->repeatable = false;
		rendition->error = passage->error;
		return;
	}
	if (passage->scaled)
		stage_add(&rendition->scale, passage->scaling);
	stage_add(&rendition->encode, passage->encoding);
	if (passage->verdict == QUALITY_DROP) {
		encoder_give_back(passage->sheet);
		rendition->repeatable = false;
		return;
	}
	uplink_publish(rendition->uplink, encoder_frame(rendition->encoder, passage->sheet));
	if (passage->introduces && !uplink_is_watched(rendition->uplink))
		uplink_rest(rendition->uplink);
}

static void publish_jpeg(struct rendition *rendition, const struct picture *picture)
{
	picture->jpeg->pts_us = picture->pts_us;
	picture->jpeg->capture_us = picture->capture_us;
	uplink_publish(rendition->uplink, picture->jpeg);
}

static void passed(struct pool_job *job)
{
	struct passage *passage = (struct passage *)job;

	passage->busy = false;
	loan_leave(passage->picture.loan);
	if (passage->picture.jpeg != NULL)
		publish_jpeg(passage->rendition, &passage->picture);
	else
		publish_encoded(passage);
}

static int begin(struct rendition *rendition, const struct picture *picture, bool introduces)
{
	struct passage *passage = free_passage(rendition);
	bool is_jpeg = picture->jpeg != NULL;
	/* One that introduces has to get there. */
	bool limited = !is_jpeg && !introduces && quality_limits(&rendition->quality);

	if (passage == NULL || (rendition->judging && limited))
		return -EBUSY;
	if (limited && !quality_begin(&rendition->quality, picture->pts_us))
		return 0;
	passage->job = (struct pool_job){.run = is_jpeg ? NULL : pass, .done = passed};
	scaler_resize(&passage->scaler, rendition->max_width, rendition->max_height,
		      rendition->enlarges);
	passage->picture = *picture;
	passage->introduces = introduces;
	passage->quality = rendition->quality;
	passage->limited = limited;
	passage->sheet = is_jpeg ? NULL : encoder_take(rendition->encoder);
	if (!is_jpeg && passage->sheet == NULL)
		return -EBUSY;
	passage->busy = true;
	rendition->judging = rendition->judging || limited;
	rendition->repeatable = !is_jpeg && !introduces;
	loan_join(picture->loan);
	pool_begin(rendition->pool, &rendition->lane, &passage->job);
	return 0;
}

int rendition_show(struct rendition *rendition, const struct picture *picture)
{
	rendition->repeatable = false;
	if (picture->jpeg == NULL || pool_lane_is_busy(&rendition->lane))
		return begin(rendition, picture, false);
	publish_jpeg(rendition, picture);
	return 0;
}

int rendition_introduce(struct rendition *rendition, const struct picture *picture)
{
	return begin(rendition, picture, true);
}

int rendition_error(const struct rendition *rendition)
{
	return rendition->error;
}

bool rendition_repeat(struct rendition *rendition, int64_t pts_us, int64_t capture_us)
{
	struct frame *frame;
	int error;

	if (!rendition->repeatable)
		return false;
	if (pool_lane_is_busy(&rendition->lane)) /* it is on its way */
		return true;
	error = encoder_repeat(rendition->encoder, &frame);
	if (error == 0) {
		frame->pts_us = pts_us;
		frame->capture_us = capture_us;
		quality_charge(&rendition->quality, pts_us, frame->len);
		uplink_publish(rendition->uplink, frame);
	}
	return error == 0 || error == -EBUSY; /* it is still on its way */
}

bool rendition_may_repeat(const struct rendition *rendition)
{
	return rendition->repeatable;
}

void rendition_forget(struct rendition *rendition)
{
	rendition->repeatable = false;
}

void rendition_skip(struct rendition *rendition)
{
	rendition->repeatable = false;
	uplink_skip(rendition->uplink);
}

void rendition_end(struct rendition *rendition, const char *why)
{
	uplink_end(rendition->uplink, why);
}

uint64_t rendition_limited(const struct rendition *rendition)
{
	return rendition->quality.dropped;
}

bool rendition_is_starved(const struct rendition *rendition)
{
	return rendition->quality.starved;
}

struct uplink_stats rendition_stats(const struct rendition *rendition)
{
	return uplink_stats(rendition->uplink);
}

void rendition_stages_text(const struct rendition *rendition, char to[RENDITION_STAGES_TEXT_SIZE])
{
	char scale[STAGE_TEXT_SIZE], encode[STAGE_TEXT_SIZE], send[STAGE_TEXT_SIZE];

	stage_text(&rendition->scale, "scale", scale);
	stage_text(&rendition->encode, "encode", encode);
	stage_text(uplink_sending(rendition->uplink), "send", send);
	snprintf(to, RENDITION_STAGES_TEXT_SIZE, "%s; %s; %s", scale, encode, send);
}
