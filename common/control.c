/* SPDX-License-Identifier: MIT */
#include "common/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* ---- places
 * ------------------------------------------------------------------------------------ */

__attribute__((format(printf, 2, 3))) static int format_path(char ret_path[CONTROL_PATH_SIZE],
							     const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(ret_path, CONTROL_PATH_SIZE, format, arguments);
	va_end(arguments);
	return n < 0 || n >= CONTROL_PATH_SIZE ? -ENAMETOOLONG : 0;
}

static int folder_system(char ret_folder[CONTROL_PATH_SIZE])
{
	return format_path(ret_folder, "/run/spillway");
}

static int folder_session(char ret_folder[CONTROL_PATH_SIZE])
{
	const char *base = getenv("XDG_RUNTIME_DIR");

	if (base == NULL || base[0] != '/') /* the specification wants others ignored */
		return -ENOENT;
	return format_path(ret_folder, "%s/spillway", base);
}

static int folder_user(char ret_folder[CONTROL_PATH_SIZE])
{
	return format_path(ret_folder, "/tmp/spillway-%lu", (unsigned long)geteuid());
}

static const struct place {
	int (*folder)(char ret_folder[CONTROL_PATH_SIZE]);
	mode_t mode;
	bool is_shared; /* anybody may have made a folder of that name there */
} places[] = {
	{folder_system, 0755, false},
	{folder_session, 0700, false},
	{folder_user, 0700, true},
};
enum { N_PLACES = sizeof(places) / sizeof(places[0]) };

