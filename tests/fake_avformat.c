/* SPDX-License-Identifier: MIT */
/*
 * What a video file may do to the library that reads it, for tests, preloaded over libavformat: a
 * file that begins with "crash" makes it crash, one that begins with "hang" makes it never return.
 */
#include <dlfcn.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int open_input(AVFormatContext **format, const char *url, const AVInputFormat *input,
		       AVDictionary **options);

int avformat_open_input(AVFormatContext **format, const char *url, const AVInputFormat *input,
			AVDictionary **options)
{
	char begin[8] = "";
	FILE *file = fopen(url + strlen("file:"), "re");
	void *symbol = dlsym(RTLD_NEXT, "avformat_open_input");
	open_input *real;

	if (file != NULL) {
		(void)!fread(begin, 1, sizeof begin - 1, file);
		fclose(file);
	}
	if (strncmp(begin, "crash", 5) == 0)
		abort();
	while (strncmp(begin, "hang", 4) == 0)
		pause();
	memcpy(&real, &symbol, sizeof real);
	return real(format, url, input, options);
}
