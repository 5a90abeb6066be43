/* SPDX-License-Identifier: MIT */
#include "tests/scripted_relay.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum io_backend scripted_relay_backends[2] = {IO_BACKEND_AUTO, IO_BACKEND_EPOLL};

const char scripted_relay_agreed[] = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
				     "Upgrade: spillway/1\r\n\r\n";

int scripted_relay_bind(struct sockaddr_in *address)
{
	socklen_t len = sizeof *address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	MUST(fd >= 0);
	MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
	MUST(bind(fd, (struct sockaddr *)address, sizeof *address) == 0);
	MUST(getsockname(fd, (struct sockaddr *)address, &len) == 0);
	return fd;
}

/* Accepts a connection, reads its request, and answers it. */
int scripted_relay_greet(int listener, const char *answer)
{
	char request[4096] = "";
	size_t len = 0;
	int fd = accept(listener, NULL, NULL);

	MUST(fd >= 0);
	while (strstr(request, "\r\n\r\n") == NULL) {
		ssize_t n = read(fd, request + len, sizeof request - 1 - len);

		MUST(n > 0);
		len += (size_t)n;
		request[len] = '\0';
	}
	MUST(strncmp(request, "POST /cam HTTP/1.1\r\n", 20) == 0);
	MUST(write(fd, answer, strlen(answer)) == (ssize_t)strlen(answer));
	return fd;
}

bool scripted_relay_read(int fd, void *to, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = read(fd, (char *)to + at, len - at);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

/* The next record; false at the end of the connection. Free its payload. */
bool scripted_relay_record(int fd, struct scripted_record *ret_record)
{
	uint8_t head[WIRE_HEADER_SIZE];

	if (!scripted_relay_read(fd, head, sizeof head))
		return false;
	MUST(wire_decode(head, &ret_record->header) == 0);
	ret_record->payload = malloc(ret_record->header.length + 1);
	MUST(ret_record->payload != NULL);
	MUST(scripted_relay_read(fd, ret_record->payload, ret_record->header.length));
	ret_record->payload[ret_record->header.length] = '\0';
	return true;
}

void scripted_relay_say(int fd, struct wire_header header, const char *payload)
{
	static char bytes[WIRE_HEADER_SIZE + 100000];
	size_t len = WIRE_HEADER_SIZE + header.length;

	MUST(len <= sizeof bytes);
	wire_encode(&header, (uint8_t *)bytes);
	if (header.length > 0)
		memcpy(bytes + WIRE_HEADER_SIZE, payload, header.length);
	MUST(write(fd, bytes, len) == (ssize_t)len);
}

void scripted_relay_expect_end(int fd, const char *why)
{
	struct scripted_record record;

	MUST(scripted_relay_record(fd, &record));
	MUST(record.header.type == WIRE_END);
	MUST(strcmp(record.payload, why) == 0);
	free(record.payload);
	MUST(!scripted_relay_record(fd, &record));
	close(fd);
}
