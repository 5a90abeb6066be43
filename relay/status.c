/* SPDX-License-Identifier: MIT */
#include "relay/status.h"

#include <time.h>
#include <unistd.h>

#include "relay/path.h"
#include "relay/demand.h"
#include "relay/publisher.h"
#include "relay/relay.h"
#include "relay/stream.h"
#include "common/usage.h"
#include "relay/viewer.h"

static json_int_t seconds_since(const struct worker *worker, int64_t time_us)
{
	return (io_now_us(worker->io) - time_us) / 1000000;
}

static json_int_t count(uint64_t n)
{
	return (json_int_t)n;
}

static json_t *dropped_json(const counter dropped[CURSOR_REASONS])
{
	json_t *object = json_object();

	for (int i = 0; i < CURSOR_REASONS; i++)
		json_object_set_new(object, cursor_reason_names[i],
				    json_integer(count(counter_get(&dropped[i]))));
	return object;
}

/* ---- streams ---- */

static void add_title(json_t *object, const struct stream *stream)
{
	const char *title =
		relay_config_rule(stream->worker->config, slice_from(stream->name)).title;

	if (title != NULL)
		json_object_set_new(object, "title", json_string(title));
}

static json_t *stream_json(const struct stream *stream, const struct tally_row *sum)
{
	json_t *object = json_pack(
		"{ss sI ss sI sI sI sf sf sI sI sI sb}", "name", stream->name, "id",
		(json_int_t)stream->id, "state", stream->live ? "live" : "lingering", "since_s",
		seconds_since(stream->worker, stream->live_us), "frames", count(stream->frames),
		"bytes", count(stream->bytes), "fps", stream->fps, "kbps", stream->kbps, "viewers",
		count(counter_get(&sum->viewers)), "width", count(stream->width), "height",
		count(stream->height), "paused", stream->paused);

	add_title(object, stream);
	return object;
}

/* A session is for whom it was opened for, and whom they tell; a catalogue is its entries. */
static bool is_public(const struct stream *stream)
{
	struct slice name = slice_from(stream->name);

	return !stream->ending && name_session(name).len == 0 &&
	       shelf_find(&stream->worker->relay->shelf, name) == SHELF_NOWHERE;
}

json_t *status_public_streams(const struct worker *worker)
{
	json_t *streams = json_array();
	struct list *link;

	list_each (link, &worker->streams) {
		const struct stream *stream = list_item(link, struct stream, link);
		struct stream_rule rule =
			relay_config_rule(worker->config, slice_from(stream->name));
		struct tally_row sum = tally_total(stream->tally);

		if (is_public(stream) && rule.watch == WATCH_ANYONE)
			json_array_append_new(streams, stream_json(stream, &sum));
	}
	shelf_list(&worker->relay->shelf, worker->config, streams);
	return json_pack("{sI so}", "uptime_s", seconds_since(worker, worker->started_us),
			 "streams", streams);
}

json_t *status_home_streams(const struct worker *worker)
{
	json_t *streams = json_array();
	struct list *link;

	list_each (link, &worker->streams) {
		const struct stream *stream = list_item(link, struct stream, link);
		const struct publisher *publisher = stream->publisher;
		struct tally_row sum = tally_total(stream->tally);
		char text[PEER_TEXT_SIZE];

		if (stream->mirror)
			continue;
		json_t *object = stream_json(stream, &sum);
		if (publisher != NULL) {
			json_object_set_new(object, "transport", json_string(publisher->transport));
			json_object_set_new(object, "address",
					    json_string(peer_text(&publisher->conn->peer, text)));
		}
		json_object_set_new(object, "worker", json_integer(worker->index));
		json_object_set_new(object, "demand", json_integer(count(demand_of(stream))));
		json_object_set_new(object, "frames_out",
				    json_integer(count(tally_frames_out(&sum))));
		json_object_set_new(object, "bytes_out",
				    json_integer(count(counter_get(&sum.bytes_out))));
		json_object_set_new(object, "frames_dropped", dropped_json(sum.dropped));
		json_array_append_new(streams, object);
	}
	return streams;
}

/* Since when it is live, or isn't. */
json_t *status_event(const char *event, const struct stream *stream)
{
	json_int_t since_s =
		(json_int_t)time(NULL) - seconds_since(stream->worker, stream->live_us);
	json_t *object = json_pack("{ss ss sI sI}", "event", event, "stream", stream->name, "time",
				   since_s, "viewers", count(tally_viewers(stream->tally)));

	add_title(object, stream);
	return object;
}

/* ---- viewers ---- */

