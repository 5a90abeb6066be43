/* SPDX-License-Identifier: MIT */
/*
 * Which JPEG quality keeps a rendition under its limit of bits a second, and what is left out where none
 * does. Pure: times and sizes in, a quality and a verdict out.
 *
 *	1. quality_begin() with each picture's time: whether it is worth encoding.
 *	2. It is encoded at the quality of `now`; quality_judge() is told how large it became, and says
 *	   whether it is sent, encoded again at the quality that `now` is then, or left out.
 *
 * What was sent drains at a little less than the limit: a debt, as the time that this will take. A
 * picture may add to it up to a picture's interval and QUALITY_SLACK_US, so a second never has much more
 * than a second's bits. Quality aims at pictures that take their interval; it goes down at once, also for the
 * very picture that is too large, comes back within some pictures, and stays while they need nearly
 * what they may. At the lowest quality, a picture waits until the debt is paid: what can't be sent is
 * left out evenly.
 */
#ifndef SPILLWAY_CAPTURE_QUALITY_H
#define SPILLWAY_CAPTURE_QUALITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	QUALITY_LOWEST = 10, /* below that pictures are little more than blocks */
	QUALITY_TRIES = 4,   /* encodings of one picture, the last at the lowest quality */
	QUALITY_DRAIN = 90,  /* per cent of the limit */
	QUALITY_SLACK_US = 50000,
	QUALITY_USUAL_INTERVAL_US = 16667, /* until it is known */
	QUALITY_MAX_INTERVAL_US = 500000,
};

enum quality_verdict { QUALITY_SEND, QUALITY_AGAIN, QUALITY_DROP };

struct quality {
	int64_t drain; /* bytes a second; 0: no limit */
	int lowest, highest;
	int now;

	int64_t interval_us; /* from picture to picture, as of late */
	int64_t at_us;	     /* the present picture's time; -1: none yet */
	int64_t paid_us;     /* when the debt is paid */
	int64_t cost_us; /* what the last picture took of it at the lowest quality; 0: not known */
	int tries;	 /* of the present picture */
	bool passes;	 /* pictures that came as JPEG are small enough */
	bool starved;	 /* one was too large at the lowest quality */
	uint64_t dropped;
};

/* highest: 1 to 100, which is all that a max_kbps of 0 knows. */
void quality_init(struct quality *quality, int highest, int64_t max_kbps);
/* Another limit, or none, from now on. */
void quality_limit(struct quality *quality, int64_t max_kbps);
/* The same, and another highest quality. */
void quality_change(struct quality *quality, int highest, int64_t max_kbps);
/* Whether there is a limit. Without one all are sent, and nothing need be asked. */
static inline bool quality_limits(const struct quality *quality)
{
	return quality->drain > 0;
}
/* False when a picture of that time is to be left out; it was counted then. */
bool quality_begin(struct quality *quality, int64_t at_us);
enum quality_verdict quality_judge(struct quality *quality, size_t len);
/* Whether a JPEG of somebody else's making may be sent as it is. If so, it was judged; if not, the
 * picture is encoded anew, beginning with quality_begin(). */
bool quality_passes(struct quality *quality, int64_t at_us, size_t len);
/* Something of that size is sent besides. */
void quality_charge(struct quality *quality, int64_t at_us, size_t len);

#endif
