/* SPDX-License-Identifier: MIT */
/* Processes of a run: they end with the one that started them. */
#ifndef SPILLWAY_BENCH_PROCESS_H
#define SPILLWAY_BENCH_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

enum { PROCESS_ANY_CPU = -1 };

/* Starts a process that runs this function, on that CPU, and exits with its result. The pid, or
 * -errno. */
pid_t process_fork(int cpu, int (*run)(void *context), void *context);
/* Starts a program, whose standard error goes to log_fd (borrowed). The pid, or -errno; where the
 * program can't be started, it exits with 127. */
pid_t process_exec(int cpu, char *const argv[], int log_fd);
/* Whether it has ended by itself; it is still to be reaped. */
bool process_has_ended(pid_t pid);
/* Sends the signal (0: none), waits, and after timeout_ms kills. Returns the exit status, 128 + N
 * where signal N was the end. */
int process_end(pid_t pid, int signal, int timeout_ms);

/* Puts the calling process on one CPU. -errno. */
int process_pin(int cpu);
/* "0,1": the server's CPU and the load's; NULL: any. -EINVAL: there is no such CPU. */
int process_parse_pin(const char *text, int *ret_server, int *ret_load);

#endif
