/* SPDX-License-Identifier: MIT */
/*
 * An answer of many messages as a batch of its own kind (IRCv3 batch), which has the label of the
 * command, if there is one, or where something was answered before stands within that; for who
 * knows no batches they are lines alone.
 */
#ifndef SPILLWAY_ANSWER_H
#define SPILLWAY_ANSWER_H

#include "chat/history.h"
#include "chat/response.h"

struct answer {
	struct client *client; /* borrowed */
	char batch[RESPONSE_BATCH_SIZE];
	bool within; /* the batch of the command's label */
};

/* target: a parameter of the batch; NULL: none. */
void answer_begin(struct answer *answer, struct client *client, const char *type,
		  const char *target);
/* Finishes the event. */
void answer_add(struct answer *answer, struct event *event);
void answer_end(struct answer *answer);

/* A message as it was told then, to be told again. The message is borrowed until the event is
 * finished. */
void answer_recall(struct event *event, const char *target, const struct history_message *message);

#endif
