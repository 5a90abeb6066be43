/* SPDX-License-Identifier: MIT */
/*
 * Reading the configuration again, on SIGHUP, while pictures go on. The file and the command line
 * are read anew as at the start, and only a whole that is valid counts. Of options that take a
 * restart, what was there goes on, with a warning.
 */
#ifndef SPILLWAY_CAPTURE_RELOAD_H
#define SPILLWAY_CAPTURE_RELOAD_H

#include "capture/config.h"

/* Every option has a row, with what its change takes. Only numbers can do without a restart: nobody
 * keeps a pointer to them. */
struct reload_row {
	const char *name; /* of the option */
	bool restarts;	  /* it takes a restart */
};
/* Ends with a row without a name. */
extern const struct reload_row reload_rows[];

/* Changes config where it sits; who uses it looks again. Says what came of it, and returns whether
 * anything has changed. */
bool reload_run(struct config *config);

#endif
