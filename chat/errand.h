/* SPDX-License-Identifier: MIT */
/*
 * A command that waits for the store. Its client is not heard meanwhile, so that whatever it says later is
 * done later, and it is answered in order; a label stays with the answer. No more waits for a client,
 * then, than one command gives.
 *
 * Messages to a room are different: the store keeps their order, so the next one needn't wait until the one before
 * is on disk, and ERRAND_MAX_MESSAGES may be under way. Nothing else goes ahead of them (talk_goes_ahead()).
 * What such a message is answered at once, that it is refused above all, waits for the answers of those before it.
 *
 *	1. errand_begin(). A handler takes errand_of(client), gives a job to the store, and calls errand_add().
 *	2. When the handler has returned, errand_wait() puts the answer begun aside.
 *	3. The job's done() calls errand_enter(), tells what there is to tell, and calls errand_leave().
 */
#ifndef SPILLWAY_ERRAND_H
#define SPILLWAY_ERRAND_H

#include "chat/client.h"
#include "chat/response.h"

enum { ERRAND_MAX_MESSAGES = 64 /* of a client under way; the next one waits */ };

struct errand {
	struct server *server;
	struct client *client; /* NULL: it has gone */
	struct list link;      /* in client->errands */
	size_t n;	       /* jobs under way */
	bool message;	       /* others may go ahead */
	struct response response;
};

/* A command begins. label: of its answer; "": none. */
void errand_begin(struct client *client, const char *label);
/* Of the command that runs; NULL without memory. */
struct errand *errand_of(struct client *client);
/* A job is under way. */
void errand_add(struct errand *errand);
/* The client's handler has returned: the answer is complete, but where there is an errand. */
void errand_wait(struct client *client);

/* What the client is told from here on is the answer. Returns the client; NULL: it has gone. */
struct client *errand_enter(struct errand *errand);
/* A job is done. With the last the answer is complete, the client is heard again, and the errand is
 * freed. */
void errand_leave(struct errand *errand);
/* The client goes. */
void errand_forget(struct client *client);

/* Whether messages are all that is under way for the client, and one more may be. */
bool errand_takes_message(const struct client *client);

#endif
