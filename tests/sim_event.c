/* SPDX-License-Identifier: MIT */
/* The simulated network's events: a binary heap, the earliest first. */
#include "tests/sim_impl.h"
#include "tests/sim_libc.h"

static bool goes_first(const struct sim_event *a, const struct sim_event *b)
{
	return a->at_us < b->at_us || (a->at_us == b->at_us && a->order < b->order);
}

static void event_place(struct sim *sim, size_t slot, struct sim_event *event)
{
	sim->events[slot] = event;
	event->slot = slot;
}

static void event_sift(struct sim *sim, size_t slot, struct sim_event *event)
{
	while (slot > 1 && goes_first(event, sim->events[slot / 2])) {
		event_place(sim, slot, sim->events[slot / 2]);
		slot /= 2;
	}
	for (;;) {
		size_t child = 2 * slot;

		if (child < sim->n_events && goes_first(sim->events[child + 1], sim->events[child]))
			child++;
		if (child > sim->n_events || !goes_first(sim->events[child], event))
			break;
		event_place(sim, slot, sim->events[child]);
		slot = child;
	}
	event_place(sim, slot, event);
}

void sim_call_off(struct sim *sim, struct sim_event *event)
{
	size_t slot = event->slot;

	if (slot == 0)
		return;
	event->slot = 0;
	struct sim_event *last = sim->events[sim->n_events--];
	if (last != event)
		event_sift(sim, slot, last);
}

void sim_at(struct sim *sim, struct sim_event *event, int64_t at_us,
	    void (*happen)(struct sim *sim, struct sim_event *event))
{
	sim_call_off(sim, event);
	if (sim->n_events + 2 > sim->events_size) {
		sim->events_size = sim->events_size > 0 ? 2 * sim->events_size : 256;
		sim->events =
			sim_realloc(sim->events, sim->events_size * sizeof(struct sim_event *));
	}
	event->at_us = at_us > sim->now_us ? at_us : sim->now_us;
	event->happen = happen;
	event->order = sim->order++;
	event_sift(sim, ++sim->n_events, event);
}
