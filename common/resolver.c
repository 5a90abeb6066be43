/* SPDX-License-Identifier: MIT */
#include "common/resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* What thread and loop share. The last of the two to let go frees it, so that a look-up that was
 * cancelled may end whenever getaddrinfo() likes. */
struct lookup {
	atomic_int holders;
	atomic_bool answered; /* error and addresses are there to be read */
	int ready;	      /* the thread's own copy of the eventfd */
	int error;
	struct addrinfo *addresses;
	char port[8];
	char host[]; /* terminated */
};

static void lookup_release(struct lookup *lookup)
{
	if (atomic_fetch_sub(&lookup->holders, 1) > 1)
		return;
	if (lookup->addresses != NULL)
		freeaddrinfo(lookup->addresses);
	if (lookup->ready >= 0)
		close(lookup->ready);
	free(lookup);
}

static int look_up(struct lookup *lookup, int flags)
{
	struct addrinfo hints = {.ai_flags = flags, .ai_socktype = SOCK_STREAM};

	return getaddrinfo(lookup->host, lookup->port, &hints, &lookup->addresses);
}

static void *lookup_thread(void *argument)
{
	struct lookup *lookup = argument;
	uint64_t one = 1;

	lookup->error = look_up(lookup, AI_NUMERICSERV);
	atomic_store(&lookup->answered, true);
	if (write(lookup->ready, &one, sizeof one) < 0)
		abort(); /* an eventfd takes its first number always */
	lookup_release(lookup);
	return NULL;
}

static struct lookup *lookup_create(const char *host, const char *port)
{
	size_t size = strlen(host) + 1;
	struct lookup *lookup = calloc(1, sizeof *lookup + size);

	if (lookup == NULL)
		return NULL;
	atomic_init(&lookup->holders, 1);
	lookup->ready = -1;
	memcpy(lookup->host, host, size);
	snprintf(lookup->port, sizeof lookup->port, "%s", port);
	return lookup;
}

/* Returns the loop's copy of the eventfd, or -errno. */
static int lookup_start_thread(struct lookup *lookup)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), error;
	pthread_t thread;

	if (fd < 0)
		return -errno;
	lookup->ready = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	error = lookup->ready < 0 ? errno : 0;
	atomic_fetch_add(&lookup->holders, 1);
	if (error == 0)
		error = pthread_create(&thread, NULL, lookup_thread, lookup);
	if (error != 0) {
		atomic_fetch_sub(&lookup->holders, 1);
		close(fd);
		return -error;
	}
	pthread_detach(thread);
	return fd;
}

static void on_ready(struct io_op *op, int result)
{
	struct resolver *resolver =
		(struct resolver *)(void *)((char *)op - offsetof(struct resolver, op));
	struct lookup *lookup = resolver->lookup;
	struct addrinfo *addresses = NULL;
	int error = resolver->error;

	if (resolver->fd >= 0)
		error = atomic_load(&lookup->answered) ? lookup->error : EAI_AGAIN;
	if (result < 0)
		error = result;
	if (error == 0) {
		addresses = lookup->addresses;
		lookup->addresses = NULL;
	}
	if (resolver->fd >= 0)
		io_close(resolver->io, resolver->fd);
	if (lookup != NULL)
		lookup_release(lookup);
	resolver->lookup = NULL;
	resolver->done(resolver, error, addresses);
}

void resolver_start(struct resolver *resolver, struct io *io, const char *host, const char *port,
		    resolver_done *done)
{
	struct lookup *lookup = lookup_create(host, port);
	int error = EAI_MEMORY;

	resolver->io = io;
	resolver->done = done;
	resolver->lookup = lookup;
	resolver->fd = -1;
	if (lookup != NULL)
		error = look_up(lookup, AI_NUMERICHOST | AI_NUMERICSERV);
	if (error == EAI_NONAME) {
		resolver->fd = lookup_start_thread(lookup);
		if (resolver->fd >= 0) {
			io_poll(io, &resolver->op, resolver->fd, POLLIN, on_ready);
			return;
		}
		error = EAI_SYSTEM;
	}
	resolver->error = error;
	io_timer(io, &resolver->op, io_now_us(io), on_ready);
}

void resolver_cancel(struct resolver *resolver)
{
	if (resolver_busy(resolver))
		io_cancel(resolver->io, &resolver->op);
}

bool resolver_busy(const struct resolver *resolver)
{
	return io_busy(&resolver->op);
}

const char *resolver_sentence(int error)
{
	return error == EAI_SYSTEM ? "the name can't be looked up" : gai_strerror(error);
}
