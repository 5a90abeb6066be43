/* SPDX-License-Identifier: MIT */
/*
 * A scenario: what a seed makes of one run. Streams with publishers that come, go, fail and fight;
 * an agent's renditions of one stream, among which viewers are moved, or wish to be; viewers on
 * good and bad links, from one to thousands; limits, faults, and when the relay is told to end. And
 * at the end: whether everybody got what they should.
 */
#ifndef SPILLWAY_TESTS_SIM_SCENARIO_H
#define SPILLWAY_TESTS_SIM_SCENARIO_H

#include "relay/config.h"
#include "tests/sim_publisher.h"
#include "tests/sim_viewer.h"

enum {
	SIM_LATE_US =
		5000000 /* before the relay is told to end: the time of sim_viewer.late_frames */
};

struct sim_scenario {
	uint64_t random;
	struct relay_config config;
	struct sim_faults faults;
	uint32_t memory_failures; /* of a million allocations */
	/* Nothing fails by itself: who behaves well and has a good link gets everything. */
	bool calm;
	/* Frames come one by one, so that none has to be dropped for such a viewer. */
	bool smooth;
	bool even;	     /* all frames of a stream are about as large */
	bool crowded;	     /* limits are low enough to be met */
	int64_t operator_us; /* how often somebody asks for the state of everything; 0: never */
	bool kicks;	     /* and throws a viewer out */

	size_t n_streams;
	size_t n_renditions; /* of a stream besides; 0: there is none */
	bool constant;	     /* their publishers stay */
	int64_t interval_us;
	uint32_t frames;		   /* of a stream, about */
	uint32_t size;			   /* of a picture, about */
	int64_t drain_us, second_drain_us; /* when; the second: 0 for never */

	struct sim_viewer *viewers;
	size_t n_viewers;
	struct sim_publisher *publishers;
	size_t n_publishers;
};

void sim_scenario_init(struct sim_scenario *scenario, uint64_t seed);
void sim_scenario_finish(struct sim_scenario *scenario);
/* Lets everybody come in their time. */
void sim_scenario_start(struct sim_scenario *scenario, struct sim *sim, struct sim_judge *judge);
/* When all is over: ends the run where somebody didn't get what they should. */
void sim_scenario_check(const struct sim_scenario *scenario, const struct sim *sim);
void sim_scenario_describe(const struct sim_scenario *scenario, const struct sim *sim);

#endif
