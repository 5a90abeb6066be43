/* SPDX-License-Identifier: MIT */
#include "chat/commands.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "chat/commands_impl.h"
#include "chat/commands_talk.h"
#include "chat/errand.h"
#include "chat/reply.h"
#include "chat/server.h"

/* clang-format off */
const struct command_row commands_table[] = {
	{"ANNOUNCE", 1, COMMAND_AFTER, command_announce, "[<room>] <text>",
	 "Tells the members of a room that you are an operator of, and who joins it later; or everybody."},
	{"ANNOUNCEMENTS", 0, COMMAND_AFTER, command_announcements, "[<room>]",
	 "Lists the announcements of a room; without one, those for all and of the rooms you are in."},
	{"AUDIT", 0, COMMAND_AFTER, command_audit, "[<room>] [<count>]",
	 "Shows what operators did lately: to a room's operators there, to the server's everywhere."},
	{"AUTHENTICATE", 1, COMMAND_ALWAYS, command_authenticate, "<mechanism>|<message>|+|*",
	 "Logs you in to your account (SASL); * breaks that off."},
	{"AWAY", 0, COMMAND_AFTER, command_away, "[<text>]",
	 "Says that you are away, and why; without a text, that you are back."},
	{"BAN", 1, COMMAND_AFTER, command_ban, "<room> [<nick or mask> [<time>] [<reason>]]",
	 "Keeps somebody out of a room, for 10m or 1d12h or for ever; or lists whom. A room * is the whole service."},
	{"BATCH", 1, COMMAND_AFTER, command_batch, "+<reference> draft/multiline <room or nick>|-<reference>",
	 "Begins and ends a message of several lines (IRCv3)."},
	{"CAP", 1, COMMAND_ALWAYS, command_cap, "LS|LIST|REQ|END [<capabilities>]",
	 "Agrees on capabilities (IRCv3)."},
	{"CHATHISTORY", 1, COMMAND_AFTER, command_chathistory,
	 "LATEST|BEFORE|AFTER|AROUND|BETWEEN|TARGETS [<room>] <point> [<point>] <limit>",
	 "Shows what was said earlier in a room; a point is timestamp=<time>, msgid=<id>, or for LATEST *."},
	{"DROP", 1, COMMAND_AFTER, command_drop, "<account>",
	 "Deletes somebody's account; for operators of the service."},
	{"HELP", 0, COMMAND_AFTER, command_help, "[<command>]",
	 "Lists the commands, or explains one."},
	{"INFO", 0, COMMAND_AFTER, command_info, "", "Says what this server is."},
	{"INVITE", 0, COMMAND_AFTER, command_invite, "[<nick> <room>]",
	 "Lets somebody into a room once; without parameters, lists your invitations."},
	{"ISON", 1, COMMAND_AFTER, command_ison, "<nick>{ <nick>}", "Says who of these is here."},
	{"JOIN", 1, COMMAND_AFTER, command_join, "<room>{,<room>} [<key>{,<key>}]",
	 "Enters rooms, which are made when they aren't there. JOIN 0 leaves all."},
	{"KICK", 2, COMMAND_AFTER, command_kick, "<room> <nick>{,<nick>} [<reason>]",
	 "Throws members out of a room that you are an operator of."},
	{"KILL", 1, COMMAND_AFTER, command_kill, "<nick> [<reason>]",
	 "Throws somebody out of the chat; for operators of the service."},
	{"LIST", 0, COMMAND_AFTER, command_list, "[<room or condition>{,<room or condition>}]",
	 "Lists the rooms: those named, or those with more (>5) or fewer (<5) members, or like a mask."},
	{"LUSERS", 0, COMMAND_AFTER, command_lusers, "", "Says how many are here."},
	{"MARKREAD", 0, COMMAND_AFTER, command_markread, "<room or nick> [timestamp=<time>]",
	 "Says or asks how far you have read (IRCv3); kept with your account."},
	{"METADATA", 0, COMMAND_ALWAYS, command_metadata,
	 "<*, nick, account or room> GET|LIST|SET|CLEAR|SUB|UNSUB|SUBS|SYNC [<key>] [<value>]",
	 "Says what somebody tells of himself, such as color, pronouns or homepage; or tells it of you or a room (IRCv3)."},
	{"MODE", 1, COMMAND_AFTER, command_mode, "<room or nick> [<modes> [<parameters>]]",
	 "Shows or changes modes. Of rooms: q a o v (members), b e I (masks), g (words), R i k l m n s S t; of yourself: B R i w."},
	{"MONITOR", 1, COMMAND_AFTER, command_monitor, "+|-|C|L|S [<nick>{,<nick>}]",
	 "Tells you when these come and go."},
	{"MOTD", 0, COMMAND_AFTER, command_motd, "", "Shows the message of the day."},
	{"MUTE", 1, COMMAND_AFTER, command_mute, "<room> [<nick or mask> [<time>] [<reason>]]",
	 "Lets somebody read in a room, but not speak, for 10m or 1d12h or for ever; or lists whom."},
	{"NAMES", 0, COMMAND_AFTER, command_names, "[<room>]", "Lists the members of a room."},
	{"NICK", 0, COMMAND_ALWAYS, command_nick, "<nick>", "Changes what you are called."},
	{"NOTICE", 0, COMMAND_MESSAGE, command_notice, "<room or nick>{,<room or nick>} <text>",
	 "Says something to which nothing may answer by itself."},
	{"OPER", 2, COMMAND_AFTER, command_oper, "<account> <password>",
	 "Logs you in to the account of an operator of the service."},
	{"PART", 1, COMMAND_AFTER, command_part, "<room>{,<room>} [<reason>]", "Leaves rooms."},
	{"PASS", 1, COMMAND_BEFORE, command_pass, "<password>",
	 "Logs you in to the account of the nick that you come with; oauth: before the password is left out."},
	{"PASSWORD", 2, COMMAND_AFTER, command_password, "<old password> <new password>",
	 "Changes the password of your account."},
	{"PING", 0, COMMAND_ALWAYS, command_ping, "<text>", "Is answered with a PONG."},
	{"PONG", 0, COMMAND_ALWAYS, command_pong, "<text>", "Answers a PING."},
	{"PRIVMSG", 0, COMMAND_MESSAGE, command_privmsg, "<room or nick>{,<room or nick>} <text>",
	 "Says something. @#room and +#room mean its operators, and those with a voice, too."},
	{"PURGE", 2, COMMAND_AFTER, command_purge, "<room> <nick, account or nick!user@host>|* [<reason>]",
	 "Deletes all that somebody, or with * everybody, said in a room that you are an operator of."},
	{"QUIT", 0, COMMAND_ALWAYS, command_quit, "[<reason>]", "Leaves the chat."},
	{"REDACT", 2, COMMAND_AFTER, command_redact, "<room or nick> <msgid> [<reason>]",
	 "Deletes a message: one of your account's, or any of a room that you are an operator of."},
	{"REGISTER", 3, COMMAND_ALWAYS, command_register, "<nick>|* * <password>",
	 "Makes an account of your nick, which nobody else can use then, and logs you in."},
	{"RENAME", 2, COMMAND_AFTER, command_rename, "<room> <new name> [<reason>]",
	 "Gives a room that you own another name. Rooms of streams have the stream's."},
	{"ROLE", 1, COMMAND_AFTER, command_role, "<room> [<account> owner|admin|operator|voice|none]",
	 "Lists the roles that accounts have in a room that is kept, or gives one, which takes an owner."},
	{"SETNAME", 1, COMMAND_AFTER, command_setname, "<real name>", "Changes your real name."},
	{"SLOW", 2, COMMAND_AFTER, command_slow, "<room> <seconds>",
	 "Lets each say one message in so long, but for those with a voice; 0 ends that. It is MODE +S."},
	{"STATS", 1, COMMAND_AFTER, command_stats, "i|k|l|m|o|u|y",
	 "Says who may connect, who is banned from the service, what was sent and received, how often commands were used, which operators are here, since when the server is up, what limits connections have."},
	{"TAGMSG", 1, COMMAND_AFTER, command_tagmsg, "<room or nick>{,<room or nick>}",
	 "Sends tags without a text (IRCv3)."},
	{"TIME", 0, COMMAND_AFTER, command_time, "", "Says what time it is here."},
	{"TOPIC", 1, COMMAND_AFTER, command_topic, "<room> [<topic>]",
	 "Shows or changes the topic of a room."},
	{"UNANNOUNCE", 1, COMMAND_AFTER, command_unannounce, "<id>", "Removes an announcement."},
	{"UNBAN", 2, COMMAND_AFTER, command_unban, "<room> <nick, account or mask>",
	 "Takes back what BAN did."},
	{"UNMUTE", 2, COMMAND_AFTER, command_unmute, "<room> <nick, account or mask>",
	 "Takes back what MUTE did."},
	{"UNREGISTER", 1, COMMAND_AFTER, command_unregister, "<password>",
	 "Deletes your account. Its name stays taken."},
	{"USER", 4, COMMAND_BEFORE, command_user, "<user> 0 * <real name>", "Says who you are."},
	{"USERHOST", 1, COMMAND_AFTER, command_userhost, "<nick>{ <nick>}",
	 "Shows the hosts of up to five."},
	{"VERIFY", 2, COMMAND_ALWAYS, command_verify, "<account> <code>",
	 "Is for accounts that must be confirmed, which none must here."},
	{"VERSION", 0, COMMAND_AFTER, command_version, "", "Says which version this server is."},
	{"WALLOPS", 1, COMMAND_AFTER, command_wallops, "<text>",
	 "Tells all operators of the service, and who has mode w, something; for operators of it."},
	{"WHO", 0, COMMAND_AFTER, command_who, "<room, nick or mask> [<what>][%<fields>[,<token>]]",
	 "Lists who is there. What: o operators of the service only; n u h r a: the mask is one of nicks, users, hosts, real names, accounts."},
	{"WHOIS", 0, COMMAND_AFTER, command_whois, "<nick>", "Says who somebody is."},
	{"WHOWAS", 0, COMMAND_AFTER, command_whowas, "<nick> [<count>]", "Says who somebody was."},
	{0},
};
/* clang-format on */

