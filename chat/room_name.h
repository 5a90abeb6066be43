/* SPDX-License-Identifier: MIT */
/*
 * Names of rooms: '#' and what follows, so that the room of stream cam/240p is #cam/240p. Pure.
 */
#ifndef SPILLWAY_ROOM_NAME_H
#define SPILLWAY_ROOM_NAME_H

#include <stdbool.h>

enum { ROOM_NAME_MAX = 129 }; /* bytes: '#' and a stream's name */

/* UTF-8 without blanks, commas, control characters, and what masks are made of: '*' and '?'. */
bool room_name_valid(const char *name);

#endif
