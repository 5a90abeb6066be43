/* SPDX-License-Identifier: MIT */
/* The monitors of a screen, by RandR 1.5. Errors are as in screen.h. */
#ifndef SPILLWAY_CAPTURE_SCREEN_MONITOR_H
#define SPILLWAY_CAPTURE_SCREEN_MONITOR_H

#include <stdio.h>

#include "capture/screen.h"

/* -ENOENT where there is none of that name. */
int screen_monitor_find(struct screen *screen, const char *name, struct screen_area *ret_area);
/* Prints the screen, and its monitors. */
int screen_monitor_list(struct screen *screen, FILE *out);

#endif
