/* SPDX-License-Identifier: MIT */
#include "relay/route.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/name.h"
#include "relay/api.h"
#include "relay/auth.h"
#include "relay/demand.h"
#include "relay/metrics.h"
#include "relay/page.h"
#include "relay/publisher.h"
#include "relay/relay.h"
#include "relay/rendition.h"
#include "relay/session.h"
#include "relay/stream.h"
#include "relay/viewer.h"

/* ---- methods ---- */

enum method { GET = 1, HEAD = 2, PUT = 4, POST = 8, OPTIONS = 16, OTHER = 32 };

static const struct {
	const char *name;
	enum method method;
} methods[] = {
	{"GET", GET}, {"HEAD", HEAD}, {"PUT", PUT}, {"POST", POST}, {"OPTIONS", OPTIONS},
};
enum { N_METHODS = sizeof(methods) / sizeof(*methods) };

static enum method method_of(const struct http_head *request)
{
	for (size_t i = 0; i < N_METHODS; i++) {
		if (slice_equal(request->method, methods[i].name))
			return methods[i].method;
	}
	return OTHER;
}

/* Of methods: the header line that lists them. */
static void format_allow(unsigned allowed, char *to, size_t size)
{
	const char *between = "Allow: ";
	size_t len = 0;

	for (size_t i = 0; i < N_METHODS; i++) {
		if ((allowed & methods[i].method) == 0)
			continue;
		len += (size_t)snprintf(to + len, size - len, "%s%s", between, methods[i].name);
		between = ", ";
	}
	snprintf(to + len, size - len, "\r\n");
}

/* ---- conditions ---- */

static bool is_upgrade(const struct http_head *request)
{
	return http_field_has(request, "Connection", "upgrade") &&
	       http_field_has(request, "Upgrade", WIRE_PROTOCOL);
}

static bool accepts_html(const struct http_head *request)
{
	return http_field_has(request, "Accept", "text/html");
}

/* Browsers show a part only when the next one's headers are complete. */
static bool wants_early(const struct http_head *request)
{
	char value[4];
	int len = http_query(request->query, "early", value, sizeof(value));

	if (len >= 0)
		return len == 1 && value[0] == '1';
	return accepts_html(request) ||
	       slice_starts_nocase(http_field(request, "Accept"), "image/");
}

static bool any(const struct http_head *request)
{
	(void)request;
	return true;
}

/* ---- watching ---- */

static bool wants_to_wait(const struct conn *conn)
{
	char wait[2];

	return http_query(conn->request.query, "wait", wait, sizeof(wait)) != -ENOENT;
}

/* Nothing is there (yet): waits for it where ?wait= says so, else answers. */
static void wait_or_refuse(struct conn *conn, struct slice name, const char *nothing)
{
	struct worker *worker = conn->worker;
	unsigned long long wait_s = 0;
	char wait[8];
	int len = http_query(conn->request.query, "wait", wait, sizeof(wait));

	if (len >= 0 && slice_number(slice_from(wait), ROUTE_MAX_WAIT_S, &wait_s) < 0)
		conn_refuse(conn, 400, "wait is a number of seconds, up to %d.", ROUTE_MAX_WAIT_S);
	else if (wait_s > 0 && !worker->draining &&
		 (conn->wait_until_us == 0 || io_now_us(worker->io) < conn->wait_until_us))
		conn_wait(conn, (int64_t)wait_s);
	else
		conn_refuse(conn, 404, "The stream %.*s %s.", (int)name.len, name.data, nothing);
}

/* What ?rendition= says; *ret_wish is NULL where it isn't there. -EINVAL. */
static int read_wish(struct conn *conn, char wish[RENDITION_NAME_SIZE], const char **ret_wish)
{
	char name[NAME_MAX_BYTES + 1];
	int len = http_query(conn->request.query, "rendition", wish, RENDITION_NAME_SIZE);

	*ret_wish = len == -ENOENT ? NULL : wish;
	if (len == -ENOENT || (len >= 0 && rendition_wish(conn->stream_name, wish, name) == 0))
		return 0;
	conn_refuse(conn, 400, "rendition is " RENDITION_AUTO " or the name of one.");
	return -EINVAL;
}

