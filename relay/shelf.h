/* SPDX-License-Identifier: MIT */
/*
 * What the agents' catalogues offer (spillway-wire(7), STREAMS ON DEMAND), for all workers to look
 * at: behind a lock, which no frame ever takes.
 */
#ifndef SPILLWAY_SHELF_H
#define SPILLWAY_SHELF_H

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#include "common/catalogue.h"
#include "relay/config.h"

struct shelf_catalogue;

struct shelf {
	pthread_mutex_t lock;
	atomic_size_t n_catalogues; /* where there are none, nobody takes the lock */
	size_t n_entries;	    /* of all */
	struct shelf_catalogue *first;
};

enum shelf_place { SHELF_NOWHERE, SHELF_CATALOGUE, SHELF_ENTRY };

void shelf_init(struct shelf *shelf);
/* All catalogues must have been removed. */
void shelf_finish(struct shelf *shelf);

/* An empty catalogue of the streams below the one of that name. NULL without memory. */
struct shelf_catalogue *shelf_add(struct shelf *shelf, const char *name);
void shelf_remove(struct shelf *shelf, struct shelf_catalogue *catalogue);

/* Adds or replaces an entry, or removes the one that is gone. -ENOSPC when all catalogues have max
 * entries, -EBADMSG when its name would be no name, -ENOMEM. */
int shelf_put(struct shelf *shelf, struct shelf_catalogue *catalogue,
	      const struct catalogue_entry *entry, size_t max);
void shelf_clear(struct shelf *shelf, struct shelf_catalogue *catalogue);

/* Whether a name is that of a catalogue, or of an entry. */
enum shelf_place shelf_find(struct shelf *shelf, struct slice name);
/* Appends the entries that everybody may watch. */
void shelf_list(struct shelf *shelf, const struct relay_config *config, json_t *streams);

#endif
