/* SPDX-License-Identifier: MIT */
/*
 * Pictures as cameras give them in Motion JPEG: with rubbish behind them, since a driver may tell
 * the size of the buffer instead of the picture's; and often without the Huffman tables, as the AVI
 * of old had it: those of ITU-T T.81 section K.3 are meant then. Pure.
 */
#ifndef SPILLWAY_CAPTURE_MJPEG_H
#define SPILLWAY_CAPTURE_MJPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MJPEG_TABLES_SIZE = 420 }; /* the segment DHT, with its marker */

struct mjpeg_outline {
	size_t len; /* up to the picture's end */
	unsigned width, height;
	bool lacks_tables;
	size_t tables_at; /* where they are to be put: before the first scan */
};

/* -EBADMSG where data doesn't begin with a whole picture. */
int mjpeg_look(const uint8_t *data, size_t len, struct mjpeg_outline *ret_outline);
/* Copies the picture to a place of outline->len + MJPEG_TABLES_SIZE bytes, with the tables where it
 * lacks them. Returns its length. */
size_t mjpeg_copy(const struct mjpeg_outline *outline, const uint8_t *data, uint8_t *to);

#endif
