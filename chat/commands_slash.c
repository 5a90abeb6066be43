/* SPDX-License-Identifier: MIT */
/*
 * Commands as Twitch's bots give them: as a text to a room, "/timeout dan 60 spam" (capability
 * twitch.tv/commands). Each is one of ours. For anybody else that is a text like any other.
 */
#include <stdio.h>
#include <string.h>

#include "chat/commands_impl.h"
#include "chat/server.h"
#include "chat/twitch.h"
#include "common/casemap.h"
#include "common/slice.h"

enum { MAX_NAME = 16 };

/* What the parameters are made of, a letter for each: */
enum slash_form {
	FORM_ROOM = 'r',
	FORM_WORD = 'w',
	FORM_NUMBER = 'n', /* a word, or what the row says */
	FORM_TIME = 't',   /* the same; a number alone is seconds */
	FORM_REST = '*',   /* all that is left; nothing when that is empty */
	FORM_NONE = '0',   /* "0" */
	FORM_ALL = 'a',	   /* "*" */
};

struct slash_row {
	const char *name, *forms;
	const char *command; /* of the table in commands.c; NULL: handle */
	void (*handle)(struct client *client, const struct message *message);
	const char *number;	      /* where none is given */
	const char *usage_id, *usage; /* of a NOTICE, where a word lacks */
};

/* ---- who is what: for members, who see each other ---- */

static void tell_members(struct client *client, const struct message *message, unsigned role,
			 const char *const words[2][2])
{
	const struct member *own = commands_member(client, message->parameters[0]);
	struct room *room = own != NULL ? own->room : NULL;
	char text[MESSAGE_MAX_LINE - 64];
	struct list *link;
	size_t len = 0;

	if (room == NULL)
		return;
	list_each (link, &room->members) {
		const struct member *member = list_item(link, struct member, by_room);
		size_t more = strlen(member->client->nick) + 2;

		/* As NAMES has it. */
		if (room_is_quiet(room) && room_hushes(member) && member->client != client)
			continue;
		if ((mode_greatest(member->modes) & role) == 0 || len + more >= sizeof(text))
			continue;
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
					len > 0 ? ", " : words[1][1], member->client->nick);
	}
	if (len == 0)
		twitch_notice(client, words[0][0], room->name, words[0][1]);
	else
		twitch_notice(client, words[1][0], room->name, text);
}

/* Those who are there. */
static void tell_moderators(struct client *client, const struct message *message)
{
	static const char *const words[2][2] = {
		{"no_mods", "There are no moderators of this channel."},
		{"room_mods", "The moderators of this channel are: "},
	};

	tell_members(client, message, MEMBER_ADMIN | MEMBER_OPERATOR, words);
}

static void tell_vips(struct client *client, const struct message *message)
{
	static const char *const words[2][2] = {
		{"no_vips", "This channel does not have any VIPs."},
		{"vips_success", "The VIPs of this channel are: "},
	};

	tell_members(client, message, MEMBER_VOICE, words);
}

/* What may only be said in the form of CTCP. */
static void say_action(struct client *client, const struct message *message)
{
	char target[ROOM_NAME_MAX + 1], text[MESSAGE_MAX_LINE], name[] = "PRIVMSG";
	struct message action = {.tags = message->tags,
				 .source = message->source,
				 .command = name,
				 .parameters = {target, text},
				 .n_parameters = 2};

	snprintf(target, sizeof(target), "%s", message->parameters[0]);
	snprintf(text, sizeof(text),
		 "\x01"
		 "ACTION %.*s\x01",
		 (int)sizeof(text) - 16, message->parameters[1]);
	commands_do(client, &action);
}

