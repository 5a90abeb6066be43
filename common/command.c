/* SPDX-License-Identifier: MIT */
#include "common/command.h"

#include <stdio.h>
#include <string.h>

static void command_help(const char *program, const struct command *const commands[])
{
	printf("Usage: %s COMMAND [OPTION]... [ARGUMENT]...\n\n", program);
	for (size_t i = 0; commands[i]; i++)
		printf("  %-8s %s\n", commands[i]->name, commands[i]->summary);
	printf("\n\"%s COMMAND --help\" says more of one.\n", program);
}

int command_run(const char *program, const struct command *const commands[], int argc, char *argv[])
{
	if (argc < 2) {
		fprintf(stderr, "%s: a command is missing; \"%s --help\" lists them\n", program,
			program);
		return COMMAND_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0) {
		command_help(program, commands);
		return COMMAND_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("%s %s\n", program, SPILLWAY_VERSION);
		return COMMAND_OK;
	}
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(argv[1], commands[i]->name) == 0)
			return commands[i]->run(argc - 1, argv + 1);
	fprintf(stderr, "%s: there is no command \"%s\"; \"%s --help\" lists them\n", program,
		argv[1], program);
	return COMMAND_USAGE;
}
