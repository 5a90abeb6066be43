/* SPDX-License-Identifier: MIT */
/*
 * A folder of videos, as a catalogue that follows it: looked through every FOLDER_SCAN_US, and each
 * file that is new or has changed is probed (probe.h), FOLDER_PROBES at once.
 *
 * Only regular files that lie in it are in the catalogue: no links, no folders below it. A file
 * that is being written, or copied there, is probed when it hasn't changed between two scans, or
 * was last written before that; it may turn out to be only a part, and is probed again when it goes
 * on.
 */
#ifndef SPILLWAY_CAPTURE_FOLDER_H
#define SPILLWAY_CAPTURE_FOLDER_H

#include <stdio.h>

#include "common/catalogue.h"
#include "common/io.h"

enum {
	FOLDER_SCAN_US = 2000000,
	FOLDER_MAX_FILES = 1024,
	FOLDER_MAX_NAMES = 16384, /* that are read in a scan, of whatever it is */
	FOLDER_PROBES = 2,
};

struct folder;

/* Called from io_run() when folder_news() has something, and after folder_stop(), when nothing is
 * under way any more. */
typedef void folder_told(void *context);

/* Says itself what is wrong; -errno. */
int folder_create(struct folder **ret_folder, struct io *io, const char *path, folder_told *told,
		  void *context);
/* Accepts NULL. Only when it isn't busy. */
void folder_destroy(struct folder *folder);
/* Looks through it, now and from now on. */
void folder_start(struct folder *folder);
void folder_stop(struct folder *folder);
bool folder_is_busy(const struct folder *folder);

/* The next entry that is new, has changed, or is gone. False: there is none for now. */
bool folder_news(struct folder *folder, struct catalogue_entry *ret_entry);
/* All entries are news again. */
void folder_repeat(struct folder *folder);
/* An entry, and its file, opened; -1: it can't be. The name is borrowed until the next scan. False
 * when there is none of that slug. */
bool folder_open(const struct folder *folder, struct slice slug, struct catalogue_entry *ret_entry,
		 const char **ret_name, int *ret_file);

/* Prints the catalogue, once all was probed. Runs the loop for that. -errno. */
int folder_list(FILE *out, struct io *io, const char *path);

#endif
