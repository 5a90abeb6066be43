/* SPDX-License-Identifier: MIT */
/* What options.c, options_file.c, options_help.c and options_print.c share; only they include
 * this. */
#ifndef SPILLWAY_OPTIONS_IMPL_H
#define SPILLWAY_OPTIONS_IMPL_H

#include "common/options.h"

enum {
	OPTIONS_NUMBER_SIZE = 24,
	OPTIONS_CHOICES_SIZE = 256,
	OPTIONS_LIMITS_SIZE = 512,
	OPTIONS_HELP_SIZE = 1024 /* of a row's sentence with its limits */
};

/* A limit as people write it: "8M" for OPTION_BYTES, "2m" for OPTION_TIME, "8388608" otherwise. */
void options_format(const struct option_row *row, int64_t value,
		    char ret_text[OPTIONS_NUMBER_SIZE]);
/* "auto, uring, epoll" */
void options_format_choices(const struct option_row *row, char ret_text[OPTIONS_CHOICES_SIZE]);

/* " (default 8; 1 to 1024)", or nothing. */
void options_format_limits(const struct option_row *row, char ret_text[OPTIONS_LIMITS_SIZE]);
/* Text in words, from column `at` on; further lines begin with the margin, right-aligned in indent
 * columns. */
void options_print_wrapped(FILE *out, const char *text, int at, int indent, const char *margin);

/* options_set(), and where it is the first from this source, a list loses what it held. */
int options_set_from(const struct option_row *row, void *fields, bool first, const char *text,
		     char *ret_error, size_t error_size);

#endif