static bool wishes_ladder(const char *wish)
{
	return wish != NULL && strcmp(wish, RENDITION_LADDER) == 0;
}

/* The stream that is watched, or would be if it were there: the rendition that a valid wish
 * names. */
static struct slice watched_name(const struct conn *conn, const struct stream *stream,
				 const char *wish, char name[NAME_MAX_BYTES + 1])
{
	if (stream != NULL)
		return slice_from(stream->name);
	if (wish != NULL && rendition_wish(conn->stream_name, wish, name) == 0 && name[0] != '\0')
		return slice_from(name);
	return conn->stream_name;
}

/* Sends who asked for an entry to his session of it. */
static void redirect(struct conn *conn, const char *session)
{
	const struct http_head *request = &conn->request;
	size_t ending = 1 + conn->stream_name.len;
	char *fields;

	if (asprintf(&fields, "Location: /%s%.*s%s%.*s\r\n", session,
		     (int)(request->path.len - ending), request->path.data + ending,
		     request->query.data != NULL ? "?" : "", (int)request->query.len,
		     request->query.data != NULL ? request->query.data : "") < 0) {
		conn_refuse(conn, 503, "The relay is out of memory.");
		return;
	}
	conn_answer(conn, 307, "text/plain; charset=utf-8", fields, "", 0);
	free(fields);
}

static void open_session(struct conn *conn)
{
	char text[RENDITION_NAME_SIZE];
	const char *wish;
	int error = read_wish(conn, text, &wish);
	struct session *session =
		session_open(conn->worker, conn->stream_name, wishes_ladder(wish), &error);

	if (session == NULL) {
		conn_refuse(conn, 503, "%s",
			    error == -EMFILE ? "The relay has too many sessions."
					     : "The library has gone.");
		return;
	}
	conn->session_id = session->id;
	conn_wait(conn, SESSION_PATIENCE);
}

/* It has waited for its session. */
static void answer_session(struct conn *conn)
{
	struct worker *worker = conn->worker;
	struct session *session = session_find_id(worker, conn->session_id);

	if (session != NULL && session_is_ready(worker, session)) {
		redirect(conn, session->name);
	} else if (session != NULL && session->state == SESSION_REFUSED) {
		conn_refuse(conn, session->status, "%.*s: %s", (int)conn->stream_name.len,
			    conn->stream_name.data, session->reason);
		session_close(worker, session);
	} else if (session != NULL && io_now_us(worker->io) < conn->wait_until_us) {
		conn_wait(conn, 0);
	} else {
		if (session != NULL)
			session_close(worker, session);
		conn_refuse(conn, 503, "The library doesn't play it in time.");
	}
}

/* Whether a request was about what is played on demand, and was seen to here. */
static bool watch_on_demand(struct conn *conn)
{
	struct worker *worker = conn->worker;
	struct worker *home = stream_home(worker, conn->stream_name);
	enum shelf_place place = shelf_find(&worker->relay->shelf, conn->stream_name);
	bool of_session = name_session(conn->stream_name).len > 0;
	struct stream_rule rule = relay_config_rule(worker->config, conn->stream_name);
	const char *missing = auth_watch(&rule, &conn->request);

	if (conn->session_id == 0 && place == SHELF_NOWHERE && !of_session)
		return false;
	if (conn->session_id != 0)
		answer_session(conn);
	else if (missing != NULL)
		conn_refuse(conn, 401, "%s", missing);
	else if (place == SHELF_CATALOGUE)
		conn_refuse(conn, 404, "%.*s is a catalogue: what is in it can be watched.",
			    (int)conn->stream_name.len, conn->stream_name.data);
	else if (home != worker)
		conn_hand_over(conn, home);
	else if (of_session)
		return false;
	else if (worker->draining)
		conn_refuse(conn, 503, "The relay is shutting down.");
	else
		open_session(conn);
	return true;
}

