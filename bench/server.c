/* SPDX-License-Identifier: MIT */
#include "bench/server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/load.h"
#include "bench/process.h"
#include "common/control.h"

#define ANY_PORT "127.0.0.1:0"
#define ALL_CLIENTS "100000"

enum {
	START_TIMEOUT_MS = 10000,
	STOP_TIMEOUT_MS = 10000, /* more than a relay's --drain-timeout */
	NAP_MS = 10,
	LOG_SIZE = 4096, /* its first lines */
	KILLED = 128,	 /* and the signal: see process_end() */
};

/* ---- the kinds ---- */

static void add(struct server_command *command, const char *argument)
{
	assert(command->n + 1 < SERVER_MAX_ARGUMENTS);
	command->arguments[command->n++] = argument;
}

static void add_option(struct server_command *command, const char *name, const char *value)
{
	add(command, name);
	add(command, value);
}

static void relay_command(const struct server *server, const struct server_config *config,
			  struct server_command *command)
{
	snprintf(command->workers, sizeof(command->workers), "%jd", (intmax_t)config->workers);
	add_option(command, "--config", "/dev/null");
	add_option(command, "--listen", ANY_PORT);
	add_option(command, "--control", server->control);
	add_option(command, "--io", config->io);
	add_option(command, "--workers", command->workers);
	/* who is stalled on purpose is to be there at the end */
	add_option(command, "--stall-timeout", "3600");
	if (config->coalesce_ms > 0) {
		snprintf(command->coalesce, sizeof(command->coalesce), "%jd",
			 (intmax_t)config->coalesce_ms);
		add_option(command, "--coalesce", command->coalesce);
	}
	if (config->patient)
		add_option(command, "--max-lag", "60000");
}

/* All of what is said is kept, as by default; nobody talks too fast. */
static void chat_command(const struct server *server, const struct server_config *config,
			 struct server_command *command)
{
	snprintf(command->quiet_room, sizeof(command->quiet_room), "%jd",
		 (intmax_t)config->quiet_room);
	add_option(command, "--config", "/dev/null");
	add_option(command, "--listen", ANY_PORT);
	add_option(command, "--control", server->control);
	add_option(command, "--data", server->folder);
	add_option(command, "--io", config->io);
	add_option(command, "--quiet-room", command->quiet_room);
	add_option(command, "--flood", "0");
	add_option(command, "--max-clients", ALL_CLIENTS);
	add_option(command, "--max-per-address", ALL_CLIENTS);
}

static json_t *relay_stats(const struct server *server)
{
	char path[CONTROL_PATH_SIZE];
	struct control_client client;
	json_t *request, *reply = NULL;
	int fd = control_connect(server->control, "relay.sock", path);

	if (fd < 0)
		return NULL;
	control_client_init(&client, fd);
	request = json_pack("{ss}", "request", "stats");
	if (request == NULL || control_send(&client, request) < 0 ||
	    control_receive(&client, CONTROL_TIMEOUT_MS, &reply) < 0)
		reply = NULL;
	json_decref(request);
	control_client_finish(&client);
	return reply;
}

/* It has one worker, and drops nothing for its age. */
static void floor_command(const struct server *server, const struct server_config *config,
			  struct server_command *command)
{
	(void)server;
	add(command, "floor");
	add_option(command, "--listen", ANY_PORT);
	add_option(command, "--io", strcmp(config->io, "auto") == 0 ? "uring" : config->io);
}

static void chat_floor_command(const struct server *server, const struct server_config *config,
			       struct server_command *command)
{
	(void)server;
	add(command, "chat-floor");
	add_option(command, "--listen", ANY_PORT);
	add_option(command, "--io", strcmp(config->io, "auto") == 0 ? "uring" : config->io);
}

/* bench/peers/NAME: its settings, and its port, stand there. */
static void peer_command(const struct server *server, const struct server_config *config,
			 struct server_command *command)
{
	(void)config;
	add(command, server->folder);
}

/*
 * Of the peers, GStreamer listens with a backlog of 5 connections, cubemap accepts one in 40 ms,
 * and Icecast loses its source over many newcomers.
 */
const struct server_kind server_kinds[] = {
	{"relay", "spillway-relay", relay_command, relay_stats, &ingest_native, 0, NULL, LOAD_BURST,
	 false},
	{"floor", "spillway-bench", floor_command, NULL, &ingest_native, 0, NULL, LOAD_BURST,
	 false},
	{"nginx-rtmp", "nginx-rtmp", peer_command, NULL, &ingest_rtmp, 0, "rtmp", LOAD_BURST,
	 false},
	{"cubemap", "cubemap", peer_command, NULL, &ingest_metacube, 1, "http", 32, true},
	{"gstreamer", "gstreamer", peer_command, NULL, &ingest_multipart, 1, "tcp", 4, true},
	{"icecast", "icecast", peer_command, NULL, &ingest_put, 0, "http", 16, false},
};

const char *const server_kind_names[] = {"relay",     "floor",	 "nginx-rtmp", "cubemap",
					 "gstreamer", "icecast", NULL};

/* ngIRCd listens with a backlog of 10 connections. */
const struct server_kind server_chat_kinds[] = {
	{.name = "chat", .program = "spillway-chat", .command = chat_command, .burst = 64},
	{.name = "floor", .program = "spillway-bench", .command = chat_floor_command, .burst = 64},
	{.name = "ngircd", .program = "ngircd", .command = peer_command, .burst = 8},
	{.name = "inspircd",
	 .program = "inspircd",
	 .command = peer_command,
	 .burst = 64,
	 .dies = true},
};

