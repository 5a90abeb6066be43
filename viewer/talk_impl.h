/* SPDX-License-Identifier: MIT */
/* Between talk.c, what messages do, and talk_words.c, how they are read. */
#ifndef SPILLWAY_TALK_IMPL_H
#define SPILLWAY_TALK_IMPL_H

#include "viewer/talk.h"

/* Without the codes for colours (3, with figures) and for other looks; other control characters
 * become blanks. */
void talk_clean(const char *text, char *to, size_t size);
/* As server-time has it: 2026-11-21T09:56:21.123Z. 0: this is none. */
int64_t talk_parse_time(const char *text);
/* When it was said; now, where it doesn't say. */
int64_t talk_time_of(const struct message *message);
/* "" where there is none: an id is sent again, so it must be one word. */
void talk_id_of(const struct message *message, char ret_id[TALK_ID_SIZE]);

#endif
