/* SPDX-License-Identifier: MIT */
/*
 * spillway top: what a relay does, live. On a terminal it is a screen, until q; else tables are
 * printed, as often as asked for.
 */
#include "viewer/commands.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/options.h"
#include "viewer/screen.h"
#include "viewer/top_link.h"
#include "viewer/top_screen.h"

enum { ANSWER_US = 5000000 /* no answer for so long is trouble */ };

struct top_options {
	char *control;
	int64_t interval_s, count;
};

#define FIELD(name) offsetof(struct top_options, name)

static const struct option_row rows[] = {
	{.name = "control",
	 .type = OPTION_TEXT,
	 .offset = FIELD(control),
	 .value = "PATH",
	 .help = "The relay's control socket; else the first of the usual places where one is."},
	{.name = "interval",
	 .type = OPTION_TIME,
	 .offset = FIELD(interval_s),
	 .value = "TIME",
	 .initial = "1s",
	 .min = 1,
	 .max = 3600,
	 .help = "Look so often."},
	{.name = "count",
	 .type = OPTION_NUMBER,
	 .offset = FIELD(count),
	 .value = "N",
	 .initial = "0",
	 .min = 0,
	 .max = INT64_MAX,
	 .help = "Print N tables and end, also on a terminal; 0: one where output is no terminal, "
		 "else a screen."},
	{.name = NULL},
};

struct top {
	const struct top_options *options;
	struct top_link link;
	struct top_model model;
	struct top_view view;
	json_t *rows[TOP_LISTS]; /* as they are shown */
	int64_t asked_us;
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void take_rows(struct top *top)
{
	for (int list = 0; list < TOP_LISTS; list++) {
		json_decref(top->rows[list]);
		top->rows[list] = top_view_rows(&top->view, &top->model, (enum top_list)list);
	}
}

static void top_finish(struct top *top)
{
	for (int list = 0; list < TOP_LISTS; list++)
		json_decref(top->rows[list]);
	top_model_finish(&top->model);
	top_link_finish(&top->link);
}

/* ---- signals ---- */

static volatile sig_atomic_t ended;

static void end(int number)
{
	(void)number;
	ended = 1;
}

/* They are taken only while top_wait() waits. */
static void catch_signals(sigset_t *ret_before)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = end};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaddset(&set, numbers[i]);
		sigaction(numbers[i], &action, NULL);
	}
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, ret_before);
}

/* ---- the relay ---- */

/* Asks when it is time to, and takes what has come. */
static void look(struct top *top)
{
	int64_t now = now_us();
	json_t *status = top_link_receive(&top->link);

	if (status != NULL && !top->view.paused)
		top_model_add(&top->model, status, now);
	json_decref(status);
	if (top_link_busy(&top->link) && now - top->asked_us > ANSWER_US)
		top_link_give_up(&top->link);
	if (!top_link_busy(&top->link) &&
	    now - top->asked_us >= top->options->interval_s * 1000000) {
		top->asked_us = now;
		top_link_ask(&top->link);
	}
}

/* Until a key is pressed, the relay answers, or it is time to ask. */
static void top_wait(const struct top *top, const sigset_t *signals)
{
	struct pollfd polls[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
				  {.fd = top_link_fd(&top->link), .events = POLLIN}};
	int64_t due_us =
		top->asked_us +
		(top_link_busy(&top->link) ? ANSWER_US : top->options->interval_s * 1000000);
	int64_t left_us = due_us - now_us();
	struct timespec left = {0};

	if (left_us > 0)
		left = (struct timespec){left_us / 1000000, left_us % 1000000 * 1000};
	if (ppoll(polls, 2, &left, signals) > 0 && (polls[0].revents & (POLLHUP | POLLERR)) != 0)
		ended = 1; /* the terminal has gone */
}

/* ---- on a terminal ---- */

static void press_keys(struct top *top)
{
	unsigned key;

	while (top_screen_key(&key)) {
		if (key == 0)
			continue;
		top_view_key(&top->view, top->rows, key);
		take_rows(top);
		top_view_fit(&top->view, top->rows, top_screen_lines());
	}
	if (top->view.kick_viewer >= 0)
		top_link_kick_viewer(&top->link, top->view.kick_viewer, top->view.message);
	if (top->view.kick_publisher[0] != '\0')
		top_link_kick_publisher(&top->link, top->view.kick_publisher, top->view.message);
	top->view.kick_viewer = -1;
	top->view.kick_publisher[0] = '\0';
}

static int run_screen(struct top *top)
{
	sigset_t signals;

	if (screen_open() < 0) {
		log_error("this terminal is none that is known; --count 1 prints a table");
		return COMMAND_FAILED;
	}
	catch_signals(&signals);
	while (!top->view.ended && !ended) {
		look(top);
		screen_resize();
		take_rows(top);
		top_view_fit(&top->view, top->rows, top_screen_lines());
		top_screen_draw(&top->view, &top->model, top->rows, top->link.trouble);
		top_wait(top, &signals);
		press_keys(top);
	}
	screen_close();
	return COMMAND_OK;
}

/* ---- in lines ---- */

static void print_tables(struct top *top)
{
	char line[TOP_LINE_SIZE];

	take_rows(top);
	for (unsigned i = 0; i < TOP_HEAD; i++) {
		top_view_head(&top->model, i, line);
		printf("%s\n", line);
	}
	for (int list = 0; list < TOP_LISTS; list++) {
		if (json_array_size(top->rows[list]) == 0)
			continue;
		printf("\n");
		table_print(stdout, top_columns[list], top->rows[list]);
	}
}

static int look_once(struct top *top)
{
	struct control_client client;
	json_t *status = NULL;
	int error =
		status_connect(&status_of_relay, top->options->control, &client, top->link.trouble);

	if (error < 0)
		return error;
	error = status_ask(&status_of_relay, &client, &status, top->link.trouble);
	control_client_finish(&client);
	if (error == 0)
		top_model_add(&top->model, status, now_us());
	json_decref(status);
	return error;
}

/* The first look shows no rates, so it isn't printed. */
static int run_lines(struct top *top)
{
	const struct timespec pause = {.tv_sec = top->options->interval_s};
	int64_t n = top->options->count > 0 ? top->options->count : 1;

	for (int64_t i = 0; i <= n; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		if (look_once(top) < 0) {
			log_error("%s", top->link.trouble);
			return COMMAND_FAILED;
		}
		if (i == 0)
			continue;
		if (i > 1)
			printf("\n");
		print_tables(top);
		if (fflush(stdout) != 0)
			return COMMAND_FAILED;
	}
	return COMMAND_OK;
}

static int top_main(int argc, char *argv[])
{
	struct top_options options = {0};
	struct top top = {.options = &options, .asked_us = INT64_MIN / 2};
	const struct option_program program = {
		.name = "spillway top",
		.usage = "[OPTION]...",
		.summary = "Shows what a relay does, live: streams, viewers by lag, workers; and "
			   "disconnects viewers and publishers.",
		.rows = rows,
		.fields = &options,
	};
	int status = COMMAND_USAGE;

	options_init(rows, &options);
	if (options_command_line(&program, argc, argv) >= 0) {
		signal(SIGPIPE, SIG_IGN);
		top_link_init(&top.link, options.control);
		top_view_init(&top.view);
		status = options.count > 0 || !isatty(STDOUT_FILENO) ? run_lines(&top)
								     : run_screen(&top);
		top_finish(&top);
	}
	options_finish(rows, &options);
	return status;
}

const struct command top_command = {
	.name = "top",
	.summary = "show what a relay does, live",
	.run = top_main,
};
