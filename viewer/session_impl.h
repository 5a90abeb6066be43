/* SPDX-License-Identifier: MIT */
/* What session.c and session_records.c share; only they include this. */
#ifndef SPILLWAY_SESSION_IMPL_H
#define SPILLWAY_SESSION_IMPL_H

#include "viewer/session.h"

enum { SECOND_US = 1000 * 1000 };

/* ---- session.c ---- */

/* The end: ended() is told error and sentence. */
void session_end(struct session *session, int error, const char *sentence);
/* The conversation can't go on: begins another, if it is to. */
void session_lost(struct session *session, int error, const char *why);
/* What an operation's function does when it isn't to use its result: does the next thing once all
 * operations have ended. */
void session_go_on(struct session *session);

/* ---- session_records.c ---- */

/* Takes all records that are there, then asks for more bytes. */
void session_read(struct session *session);
/* Sends a record without a payload, or drops it when one is on its way: a relay that asks faster
 * than it reads is answered less often. */
void session_send_control(struct session *session, const struct wire_header *header);

#endif
