/* SPDX-License-Identifier: MIT */
/*
 * One run: a publisher and many viewers on a server, and what it costs.
 *
 *	1. The publisher begins, and goes on at its rate until the end.
 *	2. The server's memory is looked at; then the viewers come, in bursts.
 *	3. When all are there, the warm-up passes; the stalled ones read no more.
 *	4. The window: so many frames as the time holds. What follows counts these alone.
 *	5. When all viewers have got what they get of them, all is ended.
 *
 * With a saturation of N > 0 the publisher from 3 on goes as fast as the healthy
 * viewers get its frames, N of them on the way; 4 is the time alone, and 5 doesn't wait.
 */
#ifndef SPILLWAY_BENCH_SCENARIO_H
#define SPILLWAY_BENCH_SCENARIO_H

#include "bench/reader.h"
#include "bench/result.h"
#include "bench/server.h"

enum { SCENARIO_WHY_SIZE = 256, SCENARIO_MAX_SATURATION = 64 };

struct scenario {
	const struct reader_transport *transport;
	size_t viewers, streams, frame_bytes;
	unsigned stalled_percent, slow_percent; /* of the viewers */
	int64_t fps, seconds, warmup_s;
	uint64_t saturation;	  /* frames on their way; 0: at the rate */
	int segment;		  /* of viewers; see opener.h */
	bool joining;		  /* newcomers come in the window */
	int server_cpu, load_cpu; /* or PROCESS_ANY_CPU; the server is there already */
};

/* Blocks SIGINT and SIGTERM, so that a run can be ended well. To be called first. */
void scenario_block_signals(void);
/* Runs it on a server, which stays the caller's. ret_result has all but `program` and `workers`;
 * result_finish() it in any case. -errno, and ret_why says what went wrong; -EINTR: somebody
 * pressed Ctrl-C. */
int scenario_run(const struct scenario *scenario, const struct server *server,
		 struct result *ret_result, char ret_why[SCENARIO_WHY_SIZE]);

#endif
