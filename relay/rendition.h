/* SPDX-License-Identifier: MIT */
/*
 * The renditions of a stream: the streams with its name and one level more, and itself, if it is
 * there. (A level with a session is a playback of another stream, and none.) Each is a stream like
 * any other; together they have one home and one presentation clock.
 */
#ifndef SPILLWAY_RENDITION_H
#define SPILLWAY_RENDITION_H

#include "relay/stream.h"

enum {
	RENDITION_MAX = 16,	  /* of one stream that are chosen from */
	RENDITION_NAME_SIZE = 65, /* one level of a name, with the NUL */
};

#define RENDITION_AUTO "auto"
#define RENDITION_LADDER "ladder" /* who plays a video goes from one to the next */

struct rendition_list {
	struct stream *streams[RENDITION_MAX]; /* borrowed; the smallest first */
	size_t n;
};

/* Whether a stream called name is base, or a rendition of it. */
bool rendition_is_of(const char *name, struct slice base);
/* Whether they are renditions of one stream. */
bool rendition_are_siblings(const char *a, const char *b);

/* What base's renditions are now, by the area of their pictures: those that are live, or where none
 * is, those that linger. */
void rendition_list(const struct worker *worker, struct slice base,
		    struct rendition_list *ret_list);
/* The same, without those that are under another rule of access than a stream called like. */
void rendition_list_like(const struct worker *worker, struct slice base, struct slice like,
			 struct rendition_list *ret_list);

/* What a person may wish: RENDITION_AUTO, "" for the largest, or a name; with base's it has to be
 * that of a stream. Returns its name; "" with the others. -EINVAL. */
int rendition_wish(struct slice base, const char *wish, char ret_name[NAME_MAX_BYTES + 1]);
/* What who asks for base is given: with a wish, or NULL. NULL when it isn't there. */
struct stream *rendition_choose(const struct worker *worker, struct slice base, const char *wish);

#endif
