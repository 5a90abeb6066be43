/* SPDX-License-Identifier: MIT */
/*
 * For scripts: each line of standard input is said, or is a command; each event is a line of standard output:
 *
 *	TIME PLACE KIND WHO [TEXT]
 *
 * with a '-' for what isn't there, and "locked-" before the kind of what came encrypted; further lines of a message begin with a tab. What the program itself has to say goes to standard error. It ends
 * when the input has ended and all lines were answered; with status 1 when one of them wasn't, or was
 * refused.
 */
#include "viewer/face.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "common/command.h"
#include "common/list.h"
#include "common/log.h"
#include "common/sentence.h"

enum { MAX_LINE = 16384 };

struct lines {
	struct face face;
	struct io_op readable;
	bool cancelled, ended; /* no more comes in */
	bool asks;	       /* the next line is a secret */
	bool hides;	       /* the terminal doesn't show what is typed, … */
	struct termios before; /* … as it did before */
	char in[MAX_LINE + 1];
	size_t len;
};

static struct lines *lines_of(struct face *face)
{
	return list_item(face, struct lines, face);
}

/* ---- in ---- */

static void go_on(struct lines *lines);

static void show_typing(struct lines *lines)
{
	if (lines->hides && tcsetattr(STDIN_FILENO, TCSAFLUSH, &lines->before) == 0)
		fputc('\n', stderr);
	lines->hides = false;
}

static void take_secret(struct lines *lines, struct slice line)
{
	char text[SECRET_MAX + 1];

	/* What is too long stays that. */
	snprintf(text, sizeof(text), "%.*s", (int)line.len, line.data);
	lines->asks = false;
	show_typing(lines);
	chatter_answer(lines->face.chatter, text);
	explicit_bzero(text, sizeof(text));
}

static void take_line(struct lines *lines, struct slice line)
{
	char text[MAX_LINE + 1];

	if (lines->asks) {
		take_secret(lines, line);
		return;
	}
	/* Not what would do something to others' terminals; a tab is a blank. */
	sentence_clean(line, text, sizeof(text));
	chatter_input(lines->face.chatter, text);
}

/* Gives what is complete, as long as there is room for it. Whether any was given. */
static bool take_lines(struct lines *lines)
{
	size_t start = 0;

	while (!lines->cancelled && chatter_ready(lines->face.chatter) && start < lines->len) {
		char *at = lines->in + start;
		char *end = memchr(at, '\n', lines->len - start);
		size_t len = end != NULL ? (size_t)(end - at) : lines->len - start;

		/* The last line may have no end. A line that is too long is cut into several. */
		if (end == NULL && !lines->ended && lines->len - start < MAX_LINE)
			break;
		take_line(lines, (struct slice){at, len});
		start += len + (end != NULL ? 1 : 0);
	}
	lines->len -= start;
	memmove(lines->in, lines->in + start, lines->len);
	return start > 0;
}

static void readable(struct io_op *op, int result)
{
	struct lines *lines = list_item(op, struct lines, readable);
	ssize_t n;

	if (lines->cancelled || result < 0) {
		chatter_settle(lines->face.chatter);
		return;
	}
	n = read(STDIN_FILENO, lines->in + lines->len, MAX_LINE - lines->len);
	if (n > 0)
		lines->len += (size_t)n;
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		lines->ended = true;
	go_on(lines);
}

static void go_on(struct lines *lines)
{
	struct chatter *chatter = lines->face.chatter;

	/* What is said before a room is entered would be lost. */
	if (chatter->place == NULL && chatter->link.n_unanswered > 0)
		return;
	take_lines(lines);
	if (lines->cancelled)
		return;
	if (lines->ended && lines->len == 0 && lines->asks) {
		lines->asks = false;
		chatter_answer(chatter, NULL);
	}
	if (lines->ended && lines->len == 0)
		chatter_leave(chatter);
	else if (!lines->ended && lines->len < MAX_LINE && chatter_ready(chatter) &&
		 !io_busy(&lines->readable))
		io_poll(chatter->io, &lines->readable, STDIN_FILENO, POLLIN, readable);
}

