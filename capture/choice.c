/* SPDX-License-Identifier: MIT */
#include "capture/choice.h"

#include <errno.h>
#include <stdio.h>

#include "capture/scaler.h"
#include "common/log.h"

/* sized: pictures of that shape are brought to the size that is wished for. */
static struct plan_source describe(const struct config *config, const struct picture *shape,
				   bool sized, unsigned width, unsigned height)
{
	const struct source_wish *wish = &config->wish;
	struct plan_source described = {
		.width = width,
		.height = height,
		.wished_width = wish->width,
		.wished_height = wish->height,
	};

	if (width != 0 && sized && wish->width != 0)
		scaler_fit(shape, wish->width, wish->height, true, &described.width,
			   &described.height);
	return described;
}

static int choose_asked(const struct config *config, const struct plan_source *source,
			struct plan *ret_plan, char ret_why[SOURCE_ERROR_SIZE])
{
	struct plan left_out;
	char text[PLAN_ROW_TEXT_SIZE];

	plan_fit(source, &config->asked, ret_plan, &left_out);
	if (ret_plan->n == 0) {
		int len = snprintf(ret_why, SOURCE_ERROR_SIZE, "%.200s: ", config->source);

		plan_refusal(source, &left_out, ret_why + len, SOURCE_ERROR_SIZE - (size_t)len);
		return -EINVAL;
	}
	for (size_t i = 0; i < left_out.n; i++) {
		plan_row_text(&left_out.rows[i], text);
		log_warning("rendition %s is left out: the source has only %ux%u", text,
			    source->width, source->height);
	}
	return 0;
}

/* A name of four levels has no room for a fifth. */
static bool have_room(const struct plan *plan, const char *stream)
{
	for (size_t i = 0; i < plan->n; i++)
		if (!plan_row_suits(&plan->rows[i], stream))
			return false;
	return true;
}

static int choose_ladder(const struct config *config, const struct plan_source *described,
			 const struct source *source, struct plan *ret_plan,
			 struct ladder *ret_ladder, char ret_why[SOURCE_ERROR_SIZE])
{
	int len = snprintf(ret_why, SOURCE_ERROR_SIZE, "%.200s: ", config->source);

	plan_single(described, ret_plan);
	return ladder_make(described, &config->asked, source->duration_us, ret_ladder,
			   ret_why + len, SOURCE_ERROR_SIZE - (size_t)len);
}

int choice_make(const struct config *config, const struct source *source, unsigned width,
		unsigned height, struct plan *ret_plan, struct ladder *ret_ladder,
		char ret_why[SOURCE_ERROR_SIZE])
{
	struct plan_source described =
		describe(config, &source->shape, !source->makes_jpeg, width, height);

	*ret_ladder = (struct ladder){.duration_us = 0};
	if (config->ladder)
		return choose_ladder(config, &described, source, ret_plan, ret_ladder, ret_why);
	if (config->asked.n > 0)
		return choose_asked(config, &described, ret_plan, ret_why);
	plan_usual(&described, ret_plan);
	if (config->single || !have_room(ret_plan, config->url.stream))
		plan_single(&described, ret_plan);
	return 0;
}

int choice_foresee(const struct config *config, unsigned width, unsigned height,
		   int64_t duration_us, bool as_ladder, char *why, size_t size)
{
	const struct picture shape = {.width = width, .height = height};
	struct plan_source described = describe(config, &shape, true, width, height);
	struct plan plan, left_out;
	struct ladder ladder;

	if (as_ladder)
		return ladder_make(&described, &config->asked, duration_us, &ladder, why, size);
	if (config->asked.n == 0)
		return 0;
	plan_fit(&described, &config->asked, &plan, &left_out);
	if (plan.n > 0)
		return 0;
	plan_refusal(&described, &left_out, why, size);
	return -EINVAL;
}
