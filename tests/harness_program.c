/* SPDX-License-Identifier: MIT */
/* Programs that a test starts, and the relay among them: tests/harness.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness.h"

enum { MAX_ARGUMENTS = 64 };

/* ---- starting ---- */

static void redirect(const char *path, int flags, int to)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0 || dup2(fd, to) < 0)
		_exit(126);
}

static void execute(const struct program *program, pid_t parent)
{
	char *const *argv = program->words;

	/* What a test starts ends with it, even when the test is killed. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);
	redirect("/dev/null", O_RDONLY, STDIN_FILENO);
	redirect(program->out, O_WRONLY | O_CREAT | O_APPEND, STDOUT_FILENO);
	redirect(program->err, O_WRONLY | O_CREAT | O_APPEND, STDERR_FILENO);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	fprintf(stderr, "can't start %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static bool is_ours(const char *name)
{
	return strncmp(name, "spillway", strlen("spillway")) == 0;
}

static void start(struct program *program)
{
	pid_t parent = getpid();

	program->ended = false;
	program->pid = fork();
	if (program->pid < 0)
		harness_fail("fork: %s", strerror(errno));
	if (program->pid == 0)
		execute(program, parent);
}

struct program *program_start_v(struct harness *harness, const char *const argv[])
{
	char **words = harness_alloc(harness, (MAX_ARGUMENTS + 1) * sizeof(*words));
	size_t n = 0, len = 0;

	if (harness->n_programs == HARNESS_MAX_PROGRAMS)
		harness_fail("a test starts at most %d programs", HARNESS_MAX_PROGRAMS);
	struct program *program = &harness->programs[harness->n_programs];
	for (size_t i = 0; harness->prefix != NULL && harness->prefix[i] != NULL; i++)
		words[n++] = harness_format(harness, "%s", harness->prefix[i]);
	words[n++] = is_ours(argv[0]) ? harness_format(harness, "%s/%s", harness->build, argv[0])
				      : harness_format(harness, "%s", argv[0]);
	for (size_t i = 1; argv[i] != NULL; i++) {
		assert_true(n < MAX_ARGUMENTS);
		words[n++] = harness_format(harness, "%s", argv[i]);
	}
	words[n] = NULL;
	*program = (struct program){.harness = harness, .words = words};
	snprintf(program->name, sizeof(program->name), "%s", argv[0]);
	snprintf(program->out, sizeof(program->out), "%s/%zu.out", harness->folder,
		 harness->n_programs);
	snprintf(program->err, sizeof(program->err), "%s/%zu.err", harness->folder,
		 harness->n_programs);
	for (size_t i = 0; i < n && len < sizeof(program->command); i++)
		len += (size_t)snprintf(program->command + len, sizeof(program->command) - len,
					"%s%s", i > 0 ? " " : "", words[i]);
	start(program);
	harness->n_programs++;
	return program;
}

void program_restart(struct program *program)
{
	assert_true(program->ended);
	start(program);
}

static struct program *start_list(struct harness *harness, const char *name, va_list arguments)
{
	const char *argv[MAX_ARGUMENTS + 1] = {name};
	size_t n = 1;

	while ((argv[n] = va_arg(arguments, const char *)) != NULL) {
		n++;
		assert_true(n < MAX_ARGUMENTS);
	}
	return program_start_v(harness, argv);
}

struct program *program_start(struct harness *harness, const char *name, ...)
{
	va_list arguments;

	va_start(arguments, name);
	struct program *program = start_list(harness, name, arguments);
	va_end(arguments);
	return program;
}

struct program *program_run(struct harness *harness, const char *name, ...)
{
	va_list arguments;

	va_start(arguments, name);
	struct program *program = start_list(harness, name, arguments);
	va_end(arguments);
	if (program_wait(program) != 0)
		harness_fail("%s ended with %d", program->command, program->status);
	return program;
}

/* ---- ending ---- */

void program_signal(const struct program *program, int signal)
{
	if (!program->ended)
		kill(program->pid, signal);
}

bool program_has_ended(struct program *program)
{
	int status;

	if (!program->ended && waitpid(program->pid, &status, WNOHANG) == program->pid) {
		program->ended = true;
		program->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	return program->ended;
}

int program_wait(struct program *program)
{
	int64_t deadline_us = harness_deadline_us();

	while (!program_has_ended(program) && harness_now_us() < deadline_us)
		usleep(1000);
	if (!program->ended)
		program_signal(program, SIGABRT);
	if (!program->ended && waitpid(program->pid, NULL, 0) == program->pid) {
		program->ended = true;
		program->status = 128 + SIGABRT;
		print_error("waited in vain for the end of: %s\n", program->command);
	}
	return program->status;
}

void program_kill(struct program *program)
{
	program_signal(program, SIGKILL);
	program_wait(program);
}

/* ---- what they say ---- */

char *program_log(const struct program *program)
{
	return harness_read(program->harness, program->err, NULL);
}

char *program_output(const struct program *program)
{
	return harness_read(program->harness, program->out, NULL);
}

size_t program_count_log(const struct program *program, const char *text)
{
	return harness_count(program->err, text);
}

void program_wait_log(struct program *program, const char *text)
{
	int64_t deadline_us = harness_deadline_us();

	while (program_count_log(program, text) == 0) {
		if (program_has_ended(program) && program_count_log(program, text) == 0)
			harness_fail("%s ended with %d, without a word of: %s", program->name,
				     program->status, text);
		if (harness_now_us() > deadline_us)
			harness_fail("%s doesn't say: %s", program->name, text);
		usleep(2000);
	}
}

/* ---- the relay ---- */

static bool has_word(const char *const words[], const char *word)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], word) == 0)
			return true;
	}
	return false;
}

