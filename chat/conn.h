/* SPDX-License-Identifier: MIT */
/*
 * A connection: lines come in, whole, however packets cut them; lines go out, as fast as the other
 * side takes them, and wait in a bounded queue. It knows nothing of what they mean.
 *
 * Its first bytes decide how they come: as text with line ends; or it is a request by HTTP, which may
 * make it a WebSocket, where a message is a line.
 *
 *	UNDECIDED ---> LINES
 *	          \--> REQUEST ---> FRAMES
 *
 *	OPEN ---> ENDING ---> DRAINING ---> closed
 *
 *	ENDING		nothing that comes in counts any more; what is queued goes out
 *	DRAINING	our side is shut, and what still comes is read for a moment: closing with input
 *			unread would reset the connection, and take the last words with it
 *
 * What is queued in a turn of the loop goes out at its end, in one send: however many lines a room has told
 * a client, it costs one. Connections with something new stand in a list for that.
 *
 * It lives inside its owner, which may be freed when gone() was called. gone() is never called from
 * inside a function here that the owner calls, but for conn_close().
 */
#ifndef SPILLWAY_CHAT_CONN_H
#define SPILLWAY_CHAT_CONN_H

#include "chat/counters.h"
#include "chat/outbox.h"
#include "common/io.h"
#include "common/list.h"
#include "common/message.h"
#include "common/websocket.h"

enum {
	CONN_MAX_INPUT = MESSAGE_MAX_CLIENT_TAGS + MESSAGE_MAX_LINE, /* bytes of a line */
	CONN_MAX_HEAD = 16384,					     /* bytes of a request */
	CONN_END_US = 5000000,	 /* what is queued has so long to be taken */
	CONN_DRAIN_US = 1000000, /* and the other side so long to close */
};

struct conn;

struct conn_owner {
	/* A line without its end; line[len] is writable. It is borrowed during the call. */
	void (*line)(struct conn *conn, char *line, size_t len);
	/* One was longer than CONN_MAX_INPUT; it is skipped. */
	void (*overlong)(struct conn *conn);
	/* A request by HTTP; its head is borrowed during the call, NULL: it is malformed. The owner
	 * calls conn_upgrade() or conn_end(). */
	void (*request)(struct conn *conn, const struct http_head *head);
	/* It was paused, and conn_is_behind() no more. */
	void (*drained)(struct conn *conn);
	/* The other side has gone, or takes nothing while the queue is full. Called once, not from
	 * inside conn_send(); the owner then calls conn_end(). */
	void (*lost)(struct conn *conn, const char *why);
	/* All has ended, the socket is closed. */
	void (*gone)(struct conn *conn);
};

enum conn_state { CONN_OPEN, CONN_ENDING, CONN_DRAINING, CONN_CLOSED };
enum conn_protocol { CONN_UNDECIDED, CONN_LINES, CONN_REQUEST, CONN_FRAMES };

struct conn {
	struct conns *all; /* borrowed */
	int fd;
	uint8_t state;
	uint8_t protocol;
	bool skipping; /* up to the end of a line too long */
	bool ended;    /* the other side has ended its sending */
	bool full;     /* the queue is: nothing more is added */
	bool paused;   /* nothing more is received */
	struct outbox outbox;
	size_t max_queue;    /* bytes */
	struct list unsent;  /* in all->unsent: it is to be flushed */
	int64_t deadline_us; /* of ENDING and DRAINING; 0: none */
	struct io_op out, in, doom;
	char *input; /* with a byte of room behind it */
	size_t input_len, input_size;
	size_t message_len; /* FRAMES: of the input, what is the message so far */
	uint16_t close_status;
	struct websocket_reader frames;
};

/* What all connections of a service have in common. */
struct conns {
	struct io *io;			/* borrowed */
	const struct conn_owner *owner; /* a constant */
	struct conn_counters *counters; /* borrowed */
	struct list unsent;
	struct io_op flush; /* at the end of the turn */
	struct bundle bundle;
};

/* owner: a constant; the others are borrowed. */
void conns_init(struct conns *conns, struct io *io, const struct conn_owner *owner,
		struct conn_counters *counters);

/* Takes over fd, borrows all. -ENOMEM: fd is closed then, and gone() isn't called. */
int conn_init(struct conn *conn, struct conns *all, int fd, size_t max_queue);
/* Queues a line, and those behind it (takes references of its own). Nothing when it ends, or when
 * line is NULL. */
void conn_send(struct conn *conn, struct line *line);
/* Receives nothing more, until it is resumed; lines that were received still come. */
void conn_pause(struct conn *conn);
void conn_resume(struct conn *conn); /* not from inside line() */
/* Whether more than a quarter of max_queue waits: who asks for more now had better wait. */
bool conn_is_behind(const struct conn *conn);
/* Sends an answer, behind which both sides send WebSocket messages. */
void conn_upgrade(struct conn *conn, enum line_form form, struct line *answer);
/* Nothing more comes in; what is queued, and then last (one line; NULL: nothing), goes out, and it
 * is closed. Where the queue is full, only last goes out. */
void conn_end(struct conn *conn, struct line *last);
/* At once. */
void conn_close(struct conn *conn);
/* Now and then. */
void conn_check_deadline(struct conn *conn, int64_t now_us);

#endif
