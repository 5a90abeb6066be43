/* SPDX-License-Identifier: MIT */
/* A result, for people and for programs. */
#ifndef SPILLWAY_BENCH_REPORT_H
#define SPILLWAY_BENCH_REPORT_H

#include <stdio.h>

#include "bench/result.h"

void report_print(FILE *out, const struct result *result);
json_t *report_json(const struct result *result); /* returns a reference */

#endif
