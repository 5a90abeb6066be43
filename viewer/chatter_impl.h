/* SPDX-License-Identifier: MIT */
/* Between chatter.c, what is said and happens now, and chatter_past.c, what was said earlier. */
#ifndef SPILLWAY_CHATTER_IMPL_H
#define SPILLWAY_CHATTER_IMPL_H

#include "viewer/chatter.h"
#include "viewer/slash.h"

/* Shows an event, whose turn has come. */
void chatter_show(struct chatter *chatter, const struct talk_event *event);
/* Something that was asked for can't be done, in a sentence. */
void chatter_refuse(struct chatter *chatter, const char *sentence);

/* An event of a room: shown now, or when what was said before it is there. */
void chatter_past_take(struct chatter *chatter, const struct talk_event *event);
/* The room is entered. */
void chatter_past_enter(struct chatter *chatter, struct talk_room *room, int64_t time_ms);
void chatter_past_paged(struct chatter *chatter, struct talk_room *room, const char *failure);
void chatter_past_answered(struct chatter *chatter, uint32_t label);
void chatter_past_earlier(struct chatter *chatter, unsigned n);
void chatter_past_lost(struct chatter *chatter);
/* Shows what waits: there will be no history. */
void chatter_past_end(struct chatter *chatter);

/* A line of the user's is sent; slash says what it is. */
void chatter_past_typed(struct chatter *chatter, const struct slash *slash, uint32_t label);

#endif
