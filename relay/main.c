/* SPDX-License-Identifier: MIT */
/* spillway-relay: takes one publisher per stream, and fans its frames out to all viewers. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/log.h"
#include "relay/config.h"
#include "relay/control.h"
#include "relay/listener.h"
#include "relay/worker.h"

struct relay {
	struct relay_config config;
	struct worker worker;
	struct io_op signals;
	int signal_fd;
	struct io *io;
};

/* A viewer is a descriptor. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void signalled(struct io_op *op, int result)
{
	struct relay *relay =
		(struct relay *)(void *)((char *)op - offsetof(struct relay, signals));
	struct signalfd_siginfo info;

	if (result < 0)
		return;
	if (read(relay->signal_fd, &info, sizeof(info)) == sizeof(info))
		worker_drain(&relay->worker, "the relay is shutting down");
	io_poll(relay->io, op, relay->signal_fd, POLLIN, signalled);
}

/* Signals are input like any other, so that nothing happens behind the loop's back. */
static int watch_signals(struct relay *relay)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	relay->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (relay->signal_fd < 0)
		return -errno;
	io_poll(relay->io, &relay->signals, relay->signal_fd, POLLIN, signalled);
	return 0;
}

static int open_io(struct relay *relay)
{
	const char *why;
	int error = io_create(&relay->io, (enum io_backend)relay->config.io, &why);

	if (error < 0)
		log_error("no input and output: %s; try --io epoll", strerror(-error));
	else if (*why != '\0')
		log_info("using epoll instead of io_uring: %s", why);
	return error;
}

static int open_listeners(struct relay *relay)
{
	const struct option_list *listen = &relay->config.listen;
	char error[512];

	for (size_t i = 0; i < listen->n; i++) {
		if (listener_open(&relay->worker, listen->items[i], error, sizeof(error)) < 0) {
			log_error("%s", error);
			return -1;
		}
	}
	return 0;
}

static void open_control(struct relay *relay)
{
	int error = control_create(&relay->worker, relay->config.control);

	/* Nobody's stream depends on it. */
	if (error < 0)
		log_warning("no control socket: %s (another relay may have it; see --control)",
			    strerror(-error));
}

int main(int argc, char *argv[])
{
	static struct relay relay;
	int status = relay_config_load(&relay.config, argc, argv);

	if (status != 0)
		return status;
	log_set_level((enum log_level)relay.config.log_level);
	raise_file_limit();
	if (open_io(&relay) < 0)
		return 1;
	worker_init(&relay.worker, &relay.config, relay.io);
	if (watch_signals(&relay) < 0 || open_listeners(&relay) < 0)
		return 1;
	open_control(&relay);
	if (relay.config.relay_rule.watch == WATCH_ANYONE)
		log_info("anyone may watch (see --watch)");

	int error = io_run(relay.io);
	if (error < 0) {
		log_error("the event loop failed: %s", strerror(-error));
		return 1;
	}
	worker_finish(&relay.worker);
	io_destroy(relay.io);
	close(relay.signal_fd);
	relay_config_finish(&relay.config);
	log_info("ended");
	return 0;
}
