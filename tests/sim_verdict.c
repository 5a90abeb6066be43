/* SPDX-License-Identifier: MIT */
/* Whether everybody got what they should, at the end of a scenario. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim_scenario.h"

enum {
	MS = 1000,
	SECOND = 1000000,
	HELD_SLACK_US = 5000,
	AT_ONCE_US = 20000, /* so soon a good newcomer has a frame, with hundreds of others */
	CLIMB_US =
		16000000, /* so long it takes at most to climb to the top, from between two others */
	FEWEST_STEADY = 20, /* frames that say something of their rate */
};

/* ---- viewers ---- */

/* Who comes about when the relay ends may be cut off. */
static bool came_in_time(const struct sim_scenario *scenario, const struct sim_peer *peer,
			 int64_t comes_us)
{
	return comes_us + 3 * peer->link.up.latency_us + 2 * peer->link.down.latency_us + 10 * MS <
	       scenario->drain_us;
}

/* Who hadn't asked yet when the relay was told to end goes without an answer; so does anybody when
 * there is no time for it. */
static bool is_cut_off(const struct sim_scenario *scenario, int64_t ended_us, int status)
{
	bool gently = scenario->config.drain_timeout_s > 0 &&
		      (scenario->second_drain_us == 0 ||
		       scenario->second_drain_us > scenario->drain_us + SECOND);

	if (scenario->crowded && status == 0) /* there may be too many even for being told so */
		return true;
	return ended_us >= scenario->drain_us && (status == 0 || !gently);
}

/* DESIGN.md: 3 frame intervals + RTT/2 + frame bits/R + 50 ms; and as many frames as R allows, but
 * for a fifth. */
static void check_age(const struct sim_scenario *scenario, const struct sim_viewer *viewer,
		      const struct sim *sim)
{
	const struct sim_line *line = &viewer->peer.link.down;
	int64_t frame_us = (int64_t)((scenario->size + 200) * UINT64_C(1000000) / line->rate);
	int64_t bound_us = 3 * scenario->interval_us + line->latency_us + frame_us + 50 * MS;
	char name[SIM_VIEWER_REQUEST];

	if (viewer->oldest_us > bound_us)
		sim_fail(sim,
			 "%s: a frame was %" PRId64 " us old, at most %" PRId64 " were promised",
			 sim_viewer_name(viewer, name), viewer->oldest_us, bound_us);
	/* Between two publishers there is nothing to be had. */
	int64_t took_us = viewer->newest_us - viewer->found_us;
	uint64_t able = line->rate * (uint64_t)took_us / 1000000 / scenario->size;
	if (viewer->found_frames >= FEWEST_STEADY &&
	    scenario->n_publishers == scenario->n_streams + scenario->n_renditions &&
	    10 * viewer->found_frames < 8 * able)
		sim_fail(sim, "%s: got %" PRIu64 " frames of %" PRIu64 " that its link carries",
			 sim_viewer_name(viewer, name), viewer->found_frames, able);
}

/* Who is moved by the relay, and has been there for long. */
static void check_climber(const struct sim_scenario *scenario, const struct sim_viewer *viewer,
			  const struct sim *sim)
{
	char name[SIM_VIEWER_REQUEST];

	if (viewer->rendition != SIM_RENDITION_AUTO || viewer->kind > SIM_VIEWER_EARLY ||
	    viewer->wishes || !scenario->constant || scenario->crowded || !scenario->smooth ||
	    viewer->leaving != SIM_STAYS || viewer->left_itself || viewer->agreed_us == 0 ||
	    viewer->view.frames == 0 || viewer->began_us + CLIMB_US > scenario->drain_us)
		return;
	if (viewer->healthy && viewer->newest_size != scenario->size)
		sim_fail(sim, "%s: a good viewer ends with pictures of %u bytes",
			 sim_viewer_name(viewer, name), viewer->newest_size);
	uint64_t published = SIM_LATE_US / (uint64_t)scenario->interval_us;
	if ((viewer->healthy || viewer->steady) && 3 * viewer->late_frames < published)
		sim_fail(sim, "%s: got %" PRIu64 " frames of the last %" PRIu64,
			 sim_viewer_name(viewer, name), viewer->late_frames, published);
}

/* Frames that are held for it arrive within --max-lag. */
static bool is_near(const struct sim_scenario *scenario, const struct sim_viewer *viewer)
{
	int64_t most_us = scenario->config.max_lag_ms * MS;
	int64_t held_us = scenario->config.coalesce_ms * MS;

	if (held_us > most_us / 2)
		held_us = most_us / 2;
	return held_us + viewer->peer.link.down.latency_us + HELD_SLACK_US < most_us;
}

