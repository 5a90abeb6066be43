/* SPDX-License-Identifier: MIT */
#include "tests/gauge.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/harness.h"

enum { MAX_ANSWER = 1 << 20, TIMEOUT_MS = 5000 };

static long count_fds(pid_t pid)
{
	char path[64];
	long n = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	DIR *folder = opendir(path);
	if (folder == NULL)
		return -1;
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
		n += entry->d_name[0] != '.';
	closedir(folder);
	return n;
}

static double resident_kb(pid_t pid)
{
	char line[256];
	double kb = -1;

	snprintf(line, sizeof(line), "/proc/%d/smaps_rollup", (int)pid);
	FILE *file = fopen(line, "r");
	if (file == NULL)
		return -1;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "Anonymous:", 10) == 0)
			kb = strtod(line + 10, NULL);
	}
	fclose(file);
	return kb;
}

/* The whole answer, malloc()ed, with a NUL; NULL where there is none. */
static char *ask(uint16_t port, const char *path)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd entry = {.fd = fd, .events = POLLIN};
	char *text = malloc(MAX_ANSWER + 1), request[256];
	size_t len = 0;
	ssize_t n = -1;

	assert_non_null(text);
	int request_len =
		snprintf(request, sizeof(request),
			 "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    send(fd, request, (size_t)request_len, MSG_NOSIGNAL) == request_len) {
		do {
			n = poll(&entry, 1, TIMEOUT_MS) > 0
				    ? recv(fd, text + len, MAX_ANSWER - len, 0)
				    : -1;
			len += n > 0 ? (size_t)n : 0;
		} while (n > 0);
	}
	close(fd);
	text[len] = '\0';
	if (n == 0 && strncmp(text, "HTTP/1.1 200 ", 13) == 0)
		return text;
	free(text);
	return NULL;
}

static double value_of(const char *text, const char *metric)
{
	char start[128];

	snprintf(start, sizeof(start), "\n%s ", metric);
	const char *line = strstr(text, start);
	return line != NULL ? strtod(line + strlen(start), NULL) : -1;
}

bool gauge_read(const struct gauge *gauge, struct gauge_reading *ret_reading)
{
	char *text = ask(gauge->port, "/metrics");

	if (text == NULL)
		return false;
	ret_reading->kept_kb = value_of(text, gauge->kept) / 1024;
	ret_reading->heap_kb = value_of(text, "process_heap_bytes") / 1024 - ret_reading->kept_kb;
	for (size_t i = 0; gauge->counts[i].metric != NULL; i++)
		ret_reading->counts[i] = value_of(text, gauge->counts[i].metric);
	free(text);
	ret_reading->fds = count_fds(gauge->pid);
	ret_reading->resident_kb = resident_kb(gauge->pid);
	return true;
}

const struct gauge_count *gauge_unquiet(const struct gauge *gauge,
					const struct gauge_reading *reading)
{
	for (size_t i = 0; gauge->counts[i].metric != NULL; i++) {
		bool told = reading->counts[i] >= 0;
		double off = reading->counts[i] - gauge->counts[i].quiet;

		if (!told || (gauge->counts[i].quiet >= 0 && (off < -0.5 || off > 0.5)))
			return &gauge->counts[i];
	}
	return NULL;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

double gauge_growth(const double *values, size_t n)
{
	size_t n_slopes = 0;
	double *slopes = calloc(n * (n - 1) / 2, sizeof(*slopes));

	assert_non_null(slopes);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = i + 1; k < n; k++)
			slopes[n_slopes++] = (values[k] - values[i]) / (double)(k - i);
	}
	qsort(slopes, n_slopes, sizeof(*slopes), compare);
	double median = slopes[n_slopes / 2];
	free(slopes);
	return median * (double)(n - 1);
}
