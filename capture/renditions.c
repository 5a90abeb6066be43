/* SPDX-License-Identifier: MIT */
#include "capture/renditions.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/decoder.h"
#include "capture/pool.h"
#include "capture/quality.h"
#include "capture/rendition.h"
#include "capture/summary.h"
#include "common/log.h"

struct member {
	struct renditions *all;
	struct rendition *rendition;
	char name[PLAN_NAME_SIZE];
	const char *state; /* for people */
	bool opened;	   /* was, once */
	bool wants;	   /* what was asked last */
	bool shown;	   /* something was, in this conversation */
	bool told;	   /* in this conversation, whether somebody watches */
	bool settled;	   /* was told, or couldn't connect, once */
	bool refused, gone;
	bool said_starved;
};

struct renditions {
	struct io *io;
	const struct config *config;
	struct progress *progress;
	renditions_told *told;
	void *context;
	struct pool *pool;
	struct decoder decoder;
	const char *end_why; /* NULL: they go on */
	bool failed;
	int64_t opened_us; /* the first, for the first time; 0: never */
	int64_t lost_us;
	size_t n;
	struct member members[PLAN_MAX]; /* the largest first */
};

#define EACH(member, renditions)                                                                   \
	(member) = (renditions)->members;                                                          \
	(member) < (renditions)->members + (renditions)->n;                                        \
	(member)++

/* ---- what happens to their connections ---- */

/* The first that is left speaks for all where the relay is away: they are at one relay. */
static bool speaks(const struct member *member)
{
	const struct member *first = member->all->members;

	while (first->gone && first < member)
		first++;
	return first == member;
}

static void on_opened(struct member *member, const char *text)
{
	struct renditions *all = member->all;
	const struct url *url = &all->config->url;
	int64_t now_us = io_now_us(all->io);

	(void)text;
	member->shown = member->told = false;
	if (!member->opened)
		log_info_of(LOG_OF(.stream = rendition_name(member->rendition)),
			    "publishing %s to %s port %s", rendition_name(member->rendition),
			    url->host, url->port);
	else if (speaks(member))
		log_info_of(LOG_OF(.stream = rendition_name(member->rendition)),
			    "connected to %s again after %.1f s", url->host,
			    (double)(now_us - all->lost_us) / 1e6);
	if (all->opened_us == 0)
		all->opened_us = now_us;
	member->opened = true;
	all->told(all->context, RENDITIONS_OPENED);
}

static void settle(struct member *member)
{
	bool news = !member->settled;

	member->settled = true;
	if (news)
		member->all->told(member->all->context, RENDITIONS_DEMAND);
}

static void on_lost(struct member *member, const char *text)
{
	struct renditions *all = member->all;
	const struct url *url = &all->config->url;

	settle(member);
	if (!speaks(member))
		return;
	all->lost_us = io_now_us(all->io);
	if (member->opened)
		log_warning_of(LOG_OF(.stream = rendition_name(member->rendition)),
			       "lost the connection to %s port %s: %s; trying again until it is "
			       "back",
			       url->host, url->port, text);
	else
		log_warning_of(LOG_OF(.stream = rendition_name(member->rendition)),
			       "can't connect to %s port %s: %s; trying again until it works",
			       url->host, url->port, text);
}

static void on_busy(struct member *member, const char *text)
{
	log_warning_of(LOG_OF(.stream = rendition_name(member->rendition)),
		       "%s: %s; waiting until the present publisher is gone",
		       rendition_name(member->rendition), text);
	settle(member);
}

/* Who waits for the first viewer goes with the last. */
static void on_refused(struct member *member, const char *text)
{
	const struct url *url = &member->all->config->url;

	settle(member);
	if (member->all->config->wait && member->opened) {
		log_info("%s: %s", rendition_name(member->rendition), text);
		return;
	}
	member->refused = true;
	log_error_of(LOG_OF(.stream = rendition_name(member->rendition)),
		     "%s port %s refuses %s: %s", url->host, url->port,
		     rendition_name(member->rendition), text);
}

/* Whoever comes after a rest is shown the next picture now, however long it isn't due. */
static void on_demand(struct member *member, const char *text)
{
	struct renditions *all = member->all;
	bool waited = !member->wants && rendition_is_watched(member->rendition);

	(void)text;
	member->told = member->settled = true;
	if (waited)
		rendition_hurry(member->rendition);
	all->told(all->context, RENDITIONS_DEMAND);
	if (waited)
		all->told(all->context, RENDITIONS_WAITED);
}

static void on_gone(struct member *member, const char *text)
{
	struct renditions *all = member->all;
	const struct member *other;

	(void)text;
	member->gone = true;
	for (EACH(other, all))
		if (!other->gone)
			return;
	all->told(all->context, RENDITIONS_GONE);
}

static const struct {
	const char *state; /* NULL: as before */
	void (*act)(struct member *member, const char *text);
} reactions[] = {
	[UPLINK_OPENED] = {"connected", on_opened},	[UPLINK_LOST] = {"no connection", on_lost},
	[UPLINK_BUSY] = {"another publishes", on_busy}, [UPLINK_REFUSED] = {"refused", on_refused},
	[UPLINK_DEMAND] = {"connected", on_demand},	[UPLINK_GONE] = {NULL, on_gone},
};

