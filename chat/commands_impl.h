/* SPDX-License-Identifier: MIT */
/* The handlers, for the table in commands.c; each may rely on what its row says. */
#ifndef SPILLWAY_COMMANDS_IMPL_H
#define SPILLWAY_COMMANDS_IMPL_H

#include "chat/commands.h"
#include "chat/room.h"

typedef void command_handler(struct client *client, const struct message *message);

enum command_when {
	COMMAND_ALWAYS,
	COMMAND_BEFORE, /* registration has been completed */
	COMMAND_AFTER,
	COMMAND_MESSAGE, /* after it; may go ahead of messages under way, talk_goes_ahead() */
};

struct command_row {
	const char *name;
	size_t min_parameters; /* fewer are answered with 461 */
	enum command_when when;
	command_handler *handle;
	const char *usage; /* for HELP */
	const char *help;
};

/* Ends with a row without a name. */
extern const struct command_row commands_table[];

command_handler command_cap, command_nick, command_pass, command_ping, command_pong, command_quit,
	command_user;
command_handler command_kill, command_oper, command_wallops;
command_handler command_announce, command_announcements, command_unannounce;
command_handler command_audit;
command_handler command_batch;
command_handler command_authenticate, command_drop, command_password, command_register,
	command_unregister, command_verify;
command_handler command_chathistory;
command_handler command_invite, command_join, command_kick, command_list, command_names,
	command_part, command_topic;
command_handler command_markread;
command_handler command_metadata;
command_handler command_ban, command_mute, command_role, command_unban, command_unmute;
command_handler command_rename;
command_handler command_purge, command_redact;
command_handler command_mode, command_slow;
command_handler command_away, command_notice, command_privmsg, command_setname, command_tagmsg;
command_handler command_ison, command_monitor, command_userhost, command_who, command_whois,
	command_whowas;
command_handler command_help, command_info, command_lusers, command_motd, command_stats,
	command_time, command_version;

/* Does what the table says of it, within the command that runs. */
void commands_do(struct client *client, const struct message *message);
/* Does what is told as a text ("/timeout dan 60") by who talks like Twitch; whether it was that. */
bool commands_slash(struct client *client, const struct message *message);
/* Whether it would be that. */
bool commands_is_slash(const struct client *client, const struct message *message);
/* UNBAN, and where nobody is banned by that UNMUTE. */
void commands_lift(struct client *client, const struct message *message);
/* The room that is named, and the client's membership; or NULL, when it was answered why not. One
 * that it mustn't know of isn't there. */
struct room *commands_room(struct client *client, const char *name);
struct member *commands_member(struct client *client, const char *name);
/* The room, of which the client is an operator, or may act as one. */
struct room *commands_operated(struct client *client, const char *name);
/* Says that a role like this, or a greater one, is needed. */
void commands_refuse_role(struct client *client, const struct room *room, unsigned role);
void commands_tell_names(struct client *client, struct room *room);
void commands_tell_topic(struct client *client, const struct room *room);
/* Who has joined is told the topic, the members and the announcements. */
void commands_welcome(struct client *client, struct room *room);
/* Who has joined is told how far he has read there. True: that takes a moment, and
 * commands_welcome() comes after it. */
bool commands_tell_marker(struct client *client, const struct room *room);
/* Who has joined is told what was said there, when the store has read it; if it is one who can't
 * ask. */
void commands_replay(struct client *client, const struct room *room);
/* Whether what it says is part of a batch that it has begun, which is done when it is complete; or
 * a mistake there. */
bool commands_collect(struct client *client, const struct message *message);
/* Whether the client mustn't know of the room. */
bool commands_hidden(const struct room *room, const struct client *client);
/* Takes the next item off a list with commas; false at its end. Empty ones are skipped. */
bool commands_next(char **rest, char **ret_item);

#endif
