/* SPDX-License-Identifier: MIT */
/* The terminal output on a pseudo terminal, whose other side reads when it likes. */
#include "viewer/output.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <turbojpeg.h>
#include <unistd.h>

#include <cmocka.h>

/* The picture of 2 : 1 fills it, but for the line of words. */
enum { COLUMNS = 200, ROWS = 51, FRAMES = 25 };

#define ENTER "\033[?1049h"
#define LEAVE "\033[?1049l"

/* ---- the side that draws, in a process of its own ---- */

static struct io *io;
static struct output *term;
static struct io_op timer;

static void released(struct output *output, int result)
{
	(void)output;
	if (result != -ECANCELED)
		_exit(1);
	io_stop(io);
}

static struct output_host host = {.title = "cam", .released = released};

/* One colour at the left, another one at the right; their red says which frame it is. */
static void draw(int number)
{
	static uint8_t rgb[64 * 32 * 3];
	struct frame frame = {.header = {.flags = WIRE_KEY}};
	tjhandle encoder = tjInitCompress();
	unsigned long len = 0;
	uint8_t *data = NULL;

	for (size_t i = 0; i < sizeof(rgb); i += 3) {
		rgb[i] = (uint8_t)(number * 8);
		rgb[i + 2] = i / 3 % 64 < 32 ? 255 : 0;
	}
	if (tjCompress2(encoder, rgb, 64, 0, 32, TJPF_RGB, &data, &len, TJSAMP_444, 95, 0) < 0)
		_exit(1);
	frame.data = data;
	frame.header.length = (uint32_t)len;
	if (term->type->frame(term, &frame) != OUTPUT_TAKEN)
		_exit(1);
	tjFree(data);
	tjDestroy(encoder);
}

static void look(struct io_op *op, int result)
{
	(void)result;
	if (term->type->busy(term))
		io_timer(io, op, io_now_us(io) + 1000, look);
	else
		io_stop(io);
}

static void drain(void)
{
	io_timer(io, &timer, 0, look);
	if (io_run(io) != 0)
		_exit(1);
}

static void begin(int tty)
{
	const char *why;

	dup2(tty, STDOUT_FILENO);
	if (io_create(&io, IO_BACKEND_AUTO, &why) < 0)
		_exit(1);
	host.io = io;
	if (output_term.open(&host, "-", &term) < 0)
		_exit(1);
}

static void end(void)
{
	term->type->close(term);
	free(term);
	io_destroy(io);
	_exit(0);
}

static void child_draws_two(int tty)
{
	begin(tty);
	draw(3);
	drain();
	draw(5);
	term->type->status(term, "thirty frames");
	drain();
	end();
}

static void child_is_faster(int tty)
{
	begin(tty);
	for (int i = 0; i < FRAMES; i++)
		draw(i);
	if (!term->type->busy(term) || term->skipped == 0)
		_exit(1);
	kill(getppid(), SIGUSR1); /* now read */
	drain();
	if (term->skipped >= FRAMES - 1)
		_exit(1);
	end();
}

static void child_is_cut_short(int tty)
{
	begin(tty);
	for (int i = 0; i < FRAMES; i++)
		draw(i);
	if (!term->type->busy(term))
		_exit(1);
	term->type->cancel(term);
	if (io_run(io) != 0 || term->type->busy(term))
		_exit(1);
	kill(getppid(), SIGUSR1);
	end();
}

static void child_draws_rubbish(int tty)
{
	static const uint8_t bytes[] = "this is no picture";
	struct frame frame = {.header = {.length = sizeof(bytes)}, .data = bytes};

	begin(tty);
	if (term->type->frame(term, &frame) != OUTPUT_TAKEN)
		_exit(1);
	draw(7);
	drain();
	end();
}

/* ---- the side that reads ---- */

/* Runs the child on a terminal; once it says so, or ends, or at once, reads all it has drawn. */
static char *run(void (*child)(int tty), bool wait, size_t *ret_len)
{
	const struct winsize size = {.ws_row = ROWS, .ws_col = COLUMNS};
	size_t room = 16 << 20;
	char *text = calloc(1, room);
	struct termios before, after;
	sigset_t go;
	int master, tty, status, number;
	pid_t pid;

	sigemptyset(&go);
	sigaddset(&go, SIGUSR1);
	sigaddset(&go, SIGCHLD); /* a child that failed doesn't say it */
	sigprocmask(SIG_BLOCK, &go, NULL);
	while (sigtimedwait(&go, NULL, &(struct timespec){0}) > 0)
		;
	assert_int_equal(openpty(&master, &tty, NULL, NULL, &size), 0);
	assert_int_equal(tcgetattr(tty, &before), 0);
	pid = fork();
	if (pid == 0) {
		close(master);
		child(tty);
	}
	if (wait)
		assert_int_equal(sigwait(&go, &number), 0);
	*ret_len = 0;
	for (;;) {
		struct pollfd ready = {.fd = master, .events = POLLIN};

		/* We hold the other side open, too, so there is no end of it to see. */
		if (poll(&ready, 1, 10) > 0) {
			ssize_t n = read(master, text + *ret_len, room - *ret_len - 1);

			assert_true(n > 0);
			*ret_len += (size_t)n;
		} else if (waitpid(pid, &status, WNOHANG) == pid) {
			break;
		}
	}
	assert_int_equal(status, 0);
	assert_int_equal(tcgetattr(tty, &after), 0);
	assert_int_equal(after.c_lflag, before.c_lflag);
	close(master);
	close(tty);
	return text;
}

/* The red of the last colour that was set. */
static int last_red(char *text)
{
	char *at = text, *last = NULL;
	int red = -1;

	while ((at = strstr(at, ";2;")))
		last = at++;
	assert_non_null(last);
	assert_int_equal(sscanf(last, ";2;%d;", &red), 1);
	return red;
}

static void assert_left(const char *text, size_t len)
{
	const char *leave = strstr(text, LEAVE);

	assert_non_null(strstr(text, ENTER));
	assert_non_null(leave);
	assert_ptr_equal(leave + strlen(LEAVE), text + len);
}

static void test_pictures_and_words_are_shown_and_the_terminal_put_back(void **state)
{
	size_t len;
	char *text = run(child_draws_two, false, &len);

	(void)state;
	assert_left(text, len);
	assert_in_range(last_red(text), 5 * 8 - 3, 5 * 8 + 3);
	assert_non_null(strstr(text, "\033[51;1H\033[0m\033[Kthirty frames"));
	free(text);
}

static void test_a_slow_terminal_gets_the_newest_frame(void **state)
{
	size_t len;
	char *text = run(child_is_faster, true, &len);

	(void)state;
	assert_left(text, len);
	assert_in_range(last_red(text), (FRAMES - 1) * 8 - 3, (FRAMES - 1) * 8 + 3);
	free(text);
}

static void test_drawing_can_be_cut_short(void **state)
{
	size_t len;
	char *text = run(child_is_cut_short, true, &len);

	(void)state;
	assert_left(text, len);
	free(text);
}

static void test_rubbish_is_skipped(void **state)
{
	size_t len;
	char *text = run(child_draws_rubbish, false, &len);

	(void)state;
	assert_left(text, len);
	assert_in_range(last_red(text), 7 * 8 - 3, 7 * 8 + 3);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pictures_and_words_are_shown_and_the_terminal_put_back),
		cmocka_unit_test(test_a_slow_terminal_gets_the_newest_frame),
		cmocka_unit_test(test_drawing_can_be_cut_short),
		cmocka_unit_test(test_rubbish_is_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
