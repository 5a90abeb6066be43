/* SPDX-License-Identifier: MIT */
#include "common/log.h"

#define SD_JOURNAL_SUPPRESS_LOCATION /* it would be that of one function, always */

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#include "common/repeats.h"

/* A line longer than this is cut, and says so. Under PIPE_BUF, so that a pipe takes it whole. */
enum { LOG_MAX_LINE = 1024, MAX_FIELD = 256 };

#define CUT " [...]"
#define JOURNAL_SOCKET                                                                             \
	"/run/systemd/journal/socket" /* sd_journal_sendv() says nothing without it */

const char *const log_level_names[] = {"error", "warning", "info", "debug", NULL};

/* What stands before the message; to the journal, levels as sd-daemon(3) has them. */
static const char *const prefixes[] = {"error: ", "warning: ", "", "debug: "};
static const char *const journal_prefixes[] = {"<3>", "<4>", "<6>", "<7>"};

static atomic_int log_level = LOG_LEVEL_INFO;
static atomic_bool to_journal, with_fields;

static const struct {
	const char *name;
	size_t offset;
} field_rows[] = {
	{"SPILLWAY_STREAM", offsetof(struct log_fields, stream)},
	{"SPILLWAY_PEER", offsetof(struct log_fields, peer)},
	{"SPILLWAY_TRANSPORT", offsetof(struct log_fields, transport)},
	{"SPILLWAY_ROOM", offsetof(struct log_fields, room)},
	{"SPILLWAY_NICK", offsetof(struct log_fields, nick)},
	{"SPILLWAY_ACCOUNT", offsetof(struct log_fields, account)},
};
enum { N_FIELDS = sizeof(field_rows) / sizeof(*field_rows) };

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
}

bool log_find_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat status;
	bool found = stream != NULL && sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
		     fstat(STDERR_FILENO, &status) == 0 && status.st_dev == (dev_t)device &&
		     status.st_ino == (ino_t)inode;

	atomic_store_explicit(&to_journal, found, memory_order_relaxed);
	atomic_store_explicit(&with_fields, found && access(JOURNAL_SOCKET, W_OK) == 0,
			      memory_order_relaxed);
	return found;
}

/* What stands before everything else. The journal knows by itself whose line it is. */
static int log_begin(char *line, size_t size, enum log_level level)
{
	if (atomic_load_explicit(&to_journal, memory_order_relaxed))
		return snprintf(line, size, "%s", journal_prefixes[level]);
	return snprintf(line, size, "%s: %s", program_invocation_short_name, prefixes[level]);
}

/* What strangers send can't forge a line or a field, nor steer a terminal. */
static void make_harmless(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	}
}

/* A line that begins with its level as "<6>". */
static int send_with_fields(const char *line, const struct log_fields *fields)
{
	char texts[3 + N_FIELDS][MAX_FIELD], message[LOG_MAX_LINE + sizeof("MESSAGE=")];
	struct iovec pieces[3 + N_FIELDS];
	int n = 0;

	snprintf(message, sizeof(message), "MESSAGE=%s", line + strlen(journal_prefixes[0]));
	pieces[n++] = (struct iovec){message, strlen(message)};
	snprintf(texts[n], MAX_FIELD, "PRIORITY=%c", line[1]);
	pieces[n] = (struct iovec){texts[n], strlen(texts[n])};
	n++;
	snprintf(texts[n], MAX_FIELD, "SYSLOG_IDENTIFIER=%s", program_invocation_short_name);
	pieces[n] = (struct iovec){texts[n], strlen(texts[n])};
	n++;
	for (size_t i = 0; fields != NULL && i < N_FIELDS; i++) {
		const char *value;

		memcpy(&value, (const char *)fields + field_rows[i].offset, sizeof(value));
		if (value == NULL || *value == '\0')
			continue;
		snprintf(texts[n], MAX_FIELD, "%s=%s", field_rows[i].name, value);
		pieces[n] = (struct iovec){texts[n], strlen(texts[n])};
		make_harmless(texts[n], pieces[n].iov_len);
		n++;
	}
	return sd_journal_sendv(pieces, n);
}

