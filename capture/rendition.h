/* SPDX-License-Identifier: MIT */
/*
 * One size of a source's pictures on its way out: scaled and encoded in the pool, up to LOANS at
 * once, published in their order on an uplink of its own. The pictures are shown to all renditions
 * of a source by renditions.h.
 */
#ifndef SPILLWAY_CAPTURE_RENDITION_H
#define SPILLWAY_CAPTURE_RENDITION_H

#include "capture/config.h"
#include "capture/picture.h"
#include "capture/plan.h"
#include "capture/pool.h"
#include "capture/stage.h"
#include "capture/uplink.h"

enum { RENDITION_STAGES_TEXT_SIZE = 3 * STAGE_TEXT_SIZE + 8 };

struct rendition;

/* pool is borrowed; config and row are while this is called. Events are the uplink's, as in
 * uplink.h. -EINVAL for a key that can't be sent, -ENOMEM. */
int rendition_create(struct rendition **ret_rendition, struct io *io, struct pool *pool,
		     const struct config *config, const struct plan_row *row, uplink_told *told,
		     void *context);
/* Accepts NULL. Only before rendition_start() or after UPLINK_GONE, while the pool isn't busy; not
 * from within. */
void rendition_destroy(struct rendition *rendition);
/* leader: as uplink_follow(); NULL: there is none. */
void rendition_start(struct rendition *rendition, const struct rendition *leader);
/* The pictures that follow are of that size, rate and limit, and are published as before. Only when
 * it has room. row is borrowed while this is called. */
void rendition_resize(struct rendition *rendition, const struct plan_row *row);
/* Quality and limit are what config says now, as soon as no picture is on its way that is judged by
 * the old ones. */
void rendition_reconfigure(struct rendition *rendition, const struct config *config);
/* The stream's name that it is published under. */
const char *rendition_name(const struct rendition *rendition);

/* Whether somebody watches. */
bool rendition_is_watched(const struct rendition *rendition);
/* Whether a picture shown now would be published. */
bool rendition_wants(struct rendition *rendition);
/* Whether a picture of that time is one of those of its rate; it is to be shown then. */
bool rendition_takes(struct rendition *rendition, int64_t pts_us);
/* The next picture is taken, whatever the rate says: somebody waits for one. */
void rendition_hurry(struct rendition *rendition);
/* Whether a picture that is JPEG has the right size, and few enough bits, to be passed on. */
bool rendition_passes(struct rendition *rendition, const struct picture *picture);
/* Whether one more picture can be shown now; with a limit of bits, one at a time. */
bool rendition_has_room(struct rendition *rendition);
/*
 * Joins the picture's loan until it has been scaled and encoded, and then publishes it. A picture
 * that is JPEG already is published as it is, its frame taken over. One that is too large for the
 * limit of bits is left out. -EBUSY without room, and nothing is taken over.
 */
int rendition_show(struct rendition *rendition, const struct picture *picture);
/* The same with one that isn't JPEG; then the stream rests (uplink_rest()). */
int rendition_introduce(struct rendition *rendition, const struct picture *picture);
/* 0, or why a picture couldn't be scaled or encoded. */
int rendition_error(const struct rendition *rendition);
/* Publishes the picture that was shown last once more, without encoding it again. False when that
 * isn't possible: it wasn't wanted, or came as JPEG. */
bool rendition_repeat(struct rendition *rendition, int64_t pts_us, int64_t capture_us);
bool rendition_may_repeat(const struct rendition *rendition);
/* What was shown last isn't to be repeated any more. */
void rendition_forget(struct rendition *rendition);
/* Counts a picture that it didn't want. */
void rendition_skip(struct rendition *rendition);
/* As uplink_end(). */
void rendition_end(struct rendition *rendition, const char *why);
/* What scaling, encoding and sending took, for people. */
void rendition_stages_text(const struct rendition *rendition, char to[RENDITION_STAGES_TEXT_SIZE]);
/* How many pictures were left out to keep the limit of bits, … */
uint64_t rendition_limited(const struct rendition *rendition);
/* … and whether one was at the lowest quality. */
bool rendition_is_starved(const struct rendition *rendition);
struct uplink_stats rendition_stats(const struct rendition *rendition);

#endif
