/* SPDX-License-Identifier: MIT */
/* The socket calls that io_uring.c and io_epoll.c have in common. */
#include "common/io_impl.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

int64_t io_clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int io_kernel_socket(struct io *io, int family)
{
	(void)io;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

/* Both have to say SO_REUSEPORT, but the first after it was bound: so it fails where a stranger
 * listens already, who has said it, too. */
static int bind_port(int fd, const struct sockaddr *address, socklen_t len, bool join)
{
	int on = 1;

	if (address->sa_family == AF_UNIX)
		return bind(fd, address, len);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -1;
	if (join && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0)
		return -1;
	if (bind(fd, address, len) < 0)
		return -1;
	return join ? 0 : setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
}

int io_kernel_listen(struct io *io, const struct sockaddr *address, socklen_t len, int backlog,
		     bool join)
{
	int on = 1;
	int fd = io_kernel_socket(io, address->sa_family);

	if (fd < 0)
		return fd;
	/* IPv6 listeners leave IPv4 to a listener of its own, whatever the system's default is. */
	if ((address->sa_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0) ||
	    bind_port(fd, address, len, join) < 0 || listen(fd, backlog) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

int io_kernel_shutdown(struct io *io, int fd, int how)
{
	(void)io;
	return shutdown(fd, how) < 0 ? -errno : 0;
}

int io_kernel_local(struct io *io, int fd, struct sockaddr_storage *ret_address)
{
	(void)io;
	socklen_t len = sizeof(*ret_address);

	return getsockname(fd, (struct sockaddr *)ret_address, &len) < 0 ? -errno : 0;
}

int io_kernel_peer(struct io *io, int fd, struct sockaddr_storage *ret_address)
{
	(void)io;
	socklen_t len = sizeof(*ret_address);

	return getpeername(fd, (struct sockaddr *)ret_address, &len) < 0 ? -errno : 0;
}

int io_kernel_set(struct io *io, int fd, enum io_option option, int value)
{
	static const struct {
		int level, name;
	} names[] = {
		[IO_OPTION_NODELAY] = {IPPROTO_TCP, TCP_NODELAY},
		[IO_OPTION_NOTSENT_LOWAT] = {IPPROTO_TCP, TCP_NOTSENT_LOWAT},
		[IO_OPTION_USER_TIMEOUT_MS] = {IPPROTO_TCP, TCP_USER_TIMEOUT},
		[IO_OPTION_KEEPALIVE] = {SOL_SOCKET, SO_KEEPALIVE},
		[IO_OPTION_SEND_BUFFER] = {SOL_SOCKET, SO_SNDBUF},
		[IO_OPTION_RECEIVE_BUFFER] = {SOL_SOCKET, SO_RCVBUF},
		[IO_OPTION_PACE] = {SOL_SOCKET, SO_MAX_PACING_RATE},
	};

	(void)io;
	int done = setsockopt(fd, names[option].level, names[option].name, &value, sizeof(value));
	return done < 0 ? -errno : 0;
}

/* One system call for who has nothing on the way: a path that is free, mostly. */
int io_kernel_link(struct io *io, int fd, struct io_link *ret_link)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);
	int queued = 0;

	(void)io;
	*ret_link = (struct io_link){0};
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ||
	    (info.tcpi_unacked > 0 && ioctl(fd, SIOCOUTQ, &queued) < 0))
		return -errno;
	ret_link->unsent = info.tcpi_notsent_bytes;
	if (queued > 0 && (uint32_t)queued > ret_link->unsent)
		ret_link->unacked = (uint32_t)queued - ret_link->unsent;
	ret_link->rtt_us = info.tcpi_rtt;
	ret_link->min_rtt_us = info.tcpi_min_rtt;
	ret_link->window = info.tcpi_snd_cwnd * info.tcpi_snd_mss;
	ret_link->delivery_rate = info.tcpi_delivery_rate;
	return 0;
}

size_t io_kernel_unread(struct io *io, int fd)
{
	int bytes = 0;

	(void)io;
	return ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0 ? (size_t)bytes : 0;
}
