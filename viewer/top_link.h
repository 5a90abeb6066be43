/* SPDX-License-Identifier: MIT */
/*
 * A relay's control socket as `spillway top` uses it: it is asked again and again, and may be away for
 * a while. Nothing here waits for the relay but for connecting.
 *
 *	1. top_link_ask() connects where there is no connection, and sends the questions.
 *	2. When top_link_fd() can be read, top_link_receive() takes what came, until it has the answer.
 *
 * What goes wrong is a sentence in `trouble`, and the next question begins with a new connection.
 */
#ifndef SPILLWAY_TOP_LINK_H
#define SPILLWAY_TOP_LINK_H

#include <stdbool.h>

#include "common/control.h"
#include "viewer/status.h"

struct top_link {
	const char *control;		    /* borrowed; NULL: the usual places */
	char trouble[STATUS_SENTENCE_SIZE]; /* "": none */

	/* The rest is private. */
	struct control_client client;
	bool connected;
	unsigned n_taken; /* answers that have come */
	json_t *status;	  /* what is gathered; NULL: nothing was asked */
};

void top_link_init(struct top_link *link, const char *control);
void top_link_finish(struct top_link *link);
/* Not while an answer is due. */
void top_link_ask(struct top_link *link);
bool top_link_busy(const struct top_link *link);
/* -1: there is none. */
int top_link_fd(const struct top_link *link);
/* Returns a reference to status.h's object when it is complete; else NULL. */
json_t *top_link_receive(struct top_link *link);
/* Gives up an answer that doesn't come. */
void top_link_give_up(struct top_link *link);
/* Disconnect a viewer, or a stream's publisher, on a connection of their own; a sentence for the
 * user. */
void top_link_kick_viewer(const struct top_link *link, long long id,
			  char ret_sentence[STATUS_SENTENCE_SIZE]);
void top_link_kick_publisher(const struct top_link *link, const char *stream,
			     char ret_sentence[STATUS_SENTENCE_SIZE]);

#endif
