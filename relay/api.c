/* SPDX-License-Identifier: MIT */
#include "relay/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/status.h"

void api_streams(struct conn *conn)
{
	json_t *streams = status_public_streams(conn->worker);
	char *text = streams != NULL ? json_dumps(streams, JSON_COMPACT) : NULL;

	json_decref(streams);
	if (text == NULL)
		conn_refuse(conn, 503, "The relay is out of memory.");
	else
		conn_answer(conn, 200, "application/json", "", text, strlen(text));
	free(text);
}

void api_healthz(struct conn *conn)
{
	if (conn->worker->draining)
		conn_refuse(conn, 503, "The relay is shutting down.");
	else
		conn_answer(conn, 200, "text/plain; charset=utf-8", "", "ok\n", 3);
}

/* ---- metrics: the Prometheus text format 0.0.4 ---- */

static const struct {
	const char *name, *type, *help;
	size_t field; /* in struct counters */
} metrics[] = {
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

static void print_metrics(FILE *out, const struct relay *relay)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++)
		fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", metrics[i].name,
			metrics[i].help, metrics[i].name, metrics[i].type, metrics[i].name,
			(unsigned long long)relay_sum(relay, metrics[i].field));
	fputs("# HELP spillway_dropped_frames_total Frames that viewers didn't get.\n"
	      "# TYPE spillway_dropped_frames_total counter\n",
	      out);
	for (int i = 0; i < CURSOR_REASONS; i++)
		fprintf(out, "spillway_dropped_frames_total{reason=\"%s\"} %llu\n",
			cursor_reason_names[i], (unsigned long long)relay_total(relay, dropped[i]));
}

void api_metrics(struct conn *conn)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out != NULL) {
		print_metrics(out, conn->worker->relay);
		fclose(out);
	}
	if (text == NULL)
		conn_refuse(conn, 503, "The relay is out of memory.");
	else
		conn_answer(conn, 200, "text/plain; version=0.0.4; charset=utf-8", "", text, len);
	free(text);
}
