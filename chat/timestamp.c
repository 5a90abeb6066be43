/* SPDX-License-Identifier: MIT */
#include "chat/timestamp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t timestamp_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void timestamp_write(int64_t time_ms, char to[TIMESTAMP_SIZE])
{
	int ms = (int)((time_ms % 1000 + 1000) % 1000);
	time_t time_s = (time_t)((time_ms - ms) / 1000);
	struct tm parts;
	char seconds[24];

	gmtime_r(&time_s, &parts);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(to, TIMESTAMP_SIZE, "%s.%03dZ", seconds, ms);
}

/* Digits at the places of the pattern's zeros, its other characters as they are. */
static const char *match(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; pattern++, text++) {
		if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern)
			return NULL;
	}
	return text;
}

int timestamp_parse(const char *text, int64_t *ret_ms)
{
	const char *at = match(text, "0000-00-00T00:00:00");
	struct tm parts = {0};
	int64_t unit = 100, ms = 0;

	if (at == NULL || sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &parts.tm_year, &parts.tm_mon,
				 &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec) != 6)
		return -EINVAL;
	if (parts.tm_mon < 1 || parts.tm_mon > 12 || parts.tm_mday < 1 || parts.tm_mday > 31 ||
	    parts.tm_hour > 23 || parts.tm_min > 59 || parts.tm_sec > 60)
		return -EINVAL;
	if (*at == '.') {
		for (at++; *at >= '0' && *at <= '9'; at++, unit /= 10)
			ms += (*at - '0') * unit;
	}
	if (strcmp(at, "Z") != 0)
		return -EINVAL;
	parts.tm_year -= 1900;
	parts.tm_mon--;
	*ret_ms = (int64_t)timegm(&parts) * 1000 + ms;
	return 0;
}
