/* SPDX-License-Identifier: MIT */
/*
 * The outline of a JPEG picture (ITU-T T.81 annex B): where it ends, and how large it is. Pure.
 * Nothing is decoded; a thumbnail inside an APPn segment doesn't end the picture.
 */
#ifndef SPILLWAY_JPEG_H
#define SPILLWAY_JPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jpeg_scan { /* start with {0}; again so for each picture */
	uint8_t state;
	uint8_t marker;		/* of the present segment */
	uint16_t left;		/* bytes left in it */
	uint16_t at;		/* bytes of it seen behind its length */
	uint16_t width, height; /* from SOFn; 0 until it was seen */
	bool scanned;		/* entropy-coded data was there, so there is a picture */
};

/*
 * Goes on with the picture through data. Returns 1 when it ends there: *ret_used is the number of
 * bytes up to its end; 0 when all of data belongs to it and more must come; -EBADMSG when it isn't
 * a JPEG, has no size (a height that comes later by DNL, which nothing reads), or no scan.
 */
int jpeg_scan(struct jpeg_scan *scan, const uint8_t *data, size_t len, size_t *ret_used);

/* The size of the picture that begins with data, read no further than its SOFn. Returns 0; -EBADMSG
 * when it isn't a JPEG, or its size isn't in there. */
int jpeg_size(const uint8_t *data, size_t len, uint16_t *ret_width, uint16_t *ret_height);

#endif
