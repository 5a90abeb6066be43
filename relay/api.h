/* SPDX-License-Identifier: MIT */
/* What programs ask over HTTP: the streams as JSON, health. */
#ifndef SPILLWAY_API_H
#define SPILLWAY_API_H

#include "relay/conn.h"

void api_streams(struct conn *conn);
void api_healthz(struct conn *conn);

#endif
