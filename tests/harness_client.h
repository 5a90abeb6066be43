/* SPDX-License-Identifier: MIT */
/*
 * A simple blocking client of the relay, of the tests' own: it sends exactly the bytes that it is
 * given, and reads strictly what the documents promise. Everything fails the test when it doesn't
 * come within the deadline, or isn't what it should be. Clients belong to the harness, which closes
 * them at the test's end.
 */
#ifndef SPILLWAY_HARNESS_CLIENT_H
#define SPILLWAY_HARNESS_CLIENT_H

#include "common/http.h"
#include "common/wire.h"
#include "tests/harness.h"

struct client {
	struct client *next;
	struct harness *harness;
	int fd;
	bool ended;	/* the other side has ended its sending, or reset the connection */
	bool was_reset; /* … by a reset */
	char *buffer;	/* received and not read yet: len bytes from `start` on */
	size_t start, len, size;
	/* of the last response */
	char *head_text; /* the harness's */
	struct http_head head;
	char boundary[80]; /* with two hyphens before it */
};

/* Connects to 127.0.0.1, or from another address of this machine. */
struct client *client_connect(struct harness *harness, uint16_t port);
struct client *client_connect_from(struct harness *harness, uint16_t port, const char *source);
/* Waits at 127.0.0.1 as a server would, for tests of our clients; the port is found by *ret_port.
 * The descriptor is the caller's. */
int client_listen(uint16_t *ret_port);
/* The next who connects there. */
struct client *client_accept(struct harness *harness, int listener);
void client_close(struct client *client);
void client_close_all(struct harness *harness);
/* Closes with a reset. */
void client_abort(struct client *client);

void client_send(struct client *client, const void *data, size_t len);
void client_print(struct client *client, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same, but that the other side may have closed: false then. */
bool client_try_send(struct client *client, const void *data, size_t len);
/* Ends the sending. */
void client_shutdown(struct client *client);

/* Reads exactly len bytes; they are borrowed until the next call. */
const char *client_read(struct client *client, size_t len);
/* Reads all up to the end: the harness's memory, with a NUL behind it. */
char *client_read_all(struct client *client, size_t *ret_len);
/* Reads up to and with `text`. Returns its length before that. */
size_t client_read_until(struct client *client, const char *text, const char **ret_data);
/* Whether bytes can be read, or the end has come, within the time. */
bool client_readable(struct client *client, int timeout_ms);
/* Waits for the end; fails when bytes come before it. */
void client_expect_end(struct client *client);

/* ---- HTTP ---- */

/* Reads the head of a response: its status. */
int client_head(struct client *client);
/* A field of the last response; "" where there is none: the harness's memory. */
char *client_field(struct client *client, const char *name);
/* The body of the last response by its Content-Length: the harness's memory, with a NUL. */
char *client_body(struct client *client, size_t *ret_len);

/* Sends a request with Host and further header lines ("" or "Name: value\r\n…"). */
void client_request(struct client *client, const char *method, const char *target,
		    const char *fields);
/* Connects, sends a request, and reads the head of the answer, which must have this status. */
struct client *client_get(struct harness *harness, uint16_t port, const char *target,
			  const char *fields, int status);

/* ---- native records, spillway-wire(7) ---- */

/* A publisher of the stream, and a viewer that waits for it; target may have a query. */
struct client *client_publish(struct harness *harness, uint16_t port, const char *target);
struct client *client_watch(struct harness *harness, uint16_t port, const char *target);
void client_record(struct client *client, const struct wire_header *header, const void *payload);
/* A frame with that presentation time; its capture time is 0, unknown. */
void client_frame(struct client *client, const void *payload, size_t len, int64_t pts_us);
/* Reads a record; the payload is borrowed until the next call. False at the end between records. */
bool client_next_record(struct client *client, struct wire_header *ret_header,
			const char **ret_payload);
/* The same, skipping what is no frame: fails at the end. */
struct wire_header client_next_frame(struct client *client, const char **ret_payload);
/* Reads on until the END record and the connection's end: its sentence. */
char *client_end_sentence(struct client *client);

/* ---- multipart ---- */

/* A viewer in multipart, that waits for the stream; target may have a query. */
struct client *client_parts(struct harness *harness, uint16_t port, const char *target,
			    const char *fields);
/*
 * Reads a part of the plain kind, which says its length, with the line break behind it; the payload
 * is borrowed until the next call. False for the closing boundary, behind which the end must come.
 */
bool client_next_part(struct client *client, const char **ret_payload, size_t *ret_len);
/* The same of the early kind: a picture, and the boundary and headers of the next; the payload is
 * the harness's. At the end *ret_len is 0, as the last part was begun and not filled. */
bool client_next_early(struct client *client, const char **ret_payload, size_t *ret_len);

#endif
