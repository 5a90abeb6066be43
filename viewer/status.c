/* SPDX-License-Identifier: MIT */
#include "viewer/status.h"

#include <errno.h>
#include <string.h>

#include "common/sentence.h"
#include "viewer/human.h"
#include "viewer/table.h"

/* ---- asking ---- */

static const struct {
	const char *request;
	const char *member; /* of the answer; NULL: all of it but "ok" */
} questions[] = {
	{"stats", NULL},
	{"streams", "streams"},
	{"viewers", "viewers"},
};

/* Takes over reply. */
static int status_take(json_t *status, const char *request, const char *member, json_t *reply,
		       char ret_sentence[STATUS_SENTENCE_SIZE])
{
	const char *why = json_string_value(json_object_get(reply, "error"));
	int error = 0;

	if (!json_is_true(json_object_get(reply, "ok"))) {
		sentence_clean(slice_from(why ? why : "the relay refuses, and doesn't say why"),
			       ret_sentence, STATUS_SENTENCE_SIZE);
		error = -EREMOTEIO;
	} else if (member) {
		json_object_set(status, request, json_object_get(reply, member));
	} else {
		json_object_del(reply, "ok");
		json_object_set(status, request, reply);
	}
	json_decref(reply);
	return error;
}

static int status_question(struct control_client *client, const char *name, json_t **ret_reply)
{
	json_t *request = json_pack("{s:s}", "request", name);
	int error = request ? control_send(client, request) : -ENOMEM;

	json_decref(request);
	return error ? error : control_receive(client, CONTROL_TIMEOUT_MS, ret_reply);
}

int status_ask(struct control_client *client, json_t **ret_status,
	       char ret_sentence[STATUS_SENTENCE_SIZE])
{
	json_t *status = json_object(), *reply;
	int error = status ? 0 : -ENOMEM;

	for (size_t i = 0; !error && i < sizeof(questions) / sizeof(questions[0]); i++) {
		error = status_question(client, questions[i].request, &reply);
		if (error)
			snprintf(ret_sentence, STATUS_SENTENCE_SIZE, "%s", strerror(-error));
		else
			error = status_take(status, questions[i].request, questions[i].member,
					    reply, ret_sentence);
	}
	if (error) {
		json_decref(status);
		return error;
	}
	*ret_status = status;
	return 0;
}

/* ---- cells ---- */

/* "12 (lag 8, queue 4)": a sum, and where it comes from. */
static void cell_dropped(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	json_t *dropped = json_object_get(row, key), *value;
	double sum = json_number_value(dropped); /* 0 where it isn't one */
	char reasons[TABLE_CELL_SIZE] = "", reason[32];
	size_t len = 0;
	const char *name;

	json_object_foreach(dropped, name, value)
	{
		if (!(json_number_value(value) > 0))
			continue;
		sum += json_number_value(value);
		sentence_clean(slice_from(name), reason, sizeof(reason));
		len += (size_t)snprintf(reasons + len, sizeof(reasons) - len, "%s%s %.0f",
					len > 0 ? ", " : "", reason, json_number_value(value));
		if (len > sizeof(reasons) / 2)
			break;
	}
	if (dropped)
		snprintf(to, TABLE_CELL_SIZE, len > 0 ? "%.0f (%.*s)" : "%.0f%.*s", sum,
			 TABLE_CELL_SIZE - 40, reasons);
}

/* "2 / 66.7 ms": frames and time behind; key is the prefix of both members. */
static void cell_lag(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	char name[32], frames[TABLE_CELL_SIZE] = "", ms[TABLE_CELL_SIZE] = "";

	snprintf(name, sizeof(name), "%s_frames", key);
	table_count(row, name, frames);
	snprintf(name, sizeof(name), "%s_ms", key);
	table_milliseconds(row, name, ms);
	if (frames[0] != '\0' || ms[0] != '\0')
		snprintf(to, TABLE_CELL_SIZE, "%.60s / %.60s", frames[0] != '\0' ? frames : "-",
			 ms[0] != '\0' ? ms : "-");
}

static const struct table_column stream_columns[] = {
	{"STREAM", "name", table_string, false},
	{"STATE", "state", table_string, false},
	{"SINCE", "since_s", table_seconds, true},
	{"PUBLISHER", "address", table_string, false},
	{"TRANSPORT", "transport", table_string, false},
	{"FPS", "fps", table_decimal, true},
	{"KBIT/S", "kbps", table_count, true},
	{"FRAMES", "frames", table_count, true},
	{"BYTES", "bytes", table_bytes, true},
	{"VIEWERS", "viewers", table_count, true},
	{"DROPPED", "frames_dropped", cell_dropped, false},
	{.title = NULL},
};

static const struct table_column viewer_columns[] = {
	{"ID", "id", table_count, true},
	{"STREAM", "stream", table_string, false},
	{"TRANSPORT", "transport", table_string, false},
	{"ADDRESS", "address", table_string, false},
	{"STATE", "state", table_string, false},
	{"SINCE", "connected_s", table_seconds, true},
	{"SENT", "frames_sent", table_count, true},
	{"BYTES", "bytes", table_bytes, true},
	{"LAG", "lag", cell_lag, true},
	{"WORST", "worst_lag", cell_lag, true},
	{"UNSENT", "unsent", table_bytes, true},
	{"RTT", "rtt_ms", table_milliseconds, true},
	{"AGE", "age_ms", table_milliseconds, true},
	{"DROPPED", "frames_dropped", cell_dropped, false},
	{.title = NULL},
};

/* ---- the relay itself ---- */

static void relay_memory(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	const json_t *value = json_object_get(row, key);

	if (json_is_number(value) && json_number_value(value) >= 0)
		human_bytes((uint64_t)(json_number_value(value) * 1024), to);
}

/* Lines of "name value" pairs. */
static const struct {
	const char *before, *key;
	table_text *text;
	const char *after;
} relay_parts[] = {
	{"spillway-relay ", "version", table_string, ""},
	{", process ", "pid", table_count, ""},
	{", up ", "uptime_s", table_seconds, ""},
	{", on ", "io", table_string, "\n"},
	{"", "streams", table_count, " streams, "},
	{"", "viewers", table_count, " viewers, "},
	{"", "publishers", table_count, " publishers, "},
	{"", "connections", table_count, " connections\n"},
	{"frames: ", "frames_in", table_count, " in, "},
	{"", "frames_out", table_count, " out, "},
	{"", "frames_dropped", cell_dropped, " dropped\n"},
	{"bytes: ", "bytes_in", table_bytes, " in, "},
	{"", "bytes_out", table_bytes, " out; "},
	{"", "memory_kb", relay_memory, " of memory, "},
	{"", "cpu_s", table_decimal, " s of CPU\n"},
};

static void relay_print(FILE *out, const json_t *stats)
{
	char text[TABLE_CELL_SIZE];

	for (size_t i = 0; i < sizeof(relay_parts) / sizeof(relay_parts[0]); i++) {
		text[0] = '\0';
		relay_parts[i].text(stats, relay_parts[i].key, text);
		fprintf(out, "%s%s%s", relay_parts[i].before, text[0] != '\0' ? text : "-",
			relay_parts[i].after);
	}
}

static void list_print(FILE *out, const struct table_column *columns, const json_t *rows)
{
	if (json_array_size(rows) == 0)
		return;
	fputc('\n', out);
	table_print(out, columns, rows);
}

void status_print(FILE *out, const json_t *status)
{
	relay_print(out, json_object_get(status, "stats"));
	list_print(out, stream_columns, json_object_get(status, "streams"));
	list_print(out, viewer_columns, json_object_get(status, "viewers"));
}