static void check_viewer(const struct sim_scenario *scenario, const struct sim_viewer *viewer,
			 const struct sim *sim)
{
	bool live = viewer->status == 101 ||
		    (viewer->status == 200 && viewer->kind <= SIM_VIEWER_EARLY);
	char name[SIM_VIEWER_REQUEST];

	if (!viewer->done && viewer->healthy && viewer->connected)
		sim_fail(sim, "%s: the connection was never ended", sim_viewer_name(viewer, name));
	check_climber(scenario, viewer, sim);
	if (viewer->steady && viewer->rendition == SIM_RENDITION_NONE)
		check_age(scenario, viewer, sim);
	if (!viewer->healthy || viewer->left_itself ||
	    is_cut_off(scenario, viewer->ended_us, viewer->status) ||
	    !came_in_time(scenario, &viewer->peer, viewer->comes_us))
		return;
	if (!viewer->complete || !viewer->ended)
		sim_fail(sim, "%s: status %d, then %s%s", sim_viewer_name(viewer, name),
			 viewer->status, viewer->complete ? "all of it, then " : "cut off, then ",
			 viewer->ended ? "the end" : strerror(-viewer->error));
	if (viewer->expected != 0 && viewer->status != viewer->expected && viewer->status != 503 &&
	    viewer->status != 429)
		sim_fail(sim, "%s: status %d", sim_viewer_name(viewer, name), viewer->status);
	if (live && viewer->first_us > AT_ONCE_US)
		sim_fail(sim, "%s: waited %" PRId64 " us for a frame that was there",
			 sim_viewer_name(viewer, name), viewer->first_us);
	if (live && scenario->smooth && !viewer->view.moves && viewer->view.gaps > 0 &&
	    is_near(scenario, viewer))
		sim_fail(sim, "%s: a good viewer lost %" PRIu64 " frames",
			 sim_viewer_name(viewer, name), viewer->view.gaps);
	/* Where a stream ends at once, its last frame may have no time; but it has when the relay
	 * ends. */
	if (live && !viewer->view.moves && viewer->view.frames > 0 &&
	    (scenario->config.linger_s > 0 || viewer->ended_us >= scenario->drain_us) &&
	    viewer->view.last + 1 != sim_judge_next(viewer->judge, viewer->view.stream))
		sim_fail(sim,
			 "%s: came at %" PRId64 " us, ended at %" PRId64 " us with frame %" PRIu64
			 ", the last was %" PRIu64,
			 sim_viewer_name(viewer, name), viewer->comes_us, viewer->ended_us,
			 viewer->view.last, sim_judge_next(viewer->judge, viewer->view.stream) - 1);
}

/* ---- publishers ---- */

static void check_published(const struct sim_publisher *publisher, const struct sim *sim)
{
	char expected[128];

	for (uint32_t i = 0; i < publisher->whole; i++) {
		if (!sim_judge_frame(publisher->judge, publisher->serials[i])->published)
			sim_fail(sim, "publisher %s: its picture %u was not published",
				 publisher->path, publisher->serials[i]);
	}
	snprintf(expected, sizeof(expected), "%u frames published\n", publisher->whole);
	if (publisher->status == 200 && strcmp(publisher->reason, expected) != 0)
		sim_fail(sim, "publisher %s: sent %u frames, was told: %s", publisher->path,
			 publisher->whole, publisher->reason);
}

static void check_publisher(const struct sim_scenario *scenario,
			    const struct sim_publisher *publisher, const struct sim *sim)
{
	static const int statuses[SIM_SPOILINGS] = {
		[SIM_SPOILS_TYPE] = 400, [SIM_SPOILS_PICTURE] = 415, [SIM_SPOILS_LENGTH] = 413,
		[SIM_SPOILS_TIME] = 400, [SIM_SPOILS_EMPTY] = 415,
	};
	int status = publisher->status;

	if (!publisher->done && publisher->connected && !publisher->slow &&
	    !publisher->floods_pings)
		sim_fail(sim, "publisher %s: the connection was never ended", publisher->path);
	if (publisher->left_itself || publisher->floods_pings || publisher->slow ||
	    is_cut_off(scenario, publisher->ended_us, publisher->status) ||
	    !came_in_time(scenario, &publisher->peer, publisher->comes_us))
		return;
	if (!publisher->ended || (!publisher->complete && publisher->error != 0))
		sim_fail(sim, "publisher %s: status %d, no proper end: %s", publisher->path, status,
			 strerror(-publisher->error));
	if (status == 409 || status == 401 || status == 503 || status == 429)
		return;
	if (publisher->kind >= SIM_PUBLISHER_PICTURES && publisher->spoiling != SIM_SPOILS_TYPE &&
	    publisher->spoiling != SIM_SPOILS_NOTHING)
		status = status == 415 ? statuses[publisher->spoiling] : 0;
	if (publisher->kind == SIM_PUBLISHER_NATIVE) {
		if (status != 101 ||
		    (publisher->spoiling != SIM_SPOILS_NOTHING && !publisher->complete))
			sim_fail(sim, "publisher %s: isn't told what is wrong", publisher->path);
	} else if (publisher->spoiling != SIM_SPOILS_NOTHING) {
		if (status != statuses[publisher->spoiling] || !publisher->complete)
			sim_fail(sim, "publisher %s: spoils %d, is told %d: %s", publisher->path,
				 publisher->spoiling, publisher->status, publisher->reason);
	} else if (status != 200) {
		sim_fail(sim, "publisher %s: is told %d: %s", publisher->path, status,
			 publisher->reason);
	}
	bool taken_over = publisher->kind == SIM_PUBLISHER_NATIVE && publisher->complete;
	if (!taken_over)
		check_published(publisher, sim);
}

void sim_scenario_check(const struct sim_scenario *scenario, const struct sim *sim)
{
	if (!scenario->calm)
		return;
	for (size_t i = 0; i < scenario->n_viewers; i++)
		check_viewer(scenario, &scenario->viewers[i], sim);
	for (size_t i = 0; i < scenario->n_publishers; i++)
		check_publisher(scenario, &scenario->publishers[i], sim);
}
