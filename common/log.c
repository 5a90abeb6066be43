/* SPDX-License-Identifier: MIT */
#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A line longer than this is cut, and says so. Under PIPE_BUF, so that a pipe takes it whole. */
enum { LOG_MAX_LINE = 1024 };

#define CUT " [...]"

const char *const log_level_names[] = {"error", "warning", "info", "debug", NULL};

/* What stands before the message. */
static const char *const prefixes[] = {"error: ", "warning: ", "", "debug: "};

static atomic_int log_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
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

__attribute__((format(printf, 2, 0))) static void log_line(enum log_level level, const char *format,
							   va_list arguments)
{
	char line[LOG_MAX_LINE + 1];
	size_t len;
	int kept_errno = errno, n;

	if ((int)level > atomic_load_explicit(&log_level, memory_order_relaxed))
		return;
	n = snprintf(line, sizeof(line), "%s: %s", program_invocation_short_name, prefixes[level]);
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
	line[len++] = '\n';
	log_write(line, len);
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
