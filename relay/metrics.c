/* SPDX-License-Identifier: MIT */
#include "relay/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/exposition.h"
#include "common/usage.h"
#include "relay/ages.h"
#include "relay/auth.h"
#include "relay/relay.h"
#include "relay/stream.h"

/* ---- the whole relay ---- */

static const struct exposition_labels none;

static const struct {
	const char *name, *type, *help;
	size_t field; /* in struct counters */
} totals[] = {
	{"spillway_streams", "gauge", "Streams that are live or linger.",
	 offsetof(struct counters, streams_now)},
	{"spillway_viewers", "gauge", "Viewers connected.", offsetof(struct counters, viewers_now)},
	{"spillway_publishers", "gauge", "Publishers connected.",
	 offsetof(struct counters, publishers_now)},
	{"spillway_connections", "gauge", "Connections that are no viewers.",
	 offsetof(struct counters, conns_now)},
	{"spillway_connections_total", "counter", "Connections accepted.",
	 offsetof(struct counters, connections)},
	{"spillway_requests_total", "counter", "Requests received.",
	 offsetof(struct counters, requests)},
	{"spillway_refused_requests_total", "counter", "Requests answered with an error.",
	 offsetof(struct counters, errors)},
	{"spillway_received_frames_total", "counter", "Frames from publishers.",
	 offsetof(struct counters, frames_in)},
	{"spillway_received_bytes_total", "counter", "Bytes of frames from publishers.",
	 offsetof(struct counters, bytes_in)},
	{"spillway_refused_frames_total", "counter", "Frames out of order.",
	 offsetof(struct counters, frames_refused)},
	{"spillway_sent_frames_total", "counter", "Frames sent to viewers.",
	 offsetof(struct counters, frames_out)},
	{"spillway_sent_bytes_total", "counter", "Bytes sent to viewers.",
	 offsetof(struct counters, bytes_out)},
	{"spillway_stalled_viewers_total", "counter", "Viewers closed because they took nothing.",
	 offsetof(struct counters, viewers_stalled)},
};

static void print_totals(struct exposition *out, const struct relay *relay)
{
	for (size_t i = 0; i < sizeof(totals) / sizeof(*totals); i++) {
		exposition_family(out, totals[i].name, totals[i].type, totals[i].help);
		exposition_count(out, &none, relay_sum(relay, totals[i].field));
	}
	exposition_family(out, "spillway_dropped_frames_total", "counter",
			  "Frames that viewers didn't get, because they were behind.");
	for (int i = 0; i < CURSOR_REASONS; i++) {
		struct exposition_labels labels = {0};

		exposition_label(&labels, "reason", cursor_reason_names[i]);
		exposition_count(out, &labels, relay_total(relay, dropped[i]));
	}
}

static void print_health(struct exposition *out, const struct relay *relay)
{
	struct exposition_labels info = {0};

	exposition_label(&info, "version", SPILLWAY_VERSION);
	exposition_label(&info, "io", io_name(relay->workers[0].io));
	exposition_family(out, "spillway_build_info", "gauge", "Which relay this is; always 1.");
	exposition_count(out, &info, 1);
	exposition_family(out, "spillway_frame_pool_bytes", "gauge", "Memory of frames in use.");
	exposition_count(out, &none, relay_frame_bytes(relay));
	exposition_family(out, "spillway_spare_frame_bytes", "gauge",
			  "Memory kept for frames to come.");
	exposition_count(out, &none, relay_spare_frame_bytes(relay));
	exposition_family(out, "spillway_loop_lag_seconds", "histogram",
			  "How late each worker's loop was with what it does four times a second.");
	for (unsigned i = 0; i < relay->n_workers; i++) {
		struct exposition_labels labels = {0};
		char number[16];

		snprintf(number, sizeof(number), "%u", i);
		exposition_label(&labels, "worker", number);
		ages_expose(&relay->workers[i].loop_lag, out, &labels);
	}
}

/* ---- streams ---- */

/* A stream in one transport. */
struct row {
	struct exposition_labels labels;
	struct tally_row sum;
};

