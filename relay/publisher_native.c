/* SPDX-License-Identifier: MIT */
/*
 * A publisher that speaks the native format, spillway-wire(7): POST with Upgrade. Payloads are
 * received straight into their frames.
 *
 * Two operations: conn->op receives; `reply` sends what little there is to say.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/handshake.h"
#include "relay/demand.h"
#include "relay/publisher.h"

enum reading { READING_HEADER, READING_FRAME, READING_CONTROL, SKIPPING };

struct native {
	struct publisher publisher;
	struct io_op reply;
	uint8_t out[TRANSPORT_MAX_ENDING]; /* on its way to the agent */
	char *control; /* owned: the payload of a CATALOGUE or CLOSE; NULL before the first */
	size_t out_len, out_sent;
	/* what is to be said next; a type of 0: nothing */
	struct wire_header pong, demand;
	bool finishing; /* nothing more is received */
	bool gone; /* the agent has closed or said that it's done, or was told: nobody listens */

	enum reading reading;
	size_t got; /* bytes of the header or payload so far */
	uint8_t header_bytes[WIRE_HEADER_SIZE];
	struct wire_header header;
};

static void native_receive(struct native *native);

/* ---- saying something ---- */

static void reply_sent(struct io_op *op, int result);

static void send_reply(struct native *native)
{
	struct conn *conn = native->publisher.conn;

	io_send(conn->worker->io, &native->reply, conn->fd, native->out + native->out_sent,
		native->out_len - native->out_sent, 0, reply_sent);
}

/* Nothing is under way any more, and the agent knows why. */
static void native_free(struct native *native)
{
	struct conn *conn = native->publisher.conn;

	free(native->control);
	free(native);
	conn_return(conn);
}

static void finish(struct native *native)
{
	struct publisher *publisher = &native->publisher;

	publisher_release(publisher);
	native->finishing = true;
	if (io_busy(&native->reply)) { /* goes on in reply_sent() */
		if (native->gone)
			io_cancel(publisher->conn->worker->io, &native->reply);
		return;
	}
	if (native->gone) {
		native_free(native);
		return;
	}
	native->gone = true;
	/* It comes back as it would after this status as an answer. */
	bool returns = handshake_verdict(publisher->stop_status, true) != HANDSHAKE_REFUSED;
	native->out_len =
		transport_native.ending(publisher->stop_reason, returns, (char *)native->out);
	native->out_sent = 0;
	send_reply(native);
}

static bool begin_reply(struct native *native, struct wire_header *header)
{
	if (header->type == 0)
		return false;
	wire_encode(header, native->out);
	header->type = 0;
	native->out_len = WIRE_HEADER_SIZE;
	native->out_sent = 0;
	send_reply(native);
	return true;
}

_Static_assert((int)SESSION_RECORD_SIZE <= (int)TRANSPORT_MAX_ENDING, "a record fits");

static void begin_say(struct native *native)
{
	if (native->publisher.library == NULL)
		return;
	native->out_len = library_say(native->publisher.library, native->out);
	native->out_sent = 0;
	if (native->out_len > 0)
		send_reply(native);
}

/* Says what is due, one after another; of several PINGs or DEMANDs the newest counts. */
static void reply(struct native *native)
{
	if (native->finishing || native->gone || io_busy(&native->reply))
		return;
	if (!begin_reply(native, &native->pong) && !begin_reply(native, &native->demand))
		begin_say(native);
}

static void speak(struct publisher *publisher)
{
	reply(list_item(publisher, struct native, publisher));
}

static void reply_sent(struct io_op *op, int result)
{
	struct native *native = list_item(op, struct native, reply);

	if (result > 0)
		native->out_sent += (size_t)result;
	if (result > 0 && native->out_sent < native->out_len) {
		send_reply(native);
	} else if (native->finishing) {
		finish(native);
	} else if (result < 0) { /* nothing whole can be said any more */
		native->gone = true;
		io_cancel(native->publisher.conn->worker->io, &native->publisher.conn->op);
	} else {
		reply(native);
	}
}

static void answer_ping(struct native *native)
{
	native->pong = native->header;
	native->pong.type = WIRE_PONG;
	native->pong.length = 0;
	reply(native);
}

static void tell_demand(struct publisher *publisher, uint64_t viewers)
{
	struct native *native = list_item(publisher, struct native, publisher);

	native->demand = (struct wire_header){.type = WIRE_DEMAND, .sequence = viewers};
	reply(native);
}

/* ---- records ---- */

static void begin_frame(struct native *native)
{
	struct publisher *publisher = &native->publisher;
	const struct wire_header *header = &native->header;

	if (header->length == 0) {
		publisher_stop(publisher, 400, "A frame is empty.");
		return;
	}
	if (publisher_room(publisher, header->length) < 0)
		return;
	publisher->frame->header.pts_us = header->pts_us;
	publisher->frame->header.capture_us = header->capture_us > 0 ? header->capture_us : -1;
	native->reading = READING_FRAME;
}

static void begin_control(struct native *native)
{
	if (native->control == NULL)
		native->control = malloc(WIRE_MAX_CONTROL);
	if (native->control != NULL)
		native->reading = READING_CONTROL;
	else
		publisher_stop(&native->publisher, 503, "The relay is out of memory.");
}

