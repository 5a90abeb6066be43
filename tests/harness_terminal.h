/* SPDX-License-Identifier: MIT */
/* spillway chat as people and scripts use it, for tests: in lines, and on a terminal of tmux's,
 * whose screen is looked at. */
#ifndef SPILLWAY_HARNESS_TERMINAL_H
#define SPILLWAY_HARNESS_TERMINAL_H

#include "tests/harness_chat.h"

/* A script's use of it: what the shell's command `input` prints is said in #cam. Waits for its
 * end. */
struct program *script_run(struct chat *chat, const char *input, const char *options);
/* One whose input is kept open: *ret_in, which the caller closes. */
struct program *script_start(struct chat *chat, const char *options, int *ret_in);
void script_type(int in, const char *text);

/* A terminal of tmux's; its server is a program of the harness. */
struct pane {
	struct harness *harness;
	char *socket;
};

/* Runs a command of the shell. Behind its end stand "status N" and what stty says. */
struct pane pane_open(struct harness *harness, unsigned columns, unsigned rows,
		      const char *command);
/* Runs spillway chat in 12 rows. */
struct pane pane_chat(struct chat *chat, unsigned columns, const char *options);
/* Keys, as tmux names them. */
void pane_press(const struct pane *pane, const char *keys);
/* What a person sees: the harness's memory. */
char *pane_look(const struct pane *pane);
/* The same with the sequences (ECMA-48 SGR) for colours. */
char *pane_look_at_colours(const struct pane *pane);
void pane_wait(const struct pane *pane, const char *text);
void pane_wait_gone(const struct pane *pane, const char *text);

#endif
