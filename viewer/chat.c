/* SPDX-License-Identifier: MIT */
/* spillway chat: what is wanted, from the command line. */
#include "viewer/commands.h"

#include <stdlib.h>
#include <string.h>

#include "common/io.h"
#include "common/log.h"
#include "common/url.h"
#include "viewer/chatter.h"
#include "viewer/slash.h"

#define CHAT_DEFAULT_PORT "6667"

static const char *const io_names[] = {"auto", "uring", "epoll", NULL}; /* enum io_backend */

static const struct option_row rows[] = {
	{.name = "nick",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct chatter_options, nick),
	 .value = "NAME",
	 .help = "What you are called there."},
	{.name = "room",
	 .type = OPTION_LIST,
	 .offset = offsetof(struct chatter_options, rooms),
	 .value = "ROOM",
	 .help = "Enter this room; the stream cam has #cam, and # may be left out. May be given "
		 "many times."},
	{.name = "history",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct chatter_options, history),
	 .value = "N",
	 .help = "Show the last N lines of a room's history, up to 100, when it is entered first. "
		 "(20 on a terminal, none in lines)"},
	{.name = "reconnect",
	 .type = OPTION_BOOL,
	 .offset = offsetof(struct chatter_options, reconnect),
	 .initial = "yes",
	 .help = "Come back to a chat that was lost."},
	{.name = "io",
	 .type = OPTION_CHOICE,
	 .offset = offsetof(struct chatter_options, io),
	 .value = "NAME",
	 .choices = io_names,
	 .help = "How to do input and output."},
	{.name = NULL},
};

static const char more[] =
	"Examples:\n"
	"  spillway chat localhost --nick dan --room cam\n"
	"  echo 'We begin at nine.' | spillway chat localhost --nick clock --room cam\n";

/* One word of a line of IRC. */
static bool is_word(const char *text)
{
	return *text != '\0' && *text != ':' && strpbrk(text, " \t\r\n,") == NULL;
}

static bool is_number(const char *text, unsigned long max)
{
	size_t len = strspn(text, "0123456789");

	return len > 0 && len < 10 && text[len] == '\0' && strtoul(text, NULL, 10) <= max;
}

static int chat_run(struct chatter_options *options, const char *place)
{
	if (url_parse_endpoint(place, "localhost", CHAT_DEFAULT_PORT, options->host,
			       options->port) < 0) {
		log_error("%s: this is no HOST[:PORT]", place);
		return COMMAND_USAGE;
	}
	if (options->nick == NULL || !is_word(options->nick) ||
	    strlen(options->nick) >= LINK_NICK_SIZE) {
		log_error("--nick NAME must say what you are called, in one word; \"spillway chat "
			  "--help\" helps");
		return COMMAND_USAGE;
	}
	for (size_t i = 0; i < options->rooms.n; i++) {
		if (is_word(options->rooms.items[i]) &&
		    strlen(options->rooms.items[i]) < TALK_NAME_SIZE - 1)
			continue;
		log_error("--room %s: this is no name of a room", options->rooms.items[i]);
		return COMMAND_USAGE;
	}
	if (options->history != NULL && !is_number(options->history, CHATTER_MAX_CONTEXT)) {
		log_error("--history %s: from 0 to %d lines", options->history,
			  CHATTER_MAX_CONTEXT);
		return COMMAND_USAGE;
	}
	return chatter_run(options);
}

static int chat_main(int argc, char *argv[])
{
	struct chatter_options options = {0};
	const struct option_program program = {
		.name = "spillway chat",
		.usage = "[OPTION]... HOST[:PORT]",
		.summary = "Talks in the rooms beside streams, on any IRC server; port 6667 where "
			   "none is given.",
		.more = more,
		.rows = rows,
		.fields = &options,
		.min_arguments = 1,
		.max_arguments = 1,
	};
	int first, status = COMMAND_USAGE;

	options_init(rows, &options);
	first = options_command_line(&program, argc, argv);
	if (first >= 0)
		status = chat_run(&options, argv[first]);
	options_finish(rows, &options);
	return status;
}

const struct command chat_command = {
	.name = "chat",
	.summary = "talk beside a stream: on a terminal's screen, or in lines, for scripts",
	.run = chat_main,
};
