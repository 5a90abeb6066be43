/* SPDX-License-Identifier: MIT */
/* Who was here under which nick: the latest WHOWAS_MAX of them. */
#ifndef SPILLWAY_WHOWAS_H
#define SPILLWAY_WHOWAS_H

#include <stddef.h>
#include <stdint.h>

#include "chat/nick.h"

enum { WHOWAS_MAX = 512 };

struct whowas_entry {
	char nick[NICK_MAX + 1], user[NICK_USER_MAX + 1], host[NICK_HOST_MAX + 1];
	char real[NICK_REAL_MAX + 1];
	char account[NICK_MAX + 1]; /* "": a guest */
	int64_t left_s;		    /* Unix time */
};

struct whowas {					 /* start with {0} */
	struct whowas_entry entries[WHOWAS_MAX]; /* a ring */
	size_t n;				 /* that were ever added */
};

/* Returns the entry to fill in. */
struct whowas_entry *whowas_add(struct whowas *whowas);
/* The next older one of this nick; *at begins with 0. NULL: no more. */
const struct whowas_entry *whowas_next(const struct whowas *whowas, const char *nick, size_t *at);

#endif
