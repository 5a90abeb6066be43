/* SPDX-License-Identifier: MIT */
#include "common/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/repeats.h"

/* A line longer than this is cut, and says so. Under PIPE_BUF, so that a pipe takes it whole. */
enum { LOG_MAX_LINE = 1024 };

#define CUT " [...]"

const char *const log_level_names[] = {"error", "warning", "info", "debug", NULL};

/* What stands before the message; to the journal, levels as sd-daemon(3) has them. */
static const char *const prefixes[] = {"error: ", "warning: ", "", "debug: "};
static const char *const journal_prefixes[] = {"<3>", "<4>", "<6>", "<7>"};

static atomic_int log_level = LOG_LEVEL_INFO;
static atomic_bool to_journal;

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
	return found;
}

/* What stands before everything else. The journal knows by itself whose line it is. */
static int log_begin(char *line, size_t size, enum log_level level)
{
	if (atomic_load_explicit(&to_journal, memory_order_relaxed))
		return snprintf(line, size, "%s", journal_prefixes[level]);
	return snprintf(line, size, "%s: %s", program_invocation_short_name, prefixes[level]);
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
		int len = snprintf(line, sizeof(line), "%s (repeated %u times)\n", before, n);

		log_write(line, (size_t)len);
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

__attribute__((format(printf, 2, 0))) static void log_line(enum log_level level, const char *format,
							   va_list arguments)
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
	/* What strangers send can't forge a line, nor steer a terminal. */
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	}
	line[len] = '\0';
	if (level == LOG_LEVEL_DEBUG || admit(line)) {
		line[len++] = '\n';
		log_write(line, len);
	}
	errno = kept_errno;
}

/* clang-format off */
#define LOG_FUNCTION(name, level)					\
	void name(const char *format, ...)				\
	{								\
		va_list arguments;					\
									\
		va_start(arguments, format);				\
		log_line(level, format, arguments);			\
		va_end(arguments);					\
	}
/* clang-format on */

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
