/* SPDX-License-Identifier: MIT */
/* spillway key: the keys of publishers, and the tokens of viewers. */
#include "viewer/commands.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/key.h"
#include "common/log.h"
#include "common/name.h"
#include "common/options.h"
#include "viewer/keyring.h"
#include "viewer/keyring_file.h"
#include "viewer/table.h"

struct keys_options {
	char *config;
	char *note;
	bool add, token, json;
};

#define FIELD(name) offsetof(struct keys_options, name)

#define ROW_CONFIG                                                                                 \
	{                                                                                          \
		.name = "config", .type = OPTION_TEXT, .offset = FIELD(config), .value = "FILE",   \
		.initial = OPTIONS_DEFAULT_FILE, .help = "The configuration file."                 \
	}

static const char reload[] = "systemctl reload spillway-relay";

/* ---- what they share ---- */

static int open_file(struct keyring_file *file, const char *path)
{
	int error = path != NULL ? keyring_file_open(file, path) : -ENOENT;

	if (error < 0)
		log_error("%s: %s", path != NULL ? path : "",
			  error == -EILSEQ ? "this is no text" : strerror(-error));
	return error;
}

/* Takes over text, NULL: without memory. */
static int replace_file(struct keyring_file *file, char *text)
{
	int error = text != NULL ? keyring_file_replace(file, text) : -ENOMEM;

	if (error < 0)
		log_error("%s: %s; it is as it was", file->path, strerror(-error));
	free(text);
	return error;
}

static bool stream_valid(const char *stream)
{
	if (stream == NULL || name_valid(slice_from(stream)))
		return true;
	log_error("%s: a stream can't have this name", stream);
	return false;
}

static const char *kind_of(const struct keys_options *options)
{
	return keyring_kinds[options->token ? KEYRING_TOKEN : KEYRING_KEY];
}

/* ---- new ---- */

static const struct option_row new_rows[] = {
	{.name = "token",
	 .type = OPTION_BOOL,
	 .offset = FIELD(token),
	 .help = "A token for viewers, instead of a key for publishers."},
	{.name = "add",
	 .type = OPTION_BOOL,
	 .offset = FIELD(add),
	 .help = "Put its hash into the configuration file; without STREAM, for all streams."},
	{.name = "note",
	 .type = OPTION_TEXT,
	 .offset = FIELD(note),
	 .value = "TEXT",
	 .help = "Whom it is for: a comment behind the hash, which `spillway key list` shows."},
	ROW_CONFIG,
	{.name = "json",
	 .type = OPTION_BOOL,
	 .offset = FIELD(json),
	 .help = "Print one line of JSON: key, hash, id, and the stream if it was given."},
	{.name = NULL},
};

/* The relay takes so many. */
static bool has_room(const char *text, const char *stream, enum keyring_kind kind)
{
	struct keyring keyring = {.text = text};
	struct keyring_entry entry;
	unsigned n = 0;

	while (keyring_next(&keyring, &entry))
		n += entry.kind == kind && (stream != NULL ? slice_equal(entry.stream, stream)
							   : entry.stream.data == NULL);
	if (n >= OPTIONS_MAX_ITEMS)
		log_error("there are %u of them already; revoke some first", n);
	return n < OPTIONS_MAX_ITEMS;
}

static int add_to_file(const struct keys_options *options, const char *stream, const char *hash)
{
	enum keyring_kind kind = options->token ? KEYRING_TOKEN : KEYRING_KEY;
	const char *note = options->note != NULL ? options->note : "";
	struct keyring_file file;
	int error = open_file(&file, options->config);

	if (error < 0)
		return error;
	error = -ENOSPC;
	if (has_room(file.text, stream, kind))
		error = replace_file(&file, keyring_add(file.text, stream, kind, hash, note));
	keyring_file_close(&file);
	return error;
}

/* The key comes first and alone in its line, so that this can be kept as a key file. */
static void new_print(const struct keys_options *options, const char *key, const char *hash,
		      const char *stream)
{
	const char *note = options->note != NULL ? options->note : "";
	char id[KEYRING_ID_LEN + 1];

	keyring_id(slice_from(hash), id);
	printf("%s\n\n", key);
	if (options->add)
		printf("# Its hash, %s…, is in %s. The relay goes by it after:\n# %s\n", id,
		       options->config, reload);
	else
		printf("# For spillway.ini, which keeps no key but its hash:\n"
		       "[stream %s]\n"
		       "%s = %s%s%s\n",
		       stream != NULL ? stream : "NAME", kind_of(options), hash,
		       *note != '\0' ? " ; " : "", note);
}