static uint16_t parse_port(struct program *program)
{
	char *line = strstr(program_log(program), "listening on http://");
	char *port = line != NULL ? strstr(line, "/ (") : NULL;

	assert_non_null(port);
	while (port > line && port[-1] != ':')
		port--;
	return (uint16_t)strtoul(port, NULL, 10);
}

struct relay *relay_start(struct harness *harness, ...)
{
	const char *argv[MAX_ARGUMENTS + 1] = {"spillway-relay", "--io", harness->io};
	size_t n = 3;
	struct relay *relay = harness_alloc(harness, sizeof(*relay));
	va_list arguments;

	relay->harness = harness;
	va_start(arguments, harness);
	while ((argv[n] = va_arg(arguments, const char *)) != NULL) {
		n++;
		assert_true(n < MAX_ARGUMENTS - 8);
	}
	va_end(arguments);
	if (!has_word(argv, "--listen")) {
		argv[n++] = "--listen";
		argv[n++] = "127.0.0.1:0";
	}
	if (!has_word(argv, "--workers")) {
		argv[n++] = "--workers";
		argv[n++] = "2";
	}
	if (!has_word(argv, "--config")) {
		argv[n++] = "--config";
		argv[n++] = "/dev/null";
	}
	if (!has_word(argv, "--control")) {
		relay->control = harness_format(harness, "%s/%zu.sock", harness->folder,
						harness->n_programs);
		argv[n++] = "--control";
		argv[n++] = relay->control;
	}
	argv[n] = NULL;
	relay->program = program_start_v(harness, argv);
	wait_for(program_count_log(relay->program, "listening on http://") > 0 ||
		 program_has_ended(relay->program));
	if (program_count_log(relay->program, "no input and output") > 0)
		harness_skip(harness, "the kernel doesn't allow this back end");
	relay->program->drains = true;
	relay->port = parse_port(relay->program);
	/* The last line of its start: the control socket is there. */
	wait_for(program_count_log(relay->program, "control socket") > 0);
	return relay;
}

char *relay_config(struct harness *harness, const char *text)
{
	return harness_write(harness, "spillway.ini", text, strlen(text));
}

char *relay_http(const struct relay *relay, const char *path)
{
	return harness_format(relay->harness, "http://127.0.0.1:%u%s", relay->port, path);
}

char *relay_url(const struct relay *relay, const char *stream)
{
	return harness_format(relay->harness, "spillway://127.0.0.1:%u/%s", relay->port, stream);
}

void relay_stop(struct relay *relay)
{
	program_signal(relay->program, SIGTERM);
	if (program_wait(relay->program) != 0)
		harness_fail("the relay didn't end well: status %d", relay->program->status);
}
