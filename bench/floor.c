/* SPDX-License-Identifier: MIT */
/* spillway-bench floor: the bare send loops that the relay is compared with. */
#include "bench/floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stddef.h>
#include <string.h>

#include "bench/commands.h"
#include "common/log.h"
#include "common/options.h"

static const struct floor_loop *const loops[] = {&floor_uring, &floor_epoll};
static const char *const loop_names[] = {"uring", "epoll", NULL};
static const char *const send_names[] = {
	[FLOOR_PLAIN] = "plain",
	[FLOOR_NOWAIT] = "nowait",
	[FLOOR_VECTORED] = "vectored",
	[FLOOR_MORE] = "more",
	[FLOOR_SENDFILE] = "sendfile",
	[FLOOR_WRITE_FIXED] = "write-fixed",
	[FLOOR_ZERO_COPY] = "zero-copy",
	[FLOOR_ZERO_COPY_FIXED] = "zero-copy-fixed",
	[FLOOR_SENDS] = NULL,
};

#define FIELD(name) offsetof(struct floor_config, name)

static const struct option_row rows[] = {
	{"listen", OPTION_TEXT, FIELD(listen), "ADDR:PORT", "127.0.0.1:7070", 0, 0, NULL,
	 OPTION_COMMAND_LINE, "where peers come; port 0: a free one"},
	{"io", OPTION_CHOICE, FIELD(io), "KIND", "uring", 0, 0, loop_names, OPTION_COMMAND_LINE,
	 "which loop"},
	{"send", OPTION_CHOICE, FIELD(send), "KIND", "plain", 0, 0, send_names, OPTION_COMMAND_LINE,
	 "how a frame goes out"},
	{"order", OPTION_CHOICE, FIELD(order), "KIND", "forward", 0, 0, floor_order_names,
	 OPTION_COMMAND_LINE, "of viewers, in which it goes to them"},
	{"batch", OPTION_NUMBER, FIELD(batch), "N", "1", 1, FLOOR_MAX_BATCH, NULL,
	 OPTION_COMMAND_LINE, "so many frames leave in one send"},
	{"huge-pages", OPTION_BOOL, FIELD(huge_pages), NULL, NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "for the memory that frames lie in"},
	{"spin", OPTION_BOOL, FIELD(spin), NULL, NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "look for work all the time instead of sleeping"},
	{"fixed-files", OPTION_BOOL, FIELD(fixed_files), NULL, "yes", 0, 0, NULL,
	 OPTION_COMMAND_LINE, "io_uring: sockets are registered files"},
	{"ring-entries", OPTION_NUMBER, FIELD(ring_entries), "N", "4096", 1, 32768, NULL,
	 OPTION_COMMAND_LINE, "io_uring: so many sends are submitted at once"},
	{"kernel-thread", OPTION_BOOL, FIELD(kernel_thread), NULL, NULL, 0, 0, NULL,
	 OPTION_COMMAND_LINE, "io_uring: a thread of the kernel submits, on the same CPU"},
	{0},
};

static const char *explain(int error)
{
	return error == -ENOTSUP ? "not with this --io, or not on this kernel" : strerror(-error);
}

/* The relay's words, which bench/server.c reads. */
static void say_listening(const struct floor *floor, const struct floor_loop *loop)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	char host[INET6_ADDRSTRLEN], port[6];

	if (getsockname(floor->listener, (struct sockaddr *)&address, &len) == 0 &&
	    getnameinfo((struct sockaddr *)&address, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		log_info("listening on http://%s:%s/ (%s)", host, port, loop->title);
}

static void say_what_was_done(const struct floor *floor)
{
	log_info("%" PRIu64 " frames sent, %" PRIu64 " missed", floor->n_sent, floor->n_missed);
	if (floor->n_zero_copy > 0)
		log_info("%" PRIu64 " sends without a copy, of which %.1f %% were copied after all",
			 floor->n_zero_copy,
			 100.0 * (double)floor->n_copied / (double)floor->n_zero_copy);
}

static int floor_run(const struct floor_config *config)
{
	static struct floor floor;
	const struct floor_loop *loop = loops[config->io];
	int error = floor_init(&floor, config);

	if (error < 0) {
		log_error("can't listen on %s: %s", config->listen, strerror(-error));
	} else {
		say_listening(&floor, loop);
		error = loop->run(&floor);
		say_what_was_done(&floor);
		if (error < 0)
			log_error("%s", explain(error));
	}
	floor_finish(&floor);
	return error < 0 ? COMMAND_FAILED : COMMAND_OK;
}

static int floor_main(int argc, char *argv[])
{
	struct floor_config config = {0};
	const struct option_program program = {
		.name = "spillway-bench floor",
		.usage = "[OPTION]...",
		.summary = "Sends each frame of one native publisher to all native viewers, with "
			   "nothing around it: what the relay is compared with.",
		.more = "Ends on SIGTERM.\n",
		.rows = rows,
		.fields = &config,
	};
	int status = COMMAND_USAGE;

	options_init(rows, &config);
	if (options_command_line(&program, argc, argv) >= 0)
		status = floor_run(&config);
	options_finish(rows, &config);
	return status;
}

const struct command floor_command = {
	.name = "floor",
	.summary = "a server that does nothing but send, to compare the relay with",
	.run = floor_main,
};
