/* SPDX-License-Identifier: MIT */
#include "relay/relay.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/endpoint.h"
#include "common/inherited.h"
#include "common/log.h"
#include "common/signals.h"
#include "common/url.h"
#include "relay/bus.h"
#include "relay/control.h"
#include "relay/listener.h"
#include "relay/reload.h"

/* ---- what the workers share ---- */

uint64_t relay_sum(const struct relay *relay, size_t field)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < relay->n_workers; i++) {
		const char *counters = (const char *)&relay->workers[i].counters;

		sum += counter_get((const counter *)(const void *)(counters + field));
	}
	return sum;
}

uint64_t relay_frame_bytes(const struct relay *relay)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < relay->n_workers; i++)
		bytes += counter_get(&relay->workers[i].pool.used_bytes);
	return bytes;
}

uint64_t relay_spare_frame_bytes(const struct relay *relay)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < relay->n_workers; i++)
		bytes += counter_get(&relay->workers[i].pool.spare_bytes);
	return bytes;
}

int relay_add_peer(struct relay *relay, const struct peer *peer, uint32_t max)
{
	pthread_mutex_lock(&relay->peers_lock);
	int error = peers_add(&relay->peers, peer, max);
	pthread_mutex_unlock(&relay->peers_lock);
	return error;
}

void relay_remove_peer(struct relay *relay, const struct peer *peer)
{
	pthread_mutex_lock(&relay->peers_lock);
	peers_remove(&relay->peers, peer);
	pthread_mutex_unlock(&relay->peers_lock);
}

/* The manager is to restart a relay of which one worker is stuck. */
static bool all_have_ticked(const struct relay *relay, int64_t since_us)
{
	for (unsigned i = 0; i < relay->n_workers; i++) {
		if ((int64_t)counter_get(&relay->workers[i].ticked_us) <= since_us)
			return false;
	}
	return true;
}

void relay_tick(struct relay *relay, int64_t now_us)
{
	struct notify *notify = &relay->notify;

	if (notify_is_due(notify, now_us) && all_have_ticked(relay, notify->fed_us))
		notify_feed(notify, now_us);
	notify_status(notify, now_us, "streams: %" PRIu64 ", viewers: %" PRIu64,
		      relay_total(relay, streams_now), relay_total(relay, viewers_now));
}

void relay_drain(struct relay *relay, const char *reason)
{
	struct worker *first = &relay->workers[0];

	if (!first->draining) {
		log_info("%s: %llu viewers, %llu publishers", reason,
			 (unsigned long long)relay_total(relay, viewers_now),
			 (unsigned long long)relay_total(relay, publishers_now));
		notify_stopping(&relay->notify);
	}
	bus_drain(first, reason);
	worker_drain(first, reason);
}

static void told_to_end(void *relay)
{
	relay_drain(relay, "the relay is shutting down");
}

static void told_to_reload(void *relay)
{
	reload_run(relay, NULL);
}

/* ---- threads ---- */

/* All loops exist before anybody runs, so that everybody can be told things. */
struct start {
	struct relay *relay;
	unsigned index;
	pthread_t thread;
	enum io_backend backend;
	pthread_barrier_t *ready;
	int error;
};

/* Each loop is made by the thread that runs it: io_uring holds that thread to it. */
static int open_worker(struct relay *relay, unsigned index, enum io_backend backend)
{
	const char *why;
	struct io *io;
	int error = io_create(&io, backend, &why);

	if (error < 0)
		return error;
	if (*why != '\0')
		log_info("using epoll instead of io_uring: %s", why);
	worker_init(&relay->workers[index], relay, index, io);
	return 0;
}

static void *worker_thread(void *argument)
{
	struct start *start = argument;
	struct worker *worker = &start->relay->workers[start->index];

	start->error = open_worker(start->relay, start->index, start->backend);
	pthread_barrier_wait(start->ready);
	pthread_barrier_wait(start->ready); /* everybody has looked at the errors */
	if (start->error < 0)
		return NULL;
	listeners_join(worker);
	int error = io_run(worker->io);
	if (error < 0) {
		log_error("worker %u failed: %s", start->index, strerror(-error));
		abort(); /* its viewers can't be served any more */
	}
	return NULL;
}

static int start_threads(struct relay *relay, struct start *starts, pthread_barrier_t *ready)
{
	enum io_backend backend = strcmp(io_name(relay->workers[0].io), "epoll") == 0
					  ? IO_BACKEND_EPOLL
					  : IO_BACKEND_URING;
	int error = 0;

	for (unsigned i = 1; i < relay->n_workers; i++) {
		starts[i] = (struct start){
			.relay = relay, .index = i, .backend = backend, .ready = ready};
		if (pthread_create(&starts[i].thread, NULL, worker_thread, &starts[i]) != 0)
			abort(); /* the others wait for it; no thread at start is no relay */
	}
	pthread_barrier_wait(ready);
	for (unsigned i = 1; i < relay->n_workers; i++)
		error = error < 0 ? error : starts[i].error;
	if (error < 0)
		log_error("a worker can't start: %s", strerror(-error));
	return error;
}

