/* SPDX-License-Identifier: MIT */
#include "capture/uplink.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/deadline.h"
#include "capture/dialer.h"
#include "capture/inbox.h"
#include "capture/outbox.h"
#include "common/backoff.h"
#include "common/catalogue.h"
#include "common/handshake.h"
#include "common/sentence.h"

/*
 *	AWAY -> DIALING -> GREETING -> OPEN -> ENDING
 *	  ^                                      |
 *	  +------- RETREATING (from any) <-------+
 *	                |
 *	                +-> GONE, when it isn't to try again
 */
enum state { AWAY, DIALING, GREETING, OPEN, ENDING, RETREATING, GONE };

struct uplink {
	struct io *io;
	uplink_told *told;
	void *context;
	struct url url;
	const struct uplink *leader; /* NULL: none */
	char request[HANDSHAKE_MAX_REQUEST];
	size_t request_len;

	enum state state;
	bool ending; /* no further tries */
	bool said_lost, said_busy;
	char why[HANDSHAKE_MAX_SENTENCE];
	struct backoff backoff;
	int64_t opened_us;

	int fd;
	struct dialer dialer;
	struct io_op send, recv;
	struct deadline deadline; /* of the state */

	struct outbox outbox;
	struct stage sending;
	bool broken; /* sending has failed, and receiving will soon */
	int64_t sent_us;

	struct inbox inbox;
	bool end_heard; /* the relay has said why it ends … */
	bool over;	/* … and that it's for good */
	struct audience audience;

	uint64_t away; /* frames dropped, because there was no connection */
	uint64_t unwatched;
};

static void recv_done(struct io_op *op, int result);
static void send_done(struct io_op *op, int result);
static void retreat(struct uplink *uplink, const char *why);
static void connect_in_turn(struct uplink *uplink);
static void be_impatient(struct uplink *uplink);
static void leave(struct uplink *uplink);
static void read_answer(struct uplink *uplink, bool ended);
static void read_records(struct uplink *uplink, bool ended);
static void ping(struct uplink *uplink);
static void pump(struct uplink *uplink);

#define UPLINK_OF(op, member)                                                                      \
	((struct uplink *)(void *)((char *)(op)-offsetof(struct uplink, member)))

static const struct {
	void (*timed_out)(struct uplink *uplink);
	void (*received)(struct uplink *uplink, bool ended);
} states[] = {
	[AWAY] = {connect_in_turn, NULL}, [GREETING] = {be_impatient, read_answer},
	[OPEN] = {ping, read_records},	  [ENDING] = {be_impatient, read_records},
	[RETREATING] = {leave, NULL},
};

/* ---- time ---- */

static bool is_busy(const struct uplink *uplink)
{
	return dialer_busy(&uplink->dialer) || io_busy(&uplink->send) || io_busy(&uplink->recv);
}

static void deadline_reached(struct deadline *deadline)
{
	struct uplink *uplink = UPLINK_OF(deadline, deadline);

	states[uplink->state].timed_out(uplink);
}

static void be_impatient(struct uplink *uplink)
{
	retreat(uplink, "no answer in time");
}

/* ---- going away, and trying again ---- */

static void wait_for_next_try(struct uplink *uplink)
{
	uplink->state = AWAY;
	deadline_set(&uplink->deadline, io_now_us(uplink->io) + backoff_take_us(&uplink->backoff));
	if (!uplink->said_lost) {
		uplink->said_lost = true;
		uplink->told(uplink->context, UPLINK_LOST, uplink->why);
	}
}

static void forget_connection(struct uplink *uplink)
{
	if (uplink->fd >= 0)
		io_close(uplink->io, uplink->fd);
	uplink->fd = -1;
	uplink->away += outbox_clear(&uplink->outbox);
	uplink->broken = uplink->end_heard = uplink->over = false;
	uplink->inbox.start = uplink->inbox.end = 0;
	uplink->inbox.skip = 0;
}

