/* SPDX-License-Identifier: MIT */
/*
 * Metacube2: the blocks in which cubemap wants to be fed over HTTP. Pure.
 *
 *	0           8        12      14       16
 *	+-----------+--------+-------+--------+
 *	| cube!map  | size   | flags | CRC-16 | size bytes …	network byte order
 *	+-----------+--------+-------+--------+
 *
 * The sum is over size and flags: polynomial 0x8fdb, beginning with 0x1234.
 */
#ifndef SPILLWAY_BENCH_METACUBE_H
#define SPILLWAY_BENCH_METACUBE_H

#include <stddef.h>
#include <stdint.h>

enum { METACUBE_HEAD_SIZE = 16 };

/* What stands before a block that a newcomer may begin with, of so many bytes. */
void metacube_head(uint8_t to[METACUBE_HEAD_SIZE], uint32_t size);

#endif
