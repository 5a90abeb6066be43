/* SPDX-License-Identifier: MIT */
#include "tests/sim.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim_impl.h"
#include "tests/sim_libc.h"

enum {
	ACCEPTS_PER_TURN = 16,
	START_US = 1000000,
	WAKE_US = 40,	   /* from an event to the program's running, at most */
	PAUSE_US = 100000, /* the longest time that the thread isn't run */
};

static struct sim_io *self_of(struct io *io)
{
	return (struct sim_io *)io;
}

/* ---- saying ---- */

__attribute__((format(printf, 3, 0))) static void say(const struct sim *sim, const char *what,
						      const char *format, va_list arguments)
{
	fprintf(stderr, "%s%4" PRId64 ".%06" PRId64 " ", what, sim->now_us / 1000000,
		sim->now_us % 1000000);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

void sim_trace(const struct sim *sim, const char *format, ...)
{
	va_list arguments;

	if (!sim->verbose)
		return;
	va_start(arguments, format);
	say(sim, "", format, arguments);
	va_end(arguments);
}

void sim_fail(const struct sim *sim, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(sim, "FAILED at ", format, arguments);
	va_end(arguments);
	abort();
}

static void note(struct sim *sim, uint64_t what)
{
	sim->digest = (sim->digest ^ what) * UINT64_C(1099511628211);
	sim->digest ^= sim->digest >> 29;
}

/* ---- starting and cancelling ---- */

static void runs_soon(struct sim_io *self)
{
	struct sim *sim = self->sim;
	int64_t at_us = sim->now_us + sim_random_between(&sim->random, 1, WAKE_US);

	if (at_us < self->runs_us)
		self->runs_us = at_us;
}

void sim_fire(struct sim_socket *socket)
{
	struct sim_io *owner = socket->owner;

	if (socket->is_fired || owner == NULL)
		return;
	socket->is_fired = true;
	socket->next_fired = NULL;
	*owner->fired_tail = socket;
	owner->fired_tail = &socket->next_fired;
	runs_soon(owner);
}

void sim_io_called(struct io *io)
{
	runs_soon(self_of(io));
}

static void add_started(struct sim_io *self, struct io_op *op)
{
	op->next = NULL;
	*self->started_tail = op;
	self->started_tail = &op->next;
}

static struct sim_socket *socket_of(const struct sim_io *self, const struct io_op *op)
{
	struct sim_socket *socket = sim_socket_at(self->sim, op->fd);

	if (socket == NULL)
		sim_fail(self->sim, "an operation is on descriptor %d, which isn't open", op->fd);
	if (socket->owner != self)
		sim_fail(self->sim, "descriptor %d belongs to another loop", op->fd);
	return socket;
}

static void start(struct io *io, struct io_op *op)
{
	struct sim_io *self = self_of(io);
	struct sim *sim = self->sim;
	struct sim_socket *socket = sim_socket_at(sim, op->fd);

	if (socket != NULL && socket->owner == NULL)
		socket->owner = self;
	socket_of(self, op);
	if (sim->watcher.started != NULL)
		sim->watcher.started(sim->watcher.context, op);
	if (sim_random_below(&sim->random, 1000000) < sim->faults.start_failures)
		op->state = SIM_FAILED;
	add_started(self, op);
}

static void cancel(struct io *io, struct io_op *op)
{
	struct sim_io *self = self_of(io);
	struct io_op **place = sim_socket_place(socket_of(self, op), op);

	op->state = SIM_CANCELLED;
	if (*place == op) {
		*place = NULL;
		add_started(self, op);
	}
}

static void wake(struct io *io, struct io *to)
{
	(void)io;
	runs_soon(self_of(to));
}

/* ---- trying ---- */

static void add_ended(struct sim_io *self, struct io_op *op, int result)
{
	if (self->n_ended == self->ended_size) {
		self->ended_size = self->ended_size > 0 ? 2 * self->ended_size : 256;
		self->ended = sim_realloc(self->ended, self->ended_size * sizeof(*self->ended));
	}
	self->ended[self->n_ended++] = (struct sim_ended){op, result};
}

/* What was cancelled may have its result by then. */
static int try_cancelled(struct sim_io *self, struct io_op *op)
{
	struct sim *sim = self->sim;
	int result = SIM_WAITS;

	if (op->kind != IO_ACCEPT && sim_random_chance(&sim->random, sim->faults.races))
		result = sim_socket_try(socket_of(self, op), op);
	return result == SIM_WAITS ? -ECANCELED : result;
}

void sim_settle(struct sim_io *self, int fd)
{
	for (struct io_op *op = self->started; op != NULL; op = op->next) {
		if (op->fd != fd || op->state == SIM_FAILED || op->state == SIM_SETTLED)
			continue;
		if (op->state != SIM_CANCELLED)
			sim_fail(self->sim, "descriptor %d goes while an operation uses it", fd);
		op->result = try_cancelled(self, op);
		op->state = SIM_SETTLED;
	}
}

/* Its result, or SIM_WAITS. */
static int try_started(struct sim_io *self, struct io_op *op)
{
	switch (op->state) {
	case SIM_FAILED:
		return -ENOMEM;
	case SIM_SETTLED:
		return op->result;
	case SIM_CANCELLED:
		return try_cancelled(self, op);
	default:
		return op->kind == IO_ACCEPT ? SIM_WAITS : sim_socket_try(socket_of(self, op), op);
	}
}

static void go_on_started(struct sim_io *self, struct io_op *op)
{
	struct sim *sim = self->sim;

	if (op->state == IO_STARTED && sim_random_chance(&sim->random, sim->faults.late)) {
		add_started(self, op);
		return;
	}
	int result = try_started(self, op);
	if (result != SIM_WAITS) {
		op->state = IO_READY;
		add_ended(self, op, result);
		return;
	}
	struct sim_socket *socket = socket_of(self, op);
	struct io_op **place = sim_socket_place(socket, op);
	if (*place != NULL)
		sim_fail(sim, "two operations one way on descriptor %d", op->fd);
	*place = op;
	if (op->kind == IO_ACCEPT && socket->pending != NULL)
		sim_fire(socket);
}

static void go_on_waiting(struct sim_io *self, struct sim_socket *socket, struct io_op **place)
{
	struct io_op *op = *place;

	if (op == NULL)
		return;
	if (op->kind == IO_ACCEPT) {
		add_ended(self, op, SIM_WAITS); /* accept_some() looks */
		return;
	}
	int result = sim_socket_try(socket, op);
	if (result == SIM_WAITS)
		return;
	*place = NULL;
	op->state = IO_READY;
	add_ended(self, op, result);
}

static void try_all(struct sim_io *self)
{
	struct sim_socket *socket = self->fired;
	struct io_op *op = self->started;

	self->fired = NULL;
	self->fired_tail = &self->fired;
	self->started = NULL;
	self->started_tail = &self->started;
	while (socket != NULL) {
		struct sim_socket *next = socket->next_fired;

		socket->is_fired = false;
		if (!socket->closed && socket->owner == self) {
			go_on_waiting(self, socket, &socket->in);
			go_on_waiting(self, socket, &socket->out);
		}
		socket = next;
	}
	while (op != NULL) {
		struct io_op *next = op->next;

		go_on_started(self, op);
		op = next;
	}
}

/* ---- ending ---- */

static void complete(struct sim *sim, struct io_op *op, int result)
{
	note(sim, (uint64_t)sim->now_us << 8 | op->kind);
	note(sim, (uint64_t)(uint32_t)result << 32 | (uint32_t)op->fd);
	if (sim->watcher.ends != NULL)
		sim->watcher.ends(sim->watcher.context, op, result);
	io_complete(op, result);
}

static void accept_some(struct sim_io *self, struct io_op *op)
{
	struct sim *sim = self->sim;
	struct sim_socket *listener = socket_of(self, op);

	for (int i = 0; i < ACCEPTS_PER_TURN && op->state == IO_STARTED; i++) {
		if (listener->pending == NULL)
			return;
		if (sim_random_chance(&sim->random, sim->faults.accept_failures)) {
			listener->in = NULL;
			complete(sim, op, -EMFILE);
			return;
		}
		complete(sim, op, sim_socket_accept(listener));
	}
	sim_fire(listener);
}

/* An accept that was cancelled may have got another connection before. */
static void accept_cancelled(struct sim_io *self, struct io_op *op)
{
	struct sim *sim = self->sim;
	struct sim_socket *listener = socket_of(self, op);

	if (listener->pending != NULL && sim_random_chance(&sim->random, sim->faults.races))
		complete(sim, op, sim_socket_accept(listener));
	complete(sim, op, -ECANCELED);
}

static void shuffle(struct sim_io *self)
{
	for (size_t i = self->n_ended; i > 1; i--) {
		size_t j = sim_random_below(&self->sim->random, i);
		struct sim_ended kept = self->ended[i - 1];

		self->ended[i - 1] = self->ended[j];
		self->ended[j] = kept;
	}
}

static void complete_all(struct sim_io *self)
{
	if (sim_random_chance(&self->sim->random, 300))
		shuffle(self);
	for (size_t i = 0; i < self->n_ended; i++) {
		struct io_op *op = self->ended[i].op;

		if (self->ended[i].result == SIM_WAITS)
			accept_some(self, op);
		else if (op->kind == IO_ACCEPT && self->ended[i].result == -ECANCELED)
			accept_cancelled(self, op);
		else
			complete(self->sim, op, self->ended[i].result);
	}
	self->n_ended = 0;
}

/* ---- turns ---- */

/* io_run() makes one turn and comes back here for the next, which pauses it. */
static int turn(struct io *io, int64_t wait_us)
{
	struct sim_io *self = self_of(io);

	if (self->has_turned) {
		self->wait_us = wait_us;
		return -EINPROGRESS;
	}
	self->has_turned = true;
	io->now_us = self->sim->now_us;
	try_all(self);
	complete_all(self);
	return 0;
}

/* When it will run again if nothing happens before. */
static int64_t next_turn_us(struct sim_io *self)
{
	struct sim *sim = self->sim;
	int64_t at_us = INT64_MAX;

	if (self->started != NULL || self->fired != NULL || self->wait_us == 0)
		at_us = sim->now_us + sim_random_between(&sim->random, 1, WAKE_US);
	else if (self->wait_us > 0)
		at_us = sim->now_us + self->wait_us + sim_random_between(&sim->random, 0, WAKE_US);
	if (at_us < INT64_MAX && sim_random_below(&sim->random, 1000000) < sim->faults.pauses)
		at_us += sim_random_scale(&sim->random, 100, PAUSE_US);
	return at_us;
}

static int run_turn(struct sim_io *self)
{
	struct sim *sim = self->sim;

	sim->turns++;
	self->has_turned = false;
	self->runs_us = INT64_MAX;
	int error = io_run(&self->io);
	if (error == -EINPROGRESS) {
		int64_t at_us = next_turn_us(self);

		self->runs_us = at_us < self->runs_us ? at_us : self->runs_us;
		error = 0;
	} else {
		self->stopped = true;
	}
	if (sim->watcher.turned != NULL)
		sim->watcher.turned(sim->watcher.context);
	return error;
}

/* The loop whose turn comes first; NULL when all were stopped. */
static struct sim_io *first_io(const struct sim *sim)
{
	struct sim_io *first = NULL;

	for (struct sim_io *self = sim->ios; self != NULL; self = self->next) {
		if (!self->stopped && (first == NULL || self->runs_us < first->runs_us))
			first = self;
	}
	return first;
}

static void run_event(struct sim *sim)
{
	struct sim_event *event = sim->events[1];

	sim_call_off(sim, event);
	if (event->at_us > sim->now_us)
		sim->now_us = event->at_us;
	event->happen(sim, event);
}

int sim_run(struct sim *sim)
{
	struct sim_io *self;
	int error = 0;

	for (self = sim->ios; self != NULL; self = self->next) {
		self->stopped = false;
		runs_soon(self);
	}
	while (error == 0 && (self = first_io(sim)) != NULL) {
		if (sim->n_events > 0 && sim->events[1]->at_us <= self->runs_us) {
			run_event(sim);
			continue;
		}
		if (self->runs_us == INT64_MAX)
			sim_fail(sim, "the program waits, and nothing will happen");
		sim->now_us = self->runs_us > sim->now_us ? self->runs_us : sim->now_us;
		error = run_turn(self);
	}
	return error;
}

void sim_run_out(struct sim *sim, int64_t for_us)
{
	int64_t until_us = sim->now_us + for_us;

	while (sim->n_events > 0 && sim->events[1]->at_us <= until_us)
		run_event(sim);
}

/* ---- making ---- */

static void destroy(struct io *io)
{
	struct sim_io *self = self_of(io), **place = &self->sim->ios;

	if (self->started != NULL)
		sim_fail(self->sim, "an operation has never ended");
	io_finish(io);
	while (*place != self)
		place = &(*place)->next;
	*place = self->next;
	sim_free(self->ended);
	sim_free(self);
}

static const struct io_impl sim_impl = {
	.name = "simulation",
	.destroy = destroy,
	.start = start,
	.cancel = cancel,
	.turn = turn,
	.wake = wake,
	.listen = sim_socket_listen,
	.socket = sim_socket_make,
	.pin = sim_socket_pin,
	.forget = sim_socket_forget,
	.shutdown = sim_socket_shutdown,
	.close = sim_socket_close,
	.local = sim_socket_local,
	.peer = sim_socket_peer,
	.set = sim_socket_set,
	.link = sim_socket_link,
	.unread = sim_socket_unread,
};

struct io *sim_io_create(struct sim *sim)
{
	struct sim_io *self = sim_alloc(sizeof(*self));

	io_init(&self->io, &sim_impl);
	self->io.now_us = sim->now_us;
	self->sim = sim;
	self->runs_us = sim->now_us;
	self->started_tail = &self->started;
	self->fired_tail = &self->fired;
	self->next = sim->ios;
	sim->ios = self;
	return &self->io;
}

struct sim *sim_create(uint64_t seed)
{
	struct sim *sim = sim_alloc(sizeof(*sim));

	sim->random = sim_random(&seed) ^ 1; /* not the scenario's */
	sim->now_us = START_US;
	return sim;
}

void sim_destroy(struct sim *sim)
{
	if (sim->n_open > 0)
		sim_fail(sim, "%zu descriptors were never closed", sim->n_open);
	sim_sockets_free(sim);
	sim_free(sim->events);
	sim_free(sim);
}

void sim_set_faults(struct sim *sim, const struct sim_faults *faults)
{
	sim->faults = *faults;
}

void sim_watch(struct sim *sim, const struct sim_watcher *watcher)
{
	sim->watcher = *watcher;
}

int64_t sim_now_us(const struct sim *sim)
{
	return sim->now_us;
}

const int64_t *sim_clock(const struct sim *sim)
{
	return &sim->now_us;
}

uint64_t *sim_seed(struct sim *sim)
{
	return &sim->random;
}

uint64_t sim_digest(const struct sim *sim)
{
	return sim->digest;
}

uint64_t sim_turns(const struct sim *sim)
{
	return sim->turns;
}

size_t sim_open_descriptors(const struct sim *sim)
{
	return sim->n_open;
}

void sim_set_verbose(struct sim *sim, bool verbose)
{
	sim->verbose = verbose;
}
