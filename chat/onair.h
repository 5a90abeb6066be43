/* SPDX-License-Identifier: MIT */
/*
 * Which streams are live, as the relay tells it. A name is live while a stream of that name is published, or
 * a rendition of it: cam, when cam/240p is. Playbacks of videos (film~x7k2) are nobody's room, and
 * left out. Pure: what is told and what time it is comes from outside.
 *
 *	1. onair_take() takes what the relay says; onair_complete() that it has told all that is live.
 *	2. onair_lost(): the relay can't be heard any more, and so all streams have ended.
 *	3. onair_sweep(), now and then, looks for which of those that ended haven't come back.
 *
 * Who returns within the grace has never been away.
 */
#ifndef SPILLWAY_ONAIR_H
#define SPILLWAY_ONAIR_H

#include <stdbool.h>

#include "chat/relay_event.h"
#include "chat/table.h"
#include "common/list.h"

enum { ONAIR_MAX = 16384 /* names; what more there are goes unnoticed */ };

struct onair_stream {
	struct table_link by_name;
	struct list link;
	struct list ending; /* in onair->ending while nothing of it is published */
	char name[NAME_MAX_BYTES + 1];
	char title[STREAM_MAX_TITLE + 1]; /* the last that it had; "" for none */
	bool published;			  /* itself */
	size_t n_published;		  /* with its renditions */
	int64_t own_viewers, viewers;	  /* without and with its renditions' */
	int64_t most_viewers;
	int64_t since_s; /* Unix time */
	int64_t ended_s;
	int64_t due_us; /* when its end is news */
};

enum onair_news {
	ONAIR_FOUND, /* it was live before we knew of the relay */
	ONAIR_BEGAN,
	ONAIR_TITLED, /* it has another title */
	ONAIR_ENDED,  /* it is forgotten after that */
};

struct onair;

/* The stream is borrowed for the call. */
typedef void onair_tell(struct onair *onair, enum onair_news news,
			const struct onair_stream *stream);

struct onair {
	struct table streams;
	struct list all, ending; /* struct onair_stream; those that end in their order */
	int64_t grace_us;
	onair_tell *tell;
	bool known; /* all that is live was told once */
};

void onair_init(struct onair *onair, int64_t grace_us, onair_tell *tell);
void onair_finish(struct onair *onair);

/* One of the kinds that name a stream. now_us is monotonic, now_s Unix time. */
void onair_take(struct onair *onair, const struct relay_event *event, int64_t now_us,
		int64_t now_s);
void onair_complete(struct onair *onair);
void onair_lost(struct onair *onair, int64_t now_us, int64_t now_s);
void onair_sweep(struct onair *onair, int64_t now_us);

/* NULL: it isn't live. */
const struct onair_stream *onair_find(const struct onair *onair, const char *name);

#endif
