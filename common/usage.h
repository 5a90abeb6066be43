/* SPDX-License-Identifier: MIT */
/* What this process has taken of the machine. */
#ifndef SPILLWAY_PROCESS_USAGE_H
#define SPILLWAY_PROCESS_USAGE_H

#include "common/exposition.h"

struct usage {
	uint64_t cpu_us; /* by all threads */
	uint64_t resident_bytes, most_resident_bytes;
	uint64_t
		heap_bytes; /* that malloc() has given away: grows by every byte that is forgotten */
	uint64_t max_fds;   /* descriptors that it may have */
};

/* Zero where the system doesn't say. */
struct usage usage_read(void);
/* As metrics, by the names that other programs have, too; started_s: Unix time. */
void usage_expose(const struct usage *usage, int64_t started_s, struct exposition *out);
/* As many descriptors as the process may have: a connection is one. */
void usage_raise_file_limit(void);

#endif
