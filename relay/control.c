/* SPDX-License-Identifier: MIT */
#include "relay/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/control.h"
#include "common/log.h"
#include "relay/bus.h"
#include "relay/relay.h"
#include "relay/status.h"
#include "relay/viewer.h"

struct control {
	struct worker *worker;
	char path[CONTROL_PATH_SIZE];
	int fd;
	struct io_op accept;
	struct list clients;
	size_t n_clients;
	bool ending;
};

struct request;

struct client {
	struct list link;
	struct control *control;
	int fd;
	struct io_op in, out;
	bool closing;
	bool subscribed;
	bool counts;	   /* it is told of viewers, too */
	struct poll *poll; /* the answer that is being gathered */
	char line[CONTROL_MAX_REQUEST];
	size_t line_len;
	char *waiting; /* what is still to be sent; grows as needed, up to the limit */
	size_t waiting_len;
	char *sending; /* what `out` is sending */
	size_t sending_len, sent;
};

struct poll {
	struct question question;
	struct client *client; /* NULL: has gone meanwhile */
	const struct request *request;
	json_t *json; /* what was asked */
};

/* ---- coming and going ---- */

static void control_check_gone(struct control *control)
{
	if (!control->ending || io_busy(&control->accept) || control->n_clients > 0)
		return;
	struct worker *worker = control->worker;

	io_close(worker->io, control->fd);
	worker->control = NULL;
	free(control);
	worker_check_drained(worker);
}

static void client_check_gone(struct client *client)
{
	struct control *control = client->control;

	if (!client->closing || io_busy(&client->in) || io_busy(&client->out))
		return;
	io_close(control->worker->io, client->fd);
	list_remove(&client->link);
	if (client->poll != NULL)
		client->poll->client = NULL;
	control->n_clients--;
	free(client->waiting);
	free(client->sending);
	free(client);
	control_check_gone(control);
}

/* Ends its operations; it is freed when they have ended. */
static void client_cancel(struct client *client)
{
	client->closing = true;
	io_cancel(client->control->worker->io, &client->in);
	io_cancel(client->control->worker->io, &client->out);
}

static void client_close(struct client *client)
{
	client_cancel(client);
	client_check_gone(client);
}

/* ---- sending ---- */

static void client_sent(struct io_op *op, int result);

static void client_flush(struct client *client)
{
	if (io_busy(&client->out))
		return;
	if (client->sent == client->sending_len) {
		free(client->sending);
		client->sending = client->waiting;
		client->sending_len = client->waiting_len;
		client->sent = 0;
		client->waiting = NULL;
		client->waiting_len = 0;
	}
	if (client->sending != NULL)
		io_send(client->control->worker->io, &client->out, client->fd,
			client->sending + client->sent, client->sending_len - client->sent, 0,
			client_sent);
}

static void client_sent(struct io_op *op, int result)
{
	struct client *client = list_item(op, struct client, out);

	if (client->closing || result < 0) {
		client_close(client);
		return;
	}
	client->sent += (size_t)result;
	client_flush(client);
}

/* Takes over message. A client that doesn't read is cancelled when too much waits for it. */
static void client_say(struct client *client, json_t *message)
{
	char *text = message != NULL ? json_dumps(message, JSON_COMPACT) : NULL;
	size_t len = text != NULL ? strlen(text) : 0;
	char *waiting = NULL;

	json_decref(message);
	if (text != NULL &&
	    (client->waiting_len == 0 || client->waiting_len + len <= CONTROL_MAX_WAITING))
		waiting = realloc(client->waiting, client->waiting_len + len + 1);
	if (waiting == NULL) {
		free(text);
		client_cancel(client);
		return;
	}
	memcpy(waiting + client->waiting_len, text, len);
	waiting[client->waiting_len + len] = '\n';
	client->waiting = waiting;
	client->waiting_len += len + 1;
	free(text);
	client_flush(client);
}

/* ---- requests ---- */

static json_t *failure(const char *sentence)
{
	return json_pack("{sb ss}", "ok", 0, "error", sentence);
}

static json_t *success(void)
{
	return json_pack("{sb}", "ok", 1);
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
	json_t *reply = success(), *answer;
	size_t i;

	(void)name;
	json_array_foreach (answers, i, answer)
		if (json_is_object(answer))
			json_object_update(reply, answer);
	return reply;
}

