/* SPDX-License-Identifier: MIT */
/* What a process uses, from proc(5). */
#ifndef SPILLWAY_BENCH_USAGE_H
#define SPILLWAY_BENCH_USAGE_H

#include <stdint.h>
#include <sys/types.h>

/* Time on CPUs so far, of all threads, in user space and in the kernel; the clock's step is 10 ms.
 * -errno. */
int64_t usage_process_us(pid_t pid);
/* Resident memory. -errno. */
int64_t usage_resident_bytes(pid_t pid);

/* What a CPU, or all of them together, did so far. The network's work is done in interrupts to a
 * good part, and no process is charged for that. */
struct usage_cpu {
	int64_t process_us;
	int64_t interrupt_us;
};
enum { USAGE_ALL_CPUS = -1 };
/* -errno; -ENODEV: there is no such CPU. */
int usage_cpu(int cpu, struct usage_cpu *ret_usage);

/* The pure parts: from the text of /proc/PID/stat (in ticks), of /proc/PID/smaps_rollup, and of
 * /proc/stat (in ticks as well). -EBADMSG. */
int64_t usage_parse_stat(const char *text);
int64_t usage_parse_smaps(const char *text);
int usage_parse_cpu(const char *text, int cpu, struct usage_cpu *ret_usage);

#endif