/* Only who plays it can let a stream climb, from its beginning on. */
static void refuse_ladder(struct conn *conn)
{
	bool of_session = name_session(conn->stream_name).len > 0;

	conn_refuse(conn, 400,
		    of_session ? "%.*s isn't played as a ladder."
			       : "%.*s is live: rendition=" RENDITION_LADDER
				 " is for videos that are played on demand.",
		    (int)conn->stream_name.len, conn->stream_name.data);
}

static bool is_ladder(const struct conn *conn)
{
	const struct session *session = session_find(conn->worker, conn->stream_name);

	return session != NULL && session->ladder;
}

/* NULL when the request was answered, or waits. A stream is there once it has a publisher, and for
 * as long as it lingers. */
static struct stream *find_watched(struct conn *conn)
{
	struct worker *worker = conn->worker;
	char text[RENDITION_NAME_SIZE], text_of_name[NAME_MAX_BYTES + 1];
	const char *wish;

	if (read_wish(conn, text, &wish) < 0 || watch_on_demand(conn))
		return NULL;
	bool ladder = wishes_ladder(wish);
	if (ladder) /* it is one stream */
		wish = NULL;
	struct stream *stream = rendition_choose(worker, conn->stream_name, wish);
	struct slice name = watched_name(conn, stream, wish, text_of_name);
	struct stream_rule rule = relay_config_rule(worker->config, name);
	const char *missing = auth_watch(&rule, &conn->request);
	struct worker *home = stream_home(worker, conn->stream_name);

	if (missing != NULL) {
		conn_refuse(conn, 401, "%s", missing);
		return NULL;
	}
	/* The news may not have come yet: only its home can tell that a stream isn't there. */
	if (stream == NULL && home != worker && !conn->adopted && !wants_to_wait(conn))
		conn_hand_over(conn, home);
	else if (stream == NULL)
		wait_or_refuse(conn, name, "is not there");
	if (stream == NULL || !ladder || is_ladder(conn))
		return stream;
	refuse_ladder(conn);
	return NULL;
}

/* Who isn't moved and isn't told either has no more than the stream. */
static void note_wish(struct conn *conn, const struct stream *stream)
{
	char text[RENDITION_NAME_SIZE];
	const char *wish = NULL;

	(void)read_wish(conn, text, &wish);
	conn->chooses = wish != NULL && strcmp(wish, RENDITION_AUTO) == 0;
	conn->has_wish =
		conn->chooses || (conn->transport->records &&
				  (wish != NULL || !slice_equal(conn->stream_name, stream->name)));
}

/* The stream may have ended while the opening was sent. */
static void viewer_opened(struct conn *conn)
{
	struct stream *stream = stream_find_id(conn->worker, conn->watched_id);
	struct viewer_wish wish = {conn->stream_name, conn->chooses};
	char ending[TRANSPORT_MAX_ENDING];

	if (stream == NULL && conn->worker->draining)
		conn_finish(conn, ending,
			    conn->transport->ending("the relay is shutting down", true, ending));
	else if (stream == NULL)
		conn_finish(conn, ending,
			    conn->transport->ending("the stream has ended", false, ending));
	else if (viewer_create(stream, conn->transport, conn->fd, &conn->peer,
			       conn->has_wish ? &wish : NULL) < 0)
		conn_close(conn);
	else
		conn_take(conn);
}

static void watch(struct conn *conn, const struct transport *transport)
{
	struct worker *worker = conn->worker;

	struct stream *stream = find_watched(conn);

	if (stream == NULL)
		return;
	if (relay_total(worker->relay, viewers_now) >= (uint64_t)worker->config->max_viewers) {
		conn_refuse(conn, 503, "The relay has %lld viewers already.",
			    (long long)worker->config->max_viewers);
		return;
	}
	if (method_of(&conn->request) == HEAD) {
		/* The head alone: the opening may be longer. */
		const char *body = strstr(transport->opening, "\r\n\r\n") + 4;

		conn_finish(conn, transport->opening, (size_t)(body - transport->opening));
		return;
	}
	conn->transport = transport;
	conn->watched_id = stream->id;
	note_wish(conn, stream);
	conn_open(conn, transport->opening, viewer_opened);
}

static void watch_native(struct conn *conn)
{
	watch(conn, &transport_native);
}

