/* SPDX-License-Identifier: MIT */
#include "bench/crowd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/clock.h"

enum {
	EVENTS = 512,
	INPUT_SIZE = 64 * 1024,
	NUMBER_LEN = 10, /* at the end of a message's text */
	SETTLED_MS = 300,
	PATIENCE_MS = 20000, /* so long nothing comes: something is wrong */
};

enum crowd_answer { CROWD_NOTHING, CROWD_WELCOME, CROWD_NAMES };

/* What ends an answer: one of these numerics. */
static const char *const ends[][2] = {
	[CROWD_WELCOME] = {"376", "422"}, /* the message of the day's, or that there is none */
	[CROWD_NAMES] = {"366", "366"},
};

static int fail(struct crowd *crowd, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct crowd *crowd, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(crowd->why, sizeof(crowd->why), format, arguments);
	va_end(arguments);
	return error;
}

/* ---- saying something ---- */

static int say(struct crowd *crowd, struct crowd_client *client, const char *text, size_t len)
{
	ssize_t n = send(client->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n == (ssize_t)len)
		return 0;
	return fail(crowd, n < 0 ? -errno : -EAGAIN, "a client can't send: %s",
		    n < 0 ? strerror(errno) : "the server takes nothing");
}

/* "PRIVMSG #bench0 :xxx…0000000042" */
static size_t write_message(const struct crowd *crowd, char *to, uint64_t number)
{
	size_t len = (size_t)sprintf(to, "PRIVMSG #bench0 :");

	memset(to + len, 'x', crowd->text_len - NUMBER_LEN);
	len += crowd->text_len - NUMBER_LEN;
	return len + (size_t)sprintf(to + len, "%0*" PRIu64 "\r\n", NUMBER_LEN, number);
}

/* As many as the window lets; one sender's in one piece. */
static int fill_window(struct crowd *crowd)
{
	static char text[CROWD_MAX_WINDOW * (CROWD_MAX_TEXT + 32)];
	size_t len = 0;
	int error = 0;

	while (error == 0 && crowd->sent < crowd->arrived + crowd->window) {
		struct crowd_client *sender = &crowd->clients[crowd->sent % crowd->n_senders];

		len += write_message(crowd, text + len, crowd->sent++);
		if (crowd->n_senders == 1 && crowd->sent < crowd->arrived + crowd->window)
			continue;
		error = say(crowd, sender, text, len);
		len = 0;
	}
	return error;
}

/* ---- lines that come ---- */

static void count(struct crowd *crowd, struct crowd_client *client, size_t n)
{
	crowd->deliveries += n;
	if ((size_t)(client - crowd->clients) < crowd->n_senders) {
		client->n_messages += n;
		return;
	}
	while (n-- > 0)
		crowd->passed[client->n_messages++ % crowd->window]++;
	while (crowd->passed[crowd->arrived % crowd->window] == crowd->n - crowd->n_senders)
		crowd->passed[crowd->arrived++ % crowd->window] = 0;
}

/* Of one sender they come in order, each once. */
static void check_message(struct crowd *crowd, struct crowd_client *client, const char *line,
			  size_t len)
{
	uint64_t number;

	if (len < NUMBER_LEN || strstr(line, " PRIVMSG ") == NULL ||
	    sscanf(line + len - NUMBER_LEN, "%" SCNu64, &number) != 1 || number >= crowd->sent) {
		crowd->faults++;
		return;
	}
	uint64_t *newest = &client->newest[number % crowd->n_senders];
	if (number + 1 !=
	    (*newest == 0 ? number % crowd->n_senders + 1 : *newest + crowd->n_senders))
		crowd->faults++;
	*newest = number + 1;
}

static int take_line(struct crowd *crowd, struct crowd_client *client, char *line, size_t len)
{
	const char *numeric = strchr(line, ' ');

	if (strncmp(line, "PING ", 5) == 0) {
		line[1] = 'O';
		line[len] = '\n';
		return say(crowd, client, line, len + 1);
	}
	if (crowd->talking) {
		check_message(crowd, client, line, len);
		return 0;
	}
	if (strncmp(line, "ERROR ", 6) == 0)
		return fail(crowd, -ECONNREFUSED, "the server says: %.200s", line);
	if (client->waits_for == CROWD_NOTHING || numeric == NULL)
		return 0;
	const char *const *end = ends[client->waits_for];
	if (strncmp(numeric + 1, end[0], 3) == 0 || strncmp(numeric + 1, end[1], 3) == 0) {
		client->waits_for = CROWD_NOTHING;
		crowd->n_answered++;
	}
	return 0;
}

/* Puts lines together; how many ended. */
static int take_lines(struct crowd *crowd, struct crowd_client *client, const char *input,
		      size_t len)
{
	int n = 0, error = 0;

	while (len > 0 && error == 0) {
		const char *end = memchr(input, '\n', len);
		size_t part = end != NULL ? (size_t)(end - input) + 1 : len;
		size_t room = CROWD_LINE_SIZE - 1 - client->n_line;

		memcpy(client->line + client->n_line, input, part < room ? part : room);
		client->n_line = (uint16_t)(client->n_line + (part < room ? part : room));
		input += part;
		len -= part;
		if (end == NULL)
			break;
		n++;
		size_t n_line = client->n_line - 1u;
		if (n_line > 0 && client->line[n_line - 1] == '\r')
			n_line--;
		client->line[n_line] = '\0';
		client->n_line = 0;
		error = take_line(crowd, client, client->line, n_line);
	}
	return error < 0 ? error : n;
}

