/* SPDX-License-Identifier: MIT */
/*
 * Who keeps the service, and works on its data from the command line: appointment.h, transfer.h.
 */
#ifndef SPILLWAY_KEEPER_H
#define SPILLWAY_KEEPER_H

#include "chat/config.h"
#include "chat/store.h"

/* The store where the configuration says it is. What stands in the way is logged, with what can be
 * done about it: to change anything (STORE_SERVES) it takes the data's owner, and a service that
 * doesn't run (-EBUSY). */
int keeper_open_store(const struct chat_config *config, enum store_use use,
		      struct store **ret_store);

#endif
