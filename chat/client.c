/* SPDX-License-Identifier: MIT */
#include "chat/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chat/admission.h"
#include "chat/announcer.h"
#include "chat/commands.h"
#include "chat/errand.h"
#include "chat/ghost.h"
#include "chat/limits.h"
#include "chat/metadata_sync.h"
#include "chat/metadata_tell.h"
#include "chat/monitor.h"
#include "chat/person.h"
#include "chat/reply.h"
#include "chat/room_grant.h"
#include "chat/server.h"
#include "chat/service_ban.h"
#include "chat/twitch.h"
#include "chat/web.h"
#include "common/casemap.h"

/* ---- its connection ---- */

static int parse(char *line, size_t len, struct message *ret_message)
{
	int error = message_parse(line, len, ret_message);

	if (error == 0 && strlen(ret_message->tags) + 2 > MESSAGE_MAX_CLIENT_TAGS)
		error = -E2BIG;
	return error;
}

static void run_line(struct client *client, char *line, size_t len)
{
	struct message message;
	int error = parse(line, len, &message);

	if (error == 0)
		commands_run(client, &message);
	else
		commands_spoil_batch(client);
	if (error == -E2BIG)
		reply(client, ERR_INPUTTOOLONG, NULL);
	else if (error == -EILSEQ)
		reply_standard(client, "FAIL", *message.command != '\0' ? message.command : "*",
			       "INVALID_UTF8", NULL,
			       "Message rejected: this chat speaks UTF-8, and that wasn't");
	else if (error == -EINVAL)
		reply(client, ERR_UNKNOWNCOMMAND, "*", NULL);
}

static bool goes_ahead(const struct client *client, const char *line, size_t len)
{
	char copy[CONN_MAX_INPUT + 1]; /* it may have to be held as it is */
	struct message message;

	if (!errand_takes_message(client) || len > CONN_MAX_INPUT)
		return false;
	memcpy(copy, line, len);
	return parse(copy, len, &message) == 0 && commands_goes_ahead(client, &message);
}

/* Whether it must wait with its next line: for what is under way; since what it asks for would
 * close it; or it is too fast. */
static bool must_wait(struct client *client, const char *line, size_t len)
{
	return (!list_empty(&client->errands) && !goes_ahead(client, line, len)) ||
	       conn_is_behind(&client->conn) || !limits_take_line(client);
}

/* The connection is paused, so these are what one packet had behind a command that isn't done
 * yet. */
struct held_line {
	struct list link;
	size_t len;
	char text[];
};

static void hold_line(struct client *client, const char *line, size_t len)
{
	struct held_line *held = malloc(sizeof(*held) + len + 1);

	if (held == NULL) {
		client_leave(client, "The chat is out of memory");
		return;
	}
	held->len = len;
	memcpy(held->text, line, len);
	list_init(&held->link);
	list_add_tail(&client->backlog, &held->link);
}

static void line_came(struct conn *conn, char *line, size_t len)
{
	struct client *client = list_item(conn, struct client, conn);

	client->heard_us = io_now_us(client->server->io);
	client->pinged = false;
	client->server->counters.conns.lines_in++;
	if (!list_empty(&client->backlog) || must_wait(client, line, len)) {
		conn_pause(conn);
		hold_line(client, line, len);
	} else {
		run_line(client, line, len);
	}
}

void client_go_on(struct client *client)
{
	struct list *link, *after;

	list_each_safe (link, after, &client->backlog) {
		struct held_line *held = list_item(link, struct held_line, link);

		if (client->left || must_wait(client, held->text, held->len))
			return;
		list_remove(link);
		client->heard_us = io_now_us(client->server->io);
		run_line(client, held->text, held->len);
		free(held);
	}
	if (list_empty(&client->errands) || errand_takes_message(client))
		conn_resume(&client->conn);
}

static void drained(struct conn *conn)
{
	client_go_on(list_item(conn, struct client, conn));
}

static void line_too_long(struct conn *conn)
{
	struct client *client = list_item(conn, struct client, conn);

	errand_begin(client, "");
	commands_spoil_batch(client);
	reply(client, ERR_INPUTTOOLONG, NULL);
	errand_wait(client);
}

static void request_came(struct conn *conn, const struct http_head *head)
{
	web_request(list_item(conn, struct client, conn), head);
}

static void connection_lost(struct conn *conn, const char *why)
{
	client_lose(list_item(conn, struct client, conn), why);
}

void client_destroy(struct client *client)
{
	metadata_clear(&client->metadata);
	metadata_clear(&client->subscriptions);
	free(client);
}

