/* SPDX-License-Identifier: MIT */
/*
 * The state of a service: asked for through its control socket (spillway-control(7)), and written for
 * people. It is one JSON object: the answer to each of the service's questions, by the name of the
 * request:
 *
 *	{"stats": {…}, "streams": [{…}, …], "viewers": [{…}, …]}	of a relay
 *	{"stat": {…}, "rooms": [{…}, …], "users": [{…}, …]}		of a chat
 *
 * Whatever is missing is shown as "-". A service is a file and a row in stat.c.
 */
#ifndef SPILLWAY_STATUS_H
#define SPILLWAY_STATUS_H

#include <stdio.h>

#include "common/control.h"

enum { STATUS_SENTENCE_SIZE = 512 };

struct status_service {
	const char *program; /* "spillway-relay" */
	const char *socket;  /* "relay.sock" */
	const char
		*member; /* of `spillway stat --json`; NULL: its members stand there themselves */
	const struct status_question *questions;
	void (*print)(FILE *out, const json_t *status);
};

extern const struct status_service status_of_relay, status_of_chat;

/* Connects to it; path NULL: in the usual places. -errno, and a sentence with what a person can do
 * about it. */
int status_connect(const struct status_service *service, const char *path,
		   struct control_client *client, char ret_sentence[STATUS_SENTENCE_SIZE]);

/* Asks for it. Returns a reference in *ret_status; -errno, and a sentence that says what is wrong:
 * the service's own one with -EREMOTEIO. */
int status_ask(const struct status_service *service, struct control_client *client,
	       json_t **ret_status, char ret_sentence[STATUS_SENTENCE_SIZE]);

/*
 * The same for who can't wait: the questions are sent, and each call takes the next answer, if it
 * is there. Returns 1 when all are in `status` (a new json_object() at first), 0 when there are
 * more to come; -EAGAIN when the next isn't there yet.
 */
int status_send(const struct status_service *service, struct control_client *client);
int status_take_next(const struct status_service *service, struct control_client *client,
		     json_t *status, unsigned *n_taken, char ret_sentence[STATUS_SENTENCE_SIZE]);

#endif
