/* SPDX-License-Identifier: MIT */
/* What the user types: lines that are said, commands, and secrets that are asked for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/utf8.h"
#include "viewer/backlog.h"
#include "viewer/chatter_impl.h"
#include "viewer/editor.h"
#include "viewer/face.h"

enum { EXPANDED_SIZE = EDITOR_MAX + RECENT_ID_SIZE + 16 };

static void send_lines(struct chatter *chatter, const struct slash *slash, const char *lines,
		       size_t len)
{
	uint32_t label;
	int error = -ENOBUFS;

	if (chatter->n_typed < CHATTER_MAX_DOUBTS || chatter->link.state != LINK_UP)
		error = link_send(&chatter->link, lines, len, &label);
	if (error == 0)
		chatter_past_typed(chatter, slash, label);
	else if (error == -ENOTCONN)
		chatter_refuse(chatter, "this wasn't sent: there is no connection now");
	else
		chatter_refuse(chatter, "this wasn't sent: too much is under way");
}

static void send_line(struct chatter *chatter, const struct slash *slash)
{
	send_lines(chatter, slash, slash->line, slash->line_len);
}

static void do_send(struct chatter *chatter, struct slash *slash)
{
	/* The room that is entered next is where the user wants to be. */
	if (strncmp(slash->line, "JOIN ", 5) == 0)
		chatter->entering[0] = '\0';
	send_line(chatter, slash);
}

void chatter_say_plain(struct chatter *chatter, struct slash *slash)
{
	char lines[LINK_OUTPUT_SIZE / 2];
	size_t len;

	if (chatter->link.max_lines == 0 || !slash_is_several(slash)) {
		while (slash_say(slash))
			send_line(chatter, slash);
		return;
	}
	while ((len = slash_say_several(slash, chatter->link.max_bytes, chatter->link.max_lines,
					lines, sizeof(lines))) > 0)
		send_lines(chatter, slash, lines, len);
}

/* Each of several by itself: rooms in plain, people as can be. */
static void do_say(struct chatter *chatter, struct slash *slash)
{
	struct slice targets = slice_from(slash->target), target;
	struct slash one = *slash;

	while (slice_split(&targets, ',', &target)) {
		one.text = slash->text;
		slice_copy(target, one.target, sizeof(one.target));
		if (!chatter->options->encrypt || talk_is_room(&chatter->talk, one.target))
			chatter_say_plain(chatter, &one);
		else
			chatter_private_say(chatter, &one);
	}
}

/* NICK [accept DIGITS] */
static void do_verify(struct chatter *chatter, struct slash *slash)
{
	struct slice rest = slash->text, nick = slash_word(&rest), word = slash_word(&rest);
	struct slice digits = slash_word(&rest);
	char name[TALK_NAME_SIZE];

	if (slice_copy(nick, name, sizeof(name)) < 0 || rest.len > 0 ||
	    (word.len > 0 && (!slice_equal(word, "accept") || digits.len == 0)))
		chatter_refuse(chatter,
			       "/verify NICK shows fingerprints, /verify NICK accept DIGITS "
			       "accepts his by its last five digits");
	else
		chatter_private_verify(chatter, name, digits);
}

static void do_help(struct chatter *chatter, struct slash *slash)
{
	char line[512];

	for (const struct slash_row *row = slash_table; row->name != NULL; row++) {
		if (slash->text.len > 0 && !slice_equal_nocase(slash->text, row->name))
			continue;
		snprintf(line, sizeof(line), "/%s%s%s: %s", row->name,
			 *row->usage != '\0' ? " " : "", row->usage, row->help);
		chatter->face->type->notice(chatter->face, line, false);
	}
}

static void do_list_users(struct chatter *chatter, struct slash *slash)
{
	talk_expect_list(&chatter->talk, TALK_LIST_USERS);
	send_line(chatter, slash);
}

static void do_list_operators(struct chatter *chatter, struct slash *slash)
{
	talk_expect_list(&chatter->talk, TALK_LIST_OPERATORS);
	send_line(chatter, slash);
}

static void do_history(struct chatter *chatter, struct slash *slash)
{
	unsigned n = CHATTER_EARLIER;
	char rest;

	if (slash->text.len > 0 && (sscanf(slash->text.data, "%4u%c", &n, &rest) != 1 || n == 0 ||
				    n > BACKLOG_MAX_EARLIER))
		chatter_refuse(chatter, "/history [N]: N lines, from 1 to 1000");
	else
		chatter_past_earlier(chatter, n);
}

static void do_part(struct chatter *chatter, struct slash *slash)
{
	if (slash->line_len > 0 && chatter->place->joined)
		send_line(chatter, slash);
	else if (chatter->place != NULL)
		talk_close(&chatter->talk, chatter->place);
	chatter->face->type->changed(chatter->face);
}

static void do_login(struct chatter *chatter, struct slash *slash)
{
	chatter_account_log_in(chatter, slash);
}