_Static_assert(sizeof(commands_table) / sizeof(commands_table[0]) <= COMMANDS_MAX, "");

static const struct command_row *find(const char *name)
{
	for (const struct command_row *row = commands_table; row->name != NULL; row++) {
		if (strcmp(row->name, name) == 0)
			return row;
	}
	return NULL;
}

const char *commands_name(size_t i)
{
	return commands_table[i].name;
}

void commands_do(struct client *client, const struct message *message)
{
	const struct command_row *row = find(message->command);

	if (!client->registered && (row == NULL || row->when >= COMMAND_AFTER)) {
		reply(client, ERR_NOTREGISTERED, NULL);
	} else if (row == NULL) {
		reply(client, ERR_UNKNOWNCOMMAND, message->command, NULL);
	} else if (row->when == COMMAND_BEFORE && client->registered) {
		reply(client, ERR_ALREADYREGISTERED, NULL);
	} else if (message->n_parameters < row->min_parameters) {
		reply(client, ERR_NEEDMOREPARAMS, row->name, NULL);
	} else {
		client->server->command_counts[row - commands_table]++;
		row->handle(client, message);
	}
}

bool commands_goes_ahead(const struct client *client, const struct message *message)
{
	const struct command_row *row = find(message->command);

	return row != NULL && row->when == COMMAND_MESSAGE && talk_goes_ahead(client, message);
}

