/* SPDX-License-Identifier: MIT */
#include "common/inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

static bool is_listening_tcp(int fd)
{
	return sd_is_socket_inet(fd, AF_INET, SOCK_STREAM, 1, 0) > 0 ||
	       sd_is_socket_inet(fd, AF_INET6, SOCK_STREAM, 1, 0) > 0;
}

/* Returns 0, or what is wrong with it. */
static const char *take(struct inherited *inherited, int fd)
{
	if (is_listening_tcp(fd)) {
		if (inherited->n_listeners == INHERITED_MAX)
			return "is one too many";
		inherited->listeners[inherited->n_listeners++] = fd;
		return NULL;
	}
	if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) <= 0)
		return "is not a listening TCP socket, nor one for control";
	if (inherited->control >= 0)
		return "is a second control socket";
	inherited->control = fd;
	return NULL;
}

int inherited_take(struct inherited *ret_inherited, char ret_error[INHERITED_ERROR_SIZE])
{
	int n = sd_listen_fds(true); /* which are close-on-exec then */

	*ret_inherited = (struct inherited){.control = -1};
	if (n < 0)
		snprintf(ret_error, INHERITED_ERROR_SIZE, "LISTEN_FDS makes no sense: %s",
			 strerror(-n));
	for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++) {
		const char *wrong = take(ret_inherited, fd);

		if (wrong != NULL) {
			snprintf(ret_error, INHERITED_ERROR_SIZE, "the inherited descriptor %d %s",
				 fd, wrong);
			return -ENOTSOCK;
		}
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	}
	return n < 0 ? n : 0;
}
