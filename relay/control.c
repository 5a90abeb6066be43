/* SPDX-License-Identifier: MIT */
#include "relay/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/control_socket.h"
#include "common/log.h"
#include "relay/bus.h"
#include "relay/publisher.h"
#include "relay/relay.h"
#include "relay/reload.h"
#include "relay/status.h"
#include "relay/stream.h"
#include "relay/viewer.h"

/* What subscribers may want to hear of. */
enum { KIND_STREAMS = 1 << 0, KIND_VIEWERS = 1 << 1 };

/* ---- questions: all workers answer, and the answers are merged ---- */

struct poll {
	struct question question;
	struct control_call *call;
	const char *name; /* of the array in the reply */
	json_t *(*merge)(const char *name, const json_t *answers);
	json_t *request; /* a reference */
};

static void poll_answered(struct question *question)
{
	struct poll *poll = list_item(question, struct poll, question);

	control_answer(poll->call, poll->merge(poll->name, question->answers));
	json_decref(poll->request);
	free(poll);
}

static void start_poll(struct control_call *call, const json_t *request, const char *name,
		       json_t *(*ask)(struct worker *worker, const json_t *request),
		       json_t *(*merge)(const char *name, const json_t *answers))
{
	struct poll *poll = calloc(1, sizeof(*poll));
	json_t *copy = json_deep_copy(request);

	if (poll != NULL && copy != NULL) {
		poll->question =
			(struct question){.request = copy, .ask = ask, .answered = poll_answered};
		poll->call = call;
		poll->name = name;
		poll->merge = merge;
		poll->request = copy;
		if (bus_ask(control_context(call), &poll->question) == 0)
			return;
	}
	free(poll);
	json_decref(copy);
	control_answer(call, control_failure("The relay is out of memory."));
}

static json_t *ask_streams(struct worker *worker, const json_t *request)
{
	(void)request;
	return status_home_streams(worker);
}

static json_t *ask_viewers(struct worker *worker, const json_t *request)
{
	return status_viewers(worker, json_string_value(json_object_get(request, "stream")));
}

static int compare(const void *left, const void *right)
{
	const json_t *const *a = left, *const *b = right;
	const char *a_name = json_string_value(json_object_get(*a, "name"));
	const char *b_name = json_string_value(json_object_get(*b, "name"));
	json_int_t a_id = json_integer_value(json_object_get(*a, "id"));
	json_int_t b_id = json_integer_value(json_object_get(*b, "id"));

	if (a_name != NULL && b_name != NULL)
		return strcmp(a_name, b_name);
	return (a_id > b_id) - (a_id < b_id);
}

/* By name or by id. NULL without memory. */
static json_t *sorted(const json_t *array)
{
	size_t n = json_array_size(array);
	json_t **items = calloc(n + 1, sizeof(json_t *)), *result = json_array();

	if (items == NULL) {
		json_decref(result);
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		items[i] = json_array_get(array, i);
	qsort(items, n, sizeof(json_t *), compare);
	for (size_t i = 0; i < n; i++)
		json_array_append(result, items[i]);
	free(items);
	return result;
}

/* All arrays in one, under the request's own name. */
static json_t *merge_arrays(const char *name, const json_t *answers)
{
	json_t *all = json_array(), *answer;
	size_t i;

	json_array_foreach (answers, i, answer) {
		json_array_extend(all, answer);
	}
	json_t *reply = json_pack("{sb so}", "ok", 1, name, sorted(all));
	json_decref(all);
	return reply;
}

/* The first asked is enough; the counters are everybody's to read. */
static json_t *ask_stats(struct worker *worker, const json_t *request)
{
	(void)request;
	return worker->index == 0 ? status_totals(worker->relay) : json_null();
}

static json_t *merge_stats(const char *name, const json_t *answers)
{
	json_t *reply = control_success(), *answer;
	size_t i;

	(void)name;
	json_array_foreach (answers, i, answer)
		if (json_is_object(answer))
			json_object_update(reply, answer);
	return reply;
}

static json_t *ask_kick_viewer(struct worker *worker, const json_t *request)
{
	json_int_t id = json_integer_value(json_object_get(request, "id"));
	struct list *link;
	char text[PEER_TEXT_SIZE];

	list_each (link, &worker->viewers) {
		struct viewer *viewer = list_item(link, struct viewer, all);

		if (viewer->id == (uint64_t)id && viewer->state != VIEWER_CLOSED) {
			const char *stream = viewer->feed->stream->name;

			(void)peer_text(&viewer->peer, text);
			log_info_of(LOG_OF(.stream = stream, .peer = text),
				    "viewer %llu of %s: %s was disconnected by the control socket",
				    (unsigned long long)viewer->id, stream, text);
			viewer_close(viewer);
			return json_true();
		}
	}
	return json_false();
}

/* It is refused for good, so an agent doesn't try again by itself. */
static json_t *ask_kick_publisher(struct worker *worker, const json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "stream"));
	struct stream *stream = stream_find(worker, slice_from(name));
	struct publisher *publisher = stream != NULL ? stream->publisher : NULL;
	char text[PEER_TEXT_SIZE];

	if (publisher == NULL) /* a mirror has none either */
		return json_false();
	(void)peer_text(&publisher->conn->peer, text);
	log_info_of(LOG_OF(.stream = stream->name, .peer = text),
		    "stream %s: its publisher, %s, was disconnected by the control socket",
		    stream->name, text);
	publisher_stop(publisher, 403, "An operator of the relay has ended it.");
	return json_true();
}

