/* SPDX-License-Identifier: MIT */
/*
 * The floor on io_uring: one send a viewer is put into the ring, and all go to the kernel with one
 * system call. liburing is used directly, since this is what common/io_uring.c is measured against.
 */
#include "bench/floor.h"

#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <unistd.h>

/* Linux 6.2; younger than liburing 2.3 */
#ifndef IORING_SEND_ZC_REPORT_USAGE
#define IORING_SEND_ZC_REPORT_USAGE (1U << 3)
#define IORING_NOTIF_USAGE_ZC_COPIED (1U << 31)
#endif

enum { CQ_ENTRIES = 65536 };

/* What a completion is of, and which viewer's and frame's it is, in its user_data. */
enum kind { ACCEPT, SIGNAL, RECEIVE, SEND };

struct tag {
	uint16_t kind, frame;
	uint32_t viewer;
};

union tag_data {
	struct tag tag;
	uint64_t data;
};

struct loop {
	struct floor *floor;
	struct io_uring ring;
	const struct way *way;
	bool arena_registered;
	bool starved; /* no slot is free for what the publisher sends */
	bool stopping;
};

/* ---- how a frame goes out ---- */

struct way {
	unsigned op;	 /* that the kernel must have */
	bool registered; /* needs the arena to be a registered buffer */
	void (*prepare)(struct io_uring_sqe *sqe, int fd, const struct floor_frame *frame);
};

static void plain(struct io_uring_sqe *sqe, int fd, const struct floor_frame *frame)
{
	io_uring_prep_send(sqe, fd, frame->data, frame->len, MSG_NOSIGNAL | MSG_WAITALL);
}

static void nowait(struct io_uring_sqe *sqe, int fd, const struct floor_frame *frame)
{
	io_uring_prep_send(sqe, fd, frame->data, frame->len, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_EOR);
}

static void vectored(struct io_uring_sqe *sqe, int fd, const struct floor_frame *frame)
{
	io_uring_prep_sendmsg(sqe, fd, &frame->message, MSG_NOSIGNAL | MSG_WAITALL);
}

static void write_fixed(struct io_uring_sqe *sqe, int fd, const struct floor_frame *frame)
{
	io_uring_prep_write_fixed(sqe, fd, frame->data, frame->len, 0, 0);
}

static void zero_copy(struct io_uring_sqe *sqe, int fd, const struct floor_frame *frame)
{
	io_uring_prep_send_zc(sqe, fd, frame->data, frame->len, MSG_NOSIGNAL | MSG_WAITALL,
			      IORING_SEND_ZC_REPORT_USAGE);
}

static void zero_copy_fixed(struct io_uring_sqe *sqe, int fd, const struct floor_frame *frame)
{
	io_uring_prep_send_zc_fixed(sqe, fd, frame->data, frame->len, MSG_NOSIGNAL | MSG_WAITALL,
				    IORING_SEND_ZC_REPORT_USAGE, 0);
}

static const struct way ways[FLOOR_SENDS] = {
	[FLOOR_PLAIN] = {IORING_OP_SEND, false, plain},
	[FLOOR_NOWAIT] = {IORING_OP_SEND, false, nowait},
	[FLOOR_VECTORED] = {IORING_OP_SENDMSG, false, vectored},
	[FLOOR_WRITE_FIXED] = {IORING_OP_WRITE_FIXED, true, write_fixed},
	[FLOOR_ZERO_COPY] = {IORING_OP_SEND_ZC, false, zero_copy},
	[FLOOR_ZERO_COPY_FIXED] = {IORING_OP_SEND_ZC, true, zero_copy_fixed},
};

/* ---- starting ---- */

static struct io_uring_sqe *get_sqe(struct loop *loop)
{
	struct io_uring_sqe *sqe;

	while ((sqe = io_uring_get_sqe(&loop->ring)) == NULL) {
		io_uring_submit(&loop->ring);
		if (loop->floor->config->kernel_thread)
			io_uring_sqring_wait(&loop->ring);
	}
	return sqe;
}

/* After it was prepared. */
static void set_tag(struct io_uring_sqe *sqe, struct tag tag)
{
	io_uring_sqe_set_data64(sqe, (union tag_data){.tag = tag}.data);
}

