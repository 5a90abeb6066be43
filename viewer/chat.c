/* SPDX-License-Identifier: MIT */
/* spillway chat: what is wanted, from the command line. */
#include "viewer/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io.h"
#include "common/log.h"
#include "common/secret.h"
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
	{.name = "account",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct chatter_options, account),
	 .value = "NAME",
	 .help = "Log in to this account. The password is asked for at the terminal, where it "
		 "isn't "
		 "given by --password-file or in SPILLWAY_PASSWORD."},
	{.name = "password-file",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct chatter_options, password_file),
	 .value = "FILE",
	 .help = "Its first line is the password of the account; others mustn't be able to read "
		 "it."},
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
		 "The same of private conversations that weren't read. (20 on a terminal, none in "
		 "lines)"},
	{.name = "reconnect",
	 .type = OPTION_BOOL,
	 .offset = offsetof(struct chatter_options, reconnect),
	 .initial = "yes",
	 .help = "Come back to a chat that was lost."},
	{.name = "encrypt",
	 .type = OPTION_BOOL,
	 .offset = offsetof(struct chatter_options, encrypt),
	 .initial = "yes",
	 .help = "Encrypt private messages between accounts, where the other side can."},
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

static const struct {
	int error;
	const char *sentence;
} password_errors[] = {
	{-EPERM, "others may read this password; chmod 600 it"},
	{-E2BIG, "this password is too long"},
	{-EINVAL, "there is no password in its first line"},
	{-ECANCELED, "no password was typed"},
	{-ENXIO, "there is no terminal to ask for the password; --password-file FILE has it"},
};

/* From the file that was named, the environment, the service manager, or whoever sits there. */
static int read_password(struct chatter_options *options, const char **ret_from)
{
	const char *environment = getenv("SPILLWAY_PASSWORD");
	char prompt[LOGIN_MAX_NAME + 32];
	int error;

	*ret_from = options->password_file;
	if (options->password_file != NULL)
		return secret_read_file(options->password_file, options->password);
	*ret_from = "SPILLWAY_PASSWORD";
	if (environment != NULL && *environment != '\0')
		return snprintf(options->password, SECRET_MAX, "%s", environment) < SECRET_MAX
			       ? 0
			       : -E2BIG;
	*ret_from = "chat-password";
	error = secret_read_credential(*ret_from, options->password);
	if (error != -ENOENT)
		return error;
	*ret_from = options->account;
	snprintf(prompt, sizeof(prompt), "Password of %s: ", options->account);
	return secret_ask(prompt, options->password);
}

static int find_password(struct chatter_options *options)
{
	const char *from, *sentence;
	int error = read_password(options, &from);

	if (error == 0 && *options->password == '\0')
		error = -EINVAL;
	sentence = strerror(-error);
	for (size_t i = 0; i < sizeof(password_errors) / sizeof(password_errors[0]); i++) {
		if (password_errors[i].error == error)
			sentence = password_errors[i].sentence;
	}
	if (error < 0)
		log_error("%s: %s", from, sentence);
	return error;
}

static int chat_run(struct chatter_options *options, const char *place)
{
	int status;

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
	if (options->account != NULL &&
	    (!is_word(options->account) || strlen(options->account) > LOGIN_MAX_NAME)) {
		log_error("--account %s: this is no name of an account", options->account);
		return COMMAND_USAGE;
	}
	if (options->account == NULL && options->password_file != NULL) {
		log_error("--password-file needs --account, too");
		return COMMAND_USAGE;
	}
	if (options->account != NULL && find_password(options) < 0)
		return COMMAND_FAILED;
	status = chatter_run(options);
	explicit_bzero(options->password, sizeof(options->password));
	return status;
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
