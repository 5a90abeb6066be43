/* SPDX-License-Identifier: MIT */
/* The floor on epoll: one system call a viewer. */
#include "bench/floor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <unistd.h>

enum { EVENTS = 256, FIRST_VIEWER = 3 };

/* In an event's data: these, or FIRST_VIEWER + a viewer's number. */
enum { LISTENER, SIGNALS, PUBLISHER };

struct loop {
	struct floor *floor;
	int epoll;
	ssize_t (*send)(const struct floor *floor, int fd, const struct floor_frame *frame);
	bool stopping;
};

/* ---- how a frame goes out ---- */

static ssize_t plain(const struct floor *floor, int fd, const struct floor_frame *frame)
{
	(void)floor;
	return send(fd, frame->data, frame->len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static ssize_t nowait(const struct floor *floor, int fd, const struct floor_frame *frame)
{
	(void)floor;
	return send(fd, frame->data, frame->len, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_EOR);
}

static ssize_t vectored(const struct floor *floor, int fd, const struct floor_frame *frame)
{
	(void)floor;
	return sendmsg(fd, &frame->message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static ssize_t more(const struct floor *floor, int fd, const struct floor_frame *frame)
{
	ssize_t head =
		send(fd, frame->head, WIRE_HEADER_SIZE, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_MORE);

	(void)floor;
	if (head < WIRE_HEADER_SIZE)
		return head;
	ssize_t payload = send(fd, frame->pieces[1].iov_base, frame->pieces[1].iov_len,
			       MSG_NOSIGNAL | MSG_DONTWAIT);
	return head + (payload > 0 ? payload : 0);
}

static ssize_t from_file(const struct floor *floor, int fd, const struct floor_frame *frame)
{
	off_t at = frame->data - floor->arena;

	return sendfile(fd, floor->arena_fd, &at, frame->len);
}

static ssize_t (*const ways[FLOOR_SENDS])(const struct floor *floor, int fd,
					  const struct floor_frame *frame) = {
	[FLOOR_PLAIN] = plain, [FLOOR_NOWAIT] = nowait,	     [FLOOR_VECTORED] = vectored,
	[FLOOR_MORE] = more,   [FLOOR_SENDFILE] = from_file,
};

/* ---- viewers ---- */

static void lose(struct floor_viewer *viewer)
{
	if (viewer->frame != NULL)
		floor_viewer_done(viewer);
	close(viewer->fd);
	viewer->fd = -1;
}

/* What is left of its frame is sent when the socket says that it has room. */
static void sent(struct floor *floor, struct floor_viewer *viewer, ssize_t n)
{
	if (n < 0 && errno != EAGAIN) {
		lose(viewer);
		return;
	}
	viewer->sent += n > 0 ? (uint32_t)n : 0;
	if (viewer->sent > 0 && viewer->sent < viewer->frame->len)
		return;
	floor->n_sent += viewer->sent > 0;
	floor->n_missed += viewer->sent == 0;
	floor_viewer_done(viewer);
}

static void socket_ready(struct floor *floor, struct floor_viewer *viewer)
{
	if (viewer->fd < 0 || viewer->frame == NULL)
		return;
	sent(floor, viewer,
	     send(viewer->fd, viewer->frame->data + viewer->sent, viewer->frame->len - viewer->sent,
		  MSG_NOSIGNAL | MSG_DONTWAIT));
}

static void send_to_all(struct loop *loop, struct floor_frame *frame)
{
	struct floor *floor = loop->floor;

	for (size_t i = 0; i < floor->n_viewers; i++) {
		struct floor_viewer *viewer = &floor->viewers[floor->order[i]];

		if (!floor_viewer_begin(floor, viewer, frame))
			continue;
		sent(floor, viewer, loop->send(floor, viewer->fd, frame));
	}
}

/* ---- what has happened ---- */

static int watch(struct loop *loop, int fd, uint32_t events, uint32_t what)
{
	struct epoll_event event = {.events = events, .data.u32 = what};

	return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* Viewers are watched once and for all; their edges come when they had been full. */
static int accept_one(struct loop *loop)
{
	struct floor *floor = loop->floor;
	int fd = accept4(floor->listener, NULL, NULL, SOCK_CLOEXEC);
	int peer = fd >= 0 ? floor_welcome(floor, fd) : -errno;

	if (peer == FLOOR_PUBLISHER)
		return watch(loop, fd, EPOLLIN, PUBLISHER);
	if (peer != FLOOR_VIEWER)
		return 0;
	fcntl(fd, F_SETFL, O_NONBLOCK); /* sendfile() has no flag for it */
	return watch(loop, fd, EPOLLOUT | EPOLLET, (uint32_t)(FIRST_VIEWER + floor->n_viewers - 1));
}

static int receive(struct loop *loop)
{
	struct floor *floor = loop->floor;
	struct floor_frame *frame = NULL;
	int error = 0;

	while (error == 0 && frame == NULL) {
		size_t len;
		uint8_t *to = floor_target(floor, &len);

		if (to == NULL)
			return 0;
		ssize_t n = recv(floor->publisher, to, len, MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0) {
			floor_publisher_gone(floor);
			return 0;
		}
		error = floor_received(floor, (size_t)n, &frame);
	}
	if (frame != NULL) {
		send_to_all(loop, frame);
		frame->users--;
	}
	return error;
}

static int happened(struct loop *loop, uint32_t what)
{
	if (what == LISTENER)
		return accept_one(loop);
	if (what == PUBLISHER)
		return receive(loop);
	if (what == SIGNALS)
		loop->stopping = true;
	else
		socket_ready(loop->floor, &loop->floor->viewers[what - FIRST_VIEWER]);
	return 0;
}

static int run(struct floor *floor)
{
	struct loop loop = {.floor = floor, .send = ways[floor->config->send]};
	struct epoll_event events[EVENTS];

	if (loop.send == NULL)
		return -ENOTSUP;
	loop.epoll = epoll_create1(EPOLL_CLOEXEC);
	int error = loop.epoll < 0 ? -errno : watch(&loop, floor->listener, EPOLLIN, LISTENER);
	if (error == 0)
		error = watch(&loop, floor->signals, EPOLLIN, SIGNALS);
	while (error == 0 && !loop.stopping) {
		int n = epoll_wait(loop.epoll, events, EVENTS, floor->config->spin ? 0 : -1);

		for (int i = 0; i < n && error == 0; i++)
			error = happened(&loop, events[i].data.u32);
	}
	close(loop.epoll);
	return error;
}

const struct floor_loop floor_epoll = {"epoll", "epoll", run};
