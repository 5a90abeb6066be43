/* SPDX-License-Identifier: MIT */
#include "capture/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/list.h"

static const char key_name[] = "SPILLWAY_KEY=";

extern char **environ;

void child_path(int file, char ret_path[CHILD_PATH_SIZE])
{
	snprintf(ret_path, CHILD_PATH_SIZE, "/proc/self/fd/%d", file);
}

static void finish(struct child *child)
{
	if (!child_runs(child))
		child->ended(child, child->status);
}

static void exited(struct io_op *op, int result)
{
	struct child *child = list_item(op, struct child, exit);

	(void)result;
	waitpid(child->pid, &child->status, 0);
	io_close(child->io, child->fd);
	child->pid = 0;
	io_cancel(child->io, &child->grace);
	finish(child);
}

static void grace_ended(struct io_op *op, int result)
{
	struct child *child = list_item(op, struct child, grace);

	if (result >= 0)
		child_signal(child, SIGKILL);
	finish(child);
}

/* In the new process: only what is allowed after fork(). */
static void become(const struct child_order *order, char *const argv[], char *const environment[],
		   pid_t parent)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	fcntl(order->file, F_SETFD, 0);
	if (order->output >= 0)
		dup2(order->output, STDOUT_FILENO);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent)
		execve("/proc/self/exe", argv, environment);
	_exit(1);
}

/* Ours but for the key; the strings are borrowed. A key isn't an argument, which others may see. */
static char **make_environment(char *key)
{
	size_t n = 0, kept = 0;
	char **made;

	while (environ[n] != NULL)
		n++;
	made = calloc(n + 2, sizeof *made);
	for (size_t i = 0; made != NULL && i < n; i++)
		if (strncmp(environ[i], key_name, sizeof key_name - 1) != 0)
			made[kept++] = environ[i];
	if (made != NULL)
		made[kept] = key;
	return made;
}

/* execve() takes strings that aren't const, and doesn't change them. */
static char **copy_arguments(const char *const *argv)
{
	size_t n = 0;
	char **copy;

	while (argv[n] != NULL)
		n++;
	copy = calloc(n + 1, sizeof *copy);
	if (copy != NULL)
		memcpy(copy, argv, n * sizeof *copy);
	return copy;
}

static int start(const struct child_order *order)
{
	char *key = NULL, **environment = NULL, **argv = copy_arguments(order->argv);
	pid_t parent = getpid(), pid = -1;

	if (order->key != NULL && asprintf(&key, "%s%s", key_name, order->key) < 0)
		key = NULL;
	if (order->key == NULL || key != NULL)
		environment = make_environment(key);
	errno = ENOMEM;
	if (argv != NULL && environment != NULL)
		pid = fork();
	if (pid == 0)
		become(order, argv, environment, parent);
	int result = pid < 0 ? -errno : pid;

	if (key != NULL)
		explicit_bzero(key, strlen(key));
	free(key);
	free(environment);
	free(argv);
	return result;
}

int child_start(struct child *child, struct io *io, const struct child_order *order,
		child_ended *ended)
{
	int pid = start(order), error;

	if (pid < 0)
		return pid;
	child->fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (child->fd < 0) {
		error = -errno;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return error;
	}
	child->io = io;
	child->pid = pid;
	child->status = 0;
	child->ended = ended;
	io_poll(io, &child->exit, child->fd, POLLIN, exited);
	return 0;
}

bool child_runs(const struct child *child)
{
	return child->pid != 0 || io_busy(&child->grace);
}

void child_signal(const struct child *child, int signal)
{
	if (child->pid != 0)
		kill(child->pid, signal);
}

void child_end(struct child *child)
{
	child_signal(child, SIGTERM);
	if (child->pid != 0 && !io_busy(&child->grace))
		io_timer(child->io, &child->grace, io_now_us(child->io) + CHILD_GRACE_US,
			 grace_ended);
}
