/* SPDX-License-Identifier: MIT */
#include "viewer/slash.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

/* clang-format off */
const struct slash_row slash_table[] = {
	{"addadmin", "NICK", "Makes somebody an operator of the room.", SLASH_SEND, 1, "MODE R +o 1", false},
	{"away", "[WHY]", "Says that you are away; without a reason, that you are back.", SLASH_SEND, 0, "AWAY *", false},
	{"ban", "NICK", "Bans somebody, or all whom a mask like nick!user@host fits, from the room.", SLASH_SEND, 1, "MODE R +b 1", false},
	{"help", "[COMMAND]", "Explains a command, or lists all.", SLASH_HELP, 0, "", false},
	{"history", "[N]", "Shows 50 earlier lines of the room, or N.", SLASH_HISTORY, 0, "", false},
	{"invite", "NICK", "Invites somebody into the room.", SLASH_SEND, 1, "INVITE 1 R", false},
	{"join", "ROOM [KEY]", "Enters a room.", SLASH_SEND, 1, "JOIN # 2", false},
	{"kick", "NICK [REASON]", "Throws somebody out of the room.", SLASH_SEND, 1, "KICK R 1 *", false},
	{"list", "[MASK]", "Lists the rooms.", SLASH_SEND, 0, "LIST 1", false},
	{"listadmins", "", "Lists the operators of the room.", SLASH_LIST_OPERATORS, 0, "NAMES R", false},
	{"listbans", "", "Lists the bans of the room.", SLASH_SEND, 0, "MODE R b", false},
	{"listusers", "", "Lists who is in the room.", SLASH_LIST_USERS, 0, "NAMES R", false},
	{"me", "TEXT", "Says what you do.", SLASH_SAY, 1, "R", true},
	{"msg", "NICK TEXT", "Says something to one person, or in another room.", SLASH_SAY, 2, "1", false},
	{"names", "", "Lists who is in the room.", SLASH_LIST_USERS, 0, "NAMES R", false},
	{"nick", "NICK", "Changes what you are called.", SLASH_SEND, 1, "NICK 1", false},
	{"part", "[REASON]", "Leaves the room, or a private conversation.", SLASH_PART, 0, "PART R *", false},
	{"private", "NICK TEXT", "Says something to one person.", SLASH_SAY, 2, "1", false},
	{"quit", "[REASON]", "Leaves the chat.", SLASH_QUIT, 0, "QUIT *", false},
	{"removeadmin", "NICK", "Takes an operator's rights from somebody.", SLASH_SEND, 1, "MODE R -o 1", false},
	{"topic", "[TEXT]", "Shows or changes the topic of the room.", SLASH_SEND, 0, "TOPIC R *", false},
	{"unban", "NICK", "Takes a ban back.", SLASH_SEND, 1, "MODE R -b 1", false},
	{"whois", "NICK", "Says who somebody is.", SLASH_SEND, 1, "WHOIS 1", false},
	{0},
};
/* clang-format on */

/* The longest source that a server puts before what was said: nick!user@host. */
enum { MAX_SOURCE = 128, MAX_ACT = 9 /* of CTCP ACTION around a text */ };

const struct slash_row *slash_find(struct slice name)
{
	for (const struct slash_row *row = slash_table; row->name != NULL; row++) {
		if (slice_equal_nocase(name, row->name))
			return row;
	}
	return NULL;
}

