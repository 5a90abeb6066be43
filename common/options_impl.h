/* SPDX-License-Identifier: MIT */
/* What options.c, options_file.c and options_help.c share; only they include this. */
#ifndef SPILLWAY_OPTIONS_IMPL_H
#define SPILLWAY_OPTIONS_IMPL_H

#include "common/options.h"

enum { OPTIONS_NUMBER_SIZE = 24, OPTIONS_CHOICES_SIZE = 256 };

/* A limit as people write it: "8M" for OPTION_BYTES, "2m" for OPTION_TIME, "8388608" otherwise. */
void options_format(const struct option_row *row, int64_t value,
		    char ret_text[OPTIONS_NUMBER_SIZE]);
/* "auto, uring, epoll" */
void options_format_choices(const struct option_row *row, char ret_text[OPTIONS_CHOICES_SIZE]);

/* options_set(), and where it is the first from this source, a list loses what it held. */
int options_set_from(const struct option_row *row, void *fields, bool first, const char *text,
		     char *ret_error, size_t error_size);

#endif