/* Goes on when no operation is left that uses the connection. */
static void settle(struct uplink *uplink)
{
	if (is_busy(uplink))
		return;
	forget_connection(uplink);
	if (uplink->ending)
		deadline_set(&uplink->deadline, io_now_us(uplink->io));
	else
		wait_for_next_try(uplink);
}

/* From the loop, with nothing under way any more. */
static void leave(struct uplink *uplink)
{
	uplink->state = GONE;
	uplink->told(uplink->context, UPLINK_GONE, "");
}

static void retreat(struct uplink *uplink, const char *why)
{
	if (uplink->why != why)
		snprintf(uplink->why, sizeof uplink->why, "%s", why);
	if (uplink->over && !uplink->ending) {
		uplink->ending = true;
		uplink->told(uplink->context, UPLINK_REFUSED, uplink->why);
	}
	if (uplink->state == OPEN && io_now_us(uplink->io) - uplink->opened_us >= UPLINK_SETTLED_US)
		backoff_init(&uplink->backoff);
	uplink->state = RETREATING;
	deadline_set(&uplink->deadline, DEADLINE_NEVER);
	dialer_cancel(&uplink->dialer);
	io_cancel(uplink->io, &uplink->send);
	io_cancel(uplink->io, &uplink->recv);
	settle(uplink);
}

/* ---- connecting ---- */

/* The leader has connected, or has heard that it may not. */
static bool is_its_turn(const struct uplink *uplink)
{
	const struct uplink *leader = uplink->leader;

	return leader == NULL || leader->state == OPEN || leader->said_busy || leader->ending;
}

static void listen_for_more(struct uplink *uplink)
{
	size_t len;
	char *room = inbox_room(&uplink->inbox, &len);

	io_recv(uplink->io, &uplink->recv, uplink->fd, room, len, recv_done);
}

static void dialed(struct dialer *dialer, int fd, const char *why)
{
	struct uplink *uplink = UPLINK_OF(dialer, dialer);
	struct io *io = uplink->io;

	uplink->fd = fd >= 0 ? fd : -1;
	if (uplink->state == RETREATING) {
		settle(uplink);
		return;
	}
	if (fd < 0) {
		retreat(uplink, why);
		return;
	}
	/* A connection without these still works. */
	(void)io_set(io, fd, IO_OPTION_NODELAY, 1);
	(void)io_set(io, fd, IO_OPTION_NOTSENT_LOWAT, UPLINK_UNSENT_BYTES);
	(void)io_set(io, fd, IO_OPTION_USER_TIMEOUT_MS, UPLINK_DEAD_MS);
	uplink->state = GREETING;
	deadline_set(&uplink->deadline, io_now_us(io) + UPLINK_GREETING_US);
	outbox_request(&uplink->outbox, uplink->request, uplink->request_len);
	io_sendmsg(io, &uplink->send, fd, &uplink->outbox.message, 0, send_done);
	listen_for_more(uplink);
}

static void connect_in_turn(struct uplink *uplink)
{
	if (!is_its_turn(uplink)) {
		deadline_set(&uplink->deadline, io_now_us(uplink->io) + BACKOFF_MIN_US);
		return;
	}
	uplink->state = DIALING;
	deadline_set(&uplink->deadline, DEADLINE_NEVER);
	dialer_start(&uplink->dialer, uplink->io, uplink->url.host, uplink->url.port, dialed);
}

/* ---- receiving ---- */

static void recv_done(struct io_op *op, int result)
{
	struct uplink *uplink = UPLINK_OF(op, recv);

	if (uplink->state == RETREATING) {
		settle(uplink);
	} else if (result < 0) {
		retreat(uplink, uplink->end_heard ? uplink->why : strerror(-result));
	} else {
		uplink->inbox.end += (size_t)result;
		states[uplink->state].received(uplink, result == 0);
	}
}

