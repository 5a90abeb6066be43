/* SPDX-License-Identifier: MIT */
/* What people are told of a stream, in words: "cam is live: The garden". Pure. */
#ifndef SPILLWAY_ONAIR_WORDS_H
#define SPILLWAY_ONAIR_WORDS_H

#include "chat/onair.h"

enum { ONAIR_WORDS_SIZE = NAME_MAX_BYTES + STREAM_MAX_TITLE + 100 };

void onair_words_began(const struct onair_stream *stream, char to[ONAIR_WORDS_SIZE]);
void onair_words_ended(const struct onair_stream *stream, char to[ONAIR_WORDS_SIZE]);

/* Answers a question in a stream's room: "!viewers", "!uptime". stream is NULL where the one called
 * name isn't live. Returns false for what is no question. */
bool onair_words_answer(const char *question, const char *name, const struct onair_stream *stream,
			int64_t now_s, char to[ONAIR_WORDS_SIZE]);

#endif
