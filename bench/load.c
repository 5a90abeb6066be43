/* SPDX-License-Identifier: MIT */
#include "bench/load.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "bench/clock.h"
#include "bench/lockstep.h"
#include "bench/opener.h"

enum {
	/* Loopback's segments are as long as a small buffer; a network's aren't. */
	ETHERNET_SEGMENT = 1448,
	SCRATCH_SIZE = 256 * 1024,
	GLANCE_SIZE = 512,   /* holds what is between two frames' blind parts */
	MAX_EVENTS = 512,    /* of one look at the set */
	MAX_RECEIVES = 8,    /* of a viewer, before it is the next one's turn */
	SLOW_SLOTS = 4,	     /* so slow viewers don't all read at once … */
	SLOW_TICK_US = 5000, /* … and each does every 20 ms */
	SLOW_MIN_BUFFER = 4096,
	SLOW_MAX_BUFFER = 65536,
};

struct viewer {
	int fd;
	enum plan_health health;
	bool thorough;	 /* looks at all bytes */
	int64_t read_us; /* a slow one's last turn */
	struct reader reader;
	struct inspector inspector;
};

struct opening {
	struct opener opener;
	char request[READER_REQUEST_SIZE];
	struct viewer *viewer;
};

struct load {
	struct load_config config;
	struct board_load *board;
	struct io *io;
	struct viewer *viewers;
	size_t n_viewers, n_begun;
	size_t glance; /* bytes to receive where one that isn't thorough looks at them */
	int set;       /* of epoll(7), with all viewers that wait for something */
	struct io_op set_poll, tick;
	struct viewer **slow; /* those that are open */
	size_t n_slow;
	unsigned slot;
	struct lockstep lockstep;
	uint64_t n_received; /* board->received, which only this process changes */
	struct opening openings[LOAD_BURST];
	char scratch[SCRATCH_SIZE];
};

static struct load load; /* a process has one */

/* ---- watching ---- */

static void lose(struct viewer *viewer)
{
	io_close(load.io, viewer->fd); /* the set forgets it */
	viewer->fd = -1;
	atomic_fetch_add(&load.board->lost[viewer->health], 1);
}

/* What came before the window doesn't count, since not all viewers were there. */
static void begin_lockstep(uint64_t first)
{
	const struct plan *plan = &load.config.plan;
	size_t viewer = plan_first(plan, load.config.process);

	lockstep_init(&load.lockstep, first,
		      plan_count(plan, PLAN_HEALTHY, viewer, viewer + load.n_viewers));
	atomic_store(&load.board->complete, first);
	board_wake(load.config.board);
}

static void note_passed(const struct window *window, uint64_t from, uint64_t to)
{
	if (window->first == UINT64_MAX)
		return;
	if (load.lockstep.n_viewers == 0)
		begin_lockstep(window->first);
	if (lockstep_pass(&load.lockstep, from, to)) {
		atomic_store(&load.board->complete, load.lockstep.complete);
		board_wake(load.config.board);
	}
}

static void frame_received(struct viewer *viewer, const struct window *window, int64_t now_us)
{
	uint64_t before = viewer->inspector.next;
	bool done = inspector_end(&viewer->inspector, window, now_us,
				  &load.board->tallies[viewer->health]);

	if (viewer->inspector.next <= window->end)
		load.n_received++;
	atomic_store_explicit(&load.board->received, load.n_received, memory_order_relaxed);
	if (done && viewer->health != PLAN_STALLED)
		atomic_fetch_add(&load.board->done, 1);
	if (load.config.lockstep && viewer->health == PLAN_HEALTHY)
		note_passed(window, before, viewer->inspector.next);
}

/* -EPIPE: the conversation is over; -EBADMSG: it makes no sense. */
static int take(struct viewer *viewer, struct slice input)
{
	struct window window = board_window(load.config.board);
	int64_t now_us = clock_us(CLOCK_REALTIME);
	enum reader_event event;
	struct slice data;

	while ((event = reader_next(&viewer->reader, &input, &data)) < READER_END) {
		if (event == READER_MORE)
			return 0;
		if (event == READER_BEGIN)
			inspector_begin(&viewer->inspector, viewer->reader.capture_us);
		else if (event == READER_DATA)
			inspector_data(&viewer->inspector, data.data, data.len);
		else
			frame_received(viewer, &window, now_us);
	}
	return event == READER_END ? -EPIPE : -EBADMSG;
}

