/* SPDX-License-Identifier: MIT */
#include "capture/slug.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/sentence.h"

static const char *const endings[] = {"mp4", "m4v",  "mov", "mkv",  "webm", "avi",
				      "mpg", "mpeg", "ts",  "m2ts", "flv",  "wmv",
				      "3gp", "ogv",  "gif", "vob",  "mjpeg"};

static size_t stem_len(const char *file)
{
	const char *dot = strrchr(file, '.');

	return dot != NULL && dot != file ? (size_t)(dot - file) : strlen(file);
}

bool slug_is_video(const char *file)
{
	const char *ending = file + stem_len(file);

	for (size_t i = 0; *file != '.' && *ending == '.' && i < sizeof endings / sizeof *endings;
	     i++)
		if (strcasecmp(ending + 1, endings[i]) == 0)
			return true;
	return false;
}

void slug_make(const char *file, unsigned n, char ret_slug[CATALOGUE_SLUG_SIZE])
{
	char suffix[16] = "";
	size_t len = 0, stem = stem_len(file), room;

	if (n > 1)
		snprintf(suffix, sizeof suffix, "-%u", n);
	room = CATALOGUE_SLUG_SIZE - 1 - strlen(suffix);
	for (size_t i = 0; i < stem && len < room; i++) {
		char c = file[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			ret_slug[len++] = c;
		else if (len > 0 && ret_slug[len - 1] != '-')
			ret_slug[len++] = '-';
	}
	while (len > 0 && ret_slug[len - 1] == '-')
		len--;
	if (len == 0)
		len = (size_t)snprintf(ret_slug, CATALOGUE_SLUG_SIZE, "video");
	snprintf(ret_slug + len, CATALOGUE_SLUG_SIZE - len, "%s", suffix);
}

void slug_title(const char *file, char ret_title[CATALOGUE_TITLE_SIZE])
{
	sentence_clean((struct slice){file, stem_len(file)}, ret_title, CATALOGUE_TITLE_SIZE);
}
