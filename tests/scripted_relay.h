/* SPDX-License-Identifier: MIT */
/*
 * A relay that is played by a thread with a script, for tests of what publishes: plain blocking
 * calls on a loopback socket. What doesn't go as it should ends the test program.
 */
#ifndef SPILLWAY_SCRIPTED_RELAY_H
#define SPILLWAY_SCRIPTED_RELAY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/io.h"
#include "common/wire.h"

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: relay: %s\n", __FILE__, __LINE__, #condition);     \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* cmocka's rows for a test on each back end, which *state is. */
#define SCRIPTED_RELAY_TESTS(test)                                                                 \
	{#test " (io_uring)", test, NULL, NULL, &scripted_relay_backends[0]},                      \
	{                                                                                          \
#test " (epoll)", test, NULL, NULL, &scripted_relay_backends[1]                    \
	}
extern enum io_backend scripted_relay_backends[2];

struct scripted_record {
	struct wire_header header;
	char *payload; /* owned; terminated */
};

/* The answer to a publisher that is welcome. */
extern const char scripted_relay_agreed[];

/* A socket at the address, which then has the port, too; deaf until listen(). */
int scripted_relay_bind(struct sockaddr_in *address);
/* Accepts a connection, reads its request, and answers it. */
int scripted_relay_greet(int listener, const char *answer);
/* False at the end of the connection. */
bool scripted_relay_read(int fd, void *to, size_t len);
/* The next record; false at the end of the connection. Free its payload. */
bool scripted_relay_record(int fd, struct scripted_record *ret_record);
void scripted_relay_say(int fd, struct wire_header header, const char *payload);
/* The next record is the last, and says why. Closes. */
void scripted_relay_expect_end(int fd, const char *why);

#endif
