/* SPDX-License-Identifier: MIT */
/* spillway key: the keys of publishers, and the tokens of viewers. */
#include "viewer/commands.h"

#include <jansson.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>

#include "common/key.h"
#include "common/log.h"
#include "common/name.h"
#include "common/options.h"

struct keys_options {
	bool json;
};

static const struct option_row rows[] = {
	{.name = "json",
	 .type = OPTION_BOOL,
	 .offset = offsetof(struct keys_options, json),
	 .help = "Print one line of JSON: key, hash, and the stream if it was given."},
	{.name = NULL},
};

/* The key comes first and alone in its line, so that this can be kept as a key file. */
static void keys_print(const char *key, const char *hash, const char *stream)
{
	printf("%s\n"
	       "\n"
	       "# For spillway.ini, which keeps no key but its hash:\n"
	       "[stream %s]\n"
	       "key = %s\n",
	       key, stream ? stream : "NAME", hash);
}

static int keys_print_json(const char *key, const char *hash, const char *stream)
{
	json_t *json = json_pack("{s:s, s:s, s:s*}", "key", key, "hash", hash, "stream", stream);

	if (!json)
		return -1;
	json_dumpf(json, stdout, JSON_COMPACT);
	fputc('\n', stdout);
	json_decref(json);
	return 0;
}

static int keys_new(const struct keys_options *options, const char *stream)
{
	char key[KEY_TEXT_SIZE], hash[KEY_HASH_SIZE];
	int error = 0;

	if (stream && !name_valid(slice_from(stream))) {
		log_error("%s: a stream can't have this name", stream);
		return COMMAND_USAGE;
	}
	key_generate(key);
	key_hash(key, hash);
	if (options->json)
		error = keys_print_json(key, hash, stream);
	else
		keys_print(key, hash, stream);
	sodium_memzero(key, sizeof(key));
	return error || fflush(stdout) != 0 ? COMMAND_FAILED : COMMAND_OK;
}

static int keys_new_main(int argc, char *argv[])
{
	struct keys_options options = {0};
	const struct option_program program = {
		.name = "spillway key new",
		.usage = "[OPTION]... [STREAM]",
		.summary = "Makes a key, and the line with its hash for the configuration file.",
		.more = "Examples:\n"
			"  (umask 077; spillway key new cam >cam.key)\n"
			"  spillway-capture --source test: --key-file cam.key localhost/cam\n",
		.rows = rows,
		.fields = &options,
		.max_arguments = 1,
	};
	int first, status = COMMAND_USAGE;

	options_init(rows, &options);
	first = options_command_line(&program, argc, argv);
	if (first >= 0)
		status = keys_new(&options, first < argc ? argv[first] : NULL);
	options_finish(rows, &options);
	return status;
}

static const struct command new_command = {
	.name = "new",
	.summary = "make a key",
	.run = keys_new_main,
};

static const struct command *const commands[] = {&new_command, NULL};

static int keys_main(int argc, char *argv[])
{
	return command_run("spillway key", commands, argc, argv);
}

const struct command keys_command = {
	.name = "key",
	.summary = "make keys for publishers and viewers",
	.run = keys_main,
};
