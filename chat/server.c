/* SPDX-License-Identifier: MIT */
#include "chat/server.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chat/client.h"
#include "chat/control.h"
#include "chat/data_home.h"
#include "chat/ghost.h"
#include "chat/herald.h"
#include "chat/listener.h"
#include "chat/login.h"
#include "chat/motd.h"
#include "chat/reload.h"
#include "chat/room.h"
#include "chat/room_change.h"
#include "chat/room_expiry.h"
#include "chat/room_keep.h"
#include "chat/secret.h"
#include "common/control_socket.h"
#include "common/endpoint.h"
#include "common/inherited.h"
#include "common/log.h"
#include "common/signals.h"

/* ---- looking up ---- */

struct client *server_find_client(const struct server *server, const char *nick)
{
	struct table_link *link = table_find(&server->nicks, nick);

	return link != NULL ? list_item(link, struct client, by_nick) : NULL;
}

struct room *server_find_room(const struct server *server, const char *name)
{
	struct table_link *link = table_find(&server->rooms, name);

	return link != NULL ? list_item(link, struct room, by_name) : NULL;
}

void server_next_id(struct server *server, char ret_id[EVENT_ID_SIZE])
{
	snprintf(ret_id, EVENT_ID_SIZE, "%s%" PRIx64, server->id_prefix, ++server->last_id);
}

void server_stored(struct server *server, int result)
{
	if (result < 0 && result != server->store_error)
		log_error("messages can't be stored, so they aren't delivered: %s",
			  database_sentence(result));
	else if (result == 0 && server->store_error < 0)
		log_info("messages can be stored again");
	server->store_error = result;
}

/* ---- what happens by the clock ---- */

static void swept(struct io_op *op, int result);

static void sweep_next(struct server *server)
{
	io_timer(server->io, &server->sweep, io_now_us(server->io) + SERVER_SWEEP_US, swept);
}

static void force_end(struct server *server)
{
	struct list *link, *after;

	list_each_safe (link, after, &server->clients)
		conn_close(&list_item(link, struct client, link)->conn);
}

static bool is_drained(const struct server *server)
{
	return list_empty(&server->clients) && list_empty(&server->listeners) &&
	       store_idle(server->store) && passwords_idle(server->passwords) &&
	       herald_ended(server->herald) && server->control == NULL;
}

static void tell_manager(struct server *server, int64_t now_us)
{
	if (notify_is_due(&server->notify, now_us))
		notify_feed(&server->notify, now_us);
	notify_status(&server->notify, now_us, "clients: %zu, rooms: %zu", server->n_clients,
		      server->rooms.n);
}

static void swept(struct io_op *op, int result)
{
	struct server *server = list_item(op, struct server, sweep);
	int64_t now_us = io_now_us(server->io);
	struct list *link, *after;

	(void)result;
	if (server->draining && is_drained(server)) {
		io_stop(server->io);
		return;
	}
	list_each_safe (link, after, &server->clients)
		client_sweep(list_item(link, struct client, link), now_us);
	ghosts_sweep(server, now_us);
	retention_sweep(&server->retention, server, now_us);
	chronicle_flush(&server->chronicle);
	herald_sweep(server->herald, now_us);
	rate_sample(&server->rate, now_us, server->counters.messages);
	room_expiry_check(server, time(NULL));
	tell_manager(server, now_us);
	if (server->draining && now_us >= server->drain_until_us)
		force_end(server);
	sweep_next(server);
}

/* ---- ending ---- */

/* The sweep looks, so that whoever calls this may still begin something. */
void server_check_drained(struct server *server)
{
	if (server->draining && is_drained(server))
		io_cancel(server->io, &server->sweep);
}

