/* SPDX-License-Identifier: MIT */
/* What a client still has to be sent: a queue of references to lines, and how far the first has
 * gone. */
#ifndef SPILLWAY_OUTBOX_H
#define SPILLWAY_OUTBOX_H

#include "chat/bundle.h"
#include "common/slice.h"

struct outbox {		     /* start with {0} */
	struct line **lines; /* a ring */
	uint32_t size, first, n;
	uint8_t form; /* enum line_form */
	size_t sent;  /* of the first line */
	size_t bytes; /* that are left */
};

/* Takes a reference of its own. -ENOMEM. */
int outbox_add(struct outbox *outbox, struct line *line);
/* Another form for all lines; there are none now. */
void outbox_set_form(struct outbox *outbox, enum line_form form);
/* What goes out next, borrowed until outbox_sent() or outbox_drop(): as many of the first lines as
 * fit into a bundle, which they become; what is left of the first, when it has been sent in part.
 * There is something. -ENOMEM. */
int outbox_next(struct outbox *outbox, struct bundle *bundle, struct slice *ret_next);
void outbox_sent(struct outbox *outbox, size_t bytes);
/* Forgets all, but the first one where it is to stay: since outbox_next() has given it out, or it
 * was sent in part. */
void outbox_drop(struct outbox *outbox, bool keep_first);
void outbox_finish(struct outbox *outbox);

#endif
