/* SPDX-License-Identifier: MIT */
/*
 * The judge of a simulated run: knows every frame that the relay published, looks on as the relay
 * chooses frames and hands them to sockets, and ends the run when a promise is broken:
 *
 *	- what is sent was published, whole; in order of its sequence, none twice;
 *	- a viewer is sent nothing that would arrive older than --max-lag, nor further behind than
 *	  --queue-frames, while there is something newer; after its socket was blocked it is sent the
 *	  newest;
 *	- it loses frames only for these reasons, and as many as the relay counts for it;
 *	- a newcomer is sent the newest frame at once; an idle viewer has everything;
 *	- a frame once begun is finished;
 *	- memory is bounded by rings and viewers;
 *	- viewers are told of frames within --coalesce.
 *
 * Who goes over to another rendition does so between two frames, at a key frame, and presentation
 * times rise. A publisher is told whether its frames are wanted, and one that has paused goes on.
 *
 * What a worker knows of is what counts there: frames reach the workers that aren't their stream's
 * home a little later.
 *
 * It looks into the relay's own structs, and sees calls of stream_publish(), stream_distribute() and
 * viewer_create() because the test is linked with --wrap for them (Makefile).
 */
#ifndef SPILLWAY_TESTS_SIM_JUDGE_H
#define SPILLWAY_TESTS_SIM_JUDGE_H

#include "common/wire.h"
#include "relay/relay.h"
#include "tests/sim.h"

struct sim_judge;

/* A picture, from its serial's being given out on. */
struct sim_judge_frame {
	bool published;
	uint64_t stream; /* struct stream's id */
	uint64_t sequence;
	int64_t at_us;
	int64_t pts_us;
	uint8_t flags;
};

/* What one viewer has got; start with {0}. */
struct sim_judge_view {
	bool moves; /* it may be sent another rendition */
	uint64_t moved;
	uint64_t stream;
	uint64_t frames;
	uint64_t gaps; /* frames between these that it didn't get */
	uint64_t last; /* sequence */
	int64_t last_pts_us;
	uint64_t max_gap;
};

/* sim and relay are borrowed. There is one at a time. */
struct sim_judge *sim_judge_create(struct sim *sim, const struct relay *relay);
void sim_judge_destroy(struct sim_judge *judge);
/* From now on the relay may lose frames because it has no memory. */
void sim_judge_expect_failures(struct sim_judge *judge);

/* The serial of a picture that a publisher is about to send, and what became of it. */
uint32_t sim_judge_serial(struct sim_judge *judge);
const struct sim_judge_frame *sim_judge_frame(const struct sim_judge *judge, uint32_t serial);
/* The sequence of the next frame of a stream (its id). */
uint64_t sim_judge_next(const struct sim_judge *judge, uint64_t stream);

/* A viewer has got a whole picture; header is the native one, or NULL. */
void sim_judge_received(struct sim_judge *judge, struct sim_judge_view *view, uint32_t serial,
			const struct wire_header *header);

#endif
