/* SPDX-License-Identifier: MIT */
/* What the server is: LUSERS, MOTD, VERSION, TIME, INFO, HELP, STATS, and what it supports. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "chat/commands_impl.h"
#include "chat/monitor.h"
#include "chat/reply.h"
#include "chat/server.h"
#include "chat/twitch.h"
#include "common/casemap.h"
#include "common/utf8.h"

#define STATS_CLASS "clients" /* all are of one */
#define VERSION "spillway-chat-" SPILLWAY_VERSION

enum { MAX_MOTD_LINE = 300, MAX_TOKENS = 40, TOKENS_A_LINE = 12 };

struct token {
	char text[160];
};

/* ---- what is supported ---- */

void commands_tell_modes(struct client *client)
{
	char users[MODE_TEXT_SIZE], kinds[MODE_MEMBER + 1][MODE_TEXT_SIZE];
	char all[5 * MODE_TEXT_SIZE], with[4 * MODE_TEXT_SIZE];

	mode_letters(mode_of_users, MODE_FLAG, users);
	for (int kind = MODE_LIST; kind <= MODE_MEMBER; kind++)
		mode_letters(mode_of_rooms, (enum mode_kind)kind, kinds[kind]);
	snprintf(with, sizeof(with), "%s%s%s%s", kinds[MODE_LIST], kinds[MODE_ALWAYS],
		 kinds[MODE_SET], kinds[MODE_MEMBER]);
	snprintf(all, sizeof(all), "%s%s", with, kinds[MODE_FLAG]);
	reply(client, RPL_MYINFO, client->server->config->name, VERSION, users, all, with, NULL);
}

/* Returns how many there are. */
static size_t list_tokens(const struct client *client, struct token tokens[MAX_TOKENS])
{
	const struct chat_config *config = client->server->config;
	char kinds[MODE_MEMBER + 1][MODE_TEXT_SIZE], marks[MODE_TEXT_SIZE];
	size_t n = 0;

	for (int kind = MODE_LIST; kind <= MODE_MEMBER; kind++)
		mode_letters(mode_of_rooms, (enum mode_kind)kind, kinds[kind]);
	mode_marks(~0u, true, marks);
#define TOKEN(...) snprintf(tokens[n++].text, sizeof(tokens->text), __VA_ARGS__)
	TOKEN("NETWORK=%s", config->network);
	TOKEN("ACCOUNTEXTBAN=a");
	TOKEN("AWAYLEN=%d", CLIENT_MAX_AWAY);
	TOKEN("BOT=B");
	TOKEN("CASEMAPPING=ascii");
	TOKEN("CHANLIMIT=#:%d", (int)config->max_joined);
	TOKEN("CHANMODES=%s,%s,%s,%s", kinds[MODE_LIST], kinds[MODE_ALWAYS], kinds[MODE_SET],
	      kinds[MODE_FLAG]);
	TOKEN("CHANNELLEN=%d", ROOM_NAME_MAX);
	TOKEN("CHANTYPES=#");
	TOKEN("CHATHISTORY=%d", COMMANDS_MAX_HISTORY);
	TOKEN("ELIST=MNU");
	TOKEN("EXCEPTS=e");
	TOKEN("EXTBAN=~,%s", EXTBAN_LETTERS);
	TOKEN("HOSTLEN=%d", NICK_HOST_MAX);
	TOKEN("INVEX=I");
	TOKEN("KEYLEN=%d", MODE_MAX_KEY);
	TOKEN("KICKLEN=250");
	TOKEN("MAXLIST=%s:%d", kinds[MODE_LIST], ROOM_MAX_LIST);
	TOKEN("MODES=%d", MODE_MAX_PARAMETERS);
	TOKEN("MONITOR=%d", MONITOR_MAX);
	TOKEN("MSGREFTYPES=msgid,timestamp");
	TOKEN("NAMELEN=%d", NICK_REAL_MAX);
	TOKEN("NICKLEN=%d", NICK_MAX);
	TOKEN("PREFIX=(%s)%s", kinds[MODE_MEMBER], marks);
	TOKEN("SAFELIST");
	TOKEN("STATUSMSG=%s", marks);
	TOKEN("TARGMAX=JOIN:,KICK:4,NAMES:1,NOTICE:4,PRIVMSG:4,TAGMSG:4,WHOIS:1");
	TOKEN("TOPICLEN=%d", ROOM_MAX_TOPIC);
	TOKEN("USERLEN=%d", NICK_USER_MAX);
	TOKEN("UTF8ONLY");
	TOKEN("WHOX");
#undef TOKEN
	return n;
}

