/* SPDX-License-Identifier: MIT */
/*
 * Announcements are taken to a file, or from one, by who looks after the service: spillway-chat
 * --export-announcements, --import-announcements.
 */
#ifndef SPILLWAY_TRANSFER_H
#define SPILLWAY_TRANSFER_H

#include "chat/config.h"

/* Does what the configuration says, says what came of it, and returns the exit status. */
int transfer_run(const struct chat_config *config);

#endif
