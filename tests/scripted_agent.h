/* SPDX-License-Identifier: MIT */
/*
 * An agent for tests of an uplink: it publishes, ends and rests when its script says so, and writes
 * down what it hears. A scripted relay (tests/scripted_relay.h) is on the other side.
 */
#ifndef SPILLWAY_SCRIPTED_AGENT_H
#define SPILLWAY_SCRIPTED_AGENT_H

#include <netinet/in.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

#include "capture/uplink.h"
#include "tests/scripted_relay.h"

enum { SCRIPTED_AGENT_SECONDS = 60 }; /* then the test hangs, and is killed */

struct scripted_agent {
	struct io *io;
	struct uplink *uplink;
	struct uplink_stats stats;
	struct sockaddr_in address;
	int listener;

	/* What is to be published by and by, from when it is open on. */
	struct io_op ticker;
	int n_frames, next_frame;
	size_t frame_len;
	bool wait_for_each; /* until the one before was given back */
	bool end_when_open; /* once all was published */
	bool end_when_lost;
	bool end_when_reopened;
	bool rest_when_told; /* publish a frame all the same, and end */

	sem_t lost, published; /* what the relay may wait for */
	char heard[512];       /* the events in order */
};

/* Bound, so that nobody else takes the port, but deaf until listen(). */
struct scripted_agent scripted_agent_with_socket(void);
struct scripted_agent scripted_agent_with_listener(void);
/* Runs an uplink, on the back end that *state is, until it is gone; the script is the relay's
 * thread, and is given the agent. All frames have been given back then. */
void scripted_agent_run(struct scripted_agent *agent, void **state, void *(*script)(void *));
/* The uplink's listener; context: the agent. */
void scripted_agent_hear(void *context, enum uplink_event event, const char *text);

/* Its bytes tell its number, and that it is whole. */
struct frame *scripted_agent_frame(int number, size_t len);
/* Frames that weren't given back yet. */
int scripted_agent_lent(void);
/* That a record is the frame of that number: for the relay's thread. */
void scripted_agent_check_frame(const struct scripted_record *record, int number, size_t len);

#endif
