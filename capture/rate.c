/* SPDX-License-Identifier: MIT */
#include "capture/rate.h"

#include <ctype.h>
#include <errno.h>

/* Takes digits off *text and adds them to *number. Returns how many there were, or -ERANGE. */
static int take_digits(const char **text, uint32_t *number)
{
	int n = 0;

	for (; isdigit((unsigned char)**text); (*text)++, n++) {
		uint32_t digit = (uint32_t)(**text - '0');

		if (*number > (RATE_MAX_TERM - digit) / 10)
			return -ERANGE;
		*number = *number * 10 + digit;
	}
	return n;
}

static int take_divisor(const char **text, struct rate *rate)
{
	rate->seconds = 0;
	return take_digits(text, &rate->seconds);
}

static int take_fraction(const char **text, struct rate *rate)
{
	int n = take_digits(text, &rate->frames);

	for (int i = 0; i < n; i++) {
		rate->seconds *= 10;
		if (rate->seconds > RATE_MAX_TERM)
			return -ERANGE;
	}
	return n;
}

int rate_parse(const char *text, struct rate *ret_rate)
{
	struct rate rate = {0, 1};
	int n = take_digits(&text, &rate.frames);

	if (n > 0 && *text == '/') {
		text++;
		n = take_divisor(&text, &rate);
	} else if (n > 0 && *text == '.') {
		text++;
		n = take_fraction(&text, &rate);
	}
	if (n < 0)
		return n;
	if (n == 0 || *text != '\0')
		return -EINVAL;
	if (rate.frames == 0 || rate.seconds == 0 ||
	    rate.frames > (uint64_t)rate.seconds * RATE_MAX_FPS ||
	    rate.seconds > (uint64_t)rate.frames * RATE_MIN_SECONDS)
		return -ERANGE;
	*ret_rate = rate;
	return 0;
}

int64_t rate_time_us(struct rate rate, uint64_t n)
{
	/* In two steps: n * seconds * 1000000 would overflow within days for some fractions. */
	uint64_t parts = n * rate.seconds;

	return (int64_t)(parts / rate.frames * 1000000 +
			 parts % rate.frames * 1000000 / rate.frames);
}