/* ---- out ---- */

static const char *word(const char *text)
{
	return *text != '\0' ? text : "-";
}

static void flush(struct lines *lines)
{
	struct chatter *chatter = lines->face.chatter;

	if (fflush(stdout) == 0)
		return;
	/* Who read it has seen enough. */
	if (errno != EPIPE) {
		chatter->status = COMMAND_FAILED;
		log_error("standard output: %s", strerror(errno));
	}
	chatter_stop(chatter);
}

static void print_text(const char *text)
{
	for (; *text != '\0'; text++) {
		putchar(*text);
		if (*text == '\n')
			putchar('\t');
	}
	putchar('\n');
}

static void event(struct face *face, const struct talk_event *what)
{
	time_t time = (time_t)(what->time_ms / 1000);
	char date[40], whose[ROSTER_NICK_SIZE + 1] = "";
	struct tm parts;

	gmtime_r(&time, &parts);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &parts);
	if (what->kind == TALK_DELETE)
		snprintf(whose, sizeof(whose), " %s", what->whose != NULL ? what->whose : "-");
	printf("%s %s %s%s %s%s%s", date, what->room != NULL ? word(what->room->name) : "-",
	       what->secret ? "locked-" : "", talk_kind_names[what->kind], word(what->who), whose,
	       *what->text != '\0' ? " " : "");
	print_text(what->text);
	flush(lines_of(face));
}

static void notice(struct face *face, const char *sentence, bool is_error)
{
	(void)face;
	if (is_error)
		log_error("%s", sentence);
	else
		log_info("%s", sentence);
}

static void ask(struct face *face, const char *prompt)
{
	struct lines *lines = lines_of(face);
	struct termios quiet;

	lines->asks = true;
	if (tcgetattr(STDIN_FILENO, &lines->before) < 0)
		return; /* a script */
	quiet = lines->before;
	quiet.c_lflag &= (tcflag_t)~ECHO;
	lines->hides = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
	fputs(prompt, stderr);
}

static void changed(struct face *face)
{
	go_on(lines_of(face));
}

static void read_elsewhere(struct face *face, struct talk_room *room)
{
	(void)face;
	(void)room;
}

static void closing(struct face *face, struct talk_room *room)
{
	(void)face;
	(void)room;
}

static void signal_came(struct face *face, int number)
{
	(void)face;
	if (number == SIGTSTP)
		raise(SIGSTOP);
}

/* ---- from start to end ---- */

static int open_lines(struct chatter *chatter, struct face **ret_face)
{
	struct lines *lines = calloc(1, sizeof(*lines));

	if (lines == NULL)
		return -ENOMEM;
	lines->face = (struct face){.type = &face_lines, .chatter = chatter};
	*ret_face = &lines->face;
	return 0;
}

static void cancel(struct face *face)
{
	struct lines *lines = lines_of(face);

	lines->cancelled = true;
	show_typing(lines);
	io_cancel(face->chatter->io, &lines->readable);
}

static bool busy(const struct face *face)
{
	return io_busy(&((const struct lines *)(const void *)face)->readable);
}

static void close_lines(struct face *face)
{
	struct chatter *chatter = face->chatter;

	if (chatter->refused > 0 || chatter->in_doubt > 0)
		chatter->status = COMMAND_FAILED;
	explicit_bzero(lines_of(face)->in, MAX_LINE);
	free(lines_of(face));
}

const struct face_type face_lines = {
	.open = open_lines,
	.event = event,
	.notice = notice,
	.ask = ask,
	.changed = changed,
	.read = read_elsewhere,
	.closing = closing,
	.signal = signal_came,
	.cancel = cancel,
	.busy = busy,
	.close = close_lines,
};
