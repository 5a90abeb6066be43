/* SPDX-License-Identifier: MIT */
/* What people type behind "spillway": each is one file and one row in the table of main.c. */
#ifndef SPILLWAY_VIEWER_COMMANDS_H
#define SPILLWAY_VIEWER_COMMANDS_H

#include "common/command.h"

extern const struct command watch_command;
extern const struct command stat_command;
extern const struct command top_command;
extern const struct command keys_command;
extern const struct command chat_command;

#endif
