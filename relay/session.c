/* SPDX-License-Identifier: MIT */
#include "relay/session.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/sentence.h"
#include "relay/conn.h"
#include "relay/demand.h"
#include "relay/publisher.h"
#include "relay/relay.h"
#include "relay/rendition.h"

enum { SESSION_ID_BYTES = 8 };

/* ---- libraries ---- */

struct library *library_create(struct worker *worker, const char *name, struct publisher *publisher)
{
	struct library *library = calloc(1, sizeof(*library));

	if (library == NULL)
		return NULL;
	library->catalogue = shelf_add(&worker->relay->shelf, name);
	if (library->catalogue == NULL) {
		free(library);
		return NULL;
	}
	library->worker = worker;
	library->publisher = publisher;
	(void)slice_copy(slice_from(name), library->name, sizeof(library->name));
	list_init(&library->link);
	list_add_tail(&worker->libraries, &library->link);
	return library;
}

static void refuse(struct worker *worker, struct session *session, int status, struct slice why)
{
	session->state = SESSION_REFUSED;
	session->due = 0;
	session->status = status;
	sentence_first(why, session->reason, sizeof(session->reason));
	conn_wake_session(worker, session->id);
}

void library_destroy(struct library *library)
{
	struct list *link;

	if (library == NULL)
		return;
	list_each (link, &library->worker->sessions) {
		struct session *session = list_item(link, struct session, link);

		if (session->library != library)
			continue;
		session->library = NULL;
		session->due = 0;
		if (session->state == SESSION_ASKED && !session_is_ready(library->worker, session))
			refuse(library->worker, session, 503, slice_from("the library has gone"));
	}
	shelf_remove(&library->worker->relay->shelf, library->catalogue);
	list_remove(&library->link);
	free(library);
}

int library_put(struct library *library, struct slice payload)
{
	struct worker *worker = library->worker;
	struct shelf *shelf = &worker->relay->shelf;
	struct catalogue_entry entry;
	int error;

	if (payload.len == 0) {
		shelf_clear(shelf, library->catalogue);
		return 0;
	}
	error = catalogue_parse(payload, &entry);
	if (error == 0)
		error = shelf_put(shelf, library->catalogue, &entry,
				  (size_t)worker->config->max_streams);
	if (error == -ENOSPC && !library->crowded) {
		library->crowded = true;
		log_warning("%s: there is room for %lld streams on demand (--max-streams), and it "
			    "has more",
			    library->name, (long long)worker->config->max_streams);
	}
	return error == -ENOSPC ? 0 : error;
}

int library_close(struct library *library, struct slice payload, bool returns)
{
	char name[NAME_MAX_BYTES + CATALOGUE_SESSION_SIZE + 1];
	struct slice level, why;
	int error = catalogue_parse_session(payload, &level, &why);

	if (error < 0)
		return error;
	snprintf(name, sizeof(name), "%s/%.*s", library->name, (int)level.len, level.data);
	struct session *session = session_find(library->worker, slice_from(name));
	if (session != NULL && session->library == library && !session->published)
		refuse(library->worker, session, returns ? 503 : 502,
		       why.len > 0 ? why : slice_from("it can't be played"));
	return 0;
}

size_t library_say(struct library *library, uint8_t to[SESSION_RECORD_SIZE])
{
	struct list *link;

	list_each (link, &library->worker->sessions) {
		struct session *session = list_item(link, struct session, link);
		const char *level = session->name + strlen(library->name) + 1;

		if (session->library != library || session->due == 0)
			continue;
		char payload[CATALOGUE_OPEN_SIZE];
		bool ladder = session->ladder && session->due == WIRE_OPEN;
		struct wire_header header = {.type = session->due};
		header.length = (uint32_t)catalogue_encode_open(level, ladder, payload);
		wire_encode(&header, to);
		memcpy(to + WIRE_HEADER_SIZE, payload, header.length);
		session->due = 0;
		return WIRE_HEADER_SIZE + header.length;
	}
	return 0;
}

static void tell(struct session *session, uint8_t type)
{
	struct library *library = session->library;

	session->due = type;
	library->publisher->speak(library->publisher);
}

/* ---- sessions ---- */

static struct library *library_of(const struct worker *worker, struct slice entry)
{
	struct list *link;

	while (entry.len > 0 && entry.data[entry.len - 1] != '/')
		entry.len--;
	if (entry.len > 0)
		entry.len--;
	list_each (link, &worker->libraries) {
		struct library *library = list_item(link, struct library, link);

		if (slice_equal(entry, library->name))
			return library;
	}
	return NULL;
}

static size_t count(const struct worker *worker)
{
	struct list *link;
	size_t n = 0;

	list_each (link, &worker->sessions)
		n++;
	return n;
}

