/* SPDX-License-Identifier: MIT */
/* What the judge's own files share: sim_judge.c (frames as they come and go), sim_judge_turn.c. */
#ifndef SPILLWAY_TESTS_SIM_JUDGE_IMPL_H
#define SPILLWAY_TESTS_SIM_JUDGE_IMPL_H

#include "relay/viewer.h"
#include "tests/sim_judge.h"

struct sim_judge_history { /* of a stream at a worker */
	unsigned worker;
	uint64_t stream;
	uint32_t *serials; /* by sequence */
	size_t n, size;
	int64_t orphan_us; /* since when it has been there without its home; 0: it hasn't */
	size_t forgotten;  /* n, when its publisher paused last */
	int64_t unasked_us; /* since when its publisher hasn't known, or heeded, the demand; 0: it does */
	size_t held;	    /* n, when that was looked at last */
	int64_t held_us; /* since when its viewers haven't been told of frames; 0: they have */
};

struct sim_judge_seat {		     /* of a viewer, by descriptor */
	const struct viewer *viewer; /* NULL: none there */
	const struct sim_judge_history *history;
	uint64_t next;	      /* the frame that it should get if it may */
	uint64_t chosen;      /* that it is being sent */
	uint64_t dropped;     /* as the relay counted them up to the last begun */
	bool begun;	      /* has got something */
	bool blocked;	      /* the socket didn't take all, since the last whole frame */
	bool unsure;	      /* it may have been: the relay has asked how its path is */
	bool had_newest;      /* a frame was there when it came */
	bool moved;	      /* and was sent nothing of this rendition yet */
	uint64_t moves;	      /* the mover's, when a frame was begun last */
	int64_t pts_us;	      /* of the frame begun last */
	int64_t way_us;	      /* from the relay to it, as far as the relay can know */
	int64_t held_back_us; /* since when it has been idle without having everything; 0: it isn't */
	int64_t waits_us; /* since when its socket has taken nothing; 0: it has nothing to take */
};

struct sim_judge {
	struct sim *sim;
	const struct relay *relay;
	struct cursor_limits limits;
	bool failures;
	struct sim_judge_frame *frames; /* by serial */
	uint32_t n_frames, frames_size;
	struct sim_judge_history **histories;
	size_t n_histories;
	struct sim_judge_seat *seats;
	size_t n_seats;
	int joining_fd; /* of who is becoming a viewer of this worker */
	const struct worker *joining;
	size_t largest;	  /* bytes of a published frame's memory, so far */
	uint32_t *recent; /* serials in the order of being published, */
	size_t n_recent, recent_size, first_recent; /* those after that may still be news */
};

/* That of the stream at its worker, made if need be. */
struct sim_judge_history *sim_judge_history(struct sim_judge *judge, const struct stream *stream);
/* The place is valid until the next call. */
struct sim_judge_seat *sim_judge_seat(struct sim_judge *judge, int fd);
/* All functions of a loop's turn were called: looks at everything there is. */
void sim_judge_turned(void *judge);

#endif