/* How much of what comes next may be thrown away. */
static size_t blind(struct viewer *viewer)
{
	size_t payload = reader_blind(&viewer->reader);
	size_t unseen = payload > 0 ? inspector_blind(&viewer->inspector) : 0;

	return unseen < payload ? unseen : payload;
}

/* Receives up to `most` bytes. Returns whether there may be more; a viewer that has gone is
 * lost. */
static bool receive(struct viewer *viewer, size_t most)
{
	size_t unseen = viewer->thorough ? 0 : blind(viewer);
	size_t len = unseen > 0 ? unseen : viewer->thorough ? SCRATCH_SIZE : load.glance;
	ssize_t n;
	int error = 0;

	if (len > most)
		len = most;
	/* MSG_TRUNC: tcp(7) throws the bytes away instead of copying them */
	n = recv(viewer->fd, unseen > 0 ? NULL : load.scratch, len,
		 MSG_DONTWAIT | (unseen > 0 ? MSG_TRUNC : 0));
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0) {
		error = -EPIPE;
	} else if (unseen > 0) {
		reader_skip(&viewer->reader, (size_t)n);
		inspector_skip(&viewer->inspector, (size_t)n);
	} else {
		error = take(viewer, (struct slice){load.scratch, (size_t)n});
		load.board->tallies[viewer->health].torn += error == -EBADMSG;
	}
	if (error < 0)
		lose(viewer);
	return error == 0 && (size_t)n == len;
}

static bool is_warming_up(void)
{
	return board_window(load.config.board).first != UINT64_MAX;
}

static void ready(struct viewer *viewer, uint32_t events)
{
	struct epoll_event gone = {EPOLLRDHUP, {.ptr = viewer}};

	if (viewer->health == PLAN_STALLED && is_warming_up()) {
		if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
			lose(viewer);
		else /* reads no more */
			epoll_ctl(load.set, EPOLL_CTL_MOD, viewer->fd, &gone);
		return;
	}
	for (int i = 0; i < MAX_RECEIVES && receive(viewer, SCRATCH_SIZE); i++)
		;
}

static void set_ready(struct io_op *op, int result)
{
	struct epoll_event events[MAX_EVENTS];
	int n = result < 0 ? 0 : epoll_wait(load.set, events, MAX_EVENTS, 0);

	for (int i = 0; i < n; i++)
		ready(events[i].data.ptr, events[i].events);
	io_poll(load.io, op, load.set, POLLIN, set_ready);
}

/* ---- slow viewers ---- */

/* As a link of that rate would bring it: what wasn't used is lost. */
static void read_slowly(struct viewer *viewer, int64_t now_us)
{
	int64_t rate = (int64_t)load.config.frame_bytes * load.config.fps / 2;
	int64_t budget = rate * (now_us - viewer->read_us) / 1000000;

	if (budget <= 0) /* receiving nothing would look like the end */
		return;
	viewer->read_us = now_us;
	receive(viewer, (size_t)budget);
}

static void ticked(struct io_op *op, int result)
{
	int64_t now_us = io_now_us(load.io);

	(void)result;
	for (size_t i = load.slot; i < load.n_slow; i += SLOW_SLOTS)
		if (load.slow[i]->fd >= 0)
			read_slowly(load.slow[i], now_us);
	load.slot = (load.slot + 1) % SLOW_SLOTS;
	io_timer(load.io, op, now_us + SLOW_TICK_US, ticked);
}

/* About one frame. */
static int slow_buffer(void)
{
	size_t bytes = load.config.frame_bytes;

	return (int)(bytes < SLOW_MIN_BUFFER   ? SLOW_MIN_BUFFER
		     : bytes > SLOW_MAX_BUFFER ? SLOW_MAX_BUFFER
					       : bytes);
}

/* ---- opening ---- */

static void fail(int error)
{
	atomic_store(&load.board->error, error);
	atomic_fetch_add(&load.board->failed, 1);
}

