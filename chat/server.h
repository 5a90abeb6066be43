/* SPDX-License-Identifier: MIT */
/*
 * The chat service: who is connected, who is called what, which rooms there are. One thread; it
 * owns its loop, its listeners, clients and rooms.
 */
#ifndef SPILLWAY_SERVER_H
#define SPILLWAY_SERVER_H

#include "chat/cloak.h"
#include "chat/board.h"
#include "chat/commands.h"
#include "chat/chronicle.h"
#include "chat/config.h"
#include "chat/conn.h"
#include "chat/counters.h"
#include "chat/mask_list.h"
#include "chat/passwords.h"
#include "chat/rate.h"
#include "chat/response.h"
#include "chat/retention.h"
#include "chat/roster.h"
#include "chat/store.h"
#include "chat/table.h"
#include "chat/whowas.h"
#include "common/io.h"
#include "common/list.h"
#include "common/notify.h"
#include "common/peers.h"

#define SERVER_CLOAK_FILE "cloak.key" /* in the data folder */

enum { SERVER_SWEEP_US = 250000, SERVER_MAX_BANS = 1000 };

struct herald;

struct server {
	struct chat_config *config; /* borrowed; only reload.c changes it */
	struct io *io;
	struct list listeners;
	struct conns conns;
	struct list clients; /* all connections */
	struct list ghosts;  /* of lost ones; see ghost.h */
	size_t n_ghosts;
	size_t n_clients, n_registered, n_invisible, n_operators, most_registered;
	size_t n_membership;   /* of the clients those with twitch.tv/membership */
	struct table nicks;    /* of those who have registered */
	struct table people;   /* struct person, by account */
	struct table rooms;    /* by name */
	struct list all_rooms; /* struct room, link */
	struct list changes;   /* struct room_change, link: those being stored */
	size_t n_renaming;     /* rooms */
	size_t n_busy_rooms;   /* that have members */
	struct table targets;  /* struct target of monitor.h, by nick */
	struct whowas whowas;
	struct flood flood;
	struct peers peers; /* how many connections each address has */
	unsigned char cloak_key[CLOAK_KEY_SIZE];
	struct mask_list bans; /* of the service */
	int64_t next_expiry_s; /* of all lists, Unix time; 0: nothing expires */
	struct store_write expiry;
	bool expiring; /* the store is at it */
	char *data;    /* the folder, from the root on */
	struct store *store;
	int store_error;  /* of its last write; 0: none */
	int record_error; /* the same of record.h */
	struct retention retention;
	struct chronicle chronicle;
	struct board board;	   /* announcements */
	struct roster roster;	   /* names of accounts */
	uint64_t metadata_changes; /* of accounts, that were stored */
	struct passwords *passwords;
	unsigned char scram_secret[SCRAM_SECRET]; /* for accounts that aren't there */
	struct herald *herald;			  /* NULL: without --relay */
	struct response response;
	uint64_t command_counts[COMMANDS_MAX]; /* in the order of commands.c */
	struct counters counters;
	struct rate rate;		/* of counters.messages */
	struct control_socket *control; /* NULL: none */
	uint64_t visit;
	char id_prefix[24]; /* of message ids: another one in each run */
	uint64_t last_id, last_client, n_batches;
	int64_t started_s; /* Unix time */
	char *motd;	   /* NULL: none */
	bool draining;
	int64_t drain_until_us;
	struct io_op sweep;
	struct notify notify;
};

/* Runs the service until it was told to end, and all have gone. Returns the exit status. */
int server_run(struct server *server, struct chat_config *config);
/* Says good-bye to everybody and ends. The second time at once. */
void server_drain(struct server *server);
/* Something has gone; when it was the last, and the service ends, the loop stops. */
void server_check_drained(struct server *server);

void server_next_id(struct server *server, char ret_id[EVENT_ID_SIZE]);
/* How a write came out: what is wrong with the store is logged, once. */
void server_stored(struct server *server, int result);
/* NULL: nobody has registered under that nick. */
struct client *server_find_client(const struct server *server, const char *nick);
struct room *server_find_room(const struct server *server, const char *name);

#endif
