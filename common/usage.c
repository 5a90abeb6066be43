/* SPDX-License-Identifier: MIT */
#include "common/usage.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The second number of proc(5)'s statm, in pages. */
static uint64_t resident_bytes(void)
{
	char text[128];
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	ssize_t len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	const char *second = strchr(text, ' ');
	return second != NULL ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static uint64_t time_us(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

struct usage usage_read(void)
{
	struct rusage usage = {0};
	struct rlimit files = {0};
	struct mallinfo2 heap = mallinfo2();

	getrusage(RUSAGE_SELF, &usage);
	getrlimit(RLIMIT_NOFILE, &files);
	return (struct usage){
		.cpu_us = time_us(usage.ru_utime) + time_us(usage.ru_stime),
		.resident_bytes = resident_bytes(),
		.most_resident_bytes = (uint64_t)usage.ru_maxrss * 1024,
		.heap_bytes = heap.uordblks + heap.hblkhd,
		.max_fds = files.rlim_cur,
	};
}

void usage_raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* By the names that Prometheus's own libraries give them. */
void usage_expose(const struct usage *usage, int64_t started_s, struct exposition *out)
{
	const struct exposition_labels none = {0};

	exposition_family(out, "process_cpu_seconds_total", "counter",
			  "User and system CPU time spent, in seconds.");
	exposition_time(out, &none, usage->cpu_us);
	exposition_family(out, "process_resident_memory_bytes", "gauge",
			  "Resident memory, in bytes.");
	exposition_count(out, &none, usage->resident_bytes);
	exposition_family(out, "process_heap_bytes", "gauge",
			  "Memory allocated and not freed, in bytes.");
	exposition_count(out, &none, usage->heap_bytes);
	exposition_family(out, "process_max_fds", "gauge",
			  "How many file descriptors the process may have.");
	exposition_count(out, &none, usage->max_fds);
	exposition_family(out, "process_start_time_seconds", "gauge",
			  "When the process was started, in seconds of Unix time.");
	exposition_count(out, &none, (uint64_t)started_s);
}
