/* SPDX-License-Identifier: MIT */
#include "capture/dialer.h"

#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <string.h>

#define DIALER_OF(op, member)                                                                      \
	((struct dialer *)(void *)((char *)(op)-offsetof(struct dialer, member)))

static void connect_next(struct dialer *dialer);

bool dialer_busy(const struct dialer *dialer)
{
	return resolver_busy(&dialer->resolver) || io_busy(&dialer->connect) ||
	       io_busy(&dialer->timer);
}

static void close_socket(struct dialer *dialer)
{
	if (dialer->fd >= 0)
		io_close(dialer->io, dialer->fd);
	dialer->fd = -1;
}

/* Goes on when no operation is left. */
static void settle(struct dialer *dialer)
{
	int result = dialer->error;

	if (dialer_busy(dialer))
		return;
	if (dialer->cancelled)
		result = -ECANCELED;
	if (result != 0)
		close_socket(dialer);
	if (result != 0 && !dialer->cancelled && dialer->next != NULL) {
		connect_next(dialer);
		return;
	}
	if (dialer->addresses != NULL)
		freeaddrinfo(dialer->addresses);
	dialer->addresses = dialer->next = NULL;
	dialer->done(dialer, result != 0 ? result : dialer->fd, dialer->why);
}

static void ended(struct dialer *dialer, int error, const char *why)
{
	dialer->error = dialer->timed_out ? -ETIMEDOUT : error;
	dialer->why = dialer->timed_out ? "no answer in time" : why;
	io_cancel(dialer->io, &dialer->timer);
	settle(dialer);
}

static void timer_done(struct io_op *op, int result)
{
	struct dialer *dialer = DIALER_OF(op, timer);

	dialer->timed_out = result >= 0 && dialer_busy(dialer);
	if (dialer->timed_out) {
		resolver_cancel(&dialer->resolver);
		io_cancel(dialer->io, &dialer->connect);
	} else {
		settle(dialer);
	}
}

static void allow(struct dialer *dialer, int64_t time_us)
{
	dialer->timed_out = false;
	io_timer(dialer->io, &dialer->timer, io_now_us(dialer->io) + time_us, timer_done);
}

static void connected(struct io_op *op, int result)
{
	struct dialer *dialer = DIALER_OF(op, connect);

	ended(dialer, result < 0 ? result : 0, result < 0 ? strerror(-result) : "");
}

static void connect_next(struct dialer *dialer)
{
	const struct addrinfo *address = dialer->next;

	dialer->next = address->ai_next;
	allow(dialer, DIALER_CONNECT_US);
	dialer->fd = io_socket(dialer->io, address->ai_family);
	if (dialer->fd < 0)
		ended(dialer, dialer->fd, strerror(-dialer->fd));
	else
		io_connect(dialer->io, &dialer->connect, dialer->fd, address->ai_addr,
			   address->ai_addrlen, connected);
}

static void resolved(struct resolver *resolver, int error, struct addrinfo *addresses)
{
	struct dialer *dialer = DIALER_OF(resolver, resolver);

	dialer->addresses = dialer->next = addresses;
	ended(dialer, -EHOSTUNREACH, error != 0 ? resolver_sentence(error) : "");
}

void dialer_start(struct dialer *dialer, struct io *io, const char *host, const char *port,
		  dialer_done *done)
{
	*dialer = (struct dialer){.io = io, .done = done, .fd = -1, .why = ""};
	allow(dialer, DIALER_LOOKUP_US);
	resolver_start(&dialer->resolver, io, host, port, resolved);
}

void dialer_cancel(struct dialer *dialer)
{
	if (!dialer_busy(dialer))
		return;
	dialer->cancelled = true;
	resolver_cancel(&dialer->resolver);
	io_cancel(dialer->io, &dialer->connect);
	io_cancel(dialer->io, &dialer->timer);
}