static void do_quit(struct chatter *chatter, struct slash *slash)
{
	chatter_stop_with(chatter, slash->line, slash->line_len);
}

/* "NICK|N [all] [REASON]": what it means as another command. False: it was said what is wrong. */
static bool write_deletion(struct chatter *chatter, struct slice rest, char *line, size_t size)
{
	const struct talk_room *room = chatter->place;
	const struct recent_line *found;
	struct slice who = slash_word(&rest), behind = rest;
	char name[ROSTER_NICK_SIZE], sentence[256];
	unsigned long long n = 0;

	snprintf(name, sizeof(name), "%.*s", (int)utf8_fit(who, sizeof(name) - 1), who.data);
	if (*name != '\0' && slice_equal_nocase(slash_word(&behind), "all")) {
		snprintf(line, size, "/purge %s %.*s", name, (int)behind.len, behind.data);
		return true;
	}
	/* A nick may be a number. */
	if (roster_find(&room->roster, name) == NULL && slice_number(who, RECENT_MAX, &n) == 0)
		found = recent_at(&room->recent, (size_t)n);
	else
		found = recent_last(&room->recent, *name != '\0' ? name : NULL);
	if (found == NULL) {
		if (n > 0)
			snprintf(sentence, sizeof(sentence),
				 "there is no such message here that could be deleted");
		else
			snprintf(sentence, sizeof(sentence),
				 "there is no message of %s here that could be deleted",
				 *name != '\0' ? name : "yours");
		chatter_refuse(chatter, sentence);
		return false;
	}
	snprintf(line, size, "/redact %s %.*s", found->id, (int)rest.len, rest.data);
	return true;
}

static void do_delete(struct chatter *chatter, struct slash *slash)
{
	char line[EXPANDED_SIZE];

	if (chatter->place == NULL || !chatter->place->is_room)
		chatter_refuse(chatter, "this is no room; /join ROOM enters one");
	else if (write_deletion(chatter, slash->text, line, sizeof(line)))
		chatter_input(chatter, line);
}

static void (*const actions[])(struct chatter *chatter, struct slash *slash) = {
	[SLASH_SEND] = do_send,
	[SLASH_SAY] = do_say,
	[SLASH_HELP] = do_help,
	[SLASH_LIST_USERS] = do_list_users,
	[SLASH_LIST_OPERATORS] = do_list_operators,
	[SLASH_HISTORY] = do_history,
	[SLASH_DELETE] = do_delete,
	[SLASH_VERIFY] = do_verify,
	[SLASH_LOGIN] = do_login,
	[SLASH_PART] = do_part,
	[SLASH_QUIT] = do_quit,
};

/* What can't be done, as far as we know ourselves. Who isn't an operator isn't told of everybody in
 * a large room. */
static bool is_impossible(const struct chatter *chatter, const struct slash *slash,
			  char sentence[SLASH_SENTENCE_SIZE])
{
	const struct talk_room *room = chatter->place;
	const struct roster_member *us;

	if (slash->row == NULL || strstr(slash->row->pattern, " R") == NULL || room == NULL ||
	    !room->is_room || chatter->link.state != LINK_UP)
		return false;
	if (!room->joined) {
		snprintf(sentence, SLASH_SENTENCE_SIZE, "you are not in %s; /join enters it",
			 room->name);
		return slash->action != SLASH_PART;
	}
	us = roster_find(&room->roster, chatter->link.nick);
	if (*slash->member == '\0' || us == NULL || !roster_is_operator(us) ||
	    room->roster.n == ROSTER_MAX || roster_find(&room->roster, slash->member) != NULL)
		return false;
	snprintf(sentence, SLASH_SENTENCE_SIZE, "there is no %.64s in %s", slash->member,
		 room->name);
	return true;
}

void chatter_do(struct chatter *chatter, struct slash *slash)
{
	char sentence[SLASH_SENTENCE_SIZE];

	if (is_impossible(chatter, slash, sentence))
		chatter_refuse(chatter, sentence);
	else
		actions[slash->action](chatter, slash);
}

void chatter_input(struct chatter *chatter, const char *line)
{
	struct slash slash;

	if (*line == '\0')
		return;
	if (slash_parse(line, chatter->place != NULL ? chatter->place->name : "", &slash) < 0)
		chatter_refuse(chatter, slash.error);
	else if (slash.action != SLASH_SAY && strchr(line, '\n') != NULL)
		chatter_refuse(chatter, "a command has one line");
	else if (slash.asks)
		chatter_account_ask(chatter, slash.row, line);
	else
		chatter_do(chatter, &slash);
}

bool chatter_asked(const struct chatter *chatter, uint32_t label, struct talk_asked *ret_asked)
{
	for (size_t i = 0; i < chatter->n_typed; i++) {
		const struct chatter_typed *typed = &chatter->typed[i];

		if (label == 0 || typed->label != label)
			continue;
		*ret_asked = (struct talk_asked){.place = typed->place, .deed = typed->deed};
		return true;
	}
	return false;
}
