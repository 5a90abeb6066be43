/* SPDX-License-Identifier: MIT */
/*
 * Times as IRCv3 server-time has them: 2026-11-21T08:16:59.123Z. In numbers they are milliseconds
 * of Unix time.
 */
#ifndef SPILLWAY_TIMESTAMP_H
#define SPILLWAY_TIMESTAMP_H

#include <stdint.h>

enum { TIMESTAMP_SIZE = 32 };

int64_t timestamp_now(void);
void timestamp_write(int64_t time_ms, char to[TIMESTAMP_SIZE]);
/* -EINVAL. The fraction of a second may be left out, or have other than three digits. */
int timestamp_parse(const char *text, int64_t *ret_ms);

#endif
