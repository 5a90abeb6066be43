/* SPDX-License-Identifier: MIT */
/*
 * How long what was said is kept: it is forgotten by age and by count, a small step at a time, so
 * that nobody who talks waits for it.
 */
#ifndef SPILLWAY_RETENTION_H
#define SPILLWAY_RETENTION_H

#include "chat/audit.h"
#include "chat/history.h"

enum { RETENTION_INTERVAL_US = 60000000 /* between rounds */ };

struct server;

struct retention { /* start with {0} */
	struct history_forget forget;
	struct store_write audit; /* what was done is forgotten by age, too */
	struct server *server;	  /* of the step under way; NULL: none is */
	int64_t next_us;	  /* when the next step may be made */
};

/* Now and then. */
void retention_sweep(struct retention *retention, struct server *server, int64_t now_us);

#endif
