/* SPDX-License-Identifier: MIT */
#include "capture/quality.h"

#include <math.h>

/* Pictures that need at least so much of what they may are left alone. */
static const double enough = 0.8;
/* How the coarseness has to follow the size: as if half the size took 1.4 times as coarse a half;
 * real pictures need less or more, and are asked again. */
static const double down = 1.4, up = 0.7, most_up = 1 / 1.5;

void quality_limit(struct quality *quality, int64_t max_kbps)
{
	quality->drain = max_kbps * 1000 / 8 * QUALITY_DRAIN / 100;
	if (quality->drain == 0)
		quality->now = quality->highest;
}

void quality_change(struct quality *quality, int highest, int64_t max_kbps)
{
	quality->highest = highest;
	quality->lowest = highest < QUALITY_LOWEST ? highest : QUALITY_LOWEST;
	if (quality->now > highest)
		quality->now = highest;
	quality_limit(quality, max_kbps);
}

void quality_init(struct quality *quality, int highest, int64_t max_kbps)
{
	*quality = (struct quality){
		.lowest = highest < QUALITY_LOWEST ? highest : QUALITY_LOWEST,
		.highest = highest,
		.now = highest,
		.interval_us = QUALITY_USUAL_INTERVAL_US,
		.at_us = -1,
		.passes = true,
	};
	quality_limit(quality, max_kbps);
}

/* ---- quality as libjpeg means it: so many per cent of its usual quantizers ---- */

static double coarseness_of(int quality)
{
	if (quality >= 100)
		return 1;
	return quality < 50 ? 5000.0 / quality : 200.0 - 2 * quality;
}

/* Rounded down. */
static int quality_from(double coarseness)
{
	if (coarseness < 1.5)
		return 100;
	return (int)(coarseness > 100 ? 5000 / coarseness : (200 - coarseness) / 2);
}

/* ---- debts ---- */

static int64_t debt_us(const struct quality *quality)
{
	int64_t debt = quality->paid_us - quality->at_us;

	return debt > 0 ? debt : 0;
}

static int64_t cost_us(const struct quality *quality, size_t len)
{
	return (int64_t)((double)len * 1e6 / (double)quality->drain);
}

static int64_t room_us(const struct quality *quality)
{
	return quality->interval_us + QUALITY_SLACK_US - debt_us(quality);
}

static void pay(struct quality *quality, int64_t cost)
{
	quality->paid_us = quality->at_us + debt_us(quality) + cost;
}

/* What a picture should take, so that a debt is paid by and by. */
static int64_t aim_us(const struct quality *quality)
{
	int64_t aim = quality->interval_us - debt_us(quality) / 4;

	return aim > quality->interval_us / 4 ? aim : quality->interval_us / 4;
}

static void adapt(struct quality *quality, int64_t cost, int64_t aim)
{
	double coarseness = coarseness_of(quality->now), ratio = (double)cost / (double)aim;

	if (ratio <= 1 && ratio >= enough)
		return;
	quality->now = quality_from(coarseness *
				    (ratio > 1 ? pow(ratio, down) : fmax(pow(ratio, up), most_up)));
	if (quality->now < quality->lowest)
		quality->now = quality->lowest;
	if (quality->now > quality->highest)
		quality->now = quality->highest;
}

/* ---- pictures ---- */

static void go_to(struct quality *quality, int64_t at_us)
{
	int64_t gap_us = at_us - quality->at_us;

	if (gap_us > QUALITY_MAX_INTERVAL_US)
		gap_us = QUALITY_MAX_INTERVAL_US;
	/* What comes quicker counts sooner: it is what makes a second too large. */
	if (quality->at_us >= 0 && gap_us > 0)
		quality->interval_us +=
			(gap_us - quality->interval_us) / (gap_us < quality->interval_us ? 2 : 4);
	quality->at_us = at_us;
	quality->tries = 0;
}

bool quality_begin(struct quality *quality, int64_t at_us)
{
	if (quality->drain == 0)
		return true;
	go_to(quality, at_us);
	if (quality->now > quality->lowest || debt_us(quality) == 0 ||
	    quality->cost_us <= room_us(quality))
		return true;
	quality->starved = true;
	quality->dropped++;
	return false;
}

enum quality_verdict quality_judge(struct quality *quality, size_t len)
{
	int64_t aim = aim_us(quality), cost, room = room_us(quality);
	bool lowest = quality->now == quality->lowest;

	if (quality->drain == 0)
		return QUALITY_SEND;
	cost = cost_us(quality, len);
	if (cost > room && !lowest && ++quality->tries < QUALITY_TRIES) {
		if (room < aim)
			aim = room > aim / 4 ? room : aim / 4;
		adapt(quality, cost, aim);
		if (quality->tries == QUALITY_TRIES - 1)
			quality->now = quality->lowest;
		return QUALITY_AGAIN;
	}
	quality->cost_us = lowest ? cost : 0;
	adapt(quality, cost, aim);
	/* Where nothing is owed, waiting wouldn't make it fit. */
	if (cost <= room || debt_us(quality) == 0) {
		pay(quality, cost);
		return QUALITY_SEND;
	}
	quality->starved |= lowest;
	quality->dropped++;
	return QUALITY_DROP;
}

bool quality_passes(struct quality *quality, int64_t at_us, size_t len)
{
	int64_t cost;

	if (quality->drain == 0)
		return true;
	go_to(quality, at_us);
	cost = cost_us(quality, len);
	quality->passes = quality->passes ? cost <= room_us(quality)
					  : (double)cost <= enough * (double)aim_us(quality);
	if (quality->passes)
		pay(quality, cost);
	return quality->passes;
}

void quality_charge(struct quality *quality, int64_t at_us, size_t len)
{
	if (quality->drain == 0)
		return;
	quality->at_us = at_us;
	pay(quality, cost_us(quality, len));
}