static void opened(struct opener *opener, int error);

static int open_one(struct opening *opening, size_t number)
{
	const struct reader_transport *transport = load.config.transport;
	bool slow = opening->viewer->health == PLAN_SLOW;
	char name[PLAN_NAME_SIZE];

	plan_name(plan_stream(&load.config.plan, number), name);
	return opener_start(
		&opening->opener, load.io,
		&(struct opener_target){
			.server = load.config.server,
			.source = plan_source(number),
			.request = {opening->request, transport->request(opening->request, name)},
			.status = transport->status,
			.receive_buffer = slow ? slow_buffer() : 0,
			.segment = slow ? ETHERNET_SEGMENT : load.config.segment,
		},
		opened);
}

/* Begins the next one that can be begun. */
static void open_next(struct opening *opening)
{
	size_t first = plan_first(&load.config.plan, load.config.process);
	int error = -1;

	while (error < 0 && load.n_begun < load.n_viewers) {
		opening->viewer = &load.viewers[load.n_begun];
		error = open_one(opening, first + load.n_begun++);
		if (error < 0)
			fail(error);
	}
}

static int watch(struct viewer *viewer)
{
	struct epoll_event event = {EPOLLIN | EPOLLRDHUP, {.ptr = viewer}};

	if (viewer->health == PLAN_SLOW) {
		viewer->read_us = io_now_us(load.io);
		load.slow[load.n_slow++] = viewer;
		if (load.n_slow == 1)
			io_timer(load.io, &load.tick, viewer->read_us + SLOW_TICK_US, ticked);
		return 0;
	}
	return epoll_ctl(load.set, EPOLL_CTL_ADD, viewer->fd, &event) < 0 ? -errno : 0;
}

static void opened(struct opener *opener, int error)
{
	struct opening *opening =
		(struct opening *)(void *)((char *)opener - offsetof(struct opening, opener));
	struct viewer *viewer = opening->viewer;

	if (error == 0) {
		viewer->fd = opener->fd;
		error = reader_init(&viewer->reader, load.config.transport, &opener->response);
		if (error == 0)
			error = take(viewer, opener->early);
		if (error == 0)
			error = watch(viewer);
		if (error < 0)
			io_close(load.io, viewer->fd);
	}
	if (error < 0)
		fail(error);
	else
		atomic_fetch_add(&load.board->opened, 1);
	open_next(opening);
}

/* ---- the process ---- */

static int make_viewers(void)
{
	const struct plan *plan = &load.config.plan;
	size_t first = plan_first(plan, load.config.process);

	load.n_viewers = plan_first(plan, load.config.process + 1) - first;
	load.viewers = calloc(load.n_viewers, sizeof(*load.viewers));
	load.slow = calloc(load.n_viewers, sizeof(*load.slow));
	if (load.viewers == NULL || load.slow == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < load.n_viewers; i++) {
		struct viewer *viewer = &load.viewers[i];
		bool summing = (first + i) % LOAD_SUM_ONE_IN == 0;

		viewer->health = plan_health(plan, first + i);
		viewer->thorough = summing || viewer->health == PLAN_SLOW;
		inspector_init(&viewer->inspector, load.config.frame_bytes, summing);
	}
	return 0;
}

int load_run(void *context)
{
	const char *why;
	int error;

	load.config = *(const struct load_config *)context;
	load.board = &load.config.board->loads[load.config.process];
	load.glance =
		load.config.frame_bytes > LOAD_BLIND_BYTES && load.config.transport->blind != NULL
			? GLANCE_SIZE
			: SCRATCH_SIZE;
	load.set = epoll_create1(EPOLL_CLOEXEC);
	error = load.set < 0 ? -errno : make_viewers();
	if (error == 0)
		error = io_create(&load.io, IO_BACKEND_AUTO, &why);
	if (error == 0) {
		io_poll(load.io, &load.set_poll, load.set, POLLIN, set_ready);
		for (size_t i = 0; i < load.config.burst; i++)
			open_next(&load.openings[i]);
		error = io_run(load.io);
	}
	fail(error);
	return 1;
}
