/* SPDX-License-Identifier: MIT */
/* The program under test: a relay, started for one run, with its files in a folder of its own. */
#ifndef SPILLWAY_BENCH_SERVER_H
#define SPILLWAY_BENCH_SERVER_H

#include <jansson.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/types.h>

enum { SERVER_PATH_SIZE = 256, SERVER_IO_SIZE = 16, SERVER_WHY_SIZE = 512 };

struct server_config {
	const char *program; /* its path */
	const char *io;	     /* --io */
	int64_t workers;     /* --workers */
	int cpu;	     /* or PROCESS_ANY_CPU */
};

struct server {
	pid_t pid;
	struct sockaddr_in address;
	char io[SERVER_IO_SIZE];       /* what it says that it runs on */
	char folder[SERVER_PATH_SIZE]; /* in $TMPDIR or /tmp */
	char log[SERVER_PATH_SIZE];    /* paths in it */
	char control[SERVER_PATH_SIZE];
};

/* Starts it on a free port of 127.0.0.1, and waits until it listens. -errno; ret_why then says what
 * is wrong, and nothing is left behind. */
int server_start(struct server *server, const struct server_config *config,
		 char ret_why[SERVER_WHY_SIZE]);
/* Ends it, and removes its files. Returns its exit status. */
int server_stop(struct server *server);

/* Its counters, from its control socket; a reference, or NULL where it doesn't answer. */
json_t *server_stats(const struct server *server);

/* Finds where a relay listens, and on what it runs, in its log so far. 0, -EAGAIN when it hasn't
 * said so yet. Pure. */
int server_parse_log(const char *log, struct sockaddr_in *ret_address, char ret_io[SERVER_IO_SIZE]);

#endif
