/* SPDX-License-Identifier: MIT */
/* From the name of a video file to the level of a stream's name, and to a title. Pure. */
#ifndef SPILLWAY_CAPTURE_SLUG_H
#define SPILLWAY_CAPTURE_SLUG_H

#include <stdbool.h>

#include "common/catalogue.h"

/* Whether a file is called as videos are: film.mp4; not .film.mp4. */
bool slug_is_video(const char *file);
/* "My Film (1).MP4" is my-film-1; the nth with the same slug, from 2 on, has -n behind it. */
void slug_make(const char *file, unsigned n, char ret_slug[CATALOGUE_SLUG_SIZE]);
/* "My Film (1)", clean. */
void slug_title(const char *file, char ret_title[CATALOGUE_TITLE_SIZE]);

#endif
