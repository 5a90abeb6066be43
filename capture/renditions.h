/* SPDX-License-Identifier: MIT */
/*
 * All renditions of a source: each is shown its pictures, has an uplink, and is encoded only while
 * somebody watches it. The largest connects first, so that who waits for the stream gets that one;
 * one that the relay refuses doesn't end the others. What happens to their connections is said in the
 * log here.
 *
 *	picture -+- wanted, due? -+- scaler -- encoder -+- uplink	cam/720p
 *		 +- wanted, due? -+- scaler -- encoder -+- uplink	cam/240p
 *		 '- ...           '-- in the pool ------'
 *
 * A picture that came as JPEG is passed on in one rendition that has its size; for the others it is
 * decoded, once. When every thread of the pool has something to do, there is no room for a picture: it
 * is dropped before it was made.
 */
#ifndef SPILLWAY_CAPTURE_RENDITIONS_H
#define SPILLWAY_CAPTURE_RENDITIONS_H

#include "capture/config.h"
#include "capture/picture.h"
#include "capture/plan.h"
#include "capture/progress.h"
#include "capture/stage.h"
#include "common/io.h"

enum { RENDITIONS_STATE_SIZE = 160 };

enum renditions_event {
	RENDITIONS_OPENED, /* one of them has connected */
	RENDITIONS_DEMAND, /* whether somebody watches one of them, or will, is new */
	RENDITIONS_WAITED, /* somebody wants pictures of one that rested, at once */
	RENDITIONS_ROOM,   /* pictures have been published: there may be room again */
	RENDITIONS_FAILED, /* one of them can't be: renditions_error() */
	RENDITIONS_GONE,   /* all have ended; nothing but RENDITIONS_ROOM follows */
};

/* Called from io_run(). */
typedef void renditions_told(void *context, enum renditions_event event);

struct renditions;

/* config and progress are borrowed while they live; plan while this is called. Errors as those of
 * rendition_create(). */
int renditions_create(struct renditions **ret_renditions, struct io *io,
		      const struct config *config, const struct plan *plan,
		      struct progress *progress, renditions_told *told, void *context);
/* Accepts NULL. Only before renditions_start(), or after RENDITIONS_GONE when they aren't busy; not
 * from within. */
void renditions_destroy(struct renditions *renditions);
void renditions_start(struct renditions *renditions);

/* The only one there is goes on as that rung of a ladder. */
void renditions_climb(struct renditions *renditions, const struct plan_row *rung);

/* config has changed: quality and limit of bits. */
void renditions_reconfigure(struct renditions *renditions);

/* Whether somebody watches one of them. */
bool renditions_are_watched(const struct renditions *renditions);
/* Whether a picture shown now would be published in any of them. */
bool renditions_want(struct renditions *renditions);
/* Whether one can be shown now, to those that wanted one when that was asked last. */
bool renditions_have_room(const struct renditions *renditions);
/* Whether pictures are still on their way to be published. */
bool renditions_are_busy(const struct renditions *renditions); /* accepts NULL */
/*
 * Shows a picture to those that want it, when renditions_want() and renditions_have_room() say so,
 * and takes over its JPEG, if it has one. -EBADMSG when that is damaged; -EBUSY; -errno.
 */
int renditions_show(struct renditions *renditions, const struct picture *picture);
/* Publishes what was shown last once more in those that want it. False, and nothing is done, when
 * one of them can't. */
bool renditions_repeat(struct renditions *renditions, int64_t pts_us, int64_t capture_us);
/* What was shown last isn't to be repeated any more. */
void renditions_forget(struct renditions *renditions);
/* Counts a picture that none of them wanted. */
void renditions_skip(struct renditions *renditions);
/* Whether one of them waits to be introduced: nobody watches, and the relay hasn't seen its
 * size. */
bool renditions_are_unknown(const struct renditions *renditions);
/* Whether of each is known whether somebody watches it, or that it can't be there. */
bool renditions_are_settled(const struct renditions *renditions);
/* Shows the picture to these, and then they rest: the relay orders renditions by what it has seen.
 * -EBUSY where that has to wait. */
int renditions_introduce(struct renditions *renditions, const struct picture *picture);
/* As uplink_end(), of all, once what was shown has been published; nothing more is wanted. */
void renditions_end(struct renditions *renditions, const char *why);

/* 0, or why a picture couldn't be scaled or encoded. */
int renditions_error(const struct renditions *renditions);
/* Whether the relay has refused all of them. */
bool renditions_were_refused(const struct renditions *renditions);
/* Their counters, added up; "at" is left 0. */
struct progress_sample renditions_sample(const struct renditions *renditions);
/* How their connections are, for people. */
void renditions_state(const struct renditions *renditions, char to[RENDITIONS_STATE_SIZE]);
/* Says in the log what was sent, and what each stage took; late, busy, damaged and grab are the
 * source's. Nothing where it never began. */
void renditions_summarize(const struct renditions *renditions, uint64_t late, uint64_t busy,
			  uint64_t damaged, const struct stage *grab);

#endif
