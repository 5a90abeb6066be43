/* SPDX-License-Identifier: MIT */
/*
 * What a client is answered to one command. With a label (IRCv3 labeled-response) the answer is one
 * thing: the label stands on its only message, or on a batch around several, or on an ACK where
 * there was none. The first message waits until it is known which.
 *
 * An answer that is late, since answers before it aren't complete, waits as a whole.
 */
#ifndef SPILLWAY_RESPONSE_H
#define SPILLWAY_RESPONSE_H

#include "chat/event.h"

enum { RESPONSE_BATCH_SIZE = 24 };

struct response { /* start with {0} */
	struct client *
		client; /* whose command is being answered; NULL: none that has a label, or is late */
	char label[MESSAGE_MAX_LABEL + 1]; /* "": none */
	char batch[RESPONSE_BATCH_SIZE];   /* "" while there is none */
	bool waits;			   /* there is a first */
	struct event first;
	char first_tags[MESSAGE_MAX_CLIENT_TAGS];
	char *first_several; /* NULL: it has one line */
	bool late;
	struct line *held; /* what it has said then; NULL: nothing yet */
};

/* label is copied; "": there is none. */
void response_begin(struct response *response, struct client *client, const char *label);
/* Something that its client is told meanwhile. */
void response_add(struct response *response, struct event *event);
void response_end(struct response *response);
/* It isn't late any more: what waited is sent to its client. */
void response_catch_up(struct response *response, struct client *client);
/* The answer goes on elsewhere, or ends here: `from` has no client any more. */
void response_move(struct response *to, struct response *from);

/* Its client goes. */
void response_forget(struct response *response);

/* A name for a batch, and its first and last line ('+', '-'), to be written further. */
void response_name_batch(struct server *server, char ret_batch[RESPONSE_BATCH_SIZE]);
void response_write_batch(struct event *event, struct server *server, char sign, const char *batch);

#endif
