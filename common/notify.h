/* SPDX-License-Identifier: MIT */
/*
 * What the service manager is told: sd_notify(3). Nothing where nobody wants to know
 * ($NOTIFY_SOCKET).
 *
 * The watchdog ($WATCHDOG_USEC) is fed from the loop that it watches, by a timer that the loop has
 * anyway: whatever holds the loop up for longer lets the manager kill and restart the process.
 */
#ifndef SPILLWAY_NOTIFY_H
#define SPILLWAY_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	NOTIFY_STATUS_SIZE = 160,
	NOTIFY_STATUS_US = 1000000, /* it is told no more often */
	NOTIFY_TICK_US = 250000,    /* for who has no timer that is to be called about so often */
};

struct notify {
	bool wanted;
	int64_t watchdog_us; /* it is fed so often; 0: there is none */
	int64_t fed_us, told_us;
	char status[NOTIFY_STATUS_SIZE];
};

/* From the environment. Before any thread is started. */
void notify_init(struct notify *notify);

void notify_ready(const struct notify *notify);
void notify_stopping(const struct notify *notify);
/* The configuration is read again; notify_ready() follows, however that came out. */
void notify_reloading(const struct notify *notify);

/* Whether it is time to feed the watchdog: half of what it waits for has gone by. */
bool notify_is_due(const struct notify *notify, int64_t now_us);
void notify_feed(struct notify *notify, int64_t now_us);

/* A line for people, in `systemctl status`; told when it changes. */
void notify_status(struct notify *notify, int64_t now_us, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
