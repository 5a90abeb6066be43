/* SPDX-License-Identifier: MIT */
/*
 * spillway-bench: measures a relay under load.
 *
 *	fanout -> scenario -> result
 *
 * A scenario runs in processes of their own: the server under test, one publisher, and the loads,
 * which hold the viewers. What they tell one another stands on a board in shared memory.
 */
#include <stddef.h>

#include "bench/commands.h"

static const struct command *const commands[] = {
	&fanout_command,  &tunlink_command, &floor_command,	 &scene_command,
	&latency_command, &chat_command,    &chat_floor_command, NULL,
};

int main(int argc, char *argv[])
{
	return command_run("spillway-bench", commands, argc, argv);
}