void server_drain(struct server *server)
{
	struct list *link, *after;

	if (server->draining) {
		force_end(server);
		return;
	}
	log_info("the chat is shutting down: %zu clients, %zu rooms", server->n_clients,
		 server->rooms.n);
	notify_stopping(&server->notify);
	server->draining = true;
	server->drain_until_us = io_now_us(server->io) + server->config->drain_timeout_s * 1000000;
	listeners_close(server);
	herald_end(server->herald);
	control_socket_end(server->control);
	list_each_safe (link, after, &server->clients)
		client_leave(list_item(link, struct client, link), "The chat is shutting down");
	ghosts_end_all(server);
	chronicle_flush(&server->chronicle);
	server_check_drained(server);
}

static void told_to_end(void *server)
{
	server_drain(server);
}

static void told_to_reload(void *server)
{
	json_decref(reload_run(server));
}

/* ---- starting ---- */

static int open_io(struct server *server)
{
	const char *why;
	int error = io_create(&server->io, (enum io_backend)server->config->io, &why);

	if (error < 0) {
		log_error("no input and output: %s; try --io epoll", strerror(-error));
		return error;
	}
	conns_init(&server->conns, server->io, &client_conn_owner, &server->counters.conns);
	if (*why != '\0')
		log_info("using epoll instead of io_uring: %s", why);
	return 0;
}

/* Of what was asked for here, but isn't to be had; the default was asked for by nobody. */
static void say_what_is_not_served(const struct option_list *listen,
				   const struct inherited *inherited)
{
	for (size_t i = 0; i < listen->n; i++) {
		if (strcmp(listen->items[i], "localhost:" CHAT_DEFAULT_PORT) != 0 &&
		    !endpoint_is_served(listen->items[i], CHAT_DEFAULT_PORT, inherited->listeners,
					inherited->n_listeners))
			log_warning("listen = %s doesn't count: the service manager hands over "
				    "other sockets; for those: systemctl edit "
				    "spillway-chat.socket",
				    listen->items[i]);
	}
}

static int adopt_listeners(struct server *server, const struct inherited *inherited)
{
	for (size_t i = 0; i < inherited->n_listeners; i++) {
		int error = listener_adopt(server, inherited->listeners[i]);

		if (error < 0) {
			log_error("can't listen on an inherited socket: %s", strerror(-error));
			return error;
		}
	}
	return 0;
}

static int open_listeners(struct server *server, const struct inherited *inherited)
{
	const struct option_list *listen = &server->config->listen;
	char error[512];

	if (inherited->n_listeners > 0) {
		say_what_is_not_served(listen, inherited);
		return adopt_listeners(server, inherited);
	}
	for (size_t i = 0; i < listen->n; i++) {
		if (listener_open(server, listen->items[i], error, sizeof(error)) < 0) {
			log_error("%s", error);
			return -1;
		}
	}
	return 0;
}

static int load_cloak_key(struct server *server, const char *folder)
{
	int error = secret_load(folder, SERVER_CLOAK_FILE, server->cloak_key, CLOAK_KEY_SIZE);

	if (error < 0)
		log_error("the key of the cloaks, %s/" SERVER_CLOAK_FILE ": %s", folder,
			  error == -EINVAL
				  ? "it has another size; without the file a new one is made"
				  : strerror(-error));
	return error;
}

static void open_control(struct server *server, int inherited)
{
	int error = control_create(server, inherited);

	/* Nobody's conversation depends on it. */
	if (error < 0)
		log_warning("no control socket: %s (another chat may have it; see --control)",
			    strerror(-error));
}

static int open_store(struct server *server)
{
	char folder[DATA_HOME_SIZE], why[DATABASE_WHY_SIZE];
	int error = data_home_find(server->config->data, folder);

	if (error < 0) {
		log_error("the data folder %s: %s; name another one with --data", folder,
			  strerror(-error));
		return error;
	}
	error = store_open(&server->store, server->io, folder, STORE_SERVES, why);
	if (error < 0) {
		log_error("%s", why);
		return error;
	}
	server->data = realpath(folder, NULL);
	if (server->data == NULL) {
		log_error("the data folder %s: %s", folder, strerror(errno));
		return -errno;
	}
	log_info("data is kept in %s", folder);
	return load_cloak_key(server, folder);
}