static void connection_gone(struct conn *conn)
{
	struct client *client = list_item(conn, struct client, conn);
	struct server *server = client->server;
	struct list *link, *after;

	commands_end_sasl(client);
	commands_end_batch(client);
	commands_forget_pass(client);
	errand_forget(client);
	person_remove(client);
	list_each_safe (link, after, &client->backlog)
		free(list_item(link, struct held_line, link));
	admission_end(client);
	list_remove(&client->link);
	server->n_clients--;
	server->n_membership -= (client->caps & CAP_TWITCH_MEMBERSHIP) != 0;
	if (client->ghost != NULL)
		client->disconnected = true;
	else
		client_destroy(client);
	server_check_drained(server);
}

const struct conn_owner client_conn_owner = {
	.line = line_came,
	.overlong = line_too_long,
	.request = request_came,
	.drained = drained,
	.lost = connection_lost,
	.gone = connection_gone,
};

static void write_error(struct event *event, const char *host, const char *reason)
{
	char text[MESSAGE_MAX_LINE];

	event_init_plain(event);
	snprintf(text, sizeof(text), "Closing link: %s (%s)", host, reason);
	message_write_command(&event->writer, NULL, "ERROR");
	message_write_text(&event->writer, text);
}

void client_create(struct server *server, int fd)
{
	size_t most = (size_t)server->config->max_clients;
	struct client *client = NULL;
	char why[ADMISSION_WHY_SIZE] = "";

	if (server->n_clients < most + CLIENT_SPARE)
		client = calloc(1, sizeof(*client));
	if (client == NULL) {
		io_close(server->io, fd);
		return;
	}
	client->server = server;
	client->number = ++server->last_client;
	client->modes = USER_MODE_INVISIBLE;
	client->connected_us = client->heard_us = client->active_us = io_now_us(server->io);
	list_init(&client->memberships);
	list_init(&client->invites);
	list_init(&client->watches);
	list_init(&client->errands);
	list_init(&client->backlog);
	list_init(&client->by_person);
	if (admission_begin(client, fd, why) == -ENOMEM) {
		io_close(server->io, fd);
		free(client);
		return;
	}
	if (conn_init(&client->conn, &server->conns, fd, (size_t)server->config->max_queue) < 0) {
		admission_end(client);
		free(client);
		return;
	}
	list_init(&client->link);
	list_add_tail(&server->clients, &client->link);
	server->n_clients++;
	server->counters.connections++;
	if (server->n_clients > most) {
		server->counters.refused++;
		client_leave(client, "The chat is full");
	} else if (*why != '\0') {
		server->counters.refused++;
		client_leave(client, why);
	}
}

const char *client_name(const struct client *client)
{
	return client->nick[0] != '\0' ? client->nick : "*";
}

/* ---- coming ---- */

static void write_source(struct client *client)
{
	snprintf(client->source, sizeof(client->source), "%s!%s@%s", client->nick, client->user,
		 client->host);
}

static void welcome(struct client *client)
{
	struct server *server = client->server;
	const struct chat_config *config = server->config;
	char text[MESSAGE_MAX_LINE], modes[MODE_TEXT_SIZE];

	snprintf(text, sizeof(text), "Welcome to the %s chat, %s", config->network, client->nick);
	reply(client, RPL_WELCOME, text, NULL);
	snprintf(text, sizeof(text), "Your host is %s, running spillway-chat " SPILLWAY_VERSION,
		 config->name);
	reply(client, RPL_YOURHOST, text, NULL);
	snprintf(text, sizeof(text), "This server was started %s",
		 commands_date(server->started_s).text);
	reply(client, RPL_CREATED, text, NULL);
	commands_tell_modes(client);
	commands_tell_support(client);
	commands_tell_users(client);
	mode_text(mode_of_users, client->modes, modes);
	reply(client, RPL_UMODEIS, modes, NULL);
	if (config->cloak)
		reply(client, RPL_VISIBLEHOST, client->host, NULL);
	metadata_sync_own(client);
	commands_tell_motd(client);
	twitch_tell_login(client);
	announcer_tell(client, NULL);
}

/* Whether the name is an account's that the client isn't logged in to. */
static bool is_protected(const struct client *client, const char *nick)
{
	return roster_state(&client->server->roster, nick) != ROSTER_FREE &&
	       !casemap_equal(client->account, nick);
}

bool client_may_be_called(struct client *client, const char *nick)
{
	struct client *other = server_find_client(client->server, nick);

	if (other == client)
		return true;
	if (is_protected(client, nick))
		reply(client, ERR_NICKNAMEINUSE, nick,
		      "That nickname is an account's: log in to it, or choose another one", NULL);
	else if (other != NULL && !ghost_gives_way(other, client))
		reply(client, ERR_NICKNAMEINUSE, nick, "Nickname is already in use", NULL);
	else
		return true;
	return false;
}

