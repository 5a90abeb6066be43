/* SPDX-License-Identifier: MIT */
/* A program with an option of each type, for tests. */
#ifndef SPILLWAY_TESTS_OPTIONS_PROGRAM_H
#define SPILLWAY_TESTS_OPTIONS_PROGRAM_H

#include "common/options.h"

enum { IO_AUTO, IO_URING, IO_EPOLL };

struct options_fields {
	char *config;
	struct option_list listen;
	char *control;
	int64_t queue_frames;
	int64_t offset_ms;
	int64_t memory;
	int64_t keep_s;
	bool loop;
	bool drain;
	int io;
	char *key;
};

extern const struct option_row options_program_rows[];
/* What the program's rows fill in. */
extern struct options_fields options_program_fields;
extern const struct option_program options_program;

#endif
