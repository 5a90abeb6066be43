/* SPDX-License-Identifier: MIT */
#include "bench/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_SIZE = 64 * 1024 }; /* /proc/stat begins with a line for each CPU */

static int read_file(const char *path, char text[TEXT_SIZE])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, text, TEXT_SIZE - 1);
	int error = n < 0 ? -errno : 0;
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return error;
}

/* proc(5): fields 14 and 15. Field 2 is the program's name in brackets, which may have anything in
 * it; behind the last bracket it is safe to count. */
int64_t usage_parse_stat(const char *text)
{
	const char *rest = strrchr(text, ')');
	int64_t user, system;

	if (rest == NULL ||
	    sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNd64 " %" SCNd64,
		   &user, &system) != 2)
		return -EBADMSG;
	return user + system;
}

/* proc(5): user, nice, system, idle, iowait, irq, softirq, … */
int usage_parse_cpu(const char *text, int cpu, struct usage_cpu *ret_usage)
{
	int64_t user, nice, system, irq, softirq;
	char name[16];

	if (cpu == USAGE_ALL_CPUS)
		snprintf(name, sizeof(name), "cpu ");
	else
		snprintf(name, sizeof(name), "cpu%d ", cpu);
	while (strncmp(text, name, strlen(name)) != 0) {
		text = strchr(text, '\n');
		if (text == NULL)
			return -ENODEV;
		text++;
	}
	if (sscanf(text + strlen(name),
		   "%" SCNd64 " %" SCNd64 " %" SCNd64 " %*d %*d %" SCNd64 " %" SCNd64, &user, &nice,
		   &system, &irq, &softirq) != 5)
		return -EBADMSG;
	*ret_usage = (struct usage_cpu){user + nice + system, irq + softirq};
	return 0;
}

int64_t usage_parse_smaps(const char *text)
{
	const char *line = strstr(text, "\nRss:");
	int64_t kilobytes;

	if (line == NULL || sscanf(line, " Rss: %" SCNd64 " kB", &kilobytes) != 1)
		return -EBADMSG;
	return kilobytes * 1024;
}

static int read_of(pid_t pid, const char *name, char text[TEXT_SIZE])
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%jd/%s", (intmax_t)pid, name);
	return read_file(path, text);
}

static int64_t us_of(int64_t ticks)
{
	return ticks < 0 ? ticks : ticks * 1000000 / sysconf(_SC_CLK_TCK);
}

int64_t usage_process_us(pid_t pid)
{
	char text[TEXT_SIZE];
	int error = read_of(pid, "stat", text);

	return error < 0 ? error : us_of(usage_parse_stat(text));
}

int64_t usage_resident_bytes(pid_t pid)
{
	char text[TEXT_SIZE];
	int error = read_of(pid, "smaps_rollup", text);

	return error < 0 ? error : usage_parse_smaps(text);
}

int usage_cpu(int cpu, struct usage_cpu *ret_usage)
{
	char text[TEXT_SIZE];
	int error = read_file("/proc/stat", text);

	if (error == 0)
		error = usage_parse_cpu(text, cpu, ret_usage);
	if (error < 0)
		return error;
	ret_usage->process_us = us_of(ret_usage->process_us);
	ret_usage->interrupt_us = us_of(ret_usage->interrupt_us);
	return 0;
}
