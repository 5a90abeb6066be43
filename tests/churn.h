/* SPDX-License-Identifier: MIT */
/*
 * Clients of relay and chat that come, do something, well or badly, and go: many at a time, each of
 * a kind that a table describes. What they do depends on the seed alone; when it happens, on the
 * machine.
 *
 * One thread, no waiting: a guest's bytes lie in its buffer until its socket takes them.
 */
#ifndef SPILLWAY_TESTS_CHURN_H
#define SPILLWAY_TESTS_CHURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"
#include "tests/harness_picture.h"

enum {
	CHURN_GUESTS = 48,	    /* at a time */
	CHURN_MAX_OUT = 256 * 1024, /* bytes that may wait for a guest's socket */
	CHURN_MAX_KINDS = 80,
	CHURN_NAMES =
		24, /* of streams and people, of each sort: what is remembered of them is bounded */
};

struct guest;

enum churn_place { CHURN_RELAY, CHURN_RELAY_CONTROL, CHURN_CHAT, CHURN_CHAT_CONTROL };
enum churn_reading { READS_ALL, READS_SLOWLY, READS_NOTHING };

struct guest_kind {
	const char *name; /* NULL ends a table */
	enum churn_place place;
	void (*begin)(struct guest *guest); /* what it says at once; NULL: nothing */
	void (*go_on)(struct guest *guest); /* every now and then; NULL: nothing */
	const char *expects; /* is somewhere in what some of the kind are told; NULL: nothing is */
	enum churn_reading reading;
	bool patient;	 /* stays until it is told what it expects, which takes time */
	unsigned weight; /* how often there is one; 0 is 1 */
};
extern const struct guest_kind churn_relay_kinds[], churn_chat_kinds[];

struct churn_places {
	uint16_t relay_port, chat_port;
	const char *relay_control, *chat_control; /* borrowed */
};

/* Of those kinds whose name fits the pattern ('*', '?'). The harness's memory. Fails the test where
 * the corpora aren't there: it is started from the project's root. */
struct churn *churn_create(struct harness *harness, const struct churn_places *places,
			   struct picture picture, const char *pattern, uint64_t seed);
/* A moment of it: some come, some go, all others go on. */
void churn_turn(struct churn *churn);
/* All go at once. */
void churn_leave(struct churn *churn);
uint64_t churn_count(const struct churn *churn); /* of guests so far */
/* A kind that expects something, and of which nobody was told that yet; NULL: none, or not all
 * kinds are there, some of which need others. */
const char *churn_unserved(const struct churn *churn);

/* ---- for the kinds ---- */

/* Below n; the seed determines it. */
uint64_t guest_random(struct guest *guest, uint64_t n);
/* How often go_on() was called before. */
unsigned guest_step(const struct guest *guest);
void guest_send(struct guest *guest, const void *data, size_t len);
void guest_print(struct guest *guest, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void guest_record(struct guest *guest, const struct wire_header *header, const void *payload);
/* The picture, as a frame that is later than the one before. */
void guest_frame(struct guest *guest);
const struct picture *guest_picture(const struct guest *guest);
/* A file of tests/corpus/NAME, as it is, cut off or with a changed byte. */
void guest_malformed(struct guest *guest, const char *corpus);

#endif