/* ---- running ---- */

/* Of what was asked for here, but isn't to be had; the default was asked for by nobody. */
static void say_what_is_not_served(const struct option_list *listen,
				   const struct inherited *inherited)
{
	for (size_t i = 0; i < listen->n; i++) {
		if (strcmp(listen->items[i], "localhost:" URL_DEFAULT_PORT) != 0 &&
		    !endpoint_is_served(listen->items[i], URL_DEFAULT_PORT, inherited->listeners,
					inherited->n_listeners))
			log_warning("listen = %s doesn't count: the service manager hands over "
				    "other sockets; for those: systemctl edit "
				    "spillway-relay.socket",
				    listen->items[i]);
	}
}

static int adopt_listeners(struct relay *relay, const struct inherited *inherited)
{
	for (size_t i = 0; i < inherited->n_listeners; i++) {
		int error = listener_adopt(&relay->workers[0], inherited->listeners[i]);

		if (error < 0) {
			log_error("can't listen on an inherited socket: %s", strerror(-error));
			return error;
		}
	}
	return 0;
}

static int open_listeners(struct relay *relay, const struct inherited *inherited)
{
	const struct option_list *listen = &relay->config->listen;
	char error[512];

	if (inherited->n_listeners > 0) {
		say_what_is_not_served(listen, inherited);
		return adopt_listeners(relay, inherited);
	}
	for (size_t i = 0; i < listen->n; i++) {
		if (listener_open(&relay->workers[0], listen->items[i], error, sizeof(error)) < 0) {
			log_error("%s", error);
			return -1;
		}
	}
	return 0;
}

static void open_control(struct relay *relay, int inherited)
{
	int error = control_create(&relay->workers[0], relay->config->control, inherited);

	/* Nobody's stream depends on it. */
	if (error < 0)
		log_warning("no control socket: %s (another relay may have it; see --control)",
			    strerror(-error));
}

/* What was on its way when the loops stopped arrives now, and may be answered. */
static void flush(struct relay *relay)
{
	for (unsigned round = 0; round < 4; round++) {
		for (unsigned i = 0; i < relay->n_workers; i++)
			io_flush(relay->workers[i].io);
	}
}

static void finish(struct relay *relay)
{
	flush(relay);
	for (unsigned i = 0; i < relay->n_workers; i++)
		worker_finish(&relay->workers[i]);
	for (unsigned i = 0; i < relay->n_workers; i++)
		io_destroy(relay->workers[i].io);
	peers_finish(&relay->peers);
	shelf_finish(&relay->shelf);
	pthread_mutex_destroy(&relay->peers_lock);
	free(relay->workers);
	relay_config_destroy(relay->config);
}

static unsigned count_workers(const struct relay_config *config)
{
	cpu_set_t cores;

	if (config->workers > 0)
		return (unsigned)config->workers;
	if (sched_getaffinity(0, sizeof(cores), &cores) < 0)
		return 1;
	int n = CPU_COUNT(&cores);
	return n < RELAY_MAX_WORKERS ? (unsigned)n : RELAY_MAX_WORKERS;
}

int relay_run(struct relay *relay, struct relay_config *config)
{
	struct start starts[RELAY_MAX_WORKERS];
	struct signals signals = {.end = told_to_end, .reload = told_to_reload, .context = relay};
	struct inherited inherited;
	pthread_barrier_t ready;
	char why[INHERITED_ERROR_SIZE];

	*relay = (struct relay){
		.config = config, .n_workers = count_workers(config), .started_s = time(NULL)};
	notify_init(&relay->notify);
	if (inherited_take(&inherited, why) < 0) {
		log_error("%s", why);
		return 1;
	}
	pthread_mutex_init(&relay->peers_lock, NULL);
	shelf_init(&relay->shelf);
	relay->workers =
		aligned_alloc(_Alignof(struct worker), relay->n_workers * sizeof(struct worker));
	if (relay->workers == NULL)
		return 1;
	int error = open_worker(relay, 0, (enum io_backend)config->io);
	if (error < 0) {
		log_error("no input and output: %s; try --io epoll", strerror(-error));
		return 1;
	}
	if (signals_init(&signals, relay->workers[0].io) < 0 ||
	    open_listeners(relay, &inherited) < 0)
		return 1;
	pthread_barrier_init(&ready, NULL, relay->n_workers);
	if (start_threads(relay, starts, &ready) < 0)
		return 1;
	open_control(relay, inherited.control);
	pthread_barrier_wait(&ready);
	notify_ready(&relay->notify);

	error = io_run(relay->workers[0].io);
	if (error < 0) {
		log_error("the event loop failed: %s", strerror(-error));
		return 1;
	}
	for (unsigned i = 1; i < relay->n_workers; i++)
		pthread_join(starts[i].thread, NULL);
	signals_finish(&signals);
	finish(relay);
	log_info("ended");
	return 0;
}
