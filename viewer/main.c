/* SPDX-License-Identifier: MIT */
/* spillway: what people type. */
#include "viewer/commands.h"

#include <stddef.h>

static const struct command *const commands[] = {
	&watch_command, &chat_command, &stat_command, &top_command, &keys_command, NULL,
};

int main(int argc, char *argv[])
{
	return command_run("spillway", commands, argc, argv);
}