struct rows {
	const struct stream **streams; /* borrowed; by name */
	size_t n_streams, n_left_out;
	struct row *items;
	size_t n;
};

static uint64_t row_viewers(const struct row *row)
{
	return counter_get(&row->sum.viewers);
}

static uint64_t row_viewers_joined(const struct row *row)
{
	return counter_get(&row->sum.viewers_joined);
}

static uint64_t row_frames(const struct row *row)
{
	return tally_frames_out(&row->sum);
}

static uint64_t row_bytes(const struct row *row)
{
	return counter_get(&row->sum.bytes_out);
}

static const struct {
	const char *name, *type, *help;
	uint64_t (*count)(const struct row *row);
} row_counts[] = {
	{"spillway_stream_viewers", "gauge", "Viewers of the stream.", row_viewers},
	{"spillway_stream_joined_viewers_total", "counter",
	 "Viewers that have come, also from another rendition.", row_viewers_joined},
	{"spillway_stream_sent_frames_total", "counter", "Frames sent to viewers.", row_frames},
	{"spillway_stream_sent_bytes_total", "counter", "Bytes sent to viewers.", row_bytes},
};

static const struct {
	const char *name, *help;
	size_t field; /* in struct tally_row */
} row_ages[] = {
	{"spillway_stream_socket_age_seconds",
	 "How long ago the relay had each frame when a viewer's socket had taken it.",
	 offsetof(struct tally_row, socket_age)},
	{"spillway_stream_viewer_age_seconds",
	 "How old frames are when they arrive, estimated; of a sample of viewers.",
	 offsetof(struct tally_row, viewer_age)},
};

static void print_rows(struct exposition *out, const struct rows *rows)
{
	for (size_t i = 0; i < sizeof(row_counts) / sizeof(*row_counts); i++) {
		exposition_family(out, row_counts[i].name, row_counts[i].type, row_counts[i].help);
		for (size_t row = 0; row < rows->n; row++)
			exposition_count(out, &rows->items[row].labels,
					 row_counts[i].count(&rows->items[row]));
	}
	exposition_family(out, "spillway_stream_dropped_frames_total", "counter",
			  "Frames that viewers didn't get, because they were behind.");
	for (size_t row = 0; row < rows->n; row++) {
		for (int reason = 0; reason < CURSOR_REASONS; reason++) {
			struct exposition_labels labels = rows->items[row].labels;

			exposition_label(&labels, "reason", cursor_reason_names[reason]);
			exposition_count(out, &labels,
					 counter_get(&rows->items[row].sum.dropped[reason]));
		}
	}
	for (size_t i = 0; i < sizeof(row_ages) / sizeof(*row_ages); i++) {
		exposition_family(out, row_ages[i].name, "histogram", row_ages[i].help);
		for (size_t row = 0; row < rows->n; row++) {
			const char *sum = (const char *)&rows->items[row].sum;

			ages_expose((const void *)(sum + row_ages[i].field), out,
				    &rows->items[row].labels);
		}
	}
}

/* Not stream->frames: each worker counts these for itself, and a scrape may come to any. */
static uint64_t stream_frames(const struct stream *stream)
{
	return counter_get(&stream->tally->frames_in);
}

static uint64_t stream_bytes(const struct stream *stream)
{
	return counter_get(&stream->tally->bytes_in);
}

static uint64_t stream_live(const struct stream *stream)
{
	return stream->live;
}

static const struct {
	const char *name, *type, *help;
	uint64_t (*count)(const struct stream *stream);
} stream_counts[] = {
	{"spillway_stream_live", "gauge", "Whether the stream has a publisher.", stream_live},
	{"spillway_stream_received_frames_total", "counter", "Frames from publishers.",
	 stream_frames},
	{"spillway_stream_received_bytes_total", "counter", "Bytes of frames from publishers.",
	 stream_bytes},
};