static json_t *viewer_json(struct viewer *viewer)
{
	static const char *const states[] = {
		[VIEWER_IDLE] = "idle",	      [VIEWER_SENDING] = "sending",
		[VIEWER_BLOCKED] = "blocked", [VIEWER_ENDING] = "ending",
		[VIEWER_CLOSED] = "closed",
	};
	struct worker *worker = viewer->feed->stream->worker;
	struct io_link link;
	struct viewer_lag lag = viewer_note_lag(viewer, io_now_us(worker->io));
	char text[PEER_TEXT_SIZE];

	if (io_link(worker->io, viewer->fd, &link) < 0)
		link = (struct io_link){0};
	json_t *object = json_pack(
		"{sI ss ss ss sI ss sI sI sI sf sI sf sI sf sf}", "id", count(viewer->id), "stream",
		viewer->feed->stream->name, "transport", viewer->feed->transport->name, "address",
		peer_text(&viewer->peer, text), "connected_s",
		seconds_since(worker, viewer->joined_us), "state", states[viewer->state],
		"frames_sent", count(viewer_frames(viewer)), "bytes", count(viewer->bytes),
		"lag_frames", count(lag.frames), "lag_ms", (double)lag.us / 1000,
		"worst_lag_frames", count(viewer->worst_lag.frames), "worst_lag_ms",
		(double)viewer->worst_lag.us / 1000, "unsent", (json_int_t)link.unsent, "rtt_ms",
		link.rtt_us / 1000.0, "age_ms", (double)path_age_us(&link, lag.us) / 1000);
	json_object_set_new(object, "worker", json_integer(worker->index));
	json_object_set_new(object, "frames_dropped", dropped_json(viewer->dropped));
	if (viewer->mover != NULL) {
		json_object_set_new(object, "auto", json_boolean(viewer->mover->chooses));
		if (viewer->mover->next != NULL)
			json_object_set_new(object, "moving",
					    json_string(viewer->mover->next->stream->name));
		json_object_set_new(object, "moves", json_integer(count(viewer->mover->moves)));
	}
	return object;
}

json_t *status_viewers(const struct worker *worker, const char *stream)
{
	json_t *viewers = json_array();
	struct list *link;

	list_each (link, &worker->viewers) {
		struct viewer *viewer = list_item(link, struct viewer, all);

		if (viewer->state != VIEWER_CLOSED &&
		    (stream == NULL || slice_equal(slice_from(stream), viewer->feed->stream->name)))
			json_array_append_new(viewers, viewer_json(viewer));
	}
	return viewers;
}

/* ---- totals ---- */

static json_t *dropped_totals(const struct relay *relay)
{
	counter dropped[CURSOR_REASONS];

	for (int i = 0; i < CURSOR_REASONS; i++)
		atomic_init(&dropped[i], relay_total(relay, dropped[i]));
	return dropped_json(dropped);
}

/* Any worker may read what others count. */
static json_t *workers_json(const struct relay *relay)
{
	int64_t now_us = io_now_us(relay->workers[0].io);
	json_t *workers = json_array();

	for (unsigned i = 0; i < relay->n_workers; i++) {
		const struct worker *worker = &relay->workers[i];
		const struct counters *counters = &worker->counters;
		int64_t ticked_us = (int64_t)counter_get(&worker->ticked_us);
		int64_t silent_us = ticked_us > 0 && now_us > ticked_us ? now_us - ticked_us : 0;

		json_array_append_new(
			workers, json_pack("{sI sI sI sI sI sI sI}", "worker", (json_int_t)i,
					   "streams", count(counter_get(&counters->streams_now)),
					   "viewers", count(counter_get(&counters->viewers_now)),
					   "connections", count(counter_get(&counters->conns_now)),
					   "frames_out", count(counter_get(&counters->frames_out)),
					   "bytes_out", count(counter_get(&counters->bytes_out)),
					   "silent_ms", (json_int_t)(silent_us / 1000)));
	}
	return workers;
}

json_t *status_totals(const struct relay *relay)
{
	static const struct {
		const char *name;
		size_t field;
	} totals[] = {
		{"streams", offsetof(struct counters, streams_now)},
		{"viewers", offsetof(struct counters, viewers_now)},
		{"publishers", offsetof(struct counters, publishers_now)},
		{"frames_in", offsetof(struct counters, frames_in)},
		{"frames_out", offsetof(struct counters, frames_out)},
		{"bytes_in", offsetof(struct counters, bytes_in)},
		{"bytes_out", offsetof(struct counters, bytes_out)},
		{"refused", offsetof(struct counters, errors)},
		{"frames_refused", offsetof(struct counters, frames_refused)},
		{"viewers_stalled", offsetof(struct counters, viewers_stalled)},
	};
	const struct worker *first = &relay->workers[0];
	struct usage usage = usage_read();

	json_t *object = json_pack(
		"{ss sI sI ss sI sI sf sI sI}", "version", SPILLWAY_VERSION, "pid",
		(json_int_t)getpid(), "uptime_s", seconds_since(first, first->started_us), "io",
		io_name(first->io), "workers", (json_int_t)relay->n_workers, "connections",
		count(relay_total(relay, conns_now) + relay_total(relay, viewers_now)), "cpu_s",
		(double)usage.cpu_us / 1e6, "memory_kb", count(usage.most_resident_bytes / 1024),
		"frame_memory_kb", count(relay_frame_bytes(relay) / 1024));
	for (size_t i = 0; i < sizeof(totals) / sizeof(*totals); i++)
		json_object_set_new(object, totals[i].name,
				    json_integer(count(relay_sum(relay, totals[i].field))));
	json_object_set_new(object, "frames_dropped", dropped_totals(relay));
	json_object_set_new(object, "per_worker", workers_json(relay));
	return object;
}