/* clang-format off */
static const struct slash_row rows[] = {
	{"ban", "rw*", "BAN", NULL, NULL, "usage_ban", "Usage: /ban NICK [REASON]"},
	{"clear", "ra", "PURGE", NULL, NULL, "", ""},
	{"delete", "rw", "REDACT", NULL, NULL, "usage_delete", "Usage: /delete MESSAGE-ID"},
	{"me", "r*", NULL, say_action, NULL, "usage_me", "Usage: /me TEXT"},
	{"mods", "r", NULL, tell_moderators, NULL, "", ""},
	{"slow", "rn", "SLOW", NULL, "30", "", ""},
	{"slowoff", "r0", "SLOW", NULL, NULL, "", ""},
	{"timeout", "rwt*", "MUTE", NULL, "600", "usage_timeout", "Usage: /timeout NICK [SECONDS] [REASON]"},
	{"unban", "rw", NULL, commands_lift, NULL, "usage_unban", "Usage: /unban NICK"},
	{"untimeout", "rw", "UNMUTE", NULL, NULL, "usage_untimeout", "Usage: /untimeout NICK"},
	{"vips", "r", NULL, tell_vips, NULL, "", ""},
	{"w", "w*", "PRIVMSG", NULL, NULL, "usage_whisper", "Usage: /w NICK TEXT"},
};
/* clang-format on */

static const struct slash_row *find(struct slice name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (slice_equal_nocase(name, rows[i].name))
			return &rows[i];
	}
	return NULL;
}

/* The next word of the text, whose end is made a NUL; "" behind the last. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " ");
	size_t len = strcspn(word, " ");

	*rest = word + len;
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return word;
}

static char *rest_of(char *text)
{
	size_t len;

	text += strspn(text, " ");
	len = strlen(text);
	while (len > 0 && text[len - 1] == ' ')
		text[--len] = '\0';
	return text;
}

struct slash_words {
	char number[32], none[2], all[2];
};

/* NULL: it is missing. */
static char *make(enum slash_form form, const struct slash_row *row, struct slash_words *words,
		  char *room, char **rest)
{
	char *word;

	if (form == FORM_ROOM)
		return room;
	if (form == FORM_NONE)
		return words->none;
	if (form == FORM_ALL)
		return words->all;
	if (form == FORM_REST || form == FORM_WORD) {
		word = form == FORM_REST ? rest_of(*rest) : next_word(rest);
		return *word != '\0' ? word : NULL;
	}
	word = next_word(rest);
	snprintf(words->number, sizeof(words->number), "%.28s%s",
		 *word != '\0' ? word : row->number,
		 form == FORM_TIME && strspn(word, "0123456789") == strlen(word) ? "s" : "");
	return words->number;
}

static void run(struct client *client, const struct slash_row *row, char *room, char *rest)
{
	struct slash_words words = {.none = "0", .all = "*"};
	char name[MAX_NAME], none[] = "";
	struct message message = {.tags = none, .source = none, .command = name};
	size_t least = strlen(row->forms);

	if (row->forms[least - 1] == FORM_REST && strlen(row->forms) > 2)
		least--;
	for (const char *form = row->forms; *form != '\0'; form++) {
		char *word = make((enum slash_form) * form, row, &words, room, &rest);

		if (word == NULL)
			break;
		message.parameters[message.n_parameters++] = word;
	}
	if (message.n_parameters < least) {
		twitch_notice(client, row->usage_id, room, row->usage);
	} else if (row->handle != NULL) {
		row->handle(client, &message);
	} else {
		snprintf(name, sizeof(name), "%s", row->command);
		commands_do(client, &message);
	}
}

bool commands_is_slash(const struct client *client, const struct message *message)
{
	const char *text = message->parameters[1];

	return twitch_speaks(client) && *message->parameters[0] == '#' && *text == '/' &&
	       text[1] != '/';
}

bool commands_slash(struct client *client, const struct message *message)
{
	char *room = message->parameters[0], *text = message->parameters[1];
	const struct slash_row *row;
	char why[64];
	size_t len;

	if (!commands_is_slash(client, message))
		return false;
	len = strcspn(++text, " ");
	row = find((struct slice){text, len});
	if (row != NULL) {
		run(client, row, room, text + len);
		return true;
	}
	snprintf(why, sizeof(why), "Unrecognized command: /%.*s", len < 24 ? (int)len : 24, text);
	twitch_notice(client, "unrecognized_cmd", room, why);
	return true;
}