const char *const server_chat_kind_names[] = {"chat", "floor", "ngircd", "inspircd", NULL};

struct sockaddr_in server_ingest(const struct server *server)
{
	struct sockaddr_in address = server->address;

	address.sin_port = htons((uint16_t)(ntohs(address.sin_port) + server->kind->ingest_port));
	return address;
}

/* ---- starting ---- */

int server_find_program(const char *name, char ret_path[SERVER_PROGRAM_SIZE])
{
	ssize_t n = readlink("/proc/self/exe", ret_path, SERVER_PROGRAM_SIZE - 1);

	if (n < 0)
		return -errno;
	ret_path[n] = '\0';
	char *base = strrchr(ret_path, '/') + 1;
	if ((size_t)(base - ret_path) + strlen(name) + 1 > SERVER_PROGRAM_SIZE)
		return -ENAMETOOLONG;
	memcpy(base, name, strlen(name) + 1);
	return 0;
}

int server_parse_log(const char *log, struct sockaddr_in *ret_address, char ret_io[SERVER_IO_SIZE])
{
	const char *line = strstr(log, "listening on ");
	char host[INET_ADDRSTRLEN];
	unsigned port;

	/* A line that isn't whole yet has no last bracket. */
	if (line == NULL ||
	    sscanf(line, "listening on %*[a-z]://%15[0-9.]:%5u/ (%15[^)\n]", host, &port, ret_io) !=
		    3 ||
	    strchr(line, ')') == NULL)
		return -EAGAIN;
	*ret_address =
		(struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	return inet_pton(AF_INET, host, &ret_address->sin_addr) == 1 ? 0 : -EAGAIN;
}

static void read_log(const struct server *server, char text[LOG_SIZE])
{
	FILE *in = fopen(server->log, "re");
	size_t n = in != NULL ? fread(text, 1, LOG_SIZE - 1, in) : 0;

	if (in != NULL)
		fclose(in);
	text[n] = '\0';
}

/* A server's log, and whatever else it has left in its folder. */
static void remove_files(const struct server *server)
{
	DIR *folder = opendir(server->folder);
	const struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL)
		unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder != NULL)
		closedir(folder);
	rmdir(server->folder);
}

/* Fills in the paths, and makes the folder. */
static int make_folder(struct server *server)
{
	const char *parent = getenv("TMPDIR");
	int n = snprintf(server->folder, sizeof(server->folder), "%s/spillway-bench-XXXXXX",
			 parent != NULL && parent[0] != '\0' ? parent : "/tmp");

	if (n + (int)sizeof("/relay.sock") > CONTROL_PATH_SIZE)
		return -ENAMETOOLONG;
	if (mkdtemp(server->folder) == NULL)
		return -errno;
	n = snprintf(server->control, sizeof(server->control), "%.*s/relay.sock", n,
		     server->folder);
	snprintf(server->log, sizeof(server->log), "%.*s/relay.log", n - (int)strlen("/relay.sock"),
		 server->folder);
	return 0;
}

static int launch(struct server *server, const struct server_config *config)
{
	struct server_command command = {.n = 1, .arguments = {config->program}};
	char *argv[SERVER_MAX_ARGUMENTS];
	int log_fd = open(server->log, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);

	if (log_fd < 0)
		return -errno;
	config->kind->command(server, config, &command);
	/* execv() doesn't change them, but isn't declared so */
	for (size_t i = 0; i < SERVER_MAX_ARGUMENTS; i++)
		argv[i] = (char *)(uintptr_t)command.arguments[i];
	server->pid = process_exec(config->cpu, argv, log_fd);
	close(log_fd);
	return server->pid < 0 ? server->pid : 0;
}

/* Waits for its word that it listens. */
static int await(struct server *server, char log[LOG_SIZE])
{
	const struct timespec nap = {.tv_nsec = NAP_MS * 1000000};

	for (int waited_ms = 0; waited_ms < START_TIMEOUT_MS; waited_ms += NAP_MS) {
		read_log(server, log);
		if (server_parse_log(log, &server->address, server->io) == 0)
			return 0;
		if (process_has_ended(server->pid))
			return -ECHILD;
		nanosleep(&nap, NULL);
	}
	return -ETIMEDOUT;
}

int server_start(struct server *server, const struct server_config *config,
		 char ret_why[SERVER_WHY_SIZE])
{
	char log[LOG_SIZE] = "";
	int error;

	*server = (struct server){.kind = config->kind};
	if (access(config->program, X_OK) < 0) {
		error = -errno;
		snprintf(ret_why, SERVER_WHY_SIZE, "%s: %s (see --program)", config->program,
			 strerror(-error));
		return error;
	}
	error = make_folder(server);
	if (error < 0) {
		snprintf(ret_why, SERVER_WHY_SIZE, "no folder for the server's files: %s",
			 strerror(-error));
		return error;
	}
	error = launch(server, config);
	if (error == 0) {
		error = await(server, log);
		if (error < 0)
			process_end(server->pid, SIGKILL, 0);
	}
	if (error < 0) {
		snprintf(ret_why, SERVER_WHY_SIZE, "%s did not start: %.400s", config->program,
			 log[0] != '\0'	    ? log
			 : error == -ECHILD ? "it ended at once"
					    : strerror(-error));
		remove_files(server);
	}
	return error;
}

int server_stop(struct server *server)
{
	int status = process_end(server->pid, SIGTERM, STOP_TIMEOUT_MS);

	remove_files(server);
	return server->kind->dies && status == KILLED + SIGTERM ? 0 : status;
}

json_t *server_stats(const struct server *server)
{
	return server->kind->stats != NULL ? server->kind->stats(server) : NULL;
}