static json_t *ask_kick(struct worker *worker, const json_t *request)
{
	json_int_t id = json_integer_value(json_object_get(request, "id"));
	struct list *link;

	list_each (link, &worker->viewers) {
		struct viewer *viewer = list_item(link, struct viewer, all);

		if (viewer->id == (uint64_t)id && viewer->state != VIEWER_CLOSED) {
			viewer_close(viewer);
			return json_true();
		}
	}
	return json_false();
}

static json_t *merge_kick(const char *name, const json_t *answers)
{
	const json_t *answer;
	size_t i;

	(void)name;
	json_array_foreach (answers, i, answer)
		if (json_is_true(answer))
			return success();
	return failure("There is no viewer with that id.");
}

static json_t *request_drain(struct client *client, const json_t *request)
{
	(void)request;
	relay_drain(client->control->worker->relay, "the relay is shutting down");
	return success();
}

/* From here on it hears of all that changes, and so knows what is. This worker knows all streams. */
static json_t *request_subscribe(struct client *client, const json_t *request)
{
	const struct worker *worker = client->control->worker;
	struct list *link;

	client->subscribed = true;
	client->counts = json_is_true(json_object_get(request, "viewers"));
	if (json_is_true(json_object_get(request, "now"))) {
		list_each (link, &worker->streams) {
			struct stream *stream = list_item(link, struct stream, link);

			if (stream->live && !client->closing)
				client_say(client, status_event("live", stream));
		}
	}
	return success();
}

/* A request is answered at once by `handle`, or by all workers: each is asked, and their answers
 * are merged. */
static const struct request {
	const char *name;
	json_t *(*handle)(struct client *client, const json_t *request);
	json_t *(*ask)(struct worker *worker, const json_t *request);
	json_t *(*merge)(const char *name, const json_t *answers);
} requests[] = {
	{"streams", NULL, ask_streams, merge_arrays}, {"viewers", NULL, ask_viewers, merge_arrays},
	{"stats", NULL, ask_stats, merge_stats},      {"kick", NULL, ask_kick, merge_kick},
	{"drain", request_drain, NULL, NULL},	      {"subscribe", request_subscribe, NULL, NULL},
};

static void client_read_lines(struct client *client);

static void poll_answered(struct question *question)
{
	struct poll *poll = list_item(question, struct poll, question);
	struct client *client = poll->client;

	if (client != NULL) {
		client->poll = NULL;
		client_say(client, poll->request->merge(poll->request->name, question->answers));
		client_read_lines(client);
	}
	json_decref(poll->json);
	free(poll);
}

/* Takes over json. */
static void start_poll(struct client *client, const struct request *request, json_t *json)
{
	struct poll *poll = calloc(1, sizeof(*poll));

	if (poll != NULL) {
		poll->question = (struct question){
			.request = json, .ask = request->ask, .answered = poll_answered};
		poll->client = client;
		poll->request = request;
		poll->json = json;
		if (bus_ask(client->control->worker, &poll->question) == 0) {
			client->poll = poll;
			return;
		}
	}
	free(poll);
	json_decref(json);
	client_say(client, failure("The relay is out of memory."));
}

static const struct request *find_request(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof(requests) / sizeof(*requests); i++) {
		if (strcmp(name, requests[i].name) == 0)
			return &requests[i];
	}
	return NULL;
}

static void answer(struct client *client, const char *line, size_t len)
{
	json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	const char *name = json_string_value(json_object_get(json, "request"));
	const struct request *request = find_request(name);

	if (request != NULL && request->ask != NULL) {
		start_poll(client, request, json);
		return;
	}
	if (request != NULL)
		client_say(client, request->handle(client, json));
	else if (name == NULL)
		client_say(client, failure("A request is a line of JSON with \"request\"."));
	else
		client_say(client, failure("There is no such request; there are streams, viewers, "
					   "stats, kick, drain and subscribe."));
	json_decref(json);
}

static void client_received(struct io_op *op, int result);