static void watch_multipart(struct conn *conn)
{
	watch(conn,
	      wants_early(&conn->request) ? &transport_multipart_early : &transport_multipart);
}

/* Its publisher is told just now that somebody wants one. */
static void wait_for_picture(struct conn *conn, const struct stream *stream)
{
	if (wants_to_wait(conn))
		wait_or_refuse(conn, slice_from(stream->name), "has no picture yet");
	else if (conn->wait_until_us == 0)
		conn_wait(conn, DEMAND_PICTURE_US / 1000000);
	else if (io_now_us(conn->worker->io) < conn->wait_until_us)
		conn_wait(conn, 0);
	else
		conn_refuse(conn, 503, "The publisher of %s has sent no picture in time.",
			    stream->name);
}

static void watch_picture(struct conn *conn)
{
	struct stream *stream = find_watched(conn);

	if (stream == NULL)
		return;
	demand_picture(stream);
	if (stream->newest != NULL)
		conn_answer_frame(conn, stream->newest);
	else if (stream->paused)
		wait_for_picture(conn, stream);
	else
		wait_or_refuse(conn, slice_from(stream->name), "has no picture yet");
}

/* ---- the table ---- */

/* The first row that fits counts; OPTIONS is answered for all of them. A path "*ENDING" is a
 * stream's name and that ending. */
static const struct route {
	unsigned methods;
	const char *path;
	bool (*fits)(const struct http_head *request);
	void (*handle)(struct conn *conn);
} routes[] = {
	{GET | HEAD, "/", any, page_answer},
	{GET | HEAD, "/api/streams", any, api_streams},
	{GET | HEAD, "/metrics", any, metrics_answer},
	{GET | HEAD, "/healthz", any, api_healthz},
	{GET | HEAD, "*.mjpg", any, watch_multipart},
	{GET | HEAD, "*.jpg", any, watch_picture},
	{GET, "*", is_upgrade, watch_native},
	{GET | HEAD, "*", accepts_html, page_answer},
	{GET | HEAD, "*", any, watch_multipart},
	{PUT, "*", any, publisher_put_start},
	{POST, "*", is_upgrade, publisher_native_start},
};

/* Sets *ret_name to the stream's name where the route is about one. */
static bool path_fits(const struct route *route, struct slice path, struct slice *ret_name)
{
	if (route->path[0] != '*')
		return slice_equal(path, route->path);
	const char *ending = route->path + 1;
	if (!slice_ends(path, ending))
		return false;
	*ret_name = (struct slice){path.data + 1, path.len - 1 - strlen(ending)};
	return name_valid(*ret_name);
}

/* No row fits, but some may fit the path: these are for the methods allowed. */
static void refuse(struct conn *conn, enum method method, unsigned allowed)
{
	char allow[64], answer[192];

	format_allow(allowed | OPTIONS, allow, sizeof(allow));
	if (allowed == 0) {
		conn_refuse(conn, 404,
			    "There is nothing here; a stream's name is 1 to 4 levels of "
			    "a-z, 0-9, '.', '_' and '-'.");
	} else if (method == OPTIONS) {
		int len = snprintf(answer, sizeof(answer),
				   "HTTP/1.1 204 %s\r\n%sCache-Control: no-store\r\n"
				   "Connection: close\r\n\r\n",
				   http_reason(204), allow);

		conn_finish(conn, answer, (size_t)len);
	} else if (method == POST && (allowed & POST) != 0) {
		conn_refuse(conn, 426,
			    "POST needs Upgrade: " WIRE_PROTOCOL "; ordinary tools "
			    "publish with PUT.");
	} else {
		conn_refuse_with(conn, 405, allow, "That method is not for this address.");
	}
}

void route_request(struct conn *conn)
{
	const struct http_head *request = &conn->request;
	enum method method = method_of(request);
	unsigned allowed = 0;

	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		const struct route *route = &routes[i];
		struct slice name = {0};

		if (!path_fits(route, request->path, &name))
			continue;
		allowed |= route->methods;
		if ((route->methods & method) == 0 || !route->fits(request))
			continue;
		conn->stream_name = name;
		route->handle(conn);
		return;
	}
	refuse(conn, method, allowed);
}