static void now_open(struct uplink *uplink, size_t head_len)
{
	uplink->state = OPEN;
	uplink->said_lost = uplink->said_busy = false;
	uplink->opened_us = uplink->sent_us = io_now_us(uplink->io);
	snprintf(uplink->why, sizeof uplink->why, "the relay closed the connection");
	deadline_set(&uplink->deadline, uplink->opened_us + UPLINK_PING_US);
	audience_init(&uplink->audience, uplink->opened_us);
	inbox_take(&uplink->inbox, head_len);
	uplink->told(uplink->context, UPLINK_OPENED, "");
	read_records(uplink, false);
}

static void busy_there(struct uplink *uplink, const struct handshake_answer *answer)
{
	bool said = uplink->said_busy;

	uplink->said_busy = uplink->said_lost = true;
	if (!said)
		uplink->told(uplink->context, UPLINK_BUSY, answer->sentence);
	retreat(uplink, answer->sentence);
}

static void try_again(struct uplink *uplink, const struct handshake_answer *answer)
{
	retreat(uplink, answer->sentence);
}

static void refused(struct uplink *uplink, const struct handshake_answer *answer)
{
	uplink->ending = true;
	uplink->told(uplink->context, UPLINK_REFUSED, answer->sentence);
	retreat(uplink, answer->sentence);
}

static void (*const act_on[])(struct uplink *uplink, const struct handshake_answer *answer) = {
	[HANDSHAKE_RETRY] = try_again,
	[HANDSHAKE_BUSY] = busy_there,
	[HANDSHAKE_REFUSED] = refused,
};

static void read_answer(struct uplink *uplink, bool ended)
{
	struct slice bytes = inbox_bytes(&uplink->inbox);
	struct handshake_answer answer;
	int result = handshake_answer(bytes.data, bytes.len, ended, &answer);

	if (ended && bytes.len == 0)
		retreat(uplink, "the relay closed the connection");
	else if (result < 0)
		retreat(uplink, "what answers there isn't a relay");
	else if (result == 0)
		listen_for_more(uplink);
	else if (answer.upgraded)
		now_open(uplink, answer.head_len);
	else
		act_on[handshake_verdict(answer.status, answer.explained)](uplink, &answer);
}

static void on_ping(struct uplink *uplink, const struct wire_header *header, struct slice payload)
{
	(void)payload;
	outbox_pong(&uplink->outbox, header);
	pump(uplink);
}

static void on_end(struct uplink *uplink, const struct wire_header *header, struct slice payload)
{
	uplink->end_heard = true;
	uplink->over = (header->flags & WIRE_RETURN) == 0;
	if (payload.len > 0)
		sentence_first(payload, uplink->why, sizeof uplink->why);
}

static void on_demand(struct uplink *uplink, const struct wire_header *header, struct slice payload)
{
	(void)payload;
	if (!audience_told(&uplink->audience, header->sequence, io_now_us(uplink->io)) ||
	    uplink->state != OPEN)
		return;
	if (uplink->audience.watches)
		uplink->audience.rests = false;
	uplink->told(uplink->context, UPLINK_DEMAND, "");
}

static void on_session(struct uplink *uplink, const struct wire_header *header,
		       struct slice payload)
{
	char text[CATALOGUE_OPEN_SIZE];

	if (slice_copy(payload, text, sizeof text) == 0 && uplink->state == OPEN)
		uplink->told(uplink->context,
			     header->type == WIRE_OPEN ? UPLINK_OPEN : UPLINK_CLOSE, text);
}

static const struct {
	uint8_t type;
	void (*act)(struct uplink *uplink, const struct wire_header *header, struct slice payload);
} controls[] = {
	{WIRE_PING, on_ping},	 {WIRE_END, on_end},	   {WIRE_DEMAND, on_demand},
	{WIRE_OPEN, on_session}, {WIRE_CLOSE, on_session},
};

static void act_on_record(struct uplink *uplink, const struct wire_header *header,
			  struct slice payload)
{
	for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++)
		if (controls[i].type == header->type)
			controls[i].act(uplink, header, payload);
}

