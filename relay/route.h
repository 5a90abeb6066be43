/* SPDX-License-Identifier: MIT */
/* Which handler answers a request: one table of methods, paths and fields. */
#ifndef SPILLWAY_ROUTE_H
#define SPILLWAY_ROUTE_H

#include "relay/conn.h"

enum { ROUTE_MAX_WAIT_S = 300 };

/* Handles conn->request; the connection may be gone afterwards. */
void route_request(struct conn *conn);

#endif
