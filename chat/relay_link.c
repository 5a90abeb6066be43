/* SPDX-License-Identifier: MIT */
#include "chat/relay_link.h"

#include <errno.h>
#include <string.h>

#include "common/list.h"

static const char request[] = "{\"request\":\"subscribe\",\"now\":true,\"viewers\":true}\n";

static void connected(struct io_op *op, int result);
static void timed(struct io_op *op, int result);
static void end_try(struct relay_link *link, int error);

/* ---- trying ---- */

static void connect_to(struct relay_link *link)
{
	link->address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(link->address.sun_path, link->path, strlen(link->path)); /* < CONTROL_PATH_SIZE */
	io_connect(link->io, &link->in, link->fd, (struct sockaddr *)&link->address,
		   sizeof(link->address), connected);
}

/* What a person is told: the first thing in the way that isn't mere absence. */
static void note(struct relay_link *link, int error)
{
	if (link->refusal != -ENOENT || *link->path == '\0')
		return;
	link->refusal = error;
	memcpy(link->refusal_path, link->path, sizeof(link->path));
}

/* Starts with the next place. false: there is none left. */
static bool try_next(struct relay_link *link)
{
	int error;

	while ((error = control_client_path(link->wish, "relay.sock", link->place, link->path)) !=
	       -ERANGE) {
		link->place++;
		if (error == 0) {
			link->fd = io_socket(link->io, AF_UNIX);
			error = link->fd < 0 ? link->fd : 0;
		}
		if (error == 0) {
			connect_to(link);
			return true;
		}
		note(link, error);
	}
	return false;
}

static void begin(struct relay_link *link)
{
	link->state = RELAY_LINK_TRYING;
	link->error = 0;
	link->place = 0;
	link->refusal = -ENOENT;
	link->refusal_path[0] = '\0';
	io_timer(link->io, &link->timer, io_now_us(link->io) + RELAY_LINK_ANSWER_US, timed);
	if (!try_next(link))
		end_try(link, link->refusal);
}

/* ---- giving up ---- */

/* Goes on when the timer is free. */
static void check_over(struct relay_link *link)
{
	if (io_busy(&link->timer))
		return;
	if (link->ending) {
		link->ended(link);
		return;
	}
	link->state = RELAY_LINK_WAITING;
	io_timer(link->io, &link->timer, io_now_us(link->io) + backoff_take_us(&link->backoff),
		 timed);
	link->changed(link, link->error);
}

static void end_try(struct relay_link *link, int error)
{
	link->state = RELAY_LINK_OVER;
	link->error = error;
	io_cancel(link->io, &link->timer);
	check_over(link);
}

/* Goes on when the socket is free. */
static void settle(struct relay_link *link)
{
	int error = link->error;

	if (io_busy(&link->in) || io_busy(&link->out))
		return;
	if (link->fd >= 0)
		io_close(link->io, link->fd);
	link->fd = -1;
	link->error = 0;
	link->len = 0;
	if (!link->ending && !link->connected && error != -ETIMEDOUT) {
		note(link, error);
		if (try_next(link))
			return;
		memcpy(link->path, link->refusal_path, sizeof(link->path));
		error = link->refusal;
	}
	link->connected = false;
	end_try(link, error);
}

static void give_up(struct relay_link *link, int error)
{
	if (link->error == 0)
		link->error = error;
	io_cancel(link->io, &link->in);
	io_cancel(link->io, &link->out);
	settle(link);
}

void relay_link_end(struct relay_link *link)
{
	link->ending = true;
	give_up(link, -ECANCELED);
}

static void timed(struct io_op *op, int result)
{
	struct relay_link *link = list_item(op, struct relay_link, timer);

	if (link->state == RELAY_LINK_OVER)
		check_over(link);
	else if (link->state == RELAY_LINK_WAITING && !link->ending)
		begin(link);
	else if (link->state == RELAY_LINK_TRYING && result >= 0 && link->error == 0)
		give_up(link, -ETIMEDOUT);
}

/* ---- listening ---- */

static int take(struct relay_link *link, const struct relay_event *event)
{
	if (event->kind == RELAY_EVENT_REFUSED)
		return -ENOTSUP;
	if (event->kind == RELAY_EVENT_ANSWER && link->state == RELAY_LINK_TRYING) {
		link->state = RELAY_LINK_FOLLOWING;
		backoff_init(&link->backoff);
		io_cancel(link->io, &link->timer);
		link->changed(link, 0);
	} else if (event->kind >= RELAY_EVENT_LIVE) {
		link->event(link, event);
	}
	return 0;
}

/* All whole lines. */
static int take_lines(struct relay_link *link)
{
	size_t begin_at = 0;
	const char *end;

	while ((end = memchr(link->line + begin_at, '\n', link->len - begin_at)) != NULL) {
		struct slice line = {link->line + begin_at, (size_t)(end - link->line) - begin_at};
		struct relay_event event;
		int error = relay_event_parse(line, &event);

		if (error == 0)
			error = take(link, &event);
		if (error < 0)
			return error == -EBADMSG ? -EPROTO : error;
		begin_at += line.len + 1;
	}
	link->len -= begin_at;
	memmove(link->line, link->line + begin_at, link->len);
	return link->len == sizeof(link->line) ? -EPROTO : 0;
}

static void received(struct io_op *op, int result);

static void receive(struct relay_link *link)
{
	io_recv(link->io, &link->in, link->fd, link->line + link->len,
		sizeof(link->line) - link->len, received);
}

static void received(struct io_op *op, int result)
{
	struct relay_link *link = list_item(op, struct relay_link, in);
	int error = result > 0 ? 0 : result < 0 ? result : -EPIPE;

	if (link->ending || link->error != 0) {
		settle(link);
		return;
	}
	if (error == 0) {
		link->len += (size_t)result;
		error = take_lines(link);
	}
	if (error < 0)
		give_up(link, error);
	else
		receive(link);
}

/* So few bytes are taken whole. */
static void sent(struct io_op *op, int result)
{
	struct relay_link *link = list_item(op, struct relay_link, out);

	if (link->ending || link->error != 0)
		settle(link);
	else if (result != (int)sizeof(request) - 1)
		give_up(link, result < 0 ? result : -EPIPE);
}

static void connected(struct io_op *op, int result)
{
	struct relay_link *link = list_item(op, struct relay_link, in);

	if (link->ending || link->error != 0 || result < 0) {
		give_up(link, result);
		return;
	}
	link->connected = true;
	io_send(link->io, &link->out, link->fd, request, sizeof(request) - 1, 0, sent);
	receive(link);
}

void relay_link_start(struct relay_link *link)
{
	link->fd = -1;
	backoff_init(&link->backoff);
	begin(link);
}
