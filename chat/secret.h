/* SPDX-License-Identifier: MIT */
/* Secrets of the service itself: random bytes in a file of the data folder, which nobody else may
 * read. */
#ifndef SPILLWAY_SECRET_H
#define SPILLWAY_SECRET_H

#include <stddef.h>

/* Reads the file's bytes, which are made the first time: whole, and on disk, before they are used.
 * The folder is ours alone. -errno; -EINVAL: the file has another size. */
int secret_load(const char *folder, const char *name, unsigned char *ret_bytes, size_t size);

#endif
