/* SPDX-License-Identifier: MIT */
/* The benchmarks: each is one file and one row in the table of main.c. */
#ifndef SPILLWAY_BENCH_COMMANDS_H
#define SPILLWAY_BENCH_COMMANDS_H

#include "common/command.h"

extern const struct command fanout_command;
extern const struct command tunlink_command;
extern const struct command floor_command;
extern const struct command scene_command;
extern const struct command latency_command;
extern const struct command chat_command;
extern const struct command chat_floor_command;

#endif