/* One after another: what is answered by all workers holds up what comes behind it. */
static void client_read_lines(struct client *client)
{
	char *end;

	while (!client->closing && client->poll == NULL &&
	       (end = memchr(client->line, '\n', client->line_len)) != NULL) {
		size_t len = (size_t)(end - client->line);

		answer(client, client->line, len);
		client->line_len -= len + 1;
		memmove(client->line, end + 1, client->line_len);
	}
	if (client->closing)
		client_check_gone(client);
	else if (client->poll == NULL && client->line_len == sizeof(client->line))
		client_close(client); /* a line too long */
	else if (client->poll == NULL && !io_busy(&client->in))
		io_recv(client->control->worker->io, &client->in, client->fd,
			client->line + client->line_len, sizeof(client->line) - client->line_len,
			client_received);
}

static void client_received(struct io_op *op, int result)
{
	struct client *client = list_item(op, struct client, in);

	if (client->closing || result <= 0) {
		client_close(client);
		return;
	}
	client->line_len += (size_t)result;
	client_read_lines(client);
}

/* ---- listening ---- */

static void control_accepted(struct io_op *op, int result)
{
	struct control *control = list_item(op, struct control, accept);
	struct worker *worker = control->worker;

	if (result < 0) {
		if (!control->ending)
			log_error("the control socket failed: %s", strerror(-result));
		control_check_gone(control);
		return;
	}
	struct client *client = NULL;
	if (control->n_clients < CONTROL_MAX_CLIENTS && !control->ending)
		client = calloc(1, sizeof(*client));
	if (client == NULL) {
		io_close(worker->io, result);
		return;
	}
	client->control = control;
	client->fd = result;
	list_init(&client->link);
	list_add_tail(&control->clients, &client->link);
	control->n_clients++;
	io_recv(worker->io, &client->in, client->fd, client->line, sizeof(client->line),
		client_received);
}

/* A socket file that nobody listens on was left by a relay that was killed. */
static bool is_stale(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool refused = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
		       errno == ECONNREFUSED;

	close(fd);
	return refused;
}

static int control_listen(struct io *io, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, path, strlen(path)); /* < CONTROL_PATH_SIZE */
	int fd = io_listen(io, (struct sockaddr *)&address, sizeof(address), 16, false);
	if (fd == -EADDRINUSE && is_stale(&address) && unlink(path) == 0)
		fd = io_listen(io, (struct sockaddr *)&address, sizeof(address), 16, false);
	if (fd >= 0)
		chmod(path, 0660);
	return fd;
}

int control_create(struct worker *worker, const char *path)
{
	struct control *control = calloc(1, sizeof(*control));

	if (control == NULL)
		return -ENOMEM;
	int error = control_server_path(path, "relay.sock", control->path);
	if (error == 0) {
		control->fd = control_listen(worker->io, control->path);
		error = control->fd < 0 ? control->fd : 0;
	}
	if (error < 0) {
		free(control);
		return error;
	}
	control->worker = worker;
	list_init(&control->clients);
	io_accept(worker->io, &control->accept, control->fd, control_accepted);
	worker->control = control;
	log_info("control socket: %s", control->path);
	return 0;
}

void control_end(struct control *control)
{
	struct list *link, *after;

	if (control == NULL || control->ending)
		return;
	control->ending = true;
	unlink(control->path);
	io_cancel(control->worker->io, &control->accept);
	list_each_safe (link, after, &control->clients)
		client_close(list_item(link, struct client, link));
}

/* Who is cancelled by that goes when its operations, or its question, have ended. */
static void tell(struct control *control, const char *event, const struct stream *stream,
		 bool counts)
{
	struct list *link;

	list_each (link, &control->clients) {
		struct client *client = list_item(link, struct client, link);

		if (client->subscribed && (client->counts || !counts) && !client->closing)
			client_say(client, status_event(event, stream));
	}
}

void control_event(struct control *control, const char *event, const struct stream *stream)
{
	tell(control, event, stream, false);
}

void control_sweep(struct control *control)
{
	struct list *link;

	list_each (link, &control->worker->streams) {
		struct stream *stream = list_item(link, struct stream, link);
		uint64_t viewers = stream->live ? tally_viewers(stream->tally) : 0;

		if (stream->live && viewers != stream->told_viewers)
			tell(control, "viewers", stream, true);
		stream->told_viewers = viewers;
	}
}
