/* SPDX-License-Identifier: MIT */
#include "bench/crew.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/process.h"

enum { END_TIMEOUT_MS = 1000 };

static int start(const struct crew *crew, int (*run)(void *context), void *context, pid_t *ret_pid)
{
	pid_t pid = process_fork(crew->cpu, run, context);

	if (pid < 0)
		return pid;
	*ret_pid = pid;
	return 0;
}

int crew_start_publisher(struct crew *crew)
{
	return start(crew, publisher_run, &crew->publisher_config, &crew->publisher);
}

int crew_start_loads(struct crew *crew)
{
	struct load_config *config = &crew->load_config;
	int error = 0;

	/* each has a copy of its own */
	for (; error == 0 && crew->n_loads < config->plan.n_processes; crew->n_loads++) {
		config->process = crew->n_loads;
		error = start(crew, load_run, config, &crew->loads[crew->n_loads]);
		if (error < 0)
			break;
	}
	return error;
}

int crew_start_joiner(struct crew *crew)
{
	return start(crew, joiner_run, &crew->joiner_config, &crew->joiner);
}

__attribute__((format(printf, 3, 4))) static int fail(char why[CREW_WHY_SIZE], int error,
						      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, CREW_WHY_SIZE, format, arguments);
	va_end(arguments);
	return error;
}

static int check_publisher(const struct crew *crew, char why[CREW_WHY_SIZE])
{
	int error = atomic_load(&crew->publisher_config.board->publisher.error);

	if (crew->publisher == 0)
		return 0;
	if (error == -EPROTO)
		return fail(why, error, "the server did not accept the publisher");
	if (error < 0 || process_has_ended(crew->publisher))
		return fail(why, -EPIPE, "the publisher failed: %s",
			    error < 0 ? strerror(-error) : "it was killed");
	return 0;
}

static int check_opening(const char *who, size_t failed, int error, char why[CREW_WHY_SIZE])
{
	if (failed == 0)
		return 0;
	return fail(why, error, "%zu %s could not be opened: %s", failed, who,
		    error == -EPROTO ? "the server did not accept them" : strerror(-error));
}

int crew_check(const struct crew *crew, char ret_why[CREW_WHY_SIZE])
{
	const struct board *board = crew->publisher_config.board;
	int error = check_publisher(crew, ret_why);

	for (size_t i = 0; error == 0 && i < crew->n_loads; i++) {
		const struct board_load *load = &board->loads[i];

		error = check_opening("viewers", atomic_load(&load->failed),
				      atomic_load(&load->error), ret_why);
		if (error == 0 && process_has_ended(crew->loads[i]))
			error = fail(ret_why, -EPIPE, "a process of the load side was killed");
	}
	if (error == 0)
		error = check_opening("newcomers", atomic_load(&board->joiner.failed),
				      atomic_load(&board->joiner.error), ret_why);
	return error;
}

void crew_end(struct crew *crew)
{
	for (size_t i = 0; i < crew->n_loads; i++)
		process_end(crew->loads[i], SIGTERM, END_TIMEOUT_MS);
	crew->n_loads = 0;
	if (crew->joiner > 0)
		process_end(crew->joiner, SIGTERM, END_TIMEOUT_MS);
	if (crew->publisher > 0)
		process_end(crew->publisher, SIGTERM, END_TIMEOUT_MS);
	crew->joiner = crew->publisher = 0;
}
