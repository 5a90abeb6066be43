/* SPDX-License-Identifier: MIT */
/* How a connection's input is read, by its protocol. */
#ifndef SPILLWAY_CHAT_CONN_IMPL_H
#define SPILLWAY_CHAT_CONN_IMPL_H

#include "chat/conn.h"

/* Each takes what it can off conn->input; it may have set another protocol then. */
void conn_decide(struct conn *conn);
void conn_read_lines(struct conn *conn);
void conn_read_request(struct conn *conn);
void conn_read_frames(struct conn *conn);

/* So many bytes of the input are done with. */
void conn_skip_input(struct conn *conn, size_t len);
/* A WebSocket's last frame: returns a reference, NULL without memory. */
struct line *conn_close_frame(const struct conn *conn);

#endif
