/* SPDX-License-Identifier: MIT */
#include "viewer/series.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/slice.h"

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Where the ending begins. */
static size_t stem_of(const char *base)
{
	const char *dot = strrchr(base, '.');

	return dot ? (size_t)(dot - base) : strlen(base);
}

/* What a % can have behind it: as in strftime(3), but nothing that gives a slash or a space. */
static const struct {
	char letter;
	const char *format;
} conversions[] = {
	{'Y', "%Y"}, {'m', "%m"}, {'d', "%d"}, {'H', "%H"}, {'M', "%M"},
	{'S', "%S"}, {'F', "%F"}, {'T', "%T"}, {'s', "%s"}, {'%', "%%"},
};
enum { N_CONVERSIONS = sizeof(conversions) / sizeof(*conversions) };

static const char *conversion_of(char letter)
{
	for (size_t i = 0; i < N_CONVERSIONS; i++)
		if (conversions[i].letter == letter)
			return conversions[i].format;
	return NULL;
}

bool series_valid(const char *path)
{
	for (; (path = strchr(path, '%')); path += 2)
		if (!conversion_of(path[1]))
			return false;
	return true;
}

bool series_timed(const char *path)
{
	return strchr(path, '%') != NULL;
}

/* The formats are those of the table. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static int series_time(const char *path, int64_t when_us, char to[PATH_MAX])
{
	time_t when = (time_t)(when_us / 1000000);
	struct tm local;
	size_t len = 0;

	if (!localtime_r(&when, &local))
		return -EINVAL;
	for (; *path != '\0' && len < PATH_MAX - 1; path++) {
		if (*path != '%') {
			to[len++] = *path;
			continue;
		}
		const char *format = conversion_of(*++path);
		size_t n = format ? strftime(to + len, PATH_MAX - len, format, &local) : 0;

		if (n == 0)
			return format ? -ENAMETOOLONG : -EINVAL;
		len += n;
	}
	to[len] = '\0';
	return *path != '\0' ? -ENAMETOOLONG : 0;
}
#pragma GCC diagnostic pop

int series_name(const char *path, int64_t when_us, uint64_t number, char to[PATH_MAX])
{
	char timed[PATH_MAX], suffix[32] = "";
	const char *base;
	int error, len;

	if (series_timed(path)) {
		error = series_time(path, when_us, timed);
		if (error)
			return error;
		path = timed;
		if (number > 1)
			snprintf(suffix, sizeof(suffix), "-%llu", (unsigned long long)number);
	} else {
		snprintf(suffix, sizeof(suffix), "-%04llu", (unsigned long long)number);
	}
	base = base_of(path);
	len = snprintf(to, PATH_MAX, "%.*s%s%s", (int)(base - path + (long)stem_of(base)), path,
		       suffix, base + stem_of(base));
	return len >= PATH_MAX ? -ENAMETOOLONG : 0;
}

uint64_t series_number(const char *path, const char *file)
{
	const char *base = base_of(path), *digits;
	size_t stem = stem_of(base), n;
	unsigned long long number;

	if (strncmp(file, base, stem) != 0 || file[stem] != '-')
		return 0;
	digits = file + stem + 1;
	n = strspn(digits, "0123456789");
	if (n < 4 || strcmp(digits + n, base + stem) != 0 ||
	    slice_number((struct slice){digits, n}, UINT64_MAX / 2, &number) < 0)
		return 0;
	return number;
}
