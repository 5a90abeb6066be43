/* SPDX-License-Identifier: MIT */
/*
 * What the relay's control socket says to who has subscribed, a line of JSON each
 * (spillway-control(7)). Pure.
 */
#ifndef SPILLWAY_RELAY_EVENT_H
#define SPILLWAY_RELAY_EVENT_H

#include <stdint.h>

#include "common/name.h"
#include "common/slice.h"
#include "common/stream_rules.h"

enum { RELAY_EVENT_MAX_VIEWERS = 1000000000 /* so that sums can't overflow */ };

enum relay_event_kind {
	RELAY_EVENT_OTHER,   /* of later versions */
	RELAY_EVENT_ANSWER,  /* to our request: what was live then has been told */
	RELAY_EVENT_REFUSED, /* the same, but it won't */
	RELAY_EVENT_LIVE,
	RELAY_EVENT_VIEWERS,
	RELAY_EVENT_ENDED,
};

/* The rest is there for the last three. */
struct relay_event {
	enum relay_event_kind kind;
	char stream[NAME_MAX_BYTES + 1];
	char title[STREAM_MAX_TITLE + 1]; /* clean (sentence.h); "" for none */
	int64_t time_s;	 /* Unix time since when it is live, or isn't; 0: not told */
	int64_t viewers; /* 0 to RELAY_EVENT_MAX_VIEWERS */
};

/* A line without its LF. -EBADMSG: no relay says that. */
int relay_event_parse(struct slice line, struct relay_event *ret_event);

#endif
