/* SPDX-License-Identifier: MIT */
/*
 * Reading the configuration again, on SIGHUP and by the control socket, without losing anybody.
 *
 *	1. The file and the command line are read anew as at the start, into another struct. Only a whole
 *	   that is valid goes on; else the old one holds.
 *	2. Of options that take a restart, what was there goes on, with a warning.
 *	3. Each worker takes the new struct in its own thread, between two turns of its loop: nobody keeps a
 *	   pointer into the configuration longer.
 *	4. When all have it, the old one is freed.
 *
 * Who is connected stays, also under a rule that wouldn't let it in again.
 */
#ifndef SPILLWAY_RELAY_RELOAD_H
#define SPILLWAY_RELAY_RELOAD_H

#include "common/control_request.h"
#include "relay/relay.h"

/* Every option has a row, with what its change takes. */
struct reload_row {
	const char *name; /* of the option */
	bool restarts;	  /* it takes a restart */
};
/* Ends with a row without a name. */
extern const struct reload_row reload_rows[];

/* In the first worker's thread. Logs what came of it, and answers call (NULL: nobody asked):
 * {"ok": true, "changed": [names], "restart": [names]}, or why not. One that comes while another is
 * under way follows it; a call is refused then. */
void reload_run(struct relay *relay, struct control_call *call);

#endif
