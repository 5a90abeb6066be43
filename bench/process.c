/* SPDX-License-Identifier: MIT */
#include "bench/process.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NAP_MS = 5, EXIT_NOT_STARTED = 127 };

int process_pin(int cpu)
{
	cpu_set_t set;

	if (cpu == PROCESS_ANY_CPU)
		return 0;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) < 0 ? -errno : 0;
}

static bool has_cpu(int cpu)
{
	cpu_set_t set;

	return cpu >= 0 && cpu < CPU_SETSIZE && sched_getaffinity(0, sizeof(set), &set) == 0 &&
	       CPU_ISSET((size_t)cpu, &set);
}

int process_parse_pin(const char *text, int *ret_server, int *ret_load)
{
	int len = 0;

	*ret_server = *ret_load = PROCESS_ANY_CPU;
	if (text == NULL)
		return 0;
	if (sscanf(text, "%d,%d%n", ret_server, ret_load, &len) != 2 || text[len] != '\0' ||
	    !has_cpu(*ret_server) || !has_cpu(*ret_load))
		return -EINVAL;
	return 0;
}

/* In the child. */
static void prepare(pid_t parent, int cpu)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent) /* it was gone before we asked */
		_exit(EXIT_NOT_STARTED);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (process_pin(cpu) < 0)
		_exit(EXIT_NOT_STARTED);
}

pid_t process_fork(int cpu, int (*run)(void *context), void *context)
{
	pid_t parent = getpid(), pid;

	fflush(NULL); /* or the child's copy is written, too */
	pid = fork();
	if (pid != 0)
		return pid < 0 ? -errno : pid;
	prepare(parent, cpu);
	_exit(run(context));
}

pid_t process_exec(int cpu, char *const argv[], int log_fd)
{
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid < 0 ? -errno : pid;
	prepare(parent, cpu);
	dup2(log_fd, STDERR_FILENO);
	execv(argv[0], argv);
	_exit(EXIT_NOT_STARTED);
}

bool process_has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == pid;
}

int process_end(pid_t pid, int signal, int timeout_ms)
{
	const struct timespec nap = {.tv_nsec = NAP_MS * 1000000};
	int status;

	if (signal != 0)
		kill(pid, signal);
	for (int waited_ms = 0; waited_ms < timeout_ms && !process_has_ended(pid);
	     waited_ms += NAP_MS)
		nanosleep(&nap, NULL);
	if (!process_has_ended(pid))
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
