/* SPDX-License-Identifier: MIT */
#include "viewer/human.h"

#include <stdio.h>

static void human_scaled(double number, const char *unit, char to[HUMAN_SIZE])
{
	static const char *const prefixes[] = {"", "k", "M", "G", "T"};
	size_t i = 0;

	while (number >= 999.95 && i + 1 < sizeof(prefixes) / sizeof(prefixes[0])) {
		number /= 1000;
		i++;
	}
	snprintf(to, HUMAN_SIZE, i == 0 ? "%.0f %s%s" : "%.1f %s%s", number, prefixes[i], unit);
}

void human_bytes(uint64_t bytes, char to[HUMAN_SIZE])
{
	human_scaled((double)bytes, "B", to);
}

void human_bits(double bits, char to[HUMAN_SIZE])
{
	human_scaled(bits, "bit", to);
}

void human_time(double seconds, char to[HUMAN_SIZE])
{
	static const struct {
		unsigned long large, small;
		const char *large_name, *small_name;
	} units[] = {
		{86400, 3600, "d", "h"},
		{3600, 60, "h", "min"},
		{60, 1, "min", "s"},
	};
	unsigned long whole;

	if (!(seconds > 0))
		seconds = 0;
	if (seconds > 1e9)
		seconds = 1e9;
	whole = (unsigned long)seconds;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (whole >= units[i].large) {
			snprintf(to, HUMAN_SIZE, "%lu %s %02lu %s", whole / units[i].large,
				 units[i].large_name, whole % units[i].large / units[i].small,
				 units[i].small_name);
			return;
		}
	snprintf(to, HUMAN_SIZE, "%.1f s", seconds);
}

void human_latency(uint64_t us, char to[HUMAN_SIZE])
{
	if (us < 1000000)
		snprintf(to, HUMAN_SIZE, "%.1f ms", (double)us / 1e3);
	else
		snprintf(to, HUMAN_SIZE, "%.2f s", (double)us / 1e6);
}
