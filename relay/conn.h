/* SPDX-License-Identifier: MIT */
/*
 * A connection while it speaks HTTP: its request is received and answered. One that becomes a viewer
 * hands its socket over and is gone; one that publishes stays and lends its socket to the publisher.
 *
 *	READING ---> ANSWERING ---> DRAINING ---> closed     an answer, and what still comes is read for
 *	   |                                                 a moment, so that the peer can read it
 *	   +-------> WAITING ---> READING                    for a stream (?wait=)
 *	   +-------> OPENING ---> a viewer                   the head of a live answer is sent first
 *	   +-------> LENT ---> ANSWERING, DRAINING           a publisher uses it
 */
#ifndef SPILLWAY_CONN_H
#define SPILLWAY_CONN_H

#include "common/http.h"
#include "common/peers.h"
#include "relay/transport.h"
#include "relay/worker.h"

enum {
	CONN_DRAIN_US = 1000000,    /* what still comes after an answer is read for so long */
	CONN_SPARE = 64,	    /* connections over the limit that are told so */
	CONN_INPUT = 2048,	    /* bytes of a usual request's head */
	CONN_HEAD_ROOM = 512,	    /* for the head of an answer */
	CONN_MAX_LARGE = 32u << 20, /* bytes of a worker's large answers under way */
};

enum conn_state {
	CONN_READING,
	CONN_WAITING,
	CONN_ANSWERING,
	CONN_OPENING,
	CONN_LENT,
	CONN_DRAINING,
	CONN_CLOSED,
};

struct conn {
	struct worker *worker;
	struct list link;    /* in worker->conns */
	struct list waiting; /* in worker->waiting */
	struct io_op op;     /* receives, sends, waits; busy but for inside its own functions */
	int fd;
	uint8_t state;
	bool adopted;	     /* another worker has handed it over */
	bool expired;	     /* the deadline has passed; op is being cancelled for it */
	int64_t deadline_us; /* looked at by the sweep */
	struct peer peer;

	char *input;
	size_t input_len, input_size; /* grows up to max_header_bytes */
	size_t head_len; /* of the request in input; what follows is the beginning of its body */
	struct http_head request;
	struct slice stream_name; /* of the request, when it is about a stream */

	/* ANSWERING, OPENING */
	char *answer; /* owned; the head, and a small body */
	size_t answer_len, answered;
	struct frame *frame; /* a reference: the answer's body instead */
	size_t large;	     /* counted in worker->large_bytes */
	void (*opened)(struct conn *conn);
	/* opened() wants these */
	const struct transport *transport;
	uint64_t watched_id; /* of the stream */
	bool has_wish;	     /* of a rendition, … */
	bool chooses;	     /* … that the relay chooses */

	int64_t wait_until_us; /* 0: hasn't waited yet */
	uint64_t session_id;   /* of the session that it waits for; 0: for a stream */

	/* LENT */
	void *borrower;
	void (*end)(struct conn *conn, const char *reason); /* tells it to end */
};

/* Takes over fd. Closes it when there is no memory or far too many connections. */
void conn_create(struct worker *worker, int fd);
/* Goes on at another worker, which reads the request anew. Only while it is being read. */
void conn_hand_over(struct conn *conn, struct worker *to);
/* Here it does: takes over fd, its count among the peers, and input. */
void conn_adopt(struct worker *worker, int fd, const struct peer *peer, char *input,
		size_t input_len);
/* Goes, at once or as soon as its operation has ended. Not while it is lent. */
void conn_close(struct conn *conn);

/*
 * Answers and closes. body is copied; fields are further header lines, each with CR LF, "" for
 * none.
 */
void conn_answer(struct conn *conn, int status, const char *type, const char *fields,
		 const char *body, size_t len);
/* The same with a large body that was written for it: takes over `answer`, len bytes of which the
 * first CONN_HEAD_ROOM are for the head. Refuses when too much of that kind waits to be read. */
void conn_answer_large(struct conn *conn, const char *type, char *answer, size_t len);
/* The same with a picture: takes a reference of its own. */
void conn_answer_frame(struct conn *conn, struct frame *frame);
/* Answers with an error and one plain sentence. */
void conn_refuse(struct conn *conn, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same with further header lines. */
void conn_refuse_with(struct conn *conn, int status, const char *fields, const char *sentence);

/* Sends the last bytes of a live answer, or all there is to be of an answer (copied), and
 * closes. */
void conn_finish(struct conn *conn, const char *ending, size_t len);

/* Sends `opening` (borrowed), then calls opened(), which calls conn_take() or conn_finish(). */
void conn_open(struct conn *conn, const char *opening, void (*opened)(struct conn *conn));
/* Gives the socket away, and frees the connection. */
int conn_take(struct conn *conn);
/* The borrower uses conn->fd and conn->op until it answers or calls conn_return(). end() is
 * called when the relay wants it to end, and again when it has to be at once. */
void conn_lend(struct conn *conn, void *borrower,
	       void (*end)(struct conn *conn, const char *reason));
/* The borrower is done with it, op has ended: the connection goes; what was sent arrives. */
void conn_return(struct conn *conn);

/* Waits for the stream for so long at the most, then starts the request anew. */
void conn_wait(struct conn *conn, int64_t seconds);
/* A stream went live, or has its first frame: who waits for it, or a rendition, is served. */
void conn_wake_waiting(struct worker *worker, const char *stream_name);
/* The same for who waits for a session. */
void conn_wake_session(struct worker *worker, uint64_t session_id);

/* The relay ends: a connection that is not being answered goes. */
void conn_end(struct conn *conn, const char *reason);
/* Now and then: closes what has passed its deadline. */
void conn_check_deadline(struct conn *conn, int64_t now_us);

#endif
