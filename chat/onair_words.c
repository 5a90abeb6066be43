/* SPDX-License-Identifier: MIT */
#include "chat/onair_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/casemap.h"

enum { DURATION_SIZE = 48, VIEWERS_SIZE = 40 };

/* The two largest units, as far as they matter: "2 h 13 min", "45 s". */
static void write_duration(int64_t seconds, char to[DURATION_SIZE])
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	size_t i = 0;

	if (seconds < 0) /* the clock was set back */
		seconds = 0;
	while (i < 3 && seconds < units[i].seconds)
		i++;
	int64_t n = seconds / units[i].seconds;
	int64_t rest = i < 2 ? seconds % units[i].seconds / units[i + 1].seconds : 0;
	if (rest > 0)
		snprintf(to, DURATION_SIZE, "%" PRId64 " %s %" PRId64 " %s", n, units[i].name, rest,
			 units[i + 1].name);
	else
		snprintf(to, DURATION_SIZE, "%" PRId64 " %s", n, units[i].name);
}

static void write_viewers(int64_t n, char to[VIEWERS_SIZE])
{
	snprintf(to, VIEWERS_SIZE, "%" PRId64 " viewer%s", n, n == 1 ? "" : "s");
}

void onair_words_began(const struct onair_stream *stream, char to[ONAIR_WORDS_SIZE])
{
	snprintf(to, ONAIR_WORDS_SIZE, "%s is live%s%s", stream->name,
		 *stream->title != '\0' ? ": " : "", stream->title);
}

void onair_words_ended(const struct onair_stream *stream, char to[ONAIR_WORDS_SIZE])
{
	char duration[DURATION_SIZE], viewers[VIEWERS_SIZE];

	write_duration(stream->ended_s - stream->since_s, duration);
	write_viewers(stream->most_viewers, viewers);
	if (stream->most_viewers > 0)
		snprintf(to, ONAIR_WORDS_SIZE, "%s has ended after %s, at most %s", stream->name,
			 duration, viewers);
	else
		snprintf(to, ONAIR_WORDS_SIZE, "%s has ended after %s", stream->name, duration);
}

/* ---- questions ---- */

static void answer_viewers(const struct onair_stream *stream, int64_t now_s,
			   char to[ONAIR_WORDS_SIZE])
{
	char viewers[VIEWERS_SIZE];

	(void)now_s;
	write_viewers(stream->viewers, viewers);
	snprintf(to, ONAIR_WORDS_SIZE, "%s has %s", stream->name, viewers);
}

static void answer_uptime(const struct onair_stream *stream, int64_t now_s,
			  char to[ONAIR_WORDS_SIZE])
{
	char duration[DURATION_SIZE];

	write_duration(now_s - stream->since_s, duration);
	snprintf(to, ONAIR_WORDS_SIZE, "%s has been live for %s", stream->name, duration);
}

static const struct {
	const char *question;
	void (*answer)(const struct onair_stream *stream, int64_t now_s, char to[ONAIR_WORDS_SIZE]);
} questions[] = {
	{"!viewers", answer_viewers},
	{"!uptime", answer_uptime},
};

bool onair_words_answer(const char *question, const char *name, const struct onair_stream *stream,
			int64_t now_s, char to[ONAIR_WORDS_SIZE])
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++) {
		if (!casemap_equal(questions[i].question, question))
			continue;
		if (stream != NULL)
			questions[i].answer(stream, now_s, to);
		else
			snprintf(to, ONAIR_WORDS_SIZE, "%s isn't live", name);
		return true;
	}
	return false;
}
