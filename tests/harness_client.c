/* SPDX-License-Identifier: MIT */
#include "tests/harness_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024, MAX_HEAD = 64 * 1024 };

/* ---- coming and going ---- */

static void set_guard(int fd)
{
	struct timeval guard = {.tv_sec = HARNESS_DEADLINE_S};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof(guard));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &guard, sizeof(guard));
}

static struct client *client_new(struct harness *harness, int fd)
{
	struct client *client = calloc(1, sizeof(*client));

	assert_non_null(client);
	assert_true(fd >= 0);
	client->harness = harness;
	client->fd = fd;
	client->next = harness->clients;
	harness->clients = client;
	set_guard(fd);
	return client;
}

int client_listen(uint16_t *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	set_guard(fd);
	*ret_port = ntohs(address.sin_port);
	return fd;
}

struct client *client_accept(struct harness *harness, int listener)
{
	return client_new(harness, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

struct client *client_connect_from(struct harness *harness, uint16_t port, const char *source)
{
	struct sockaddr_in address = {.sin_family = AF_INET}, from = {.sin_family = AF_INET};
	struct client *client = client_new(harness, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	if (source != NULL) {
		assert_int_equal(inet_pton(AF_INET, source, &from.sin_addr), 1);
		assert_int_equal(bind(client->fd, (struct sockaddr *)&from, sizeof(from)), 0);
	}
	if (connect(client->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		harness_fail("connecting to port %u: %s", port, strerror(errno));
	return client;
}

struct client *client_connect(struct harness *harness, uint16_t port)
{
	return client_connect_from(harness, port, NULL);
}

void client_close(struct client *client)
{
	struct client **link = &client->harness->clients;

	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	close(client->fd);
	free(client->buffer);
	free(client);
}

void client_close_all(struct harness *harness)
{
	while (harness->clients != NULL)
		client_close(harness->clients);
}

void client_abort(struct client *client)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	client_close(client);
}

/* ---- sending ---- */

bool client_try_send(struct client *client, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = send(client->fd, at, len, MSG_NOSIGNAL);

		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return false;
		if (n < 0)
			harness_fail("sending: %s", strerror(errno));
		at += n;
		len -= (size_t)n;
	}
	return true;
}

void client_send(struct client *client, const void *data, size_t len)
{
	if (!client_try_send(client, data, len))
		harness_fail("sending: the relay has closed the connection");
}

void client_print(struct client *client, const char *format, ...)
{
	char text[8192];
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	assert_in_range(len, 0, sizeof(text) - 1);
	client_send(client, text, (size_t)len);
}

void client_shutdown(struct client *client)
{
	shutdown(client->fd, SHUT_WR);
}

/* ---- receiving ---- */

/* More bytes into the buffer; false at the end. */
static bool receive(struct client *client)
{
	if (client->ended)
		return false;
	if (client->start > 0 && client->len == 0)
		client->start = 0;
	if (client->start + client->len + READ_SIZE > client->size) {
		if (client->start > 0)
			memmove(client->buffer, client->buffer + client->start, client->len);
		client->start = 0;
		client->size = 2 * (client->len + READ_SIZE);
		client->buffer = realloc(client->buffer, client->size);
		assert_non_null(client->buffer);
	}
	ssize_t n = recv(client->fd, client->buffer + client->start + client->len, READ_SIZE, 0);
	if (n < 0 && errno != ECONNRESET)
		harness_fail("receiving: %s", strerror(errno));
	client->ended = n <= 0;
	client->was_reset = n < 0;
	if (n > 0)
		client->len += (size_t)n;
	return n > 0;
}

static const char *take(struct client *client, size_t len)
{
	const char *data = client->buffer + client->start;

	client->start += len;
	client->len -= len;
	return data;
}

const char *client_read(struct client *client, size_t len)
{
	while (client->len < len) {
		if (!receive(client))
			harness_fail("the connection ended after %zu of %zu bytes", client->len,
				     len);
	}
	return len > 0 ? take(client, len) : "";
}

char *client_read_all(struct client *client, size_t *ret_len)
{
	while (receive(client))
		;
	size_t len = client->len;
	char *data = harness_alloc(client->harness, len + 1);
	if (len > 0)
		memcpy(data, take(client, len), len);
	if (ret_len != NULL)
		*ret_len = len;
	return data;
}

size_t client_read_until(struct client *client, const char *text, const char **ret_data)
{
	size_t skip = 0, text_len = strlen(text);

	for (;;) {
		const char *data = client->len > 0 ? client->buffer + client->start : "";
		const char *found = NULL;

		if (client->len >= skip + text_len)
			found = memmem(data + skip, client->len - skip, text, text_len);
		if (found != NULL) {
			size_t before = (size_t)(found - data);

			*ret_data = take(client, before + text_len);
			return before;
		}
		skip = client->len >= text_len ? client->len - text_len + 1 : 0;
		if (!receive(client))
			harness_fail("the connection ended before: %s", text);
	}
}

bool client_readable(struct client *client, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = client->fd, .events = POLLIN};

	return client->len > 0 || client->ended || poll(&poll_fd, 1, timeout_ms) > 0;
}

void client_expect_end(struct client *client)
{
	if (client->len > 0 || receive(client))
		harness_fail("the connection should have ended; %zu bytes came", client->len);
}

/* ---- HTTP ---- */

int client_head(struct client *client)
{
	const char *data;
	size_t len = client_read_until(client, "\r\n\r\n", &data) + 4;

	client->head_text = harness_alloc(client->harness, len + 1);
	memcpy(client->head_text, data, len);
	int parsed = http_parse_response(client->head_text, len, &client->head);
	if (parsed != (int)len)
		harness_fail("a malformed answer: %s", client->head_text);
	return client->head.status;
}

char *client_field(struct client *client, const char *name)
{
	struct slice value = http_field(&client->head, name);

	return harness_format(client->harness, "%.*s", (int)value.len,
			      value.data != NULL ? value.data : "");
}

char *client_body(struct client *client, size_t *ret_len)
{
	if (client->head.content_length < 0)
		harness_fail("an answer without Content-Length:\n%s", client->head_text);
	size_t len = (size_t)client->head.content_length;
	char *body = harness_alloc(client->harness, len + 1);

	memcpy(body, client_read(client, len), len);
	if (ret_len != NULL)
		*ret_len = len;
	return body;
}

void client_request(struct client *client, const char *method, const char *target,
		    const char *fields)
{
	client_print(client, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, target, fields);
}

struct client *client_get(struct harness *harness, uint16_t port, const char *target,
			  const char *fields, int status)
{
	struct client *client = client_connect(harness, port);

	client_request(client, "GET", target, fields);
	if (client_head(client) != status)
		harness_fail("GET %s: %d instead of %d\n%s", target, client->head.status, status,
			     client->head_text);
	return client;
}

/* ---- native records ---- */

#define UPGRADE "Connection: Upgrade\r\nUpgrade: " WIRE_PROTOCOL "\r\n"

static struct client *open_native(struct harness *harness, uint16_t port, const char *method,
				  const char *target)
{
	struct client *client = client_connect(harness, port);

	client_request(client, method, target, UPGRADE);
	if (client_head(client) != 101)
		harness_fail("%s %s: %d instead of 101\n%s", method, target, client->head.status,
			     client->head_text);
	assert_string_equal(client_field(client, "Upgrade"), WIRE_PROTOCOL);
	return client;
}

struct client *client_publish(struct harness *harness, uint16_t port, const char *target)
{
	return open_native(harness, port, "POST", target);
}

/* What a publisher was told it may feed is known to all of the relay's threads a moment later. */
static const char *waiting(struct harness *harness, const char *target)
{
	return harness_format(harness, "%s%cwait=%d", target, strchr(target, '?') ? '&' : '?',
			      HARNESS_DEADLINE_S);
}

struct client *client_watch(struct harness *harness, uint16_t port, const char *target)
{
	return open_native(harness, port, "GET", waiting(harness, target));
}

void client_record(struct client *client, const struct wire_header *header, const void *payload)
{
	uint8_t bytes[WIRE_HEADER_SIZE];

	wire_encode(header, bytes);
	client_send(client, bytes, sizeof(bytes));
	if (header->length > 0)
		client_send(client, payload, header->length);
}

void client_frame(struct client *client, const void *payload, size_t len, int64_t pts_us)
{
	struct wire_header header = {
		.length = (uint32_t)len,
		.type = WIRE_FRAME,
		.flags = WIRE_KEY,
		.pts_us = pts_us,
	};

	client_record(client, &header, payload);
}

bool client_next_record(struct client *client, struct wire_header *ret_header,
			const char **ret_payload)
{
	uint8_t bytes[WIRE_HEADER_SIZE];

	if (client->len == 0 && !receive(client))
		return false;
	memcpy(bytes, client_read(client, sizeof(bytes)), sizeof(bytes));
	if (wire_decode(bytes, ret_header) < 0)
		harness_fail("a malformed record header");
	*ret_payload = client_read(client, ret_header->length);
	return true;
}

struct wire_header client_next_frame(struct client *client, const char **ret_payload)
{
	struct wire_header header;

	do {
		if (!client_next_record(client, &header, ret_payload))
			harness_fail("the connection ended before another frame");
		if (header.type == WIRE_END)
			harness_fail("END before another frame: %.*s", (int)header.length,
				     *ret_payload);
	} while (header.type != WIRE_FRAME);
	return header;
}

char *client_end_sentence(struct client *client)
{
	struct wire_header header;
	const char *payload;

	do {
		if (!client_next_record(client, &header, &payload))
			harness_fail("the connection ended without an END record");
	} while (header.type != WIRE_END);
	char *sentence = harness_format(client->harness, "%.*s", (int)header.length, payload);
	client_expect_end(client);
	return sentence;
}

/* ---- multipart ---- */

#define PART_HEAD "\r\nContent-Type: image/jpeg\r\n"

struct client *client_parts(struct harness *harness, uint16_t port, const char *target,
			    const char *fields)
{
	static const char type[] = "multipart/x-mixed-replace; boundary=";
	struct client *client = client_get(harness, port, waiting(harness, target), fields, 200);
	char *value = client_field(client, "Content-Type");

	if (strncmp(value, type, strlen(type)) != 0)
		harness_fail("Content-Type: %s", value);
	snprintf(client->boundary, sizeof(client->boundary), "--%s", value + strlen(type));
	return client;
}

static void expect(struct client *client, const char *text)
{
	const char *data = client_read(client, strlen(text));

	if (memcmp(data, text, strlen(text)) != 0)
		harness_fail("instead of \"%s\" came \"%.*s\"", text, (int)strlen(text), data);
}

bool client_next_part(struct client *client, const char **ret_payload, size_t *ret_len)
{
	const char *data;

	expect(client, client->boundary);
	if (memcmp(client_read(client, 2), "--", 2) == 0) {
		expect(client, "\r\n");
		client_expect_end(client);
		return false;
	}
	size_t len = client_read_until(client, "\r\n\r\n", &data);
	char *head = harness_format(client->harness, "%.*s\r\n", (int)len, data);
	long long part_len = -1, seconds = -1, micros = -1;
	sscanf(head, "Content-Type: image/jpeg\r\nContent-Length: %lld\r\nX-Timestamp: %lld.%6lld",
	       &part_len, &seconds, &micros);
	if (part_len < 0 || seconds < 0 || micros < 0)
		harness_fail("a part's headers are not what they should be:\n%s", head);
	*ret_len = (size_t)part_len;
	data = client_read(client, *ret_len + 2);
	assert_memory_equal(data + *ret_len, "\r\n", 2);
	*ret_payload = data;
	return true;
}

bool client_next_early(struct client *client, const char **ret_payload, size_t *ret_len)
{
	const char *line = harness_format(client->harness, "\r\n%s", client->boundary);
	const char *data;

	/* The first part's boundary and headers came with the head of the answer. */
	if (*client_read(client, 1) == '-') {
		expect(client, client->boundary + 1);
		expect(client, PART_HEAD "\r\n");
	} else {
		client->start--;
		client->len++;
	}
	*ret_len = client_read_until(client, line, &data);
	char *payload = harness_alloc(client->harness, *ret_len + 1);
	memcpy(payload, data, *ret_len);
	*ret_payload = payload;
	if (*client_read(client, 1) == '-') {
		expect(client, "-\r\n");
		client_expect_end(client);
		return false;
	}
	expect(client, &(PART_HEAD "\r\n")[1]);
	return true;
}
