/* SPDX-License-Identifier: MIT */
/*
 * Pictures for the simulation: JPEGs in outline (ITU-T T.81 annex B; nothing decodes them) that say
 * which one they are and how long. Every byte follows from these, so that a picture that is torn,
 * mixed with another, or cut is found wherever it was cut.
 *
 *	SOI | COM: magic, serial, length, check | SOF0 | SOS | noise … | EOI
 */
#ifndef SPILLWAY_TESTS_SIM_PICTURE_H
#define SPILLWAY_TESTS_SIM_PICTURE_H

#include <stddef.h>
#include <stdint.h>

enum { SIM_PICTURE_HEAD = 45, SIM_PICTURE_MIN = 64, SIM_PICTURE_MAX = 1 << 20 };

/* Writes length bytes (MIN to MAX). */
void sim_picture_write(uint8_t *to, uint32_t serial, uint32_t length);

struct sim_picture {		 /* being read; start with {0} */
	uint32_t serial, length; /* once the head is there; length is 0 before */
	uint32_t got;
	uint8_t head[SIM_PICTURE_HEAD];
};

/* Takes the next bytes of a picture: at most its own, *ret_used of them. Returns 1 when it is
 * complete, 0 when more must come, -EBADMSG when it isn't one, or not whole. */
int sim_picture_read(struct sim_picture *picture, const uint8_t *data, size_t len,
		     size_t *ret_used);

#endif