static void hear(void *context, enum uplink_event event, const char *text)
{
	struct member *member = context;

	if (event > UPLINK_GONE) /* we have no catalogue */
		return;
	if (reactions[event].state != NULL)
		member->state = reactions[event].state;
	progress_clear(member->all->progress);
	reactions[event].act(member, text);
}

/* ---- pictures ---- */

void renditions_reconfigure(struct renditions *renditions)
{
	struct member *member;

	for (EACH(member, renditions))
		rendition_reconfigure(member->rendition, renditions->config);
}

bool renditions_are_watched(const struct renditions *renditions)
{
	const struct member *member;

	for (EACH(member, renditions))
		if (rendition_is_watched(member->rendition))
			return true;
	return false;
}

/* All of them are asked: that tells the relay which ones rest. */
bool renditions_want(struct renditions *renditions)
{
	struct member *member;
	bool any = false;

	if (renditions->end_why != NULL)
		return false;

	for (EACH(member, renditions)) {
		member->wants = rendition_wants(member->rendition);
		any = any || member->wants;
	}
	return any;
}

bool renditions_have_room(const struct renditions *renditions)
{
	const struct member *member;

	for (EACH(member, renditions))
		if (member->wants && !rendition_has_room(member->rendition))
			return false;
	return pool_has_room(renditions->pool);
}

static void say_if_starved(struct member *member)
{
	if (!rendition_is_starved(member->rendition) || member->said_starved)
		return;
	member->said_starved = true;
	progress_clear(member->all->progress);
	log_warning_of(LOG_OF(.stream = rendition_name(member->rendition)),
		       "%s: its pictures are too large for its --max-kbps even at quality %d; some "
		       "are left out",
		       rendition_name(member->rendition), QUALITY_LOWEST);
}

static int show(struct member *member, const struct picture *picture)
{
	member->shown = true;
	return rendition_show(member->rendition, picture);
}

/* One that has yet to connect misses nothing. */
static void skip(const struct member *member)
{
	if (member->opened)
		rendition_skip(member->rendition);
}

/* Takes over the JPEG. */
static int show_jpeg(struct member *const due[], size_t n, const struct picture *picture)
{
	struct member *passing = NULL;
	struct picture decoded = {.jpeg = NULL};
	int error = 0;

	for (size_t i = 0; i < n && error == 0; i++) {
		if (passing == NULL && rendition_passes(due[i]->rendition, picture)) {
			passing = due[i];
			continue;
		}
		if (decoded.width == 0)
			error = decoder_decode(&due[i]->all->decoder, picture, &decoded);
		if (error == 0)
			error = show(due[i], &decoded);
	}
	loan_leave(decoded.loan);
	if (passing == NULL || show(passing, picture) < 0)
		picture->jpeg->release(picture->jpeg);
	return error;
}

int renditions_show(struct renditions *renditions, const struct picture *picture)
{
	struct member *member, *due[PLAN_MAX];
	size_t n = 0;
	int error = 0;

	for (EACH(member, renditions)) {
		if (!member->wants)
			skip(member);
		else if (rendition_takes(member->rendition, picture->pts_us))
			due[n++] = member;
	}
	if (picture->jpeg != NULL)
		return show_jpeg(due, n, picture);
	for (size_t i = 0; i < n && error == 0; i++)
		error = show(due[i], picture);
	return error;
}

bool renditions_repeat(struct renditions *renditions, int64_t pts_us, int64_t capture_us)
{
	struct member *member;

	for (EACH(member, renditions))
		if (member->wants && !rendition_may_repeat(member->rendition))
			return false;
	for (EACH(member, renditions))
		if (member->wants)
			(void)rendition_repeat(member->rendition, pts_us, capture_us);
	return true;
}

void renditions_forget(struct renditions *renditions)
{
	struct member *member;

	for (EACH(member, renditions))
		rendition_forget(member->rendition);
}

void renditions_skip(struct renditions *renditions)
{
	struct member *member;

	for (EACH(member, renditions))
		skip(member);
}

static bool is_unknown(const struct member *member)
{
	return member->told && !member->shown && !rendition_is_watched(member->rendition);
}

bool renditions_are_unknown(const struct renditions *renditions)
{
	const struct member *member;

	for (EACH(member, renditions))
		if (is_unknown(member))
			return true;
	return false;
}

bool renditions_are_settled(const struct renditions *renditions)
{
	const struct member *member;

	for (EACH(member, renditions))
		if (!member->settled)
			return false;
	return true;
}

int renditions_introduce(struct renditions *renditions, const struct picture *picture)
{
	struct member *member;
	int error = 0;

	for (EACH(member, renditions)) {
		if (error < 0 || !is_unknown(member))
			continue;
		error = rendition_introduce(member->rendition, picture);
		member->shown = error == 0;
	}
	return error;
}

/* ---- beginning and ending ---- */

static void end_now(struct renditions *renditions)
{
	struct member *member;

	for (EACH(member, renditions))
		if (!member->gone)
			rendition_end(member->rendition, renditions->end_why);
}

