/* SPDX-License-Identifier: MIT */
/* /metrics of a service, for tests. */
#ifndef SPILLWAY_HARNESS_METRICS_H
#define SPILLWAY_HARNESS_METRICS_H

#include "tests/harness.h"

/* The text: the harness's memory. fields: further header lines of the request. */
char *metrics_get(struct harness *h, uint16_t port, const char *fields);
/* A sample's value; -1 where it isn't there. */
double metrics_value(struct harness *h, const char *text, const char *sample);
/* Reads Prometheus's format strictly, and fails where it isn't kept; spoils the text. Returns how
 * many samples there are. */
size_t metrics_check(struct harness *h, char *text);

#endif
