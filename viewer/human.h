/* SPDX-License-Identifier: MIT */
/* Numbers as a person wants to read them. Pure. */
#ifndef SPILLWAY_HUMAN_H
#define SPILLWAY_HUMAN_H

#include <stdint.h>

enum { HUMAN_SIZE = 32 }; /* enough for each of these, with the NUL */

void human_bytes(uint64_t bytes, char to[HUMAN_SIZE]); /* "3.0 MB" */
void human_bits(double bits, char to[HUMAN_SIZE]);     /* "2.4 Mbit" */
void human_time(double seconds, char to[HUMAN_SIZE]);  /* "9.3 s", "3 min 05 s", "4 d 02 h" */
void human_latency(uint64_t us, char to[HUMAN_SIZE]);  /* "3.2 ms", "1.25 s" */

#endif