/* Who has an account, and a thread for their passwords. */
static int open_accounts(struct server *server)
{
	int error = roster_load(&server->roster, server->store);

	randombytes_buf(server->scram_secret, sizeof(server->scram_secret));
	if (error == 0)
		error = passwords_create(&server->passwords, server->io);
	if (error < 0)
		log_error("accounts: %s", strerror(-error));
	return error;
}

static int load_board(struct server *server)
{
	size_t left_out;
	int error = board_load(&server->board, server->store, &left_out);

	if (error < 0)
		log_error("the announcements can't be read: %s", database_sentence(error));
	else if (left_out > 0)
		log_warning("%zu announcements aren't shown: there are more than %d of a room, or "
			    "they make no sense",
			    left_out, BOARD_MAX);
	return error;
}

static int open_herald(struct server *server)
{
	if (server->config->relay == NULL)
		return 0;
	server->herald = herald_create(server);
	if (server->herald == NULL)
		log_error("out of memory");
	return server->herald != NULL ? 0 : -ENOMEM;
}

static int load_rooms(struct server *server)
{
	int error = room_keep_load(server);

	if (error < 0)
		log_error("the rooms can't be read: %s", database_sentence(error));
	return error;
}

static int read_motd(struct server *server)
{
	int error = motd_read(server->config->motd, &server->motd);

	if (error < 0)
		log_error("can't read the message of the day, %s: %s", server->config->motd,
			  strerror(-error));
	return error;
}

static void init(struct server *server, struct chat_config *config)
{
	unsigned char random[8];

	*server = (struct server){.config = config, .started_s = time(NULL)};
	notify_init(&server->notify);
	list_init(&server->listeners);
	list_init(&server->clients);
	list_init(&server->ghosts);
	list_init(&server->all_rooms);
	list_init(&server->changes);
	chronicle_init(&server->chronicle, server);
	mask_list_init(&server->bans);
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(server->id_prefix, sizeof(server->id_prefix), random, sizeof(random));
	server->id_prefix[2 * sizeof(random)] = '-';
}

static int make_flood(struct server *server)
{
	unsigned char key[FLOOD_KEY_SIZE];
	int error;

	randombytes_buf(key, sizeof(key));
	error = flood_init(&server->flood, key);
	if (error < 0)
		log_error("no memory for the flood limits: %s", strerror(-error));
	return error;
}

static void finish(struct server *server)
{
	herald_destroy(server->herald);
	room_end_all(server);
	mask_list_finish(&server->bans);
	table_finish(&server->nicks);
	table_finish(&server->people);
	table_finish(&server->rooms);
	table_finish(&server->targets);
	board_finish(&server->board);
	roster_finish(&server->roster);
	passwords_destroy(server->passwords);
	peers_finish(&server->peers);
	flood_finish(&server->flood);
	store_close(server->store);
	chronicle_finish(&server->chronicle);
	io_destroy(server->io);
	free(server->motd);
	free(server->data);
}

int server_run(struct server *server, struct chat_config *config)
{
	struct signals signals = {.end = told_to_end, .reload = told_to_reload, .context = server};
	struct inherited inherited;
	char why[INHERITED_ERROR_SIZE];

	if (sodium_init() < 0)
		return 1;
	init(server, config);
	if (inherited_take(&inherited, why) < 0) {
		log_error("%s", why);
		return 1;
	}
	if (read_motd(server) < 0 || make_flood(server) < 0 || open_io(server) < 0 ||
	    signals_init(&signals, server->io) < 0 || open_store(server) < 0 ||
	    open_accounts(server) < 0 || load_rooms(server) < 0 || load_board(server) < 0 ||
	    open_listeners(server, &inherited) < 0 || open_herald(server) < 0)
		return 1;
	open_control(server, inherited.control);
	rate_init(&server->rate, io_now_us(server->io), 0);
	sweep_next(server);
	notify_ready(&server->notify);
	int error = io_run(server->io);
	if (error < 0) {
		log_error("the event loop failed: %s", strerror(-error));
		return 1;
	}
	signals_finish(&signals);
	finish(server);
	log_info("ended");
	return 0;
}
