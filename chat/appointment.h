/* SPDX-License-Identifier: MIT */
/*
 * Operators of the service are appointed, and dismissed: spillway-chat --add-operator,
 * --remove-operator; and who has forgotten his password gets another one: --set-password. While it
 * runs it is asked by its control socket (promotion.h); otherwise who owns the data changes that.
 */
#ifndef SPILLWAY_APPOINTMENT_H
#define SPILLWAY_APPOINTMENT_H

#include "chat/config.h"

/* Does what the configuration says, asks for a password where it needs one, says what came of it,
 * and returns the exit status. */
int appointment_run(const struct chat_config *config);

#endif
