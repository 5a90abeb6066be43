/* SPDX-License-Identifier: MIT */
#include "capture/plan.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "capture/picture.h"
#include "common/name.h"

static const unsigned usual_heights[] = {1440, 720, 240};

static const char limit_name[] = "max-kbps";

enum { N_USUAL = sizeof usual_heights / sizeof usual_heights[0], RATE_TEXT_SIZE = 32 };

/* ---- what people write ---- */

static bool parse_side(struct slice text, unsigned *ret_side)
{
	unsigned long long side;

	if (slice_number(text, PICTURE_MAX_SIDE, &side) < 0 || side < PICTURE_MIN_SIDE)
		return false;
	*ret_side = (unsigned)side;
	return true;
}

static int parse_size(struct slice height, unsigned *ret_width, unsigned *ret_height)
{
	struct slice width;

	if (slice_split(&height, 'x', &width) && parse_side(width, ret_width) &&
	    parse_side(height, ret_height))
		return 0;
	return -EINVAL;
}

int plan_parse_size(const char *text, unsigned *ret_width, unsigned *ret_height)
{
	return parse_size(slice_from(text), ret_width, ret_height);
}

static int parse_limit(struct slice text, int64_t *ret_max_kbps)
{
	struct slice name;
	unsigned long long max_kbps;

	if (!slice_split(&text, '=', &name) || !slice_equal(name, limit_name) ||
	    slice_number(text, PLAN_MAX_KBPS, &max_kbps) < 0)
		return -EINVAL;
	*ret_max_kbps = (int64_t)max_kbps;
	return 0;
}

/* "426x240@15" */
static int parse_shape(struct slice text, struct plan_row *row)
{
	struct slice rest = text, size;
	char rate[RATE_TEXT_SIZE];

	if (!slice_split(&rest, '@', &size) || parse_size(size, &row->width, &row->height) < 0)
		return -EINVAL;
	if (size.len == text.len)
		return 0;
	return slice_copy(rest, rate, sizeof rate) < 0 || rate_parse(rate, &row->rate) < 0 ? -EINVAL
											   : 0;
}

int plan_parse(const char *text, struct plan_row *ret_row)
{
	struct slice rest = slice_from(text), name, shape;

	*ret_row = (struct plan_row){0};
	if (!slice_split(&rest, '=', &name) || rest.data == NULL ||
	    slice_copy(name, ret_row->name, sizeof ret_row->name) < 0 || name.len == 0 ||
	    !slice_split(&rest, ',', &shape) || parse_shape(shape, ret_row) < 0)
		return -EINVAL;
	return shape.data[shape.len] == ',' ? parse_limit(rest, &ret_row->max_kbps) : 0;
}

int plan_add(struct plan *plan, const struct plan_row *row)
{
	for (size_t i = 0; i < plan->n; i++)
		if (strcmp(plan->rows[i].name, row->name) == 0)
			return -EEXIST;
	if (plan->n == PLAN_MAX)
		return -ENOSPC;
	plan->rows[plan->n++] = *row;
	return 0;
}

bool plan_row_suits(const struct plan_row *row, const char *stream)
{
	char name[NAME_MAX_BYTES + 1];
	int len = snprintf(name, sizeof name, "%s/%s", stream, row->name);

	return len <= NAME_MAX_BYTES && strchr(row->name, '/') == NULL &&
	       name_valid(slice_from(name));
}

static bool is_decimal(struct rate rate)
{
	while (rate.seconds % 10 == 0)
		rate.seconds /= 10;
	return rate.seconds == 1;
}

/* Exactly: it may be read again, by a playback. */
void plan_row_text(const struct plan_row *row, char to[PLAN_ROW_TEXT_SIZE])
{
	int len = snprintf(to, PLAN_ROW_TEXT_SIZE, "%s=%ux%u", row->name, row->width, row->height);
	struct rate rate = row->rate;
	size_t room = PLAN_ROW_TEXT_SIZE - (size_t)len;

	if (rate.frames != 0 && is_decimal(rate))
		len += snprintf(to + len, room, "@%.7g", (double)rate.frames / rate.seconds);
	else if (rate.frames != 0)
		len += snprintf(to + len, room, "@%u/%u", rate.frames, rate.seconds);
	if (row->max_kbps != 0)
		snprintf(to + len, PLAN_ROW_TEXT_SIZE - (size_t)len, ",%s=%lld", limit_name,
			 (long long)row->max_kbps);
}

/* ---- what the source has ---- */

static void add_top(const struct plan_source *source, const char *name, struct plan *plan)
{
	struct plan_row row = {
		.width = source->wished_width,
		.height = source->wished_height,
		.enlarges = true,
		.own = true,
	};

	snprintf(row.name, sizeof row.name, "%s", name);
	plan->rows[plan->n++] = row;
}

void plan_single(const struct plan_source *source, struct plan *ret_plan)
{
	ret_plan->n = 0;
	add_top(source, "", ret_plan);
}

void plan_usual(const struct plan_source *source, struct plan *ret_plan)
{
	char name[PLAN_NAME_SIZE];

	ret_plan->n = 0;
	if (source->height != 0 && source->height <= usual_heights[0]) {
		snprintf(name, sizeof name, "%up", source->height);
		add_top(source, name, ret_plan);
	}
	for (size_t i = 0; i < N_USUAL; i++) {
		struct plan_row row = {.width = PICTURE_MAX_SIDE, .height = usual_heights[i]};

		if (source->height != 0 && usual_heights[i] >= source->height && ret_plan->n > 0)
			continue;
		snprintf(row.name, sizeof row.name, "%up", row.height);
		ret_plan->rows[ret_plan->n++] = row;
	}
}

static bool is_larger(const struct plan_row *row, const struct plan_source *source)
{
	return source->width != 0 && row->width > source->width && row->height > source->height;
}

static uint64_t area_of(const struct plan_row *row)
{
	return (uint64_t)row->width * row->height;
}

void plan_fit(const struct plan_source *source, const struct plan *asked, struct plan *ret_plan,
	      struct plan *ret_left_out)
{
	ret_plan->n = ret_left_out->n = 0;
	for (size_t i = 0; i < asked->n; i++) {
		const struct plan_row *row = &asked->rows[i];
		size_t at = ret_plan->n;

		if (is_larger(row, source)) {
			ret_left_out->rows[ret_left_out->n++] = *row;
			continue;
		}
		for (; at > 0 && area_of(row) > area_of(&ret_plan->rows[at - 1]); at--)
			ret_plan->rows[at] = ret_plan->rows[at - 1];
		ret_plan->rows[at] = *row;
		ret_plan->n++;
	}
}

void plan_refusal(const struct plan_source *source, const struct plan *left_out, char *to,
		  size_t size)
{
	char text[PLAN_ROW_TEXT_SIZE];

	plan_row_text(&left_out->rows[left_out->n - 1], text);
	snprintf(to, size,
		 "its pictures of %ux%u are too small for every rendition that was asked for, such "
		 "as %s",
		 source->width, source->height, text);
}
