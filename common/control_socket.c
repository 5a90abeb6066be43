/* SPDX-License-Identifier: MIT */
#include "common/control_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/control.h"
#include "common/list.h"
#include "common/log.h"

enum { PAUSE_US = 100000 }; /* when descriptors have run out */

struct control_socket {
	struct io *io;
	const struct control_service *service;
	void *context;
	char path[CONTROL_PATH_SIZE];
	bool adopted; /* the file is somebody else's */
	int fd;
	struct io_op accept;
	struct list clients;
	size_t n_clients;
	bool ending;
};

struct client {
	struct list link;
	struct control_socket *socket;
	int fd;
	struct io_op in, out;
	bool closing;
	bool last;		   /* it is closed when all was sent */
	bool reading_lines;	   /* so it isn't freed now, nor are lines read from inside */
	unsigned kinds;		   /* of the events that it has subscribed to */
	struct control_call *call; /* what it waits for */
	char line[CONTROL_MAX_REQUEST];
	size_t line_len;
	char *waiting; /* what is still to be sent; grows as needed, up to the limit */
	size_t waiting_len;
	char *sending; /* what `out` is sending */
	size_t sending_len, sent;
};

struct control_call {
	struct client *client; /* NULL: has gone meanwhile */
	void *context;
};

/* ---- coming and going ---- */

static void check_gone(struct control_socket *socket)
{
	const struct control_service *service = socket->service;
	void *context = socket->context;

	if (!socket->ending || io_busy(&socket->accept) || socket->n_clients > 0)
		return;
	io_close(socket->io, socket->fd);
	free(socket);
	service->gone(context);
}

static void client_check_gone(struct client *client)
{
	struct control_socket *socket = client->socket;

	if (!client->closing || client->reading_lines || io_busy(&client->in) ||
	    io_busy(&client->out))
		return;
	io_close(socket->io, client->fd);
	list_remove(&client->link);
	if (client->call != NULL)
		client->call->client = NULL;
	socket->n_clients--;
	free(client->waiting);
	free(client->sending);
	free(client);
	check_gone(socket);
}

/* Ends its operations; it is freed when they have ended. */
static void client_cancel(struct client *client)
{
	client->closing = true;
	io_cancel(client->socket->io, &client->in);
	io_cancel(client->socket->io, &client->out);
}

static void client_close(struct client *client)
{
	client_cancel(client);
	client_check_gone(client);
}

/* ---- sending ---- */

static void client_sent(struct io_op *op, int result);

static void client_flush(struct client *client)
{
	if (io_busy(&client->out))
		return;
	if (client->sent == client->sending_len) {
		free(client->sending);
		client->sending = client->waiting;
		client->sending_len = client->waiting_len;
		client->sent = 0;
		client->waiting = NULL;
		client->waiting_len = 0;
	}
	if (client->sending != NULL)
		io_send(client->socket->io, &client->out, client->fd,
			client->sending + client->sent, client->sending_len - client->sent, 0,
			client_sent);
}

static void client_sent(struct io_op *op, int result)
{
	struct client *client = list_item(op, struct client, out);

	if (client->closing || result < 0) {
		client_close(client);
		return;
	}
	client->sent += (size_t)result;
	client_flush(client);
	if (client->last && !io_busy(&client->out))
		client_close(client);
}

/* A client that doesn't read is cancelled when too much waits for it. */
static void client_say(struct client *client, const json_t *message)
{
	char *text = message != NULL ? json_dumps(message, JSON_COMPACT) : NULL;
	size_t len = text != NULL ? strlen(text) : 0;
	char *waiting = NULL;

	if (text != NULL &&
	    (client->waiting_len == 0 || client->waiting_len + len <= CONTROL_MAX_WAITING))
		waiting = realloc(client->waiting, client->waiting_len + len + 1);
	if (waiting == NULL) {
		free(text);
		client_cancel(client);
		return;
	}
	memcpy(waiting + client->waiting_len, text, len);
	waiting[client->waiting_len + len] = '\n';
	client->waiting = waiting;
	client->waiting_len += len + 1;
	free(text);
	client_flush(client);
}

static void client_refuse(struct client *client, const char *sentence)
{
	json_t *reply = control_failure(sentence);

	client_say(client, reply);
	json_decref(reply);
}

/* ---- requests ---- */

static void client_read_lines(struct client *client);

void *control_context(const struct control_call *call)
{
	return call->context;
}

void control_subscribe(struct control_call *call, unsigned kinds)
{
	if (call->client != NULL)
		call->client->kinds = kinds;
}

/* Who is cancelled by that goes when the call is answered, or before. */
void control_tell(struct control_call *call, json_t *event)
{
	if (call->client != NULL && !call->client->closing)
		client_say(call->client, event);
	json_decref(event);
}

void control_answer(struct control_call *call, json_t *reply)
{
	struct client *client = call->client;

	free(call);
	if (client != NULL) {
		client->call = NULL;
		if (!client->closing)
			client_say(client, reply);
		client_read_lines(client);
	}
	json_decref(reply);
}

static void client_request(struct client *client, const char *line, size_t len)
{
	const struct control_socket *socket = client->socket;
	char error[CONTROL_ERROR_SIZE];
	json_t *request;
	const struct control_row *row =
		control_request_parse(socket->service->rows, line, len, &request, error);

	if (row == NULL) {
		client_refuse(client, error);
		return;
	}
	struct control_call *call = malloc(sizeof(*call));
	if (call != NULL) {
		*call = (struct control_call){client, socket->context};
		client->call = call;
		row->handle(call, request);
	} else {
		client_refuse(client, "Out of memory.");
	}
	json_decref(request);
}

static void client_received(struct io_op *op, int result);

