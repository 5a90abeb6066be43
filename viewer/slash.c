/* SPDX-License-Identifier: MIT */
#include "viewer/slash.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

/* clang-format off */
const struct slash_row slash_table[] = {
	{"addadmin", "NICK", "Makes somebody an operator of the room.", SLASH_SEND, 1, "MODE R +o 1",
	 .deed = "make %1 an operator of %R", .of_member = true},
	{"announce", "TEXT", "Announces something in the room: now, and to all who come later.", SLASH_SEND, 1, "ANNOUNCE R *",
	 .deed = "announce anything in %R"},
	{"announceall", "TEXT", "The same in the whole chat; for its operators.", SLASH_SEND, 1, "ANNOUNCE *",
	 .deed = "announce anything in the whole chat"},
	{"announcements", "", "Lists what is announced, here and in the whole chat, with numbers.", SLASH_SEND, 0, "ANNOUNCEMENTS",
	 .deed = "see the announcements"},
	{"audit", "[N]", "Lists the last 20 things that operators did in the room, or N.", SLASH_SEND, 0, "AUDIT R 1",
	 .deed = "see what operators of %R did"},
	{"away", "[WHY]", "Says that you are away; without a reason, that you are back.", SLASH_SEND, 0, "AWAY *",
	 .deed = "be away"},
	{"ban", "NICK [TIME] [REASON]", "Throws somebody out and keeps him out of the room, for a TIME like 10m or 1d, or for ever; also a mask like nick!user@host.", SLASH_SEND, 1, "BAN R 1 *",
	 .deed = "ban %1 from %R"},
	{"delete", "[NICK|N] [all] [REASON]", "Deletes the last message of somebody, or with \"all\" all of his; the Nth from below; alone, your own last.", SLASH_DELETE, 0, "",
	 .deed = "delete anything in %R"},
	{"help", "[COMMAND]", "Explains a command, or lists all.", SLASH_HELP, 0, "",
	 .deed = ""},
	{"history", "[N]", "Shows 50 earlier lines of the room, or N.", SLASH_HISTORY, 0, "",
	 .deed = ""},
	{"invite", "NICK", "Invites somebody into the room.", SLASH_SEND, 1, "INVITE 1 R",
	 .deed = "invite %1 into %R"},
	{"join", "ROOM [KEY]", "Enters a room.", SLASH_SEND, 1, "JOIN # 2",
	 .deed = "enter %1"},
	{"kick", "NICK [REASON]", "Throws somebody out of the room.", SLASH_SEND, 1, "KICK R 1 *",
	 .deed = "kick %1 out of %R", .of_member = true},
	{"kill", "NICK [REASON]", "Throws somebody out of the chat; for its operators.", SLASH_SEND, 1, "KILL 1 *",
	 .deed = "throw %1 out of the chat"},
	{"list", "[MASK]", "Lists the rooms.", SLASH_SEND, 0, "LIST 1",
	 .deed = "list the rooms"},
	{"listadmins", "", "Lists the operators of the room.", SLASH_LIST_OPERATORS, 0, "NAMES R",
	 .deed = "see who is in %R"},
	{"listbans", "", "Lists who is banned from the room.", SLASH_SEND, 0, "MODE R b",
	 .deed = "see the bans of %R"},
	{"listmutes", "", "Lists who is muted in the room.", SLASH_SEND, 0, "MUTE R",
	 .deed = "see who is muted in %R"},
	{"listusers", "", "Lists who is in the room.", SLASH_LIST_USERS, 0, "NAMES R",
	 .deed = "see who is in %R"},
	{"login", "[ACCOUNT]", "Logs in to your account, or another one, now and after each loss; asks for the password.", SLASH_LOGIN, 0, "",
	 .deed = "log in", .prompts = {"Password: "}},
	{"me", "TEXT", "Says what you do.", SLASH_SAY, 1, "R",
	 .deed = "", .in_act = true},
	{"mode", "[MODES]", "Shows or changes the modes of the room, as IRC has them.", SLASH_SEND, 0, "MODE R +",
	 .deed = "change the modes of %R"},
	{"msg", "NICK TEXT", "Says something to one person, or in another room.", SLASH_SAY, 2, "1",
	 .deed = ""},
	{"mute", "NICK [TIME] [REASON]", "Lets somebody read, but not speak, for a TIME like 10m, or for ever; also a mask.", SLASH_SEND, 1, "MUTE R 1 *",
	 .deed = "mute %1 in %R"},
	{"names", "", "Lists who is in the room.", SLASH_LIST_USERS, 0, "NAMES R",
	 .deed = "see who is in %R"},
	{"nick", "NICK", "Changes what you are called.", SLASH_SEND, 1, "NICK 1",
	 .deed = "be called %1"},
	{"oper", "ACCOUNT", "Logs in as an operator of the chat; asks for the password.", SLASH_SEND, 1, "OPER 1 s",
	 .deed = "become an operator of the chat", .prompts = {"Password: "}},
	{"part", "[REASON]", "Leaves the room, or a private conversation.", SLASH_PART, 0, "PART R *",
	 .deed = "leave %R"},
	{"password", "", "Changes the password of your account; asks for the old and the new one.", SLASH_SEND, 0, "PASSWORD s t",
	 .deed = "change the password", .prompts = {"Present password: ", "New password: ", "New password again: "},
	 .again = true},
	{"private", "NICK TEXT", "Says something to one person, encrypted where both have accounts.", SLASH_SAY, 2, "1",
	 .deed = ""},
	{"purge", "NICK [REASON]", "Deletes all that somebody said in the room, like /delete NICK all.", SLASH_SEND, 1, "PURGE R 1 *",
	 .deed = "delete what %1 said in %R"},
	{"quit", "[REASON]", "Leaves the chat.", SLASH_QUIT, 0, "QUIT *",
	 .deed = ""},
	{"quote", "LINE", "Sends a line of IRC as it is.", SLASH_SEND, 1, "+",
	 .deed = "do this"},
	{"redact", "MSGID [REASON]", "Deletes the message that the server knows by that name; /delete finds it for you.", SLASH_SEND, 1, "REDACT R 1 *",
	 .deed = "delete that message in %R"},
	{"register", "", "Makes an account of your nick, which nobody else can use then; asks for a password.", SLASH_SEND, 0, "REGISTER =* =* s",
	 .deed = "make an account", .prompts = {"New password: ", "New password again: "},
	 .again = true},
	{"removeadmin", "NICK", "Takes an operator's rights from somebody.", SLASH_SEND, 1, "MODE R -o 1",
	 .deed = "take an operator's rights from %1 in %R", .of_member = true},
	{"role", "[ACCOUNT ROLE]", "Lists the roles that accounts keep in the room, or gives one: owner, admin, operator, voice or none.", SLASH_SEND, 0, "ROLE R 1 2",
	 .deed = "give roles in %R"},
	{"set", "KEY [VALUE]", "Says something of yourself: color (#rrggbb), display-name, pronouns, homepage or status; without a value, no longer.", SLASH_SEND, 1, "METADATA =* SET 1 *",
	 .deed = "set %1"},
	{"slow", "SECONDS|off", "Lets each say one message in so many seconds.", SLASH_SEND, 1, "SLOW R 0",
	 .deed = "slow %R down"},
	{"topic", "[TEXT]", "Shows or changes the topic of the room.", SLASH_SEND, 0, "TOPIC R *",
	 .deed = "change the topic of %R"},
	{"unannounce", "N", "Removes the announcement of that number.", SLASH_SEND, 1, "UNANNOUNCE 1",
	 .deed = "remove announcement %1"},
	{"unban", "NICK", "Takes a ban back.", SLASH_SEND, 1, "UNBAN R 1",
	 .deed = "take the ban of %1 in %R back"},
	{"unmute", "NICK", "Lets somebody speak again.", SLASH_SEND, 1, "UNMUTE R 1",
	 .deed = "let %1 speak in %R"},
	{"unregister", "", "Deletes your account; asks for the password.", SLASH_SEND, 0, "UNREGISTER s",
	 .deed = "delete the account", .prompts = {"Password: "}},
	{"verify", "NICK [accept DIGITS]", "Shows the fingerprints of your identity and of somebody's, to be compared; accepts his by its last five digits.", SLASH_VERIFY, 1, "",
	 .deed = ""},
	{"whois", "NICK", "Says who somebody is.", SLASH_SEND, 1, "WHOIS 1",
	 .deed = "see who %1 is"},
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

struct slice slash_word(struct slice *rest)
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

/* What of a pattern's parameters are words that were typed. */
static void write_typed(struct message_writer *writer, int what, struct slice *rest)
{
	struct slice word = slash_word(rest);
	bool bare = what == '#' && word.len > 0 && !is_room(word.data);
	char text[MESSAGE_MAX_LINE];

	snprintf(text, sizeof(text), "%s%.*s", bare ? "#" : "", (int)word.len, word.data);
	if (what == '0' && slice_equal_nocase(word, "off"))
		strcpy(text, "0");
	if (word.len > 0)
		message_write_word(writer, text);
}

/* Only the last parameter may have blanks. */
static int write_secret(struct message_writer *writer, const char *secret, bool last,
			struct slash *slash)
{
	if (last) {
		message_write_text(writer, secret);
		return 0;
	}
	if (*secret == ':' || strchr(secret, ' ') != NULL)
		return wrong(slash, "a password with a blank, or a colon before it, can't be "
				    "changed here");
	message_write_word(writer, secret);
	return 0;
}

/* Writes one parameter of a pattern. */
static int write_parameter(struct message_writer *writer, struct slice part, struct slice *rest,
			   const char *place, const char *const secrets[], bool last,
			   struct slash *slash)
{
	char text[MESSAGE_MAX_LINE];
	int what = part.len == 1 ? part.data[0] : '\0';

	snprintf(text, sizeof(text), "%.*s", (int)rest->len, rest->data);
	if (what == 'R') {
		if (!is_room(place))
			return wrong(slash, "this is no room; /join ROOM enters one");
		message_write_word(writer, place);
	} else if (what == '*') {
		if (rest->len > 0)
			message_write_text(writer, text);
	} else if (what == '+') {
		while (rest->len > 0)
			write_typed(writer, what, rest);
	} else if (what == 's' || what == 't') {
		assert(secrets != NULL); /* a row with these has prompts */
		return write_secret(writer, secrets[what - 's'], last, slash);
	} else if (what == '1' || what == '2' || what == '#' || what == '0') {
		write_typed(writer, what, rest);
	} else {
		size_t skip = part.len > 0 && part.data[0] == '=';

		snprintf(text, sizeof(text), "%.*s", (int)(part.len - skip), part.data + skip);
		message_write_word(writer, text);
	}
	return 0;
}

/* A line of IRC as it was typed. */
static int copy_line(struct slice rest, struct slash *slash)
{
	if (rest.len + 2 > sizeof(slash->line))
		return wrong(slash, "this is too long");
	memcpy(slash->line, rest.data, rest.len);
	memcpy(slash->line + rest.len, "\r\n", 2);
	slash->line_len = rest.len + 2;
	return 0;
}

static int write_line(const struct slash_row *row, struct slice rest, const char *place,
		      const char *const secrets[], struct slash *slash)
{
	struct slice pattern = slice_from(row->pattern), part;
	struct message_writer writer;
	char command[16];

	if (strcmp(row->pattern, "+") == 0)
		return copy_line(rest, slash);
	message_writer_init(&writer, slash->line, sizeof(slash->line));
	slice_split(&pattern, ' ', &part);
	snprintf(command, sizeof(command), "%.*s", (int)part.len, part.data);
	message_write_command(&writer, NULL, command);
	while (slice_split(&pattern, ' ', &part)) {
		if (write_parameter(&writer, part, &rest, place, secrets, pattern.len == 0, slash) <
		    0)
			return -EINVAL;
	}
	if (writer.cut)
		return wrong(slash, "this is too long");
	slash->line_len = message_write_end(&writer);
	return 0;
}

/* What the line is to do, for a sentence that says why it can't be done. */
static void write_deed(const struct slash_row *row, struct slice rest, const char *place,
		       struct slash *slash)
{
	struct slice word = slash_word(&rest);
	size_t len = 0, size = sizeof(slash->deed);

	for (const char *at = row->deed; *at != '\0' && len < size - 1; at++) {
		int n = 0;

		if (*at != '%')
			slash->deed[len++] = *at;
		else if (*++at == 'R')
			n = snprintf(slash->deed + len, size - len, "%s", place);
		else
			n = snprintf(slash->deed + len, size - len, "%.*s", (int)utf8_fit(word, 64),
				     word.data);
		len += (size_t)n;
	}
	slash->deed[len < size ? len : size - 1] = '\0';
}

static int say_to(struct slash *slash, struct slice target, struct slice text)
{
	if (target.len == 0)
		return wrong(slash, "there is nobody to say this to; /join ROOM enters a room");
	if (slice_copy(target, slash->target, sizeof(slash->target)) < 0 || *slash->target == ':')
		return wrong(slash, "%.32s is no name", target.data);
	slash->action = SLASH_SAY;
	slash->text = text;
	snprintf(slash->deed, sizeof(slash->deed), "%s %s",
		 is_room(slash->target) ? "speak in" : "write to", slash->target);
	return 0;
}

static unsigned count_words(struct slice text)
{
	unsigned n = 0;

	while (slash_word(&text).len > 0)
		n++;
	return n;
}

static int run_row(const struct slash_row *row, struct slice rest, const char *place,
		   const char *const secrets[], struct slash *slash)
{
	struct slice first = rest;

	slash->action = row->action;
	slash->in_act = row->in_act;
	if (count_words(rest) < row->n_words)
		return wrong(slash, "/%s %s: %s", row->name, row->usage, row->help);
	slash->asks = row->prompts[0] != NULL && secrets == NULL;
	if (slash->asks)
		return 0;
	if (row->action == SLASH_SAY) {
		struct slice target = *row->pattern == '1' ? slash_word(&rest) : slice_from(place);

		return say_to(slash, target, rest);
	}
	slash->text = rest;
	write_deed(row, rest, place, slash);
	if (row->of_member)
		slice_copy(slash_word(&first), slash->member, sizeof(slash->member));
	if (*row->pattern == '\0' || (row->action == SLASH_PART && !is_room(place)))
		return 0;
	return write_line(row, rest, place, secrets, slash);
}

int slash_parse(const char *input, const char *place, struct slash *ret_slash)
{
	return slash_parse_secret(input, place, NULL, ret_slash);
}

int slash_parse_secret(const char *input, const char *place, const char *const secrets[],
		       struct slash *ret_slash)
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
	name = slash_word(&rest);
	row = slash_find(name);
	if (row == NULL)
		return wrong(ret_slash, "there is no command /%.*s; /help lists those there are",
			     (int)utf8_fit(name, 32), name.data);
	ret_slash->row = row;
	return run_row(row, rest, place, secrets, ret_slash);
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

/* Bytes of a text in one message, whatever else the server writes around it. */
static size_t room_for_text(const struct slash *slash)
{
	return MESSAGE_MAX_LINE - (MAX_SOURCE + strlen(":  PRIVMSG  :\r\n") +
				   strlen(slash->target) + (slash->in_act ? MAX_ACT : 0));
}

/* What of the text's first line fits into one message. */
static size_t cut_line(const struct slash *slash)
{
	const char *end = memchr(slash->text.data, '\n', slash->text.len);
	struct slice line = {slash->text.data,
			     end != NULL ? (size_t)(end - slash->text.data) : slash->text.len};

	return cut_at(line, room_for_text(slash));
}

static void advance(struct slash *slash, size_t len)
{
	slash->text = (struct slice){slash->text.data + len, slash->text.len - len};
}

/* Lines without anything aren't said at either end. */
static void skip_blank_lines(struct slash *slash)
{
	while (slash->text.len > 0 && *slash->text.data == '\n')
		advance(slash, 1);
	while (slash->text.len > 0 && slash->text.data[slash->text.len - 1] == '\n')
		slash->text.len--;
}

static size_t write_said(const struct slash *slash, const char *text, char *to, size_t size)
{
	struct message_writer writer;

	message_writer_init(&writer, to, size);
	message_write_command(&writer, NULL, "PRIVMSG");
	message_write_word(&writer, slash->target);
	message_write_text(&writer, text);
	return message_write_end(&writer);
}

bool slash_say(struct slash *slash)
{
	char text[MESSAGE_MAX_LINE];
	size_t len;

	skip_blank_lines(slash);
	if (slash->text.len == 0)
		return false;
	len = cut_line(slash);
	slash->said = (struct slice){slash->text.data, len};
	snprintf(text, sizeof(text), "%s%.*s%s", slash->in_act ? "\001ACTION " : "", (int)len,
		 slash->text.data, slash->in_act ? "\001" : "");
	advance(slash, len);
	slash->line_len = write_said(slash, text, slash->line, sizeof(slash->line));
	return true;
}

bool slash_is_several(const struct slash *slash)
{
	struct slash copy = *slash;

	skip_blank_lines(&copy);
	return !slash->in_act && strchr(slash->target, ',') == NULL && copy.text.len > 0 &&
	       cut_line(&copy) < copy.text.len;
}

size_t slash_say_several(struct slash *slash, size_t max_bytes, size_t max_lines, char *to,
			 size_t size)
{
	static const char end[] = "BATCH -m\r\n";
	char text[MESSAGE_MAX_LINE];
	size_t bytes = 0, len;
	bool joins = false;

	skip_blank_lines(slash);
	if (slash->text.len == 0)
		return 0;
	slash->said = (struct slice){slash->text.data, 0};
	len = (size_t)snprintf(to, size, "BATCH +m draft/multiline %s\r\n", slash->target);
	for (size_t n = 0; n < max_lines && slash->text.len > 0; n++) {
		size_t piece = cut_line(slash);

		bytes += piece + (n > 0 && !joins ? 1 : 0);
		if (n > 0 && (bytes > max_bytes || size - len < SLASH_BATCH_SIZE / 2))
			break;
		snprintf(text, sizeof(text), "%.*s", (int)piece, slash->text.data);
		len += (size_t)snprintf(to + len, size - len, "@batch=m%s ",
					joins ? ";draft/multiline-concat" : "");
		len += write_said(slash, text, to + len, size - len - sizeof(end));
		advance(slash, piece);
		slash->said.len = (size_t)(slash->text.data - slash->said.data);
		joins = slash->text.len > 0 && *slash->text.data != '\n';
		if (slash->text.len > 0 && !joins)
			advance(slash, 1);
	}
	memcpy(to + len, end, sizeof(end) - 1);
	return len + sizeof(end) - 1;
}
