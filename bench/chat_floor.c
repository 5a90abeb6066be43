/* SPDX-License-Identifier: MIT */
/*
 * spillway-bench chat-floor: the least that a chat server can do, for others to be compared with.
 * One room, no queues, no limits, nothing kept: what came in a turn of the loop is written once,
 * and sent to each member by one send, by a system call each or all of them through io_uring. Who
 * talks gets his own lines, too, and who doesn't take all at once is closed.
 */
#include "bench/commands.h"

#include <errno.h>
#include <liburing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/options.h"
#include "common/url.h"

enum {
	BACKLOG = 4096,
	EVENTS = 512,
	MAX_FILES = 65536,
	INPUT_SIZE = 2048,
	OUTPUT_SIZE = 1 << 20, /* what all say in a turn */
	RING_ENTRIES = 4096,
};

struct chat_floor_options {
	char *listen;
	int io;
};

#define FIELD(name) offsetof(struct chat_floor_options, name)

enum { FLOOR_URING, FLOOR_EPOLL };
static const char *const io_names[] = {"uring", "epoll", NULL};

static const struct option_row rows[] = {
	{"listen", OPTION_TEXT, FIELD(listen), "ADDR:PORT", "127.0.0.1:6667", 0, 0, NULL,
	 OPTION_COMMAND_LINE, "where clients come; port 0: a free one"},
	{"io", OPTION_CHOICE, FIELD(io), "KIND", "uring", 0, 0, io_names, OPTION_COMMAND_LINE,
	 "how lines go out"},
	{0},
};

struct talker {
	size_t n; /* bytes of a line that isn't whole */
	char input[INPUT_SIZE];
};

struct chat_floor {
	int io, listener, signals, epoll;
	struct io_uring ring;
	struct talker *talkers[MAX_FILES]; /* by descriptor; NULL: nobody */
	int members[MAX_FILES];
	size_t n_members;
	size_t n_output;
	char output[OUTPUT_SIZE];
};

static void lose(struct chat_floor *floor, int fd)
{
	for (size_t i = 0; i < floor->n_members; i++) {
		if (floor->members[i] == fd)
			floor->members[i] = floor->members[--floor->n_members];
	}
	free(floor->talkers[fd]);
	floor->talkers[fd] = NULL;
	close(fd);
}

/* ---- what is said goes out ---- */

static void send_by_calls(struct chat_floor *floor)
{
	for (size_t i = floor->n_members; i-- > 0;) {
		int fd = floor->members[i];

		if (send(fd, floor->output, floor->n_output, MSG_NOSIGNAL | MSG_DONTWAIT) !=
		    (ssize_t)floor->n_output)
			lose(floor, fd);
	}
}

static void reap(struct chat_floor *floor, unsigned n)
{
	struct io_uring_cqe *cqe;

	io_uring_submit_and_wait(&floor->ring, n);
	while (io_uring_peek_cqe(&floor->ring, &cqe) == 0) {
		int fd = (int)(intptr_t)io_uring_cqe_get_data(cqe);

		if (cqe->res != (int)floor->n_output)
			lose(floor, fd);
		io_uring_cqe_seen(&floor->ring, cqe);
	}
}

static void send_by_ring(struct chat_floor *floor)
{
	unsigned n = 0;

	for (size_t i = floor->n_members; i-- > 0;) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&floor->ring);

		io_uring_prep_send(sqe, floor->members[i], floor->output, floor->n_output,
				   MSG_NOSIGNAL | MSG_DONTWAIT);
		io_uring_sqe_set_data(sqe, (void *)(intptr_t)floor->members[i]);
		if (++n == RING_ENTRIES || i == 0) {
			reap(floor, n);
			n = 0;
		}
	}
}

static void send_all(struct chat_floor *floor)
{
	if (floor->n_output == 0)
		return;
	if (floor->io == FLOOR_URING)
		send_by_ring(floor);
	else
		send_by_calls(floor);
	floor->n_output = 0;
}

/* ---- what comes ---- */

static void answer(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_warning("an answer is lost: %s", strerror(errno));
}

/* The line has its end. */
static void take_line(struct chat_floor *floor, int fd, const char *line, size_t len)
{
	if (strncmp(line, "PRIVMSG ", 8) == 0 && floor->n_output + len + 64 < OUTPUT_SIZE) {
		floor->n_output += (size_t)sprintf(floor->output + floor->n_output,
						   ":b%d!bench@floor.localhost ", fd);
		memcpy(floor->output + floor->n_output, line, len);
		floor->n_output += len;
	} else if (strncmp(line, "USER ", 5) == 0) {
		answer(fd, ":floor.localhost 422 * :No message of the day\r\n");
	} else if (strncmp(line, "JOIN ", 5) == 0) {
		floor->members[floor->n_members++] = fd;
		answer(fd, ":floor.localhost 366 * * :That was all\r\n");
	}
}

