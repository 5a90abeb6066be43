/* SPDX-License-Identifier: MIT */
/* Whose the rooms of streams are: owner=ACCOUNT in the section of the stream. Pure. */
#ifndef SPILLWAY_OWNERS_H
#define SPILLWAY_OWNERS_H

#include "common/stream_rules.h"

/* The account that owns a room, borrowed; NULL: the configuration names none. */
const char *owners_find(const struct stream_rules *streams, const char *room);
/* Whether it is the room of a stream that the configuration has a section for. */
bool owners_is_stream(const struct stream_rules *streams, const char *room);
/* Whether this account is it; "" is no account. */
bool owners_has(const struct stream_rules *streams, const char *room, const char *account);
/* Whether the same sections name the same owners. */
bool owners_equal(const struct stream_rules *a, const struct stream_rules *b);

#endif
