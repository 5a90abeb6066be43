/* SPDX-License-Identifier: MIT */
/* Videos whose pictures show their numbers (capture/strip.h), made by ffmpeg, and such pictures
 * read. */
#ifndef SPILLWAY_HARNESS_FILM_H
#define SPILLWAY_HARNESS_FILM_H

#include "tests/harness.h"

enum { FILM_FPS = 10 };

/* Makes a video of that size and so many pictures, FILM_FPS a second; words are ffmpeg's, with
 * blanks between them. Returns its path in the test's folder. */
char *film_make(struct harness *harness, const char *name, unsigned width, unsigned height,
		unsigned n, const char *words);
/* As if it had been written long ago. */
void film_age(const char *path);

struct film_sight {
	int width, height;
	int number; /* -1: it shows none */
};
struct film_sight film_look(const void *jpeg, size_t len);
/* The first JPEG picture in a file. */
struct film_sight film_look_first(struct harness *harness, const char *path);

#endif