static void receive(struct chat_floor *floor, int fd)
{
	struct talker *talker = floor->talkers[fd];
	ssize_t n = recv(fd, talker->input + talker->n, INPUT_SIZE - talker->n, MSG_DONTWAIT);
	char *at = talker->input, *end;

	if (n <= 0) {
		lose(floor, fd);
		return;
	}
	talker->n += (size_t)n;
	while ((end = memchr(at, '\n', talker->n)) != NULL) {
		size_t len = (size_t)(end - at) + 1;

		take_line(floor, fd, at, len);
		at += len;
		talker->n -= len;
	}
	memmove(talker->input, at, talker->n);
}

static int watch(struct chat_floor *floor, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(floor->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int accept_one(struct chat_floor *floor)
{
	int on = 1;
	int fd = accept4(floor->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 || fd >= MAX_FILES)
		return fd < 0 ? -errno : -EMFILE;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	floor->talkers[fd] = calloc(1, sizeof(struct talker));
	return floor->talkers[fd] != NULL ? watch(floor, fd) : -ENOMEM;
}

static int serve(struct chat_floor *floor)
{
	struct epoll_event events[EVENTS];
	int error = 0;

	for (;;) {
		int n = epoll_wait(floor->epoll, events, EVENTS, -1);

		for (int i = 0; i < n && error == 0; i++) {
			int fd = events[i].data.fd;

			if (fd == floor->signals)
				return 0;
			if (fd == floor->listener)
				error = accept_one(floor);
			else
				receive(floor, fd);
		}
		if (error < 0)
			return error;
		send_all(floor);
	}
}

/* ---- starting ---- */

/* Says where it listens as the others do: bench/server.c reads it. */
static int open_listener(struct chat_floor *floor, const char *endpoint)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	char host[256], port[6];

	if (url_parse_endpoint(endpoint, "127.0.0.1", "6667", host, port) < 0)
		return -EINVAL;
	address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	floor->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (floor->listener < 0 || bind(floor->listener, (struct sockaddr *)&address, len) < 0 ||
	    listen(floor->listener, BACKLOG) < 0 ||
	    getsockname(floor->listener, (struct sockaddr *)&address, &len) < 0)
		return -errno;
	log_info("listening on irc://127.0.0.1:%d/ (%s)", ntohs(address.sin_port),
		 io_names[floor->io]);
	return 0;
}

static int chat_floor_run(const struct chat_floor_options *options)
{
	static struct chat_floor floor;
	struct rlimit files;
	sigset_t end;
	int error = 0;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigaddset(&end, SIGINT);
	sigprocmask(SIG_BLOCK, &end, NULL);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	floor.io = options->io;
	floor.signals = signalfd(-1, &end, SFD_CLOEXEC);
	floor.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (floor.io == FLOOR_URING)
		error = io_uring_queue_init(RING_ENTRIES, &floor.ring,
					    IORING_SETUP_SINGLE_ISSUER |
						    IORING_SETUP_DEFER_TASKRUN);
	if (error == 0)
		error = open_listener(&floor, options->listen);
	if (error == 0)
		error = watch(&floor, floor.listener);
	if (error == 0)
		error = watch(&floor, floor.signals);
	if (error == 0)
		error = serve(&floor);
	if (error < 0)
		log_error("%s", strerror(-error));
	return error < 0 ? COMMAND_FAILED : COMMAND_OK;
}

static int chat_floor_main(int argc, char *argv[])
{
	struct chat_floor_options options = {0};
	const struct option_program program = {
		.name = "spillway-bench chat-floor",
		.usage = "[OPTION]...",
		.summary = "Sends each line that somebody says to all who have joined, with "
			   "nothing around it: what the chat is compared with.",
		.more = "It listens on 127.0.0.1, and ends on SIGTERM.\n",
		.rows = rows,
		.fields = &options,
	};
	int status = COMMAND_USAGE;

	options_init(rows, &options);
	if (options_command_line(&program, argc, argv) >= 0)
		status = chat_floor_run(&options);
	options_finish(rows, &options);
	return status;
}

const struct command chat_floor_command = {
	.name = "chat-floor",
	.summary = "a chat server that does nothing but send, to compare the chat with",
	.run = chat_floor_main,
};
