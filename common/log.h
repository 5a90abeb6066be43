/* SPDX-License-Identifier: MIT */
/*
 * One line per event that matters, on standard error, for the edges of a program. Library code
 * returns errors and doesn't log. Safe from any thread; a line is written whole.
 *
 * The same event many times is counted, not repeated (common/repeats.h): "… (repeated 412 times)" comes
 * with the first line behind its time, or at the program's end. What was asked for by --log-level debug
 * isn't held back.
 */
#ifndef SPILLWAY_LOG_H
#define SPILLWAY_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* The names for --log-level, in the enum's order, NULL at the end. */
extern const char *const log_level_names[];

void log_set_level(enum log_level level);
/* Looks whether standard error is the journal ($JOURNAL_STREAM): lines then begin with their level, as
 * it wants them, and without the program's name. Called first in a service. */
bool log_find_journal(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Tells now what was counted; a program's end does so by itself. */
void log_tell_repeats(void);

#endif