/* One after another: what is answered later holds up what comes behind it. */
static void client_read_lines(struct client *client)
{
	char *end;

	if (client->reading_lines)
		return;
	client->reading_lines = true;
	while (!client->closing && !client->last && client->call == NULL &&
	       (end = memchr(client->line, '\n', client->line_len)) != NULL) {
		size_t len = (size_t)(end - client->line);

		client_request(client, client->line, len);
		client->line_len -= len + 1;
		memmove(client->line, end + 1, client->line_len);
	}
	client->reading_lines = false;
	if (client->closing) {
		client_check_gone(client);
	} else if (client->call == NULL && client->line_len == sizeof(client->line)) {
		client->last = true;
		client->line_len = 0;
		client_refuse(client, "The line is too long for a request.");
	} else if (client->call == NULL && !client->last && !io_busy(&client->in)) {
		io_recv(client->socket->io, &client->in, client->fd,
			client->line + client->line_len, sizeof(client->line) - client->line_len,
			client_received);
	}
}

static void client_received(struct io_op *op, int result)
{
	struct client *client = list_item(op, struct client, in);

	if (client->closing || result <= 0) {
		client_close(client);
		return;
	}
	client->line_len += (size_t)result;
	client_read_lines(client);
}

/* ---- listening ---- */

static void accepted(struct io_op *op, int result);

static void resume(struct io_op *op, int result)
{
	struct control_socket *socket = list_item(op, struct control_socket, accept);

	(void)result;
	if (socket->ending)
		check_gone(socket);
	else
		io_accept(socket->io, op, socket->fd, accepted);
}

static void accepted(struct io_op *op, int result)
{
	struct control_socket *socket = list_item(op, struct control_socket, accept);
	struct client *client = NULL;

	if (result < 0 && socket->ending) {
		check_gone(socket);
		return;
	}
	if (result < 0) {
		log_warning("the control socket can't accept: %s; trying again", strerror(-result));
		io_timer(socket->io, op, io_now_us(socket->io) + PAUSE_US, resume);
		return;
	}
	if (socket->n_clients < CONTROL_MAX_CLIENTS && !socket->ending)
		client = calloc(1, sizeof(*client));
	if (client == NULL) {
		io_close(socket->io, result);
		return;
	}
	client->socket = socket;
	client->fd = result;
	list_init(&client->link);
	list_add_tail(&socket->clients, &client->link);
	socket->n_clients++;
	client_read_lines(client);
}

/* A socket file that nobody listens on was left by a service that was killed. */
static bool is_stale(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool refused = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
		       errno == ECONNREFUSED;

	close(fd);
	return refused;
}

static int open_path(struct io *io, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, path, strlen(path)); /* < CONTROL_PATH_SIZE */
	int fd = io_listen(io, (struct sockaddr *)&address, sizeof(address), 16, false);
	if (fd == -EADDRINUSE && is_stale(&address) && unlink(path) == 0)
		fd = io_listen(io, (struct sockaddr *)&address, sizeof(address), 16, false);
	if (fd >= 0)
		chmod(path, 0660);
	return fd;
}

/* socket has its path and its descriptor. */
static void start(struct control_socket *socket, struct io *io,
		  const struct control_service *service, void *context)
{
	socket->io = io;
	socket->service = service;
	socket->context = context;
	list_init(&socket->clients);
	io_accept(io, &socket->accept, socket->fd, accepted);
	log_info("control socket: %s%s", socket->path, socket->adopted ? ", inherited" : "");
}

int control_socket_create(struct control_socket **ret_socket, struct io *io,
			  const struct control_service *service, void *context, const char *path)
{
	struct control_socket *socket = calloc(1, sizeof(*socket));

	if (socket == NULL)
		return -ENOMEM;
	int error = control_server_path(path, service->name, socket->path);
	if (error == 0) {
		socket->fd = open_path(io, socket->path);
		error = socket->fd < 0 ? socket->fd : 0;
	}
	if (error < 0) {
		free(socket);
		return error;
	}
	start(socket, io, service, context);
	*ret_socket = socket;
	return 0;
}

int control_socket_adopt(struct control_socket **ret_socket, struct io *io,
			 const struct control_service *service, void *context, int fd)
{
	struct control_socket *socket = calloc(1, sizeof(*socket));
	struct sockaddr_un address = {0};
	socklen_t len = sizeof(address);

	if (socket == NULL) {
		io_close(io, fd);
		return -ENOMEM;
	}
	/* For people; one without a path has none to be shown. */
	getsockname(fd, (struct sockaddr *)&address, &len);
	snprintf(socket->path, sizeof(socket->path), "%.*s", (int)sizeof(address.sun_path),
		 address.sun_path);
	socket->adopted = true;
	socket->fd = fd;
	start(socket, io, service, context);
	*ret_socket = socket;
	return 0;
}

void control_socket_end(struct control_socket *socket)
{
	struct list *link, *after;

	if (socket == NULL || socket->ending)
		return;
	socket->ending = true;
	if (!socket->adopted)
		unlink(socket->path);
	io_cancel(socket->io, &socket->accept);
	/* With the last client the socket may go: it holds one itself meanwhile. */
	socket->n_clients++;
	list_each_safe (link, after, &socket->clients)
		client_close(list_item(link, struct client, link));
	socket->n_clients--;
	check_gone(socket);
}

void control_socket_tell(struct control_socket *socket, unsigned kinds, json_t *event)
{
	struct list *link, *after;

	list_each_safe (link, after, &socket->clients) {
		struct client *client = list_item(link, struct client, link);

		if ((client->kinds & kinds) != 0 && !client->closing)
			client_say(client, event);
		client_check_gone(client);
	}
	json_decref(event);
}