void client_try_to_register(struct client *client)
{
	struct server *server = client->server;

	if (client->registered || client->negotiating || client->nick[0] == '\0' || client->left)
		return;
	commands_fill_user(client);
	if (client->user[0] == '\0' || commands_check_pass(client))
		return;
	if (commands_end_sasl(client))
		reply(client, ERR_SASLABORTED, NULL);
	write_source(client);
	if (!server->config->guests && client->account[0] == '\0') {
		reply_standard(client, "FAIL", "*", "ACCOUNT_REQUIRED_TO_CONNECT", NULL,
			       "Guests can't come in: log in to an account by SASL, or make one");
		client_leave(client, "You must be logged in to an account");
		return;
	}
	/* Names are taken by those who have registered: who only connects can't hold one. */
	if (!client_may_be_called(client, client->nick)) {
		client->nick[0] = '\0';
		return;
	}
	write_source(client);
	if (service_ban_check(client))
		return;
	if (table_add(&server->nicks, &client->by_nick, client->nick) < 0) {
		client_leave(client, "The chat is out of memory");
		return;
	}
	client->registered = true;
	client->signed_on_s = time(NULL);
	server->n_registered++;
	server->n_invisible += (client->modes & USER_MODE_INVISIBLE) != 0;
	server->n_operators += (client->modes & USER_MODE_OPERATOR) != 0;
	if (server->n_registered > server->most_registered)
		server->most_registered = server->n_registered;
	welcome(client);
	commands_tell_missed(client);
	if (client->shadow == NULL)
		monitor_tell_online(client);
}

/* ---- accounts ---- */

void client_set_rank(struct client *client, enum account_rank rank)
{
	bool is_operator = rank == ACCOUNT_OPERATOR;
	unsigned before = client->modes;
	struct event event;

	client->modes =
		is_operator ? before | USER_MODE_OPERATOR : before & ~(unsigned)USER_MODE_OPERATOR;
	if (client->modes == before || !client->registered)
		return;
	client->server->n_operators += is_operator ? 1 : (size_t)-1;
	event_init(&event, client->server, client, "MODE");
	message_write_word(&event.writer, client->nick);
	message_write_word(&event.writer, is_operator ? "+o" : "-o");
	client_tell(client, &event);
	event_finish(&event);
}

static void tell_account(struct client *client)
{
	struct event event;

	event_init(&event, client->server, client, "ACCOUNT");
	message_write_word(&event.writer, client->account[0] != '\0' ? client->account : "*");
	if (client->registered)
		client_tell_neighbours(client, &event, CAP_ACCOUNT_NOTIFY, true);
	if (client->registered && (client->caps & CAP_ACCOUNT_NOTIFY) != 0)
		client_tell(client, &event);
	event_finish(&event);
}

void client_log_in(struct client *client, const char *account)
{
	char text[NICK_MAX + 64];

	ghost_forget(client);
	room_grant_log_out(client);
	metadata_notify_all(client, metadata_of(client), false, NULL);
	metadata_clear(&client->metadata);
	person_remove(client);
	snprintf(client->account, sizeof(client->account), "%s", account);
	if (person_add(client) < 0) {
		client_leave(client, "The chat is out of memory");
		return;
	}
	snprintf(text, sizeof(text), "You are now logged in as %s", account);
	reply(client, RPL_LOGGEDIN, client->registered ? client->source : "*", account, text, NULL);
	tell_account(client);
	client_set_rank(client, roster_rank(&client->server->roster, account));
	room_grant_log_in(client);
	if (client->registered)
		service_ban_check(client);
}

void client_log_out(struct client *client)
{
	ghost_forget(client);
	room_grant_log_out(client);
	metadata_notify_all(client, metadata_of(client), false, NULL);
	person_remove(client);
	client->account[0] = '\0';
	reply(client, RPL_LOGGEDOUT, client->registered ? client->source : "*", NULL);
	tell_account(client);
	client_set_rank(client, ACCOUNT_USER);
}

/* ---- changing and going ---- */

static void remember(struct client *client)
{
	struct whowas_entry *entry = whowas_add(&client->server->whowas);

	memcpy(entry->nick, client->nick, sizeof(entry->nick));
	memcpy(entry->user, client->user, sizeof(entry->user));
	memcpy(entry->host, client->host, sizeof(entry->host));
	memcpy(entry->real, client->real, sizeof(entry->real));
	memcpy(entry->account, client->account, sizeof(entry->account));
	entry->left_s = time(NULL);
}