/* A relay that pings without end has to wait for each answer. */
static bool may_read(const struct uplink *uplink)
{
	return (uplink->state == OPEN || uplink->state == ENDING) && uplink->outbox.pong.type == 0;
}

static void read_records(struct uplink *uplink, bool ended)
{
	struct wire_header header;
	struct slice payload;
	int result = 1;

	while (may_read(uplink) && result > 0) {
		result = inbox_record(&uplink->inbox, &header, &payload);
		if (result > 0)
			act_on_record(uplink, &header, payload);
	}
	if (result < 0)
		retreat(uplink, "the relay sent what isn't a record");
	else if (ended)
		retreat(uplink, uplink->why);
	else if (may_read(uplink) && !io_busy(&uplink->recv))
		listen_for_more(uplink);
}

/* ---- sending ---- */

/* What the relay said before it closed may still be there to be read. */
static void break_off(struct uplink *uplink, int error)
{
	uplink->broken = true;
	if (error != -EPIPE && !uplink->end_heard)
		snprintf(uplink->why, sizeof uplink->why, "%s", strerror(-error));
	if (!io_busy(&uplink->recv))
		listen_for_more(uplink);
}

static void send_rest(struct uplink *uplink)
{
	io_sendmsg(uplink->io, &uplink->send, uplink->fd, &uplink->outbox.message, 0, send_done);
}

/* The socket has room: now the record is chosen. */
static void room_found(struct io_op *op, int result)
{
	struct uplink *uplink = UPLINK_OF(op, send);

	if (uplink->state == RETREATING)
		settle(uplink);
	else if (result < 0)
		break_off(uplink, result);
	else if (outbox_next(&uplink->outbox, io_now_us(uplink->io)))
		send_rest(uplink);
}

/*
 * Sends what is due, when nothing is being sent. Room is asked for first: the kernel takes a frame
 * without regard to TCP_NOTSENT_LOWAT as long as it can append to the last packet it hasn't sent
 * (as of Linux 6.18), and what it took can't be replaced by a newer frame any more; but POLLOUT
 * comes only when little is left unsent.
 */
static void pump(struct uplink *uplink)
{
	if ((uplink->state == OPEN || uplink->state == ENDING) && !uplink->broken &&
	    !io_busy(&uplink->send) && outbox_is_due(&uplink->outbox))
		io_poll(uplink->io, &uplink->send, uplink->fd, POLLOUT, room_found);
}

/* given_us: a frame's, which is released by now. */
static void record_sent(struct uplink *uplink, int64_t given_us)
{
	uplink->sent_us = io_now_us(uplink->io);
	if (uplink->outbox.kind == OUTBOX_FRAME)
		stage_add(&uplink->sending,
			  (struct effort){.wall_ns = (uplink->sent_us - given_us) * 1000});
	if (uplink->outbox.kind == OUTBOX_END)
		io_shutdown(uplink->io, uplink->fd, SHUT_WR);
	if (uplink->outbox.kind == OUTBOX_RECORD)
		uplink->told(uplink->context, UPLINK_SAID, "");
	if (uplink->outbox.kind == OUTBOX_PONG)
		read_records(uplink, false);
	pump(uplink);
}

static void send_done(struct io_op *op, int result)
{
	struct uplink *uplink = UPLINK_OF(op, send);
	const struct frame *frame = uplink->outbox.begun;
	int64_t given_us = frame != NULL ? frame->given_us : 0;

	if (uplink->state == RETREATING)
		settle(uplink);
	else if (result < 0)
		break_off(uplink, result);
	else if (outbox_took(&uplink->outbox, (size_t)result))
		record_sent(uplink, given_us);
	else
		send_rest(uplink);
}

static void ping(struct uplink *uplink)
{
	int64_t now_us = io_now_us(uplink->io);

	if (uplink->broken) {
		retreat(uplink, uplink->why);
		return;
	}
	if (now_us - uplink->sent_us >= UPLINK_PING_US) {
		outbox_ping(&uplink->outbox);
		uplink->sent_us = now_us;
		pump(uplink);
	}
	deadline_set(&uplink->deadline, uplink->sent_us + UPLINK_PING_US);
}