/* Some of what was shown has been published. */
static void pool_heard(void *context)
{
	struct renditions *renditions = context;
	struct member *member;

	for (EACH(member, renditions)) {
		say_if_starved(member);
		if (rendition_error(member->rendition) == 0 || renditions->failed)
			continue;
		renditions->failed = true;
		renditions->told(renditions->context, RENDITIONS_FAILED);
	}
	renditions->told(renditions->context, RENDITIONS_ROOM);
	if (renditions->end_why != NULL && !pool_is_busy(renditions->pool))
		end_now(renditions);
}

int renditions_create(struct renditions **ret_renditions, struct io *io,
		      const struct config *config, const struct plan *plan,
		      struct progress *progress, renditions_told *told, void *context)
{
	struct renditions *renditions = calloc(1, sizeof *renditions);
	int error = 0;

	assert(plan->n > 0);
	if (renditions == NULL)
		return -ENOMEM;
	*renditions = (struct renditions){
		.io = io,
		.config = config,
		.progress = progress,
		.told = told,
		.context = context,
	};
	error = pool_create(&renditions->pool, io, 0, pool_heard, renditions);
	for (size_t i = 0; i < plan->n && error == 0; i++) {
		struct member *member = &renditions->members[renditions->n++];

		member->all = renditions;
		member->state = "connecting";
		snprintf(member->name, sizeof member->name, "%s", plan->rows[i].name);
		error = rendition_create(&member->rendition, io, renditions->pool, config,
					 &plan->rows[i], hear, member);
	}
	if (error < 0) {
		renditions_destroy(renditions);
		return error;
	}
	*ret_renditions = renditions;
	return 0;
}

void renditions_destroy(struct renditions *renditions)
{
	struct member *member;

	if (renditions == NULL)
		return;
	for (EACH(member, renditions))
		rendition_destroy(member->rendition);
	pool_destroy(renditions->pool);
	decoder_finish(&renditions->decoder);
	free(renditions);
}

void renditions_start(struct renditions *renditions)
{
	struct member *member;

	for (EACH(member, renditions))
		rendition_start(member->rendition, member == renditions->members
							   ? NULL
							   : renditions->members[0].rendition);
}

void renditions_end(struct renditions *renditions, const char *why)
{
	if (renditions->end_why != NULL)
		return;
	renditions->end_why = why;
	if (!pool_is_busy(renditions->pool))
		end_now(renditions);
}

bool renditions_are_busy(const struct renditions *renditions)
{
	return renditions != NULL && pool_is_busy(renditions->pool);
}

int renditions_error(const struct renditions *renditions)
{
	const struct member *member;

	for (EACH(member, renditions))
		if (rendition_error(member->rendition) < 0)
			return rendition_error(member->rendition);
	return 0;
}

void renditions_climb(struct renditions *renditions, const struct plan_row *rung)
{
	assert(renditions->n == 1);
	rendition_resize(renditions->members[0].rendition, rung);
}

bool renditions_were_refused(const struct renditions *renditions)
{
	const struct member *member;

	for (EACH(member, renditions))
		if (!member->refused)
			return false;
	return true;
}

/* ---- for people ---- */

static struct summary total_of(const struct renditions *renditions)
{
	struct summary total = {.limited = 0};
	const struct member *member;

	for (EACH(member, renditions))
		summary_add(&total, member->rendition);
	return total;
}

struct progress_sample renditions_sample(const struct renditions *renditions)
{
	struct summary total = total_of(renditions);

	return summary_sample(&total);
}

static const char *state_of(const struct member *member)
{
	bool rests = member->opened && !member->wants && member->told &&
		     !rendition_is_watched(member->rendition) &&
		     strcmp(member->state, "connected") == 0;

	return rests ? "nobody watches" : member->state;
}

void renditions_state(const struct renditions *renditions, char to[RENDITIONS_STATE_SIZE])
{
	const struct member *member;
	size_t len = 0;

	*to = '\0';
	for (EACH(member, renditions)) {
		const char *before = len > 0 ? ", " : "", *between = *member->name ? " " : "";
		int n = snprintf(to + len, RENDITIONS_STATE_SIZE - len, "%s%s%s%s", before,
				 member->name, between, state_of(member));

		if (n < 0 || (size_t)n >= RENDITIONS_STATE_SIZE - len)
			return;
		len += (size_t)n;
	}
}

void renditions_summarize(const struct renditions *renditions, uint64_t late, uint64_t busy,
			  uint64_t damaged, const struct stage *grab)
{
	struct summary total = total_of(renditions);
	const struct member *member;
	double seconds = (double)(io_now_us(renditions->io) - renditions->opened_us) / 1e6;

	progress_clear(renditions->progress);
	if (renditions->opened_us == 0)
		return;
	total.late = late;
	total.busy = busy;
	total.damaged = damaged;
	for (EACH(member, renditions))
		if (renditions->n > 1)
			summary_say_rendition(member->rendition);
	summary_say(&total, seconds);
	summary_say_grab(grab);
	for (EACH(member, renditions))
		summary_say_stages(member->rendition);
}
