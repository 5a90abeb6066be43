/* SPDX-License-Identifier: MIT */
/*
 * Cloaks: what others see instead of an address. Who knows no secret can't tell the address from it, and
 * yet the same address has always the same one, and neighbours share a part of it. Pure.
 *
 *	192.0.2.77	fq3kd8w0.h2m5n1ta.c9r7p4xe.v4
 *			   /32      /24      /16	so *.c9r7p4xe.v4 bans 192.0.0.0/16
 *	2001:db8:1:2::5	u1g6b0sk.m8d4j2vq.y5t3a7hn.v6
 *			   /64      /48      /32	a host has a /64: its addresses have one cloak
 */
#ifndef SPILLWAY_CLOAK_H
#define SPILLWAY_CLOAK_H

#include "common/peers.h"

enum {
	CLOAK_KEY_SIZE = 32,
	CLOAK_SIZE = 30, /* of the text, with NUL */
};

void cloak_make(const unsigned char key[CLOAK_KEY_SIZE], const struct peer *peer,
		char ret_cloak[CLOAK_SIZE]);

#endif
