/* SPDX-License-Identifier: MIT */
/*
 * What was received on an uplink: first the relay's answer to the greeting, then records, which may
 * be cut anywhere. Only control records are for an agent; the payloads of others are skipped,
 * however long they are. Pure.
 */
#ifndef SPILLWAY_CAPTURE_INBOX_H
#define SPILLWAY_CAPTURE_INBOX_H

#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/wire.h"

enum { INBOX_SIZE = 8192 }; /* holds the longest answer, and the longest control record */

struct inbox {		   /* start with {0} */
	size_t start, end; /* of what was received and not yet taken */
	uint64_t skip;	   /* bytes still to come that nobody wants */
	char bytes[INBOX_SIZE];
};

/* Where the next bytes go to, and how many fit; add them to `end`. */
char *inbox_room(struct inbox *inbox, size_t *ret_len);
/* What wasn't taken yet, borrowed until inbox_room(). */
struct slice inbox_bytes(const struct inbox *inbox);
void inbox_take(struct inbox *inbox, size_t len);
/* Takes the next control record. Returns 1 with its header and its payload, borrowed until
 * inbox_room(); 0 when more must come; -EBADMSG for what isn't a record. */
int inbox_record(struct inbox *inbox, struct wire_header *ret_header, struct slice *ret_payload);

#endif
