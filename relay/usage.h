/* SPDX-License-Identifier: MIT */
/* What the relay's process has taken of the machine. */
#ifndef SPILLWAY_RELAY_USAGE_H
#define SPILLWAY_RELAY_USAGE_H

#include <stdint.h>

struct usage {
	uint64_t cpu_us; /* by all threads */
	uint64_t resident_bytes, most_resident_bytes;
	uint64_t max_fds; /* descriptors that it may have */
};

/* Zero where the system doesn't say. */
struct usage usage_read(void);

#endif
