/* SPDX-License-Identifier: MIT */
#include "relay/api.h"

#include <stdlib.h>
#include <string.h>

#include "relay/health.h"
#include "relay/status.h"

void api_streams(struct conn *conn)
{
	json_t *streams = status_public_streams(conn->worker);
	char *text = streams != NULL ? json_dumps(streams, JSON_COMPACT) : NULL;

	json_decref(streams);
	if (text == NULL)
		conn_refuse(conn, 503, "The relay is out of memory.");
	else
		conn_answer(conn, 200, "application/json", "", text, strlen(text));
	free(text);
}

void api_healthz(struct conn *conn)
{
	int64_t silent_us;
	const struct worker *late =
		health_late_worker(conn->worker->relay, io_now_us(conn->worker->io), &silent_us);

	if (conn->worker->draining)
		conn_refuse(conn, 503, "The relay is shutting down.");
	else if (late != NULL)
		conn_refuse(conn, 503, "Worker %u has not come round for %lld seconds.",
			    late->index, (long long)(silent_us / 1000000));
	else
		conn_answer(conn, 200, "text/plain; charset=utf-8", "", "ok\n", 3);
}
