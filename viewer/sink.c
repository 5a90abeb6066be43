/* SPDX-License-Identifier: MIT */
#include "viewer/sink.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "common/list.h"

void sink_open_file(struct sink *sink, struct io *io, int fd)
{
	sink->io = io;
	sink->cancelled = false;
	sink->fd = fd;
	sink->borrowed = true;
	sink->old_flags = -1;
	/* A file of a disk doesn't know the flag; a FIFO does. */
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* O_NONBLOCK belongs to the open file, which the shell and our standard error may share. So a pipe
 * or a terminal is opened anew where the system lets us; else the flag is put back at the end. */
int sink_open_stdout(struct sink *sink, struct io *io)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);
	off_t at = lseek(STDOUT_FILENO, 0, SEEK_CUR);
	int fd = -1;

	if (flags < 0)
		return -errno;
	sink->io = io;
	sink->cancelled = false;
	sink->old_flags = -1;
	if (at < 0 && errno == ESPIPE)
		fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	sink->borrowed = fd < 0;
	sink->fd = sink->borrowed ? STDOUT_FILENO : fd;
	if (sink->borrowed && !(flags & O_NONBLOCK)) {
		sink->old_flags = flags;
		fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK);
	}
	return 0;
}

static void sink_ready(struct io_op *op, int result);

/* 0: all written, 1: the rest waits, -errno. */
static int sink_go_on(struct sink *sink)
{
	while (sink->len > 0) {
		ssize_t n = write(sink->fd, sink->data, sink->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			io_poll(sink->io, &sink->ready, sink->fd, POLLOUT, sink_ready);
			return 1;
		}
		if (n < 0)
			return -errno;
		sink->data += n;
		sink->len -= (size_t)n;
	}
	return 0;
}

static void sink_ready(struct io_op *op, int result)
{
	struct sink *sink = list_item(op, struct sink, ready);

	/* It may have become ready just when it was cancelled. */
	if (sink->cancelled)
		result = -ECANCELED;
	if (result >= 0)
		result = sink_go_on(sink); /* POLLERR and POLLHUP: write() says what it means */
	if (result <= 0)
		sink->done(sink, result);
}

int sink_write(struct sink *sink, const void *data, size_t len)
{
	assert(!sink_busy(sink));
	if (sink->cancelled)
		return -ECANCELED;
	sink->data = data;
	sink->len = len;
	return sink_go_on(sink);
}

bool sink_busy(const struct sink *sink)
{
	return io_busy(&sink->ready);
}

void sink_cancel(struct sink *sink)
{
	sink->cancelled = true;
	io_cancel(sink->io, &sink->ready);
}

void sink_close(struct sink *sink)
{
	assert(!sink_busy(sink));
	if (sink->old_flags >= 0)
		fcntl(sink->fd, F_SETFL, sink->old_flags);
	if (!sink->borrowed)
		io_close(sink->io, sink->fd);
}
