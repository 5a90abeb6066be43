/* SPDX-License-Identifier: MIT */
/*
 * Reading the configuration again, on SIGHUP and by the control socket, without losing anybody. The
 * file and the command line are read anew as at the start, and only a whole that is valid takes the
 * place of what holds: options that can change while the service runs do, all at once; of the
 * others what was there goes on, with a warning. Nobody may keep a pointer into the configuration
 * between turns of the loop, but to the text of an option that takes a restart, which stays where
 * it is.
 */
#ifndef SPILLWAY_CHAT_RELOAD_H
#define SPILLWAY_CHAT_RELOAD_H

#include <jansson.h>

#include "chat/server.h"

/* Every option has a row, with what its change takes. */
struct reload_row {
	const char *name; /* of the option */
	bool restarts;	  /* it takes a restart */
	/* What is to be done besides, after the change; NULL: who needs it looks at
	 * server->config. */
	void (*apply)(struct server *server);
};
/* Ends with a row without a name. */
extern const struct reload_row reload_rows[];

/* Logs what came of it, and returns it as an answer to a request: {"ok": true, "changed": [names],
 * "restart": [names]}, or why not. A reference; NULL without memory. */
json_t *reload_run(struct server *server);

#endif
