/* SPDX-License-Identifier: MIT */
/*
 * A simulated publisher: an agent that speaks records, or a tool that sends a PUT. It cuts nothing
 * itself: the segments of its link do, anywhere. It ends as it was told: properly, in the middle of
 * a frame, or with something malformed.
 */
#ifndef SPILLWAY_TESTS_SIM_PUBLISHER_H
#define SPILLWAY_TESTS_SIM_PUBLISHER_H

#include "tests/sim_framing.h"
#include "tests/sim_judge.h"
#include "tests/sim_viewer.h"

enum sim_spoiling { /* what is wrong with it, if anything */
		    SIM_SPOILS_NOTHING,
		    SIM_SPOILS_TYPE,	/* a record of type 0; a chunk without a size */
		    SIM_SPOILS_PICTURE, /* a frame that is no JPEG */
		    SIM_SPOILS_LENGTH,	/* a frame over the limit */
		    SIM_SPOILS_TIME,	/* a negative time; a part with two lengths */
		    SIM_SPOILS_EMPTY,	/* a frame of no bytes */
		    SIM_SPOILINGS
};

struct sim_publisher {
	struct sim_peer peer;
	struct sim_judge *judge;

	/* what it does; set by who makes it */
	enum sim_publisher_kind kind;
	char path[96]; /* "/cam?takeover=1" */
	const char *host;
	bool expects;	    /* 100-continue */
	bool chunked;	    /* else Content-Length */
	bool repeats_times; /* a native one's times don't always rise */
	bool says_nonsense; /* a native one's records are not all known */
	bool leaps;	    /* a native one's last time is as late as can be said */
	bool hasty;	    /* a native one doesn't wait for the answer */
	bool floods_pings;  /* a native one, which doesn't read the answers */
	int64_t comes_us;
	int64_t interval_us; /* between frames, about */
	int64_t jitter_us;
	uint32_t burst;		    /* frames at once, from time to time */
	uint32_t size, size_jitter; /* of pictures, bytes; with Content-Length all are alike */
	uint32_t frames;	    /* that it sends before it ends */
	bool in_frame;		    /* it leaves in the middle of one more */
	enum sim_leaving leaving;   /* STAYS: ends properly */
	enum sim_spoiling spoiling; /* instead */
	uint64_t max_frame;	    /* the relay's */
	bool slow;		    /* its link may be too bad for the relay's time-outs */
	bool heeds;		    /* a native one pauses while nobody wants its frames */
	int64_t grid_us; /* of an agent that publishes equal pictures: so far apart; 0: none */

	/* what it is doing */
	enum { SIM_PUBLISHER_ASKS, SIM_PUBLISHER_SENDS, SIM_PUBLISHER_WAITS } state;
	struct sim_event act;
	char line[SIM_VIEWER_LINE];
	uint32_t n_line;
	uint64_t left;
	bool body, ending;
	int64_t last_pts_us, sent_us;
	uint64_t sequence;
	bool asked, paused; /* it was told of a demand; it has said that it pauses */
	uint64_t demand;

	/* what has come of it */
	bool connected, done, left_itself;
	int status; /* the final one */
	int error;
	int64_t ended_us;
	bool ended;    /* properly, by the relay */
	bool complete; /* the answer, or END, came whole */
	char reason[128];
	uint32_t whole;	   /* frames sent whole, which may be published */
	uint32_t *serials; /* their pictures */
	uint32_t serials_size;
	uint32_t stale; /* frames among them whose time didn't rise: not counted in whole */
};

void sim_publisher_start(struct sim *sim, struct sim_publisher *publisher);
void sim_publisher_finish(struct sim_publisher *publisher); /* frees what it noted */

#endif
