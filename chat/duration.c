/* SPDX-License-Identifier: MIT */
#include "chat/duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/casemap.h"

static const struct {
	char letter;
	int64_t s;
} units[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

enum { UNITS = sizeof(units) / sizeof(units[0]), MINUTES = 3 };

int duration_parse(const char *text, int64_t *ret_s)
{
	bool too_long = false;
	size_t unit = 0;
	int64_t total = 0;

	if (*text == '\0')
		return -EINVAL;
	while (*text != '\0') {
		const char *first = text;
		int64_t number = 0;

		for (; *text >= '0' && *text <= '9'; text++) {
			if (number <= DURATION_MAX_S)
				number = 10 * number + (*text - '0');
		}
		if (text == first)
			return -EINVAL;
		if (*text == '\0' && unit == 0 && total == 0) {
			unit = MINUTES;
		} else {
			while (unit < UNITS && units[unit].letter != casemap_fold(*text))
				unit++;
			if (unit == UNITS)
				return -EINVAL;
			text++;
		}
		too_long = too_long || number > DURATION_MAX_S / units[unit].s;
		if (!too_long)
			total += number * units[unit].s;
		unit++;
	}
	if (too_long || total > DURATION_MAX_S)
		return -ERANGE;
	*ret_s = total;
	return total > 0 ? 0 : -EINVAL;
}

struct duration_text duration_text(int64_t s)
{
	struct duration_text result = {"0s"};
	size_t len = 0, unit = 0;

	while (unit < UNITS && s < units[unit].s)
		unit++;
	for (size_t last = unit + 2; unit < last && unit < UNITS; unit++) {
		int64_t number = s / units[unit].s;

		s %= units[unit].s;
		if (number > 0)
			len += (size_t)snprintf(result.text + len, sizeof(result.text) - len,
						"%" PRId64 "%c", number, units[unit].letter);
	}
	return result;
}
