/* SPDX-License-Identifier: MIT */
/*
 * What the it_* tests share: they start the real programs on loopback and use real clients.
 *
 * A test is a function of a struct harness, which is made before it and ended after it, whether it
 * failed or not: all clients are closed, all programs are ended, the folder is removed. The log of
 * every program is printed when the test failed. A relay that still runs then gets SIGTERM, and
 * must exit with 0: it asserts that it has returned all memory.
 *
 * Waiting is for events. HARNESS_DEADLINE_S only keeps a broken program from hanging the tests; no
 * test may depend on how long something takes.
 */
#ifndef SPILLWAY_HARNESS_H
#define SPILLWAY_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

enum { HARNESS_DEADLINE_S = 60, HARNESS_MAX_PROGRAMS = 64 };

struct client; /* tests/harness_client.h */

struct program {
	struct harness *harness;
	char name[64];
	pid_t pid;
	bool ended;	   /* and reaped; `status` is set */
	int status;	   /* its exit status, or 128 + the signal that ended it */
	char out[128];	   /* the file with its standard output */
	char err[128];	   /* the file with its standard error: the log of our programs */
	bool drains;	   /* a relay: must exit with 0 on SIGTERM */
	char command[512]; /* for people */
	char **words;	   /* … and for starting it: the harness's memory */
};

struct harness {
	const char *io;	  /* "uring" or "epoll": for --io */
	char folder[64];  /* this test's own; removed at its end */
	char build[4096]; /* where our programs are */
	/* Words before the command of each program that is started ("ip", "netns", "exec", …), with
	 * a NULL at the end; NULL: none. Borrowed. */
	const char *const *prefix;
	struct program programs[HARNESS_MAX_PROGRAMS];
	size_t n_programs;
	struct client *clients; /* a list */
	void *memory;		/* a list; freed at the end */
	void (*test)(struct harness *harness);
	bool passed, skipped;
};

struct harness_case {
	void (*test)(struct harness *harness);
	const char *io;
};

int harness_setup(void **state);
void harness_run(void **state);
int harness_teardown(void **state);
/* argv[1], where there is one, is a pattern of test names ('*', '?'). Returns main()'s status. */
int harness_main(const struct CMUnitTest *tests, size_t n, int argc, char *argv[]);

/* A row of a test table: the test on one back end, or on both. */
#define HARNESS_TEST_ON(name, backend)                                                             \
	{                                                                                          \
#name " (" backend ")", harness_run, harness_setup, harness_teardown,              \
			&(struct harness_case)                                                     \
		{                                                                                  \
			name, backend                                                              \
		}                                                                                  \
	}
#define HARNESS_TEST(name) HARNESS_TEST_ON(name, "uring"), HARNESS_TEST_ON(name, "epoll")

/* Ends the test as skipped. */
void harness_skip(struct harness *harness, const char *why) __attribute__((noreturn));
/* Fails the test with a sentence. */
void harness_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* ---- waiting ---- */

int64_t harness_now_us(void);	   /* a monotonic clock */
int64_t harness_deadline_us(void); /* HARNESS_DEADLINE_S from now */
/* Sleeps for a moment; fails the test, naming what it waits for, after the deadline. */
void harness_pause(int64_t deadline_us, const char *what, const char *file, int line);

#define wait_for(condition)                                                                        \
	do {                                                                                       \
		int64_t wait_until_us = harness_deadline_us();                                     \
                                                                                                   \
		while (!(condition))                                                               \
			harness_pause(wait_until_us, #condition, __FILE__, __LINE__);              \
	} while (0)

/* ---- memory and files, the harness's: valid until the test's end ---- */

void *harness_alloc(struct harness *harness, size_t size);
char *harness_format(struct harness *harness, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The path of a file of that name in the test's folder. */
char *harness_path(struct harness *harness, const char *name);
/* Writes it there, and returns its path. */
char *harness_write(struct harness *harness, const char *name, const void *data, size_t len);
/* A file's content with a NUL behind it; "" where there is no such file. */
char *harness_read(struct harness *harness, const char *path, size_t *ret_len);
/* How often a file contains the text; 0 where there is no such file. */
size_t harness_count(const char *path, const char *text);

/* ---- programs ---- */

/* Starts a program with arguments up to a NULL: one of ours by its name ("spillway-relay"), others
 * from $PATH ("ffmpeg"). Its standard input is empty. */
struct program *program_start(struct harness *harness, const char *name, ...)
	__attribute__((sentinel));
struct program *program_start_v(struct harness *harness, const char *const argv[]);
/* Starts it, waits for its end, and fails the test when its exit status isn't 0. */
struct program *program_run(struct harness *harness, const char *name, ...)
	__attribute__((sentinel));

/* Starts it again, by the same command, when it has ended; what it writes follows what it wrote. */
void program_restart(struct program *program);

void program_signal(const struct program *program, int signal); /* SIGSTOP, SIGKILL, … */
bool program_has_ended(struct program *program);
/* Waits for its end: its exit status, or 128 + the signal. */
int program_wait(struct program *program);
/* SIGKILL, and waits. Nothing when it has ended. */
void program_kill(struct program *program);

/* What it wrote so far: the harness's memory. */
char *program_log(const struct program *program);    /* standard error */
char *program_output(const struct program *program); /* standard output */
/* Waits for the text in its standard error; fails when it ends without. */
void program_wait_log(struct program *program, const char *text);
/* How often the text is there so far. */
size_t program_count_log(const struct program *program, const char *text);

/* ---- the relay ---- */

struct relay {
	struct harness *harness;
	struct program *program;
	uint16_t port;
	char *control; /* the control socket's path */
};

/*
 * Starts spillway-relay on this test's back end, and waits until it listens. Options up to a NULL.
 * Where they don't say otherwise: --listen 127.0.0.1:0, --workers 2, --config /dev/null, a control
 * socket in the test's folder. Skips the test where the kernel doesn't allow the back end.
 */
struct relay *relay_start(struct harness *harness, ...) __attribute__((sentinel));
/* Writes a configuration file with this text, for "--config". */
char *relay_config(struct harness *harness, const char *text);
/* "http://127.0.0.1:PORT" and what is added; "spillway://…" */
char *relay_http(const struct relay *relay, const char *path);
char *relay_url(const struct relay *relay, const char *stream);
/* SIGTERM; fails the test when it doesn't exit with 0. */
void relay_stop(struct relay *relay);

#endif
