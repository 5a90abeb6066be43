/* SPDX-License-Identifier: MIT */
/*
 * Writing Prometheus's text format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/): a family's HELP and TYPE, and
 * then all its samples. No I/O; memory that runs out is told at the end.
 */
#ifndef SPILLWAY_EXPOSITION_H
#define SPILLWAY_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXPOSITION_LABELS_SIZE = 512 };

struct exposition {
	char *text; /* owned; its first bytes are the caller's room */
	size_t len, size;
	bool failed;	  /* there was no memory: text is incomplete */
	const char *name; /* of the present family, borrowed */
};

/* name="value",name="value" */
struct exposition_labels { /* start with {0} */
	char text[EXPOSITION_LABELS_SIZE];
	size_t len;
};

/* Leaves room bytes before the text, uninitialised. */
void exposition_init(struct exposition *out, size_t room);
void exposition_finish(struct exposition *out);

/* Adds a label; the value's '\', '"' and line breaks are escaped. Labels must fit: a bug
 * otherwise. */
void exposition_label(struct exposition_labels *labels, const char *name, const char *value);

/* The samples that follow are of this family; type is "counter", "gauge" or "histogram". */
void exposition_family(struct exposition *out, const char *name, const char *type,
		       const char *help);
void exposition_count(struct exposition *out, const struct exposition_labels *labels,
		      uint64_t count);
/* In seconds. */
void exposition_time(struct exposition *out, const struct exposition_labels *labels,
		     uint64_t time_us);
/* A histogram of times: its buckets, each with how many are in it and in all before it, the last
 * one without an end; then their sum and number. */
#define EXPOSITION_NO_END UINT64_MAX
void exposition_bucket(struct exposition *out, const struct exposition_labels *labels,
		       uint64_t end_us, uint64_t count);
void exposition_buckets_end(struct exposition *out, const struct exposition_labels *labels,
			    uint64_t sum_us, uint64_t count);

#endif