void commands_tell_support(struct client *client)
{
	const struct numeric *numeric = &numeric_table[RPL_ISUPPORT];
	struct token tokens[MAX_TOKENS];
	size_t n = list_tokens(client, tokens);

	for (size_t i = 0; i < n; i += TOKENS_A_LINE) {
		struct event event;

		event_init(&event, client->server, NULL, numeric->code);
		message_write_word(&event.writer, client->nick);
		for (size_t j = i; j < n && j < i + TOKENS_A_LINE; j++)
			message_write_word(&event.writer, tokens[j].text);
		message_write_text(&event.writer, numeric->text);
		client_tell(client, &event);
		event_finish(&event);
	}
}

void command_version(struct client *client, const struct message *message)
{
	(void)message;
	reply(client, RPL_VERSION, VERSION, client->server->config->name, "", NULL);
	commands_tell_support(client);
}

/* ---- numbers ---- */

void commands_tell_users(struct client *client)
{
	const struct server *server = client->server;
	const struct number_text now = number_text((int64_t)server->n_registered);
	const struct number_text most = number_text((int64_t)server->most_registered);
	char text[128];

	snprintf(text, sizeof(text), "There are %zu users and %zu invisible on 1 server",
		 server->n_registered - server->n_invisible, server->n_invisible);
	reply(client, RPL_LUSERCLIENT, text, NULL);
	reply(client, RPL_LUSEROP, number_text((int64_t)server->n_operators).text, NULL);
	reply(client, RPL_LUSERUNKNOWN,
	      number_text((int64_t)(server->n_clients - server->n_registered)).text, NULL);
	reply(client, RPL_LUSERCHANNELS, number_text((int64_t)server->n_busy_rooms).text, NULL);
	snprintf(text, sizeof(text), "I have %zu clients and 0 servers", server->n_registered);
	reply(client, RPL_LUSERME, text, NULL);
	snprintf(text, sizeof(text), "Current local users %s, max %s", now.text, most.text);
	reply(client, RPL_LOCALUSERS, now.text, most.text, text, NULL);
	snprintf(text, sizeof(text), "Current global users %s, max %s", now.text, most.text);
	reply(client, RPL_GLOBALUSERS, now.text, most.text, text, NULL);
}

void command_lusers(struct client *client, const struct message *message)
{
	(void)message;
	commands_tell_users(client);
}

static void stats_commands(struct client *client)
{
	for (size_t i = 0; commands_table[i].name != NULL; i++) {
		uint64_t n = client->server->command_counts[i];

		if (n > 0)
			reply(client, RPL_STATSCOMMANDS, commands_table[i].name,
			      number_text((int64_t)n).text, NULL);
	}
}

/* Those who are here. */
static void stats_operators(struct client *client)
{
	struct list *link;

	list_each (link, &client->server->clients) {
		struct client *other = list_item(link, struct client, link);

		if (other->registered && !other->left && (other->modes & USER_MODE_OPERATOR) != 0)
			reply(client, RPL_STATSOLINE, "O", other->nick, "*", other->account, NULL);
	}
}

static void stats_uptime(struct client *client)
{
	int64_t s = time(NULL) - client->server->started_s;
	char text[80];

	snprintf(text, sizeof(text), "Server Up %" PRId64 " days %d:%02d:%02d", s / 86400,
		 (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60));
	reply(client, RPL_STATSUPTIME, text, NULL);
}

/* There are no links: what the service itself has sent and received. */
static void stats_links(struct client *client)
{
	const struct server *server = client->server;
	const struct conn_counters *conns = &server->counters.conns;
	size_t waiting = 0;
	struct list *link;

	list_each (link, &server->clients)
		waiting += list_item(link, struct client, link)->conn.outbox.bytes;
	reply(client, RPL_STATSLINKINFO, server->config->name, number_text((int64_t)waiting).text,
	      number_text((int64_t)conns->lines_out).text,
	      number_text((int64_t)(conns->bytes_out / 1024)).text,
	      number_text((int64_t)conns->lines_in).text,
	      number_text((int64_t)(conns->bytes_in / 1024)).text,
	      number_text(time(NULL) - server->started_s).text, NULL);
}

/* Everybody, who isn't banned. */
static void stats_allowed(struct client *client)
{
	reply(client, RPL_STATSILINE, "I", "*", "*", "*", "0", STATS_CLASS, NULL);
}

static void stats_bans(struct client *client)
{
	struct list *link;

	list_each (link, &client->server->bans.entries) {
		const struct mask_entry *ban = list_item(link, struct mask_entry, link);
		char text[MASK_LIST_TEXT_SIZE + NICK_SOURCE_SIZE + 8];

		snprintf(text, sizeof(text), "by %s%s", ban->by,
			 mask_list_text(ban, time(NULL)).text);
		reply(client, RPL_STATSKLINE, "K", ban->mask, "*", "*", "0", text, NULL);
	}
}

