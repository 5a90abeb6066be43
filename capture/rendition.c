/* SPDX-License-Identifier: MIT */
#include "capture/rendition.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/encoder.h"
#include "capture/gate.h"
#include "capture/scaler.h"

struct rendition {
	struct url url; /* of the rendition's stream */
	struct gate gate;
	bool own;
	struct scaler scaler;
	struct encoder *encoder;
	struct uplink *uplink;
	bool always;
	bool repeatable; /* what was shown last is the encoder's last frame */
};

/* The relay refuses a name that is none. */
static void name_it(struct url *url, const char *name)
{
	size_t len = strlen(url->stream);

	if (*name != '\0')
		snprintf(url->stream + len, sizeof url->stream - len, "/%s", name);
}

int rendition_create(struct rendition **ret_rendition, struct io *io, const struct config *config,
		     const struct plan_row *row, uplink_told *told, void *context)
{
	struct rendition *rendition = calloc(1, sizeof *rendition);
	int error;

	if (rendition == NULL)
		return -ENOMEM;
	rendition->always = config->always;
	rendition->own = row->own;
	rendition->url = config->url;
	name_it(&rendition->url, row->name);
	gate_init(&rendition->gate, row->rate);
	scaler_init(&rendition->scaler, row->width, row->height, row->enlarges);
	error = encoder_create(&rendition->encoder, (int)config->jpeg_quality);
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
	scaler_finish(&rendition->scaler);
	free(rendition);
}

void rendition_start(struct rendition *rendition, const struct rendition *leader)
{
	if (leader != NULL)
		uplink_follow(rendition->uplink, leader->uplink);
	uplink_start(rendition->uplink);
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

bool rendition_passes(const struct rendition *rendition, const struct picture *picture)
{
	unsigned width, height;

	scaler_size(&rendition->scaler, picture, &width, &height);
	return rendition->own || (width == picture->width && height == picture->height);
}

int rendition_show(struct rendition *rendition, const struct picture *picture)
{
	struct picture scaled;
	struct frame *frame = picture->jpeg;
	int error = 0;

	rendition->repeatable = false;
	if (frame != NULL) {
		frame->pts_us = picture->pts_us;
		frame->capture_us = picture->capture_us;
		uplink_publish(rendition->uplink, frame);
		return 0;
	}
	error = scaler_apply(&rendition->scaler, picture, &scaled);
	if (error == 0)
		error = encoder_encode(rendition->encoder, &scaled, &frame);
	if (error < 0)
		return error;
	rendition->repeatable = true;
	uplink_publish(rendition->uplink, frame);
	return 0;
}

bool rendition_repeat(struct rendition *rendition, int64_t pts_us, int64_t capture_us)
{
	struct frame *frame;
	int error;

	if (!rendition->repeatable)
		return false;
	error = encoder_repeat(rendition->encoder, &frame);
	if (error == 0) {
		frame->pts_us = pts_us;
		frame->capture_us = capture_us;
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

void rendition_rest(struct rendition *rendition)
{
	uplink_rest(rendition->uplink);
}

void rendition_end(struct rendition *rendition, const char *why)
{
	uplink_end(rendition->uplink, why);
}

struct uplink_stats rendition_stats(const struct rendition *rendition)
{
	return uplink_stats(rendition->uplink);
}
