/* SPDX-License-Identifier: MIT */
/* The message of the day. */
#ifndef SPILLWAY_CHAT_MOTD_H
#define SPILLWAY_CHAT_MOTD_H

enum { MOTD_MAX = 16384 /* bytes; the rest of the file is left out */ };

/* The file's text, the caller's to free; path NULL: *ret_text is NULL. -errno. */
int motd_read(const char *path, char **ret_text);

#endif
