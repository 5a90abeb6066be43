/* SPDX-License-Identifier: MIT */
#include "tests/options_program.h"

#include <stddef.h>

static const char *const backends[] = {"auto", "uring", "epoll", NULL};

#define FIELD(member) .offset = offsetof(struct options_fields, member)

const struct option_row options_program_rows[] = {
	{.name = "config",
	 .type = OPTION_TEXT,
	 FIELD(config),
	 .value = "FILE",
	 .place = OPTION_COMMAND_LINE,
	 .help = "Read the configuration from FILE."},
	{.name = "listen",
	 .type = OPTION_LIST,
	 FIELD(listen),
	 .value = "ADDR:PORT",
	 .initial = "localhost:7070",
	 .help = "Take connections at this address."},
	{.name = "control",
	 .type = OPTION_TEXT,
	 FIELD(control),
	 .value = "PATH",
	 .help = "Where the control socket is."},
	{.name = "queue-frames",
	 .type = OPTION_NUMBER,
	 FIELD(queue_frames),
	 .value = "N",
	 .initial = "8",
	 .min = 1,
	 .max = 1024,
	 .help = "A viewer that is more frames than this behind loses its oldest ones, and nobody "
		 "else notices."},
	{.name = "offset",
	 .type = OPTION_NUMBER,
	 FIELD(offset_ms),
	 .value = "MS",
	 .min = -1000,
	 .max = INT64_MAX,
	 .help = "Added to all times."},
	{.name = "memory",
	 .type = OPTION_BYTES,
	 FIELD(memory),
	 .value = "BYTES",
	 .initial = "8M",
	 .min = 1024,
	 .max = (int64_t)1 << 40,
	 .help = "Memory of a stream."},
	{.name = "keep",
	 .type = OPTION_TIME,
	 FIELD(keep_s),
	 .value = "TIME",
	 .initial = "90s",
	 .min = 60,
	 .max = 7200,
	 .help = "How long it is kept."},
	{.name = "loop", .type = OPTION_BOOL, FIELD(loop), .help = "Begin again at the end."},
	{.name = "drain",
	 .type = OPTION_BOOL,
	 FIELD(drain),
	 .initial = "yes",
	 .help = "Finish frames before going."},
	{.name = "io",
	 .type = OPTION_CHOICE,
	 FIELD(io),
	 .value = "NAME",
	 .initial = "auto",
	 .choices = backends,
	 .help = "How to do input and output."},
	{.name = "key",
	 .type = OPTION_TEXT,
	 FIELD(key),
	 .value = "KEY",
	 .place = OPTION_FILE,
	 .help = "The key to publish with."},
	{.name = NULL},
};

struct options_fields options_program_fields;

const struct option_program options_program = {
	.name = "spillway-test",
	.usage = "[OPTION]... [URL]",
	.summary = "Takes frames in, and gives them out again to everybody who asks for them, as "
		   "fast as they can take them.",
	.more = "Examples:\n  spillway-test --loop\n",
	.rows = options_program_rows,
	.fields = &options_program_fields,
	.max_arguments = 1,
};