/* A CATALOGUE or a CLOSE is complete. */
static void take_control(struct native *native)
{
	struct publisher *publisher = &native->publisher;
	struct slice payload = {native->control, native->header.length};
	bool returns = (native->header.flags & WIRE_RETURN) != 0;
	int error = 0;

	if (publisher->library == NULL && native->header.type == WIRE_CATALOGUE) {
		publisher->speak = speak;
		publisher->library =
			library_create(publisher->conn->worker, publisher->stream->name, publisher);
		error = publisher->library == NULL ? -ENOMEM : 0;
	}
	if (error == 0 && native->header.type == WIRE_CATALOGUE)
		error = library_put(publisher->library, payload);
	else if (publisher->library != NULL)
		error = library_close(publisher->library, payload, returns);
	if (error == -ENOMEM)
		publisher_stop(publisher, 503, "The relay is out of memory.");
	else if (error < 0)
		publisher_stop(publisher, 400, "A record about streams on demand is malformed.");
}

static void header_complete(struct native *native)
{
	struct publisher *publisher = &native->publisher;

	if (wire_decode(native->header_bytes, &native->header) < 0) {
		publisher_stop(publisher, 400, "A record's header is malformed.");
		return;
	}
	native->reading = SKIPPING;
	native->got = 0;
	if (native->header.type == WIRE_FRAME && native->header.track == 0)
		begin_frame(native);
	else if (native->header.type == WIRE_PING)
		answer_ping(native);
	else if (native->header.type == WIRE_PAUSE)
		stream_pause(publisher->stream);
	else if (native->header.type == WIRE_CATALOGUE || native->header.type == WIRE_CLOSE)
		begin_control(native);
	else if (native->header.type == WIRE_END)
		native->gone = true;
}

static void record_complete(struct native *native)
{
	struct publisher *publisher = &native->publisher;

	if (native->reading == READING_FRAME) {
		publisher->frame->header.length = native->header.length;
		publisher_publish(publisher);
	} else if (native->reading == READING_CONTROL) {
		take_control(native);
	}
	native->reading = READING_HEADER;
	native->got = 0;
}

/* Where the next bytes go. */
static size_t target(struct native *native, void **ret_to)
{
	struct worker *worker = native->publisher.conn->worker;

	if (native->reading == READING_HEADER) {
		*ret_to = native->header_bytes + native->got;
		return WIRE_HEADER_SIZE - native->got;
	}
	size_t left = native->header.length - native->got;
	if (native->reading == READING_FRAME) {
		*ret_to = native->publisher.frame->payload + native->got;
		return left;
	}
	if (native->reading == READING_CONTROL) {
		*ret_to = native->control + native->got;
		return left;
	}
	*ret_to = worker->scratch;
	return left < sizeof(worker->scratch) ? left : sizeof(worker->scratch);
}

/* len bytes have arrived where target() said. */
static void arrived(struct native *native, size_t len)
{
	native->got += len;
	if (native->reading == READING_HEADER && native->got == WIRE_HEADER_SIZE)
		header_complete(native);
	if (native->publisher.stop_status == 0 && native->reading != READING_HEADER &&
	    native->got == native->header.length)
		record_complete(native);
}

static bool ends(const struct native *native)
{
	return native->gone || native->publisher.stop_status != 0;
}

static void native_received(struct io_op *op, int result)
{
	struct native *native = list_item(op, struct conn, op)->borrower;

	if (result <= 0 && native->publisher.stop_status == 0)
		native->gone = true;
	if (!ends(native)) {
		native->publisher.active_us = io_now_us(native->publisher.conn->worker->io);
		arrived(native, (size_t)result);
		publisher_received(&native->publisher);
	}
	if (ends(native))
		finish(native);
	else
		native_receive(native);
}

static void native_receive(struct native *native)
{
	struct conn *conn = native->publisher.conn;
	void *to;
	size_t room = target(native, &to);

	io_recv(conn->worker->io, &conn->op, conn->fd, to, room, native_received);
}

/* ---- starting ---- */

static void native_end(struct conn *conn, const char *reason)
{
	struct native *native = conn->borrower;

	publisher_stop(&native->publisher, 503, "%s", reason);
	if (native->finishing) { /* the agent doesn't read why */
		native->gone = true;
		io_cancel(conn->worker->io, &native->reply);
	}
}

/* What came right behind the request's head. */
static void take_early(struct native *native)
{
	const struct conn *conn = native->publisher.conn;
	const char *data = conn->input + conn->head_len;
	size_t left = conn->input_len - conn->head_len;

	while (left > 0 && !ends(native)) {
		void *to;
		size_t room = target(native, &to);
		size_t len = left < room ? left : room;

		memcpy(to, data, len);
		data += len;
		left -= len;
		arrived(native, len);
	}
}

static void native_opened(struct conn *conn)
{
	struct native *native = conn->borrower;

	if (!ends(native)) {
		native->publisher.demand = tell_demand;
		demand_begin(native->publisher.stream);
	}
	take_early(native);
	if (ends(native))
		finish(native);
	else
		native_receive(native);
}

void publisher_native_start(struct conn *conn)
{
	if (!publisher_may_claim(conn))
		return;
	struct native *native = calloc(1, sizeof(*native));
	if (native == NULL) {
		conn_refuse(conn, 503, "The relay is out of memory.");
		return;
	}
	native->publisher.conn = conn;
	native->publisher.transport = "native";
	conn_lend(conn, native, native_end);
	io_set(conn->worker->io, conn->fd, IO_OPTION_NODELAY, 1);
	io_set(conn->worker->io, conn->fd, IO_OPTION_KEEPALIVE, 1);
	io_set(conn->worker->io, conn->fd, IO_OPTION_USER_TIMEOUT_MS,
	       (int)conn->worker->config->stall_timeout_s * 1000);
	if (publisher_claim(&native->publisher) == 0)
		publisher_open(&native->publisher, transport_native.opening, native_opened);
	else
		publisher_refuse(&native->publisher);
}
