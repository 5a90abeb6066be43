/* SPDX-License-Identifier: MIT */
#include "common/endpoint.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/url.h"

enum { BACKLOG = 4096, LISTEN_TRIES = 100, LISTEN_PAUSE_US = 10000 };

/* Of localhost, whatever /etc/hosts says: clients may come by either. */
static const char *const localhosts[] = {"127.0.0.1", "::1", NULL};

/* What is being opened. */
struct opening {
	struct io *io;
	const struct endpoint_user *user;
	in_port_t port; /* of the first address, where any was asked for; else 0 */
	int n_opened;
	int error; /* why none was opened, or that a port is taken */
};

/* The kernel takes an io_uring down, with the sockets in it, a moment after its process has gone:
 * right after a server was killed its address is still taken. */
int endpoint_listen_at(struct io *io, const struct sockaddr_storage *address, socklen_t len,
		       bool join)
{
	const struct sockaddr *at = (const struct sockaddr *)address;
	int fd = io_listen(io, at, len, BACKLOG, join);

	for (int i = 1; fd == -EADDRINUSE && i < LISTEN_TRIES; i++) {
		usleep(LISTEN_PAUSE_US);
		fd = io_listen(io, at, len, BACKLOG, join);
	}
	return fd;
}

static in_port_t *port_of(struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)address)->sin6_port
					      : &((struct sockaddr_in *)address)->sin_port;
}

static int open_one(struct opening *opening, const struct addrinfo *info)
{
	struct sockaddr_storage address = {0};

	memcpy(&address, info->ai_addr, info->ai_addrlen);
	if (*port_of(&address) == 0)
		*port_of(&address) = opening->port;
	int fd = endpoint_listen_at(opening->io, &address, info->ai_addrlen, false);
	if (fd < 0)
		return fd;
	io_local(opening->io, fd, &address);
	opening->port = *port_of(&address);
	return opening->user->opened(opening->user->context, fd, &address, info->ai_addrlen);
}

/* On every address of a name. Returns getaddrinfo()'s error. */
static int open_name(struct opening *opening, const char *name, const char *port_text)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
	int failed = getaddrinfo(name, port_text, &hints, &found);

	if (failed != 0)
		return failed;
	for (const struct addrinfo *info = found; info != NULL; info = info->ai_next) {
		int result = open_one(opening, info);

		/* A machine may have no IPv6; but a port that is taken is taken. */
		if (result == -EADDRINUSE || opening->n_opened == 0)
			opening->error = result;
		opening->n_opened += result == 0;
		if (result == -EADDRINUSE)
			break;
	}
	freeaddrinfo(found);
	return 0;
}

int endpoint_listen(struct io *io, const char *endpoint, const struct endpoint_user *user,
		    char *ret_error, size_t error_size)
{
	struct opening opening = {.io = io, .user = user, .error = -EADDRNOTAVAIL};
	char host[256], port_text[6];
	const char *const itself[] = {host, NULL}, *const *names = itself;

	if (url_parse_endpoint(endpoint, "localhost", user->default_port, host, port_text) < 0) {
		snprintf(ret_error, error_size, "%s is not ADDR:PORT", endpoint);
		return -EINVAL;
	}
	if (strcasecmp(host, "localhost") == 0)
		names = localhosts;
	for (; *names != NULL && opening.error != -EADDRINUSE; names++) {
		int failed = open_name(&opening, *names, port_text);

		if (failed != 0) {
			snprintf(ret_error, error_size, "can't listen on %s: %s", endpoint,
				 gai_strerror(failed));
			return -EADDRNOTAVAIL;
		}
	}
	if (opening.n_opened > 0 && opening.error != -EADDRINUSE)
		return 0;
	snprintf(ret_error, error_size, "can't listen on %s: %s", endpoint,
		 strerror(-opening.error));
	return opening.error;
}

/* ---- sockets of others ---- */

/* One on [::] has IPv4, too, unless it was told not to. */
static bool has_all_of(int fd, const struct sockaddr_in6 *own)
{
	int only_v6 = 1;
	socklen_t len = sizeof(only_v6);

	return IN6_IS_ADDR_UNSPECIFIED(&own->sin6_addr) &&
	       getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, &len) == 0 && only_v6 == 0;
}

static bool is_at(int fd, const struct addrinfo *info)
{
	struct sockaddr_storage own, wanted;
	const struct sockaddr_in *own4 = (const struct sockaddr_in *)&own;
	const struct sockaddr_in *wanted4 = (const struct sockaddr_in *)&wanted;
	const struct sockaddr_in6 *own6 = (const struct sockaddr_in6 *)&own;
	const struct sockaddr_in6 *wanted6 = (const struct sockaddr_in6 *)&wanted;
	socklen_t len = sizeof(own);

	memset(&own, 0, sizeof(own));
	memset(&wanted, 0, sizeof(wanted));
	memcpy(&wanted, info->ai_addr, info->ai_addrlen);
	if (getsockname(fd, (struct sockaddr *)&own, &len) < 0 ||
	    *port_of(&own) != *port_of(&wanted))
		return false;
	if (own.ss_family == AF_INET6 && wanted.ss_family == AF_INET6)
		return memcmp(&own6->sin6_addr, &wanted6->sin6_addr, sizeof(own6->sin6_addr)) == 0;
	if (own.ss_family == AF_INET6)
		return has_all_of(fd, own6);
	return wanted.ss_family == AF_INET && own4->sin_addr.s_addr == wanted4->sin_addr.s_addr;
}

static bool name_is_served(const char *name, const char *port_text, const int fds[], size_t n)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
	bool served = false;

	if (getaddrinfo(name, port_text, &hints, &found) != 0)
		return false;
	for (const struct addrinfo *info = found; info != NULL; info = info->ai_next) {
		for (size_t i = 0; i < n; i++)
			served |= is_at(fds[i], info);
	}
	freeaddrinfo(found);
	return served;
}

bool endpoint_is_served(const char *endpoint, const char *default_port, const int fds[], size_t n)
{
	char host[256], port_text[6];
	const char *const itself[] = {host, NULL}, *const *names = itself;
	bool served = false;

	if (url_parse_endpoint(endpoint, "localhost", default_port, host, port_text) < 0)
		return false;
	if (strcasecmp(host, "localhost") == 0)
		names = localhosts;
	for (; *names != NULL; names++)
		served |= name_is_served(*names, port_text, fds, n);
	return served;
}
