/* SPDX-License-Identifier: MIT */
/*
 * Announcements as a JSON file, to be kept elsewhere or taken to another service:
 *
 *	{ "announcements": [ { "room": "", "by": "dan", "text": "…", "time_ms": 1763712000000 }, … ] }
 */
#ifndef SPILLWAY_ANNOUNCEMENTS_FILE_H
#define SPILLWAY_ANNOUNCEMENTS_FILE_H

#include "chat/announcements.h"

enum { ANNOUNCEMENTS_FILE_MAX = 8 << 20 /* bytes */ };

/*
 * Writes rows of announcements_list(). The file is there whole or, if something fails, as it was;
 * the one before is kept as PATH.backup, and at no time there is neither. It is on disk when this
 * returns. 0600. NULL: to standard output.
 */
int announcements_file_write(const char *path, const struct rows *rows);

struct announcements_file {
	void *document; /* owns the texts */
	struct announcement *items;
	size_t n;
};

/* ret_why: what is wrong, in a sentence. Finished by the caller whatever came of it. */
int announcements_file_read(const char *path, struct announcements_file *ret_file,
			    char ret_why[DATABASE_WHY_SIZE]);
void announcements_file_finish(struct announcements_file *file);

#endif