void client_rename(struct client *client, const char *nick)
{
	struct server *server = client->server;
	bool other = server_find_client(server, nick) == NULL;
	char old[NICK_MAX + 1];
	struct event event;

	ghost_forget(client);
	event_init(&event, server, client, "NICK");
	message_write_text(&event.writer, nick);
	client_tell_neighbours(client, &event, 0, false);
	chronicle_note_everywhere(client, &event);
	client_tell(client, &event);
	event_finish(&event);
	memcpy(old, client->nick, sizeof(old));
	if (other)
		remember(client);
	table_remove(&server->nicks, &client->by_nick);
	snprintf(client->nick, sizeof(client->nick), "%s", nick);
	write_source(client);
	table_add(&server->nicks, &client->by_nick, client->nick); /* there is room: one has left */
	if (other) {
		monitor_tell_offline(server, old);
		monitor_tell_online(client);
	}
	service_ban_check(client);
}

static void leave_rooms(struct client *client, const char *reason)
{
	struct event event;
	struct list *link;

	list_each (link, &client->memberships)
		twitch_tell_part(list_item(link, struct member, by_client));
	event_init(&event, client->server, client, "QUIT");
	message_write_text(&event.writer, reason);
	client_tell_neighbours(client, &event, 0, false);
	chronicle_note_everywhere(client, &event);
	event_finish(&event);
	while (!list_empty(&client->memberships))
		room_remove(list_item(client->memberships.next, struct member, by_client));
}

void client_end(struct client *client, struct line *last)
{
	client->left = true;
	conn_end(&client->conn, last);
}

void client_give_up_nick(struct client *client)
{
	struct server *server = client->server;

	table_remove(&server->nicks, &client->by_nick);
	server->n_registered--;
	server->n_invisible -= (client->modes & USER_MODE_INVISIBLE) != 0;
	server->n_operators -= (client->modes & USER_MODE_OPERATOR) != 0;
}

void client_depart(struct client *client, const char *reason)
{
	leave_rooms(client, reason);
	remember(client);
	client_give_up_nick(client);
	monitor_tell_offline(client->server, client->nick);
}

static void disconnect(struct client *client, const char *reason)
{
	struct event event;

	client->left = true;
	person_remove(client);
	monitor_clear(client);
	room_forget_invites(client);
	write_error(&event, client->host, reason);
	conn_end(&client->conn, event_line(&event, client->caps));
	event_finish(&event);
}

void client_leave(struct client *client, const char *reason)
{
	if (client->ghost != NULL) {
		ghost_end(client->ghost);
		return;
	}
	if (client->left)
		return;
	ghost_forget(client);
	if (client->registered)
		client_depart(client, reason);
	disconnect(client, reason);
}

void client_throw_out(struct client *client, const char *reason)
{
	struct list *link;

	list_each (link, &client->memberships)
		room_cut_off(list_item(link, struct member, by_client));
	client_leave(client, reason);
}

void client_lose(struct client *client, const char *reason)
{
	ghost_forget(client);
	if (ghost_begin(client, reason))
		disconnect(client, reason);
	else
		client_leave(client, reason);
}

static void ping(struct client *client)
{
	struct event event;

	client->pinged = true;
	if (twitch_speaks(client)) { /* they answer only one that has no source */
		event_init_plain(&event);
		message_write_command(&event.writer, NULL, "PING");
	} else {
		event_init(&event, client->server, NULL, "PING");
	}
	message_write_text(&event.writer, client->server->config->name);
	client_tell(client, &event);
	event_finish(&event);
}

void client_sweep(struct client *client, int64_t now_us)
{
	const struct chat_config *config = client->server->config;
	int64_t silent_us = now_us - client->heard_us;
	int64_t interval_us = config->ping_interval_s * 1000000;
	char reason[64];

	if (client->left) {
		conn_check_deadline(&client->conn, now_us);
		return;
	}
	client_go_on(client);
	if (client->left)
		return;
	commands_sweep_batch(client, now_us);
	if (!client->registered) {
		if (now_us - client->connected_us > config->registration_timeout_s * 1000000)
			client_leave(client, "Registration timed out");
		return;
	}
	if (!client->pinged && silent_us >= interval_us)
		ping(client);
	else if (client->pinged && silent_us >= interval_us + config->ping_timeout_s * 1000000) {
		snprintf(reason, sizeof(reason), "Ping timeout: %lld seconds",
			 (long long)(silent_us / 1000000));
		client_lose(client, reason);
	}
}
