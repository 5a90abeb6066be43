/* SPDX-License-Identifier: MIT */
/*
 * A relay's state: asked for through its control socket (spillway-relay(8), CONTROL SOCKET), and
 * written for people. It is one JSON object:
 *
 *	{"stats": {…}, "streams": [{…}, …], "viewers": [{…}, …]}
 *
 * with what the relay answers to those requests. Whatever is missing is shown as "-".
 */
#ifndef SPILLWAY_STATUS_H
#define SPILLWAY_STATUS_H

#include <stdio.h>

#include "common/control.h"

enum { STATUS_SENTENCE_SIZE = 512 };

/* Asks for it. Returns a reference in *ret_status; -errno, and a sentence that says what is wrong:
 * the relay's own one with -EREMOTEIO. */
int status_ask(struct control_client *client, json_t **ret_status,
	       char ret_sentence[STATUS_SENTENCE_SIZE]);

void status_print(FILE *out, const json_t *status);

#endif
