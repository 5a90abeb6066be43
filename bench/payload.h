/* SPDX-License-Identifier: MIT */
/*
 * The payload of a synthetic frame: from outside like a JPEG, inside it says which frame it is, and
 * what its bytes must add up to, so that a viewer can judge it without asking anybody. Pure.
 *
 *	0        2      8         16         24            size - 2
 *	+--------+------+---------+----------+-------------+--------+
 *	| FF D8  | zero | number  | checksum | content …   | FF D9  |
 *	+--------+------+---------+----------+-------------+--------+
 *
 * The content is pseudo-random and follows from the number alone. Numbers are in the byte order of
 * the machine, which is the same on both ends.
 */
#ifndef SPILLWAY_BENCH_PAYLOAD_H
#define SPILLWAY_BENCH_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAYLOAD_HEAD_SIZE = 24, PAYLOAD_TAIL_SIZE = 2, PAYLOAD_MIN_SIZE = 64 };

/* size is PAYLOAD_MIN_SIZE or more. */
void payload_fill(uint8_t *payload, size_t size, uint64_t number);

/* A sum over all bytes and their places, for bytes that come in pieces. */
struct payload_sum {
	uint64_t sum;
	uint8_t pending[8]; /* bytes that don't make up a word yet */
	size_t n_pending;
};

/* A payload that comes in pieces, and what is wrong with it. */
struct payload_check {
	size_t size; /* expected */
	size_t at;
	bool summing;
	uint8_t head[PAYLOAD_HEAD_SIZE];
	uint8_t tail[PAYLOAD_TAIL_SIZE];
	struct payload_sum sum;
};

/* summing: the checksum is checked, too, which costs the viewer a look at each byte. */
void payload_check_begin(struct payload_check *check, size_t size, bool summing);
void payload_check_data(struct payload_check *check, const void *data, size_t len);
/* So many of the next bytes needn't be looked at; and so many were not. */
size_t payload_check_blind(const struct payload_check *check);
void payload_check_skip(struct payload_check *check, size_t len);
/* -EBADMSG: this isn't one whole payload as payload_fill() made it. */
int payload_check_end(const struct payload_check *check, uint64_t *ret_number);

#endif