static int new_print_json(const char *key, const char *hash, const char *stream)
{
	char id[KEYRING_ID_LEN + 1];
	json_t *json;

	keyring_id(slice_from(hash), id);
	json = json_pack("{s:s, s:s, s:s, s:s*}", "key", key, "hash", hash, "id", id, "stream",
			 stream);
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

	if (!stream_valid(stream))
		return COMMAND_USAGE;
	if (options->note != NULL && !keyring_note_valid(options->note)) {
		log_error("--note: at most %d bytes, without control characters", KEYRING_NOTE_MAX);
		return COMMAND_USAGE;
	}
	key_generate(key);
	key_hash(key, hash);
	if (options->add)
		error = add_to_file(options, stream, hash);
	if (error == 0 && options->json)
		error = new_print_json(key, hash, stream);
	else if (error == 0)
		new_print(options, key, hash, stream);
	sodium_memzero(key, sizeof(key));
	return error || fflush(stdout) != 0 ? COMMAND_FAILED : COMMAND_OK;
}

/* ---- list ---- */

static const struct option_row list_rows[] = {
	ROW_CONFIG,
	{.name = "json",
	 .type = OPTION_BOOL,
	 .offset = FIELD(json),
	 .help = "Print one line of JSON: an array of id, kind, stream (null: all), note and "
		 "line."},
	{.name = NULL},
};

static json_t *text_json(struct slice text)
{
	return text.data != NULL ? json_stringn(text.data, text.len) : json_null();
}

static json_t *entries_json(const char *text, const char *stream)
{
	struct keyring keyring = {.text = text};
	struct keyring_entry entry;
	json_t *entries = json_array();

	while (keyring_next(&keyring, &entry)) {
		char id[KEYRING_ID_LEN + 1];

		if (stream != NULL && !slice_equal(entry.stream, stream))
			continue;
		keyring_id(entry.hash, id);
		json_array_append_new(entries,
				      json_pack("{s:s, s:s, s:o, s:o, s:i}", "id", id, "kind",
						keyring_kinds[entry.kind], "stream",
						text_json(entry.stream), "note",
						text_json(entry.note), "line", (int)entry.line));
	}
	return entries;
}

/* What holds for all streams has none. */
static void cell_stream(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	table_string(row, key, to);
	if (to[0] == '\0')
		strcpy(to, "(all)");
}

static const struct table_column list_columns[] = {
	{"ID", "id", table_string, false},	  {"KIND", "kind", table_string, false},
	{"STREAM", "stream", cell_stream, false}, {"LINE", "line", table_count, true},
	{"NOTE", "note", table_string, false},	  {.title = NULL},
};

static int keys_list(const struct keys_options *options, const char *stream)
{
	struct keyring_file file;
	json_t *entries;

	if (!stream_valid(stream))
		return COMMAND_USAGE;
	if (open_file(&file, options->config) < 0)
		return COMMAND_FAILED;
	entries = entries_json(file.text, stream);
	keyring_file_close(&file);
	if (options->json) {
		json_dumpf(entries, stdout, JSON_COMPACT);
		fputc('\n', stdout);
	} else if (json_array_size(entries) > 0) {
		table_print(stdout, list_columns, entries);
	}
	json_decref(entries);
	return fflush(stdout) != 0 ? COMMAND_FAILED : COMMAND_OK;
}

/* ---- revoke ---- */

static const struct option_row revoke_rows[] = {
	ROW_CONFIG,
	{.name = NULL},
};

/* Whether it is one key that the id means: a few digits may be those of several. */
static bool find_one(const char *text, const char *id, struct keyring_entry *ret_entry)
{
	struct keyring keyring = {.text = text};
	struct keyring_entry entry;
	bool found = false;

	while (keyring_next(&keyring, &entry)) {
		if (!keyring_matches(&entry, id))
			continue;
		if (found && (entry.hash.len != ret_entry->hash.len ||
			      memcmp(entry.hash.data, ret_entry->hash.data, entry.hash.len) != 0)) {
			log_error("%s: there are several that begin so; give more digits", id);
			return false;
		}
		if (!found)
			*ret_entry = entry;
		found = true;
	}
	if (!found)
		log_error("%s: there is no key or token whose id begins so; `spillway key list` "
			  "names them",
			  id);
	return found;
}

