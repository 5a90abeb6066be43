/* SPDX-License-Identifier: MIT */
/*
 * Operators of the service are appointed, and dismissed, by who owns its data: spillway-chat --add-operator,
 * --remove-operator.
 */
#ifndef SPILLWAY_APPOINTMENT_H
#define SPILLWAY_APPOINTMENT_H

#include "chat/config.h"

/* Does what the configuration says, asks for a password where it needs one, says what came of it, and returns the exit
 * status. */
int appointment_run(const struct chat_config *config);

#endif
