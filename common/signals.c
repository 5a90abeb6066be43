/* SPDX-License-Identifier: MIT */
#include "common/signals.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/list.h"

static void signalled(struct io_op *op, int result)
{
	struct signals *signals = list_item(op, struct signals, op);
	struct signalfd_siginfo info;

	if (result < 0)
		return;
	if (read(signals->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			signals->reload(signals->context);
		else
			signals->end(signals->context);
	}
	io_poll(signals->io, op, signals->fd, POLLIN, signalled);
}

int signals_init(struct signals *signals, struct io *io)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (signals->reload != NULL)
		sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals->io = io;
	signals->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (signals->fd < 0)
		return -errno;
	io_poll(io, &signals->op, signals->fd, POLLIN, signalled);
	return 0;
}

void signals_finish(struct signals *signals)
{
	close(signals->fd);
}
