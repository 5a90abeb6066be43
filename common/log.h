/* SPDX-License-Identifier: MIT */
/*
 * One line per event that matters, on standard error, for the edges of a program. Library code
 * returns errors and doesn't log. Safe from any thread; a line is written whole.
 *
 * The same event many times is counted, not repeated (common/repeats.h): "… (repeated 412 times)" comes
 * with the first line behind its time, or at the program's end. What was asked for by --log-level debug
 * isn't held back.
 *
 * What a line is about may go with it, for the journal: `journalctl SPILLWAY_STREAM=cam`. The line says as
 * much by itself; these are the variants with _of:
 *
 *	log_info_of(LOG_OF(.stream = name, .peer = text), "stream %s: published by %s", name, text);
 */
#ifndef SPILLWAY_LOG_H
#define SPILLWAY_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* The names for --log-level, in the enum's order, NULL at the end. */
extern const char *const log_level_names[];

/* Borrowed; NULL: the line isn't about one. In the journal they are SPILLWAY_STREAM and so on. */
struct log_fields {
	const char *stream, *peer, *transport; /* of who publishes or watches */
	const char *room, *nick, *account;     /* of the chat */
};

#define LOG_OF(...) (&(const struct log_fields){__VA_ARGS__})

void log_set_level(enum log_level level);
/* Looks whether standard error is the journal ($JOURNAL_STREAM): lines are then sent there with
 * their level and fields, or, where its socket can't be reached, begin with their level; in both
 * cases they are without the program's name. Called first in a service. */
bool log_find_journal(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

void log_error_of(const struct log_fields *fields, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void log_warning_of(const struct log_fields *fields, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void log_info_of(const struct log_fields *fields, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void log_debug_of(const struct log_fields *fields, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* An error for each line of the text; behind the last one stands `end`. */
void log_error_lines(const char *lines, const char *end);

/* Tells now what was counted; a program's end does so by itself. */
void log_tell_repeats(void);

#endif
