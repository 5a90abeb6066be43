/* SPDX-License-Identifier: MIT */
/* What a chat tells, as tables. */
#include <string.h>

#include "common/sentence.h"
#include "viewer/status_impl.h"

static const struct status_question questions[] = {
	{"stat", NULL},
	{"rooms", "rooms"},
	{"users", "users"},
	{0},
};

/* ---- cells ---- */

/* "": the cell is empty, and not missing. */
static void cell_account(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	const char *account = json_string_value(json_object_get(row, key));

	if (account && *account == '\0')
		snprintf(to, TABLE_CELL_SIZE, "guest");
	else
		table_string(row, key, to);
}

/* As many names as fit. */
static void cell_names(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	const json_t *names = json_object_get(row, key);
	size_t len = 0;

	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));
		char clean[TABLE_CELL_SIZE];

		sentence_clean(slice_from(name ? name : ""), clean, sizeof(clean));
		if (len + strlen(clean) + sizeof(" …") >= TABLE_CELL_SIZE) {
			snprintf(to + len, TABLE_CELL_SIZE - len, "…");
			return;
		}
		len += (size_t)snprintf(to + len, TABLE_CELL_SIZE - len, "%s%s", len > 0 ? " " : "",
					clean);
	}
}

/* Only where something is wrong. */
static void cell_error(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	const char *error = json_string_value(json_object_get(row, key));
	char clean[TABLE_CELL_SIZE / 2];

	sentence_clean(slice_from(error ? error : ""), clean, sizeof(clean));
	snprintf(to, TABLE_CELL_SIZE, "%s%s\n", error ? "\nnothing can be stored: " : "", clean);
}

static const struct table_column room_columns[] = {
	{"ROOM", "name", table_string, false},	 {"MEMBERS", "members", table_count, true},
	{"MODES", "modes", table_string, false}, {"SINCE", "since_s", table_seconds, true},
	{"TOPIC", "topic", table_string, false}, {.title = NULL},
};

static const struct table_column user_columns[] = {
	{"NICK", "nick", table_string, false},
	{"ACCOUNT", "account", cell_account, false},
	{"HOST", "host", table_string, false},
	{"TRANSPORT", "transport", table_string, false},
	{"SINCE", "connected_s", table_seconds, true},
	{"IDLE", "idle_s", table_seconds, true},
	{"UNSENT", "waiting", table_bytes, true},
	{"ROOMS", "rooms", cell_names, false},
	{.title = NULL},
};

/* ---- the chat itself ---- */

static const struct status_part parts[] = {
	{"spillway-chat ", "version", table_string, ""},
	{", process ", "pid", table_count, ""},
	{", up ", "uptime_s", table_seconds, ""},
	{", on ", "io", table_string, "\n"},
	{"", "rooms", table_count, " rooms, "},
	{"", "users", table_count, " users, "},
	{"", "most_users", table_count, " at most, "},
	{"", "connections", table_count, " connections\n"},
	{"messages: ", "messages", table_count, " in rooms, "},
	{"", "messages_per_s", table_decimal, " a second now; "},
	{"", "private_messages", table_count, " private; "},
	{"", "history_messages", table_count, " shown again\n"},
	{"database: ", "writes", table_count, " writes in "},
	{"", "commits", table_count, " commits, "},
	{"", "refused_writes", table_count, " refused"},
	{"", "store_error", cell_error, ""},
	{"bytes: ", "bytes_in", table_bytes, " in, "},
	{"", "bytes_out", table_bytes, " out; "},
	{"", "memory_kb", status_kilobytes, " of memory, "},
	{"", "cpu_s", table_decimal, " s of CPU\n"},
	{0},
};

static void print(FILE *out, const json_t *status)
{
	status_print_parts(out, parts, json_object_get(status, "stat"));
	status_print_list(out, room_columns, json_object_get(status, "rooms"));
	status_print_list(out, user_columns, json_object_get(status, "users"));
}

const struct status_service status_of_chat = {
	"spillway-chat", "chat.sock", "chat", questions, print,
};
