/* SPDX-License-Identifier: MIT */
/* The program under test, started for one run, with its files in a folder of its own. Which
 * programs there are is a table: a kind of server is a row. */
#ifndef SPILLWAY_BENCH_SERVER_H
#define SPILLWAY_BENCH_SERVER_H

#include <jansson.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/ingest.h"
#include "bench/reader.h"

enum {
	SERVER_PATH_SIZE = 256,
	SERVER_PROGRAM_SIZE = 4096,
	SERVER_IO_SIZE = 16,
	SERVER_WHY_SIZE = 512,
	SERVER_MAX_ARGUMENTS = 32,
	SERVER_NUMBER_SIZE = 24,
};

struct server_config {
	const struct server_kind *kind;
	const char *program; /* its path */
	const char *io;	     /* auto, uring or epoll */
	int64_t workers;     /* 0: as many as it likes */
	int64_t coalesce_ms; /* the relay's; 0: each frame leaves alone */
	bool patient;	     /* a frame may be as old as it likes: no drops for its age */
	int64_t quiet_room;  /* the chat's */
	int cpu;	     /* or PROCESS_ANY_CPU */
};

struct server {
	const struct server_kind *kind;
	pid_t pid;
	struct sockaddr_in address;
	char io[SERVER_IO_SIZE];       /* what it says that it runs on */
	char folder[SERVER_PATH_SIZE]; /* in $TMPDIR or /tmp */
	char log[SERVER_PATH_SIZE];    /* paths in it */
	char control[SERVER_PATH_SIZE];
};

/* A command line. Its strings are borrowed. */
struct server_command {
	size_t n;
	const char *arguments[SERVER_MAX_ARGUMENTS]; /* a NULL follows */
	char workers[SERVER_NUMBER_SIZE], coalesce[SERVER_NUMBER_SIZE];
	char quiet_room[SERVER_NUMBER_SIZE];
};

struct server_kind {
	const char *name;
	const char *
		program; /* the file's name, beside this program; or else `program` is to be given */
	/* Adds what follows the program's path. It is to log where it listens on as the relay
	 * does. */
	void (*command)(const struct server *server, const struct server_config *config,
			struct server_command *command);
	/* Its counters; a reference, or NULL where it doesn't answer. NULL: it tells nothing. */
	json_t *(*stats)(const struct server *server);
	const struct ingest *ingest; /* how it is fed, … (NULL: a chat) */
	unsigned ingest_port;	     /* … on its own port, or so many above */
	const char *transport; /* the only one in which viewers may ask; NULL: native and others */
	size_t burst; /* viewers, or clients, that it can take at a time, up to LOAD_BURST */
	bool dies;    /* of SIGTERM, instead of ending with 0 */
};

/* In the order of server_kind_names, which ends with NULL. */
extern const struct server_kind server_kinds[];
extern const char *const server_kind_names[];
/* The same of servers for chat, which have nothing to do with frames. */
extern const struct server_kind server_chat_kinds[];
extern const char *const server_chat_kind_names[];

/* The program of that name that was built or installed together with this one. -errno. */
int server_find_program(const char *name, char ret_path[SERVER_PROGRAM_SIZE]);

/* Starts it on a free port of 127.0.0.1, and waits until it listens. -errno; ret_why then says what
 * is wrong, and nothing is left behind. */
int server_start(struct server *server, const struct server_config *config,
		 char ret_why[SERVER_WHY_SIZE]);
/* Ends it, and removes its files. Returns its exit status. */
int server_stop(struct server *server);

/* Its counters; a reference, or NULL where it doesn't tell. */
json_t *server_stats(const struct server *server);

/* Where it is to be fed. */
struct sockaddr_in server_ingest(const struct server *server);

/* Finds where a server listens, and on what it runs, in its log so far. 0, -EAGAIN when it hasn't
 * said so yet. Pure. */
int server_parse_log(const char *log, struct sockaddr_in *ret_address, char ret_io[SERVER_IO_SIZE]);

#endif