struct session *session_open(struct worker *worker, struct slice entry, bool ladder, int *ret_error)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	struct library *library = library_of(worker, entry);
	struct session *session = NULL;
	char id[SESSION_ID_BYTES + 1] = "";

	*ret_error = library == NULL ? -ENOENT : count(worker) >= SESSION_MAX ? -EMFILE : -ENOMEM;
	if (*ret_error == -ENOMEM)
		session = calloc(1, sizeof(*session));
	if (session == NULL)
		return NULL;
	for (int i = 0; i < SESSION_ID_BYTES; i++)
		id[i] = digits[randombytes_uniform(sizeof(digits) - 1)];
	int len = snprintf(session->name, sizeof(session->name), "%.*s~%s", (int)entry.len,
			   entry.data, id);
	if ((size_t)len >= sizeof(session->name)) {
		free(session);
		*ret_error = -ENAMETOOLONG;
		return NULL;
	}
	session->id = worker_id(worker);
	session->library = library;
	session->ladder = ladder;
	session->since_us = io_now_us(worker->io);
	list_init(&session->link);
	list_add_tail(&worker->sessions, &session->link);
	tell(session, WIRE_OPEN);
	return session;
}

struct session *session_find_id(const struct worker *worker, uint64_t id)
{
	struct list *link;

	list_each (link, &worker->sessions) {
		struct session *session = list_item(link, struct session, link);

		if (session->id == id && session->state != SESSION_OVER)
			return session;
	}
	return NULL;
}

struct session *session_find(const struct worker *worker, struct slice name)
{
	struct slice part = name_session(name);
	struct list *link;

	list_each (link, &worker->sessions) {
		struct session *session = list_item(link, struct session, link);

		if (slice_equal(part, session->name) && session->state != SESSION_OVER)
			return session;
	}
	return NULL;
}

/* ---- its streams: one, or renditions of it ---- */

struct state {
	bool published, ready;
	bool wanted, was_wanted;
};

static bool is_of(const struct stream *stream, const struct session *session)
{
	return !stream->ending && rendition_is_of(stream->name, slice_from(session->name));
}

static struct state look(const struct worker *worker, const struct session *session)
{
	struct state state = {.ready = true};
	struct list *link;

	list_each (link, &worker->streams) {
		const struct stream *stream = list_item(link, struct stream, link);

		if (!is_of(stream, session))
			continue;
		struct tally_row sum = tally_total(stream->tally);
		state.published = true;
		state.ready &= stream->paused ||
			       io_now_us(worker->io) - stream->live_us >= SESSION_SETTLE_US;
		state.wanted |= demand_of(stream) > 0;
		state.was_wanted |= counter_get(&sum.viewers_joined) > 0;
	}
	return state;
}

bool session_is_ready(const struct worker *worker, const struct session *session)
{
	struct state state = look(worker, session);

	return session->state == SESSION_ASKED && state.published && state.ready;
}

static void drop(struct session *session)
{
	list_remove(&session->link);
	free(session);
}

void session_close(struct worker *worker, struct session *session)
{
	struct list *link;

	list_each (link, &worker->streams) {
		struct stream *stream = list_item(link, struct stream, link);

		/* Its end is the stream's (stream_detach()). */
		if (is_of(stream, session) && stream->publisher != NULL)
			publisher_stop(stream->publisher, 410, "Nobody watches it any more.");
	}
	bool told = session->library != NULL && session->state == SESSION_ASKED &&
		    session->due != WIRE_OPEN;
	session->state = SESSION_OVER;
	if (told)
		tell(session, WIRE_CLOSE);
	if (session->due != WIRE_CLOSE)
		drop(session);
}

/* Whether it is to be ended now. */
static bool is_over(struct worker *worker, struct session *session)
{
	struct state state = look(worker, session);
	int64_t age_us = io_now_us(worker->io) - session->since_us;

	if (state.published && !session->published) {
		session->published = true;
		session->since_us += age_us;
		age_us = 0;
	}
	session->watched |= state.wanted || state.was_wanted;
	if (state.published && state.ready)
		conn_wake_session(worker, session->id);
	if (session->state == SESSION_REFUSED)
		return age_us > SESSION_GRACE_US;
	if (!state.published)
		return session->published || age_us > SESSION_PATIENCE * INT64_C(1000000);
	return !state.wanted && (session->watched || age_us > SESSION_GRACE_US);
}

void session_sweep(struct worker *worker)
{
	struct list *link, *after;

	list_each_safe (link, after, &worker->sessions) {
		struct session *session = list_item(link, struct session, link);

		if (session->state != SESSION_OVER) {
			if (is_over(worker, session))
				session_close(worker, session);
		} else if (session->due == 0) {
			drop(session);
		}
	}
}

void session_finish(struct worker *worker)
{
	struct list *link, *after;

	assert(list_empty(&worker->libraries));
	list_each_safe (link, after, &worker->sessions)
		drop(list_item(link, struct session, link));
}
