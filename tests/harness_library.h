/* SPDX-License-Identifier: MIT */
/* A folder of videos, the agent that offers it as vod/NAME, and what a relay says of it. */
#ifndef SPILLWAY_HARNESS_LIBRARY_H
#define SPILLWAY_HARNESS_LIBRARY_H

#include "tests/harness.h"

/* Makes the test's folder "videos". Returns its path. */
char *library_folder(struct harness *harness);
/* A video of 160x120 and 30 seconds, there from one moment to the next. */
void library_video(struct harness *harness, const char *folder, const char *name);
/* options: up to six, with a NULL behind them. */
struct program *library_start(struct relay *relay, const char *folder, const char *const options[]);
/* Whether the relay's list of streams has that text. */
bool library_lists(const struct relay *relay, const char *text);
/* The session that a viewer is sent to. */
char *library_session(const struct relay *relay, const char *target);

#endif
