/* SPDX-License-Identifier: MIT */
/*
 * The floor: the least that a server of this kind can do, for the relay to be compared with. A bare
 * loop that sends each frame of one publisher to all viewers, and nothing around it: one thread, no
 * queue, no limits, no other protocol than spillway-wire(7), no care for who is slow.
 *
 *	- A viewer whose last frame isn't out yet misses the next one.
 *	- A frame once begun is finished.
 *	- Records go out as they came in: numbers and times are the publisher's.
 *
 * It trusts its peers, which are this program's own: heads are read with the loop standing still.
 *
 * struct floor is what both loops (floor_uring.c, floor_epoll.c) share. Frames lie in slots of one
 * arena, the head in front of the payload; a slot is free when nobody uses it.
 */
#ifndef SPILLWAY_BENCH_FLOOR_H
#define SPILLWAY_BENCH_FLOOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "common/wire.h"

enum {
	FLOOR_SLOTS = 256,
	FLOOR_MAX_VIEWERS = 65536,
	FLOOR_MAX_FRAME = 8 << 20, /* bytes, with its head */
	FLOOR_MAX_BATCH = 16,
};

/* How a frame goes out. A loop may not have all of them. */
enum floor_send {
	FLOOR_PLAIN,	       /* one piece of memory, the head in front of the payload */
	FLOOR_NOWAIT,	       /* the same with the relay's flags: MSG_DONTWAIT, MSG_EOR */
	FLOOR_VECTORED,	       /* two pieces: head, payload */
	FLOOR_MORE,	       /* two sends: head with MSG_MORE, payload */
	FLOOR_SENDFILE,	       /* from a memory file */
	FLOOR_WRITE_FIXED,     /* from a registered buffer */
	FLOOR_ZERO_COPY,       /* IORING_OP_SEND_ZC */
	FLOOR_ZERO_COPY_FIXED, /* the same from a registered buffer */
	FLOOR_SENDS,
};

struct floor_config {
	char *listen;
	int io, send, order;
	int64_t batch;	      /* so many frames leave in one send */
	int64_t ring_entries; /* of the submission queue */
	bool fixed_files;     /* sends name slots of registered files, not descriptors */
	bool kernel_thread;   /* submits: IORING_SETUP_SQPOLL, on the CPU where we are */
	bool spin;	      /* look for completions all the time, wait never */
	bool huge_pages;      /* for the arena */
};

struct floor_frame {
	uint8_t *data; /* its slot in the arena */
	uint32_t len, users;
	uint8_t head[WIRE_HEADER_SIZE]; /* once more, for who sends it apart */
	struct iovec pieces[2];
	struct msghdr message;
};

struct floor_viewer {
	int fd;			   /* -1: gone */
	uint32_t sent;		   /* bytes of frame */
	struct floor_frame *frame; /* on its way, a user of it; or NULL */
};

struct floor {
	const struct floor_config *config;
	int listener, signals; /* signals: of SIGTERM and SIGINT */
	int publisher;	       /* -1: none */
	uint8_t *arena;
	size_t slot_size, arena_size;
	int arena_fd; /* its memory file, where frames go out by sendfile(); else -1 */
	struct floor_frame frames[FLOOR_SLOTS];
	struct floor_frame *filling; /* what the publisher is sending */
	size_t n_filled,
		part_end; /* bytes of it that are there; and where a head or payload ends */
	bool in_payload;
	int64_t n_records; /* complete in it */
	struct floor_viewer *viewers;
	size_t n_viewers, max_viewers;
	uint32_t *order; /* of viewers, in which a frame goes out */

	/* What is said at the end. */
	uint64_t n_sent, n_missed;
	uint64_t n_zero_copy,
		n_copied; /* of sends without a copy: all; those that made one after all */
};

/* A row for each: what it is called, how it says so, and its life. -ENOTSUP from run(): this kernel
 * or this loop can't do what the configuration asks for. Else -errno, or 0 after SIGTERM. */
struct floor_loop {
	const char *name, *title;
	int (*run)(struct floor *floor);
};
extern const struct floor_loop floor_uring, floor_epoll;

/* config is borrowed. -errno. */
int floor_init(struct floor *floor, const struct floor_config *config);
void floor_finish(struct floor *floor);

/* Answers who has connected at fd, which it takes over. A viewer is the newest in viewers[]; the
 * publisher is floor->publisher. -errno: fd was closed. */
enum floor_peer { FLOOR_PUBLISHER, FLOOR_VIEWER };
int floor_welcome(struct floor *floor, int fd);

/* Where the publisher's next bytes go. NULL while all slots are in use. */
uint8_t *floor_target(struct floor *floor, size_t *ret_len);
/* So many came. *ret_frame is one that is complete now, with one user: the caller; or NULL.
 * -errno. */
int floor_received(struct floor *floor, size_t len, struct floor_frame **ret_frame);

/* It has gone; another may come. */
void floor_publisher_gone(struct floor *floor);

/* The frame is the viewer's now, which becomes a user of it. False: the viewer has gone, or misses
 * it. */
bool floor_viewer_begin(struct floor *floor, struct floor_viewer *viewer,
			struct floor_frame *frame);
/* The viewer has nothing on its way any more. */
void floor_viewer_done(struct floor_viewer *viewer);

extern const char *const floor_order_names[];

#endif