/* Who didn't ask for labels, or says one that is none, gets none. */
static bool find_label(const struct client *client, const struct message *message,
		       char label[MESSAGE_MAX_LABEL + 2])
{
	const unsigned needed = CAP_LABELED_RESPONSE | CAP_BATCH;

	return (client->caps & needed) == needed &&
	       message_tag(message, "label", label, MESSAGE_MAX_LABEL + 2) && *label != '\0' &&
	       strlen(label) <= MESSAGE_MAX_LABEL;
}

void commands_run(struct client *client, const struct message *message)
{
	char label[MESSAGE_MAX_LABEL + 2];

	errand_begin(client, find_label(client, message, label) ? label : "");
	if (!commands_collect(client, message))
		commands_do(client, message);
	errand_wait(client);
}

/* ---- for the handlers ---- */

bool commands_next(char **rest, char **ret_item)
{
	char *at = *rest + strspn(*rest, ",");
	size_t len = strcspn(at, ",");

	if (len == 0)
		return false;
	*ret_item = at;
	*rest = at + len;
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return true;
}

struct room *commands_room(struct client *client, const char *name)
{
	struct room *room = server_find_room(client->server, name);

	if (room != NULL &&
	    (!commands_hidden(room, client) || room_may(room, client, MEMBER_OPERATOR)))
		return room;
	reply(client, ERR_NOSUCHCHANNEL, name, NULL);
	return NULL;
}

struct member *commands_member(struct client *client, const char *name)
{
	struct room *room = commands_room(client, name);
	struct member *member = room != NULL ? room_find(room, client) : NULL;

	if (room != NULL && member == NULL)
		reply(client, ERR_NOTONCHANNEL, room->name, NULL);
	return member;
}

struct room *commands_operated(struct client *client, const char *name)
{
	struct room *room = commands_room(client, name);

	if (room == NULL || room_may(room, client, MEMBER_OPERATOR))
		return room;
	if (room_find(room, client) != NULL)
		commands_refuse_role(client, room, MEMBER_OPERATOR);
	else
		reply(client, ERR_NOTONCHANNEL, room->name, NULL);
	return NULL;
}

void commands_refuse_role(struct client *client, const struct room *room, unsigned role)
{
	static const struct {
		unsigned role;
		const char *text;
	} rows[] = {
		{MEMBER_OWNER, "Only an owner (~) of the channel may do that"},
		{MEMBER_ADMIN, "Only an admin (&) or owner (~) of the channel may do that"},
		{MEMBER_OPERATOR, "You're not a channel operator"},
	};
	size_t i = 0;

	while (rows[i].role > role && rows[i].role > MEMBER_OPERATOR)
		i++;
	reply(client, ERR_CHANOPRIVSNEEDED, room->name, rows[i].text, NULL);
}

struct date_text commands_date(int64_t time_s)
{
	struct date_text result;
	time_t time = (time_t)time_s;
	struct tm parts;

	gmtime_r(&time, &parts);
	strftime(result.text, sizeof(result.text), "%Y-%m-%d %H:%M:%S UTC", &parts);
	return result;
}