__attribute__((format(printf, 2, 3))) static int wrong(struct slash *slash, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(slash->error, sizeof(slash->error), format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static struct slice skip_blanks(struct slice text)
{
	while (text.len > 0 && text.data[0] == ' ') {
		text.data++;
		text.len--;
	}
	return text;
}

static struct slice take_word(struct slice *rest)
{
	struct slice word = skip_blanks(*rest);
	const char *blank = memchr(word.data, ' ', word.len);
	size_t len = blank != NULL ? (size_t)(blank - word.data) : word.len;

	*rest = skip_blanks((struct slice){word.data + len, word.len - len});
	word.len = len;
	return word;
}

static bool is_room(const char *name)
{
	return *name == '#' || *name == '&';
}

/* Writes one parameter of a pattern. */
static int write_parameter(struct message_writer *writer, struct slice part, struct slice *rest,
			   const char *place, struct slash *slash)
{
	char text[MESSAGE_MAX_LINE];
	int what = part.len == 1 ? part.data[0] : '\0';

	if (what == 'R') {
		if (!is_room(place))
			return wrong(slash, "this is no room; /join ROOM enters one");
		message_write_word(writer, place);
	} else if (what == '*') {
		snprintf(text, sizeof(text), "%.*s", (int)rest->len, rest->data);
		if (rest->len > 0)
			message_write_text(writer, text);
	} else if (what == '1' || what == '2' || what == '#') {
		struct slice word = take_word(rest);
		bool bare = what == '#' && word.len > 0 && !is_room(word.data);

		snprintf(text, sizeof(text), "%s%.*s", bare ? "#" : "", (int)word.len, word.data);
		if (word.len > 0)
			message_write_word(writer, text);
	} else {
		snprintf(text, sizeof(text), "%.*s", (int)part.len, part.data);
		message_write_word(writer, text);
	}
	return 0;
}

static int write_line(const struct slash_row *row, struct slice rest, const char *place,
		      struct slash *slash)
{
	struct slice pattern = slice_from(row->pattern), part;
	struct message_writer writer;
	char command[16];

	message_writer_init(&writer, slash->line, sizeof(slash->line));
	slice_split(&pattern, ' ', &part);
	snprintf(command, sizeof(command), "%.*s", (int)part.len, part.data);
	message_write_command(&writer, NULL, command);
	while (slice_split(&pattern, ' ', &part)) {
		if (write_parameter(&writer, part, &rest, place, slash) < 0)
			return -EINVAL;
	}
	if (writer.cut)
		return wrong(slash, "this is too long");
	slash->line_len = message_write_end(&writer);
	return 0;
}

static int say_to(struct slash *slash, struct slice target, struct slice text)
{
	if (target.len == 0)
		return wrong(slash, "there is nobody to say this to; /join ROOM enters a room");
	if (slice_copy(target, slash->target, sizeof(slash->target)) < 0 || *slash->target == ':')
		return wrong(slash, "%.32s is no name", target.data);
	slash->action = SLASH_SAY;
	slash->text = text;
	return 0;
}

static unsigned count_words(struct slice text)
{
	unsigned n = 0;

	while (take_word(&text).len > 0)
		n++;
	return n;
}

static int run_row(const struct slash_row *row, struct slice rest, const char *place,
		   struct slash *slash)
{
	slash->action = row->action;
	slash->in_act = row->in_act;
	if (count_words(rest) < row->n_words)
		return wrong(slash, "/%s %s: %s", row->name, row->usage, row->help);
	if (row->action == SLASH_SAY) {
		struct slice target = *row->pattern == '1' ? take_word(&rest) : slice_from(place);

		return say_to(slash, target, rest);
	}
	slash->text = rest;
	if (*row->pattern == '\0' || (row->action == SLASH_PART && !is_room(place)))
		return 0;
	return write_line(row, rest, place, slash);
}

int slash_parse(const char *input, const char *place, struct slash *ret_slash)
{
	struct slice rest = slice_from(input), name;
	const struct slash_row *row;

	*ret_slash = (struct slash){0};
	/* Two slashes: a line that begins with one. */
	if (*input != '/' || input[1] == '/') {
		rest = slice_from(*input == '/' ? input + 1 : input);
		return say_to(ret_slash, slice_from(place), rest);
	}
	rest.data++;
	rest.len--;
	name = take_word(&rest);
	row = slash_find(name);
	if (row == NULL)
		return wrong(ret_slash, "there is no command /%.*s; /help lists those there are",
			     (int)utf8_fit(name, 32), name.data);
	return run_row(row, rest, place, ret_slash);
}

/* Where a text is cut: behind the last blank that fits, in the second half. */
static size_t cut_at(struct slice text, size_t max)
{
	size_t len = utf8_fit(text, max);

	if (len == text.len)
		return len;
	for (size_t at = len; at > len / 2; at--) {
		if (text.data[at - 1] == ' ')
			return at;
	}
	return len;
}

bool slash_say(struct slash *slash)
{
	size_t around = MAX_SOURCE + strlen(":  PRIVMSG  :\r\n") + strlen(slash->target) +
			(slash->in_act ? MAX_ACT : 0);
	size_t len = cut_at(slash->text, MESSAGE_MAX_LINE - around);
	char text[MESSAGE_MAX_LINE];
	struct message_writer writer;

	if (len == 0)
		return false;
	snprintf(text, sizeof(text), "%s%.*s%s", slash->in_act ? "\001ACTION " : "", (int)len,
		 slash->text.data, slash->in_act ? "\001" : "");
	slash->text = (struct slice){slash->text.data + len, slash->text.len - len};
	message_writer_init(&writer, slash->line, sizeof(slash->line));
	message_write_command(&writer, NULL, "PRIVMSG");
	message_write_word(&writer, slash->target);
	message_write_text(&writer, text);
	slash->line_len = message_write_end(&writer);
	return true;
}