static bool any_did(const json_t *answers)
{
	const json_t *answer;
	size_t i;

	json_array_foreach (answers, i, answer)
		if (json_is_true(answer))
			return true;
	return false;
}

static json_t *merge_kick_viewer(const char *name, const json_t *answers)
{
	(void)name;
	return any_did(answers) ? control_success()
				: control_failure("There is no viewer with that id.");
}

static json_t *merge_kick_publisher(const char *name, const json_t *answers)
{
	(void)name;
	return any_did(answers) ? control_success()
				: control_failure("That stream has no publisher.");
}

/* ---- requests ---- */

static void request_streams(struct control_call *call, const json_t *request)
{
	start_poll(call, request, "streams", ask_streams, merge_arrays);
}

static void request_viewers(struct control_call *call, const json_t *request)
{
	start_poll(call, request, "viewers", ask_viewers, merge_arrays);
}

static void request_stats(struct control_call *call, const json_t *request)
{
	start_poll(call, request, "stats", ask_stats, merge_stats);
}

static void request_kick(struct control_call *call, const json_t *request)
{
	bool viewer = json_object_get(request, "id") != NULL;
	bool publisher = json_object_get(request, "stream") != NULL;

	if (viewer == publisher)
		control_answer(call, control_failure("Give the id of a viewer, or the stream of a "
						     "publisher."));
	else if (viewer)
		start_poll(call, request, "kick", ask_kick_viewer, merge_kick_viewer);
	else
		start_poll(call, request, "kick", ask_kick_publisher, merge_kick_publisher);
}

static void request_drain(struct control_call *call, const json_t *request)
{
	struct worker *worker = control_context(call);

	(void)request;
	relay_drain(worker->relay, "the relay is shutting down");
	control_answer(call, control_success());
}

static void request_reload(struct control_call *call, const json_t *request)
{
	struct worker *worker = control_context(call);

	(void)request;
	reload_run(worker->relay, call);
}

/* From here on it hears of all that changes, and so knows what is. This worker knows all
 * streams. */
static void request_subscribe(struct control_call *call, const json_t *request)
{
	const struct worker *worker = control_context(call);
	bool viewers = json_is_true(json_object_get(request, "viewers"));
	struct list *link;

	control_subscribe(call, KIND_STREAMS | (viewers ? KIND_VIEWERS : 0));
	if (json_is_true(json_object_get(request, "now"))) {
		list_each (link, &worker->streams) {
			const struct stream *stream = list_item(link, struct stream, link);

			if (stream->live)
				control_tell(call, status_event("live", stream));
		}
	}
	control_answer(call, control_success());
}

static const struct control_parameter viewers_parameters[] = {
	{"stream", JSON_STRING, false},
	{0},
};
static const struct control_parameter kick_parameters[] = {
	{"id", JSON_INTEGER, false},
	{"stream", JSON_STRING, false},
	{0},
};

static const struct control_row rows[] = {
	{"streams", request_streams, NULL},	{"viewers", request_viewers, viewers_parameters},
	{"stats", request_stats, NULL},		{"kick", request_kick, kick_parameters},
	{"drain", request_drain, NULL},		{"reload", request_reload, NULL},
	{"subscribe", request_subscribe, NULL}, {0},
};

/* ---- coming and going ---- */

static void gone(void *context)
{
	struct worker *worker = context;

	worker->control = NULL;
	worker_check_drained(worker);
}

static const struct control_service service = {"relay.sock", rows, gone};

int control_create(struct worker *worker, const char *path, int inherited)
{
	if (inherited >= 0)
		return control_socket_adopt(&worker->control, worker->io, &service, worker,
					    inherited);
	return control_socket_create(&worker->control, worker->io, &service, worker, path);
}

void control_event(struct worker *worker, const char *event, const struct stream *stream)
{
	if (worker->control != NULL)
		control_socket_tell(worker->control, KIND_STREAMS, status_event(event, stream));
}

void control_sweep(struct worker *worker)
{
	struct list *link;

	if (worker->control == NULL)
		return;
	list_each (link, &worker->streams) {
		struct stream *stream = list_item(link, struct stream, link);
		uint64_t viewers = stream->live ? tally_viewers(stream->tally) : 0;

		if (stream->live && viewers != stream->told_viewers)
			control_socket_tell(worker->control, KIND_VIEWERS,
					    status_event("viewers", stream));
		stream->told_viewers = viewers;
	}
}
