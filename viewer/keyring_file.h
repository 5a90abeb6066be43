/* SPDX-License-Identifier: MIT */
/*
 * The configuration file as a whole, for editing. It is replaced at once or not at all, with the
 * mode and owner it had; what it was before stays beside it as FILE.backup. Who edits it meanwhile
 * waits.
 */
#ifndef SPILLWAY_KEYRING_FILE_H
#define SPILLWAY_KEYRING_FILE_H

#include <limits.h>

enum { KEYRING_FILE_MAX = 1 << 20 /* bytes */ };

struct keyring_file {
	char path[PATH_MAX]; /* of the file itself, where a link leads to it */
	char *text;
	int fd; /* locked */
};

/* -errno; -EFBIG, and -EILSEQ for a file with NUL bytes in it. */
int keyring_file_open(struct keyring_file *file, const char *path);
/* Once at the most. -errno: the file is as it was. */
int keyring_file_replace(struct keyring_file *file, const char *text);
void keyring_file_close(struct keyring_file *file);

#endif
