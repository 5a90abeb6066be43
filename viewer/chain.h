/* SPDX-License-Identifier: MIT */
/*
 * Which envelopes of one device have come in a conversation, so that none counts twice, and that
 * what is missing, late or exchanged is noticed (spillway-e2e(7), "Order"). Only for envelopes that
 * were opened. Pure.
 */
#ifndef SPILLWAY_CHAIN_H
#define SPILLWAY_CHAIN_H

#include "viewer/envelope.h"

enum { CHAIN_WINDOW = 64 /* sequence numbers back from the latest that may still come */ };

struct chain {			     /* start with {0} */
	uint8_t device[DEVICE_KEY];  /* whose it is */
	uint64_t sequence;	     /* the highest that came; 0: none */
	uint64_t seen;		     /* bit i: sequence - i came */
	uint8_t hash[ENVELOPE_HASH]; /* of the one with that number */
};

enum chain_place {
	CHAIN_NEXT,  /* the one that had to come */
	CHAIN_FIRST, /* nothing was known of this device */
	CHAIN_GAP,   /* the ones between haven't come */
	CHAIN_LATE,  /* one of those, after later ones */
	CHAIN_FORK,  /* the next by its number, but it follows another one than the one that came */
	CHAIN_REPEATED, /* it has come before, or is too old to tell: it doesn't count */
};

/* Where an envelope stands, whose hash is that; nothing changes. *ret_missing: how many are missing
 * before it. */
enum chain_place chain_place(const struct chain *chain, const struct envelope_head *head,
			     uint64_t *ret_missing);
/* It counts; not for CHAIN_REPEATED. */
void chain_take(struct chain *chain, const struct envelope_head *head,
		const uint8_t hash[ENVELOPE_HASH]);
/* Whether the envelope follows the latest of this chain, by number and hash: the device has another
 * key now, whose chain starts as a copy of this one; this one stays, to know what was closed with
 * the former key. */
bool chain_continues(const struct chain *chain, const struct envelope_head *head);

#endif
