/* SPDX-License-Identifier: MIT */
#include "tests/harness_terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct program *script_run(struct chat *chat, const char *input, const char *options)
{
	struct harness *h = chat->harness;
	char *command =
		harness_format(h, "{ %s; } | %s/spillway chat 127.0.0.1:%u --io %s --room cam %s",
			       input, h->build, chat->port, h->io, options);
	struct program *program = program_start(h, "sh", "-c", command, NULL);

	program_wait(program);
	return program;
}

struct program *script_start(struct chat *chat, const char *options, int *ret_in)
{
	struct harness *h = chat->harness;
	char *fifo = harness_path(h, "in");

	assert_int_equal(mkfifo(fifo, 0600), 0);
	struct program *program =
		program_start(h, "sh", "-c",
			      harness_format(h, "exec %s/spillway chat 127.0.0.1:%u --io %s %s <%s",
					     h->build, chat->port, h->io, options, fifo),
			      NULL);
	*ret_in = open(fifo, O_WRONLY | O_CLOEXEC);
	assert_true(*ret_in >= 0);
	return program;
}

void script_type(int in, const char *text)
{
	assert_int_equal(write(in, text, strlen(text)), strlen(text));
}

struct pane pane_open(struct harness *h, unsigned columns, unsigned rows, const char *command)
{
	struct pane pane = {h, harness_path(h, "tmux")};
	struct stat there;

	program_start(h, "env", "LC_ALL=C.UTF-8", "tmux", "-D", "-f", "/dev/null", "-S",
		      pane.socket, NULL);
	wait_for(stat(pane.socket, &there) == 0);
	/* The window stays when the command has ended. */
	program_run(h, "tmux", "-u", "-S", pane.socket, "new-session", "-d", "-x",
		    harness_format(h, "%u", columns), "-y", harness_format(h, "%u", rows),
		    harness_format(h, "%s; echo status $?; stty -a; sleep 600", command), NULL);
	return pane;
}

struct pane pane_chat(struct chat *chat, unsigned columns, const char *options)
{
	struct harness *h = chat->harness;

	return pane_open(h, columns, 12,
			 harness_format(h, "%s/spillway chat 127.0.0.1:%u --io %s %s", h->build,
					chat->port, h->io, options));
}

void pane_press(const struct pane *pane, const char *keys)
{
	char *command =
		harness_format(pane->harness, "tmux -S %s send-keys %s", pane->socket, keys);

	assert_int_equal(system(command), 0);
}

static char *capture(const struct pane *pane, const char *options)
{
	char *path = harness_path(pane->harness, "screen");
	char *command = harness_format(pane->harness, "tmux -u -S %s capture-pane -p %s >%s",
				       pane->socket, options, path);

	assert_int_equal(system(command), 0);
	return harness_read(pane->harness, path, NULL);
}

char *pane_look(const struct pane *pane)
{
	return capture(pane, "");
}

char *pane_look_at_colours(const struct pane *pane)
{
	return capture(pane, "-e");
}

void pane_wait(const struct pane *pane, const char *text)
{
	int64_t deadline_us = harness_deadline_us();

	while (strstr(pane_look(pane), text) == NULL) {
		if (harness_now_us() > deadline_us)
			harness_fail("\"%s\" isn't on the screen:\n%s", text, pane_look(pane));
		usleep(10000);
	}
}

void pane_wait_gone(const struct pane *pane, const char *text)
{
	wait_for(strstr(pane_look(pane), text) == NULL);
}