static int place_check(const struct place *place, const char *folder)
{
	struct stat status;

	if (!place->is_shared)
		return 0;
	/* Not stat(): somebody's link may lead to a folder of ours. */
	if (lstat(folder, &status) < 0)
		return -errno;
	if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid() ||
	    (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return -EPERM;
	return 0;
}

static int place_make(const struct place *place, const char *folder)
{
	int result;

	if (mkdir(folder, place->mode) < 0 && errno != EEXIST)
		return -errno;
	result = place_check(place, folder);
	if (result < 0)
		return result;
	return faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

static int join(const char *folder, const char *name, char ret_path[CONTROL_PATH_SIZE])
{
	return format_path(ret_path, "%s/%s", folder, name);
}

int control_server_path(const char *wish, const char *name, char ret_path[CONTROL_PATH_SIZE])
{
	char folder[CONTROL_PATH_SIZE];
	int result = -ENOENT;

	if (wish != NULL)
		return format_path(ret_path, "%s", wish);
	for (size_t i = 0; i < N_PLACES; i++) {
		result = places[i].folder(folder);
		if (result == 0)
			result = place_make(&places[i], folder);
		if (result == 0)
			result = join(folder, name, ret_path);
		if (result == 0)
			return 0;
	}
	return result;
}

/* ---- connecting
 * -------------------------------------------------------------------------------- */

static int set_send_timeout(int fd)
{
	const struct timeval limit = {.tv_sec = CONTROL_TIMEOUT_MS / 1000,
				      .tv_usec = CONTROL_TIMEOUT_MS % 1000 * 1000};

	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ? -errno : 0;
}

static int connect_path(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, result;

	/* It fits, and with its NUL: CONTROL_PATH_SIZE. */
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* A server whose backlog is full would hold us without limit. */
	result = set_send_timeout(fd);
	if (result == 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		result = errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (result == 0)
		return fd;
	close(fd);
	return result;
}

int control_client_path(const char *wish, const char *name, size_t i,
			char ret_path[CONTROL_PATH_SIZE])
{
	char folder[CONTROL_PATH_SIZE];
	int result;

	ret_path[0] = '\0';
	if (i >= (wish != NULL ? 1 : N_PLACES))
		return -ERANGE;
	if (wish != NULL)
		return format_path(ret_path, "%s", wish);
	result = places[i].folder(folder);
	if (result == 0)
		result = join(folder, name, ret_path);
	return result == 0 ? place_check(&places[i], folder) : result;
}

int control_connect(const char *wish, const char *name, char ret_path[CONTROL_PATH_SIZE])
{
	char path[CONTROL_PATH_SIZE];
	int worst = -ENOENT, result;

	ret_path[0] = '\0';
	for (size_t i = 0; (result = control_client_path(wish, name, i, path)) != -ERANGE; i++) {
		if (result == 0)
			result = connect_path(path);
		if (result >= 0 || (worst == -ENOENT && path[0] != '\0'))
			memcpy(ret_path, path, sizeof(path));
		if (result >= 0)
			return result;
		if (worst == -ENOENT)
			worst = result;
	}
	return worst;
}

/* ---- conversation
 * ------------------------------------------------------------------------------ */

void control_client_init(struct control_client *client, int fd)
{
	*client = (struct control_client){.fd = fd};
	/* Without it a send merely has no limit. */
	(void)set_send_timeout(fd);
}

void control_client_finish(struct control_client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	free(client->buffer);
	*client = (struct control_client){.fd = -1};
}

static int send_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int control_send(struct control_client *client, const json_t *request)
{
	size_t len = json_dumpb(request, NULL, 0, JSON_COMPACT);
	char *line;
	int result;

	if (len == 0)
		return -EINVAL;
	line = malloc(len + 1);
	if (line == NULL)
		return -ENOMEM;
	json_dumpb(request, line, len, JSON_COMPACT);
	line[len] = '\n';
	result = send_all(client->fd, line, len + 1);
	free(line);
	return result;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int wait_readable(int fd, int timeout_ms, int64_t deadline_ms)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	int left = -1, n;

	do {
		if (timeout_ms >= 0) {
			int64_t ms = deadline_ms - now_ms();

			left = ms > 0 ? (int)ms : 0;
		}
		n = poll(&wait, 1, left);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == 0 ? -ETIMEDOUT : 0;
}

/* Receives what there is behind what is in the buffer. */
static int fill(struct control_client *client)
{
	ssize_t n;

	if (client->len == client->size) {
		size_t size = client->size > 0 ? 2 * client->size : 4096;
		char *buffer;

		if (client->size > CONTROL_MAX_LINE)
			return -EMSGSIZE;
		buffer = realloc(client->buffer, size);
		if (buffer == NULL)
			return -ENOMEM;
		client->buffer = buffer;
		client->size = size;
	}
	do {
		n = recv(client->fd, client->buffer + client->len, client->size - client->len, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	client->len += (size_t)n;
	return n == 0 ? -EPIPE : 0;
}

/* Takes the line of so many bytes, and its LF, out of the buffer. */
static int take_line(struct control_client *client, size_t len, json_t **ret_reply)
{
	json_t *reply = json_loadb(client->buffer, len, 0, NULL);

	client->len -= len + 1;
	memmove(client->buffer, client->buffer + len + 1, client->len);
	if (reply == NULL)
		return -EBADMSG;
	*ret_reply = reply;
	return 0;
}

int control_receive(struct control_client *client, int timeout_ms, json_t **ret_reply)
{
	const int64_t deadline_ms = now_ms() + timeout_ms;
	size_t seen = 0; /* bytes without a line's end */

	for (;;) {
		const char *end = client->len > seen
					  ? memchr(client->buffer + seen, '\n', client->len - seen)
					  : NULL;
		int result;

		if (end != NULL && end - client->buffer <= CONTROL_MAX_LINE)
			return take_line(client, (size_t)(end - client->buffer), ret_reply);
		if (end != NULL || client->len > CONTROL_MAX_LINE)
			return -EMSGSIZE;
		seen = client->len;
		result = wait_readable(client->fd, timeout_ms, deadline_ms);
		if (result == 0)
			result = fill(client);
		if (result < 0)
			return result;
	}
}
