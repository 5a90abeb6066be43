/* SPDX-License-Identifier: MIT */
/*
 * A relay of a few lines, for tests of who talks to one: in each connection it reads a request, and
 * then a function of the test says what it is to say. There is one at a time, in a thread.
 */
#ifndef SPILLWAY_FAKE_RELAY_H
#define SPILLWAY_FAKE_RELAY_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"

enum { FAKE_RELAY_CONNECTIONS = 8, FAKE_RELAY_REQUEST = 2048 };

typedef void serve(int fd);

struct fake_relay {
	int fd;
	uint16_t port;
	pthread_t thread;
	serve *const *serves; /* one for each connection; ends with NULL */
	char requests[FAKE_RELAY_CONNECTIONS][FAKE_RELAY_REQUEST];
	int n_requests;
};

extern struct fake_relay fake_relay;

void fake_relay_start(serve *const *serves);
/* Waits for the last connection, or ends the waiting for one that never came. */
void fake_relay_end(void);
/* A port where nobody listens. */
uint16_t fake_relay_closed_port(void);

/* ---- what it says ---- */

void say(int fd, const void *data, size_t len);
void say_text(int fd, const char *text);
/* A record, and a frame whose bytes follow from its number; both return their length. */
size_t fake_relay_record(uint8_t *to, uint8_t type, uint64_t sequence, const void *payload,
			 uint32_t len);
size_t fake_relay_frame(uint8_t *to, uint64_t sequence, uint32_t len);
void say_frame(int fd, uint64_t sequence, uint32_t len);
void say_end(int fd, const char *why);

#endif