static void print_streams(struct exposition *out, const struct rows *rows)
{
	exposition_family(out, "spillway_metrics_omitted_streams", "gauge",
			  "Streams that are left out here, since there are too many.");
	exposition_count(out, &none, rows->n_left_out);
	for (size_t i = 0; i < sizeof(stream_counts) / sizeof(*stream_counts); i++) {
		exposition_family(out, stream_counts[i].name, stream_counts[i].type,
				  stream_counts[i].help);
		for (size_t stream = 0; stream < rows->n_streams; stream++) {
			struct exposition_labels labels = {0};

			exposition_label(&labels, "stream", rows->streams[stream]->name);
			exposition_count(out, &labels,
					 stream_counts[i].count(rows->streams[stream]));
		}
	}
}

/* ---- which streams ---- */

static bool may_see(const struct conn *conn, const struct stream *stream)
{
	struct stream_rule rule = relay_config_rule(conn->worker->config, slice_from(stream->name));

	return auth_watch(&rule, &conn->request) == NULL ||
	       auth_is_loopback(&conn->request, peer_is_loopback(&conn->peer)) ||
	       auth_has_secret(&conn->request, &rule.keys);
}

static int compare(const void *left, const void *right)
{
	const struct stream *const *a = left, *const *b = right;

	return strcmp((*a)->name, (*b)->name);
}

/* Rows twice would spoil all: a mirror that is about to be told of its end may have the name of
 * another stream. */
static size_t without_doubles(const struct stream **streams, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || strcmp(streams[kept - 1]->name, streams[i]->name) != 0)
			streams[kept++] = streams[i];
	}
	return kept;
}

static int collect_streams(struct rows *rows, const struct conn *conn)
{
	const struct list *streams = &conn->worker->streams;
	struct list *link;
	size_t n = 0;

	list_each (link, streams)
		n++;
	rows->streams = calloc(n + 1, sizeof(*rows->streams));
	if (rows->streams == NULL)
		return -1;
	n = 0;
	list_each (link, streams) {
		const struct stream *stream = list_item(link, struct stream, link);

		/* A session's name is for whom it was opened for, and whom they tell. */
		if (!stream->ending && name_session(slice_from(stream->name)).len == 0 &&
		    may_see(conn, stream))
			rows->streams[n++] = stream;
	}
	qsort(rows->streams, n, sizeof(*rows->streams), compare);
	n = without_doubles(rows->streams, n);
	rows->n_streams = n < METRICS_MAX_STREAMS ? n : METRICS_MAX_STREAMS;
	rows->n_left_out = n - rows->n_streams;
	return 0;
}

static int collect_rows(struct rows *rows)
{
	rows->items = aligned_alloc(_Alignof(struct row),
				    (rows->n_streams * TRANSPORTS + 1) * sizeof(*rows->items));
	if (rows->items == NULL)
		return -1;
	for (size_t i = 0; i < rows->n_streams; i++) {
		for (int transport = 0; transport < TRANSPORTS; transport++) {
			struct row *row = &rows->items[rows->n];

			row->sum =
				tally_sum(rows->streams[i]->tally, (enum transport_index)transport);
			if (row_viewers_joined(row) == 0)
				continue;
			row->labels = (struct exposition_labels){0};
			exposition_label(&row->labels, "stream", rows->streams[i]->name);
			exposition_label(&row->labels, "transport", transports[transport]->name);
			rows->n++;
		}
	}
	return 0;
}

void metrics_answer(struct conn *conn)
{
	const struct relay *relay = conn->worker->relay;
	struct usage usage = usage_read();
	struct rows rows = {0};
	struct exposition out;

	exposition_init(&out, CONN_HEAD_ROOM);
	print_totals(&out, relay);
	print_health(&out, relay);
	usage_expose(&usage, relay->started_s, &out);
	if (collect_streams(&rows, conn) < 0 || collect_rows(&rows) < 0) {
		out.failed = true;
	} else {
		print_streams(&out, &rows);
		print_rows(&out, &rows);
	}
	free(rows.streams);
	free(rows.items);
	if (out.failed) {
		exposition_finish(&out);
		conn_refuse(conn, 503, "The relay is out of memory.");
		return;
	}
	conn_answer_large(conn, "text/plain; version=0.0.4; charset=utf-8", out.text, out.len);
}