/* How often they are asked whether they are there; how many they may be; how much may wait for
 * one. */
static void stats_classes(struct client *client)
{
	const struct chat_config *config = client->server->config;

	reply(client, RPL_STATSYLINE, "Y", STATS_CLASS, number_text(config->ping_interval_s).text,
	      number_text(config->max_clients).text, number_text(config->max_queue).text, NULL);
}

void command_stats(struct client *client, const struct message *message)
{
	static const struct {
		char letter;
		bool operators; /* of the service only */
		void (*tell)(struct client *client);
	} queries[] = {
		{'i', false, stats_allowed},   {'k', true, stats_bans},
		{'l', false, stats_links},     {'m', false, stats_commands},
		{'o', false, stats_operators}, {'u', false, stats_uptime},
		{'y', false, stats_classes},
	};
	bool is_operator = (client->modes & USER_MODE_OPERATOR) != 0;
	char letter = casemap_fold(message->parameters[0][0]);
	char text[] = "*";

	if (letter >= 'a' && letter <= 'z')
		text[0] = letter;
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		if (queries[i].letter != letter)
			continue;
		if (queries[i].operators && !is_operator)
			reply(client, ERR_NOPRIVILEGES, NULL);
		else
			queries[i].tell(client);
	}
	reply(client, RPL_ENDOFSTATS, text, NULL);
}

/* ---- texts ---- */

void commands_tell_motd(struct client *client)
{
	const struct server *server = client->server;
	struct slice rest, line;
	char text[MAX_MOTD_LINE + 8];

	if (server->motd == NULL) {
		/* They wait for the end of it. */
		reply(client, twitch_speaks(client) ? RPL_ENDOFMOTD : ERR_NOMOTD, NULL);
		return;
	}
	snprintf(text, sizeof(text), "- %s message of the day -", server->config->name);
	reply(client, RPL_MOTDSTART, text, NULL);
	rest = slice_from(server->motd);
	while (slice_split(&rest, '\n', &line)) {
		if (rest.data == NULL && line.len == 0)
			break; /* behind the last line's end */
		snprintf(text, sizeof(text), "- %.*s", (int)utf8_fit(line, MAX_MOTD_LINE),
			 line.data);
		reply(client, RPL_MOTD, text, NULL);
	}
	reply(client, RPL_ENDOFMOTD, NULL);
}

void command_motd(struct client *client, const struct message *message)
{
	(void)message;
	commands_tell_motd(client);
}

void command_time(struct client *client, const struct message *message)
{
	(void)message;
	reply(client, RPL_TIME, client->server->config->name, commands_date(time(NULL)).text, NULL);
}

void command_info(struct client *client, const struct message *message)
{
	char text[80];

	(void)message;
	reply(client, RPL_INFO, "spillway-chat " SPILLWAY_VERSION, NULL);
	reply(client, RPL_INFO, "Rooms beside live streams, for every IRC client.", NULL);
	snprintf(text, sizeof(text), "Started %s", commands_date(client->server->started_s).text);
	reply(client, RPL_INFO, text, NULL);
	reply(client, RPL_ENDOFINFO, NULL);
}

static void help_all(struct client *client)
{
	struct reply_list list;

	reply(client, RPL_HELPSTART, "*", "The commands of this server", NULL);
	reply(client, RPL_HELPTXT, "*", "", NULL);
	reply_list_init(&list, client, RPL_HELPTXT, "*", NULL, ' ');
	list.max = 70; /* for people to read */
	for (const struct command_row *row = commands_table; row->name != NULL; row++)
		reply_list_add(&list, row->name);
	reply_list_end(&list, false);
	reply(client, RPL_HELPTXT, "*", "", NULL);
	reply(client, RPL_ENDOFHELP, "*", "HELP <command> explains one.", NULL);
}

void command_help(struct client *client, const struct message *message)
{
	const char *subject = message->n_parameters > 0 ? message->parameters[0] : "";
	char text[MESSAGE_MAX_LINE];

	if (*subject == '\0') {
		help_all(client);
		return;
	}
	for (const struct command_row *row = commands_table; row->name != NULL; row++) {
		if (!casemap_equal(row->name, subject))
			continue;
		snprintf(text, sizeof(text), "%s %s", row->name, row->usage);
		reply(client, RPL_HELPSTART, row->name, text, NULL);
		reply(client, RPL_HELPTXT, row->name, "", NULL);
		reply(client, RPL_ENDOFHELP, row->name, row->help, NULL);
		return;
	}
	reply(client, ERR_HELPNOTFOUND, "*", NULL);
}
