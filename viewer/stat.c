/* SPDX-License-Identifier: MIT */
/* spillway stat: what a relay says of itself. */
#include "viewer/commands.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/control.h"
#include "common/log.h"
#include "common/options.h"
#include "viewer/status.h"

struct stat_options {
	char *control;
	bool json;
	bool watch;
};

static const struct option_row rows[] = {
	{.name = "control",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct stat_options, control),
	 .value = "PATH",
	 .help = "The relay's control socket; else the first of the usual places where one is."},
	{.name = "json",
	 .type = OPTION_BOOL,
	 .offset = offsetof(struct stat_options, json),
	 .help = "Print one line of JSON, in the relay's own words."},
	{.name = "watch",
	 .type = OPTION_BOOL,
	 .offset = offsetof(struct stat_options, watch),
	 .help = "Look again each second, until Ctrl-C."},
	{.name = NULL},
};

/* What a person can do about it. */
static const char *stat_advice(int error)
{
	return error == -ENOENT || error == -ECONNREFUSED ? " (is spillway-relay running?)"
	       : error == -EACCES || error == -EPERM
		       ? " (the socket is for the relay's user and the group spillway)"
		       : "";
}

static int stat_connect(const struct stat_options *options, struct control_client *client,
			char ret_sentence[STATUS_SENTENCE_SIZE])
{
	char path[CONTROL_PATH_SIZE];
	int fd = control_connect(options->control, "relay.sock", path);

	if (fd < 0) {
		snprintf(ret_sentence, STATUS_SENTENCE_SIZE, "%s: %s%s",
			 path[0] != '\0' ? path : "relay.sock", strerror(-fd), stat_advice(fd));
		return fd;
	}
	control_client_init(client, fd);
	return 0;
}

static void stat_show(const struct stat_options *options, const json_t *status)
{
	if (options->json) {
		json_dumpf(status, stdout, JSON_COMPACT);
		fputc('\n', stdout);
		return;
	}
	if (options->watch && isatty(STDOUT_FILENO))
		fputs("\033[H\033[2J", stdout);
	status_print(stdout, status);
}

/* A new connection each time: the relay may have been started anew meanwhile. */
static int stat_look(const struct stat_options *options, char ret_sentence[STATUS_SENTENCE_SIZE])
{
	struct control_client client;
	json_t *status = NULL;
	int error = stat_connect(options, &client, ret_sentence);

	if (error)
		return error;
	error = status_ask(&client, &status, ret_sentence);
	control_client_finish(&client);
	if (error)
		return error;
	stat_show(options, status);
	json_decref(status);
	return 0;
}

static int stat_run(const struct stat_options *options)
{
	char sentence[STATUS_SENTENCE_SIZE];
	int error = stat_look(options, sentence), last = 0;

	if (error) {
		log_error("%s", sentence);
		return COMMAND_FAILED;
	}
	/* From here on the relay may be away for a while; whoever reads us may not. */
	while (fflush(stdout) == 0 && options->watch) {
		sleep(1);
		error = stat_look(options, sentence);
		if (error && error != last)
			log_warning("%s; trying again", sentence);
		last = error;
	}
	return COMMAND_OK;
}

static int stat_main(int argc, char *argv[])
{
	struct stat_options options = {0};
	const struct option_program program = {
		.name = "spillway stat",
		.usage = "[OPTION]...",
		.summary = "Shows what a relay does: its streams, and who watches them.",
		.rows = rows,
		.fields = &options,
	};
	int status = COMMAND_USAGE;

	options_init(rows, &options);
	signal(SIGPIPE, SIG_IGN);
	if (options_command_line(&program, argc, argv) >= 0)
		status = stat_run(&options);
	options_finish(rows, &options);
	return status;
}

const struct command stat_command = {
	.name = "stat",
	.summary = "show what a relay does: its streams and their viewers",
	.run = stat_main,
};
