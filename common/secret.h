/* SPDX-License-Identifier: MIT */
/* Secrets of people and programs, such as passwords and keys: from files that nobody else reads,
 * from the service manager, or typed at a terminal. */
#ifndef SPILLWAY_SECRET_H
#define SPILLWAY_SECRET_H

#include <stddef.h>

enum { SECRET_MAX = 257 /* bytes, with the NUL */ };

/* The first line of a file, which may be a pipe, without its end. -errno; -EPERM when others than
 * owner and group may read or write it; -E2BIG when it is longer than SECRET_MAX - 1. */
int secret_read_file(const char *path, char ret_secret[SECRET_MAX]);
/* The same of the service manager's credential of that name: a file in $CREDENTIALS_DIRECTORY
 * (systemd.exec(5), CREDENTIALS). -ENOENT where there is none. */
int secret_read_credential(const char *name, char ret_secret[SECRET_MAX]);
/* Asks for it at the terminal of the process, without echo. -errno; -ENXIO and others where there
 * is no terminal, -ECANCELED for Ctrl-C, Ctrl-D and the like. */
int secret_ask(const char *prompt, char ret_secret[SECRET_MAX]);

#endif
