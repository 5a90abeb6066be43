/* SPDX-License-Identifier: MIT */
#include "chat/retention.h"

#include "chat/server.h"

enum { DAY_MS = 86400000 };

static int64_t before_ms(const struct server *server)
{
	int64_t days = server->config->keep_days;

	return days > 0 ? timestamp_now() - days * DAY_MS : 0;
}

/* A step that found nothing ends the round, and so does one that failed: the next round tries
 * again. */
static void step_ended(struct retention *retention, int result)
{
	struct server *server = retention->server;

	retention->server = NULL;
	if (result <= 0)
		retention->next_us = io_now_us(server->io) + RETENTION_INTERVAL_US;
	server_check_drained(server);
}

static void audit_forgotten(struct store_job *job, int result)
{
	struct store_write *write = (struct store_write *)(void *)job;

	step_ended(list_item(write, struct retention, audit), result);
}

static void messages_forgotten(struct store_job *job, int result)
{
	struct history_forget *forget = (struct history_forget *)(void *)job;
	struct retention *retention = list_item(forget, struct retention, forget);
	struct server *server = retention->server;

	if (result != 0 ||
	    audit_forget(server->store, &retention->audit, forget->before_ms, audit_forgotten) < 0)
		step_ended(retention, result);
}

void retention_sweep(struct retention *retention, struct server *server, int64_t now_us)
{
	if (retention->server != NULL || server->draining || now_us < retention->next_us)
		return;
	retention->forget.before_ms = before_ms(server);
	retention->forget.keep = server->config->keep_messages;
	retention->server = server;
	if (history_forget(server->store, &retention->forget, messages_forgotten) < 0)
		step_ended(retention, 0);
}
