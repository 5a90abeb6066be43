/* SPDX-License-Identifier: MIT */
/* Chromium, driven by tests/browser.mjs, which prints a line for what is to be seen in the page. */
#ifndef SPILLWAY_HARNESS_BROWSER_H
#define SPILLWAY_HARNESS_BROWSER_H

#include "tests/harness.h"

/* Opens an address; skips the test where there is no browser. */
struct program *browser_open(struct harness *harness, const char *address);
/* Waits until this line was printed, or was so many times. */
void browser_expect(struct program *browser, const char *line);
void browser_expect_times(struct program *browser, const char *line, size_t times);
/* How often it was, so far; also the beginning of a line. */
size_t browser_count(const struct program *browser, const char *line);
/* Ends it; fails where the page had something to complain about. */
void browser_close(struct program *browser);

#endif
