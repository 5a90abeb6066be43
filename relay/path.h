/* SPDX-License-Identifier: MIT */
/*
 * How much may be on its way to a viewer, and how long that takes. Pure.
 *
 * What the kernel has taken can't be dropped any more, and what stands in a queue of the network
 * can't either: both make the frames behind them old. Without any queue a path holds its rate times
 * its least round trip. What is on its way beyond that waits somewhere; so the next frame is chosen
 * when it has gone, and the path is never empty meanwhile.
 *
 * Where the round trip is as short as ever, nothing stands in a queue, however much is on its way:
 * the rate is then that of the stream, which the path could exceed.
 *
 * BBR closes its window for 200 ms every 10 s, to see how short the round trip can be. A frame that
 * is begun then is old before it leaves; so none is, for a while.
 */
#ifndef SPILLWAY_PATH_H
#define SPILLWAY_PATH_H

#include "common/io.h"

enum {
	PATH_SLACK = 3000, /* bytes: two segments, whose acknowledgement may be delayed */
	/* A round trip that is longer by so much, or by a quarter, goes through a queue. */
	PATH_QUEUED_US = 5000,
	PATH_SHORTEST_US = 1000, /* between two questions, at first */
	PATH_LONGEST_US = 100000,
	PATH_DOUBTED_US = 10000, /* at the most, by the rate of a first flight */
	PATH_HELD_ASKED = 10,	 /* so often a closed window is waited for: 427 ms at the most */
	PATH_BRIEF_US = 4000,	 /* who waits no longer hasn't been blocked */
	PATH_FIRST_BYTES = 64 * 1024, /* no first flight is longer */
	/* Nearer than this nobody is paced: what overflows there is soon sent once more, and the
	 * rate of a viewer that reads slowly says what it read, and not what the path carries. */
	PATH_PACE_RTT_US = 20000,
	/* Of the rate: faster than the path, so that it stays busy and a better one is found. */
	PATH_PACE_PERCENT = 125,
	PATH_PACE_FRAME_US = 200000, /* a frame takes no longer by pacing alone */
};

/* In how many microseconds to ask again, as what waits will have gone at the present rate; 0: a
 * frame may be chosen now. `asked` is how often this was asked in vain, one after another.
 * sent_bytes is all that the socket has taken of frames: the rate of a connection's first flight
 * says little of the path. */
int64_t path_wait_us(const struct io_link *link, unsigned asked, uint64_t sent_bytes);

/* How long bytes are on their way where there is no queue: half of the least round trip. */
int64_t path_way_us(const struct io_link *link);

/*
 * How old a frame that is given to the socket now will be when it arrives, about; so long has it
 * waited already. Beside half a round trip without a queue, what is queued before it has to go, at
 * the rate that TCP measured.
 */
int64_t path_age_us(const struct io_link *link, int64_t waited_us);

/* For who had to wait: with how many bytes a second a frame should leave, INT32_MAX at most. A
 * frame is a burst to the network, and where a queue there has no room for it, what overflows is
 * sent once more: the frame is a round trip late. By the rate of a first flight nobody is paced: he
 * wouldn't be sent enough to find a better one. 0: not known. */
int32_t path_pace(const struct io_link *link, uint32_t frame_bytes, uint64_t sent_bytes);

#endif
