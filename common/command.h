/* SPDX-License-Identifier: MIT */
/*
 * Commands: the first word behind a program's name picks one. A command is one file and one row in
 * the table of main.c.
 */
#ifndef SPILLWAY_COMMAND_H
#define SPILLWAY_COMMAND_H

enum command_status { COMMAND_OK, COMMAND_FAILED, COMMAND_USAGE }; /* exit statuses */

struct command {
	const char *name;
	const char *summary; /* a line of --help */
	/* argv[0] is the command's name. Returns an exit status. */
	int (*run)(int argc, char *argv[]);
};

/* Runs the command that argv[1] names, out of a NULL-terminated table. program is what stands
 * before it on the command line ("spillway"); --help and --version are answered here. */
int command_run(const char *program, const struct command *const commands[], int argc,
		char *argv[]);

#endif
