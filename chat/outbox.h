/* SPDX-License-Identifier: MIT */
/* What a client still has to be sent: a queue of references to lines, and how far the first has gone. */
#ifndef SPILLWAY_OUTBOX_H
#define SPILLWAY_OUTBOX_H

#include <sys/uio.h>

#include "chat/line.h"

struct outbox {		     /* start with {0} */
	struct line **lines; /* a ring */
	size_t size, first, n;
	size_t sent;  /* of the first line */
	size_t bytes; /* that are left */
	enum line_form form;
};

/* Takes a reference of its own. -ENOMEM. */
int outbox_add(struct outbox *outbox, struct line *line);
/* Another form for all lines; there are none now. */
void outbox_set_form(struct outbox *outbox, enum line_form form);
/* The first of what is left, in up to max pieces, which are borrowed until outbox_sent(). */
size_t outbox_pieces(const struct outbox *outbox, struct iovec *ret_pieces, size_t max);
void outbox_sent(struct outbox *outbox, size_t bytes);
/* Forgets all but the first `keep` lines. One that was sent in part stays, or nothing does. */
void outbox_drop(struct outbox *outbox, size_t keep);
void outbox_finish(struct outbox *outbox);

#endif