static void start_accept(struct loop *loop)
{
	struct io_uring_sqe *sqe = get_sqe(loop);

	io_uring_prep_multishot_accept(sqe, loop->floor->listener, NULL, NULL, SOCK_CLOEXEC);
	set_tag(sqe, (struct tag){.kind = ACCEPT});
}

static void start_receive(struct loop *loop)
{
	size_t len;
	uint8_t *to = floor_target(loop->floor, &len);

	loop->starved = to == NULL;
	if (loop->starved)
		return;
	struct io_uring_sqe *sqe = get_sqe(loop);
	io_uring_prep_recv(sqe, loop->floor->publisher, to, len, MSG_WAITALL);
	set_tag(sqe, (struct tag){.kind = RECEIVE});
}

/* A slot of the registered files has its viewer's number. */
static void start_send(struct loop *loop, uint32_t index)
{
	struct floor *floor = loop->floor;
	struct floor_viewer *viewer = &floor->viewers[index];
	const struct floor_frame *frame = viewer->frame;
	bool fixed = floor->config->fixed_files;
	int fd = fixed ? (int)index : viewer->fd;
	struct io_uring_sqe *sqe = get_sqe(loop);

	if (viewer->sent == 0)
		loop->way->prepare(sqe, fd, frame);
	else
		io_uring_prep_send(sqe, fd, frame->data + viewer->sent, frame->len - viewer->sent,
				   MSG_NOSIGNAL | MSG_WAITALL);
	if (fixed)
		sqe->flags |= IOSQE_FIXED_FILE;
	set_tag(sqe, (struct tag){SEND, (uint16_t)(frame - floor->frames), index});
}

static void send_to_all(struct loop *loop, struct floor_frame *frame)
{
	struct floor *floor = loop->floor;

	for (size_t i = 0; i < floor->n_viewers; i++) {
		struct floor_viewer *viewer = &floor->viewers[floor->order[i]];

		if (!floor_viewer_begin(floor, viewer, frame))
			continue;
		start_send(loop, floor->order[i]);
	}
}

/* ---- what has ended ---- */

static int accepted(struct loop *loop, const struct tag *tag, const struct io_uring_cqe *cqe)
{
	struct floor *floor = loop->floor;
	int peer = cqe->res >= 0 ? floor_welcome(floor, cqe->res) : cqe->res;

	(void)tag;
	if (peer == FLOOR_PUBLISHER)
		start_receive(loop);
	if (peer == FLOOR_VIEWER && floor->config->fixed_files) {
		uint32_t index = (uint32_t)floor->n_viewers - 1;
		int done = io_uring_register_files_update(&loop->ring, index,
							  &floor->viewers[index].fd, 1);

		if (done < 0)
			return done;
	}
	if ((cqe->flags & IORING_CQE_F_MORE) == 0)
		start_accept(loop);
	return 0;
}

static int signalled(struct loop *loop, const struct tag *tag, const struct io_uring_cqe *cqe)
{
	(void)tag;
	(void)cqe;
	loop->stopping = true;
	return 0;
}

/* The arena is there once the first frame's head is. */
static int register_arena(struct loop *loop)
{
	const struct floor *floor = loop->floor;

	if (!loop->way->registered || loop->arena_registered || floor->arena == NULL)
		return 0;
	loop->arena_registered = true;
	return io_uring_register_buffers(&loop->ring,
					 &(struct iovec){floor->arena, floor->arena_size}, 1);
}

static int received(struct loop *loop, const struct tag *tag, const struct io_uring_cqe *cqe)
{
	struct floor_frame *frame;

	(void)tag;
	if (cqe->res <= 0) {
		floor_publisher_gone(loop->floor);
		return 0;
	}
	int error = floor_received(loop->floor, (size_t)cqe->res, &frame);
	if (error == 0)
		error = register_arena(loop);
	if (error < 0)
		return error;
	if (frame != NULL) {
		send_to_all(loop, frame);
		frame->users--;
	}
	start_receive(loop);
	return 0;
}

static void lose(struct loop *loop, uint32_t index)
{
	struct floor_viewer *viewer = &loop->floor->viewers[index];
	int none = -1;

	if (loop->floor->config->fixed_files)
		io_uring_register_files_update(&loop->ring, index, &none, 1);
	close(viewer->fd);
	viewer->fd = -1;
}

