/* SPDX-License-Identifier: MIT */
/* How a service's state is written; for status_*.c. */
#ifndef SPILLWAY_STATUS_IMPL_H
#define SPILLWAY_STATUS_IMPL_H

#include "viewer/status.h"
#include "viewer/table.h"

struct status_question {
	const char *request;
	const char *member; /* of the answer; NULL: all of it but "ok" */
};

/* A piece of a sentence: what stands before and after a value. */
struct status_part {
	const char *before, *key;
	table_text *text;
	const char *after;
};

/* parts end with one without a key. */
void status_print_parts(FILE *out, const struct status_part *parts, const json_t *row);
/* A table with an empty line before it; nothing where there are no rows. */
void status_print_list(FILE *out, const struct table_column *columns, const json_t *rows);

table_text status_kilobytes; /* as memory */

#endif