static size_t count_lines(const char *input, size_t len)
{
	const char *at = input, *end;
	size_t n = 0;

	while ((end = memchr(at, '\n', len - (size_t)(at - input))) != NULL) {
		at = end + 1;
		n++;
	}
	return n;
}

static int receive(struct crowd *crowd, struct crowd_client *client)
{
	static char input[INPUT_SIZE];
	ssize_t n = recv(client->fd, input, sizeof(input), MSG_DONTWAIT);
	int lines;

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return fail(crowd, -EPIPE, "the server has closed a connection");
	if (crowd->talking && !client->checked) {
		count(crowd, client, count_lines(input, (size_t)n));
		return 0;
	}
	lines = take_lines(crowd, client, input, (size_t)n);
	if (lines > 0 && crowd->talking)
		count(crowd, client, (size_t)lines);
	return lines < 0 ? lines : 0;
}

/* What has come, waiting for it for so long at most: how many had something. */
static int turn(struct crowd *crowd, int wait_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(crowd->epoll, events, EVENTS, wait_ms);

	for (int i = 0; i < n; i++) {
		int error = receive(crowd, &crowd->clients[events[i].data.u32]);

		if (error < 0)
			return error;
	}
	return n < 0 ? -errno : n;
}

static int await_answers(struct crowd *crowd, size_t n)
{
	while (crowd->n_answered < n) {
		int events = turn(crowd, PATIENCE_MS);

		if (events < 0)
			return events;
		if (events == 0)
			return fail(crowd, -ETIMEDOUT, "only %zu of %zu clients got an answer",
				    crowd->n_answered, n);
	}
	return 0;
}

/* ---- coming ---- */

static int open_client(struct crowd *crowd, size_t i)
{
	struct crowd_client *client = &crowd->clients[i];
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
	char text[128];

	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 ||
	    connect(client->fd, (const struct sockaddr *)&crowd->server, sizeof(crowd->server)) <
		    0 ||
	    epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, client->fd, &event) < 0)
		return fail(crowd, -errno, "a client can't connect: %s", strerror(errno));
	client->waits_for = CROWD_WELCOME;
	return say(crowd, client, text,
		   (size_t)sprintf(text, "NICK b%zu\r\nUSER bench 0 * :bench\r\n", i));
}

int crowd_register(struct crowd *crowd, size_t at_once)
{
	int error = 0;

	crowd->n_answered = 0;
	for (size_t i = 0; i < crowd->n && error == 0; i++) {
		error = open_client(crowd, i);
		if (error == 0 && i + 2 > at_once)
			error = await_answers(crowd, i + 2 - at_once);
	}
	return error < 0 ? error : await_answers(crowd, crowd->n);
}

int crowd_join(struct crowd *crowd, size_t room_size, size_t at_once)
{
	int error = 0;

	crowd->n_answered = 0;
	for (size_t i = 0; i < crowd->n && error == 0; i++) {
		char text[64];
		int len = sprintf(text, "JOIN #bench%zu\r\n", i / room_size);

		crowd->clients[i].waits_for = CROWD_NAMES;
		error = say(crowd, &crowd->clients[i], text, (size_t)len);
		if (error == 0 && i + 2 > at_once)
			error = await_answers(crowd, i + 2 - at_once);
	}
	return error < 0 ? error : await_answers(crowd, crowd->n);
}

int crowd_settle(struct crowd *crowd)
{
	int n;

	do
		n = turn(crowd, SETTLED_MS);
	while (n > 0);
	return n;
}

/* ---- talking ---- */

void crowd_begin(struct crowd *crowd, size_t n_senders, size_t window, size_t text_len)
{
	crowd->talking = true;
	crowd->n_senders = n_senders;
	crowd->window = window;
	crowd->text_len = text_len;
}

int crowd_talk(struct crowd *crowd, int64_t time_us)
{
	int64_t until_us = clock_us(CLOCK_MONOTONIC) + time_us;
	int error = 0;

	while (error == 0 && clock_us(CLOCK_MONOTONIC) < until_us) {
		error = fill_window(crowd);
		if (error == 0)
			error = turn(crowd, PATIENCE_MS);
		if (error == 0)
			return fail(crowd, -ETIMEDOUT, "message %" PRIu64 " has not come to all",
				    crowd->arrived);
		if (error > 0)
			error = 0;
	}
	return error;
}

/* ---- the crowd itself ---- */

int crowd_init(struct crowd *crowd, const struct sockaddr_in *server, size_t n)
{
	*crowd = (struct crowd){.server = *server, .n = n, .epoll = epoll_create1(EPOLL_CLOEXEC)};
	if (crowd->epoll < 0)
		return -errno;
	crowd->clients = calloc(n, sizeof(*crowd->clients));
	if (crowd->clients == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct crowd_client *client = &crowd->clients[i];

		client->fd = -1;
		client->checked = i % CROWD_CHECKED == CROWD_CHECKED - 1;
		if (client->checked)
			client->newest = calloc(CROWD_MAX_SENDERS, sizeof(*client->newest));
		if (client->checked && client->newest == NULL)
			return -ENOMEM;
	}
	return 0;
}

void crowd_finish(struct crowd *crowd)
{
	for (size_t i = 0; crowd->clients != NULL && i < crowd->n; i++) {
		if (crowd->clients[i].fd >= 0)
			close(crowd->clients[i].fd);
		free(crowd->clients[i].newest);
	}
	free(crowd->clients);
	close(crowd->epoll);
}