/* Sends without a copy end twice: with a result, and when the kernel needs the memory no more. */
static int buffer_free(struct loop *loop, const struct tag *tag, const struct io_uring_cqe *cqe)
{
	loop->floor->frames[tag->frame].users--;
	loop->floor->n_zero_copy++;
	loop->floor->n_copied += ((uint32_t)cqe->res & IORING_NOTIF_USAGE_ZC_COPIED) != 0;
	return 0;
}

static int sent(struct loop *loop, const struct tag *tag, const struct io_uring_cqe *cqe)
{
	struct floor *floor = loop->floor;
	struct floor_viewer *viewer = &floor->viewers[tag->viewer];

	if ((cqe->flags & IORING_CQE_F_NOTIF) != 0)
		return buffer_free(loop, tag, cqe);
	if ((cqe->flags & IORING_CQE_F_MORE) != 0)
		viewer->frame->users++;
	if (cqe->res > 0)
		viewer->sent += (uint32_t)cqe->res;
	if (viewer->sent > 0 && viewer->sent < viewer->frame->len && cqe->res > 0) {
		start_send(loop, tag->viewer);
		return 0;
	}
	floor->n_sent += viewer->sent == viewer->frame->len;
	floor->n_missed += cqe->res == -EAGAIN;
	floor_viewer_done(viewer);
	if (cqe->res < 0 && cqe->res != -EAGAIN)
		lose(loop, tag->viewer);
	return 0;
}

static int (*const ends[])(struct loop *, const struct tag *, const struct io_uring_cqe *) = {
	[ACCEPT] = accepted,
	[SIGNAL] = signalled,
	[RECEIVE] = received,
	[SEND] = sent,
};

static int turn(struct loop *loop)
{
	struct io_uring_cqe *next;
	int error = loop->floor->config->spin ? io_uring_submit_and_get_events(&loop->ring)
					      : io_uring_submit_and_wait(&loop->ring, 1);

	if (error == -EINTR)
		return 0;
	while (error >= 0 && !loop->stopping && io_uring_peek_cqe(&loop->ring, &next) == 0) {
		struct io_uring_cqe cqe = *next;
		union tag_data of = {.data = cqe.user_data};

		io_uring_cqe_seen(&loop->ring, next);
		error = ends[of.tag.kind](loop, &of.tag, &cqe);
	}
	if (error >= 0 && loop->starved)
		start_receive(loop);
	return error;
}

/* ---- making ---- */

static bool has_op(struct loop *loop, unsigned op)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(&loop->ring);
	bool has = probe != NULL && io_uring_opcode_supported(probe, (int)op);

	io_uring_free_probe(probe);
	return has;
}

static int make_ring(struct loop *loop)
{
	const struct floor_config *config = loop->floor->config;
	struct io_uring_params params = {
		.flags = IORING_SETUP_CQSIZE | IORING_SETUP_SINGLE_ISSUER,
		.cq_entries = CQ_ENTRIES,
	};

	if (config->kernel_thread) {
		params.flags |= IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF;
		params.sq_thread_cpu = (uint32_t)sched_getcpu();
	} else {
		params.flags |= IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL;
	}
	return io_uring_queue_init_params((unsigned)config->ring_entries, &loop->ring, &params);
}

static int prepare(struct loop *loop)
{
	struct io_uring_sqe *sqe;

	if (!has_op(loop, loop->way->op))
		return -ENOTSUP;
	if (loop->floor->config->fixed_files) {
		int error = io_uring_register_files_sparse(&loop->ring,
							   (unsigned)loop->floor->max_viewers);

		if (error < 0)
			return error;
	}
	sqe = get_sqe(loop);
	io_uring_prep_poll_add(sqe, loop->floor->signals, POLLIN);
	set_tag(sqe, (struct tag){.kind = SIGNAL});
	start_accept(loop);
	return 0;
}

static int run(struct floor *floor)
{
	struct loop loop = {.floor = floor, .way = &ways[floor->config->send]};

	if (loop.way->prepare == NULL)
		return -ENOTSUP;
	int error = make_ring(&loop);
	if (error < 0)
		return error;
	error = prepare(&loop);
	while (error >= 0 && !loop.stopping)
		error = turn(&loop);
	io_uring_queue_exit(&loop.ring);
	return error < 0 ? error : 0;
}

const struct floor_loop floor_uring = {"uring", "io_uring", run};