/* ---- for the rendition ---- */

int uplink_create(struct uplink **ret_uplink, struct io *io, const struct url *url, const char *key,
		  uplink_told *told, void *context)
{
	struct uplink *uplink = calloc(1, sizeof *uplink);
	const struct handshake_request request = {
		.method = "POST",
		.url = url,
		.key = key != NULL ? key : "",
		.user_agent = "spillway-capture/" SPILLWAY_VERSION,
	};
	int len;

	if (uplink == NULL)
		return -ENOMEM;
	len = handshake_request(&request, uplink->request);
	if (len < 0) {
		free(uplink);
		return len;
	}
	uplink->request_len = (size_t)len;
	uplink->io = io;
	uplink->told = told;
	uplink->context = context;
	uplink->url = *url;
	uplink->fd = -1;
	backoff_init(&uplink->backoff);
	deadline_init(&uplink->deadline, io, deadline_reached);
	outbox_init(&uplink->outbox);
	*ret_uplink = uplink;
	return 0;
}

void uplink_destroy(struct uplink *uplink)
{
	if (uplink == NULL)
		return;
	assert(!is_busy(uplink) && !deadline_busy(&uplink->deadline));
	explicit_bzero(uplink->request, sizeof uplink->request); /* the key is in it */
	free(uplink);
}

void uplink_follow(struct uplink *uplink, const struct uplink *leader)
{
	uplink->leader = leader;
}

void uplink_start(struct uplink *uplink)
{
	connect_in_turn(uplink);
}

bool uplink_wants(struct uplink *uplink, bool always)
{
	if (uplink->state != OPEN)
		return false;
	if (always || audience_wants(&uplink->audience, io_now_us(uplink->io)))
		return true;
	uplink_rest(uplink);
	return false;
}

bool uplink_is_watched(const struct uplink *uplink)
{
	return uplink->state == OPEN && audience_is_there(&uplink->audience, io_now_us(uplink->io));
}

void uplink_rest(struct uplink *uplink)
{
	if (uplink->state != OPEN || !uplink->audience.tells || uplink->audience.rests)
		return;
	uplink->audience.rests = true;
	outbox_pause(&uplink->outbox);
	pump(uplink);
}

void uplink_publish(struct uplink *uplink, struct frame *frame)
{
	if (uplink->state != OPEN) {
		frame->release(frame);
		uplink->away++;
		return;
	}
	frame->given_us = io_now_us(uplink->io);
	outbox_frame(&uplink->outbox, frame);
	/* It was on its way when that began. */
	if (uplink->audience.rests && !uplink->audience.watches)
		outbox_pause(&uplink->outbox);
	pump(uplink);
}

void uplink_say(struct uplink *uplink, const struct wire_header *header, const void *payload)
{
	outbox_record(&uplink->outbox, header, payload);
	pump(uplink);
}

void uplink_skip(struct uplink *uplink)
{
	if (uplink->state == OPEN)
		uplink->unwatched++;
	else
		uplink->away++;
}

void uplink_end(struct uplink *uplink, const char *why)
{
	if (uplink->ending)
		return;
	uplink->ending = true;
	if (uplink->state == OPEN) {
		uplink->state = ENDING;
		outbox_end(&uplink->outbox, why);
		deadline_set(&uplink->deadline, io_now_us(uplink->io) + UPLINK_END_US);
		pump(uplink);
	} else if (uplink->state != RETREATING) {
		retreat(uplink, why);
	}
}

const struct stage *uplink_sending(const struct uplink *uplink)
{
	return &uplink->sending;
}

struct uplink_stats uplink_stats(const struct uplink *uplink)
{
	return (struct uplink_stats){
		.frames = uplink->outbox.frames,
		.bytes = uplink->outbox.bytes,
		.behind = uplink->outbox.behind,
		.away = uplink->away,
		.unwatched = uplink->unwatched,
	};
}
