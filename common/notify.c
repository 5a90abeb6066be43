/* SPDX-License-Identifier: MIT */
#include "common/notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

void notify_init(struct notify *notify)
{
	uint64_t us = 0;

	*notify = (struct notify){.wanted = getenv("NOTIFY_SOCKET") != NULL};
	if (notify->wanted && sd_watchdog_enabled(0, &us) > 0 && us < INT64_MAX)
		notify->watchdog_us = (int64_t)us / 2;
}

/* A manager that can't be reached isn't worth stopping for. */
static void tell(const struct notify *notify, const char *state)
{
	if (notify->wanted)
		sd_notify(0, state);
}

void notify_ready(const struct notify *notify)
{
	tell(notify, "READY=1");
}

void notify_stopping(const struct notify *notify)
{
	tell(notify, "STOPPING=1");
}

void notify_reloading(const struct notify *notify)
{
	struct timespec now;
	char state[64];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		 (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	tell(notify, state);
}

bool notify_is_due(const struct notify *notify, int64_t now_us)
{
	return notify->watchdog_us > 0 && now_us - notify->fed_us >= notify->watchdog_us;
}

void notify_feed(struct notify *notify, int64_t now_us)
{
	notify->fed_us = now_us;
	tell(notify, "WATCHDOG=1");
}

void notify_status(struct notify *notify, int64_t now_us, const char *format, ...)
{
	char state[sizeof("STATUS=") + NOTIFY_STATUS_SIZE] = "STATUS=";
	char *status = state + strlen(state);
	va_list arguments;

	if (!notify->wanted ||
	    (notify->told_us != 0 && now_us - notify->told_us < NOTIFY_STATUS_US))
		return;
	va_start(arguments, format);
	vsnprintf(status, NOTIFY_STATUS_SIZE, format, arguments);
	va_end(arguments);
	if (strcmp(status, notify->status) == 0)
		return;
	snprintf(notify->status, sizeof(notify->status), "%s", status);
	notify->told_us = now_us;
	tell(notify, state);
}
