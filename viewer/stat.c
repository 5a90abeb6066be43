/* SPDX-License-Identifier: MIT */
/* spillway stat: what relay and chat say of themselves. */
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

enum { STAT_SERVICES = 2 };

static const struct status_service *const services[STAT_SERVICES] = {&status_of_relay,
								     &status_of_chat};

struct stat_options {
	char *sockets[STAT_SERVICES];
	bool json;
	bool watch;
};

static const struct option_row rows[] = {
	{.name = "control",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct stat_options, sockets[0]),
	 .value = "PATH",
	 .help = "The relay's control socket; else the first of the usual places where one is."},
	{.name = "chat",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct stat_options, sockets[1]),
	 .value = "PATH",
	 .help = "The chat's, alike. With either of the two only what it names is asked."},
	{.name = "json",
	 .type = OPTION_BOOL,
	 .offset = offsetof(struct stat_options, json),
	 .help = "Print one line of JSON, in the services' own words."},
	{.name = "watch",
	 .type = OPTION_BOOL,
	 .offset = offsetof(struct stat_options, watch),
	 .help = "Look again each second, until Ctrl-C."},
	{.name = NULL},
};

/* A new connection each time: the service may have been started anew meanwhile. */
static int stat_ask(const struct status_service *service, const char *socket, json_t **ret_status,
		    char ret_sentence[STATUS_SENTENCE_SIZE])
{
	struct control_client client;
	int error = status_connect(service, socket, &client, ret_sentence);

	if (error)
		return error;
	error = status_ask(service, &client, ret_status, ret_sentence);
	control_client_finish(&client);
	return error;
}

static void stat_show_json(json_t *const found[STAT_SERVICES])
{
	json_t *all = json_object();

	for (size_t i = 0; i < STAT_SERVICES; i++) {
		if (found[i] && services[i]->member)
			json_object_set(all, services[i]->member, found[i]);
		else if (found[i])
			json_object_update(all, found[i]);
	}
	json_dumpf(all, stdout, JSON_COMPACT);
	fputc('\n', stdout);
	json_decref(all);
}

static void stat_show(const struct stat_options *options, json_t *const found[STAT_SERVICES])
{
	bool first = true;

	if (options->json) {
		stat_show_json(found);
		return;
	}
	if (options->watch && isatty(STDOUT_FILENO))
		fputs("\033[H\033[2J", stdout);
	for (size_t i = 0; i < STAT_SERVICES; i++) {
		if (!found[i])
			continue;
		if (!first)
			fputc('\n', stdout);
		services[i]->print(stdout, found[i]);
		first = false;
	}
}

/* Shows what answers. Who wasn't named and isn't there is nothing to complain of, as long as
 * somebody is: else returns -errno, with a sentence about the first. */
static int stat_look(const struct stat_options *options, bool *ret_shown,
		     char ret_sentence[STATUS_SENTENCE_SIZE])
{
	json_t *found[STAT_SERVICES] = {NULL};
	bool named = options->sockets[0] || options->sockets[1];
	int result = 0;
	char sentence[STATUS_SENTENCE_SIZE];

	*ret_shown = false;
	for (size_t i = 0; i < STAT_SERVICES; i++) {
		if (named && !options->sockets[i])
			continue;
		int error = stat_ask(services[i], options->sockets[i], &found[i], sentence);

		*ret_shown = *ret_shown || !error;
		if (!error || result || (!named && (error == -ENOENT || error == -ECONNREFUSED)))
			continue;
		result = error;
		memcpy(ret_sentence, sentence, sizeof(sentence));
	}
	if (*ret_shown)
		stat_show(options, found);
	for (size_t i = 0; i < STAT_SERVICES; i++)
		json_decref(found[i]);
	if (result || *ret_shown)
		return result;
	snprintf(ret_sentence, STATUS_SENTENCE_SIZE,
		 "neither spillway-relay nor spillway-chat is running here; --control and --chat "
		 "name sockets elsewhere");
	return -ENOENT;
}

static int stat_run(const struct stat_options *options)
{
	char sentence[STATUS_SENTENCE_SIZE];
	bool shown;
	int error = stat_look(options, &shown, sentence), last = error;

	if (!shown) {
		log_error("%s", sentence);
		return COMMAND_FAILED;
	}
	if (error)
		log_warning("%s", sentence);
	/* From here on a service may be away for a while; whoever reads us may not. */
	while (fflush(stdout) == 0 && options->watch) {
		sleep(1);
		error = stat_look(options, &shown, sentence);
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
		.summary = "Shows what relay and chat do: streams and who watches them, rooms and "
			   "who is there.",
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
	.summary = "show what relay and chat do: streams, viewers, rooms",
	.run = stat_main,
};
