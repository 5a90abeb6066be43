/* SPDX-License-Identifier: MIT */
/* Stops one thread of a process, as no signal can: hold TID. Says "held", and ends with the
 * thread. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

int main(int argc, char *argv[])
{
	pid_t thread = argc == 2 ? (pid_t)strtol(argv[1], NULL, 10) : 0;
	int status;

	if (thread <= 0)
		return 2;
	if (ptrace(PTRACE_SEIZE, thread, NULL, NULL) < 0 ||
	    ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) < 0 ||
	    waitpid(thread, &status, __WALL) != thread || !WIFSTOPPED(status)) {
		perror("hold");
		return 1;
	}
	puts("held");
	fflush(stdout);
	/* Somebody has to hear of the death of a thread that is traced, before its process can
	 * end. */
	while (waitpid(thread, &status, __WALL) == thread || errno == EINTR)
		;
	return 0;
}