static void log_write(const char *line, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, line, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return; /* there is nobody left to tell */
		line += n;
		len -= (size_t)n;
	}
}

/* The line has no end yet, but room for one. */
static void log_put(char *line, size_t len, const struct log_fields *fields)
{
	line[len] = '\0';
	if (atomic_load_explicit(&with_fields, memory_order_relaxed) &&
	    send_with_fields(line, fields) == 0)
		return;
	line[len++] = '\n';
	log_write(line, len);
}

/* ---- the same again ---- */

static pthread_mutex_t repeats_lock = PTHREAD_MUTEX_INITIALIZER;
static struct repeats repeats;
static bool tells_at_end;

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* With the lock. */
static void tell_repeats(bool all)
{
	char before[REPEATS_TEXT_SIZE], line[REPEATS_TEXT_SIZE + 64];
	unsigned n;

	while ((n = repeats_take(&repeats, now_us(), all, before)) > 0) {
		int len = snprintf(line, sizeof(line), "%s (repeated %u times)", before, n);

		log_put(line, (size_t)len, NULL);
	}
}

void log_tell_repeats(void)
{
	pthread_mutex_lock(&repeats_lock);
	tell_repeats(true);
	pthread_mutex_unlock(&repeats_lock);
}

/* Whether a line is to be written. */
static bool admit(const char *line)
{
	bool admitted;

	pthread_mutex_lock(&repeats_lock);
	tell_repeats(false);
	admitted = repeats_admit(&repeats, line, now_us());
	if (!admitted && !tells_at_end)
		tells_at_end = atexit(log_tell_repeats) == 0;
	pthread_mutex_unlock(&repeats_lock);
	return admitted;
}

__attribute__((format(printf, 3, 0))) static void log_line(enum log_level level,
							   const struct log_fields *fields,
							   const char *format, va_list arguments)
{
	char line[LOG_MAX_LINE + 1];
	size_t len;
	int kept_errno = errno, n;

	if ((int)level > atomic_load_explicit(&log_level, memory_order_relaxed))
		return;
	n = log_begin(line, sizeof(line), level);
	len = n < 0 ? 0 : (size_t)n;
	if (len < LOG_MAX_LINE) {
		n = vsnprintf(line + len, sizeof(line) - len, format, arguments);
		len += n < 0 ? 0 : (size_t)n;
	}
	if (len >= LOG_MAX_LINE) {
		len = LOG_MAX_LINE - 1;
		memcpy(line + len - strlen(CUT), CUT, strlen(CUT));
	}
	make_harmless(line, len);
	line[len] = '\0';
	if (level == LOG_LEVEL_DEBUG || admit(line))
		log_put(line, len, fields);
	errno = kept_errno;
}

/* clang-format off */
#define LOG_FUNCTION(name, level)					\
	void name(const char *format, ...)				\
	{								\
		va_list arguments;					\
									\
		va_start(arguments, format);				\
		log_line(level, NULL, format, arguments);		\
		va_end(arguments);					\
	}

#define LOG_FUNCTION_OF(name, level)					\
	void name(const struct log_fields *fields, const char *format, ...) \
	{								\
		va_list arguments;					\
									\
		va_start(arguments, format);				\
		log_line(level, fields, format, arguments);		\
		va_end(arguments);					\
	}
/* clang-format on */

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)

LOG_FUNCTION_OF(log_error_of, LOG_LEVEL_ERROR)
LOG_FUNCTION_OF(log_warning_of, LOG_LEVEL_WARNING)
LOG_FUNCTION_OF(log_info_of, LOG_LEVEL_INFO)
LOG_FUNCTION_OF(log_debug_of, LOG_LEVEL_DEBUG)

void log_error_lines(const char *lines, const char *end)
{
	size_t len = strcspn(lines, "\n");

	while (lines[len] != '\0') {
		log_error("%.*s", (int)len, lines);
		lines += len + 1;
		len = strcspn(lines, "\n");
	}
	log_error("%s%s", lines, end);
}
