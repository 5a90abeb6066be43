/* SPDX-License-Identifier: MIT */
/*
 * The folder with the chat's data: the one that was asked for; else /var/lib/spillway, where this
 * user may write; else $XDG_STATE_HOME/spillway; else ~/.local/state/spillway. It is made (0700)
 * where it isn't there.
 */
#ifndef SPILLWAY_DATA_HOME_H
#define SPILLWAY_DATA_HOME_H

enum { DATA_HOME_SIZE = 1024 };

/* wish: NULL for none. -errno of the last place that was tried; ret_folder names it. */
int data_home_find(const char *wish, char ret_folder[DATA_HOME_SIZE]);

#endif
