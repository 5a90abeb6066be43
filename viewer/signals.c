/* SPDX-License-Identifier: MIT */
#include "viewer/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "common/list.h"

static const int endings[] = {SIGINT, SIGTERM, SIGHUP, 0};

/* For the handler: a byte for each signal goes through this pipe. */
static int signals_pipe = -1;
static sigset_t signals_taken;

static void signals_handle(int number)
{
	int kept_errno = errno;
	unsigned char byte = (unsigned char)number;

	if (write(signals_pipe, &byte, 1) < 0) {
		/* Full: somebody signals faster than we look. */
	}
	errno = kept_errno;
}

static void signals_wait(struct signals *signals);

static void signals_ready(struct io_op *op, int result)
{
	struct signals *signals = list_item(op, struct signals, ready);
	unsigned char numbers[16];
	ssize_t n;

	/* It may have become ready just when it was cancelled. */
	if (signals->cancelled || result < 0) {
		signals->caught(signals, 0);
		return;
	}
	n = read(signals->fd, numbers, sizeof(numbers));
	signals_wait(signals);
	for (ssize_t i = 0; i < n; i++)
		signals->caught(signals, numbers[i]);
}

static void signals_wait(struct signals *signals)
{
	io_poll(signals->io, &signals->ready, signals->fd, POLLIN, signals_ready);
}

static void signals_take(const int numbers[], int flags)
{
	for (size_t i = 0; numbers[i] != 0; i++) {
		struct sigaction action = {.sa_handler = signals_handle,
					   .sa_flags = SA_RESTART | flags};
		struct sigaction old;

		/* What was ignored at the start is not for us: nohup(1). */
		if (sigaction(numbers[i], NULL, &old) < 0 || old.sa_handler == SIG_IGN)
			continue;
		sigaction(numbers[i], &action, NULL);
		sigaddset(&signals_taken, numbers[i]);
	}
}

int signals_open(struct signals *signals, struct io *io, const int more[])
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	signals->io = io;
	signals->cancelled = false;
	signals->fd = fds[0];
	signals_pipe = fds[1];
	sigemptyset(&signals_taken);
	signals_take(endings, (int)SA_RESETHAND);
	signals_take(more, 0);
	signals_wait(signals);
	return 0;
}

void signals_cancel(struct signals *signals)
{
	signals->cancelled = true;
	io_cancel(signals->io, &signals->ready);
}

bool signals_busy(const struct signals *signals)
{
	return io_busy(&signals->ready);
}

void signals_close(struct signals *signals)
{
	for (int number = 1; number < NSIG; number++)
		if (sigismember(&signals_taken, number) == 1)
			signal(number, SIG_DFL);
	io_close(signals->io, signals->fd);
	close(signals_pipe);
	signals_pipe = -1;
}
