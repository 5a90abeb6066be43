/* SPDX-License-Identifier: MIT */
/*
 * The relay: its workers, and the little that they share. What is here is constant, a counter that
 * one worker writes, or behind a lock that no frame ever takes.
 */
#ifndef SPILLWAY_RELAY_H
#define SPILLWAY_RELAY_H

#include <pthread.h>

#include "common/notify.h"
#include "relay/shelf.h"
#include "relay/worker.h"

enum { RELAY_MAX_WORKERS = 256, RELAY_MAX_ADDRESSES = 64 };

struct relay_address {
	struct sockaddr_storage address;
	socklen_t len;
};

struct relay {
	struct relay_config *config; /* the first worker's; each has its own pointer */
	struct reload *reload;	     /* the one that is under way; NULL: none */
	int64_t started_s;	     /* Unix time */
	struct worker *workers;
	unsigned n_workers;
	struct relay_address addresses[RELAY_MAX_ADDRESSES]; /* that the first worker listens on */
	size_t n_addresses;
	struct notify notify;
	unsigned n_drains; /* so often were all workers told to end */
	pthread_mutex_t peers_lock;
	struct peers peers;
	struct shelf shelf;
};

/*
 * Runs the workers until they have drained: the first in this thread, each other in its own. config
 * was calloc()ed, and is taken over. Returns the exit status.
 */
int relay_run(struct relay *relay, struct relay_config *config);

/* Tells the service manager how it goes; the first worker calls it now and then. */
void relay_tick(struct relay *relay, int64_t now_us);

/* Ends well, all workers; called in the first one's thread. A second call ends at once. */
void relay_drain(struct relay *relay, const char *reason);

/* The sum of a counter of all workers; field is its offset in struct counters. */
uint64_t relay_sum(const struct relay *relay, size_t field);
#define relay_total(relay, field) relay_sum(relay, offsetof(struct counters, field))
/* Memory of frames in all pools: in use; kept for those to come. */
uint64_t relay_frame_bytes(const struct relay *relay);
uint64_t relay_spare_frame_bytes(const struct relay *relay);

/* Counts a connection of this address; see peers.h. */
int relay_add_peer(struct relay *relay, const struct peer *peer, uint32_t max);
void relay_remove_peer(struct relay *relay, const struct peer *peer);

#endif
