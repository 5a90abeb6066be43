/* SPDX-License-Identifier: MIT */
#include "tests/fake_relay.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fake_relay fake_relay;

void say(int fd, const void *data, size_t len)
{
	/* The viewer may have gone; then it has what it wanted. */
	send(fd, data, len, MSG_NOSIGNAL);
}

void say_text(int fd, const char *text)
{
	say(fd, text, strlen(text));
}

size_t fake_relay_record(uint8_t *to, uint8_t type, uint64_t sequence, const void *payload,
			 uint32_t len)
{
	struct wire_header header = {
		.type = type,
		.length = len,
		.flags = type == WIRE_FRAME ? WIRE_KEY : 0,
		.sequence = sequence,
		.pts_us = type == WIRE_FRAME ? (int64_t)sequence * 1000 : 0,
		.capture_us = type == WIRE_FRAME ? 1700000000000000 : 0,
	};

	wire_encode(&header, to);
	memcpy(to + WIRE_HEADER_SIZE, payload, len);
	return WIRE_HEADER_SIZE + len;
}

size_t fake_relay_frame(uint8_t *to, uint64_t sequence, uint32_t len)
{
	uint8_t *payload = malloc(len + 1);
	size_t n;

	memset(payload, (int)sequence, len);
	n = fake_relay_record(to, WIRE_FRAME, sequence, payload, len);
	free(payload);
	return n;
}

void say_frame(int fd, uint64_t sequence, uint32_t len)
{
	uint8_t *record = malloc(WIRE_HEADER_SIZE + (size_t)len);

	say(fd, record, fake_relay_frame(record, sequence, len));
	free(record);
}

void say_end(int fd, const char *why)
{
	uint8_t record[WIRE_HEADER_SIZE + 256];

	say(fd, record, fake_relay_record(record, WIRE_END, 0, why, (uint32_t)strlen(why)));
}

static void *fake_relay_run(void *context)
{
	(void)context;
	for (int i = 0; fake_relay.serves[i]; i++) {
		char *request = fake_relay.requests[i];
		size_t len = 0;
		int fd = accept(fake_relay.fd, NULL, NULL);

		if (fd < 0)
			break;
		while (!strstr(request, "\r\n\r\n")) {
			ssize_t n = recv(fd, request + len,
					 sizeof(fake_relay.requests[i]) - len - 1, 0);

			if (n <= 0)
				break;
			len += (size_t)n;
		}
		fake_relay.n_requests++;
		fake_relay.serves[i](fd);
		/* So that closing doesn't reset what is still on its way. */
		shutdown(fd, SHUT_WR);
		while (recv(fd, (char[256]){0}, 256, 0) > 0)
			;
		close(fd);
	}
	return NULL;
}

void fake_relay_start(serve *const *serves)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	memset(&fake_relay, 0, sizeof(fake_relay));
	fake_relay.serves = serves;
	fake_relay.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fake_relay.fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fake_relay.fd, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(listen(fake_relay.fd, 4), 0);
	fake_relay.port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&fake_relay.thread, NULL, fake_relay_run, NULL), 0);
}

void fake_relay_end(void)
{
	shutdown(fake_relay.fd, SHUT_RDWR); /* ends an accept() that nobody came for */
	pthread_join(fake_relay.thread, NULL);
	close(fake_relay.fd);
}

uint16_t fake_relay_closed_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	close(fd);
	return ntohs(address.sin_port);
}
