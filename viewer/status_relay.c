/* SPDX-License-Identifier: MIT */
/* What a relay tells, as tables. */
#include "common/sentence.h"
#include "viewer/status_impl.h"

static const struct status_question questions[] = {
	{"stats", NULL},
	{"streams", "streams"},
	{"viewers", "viewers"},
	{0},
};

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

static const struct status_part parts[] = {
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
	{"", "memory_kb", status_kilobytes, " of memory, "},
	{"", "cpu_s", table_decimal, " s of CPU\n"},
	{0},
};

static void print(FILE *out, const json_t *status)
{
	status_print_parts(out, parts, json_object_get(status, "stats"));
	status_print_list(out, stream_columns, json_object_get(status, "streams"));
	status_print_list(out, viewer_columns, json_object_get(status, "viewers"));
}

const struct status_service status_of_relay = {
	"spillway-relay", "relay.sock", NULL, questions, print,
};