static void tell_revoked(const char *text, const char *id)
{
	struct keyring keyring = {.text = text};
	struct keyring_entry entry;
	char shown[KEYRING_ID_LEN + 1];

	while (keyring_next(&keyring, &entry)) {
		struct slice stream =
			entry.stream.data != NULL ? entry.stream : slice_from("all streams");

		if (!keyring_matches(&entry, id))
			continue;
		keyring_id(entry.hash, shown);
		printf("revoked: the %s %s of %.*s%s%.*s\n", keyring_kinds[entry.kind], shown,
		       (int)stream.len, stream.data, entry.note.len > 0 ? ": " : "",
		       (int)entry.note.len, entry.note.data);
	}
}

/* A key may be that of several streams: it is taken away from all. */
static char *remove_all(const char *text, const char *id)
{
	char *left = strdup(text);
	struct keyring keyring = {.text = left};
	struct keyring_entry entry;

	while (left != NULL && keyring_next(&keyring, &entry)) {
		if (!keyring_matches(&entry, id))
			continue;
		char *less = keyring_remove(left, entry.start);

		free(left);
		left = less;
		keyring = (struct keyring){.text = left};
	}
	return left;
}

static int keys_revoke(const struct keys_options *options, const char *id)
{
	struct keyring_file file;
	struct keyring_entry entry;
	int status = COMMAND_FAILED;

	if (!keyring_id_valid(id)) {
		log_error("that is not an id; `spillway key list` names them: the first %d or more "
			  "digits will do",
			  KEYRING_ID_MIN);
		return COMMAND_USAGE;
	}
	if (open_file(&file, options->config) < 0)
		return COMMAND_FAILED;
	if (find_one(file.text, id, &entry) &&
	    replace_file(&file, remove_all(file.text, id)) == 0) {
		tell_revoked(file.text, id);
		printf("%s.backup has the file as it was. The relay goes by the new one after:\n"
		       "%s\n",
		       file.path, reload);
		status = COMMAND_OK;
	}
	keyring_file_close(&file);
	return fflush(stdout) != 0 ? COMMAND_FAILED : status;
}

/* ---- the commands ---- */

/* Each takes one argument, which `new` and `list` may go without. */
static int run(struct option_program program, int argc, char *argv[],
	       int (*take)(const struct keys_options *options, const char *argument))
{
	struct keys_options options = {0};
	int first, status = COMMAND_USAGE;

	program.fields = &options;
	program.max_arguments = 1;
	options_init(program.rows, &options);
	first = options_command_line(&program, argc, argv);
	if (first >= 0)
		status = take(&options, first < argc ? argv[first] : NULL);
	options_finish(program.rows, &options);
	return status;
}

static int new_main(int argc, char *argv[])
{
	const struct option_program program = {
		.name = "spillway key new",
		.usage = "[OPTION]... [STREAM]",
		.summary = "Makes a key, and the line with its hash for the configuration file.",
		.more = "Examples:\n"
			"  (umask 077; spillway key new cam >cam.key)\n"
			"  spillway-capture --source test: --key-file cam.key localhost/cam\n"
			"  spillway key new --add --token --note Alice cam\n",
		.rows = new_rows,
	};

	return run(program, argc, argv, keys_new);
}

static int list_main(int argc, char *argv[])
{
	const struct option_program program = {
		.name = "spillway key list",
		.usage = "[OPTION]... [STREAM]",
		.summary = "Lists the keys and tokens in the configuration file, which has their "
			   "hashes.",
		.rows = list_rows,
	};

	return run(program, argc, argv, keys_list);
}

static int revoke_main(int argc, char *argv[])
{
	const struct option_program program = {
		.name = "spillway key revoke",
		.usage = "[OPTION]... ID",
		.summary = "Takes a key or token out of the configuration file.",
		.more = "A stream that loses its last one stays closed.\n",
		.rows = revoke_rows,
		.min_arguments = 1,
	};

	return run(program, argc, argv, keys_revoke);
}

static const struct command new_command = {
	.name = "new",
	.summary = "make a key",
	.run = new_main,
};

static const struct command list_command = {
	.name = "list",
	.summary = "list those in the configuration file",
	.run = list_main,
};

static const struct command revoke_command = {
	.name = "revoke",
	.summary = "take one out of the configuration file",
	.run = revoke_main,
};

static const struct command *const commands[] = {&new_command, &list_command, &revoke_command,
						 NULL};

static int keys_main(int argc, char *argv[])
{
	return command_run("spillway key", commands, argc, argv);
}

const struct command keys_command = {
	.name = "key",
	.summary = "make, list and revoke keys for publishers and viewers",
	.run = keys_main,
};
