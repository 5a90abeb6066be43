/* SPDX-License-Identifier: MIT */
/* What the server says: lists, refusals, and how it is. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/sentence.h"
#include "viewer/talk_impl.h"

/* ---- rooms ---- */

void talk_take_topic_is(struct telling *t)
{
	struct talk_room *room = talk_find(t->talk, talk_parameter(t->message, 1));

	if (room == NULL)
		return;
	talk_clean(slice_from(talk_parameter(t->message, 2)), room->topic, sizeof(room->topic));
	t->event.who = "";
	talk_tell(t, TALK_TOPIC, room, talk_parameter(t->message, 2));
}

void talk_take_names(struct telling *t)
{
	struct talk_room *room = talk_find(t->talk, talk_parameter(t->message, 2));
	struct slice rest = slice_from(talk_parameter(t->message, 3)), name;

	while (room != NULL && slice_split(&rest, ' ', &name)) {
		char word[ROSTER_NICK_SIZE + ROSTER_MARKS_SIZE], marks[sizeof(word)];
		size_t n;

		if (name.len == 0 || name.len >= sizeof(word))
			continue;
		sentence_clean(name, word, sizeof(word));
		n = strspn(word, support_marks(&t->talk->support));
		snprintf(marks, sizeof(marks), "%.*s", (int)n, word);
		word[n + strcspn(word + n, "!")] = '\0';
		roster_set(&room->roster, word + n, marks);
	}
}

/* In several events, where they are many. */
static void tell_names(struct telling *t, struct talk_room *room, bool operators)
{
	char text[TALK_NAMES_SIZE];
	size_t len = 0;

	t->event.who = "";
	for (size_t i = 0; i < room->roster.n; i++) {
		const struct roster_member *member = &room->roster.members[i];

		if (operators && !roster_is_operator(member))
			continue;
		if (len + sizeof(*member) + 2 > sizeof(text)) {
			talk_tell(t, TALK_NAMES, room, text);
			len = 0;
		}
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.1s%s",
					len > 0 ? " " : "", member->marks, member->nick);
	}
	if (len > 0)
		talk_tell(t, TALK_NAMES, room, text);
	else if (operators)
		talk_tell(t, TALK_INFO, room, "there is no operator here");
}

void talk_take_end_of_names(struct telling *t)
{
	struct talk_room *room = talk_find(t->talk, talk_parameter(t->message, 1));
	enum talk_listing listing = t->talk->listings[0];

	if (t->talk->n_listings == 0)
		return;
	t->talk->n_listings--;
	memmove(t->talk->listings, t->talk->listings + 1,
		t->talk->n_listings * sizeof(t->talk->listings[0]));
	if (room != NULL && listing != TALK_LIST_NOTHING)
		tell_names(t, room, listing == TALK_LIST_OPERATORS);
}

/* ---- answers ---- */

/* Where what answers us belongs: where it was asked for, or to the room that it names. */
static struct talk_room *answered_room(const struct telling *t, const char *named)
{
	struct talk_room *room = t->asked != NULL ? talk_find(t->talk, t->asked->place) : NULL;

	return room != NULL ? room : talk_find(t->talk, named);
}

/* What servers say in their own language. Others' words are as good as ours. */
static const struct {
	const char *numeric, *reason;
} reasons[] = {
	{"421", "this server doesn't know that command"}, {"471", "it is full"},
	{"473", "only who is invited may enter"},	  {"474", "you are banned there"},
	{"475", "it needs another key: /join ROOM KEY"},
};

/* The reason as a part of a sentence. */
static void write_reason(const struct message *message, char *to, size_t size)
{
	const char *text = talk_parameter(message, message->n_parameters - 1);
	char plain[MESSAGE_MAX_LINE];

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(reasons[i].numeric, message->command) == 0)
			text = reasons[i].reason;
	}
	talk_clean(slice_from(text), plain, sizeof(plain));
	sentence_first(slice_from(plain), to, size);
	/* "You're not …" goes on in small letters, "UTF-8 …" doesn't. */
	if (isupper((unsigned char)to[0]) && to[1] != '\0' && !isupper((unsigned char)to[1]))
		to[0] = (char)tolower((unsigned char)to[0]);
}

/* Which right is missing, in a sentence, where we know what for. */
static void tell_refusal(struct telling *t, const char *named)
{
	char text[MESSAGE_MAX_LINE + 256], reason[MESSAGE_MAX_LINE];

	t->event.who = "";
	if (t->asked != NULL && *t->asked->deed != '\0' && t->message->n_parameters > 0) {
		write_reason(t->message, reason, sizeof(reason));
		snprintf(text, sizeof(text), "You can't %s: %s", t->asked->deed, reason);
	} else {
		talk_join_parameters(t->message, isdigit((unsigned char)*t->message->command) != 0,
				     text, sizeof(text));
	}
	talk_tell(t, TALK_ERROR, answered_room(t, named), text);
}

void talk_take_refusal(struct telling *t)
{
	tell_refusal(t, talk_parameter(t->message, 1));
}

/* Standard replies (IRCv3): COMMAND CODE [CONTEXT]... TEXT */
enum { FIRST_CONTEXT = 2 };

/* The first room among what they are about. */
static const char *context_room(const struct telling *t)
{
	for (size_t i = FIRST_CONTEXT; i + 1 < t->message->n_parameters; i++) {
		if (talk_find(t->talk, t->message->parameters[i]) != NULL)
			return t->message->parameters[i];
	}
	return "";
}

static bool takes_page(struct telling *t)
{
	const char *command = talk_parameter(t->message, 0);
	const char *last = talk_parameter(t->message, t->message->n_parameters - 1);

	if (strcmp(command, "CHATHISTORY") == 0 && t->talk->paged != NULL) {
		talk_clean(slice_from(last), t->talk->text, sizeof(t->talk->text));
		t->talk->paged(t->talk, talk_find(t->talk, talk_parameter(t->message, 3)),
			       t->talk->text);
		return true;
	}
	/* Nobody asked for it but the program. */
	return strcmp(command, "MARKREAD") == 0;
}

void talk_take_fail(struct telling *t)
{
	if (t->message->n_parameters == 0 || takes_page(t))
		return;
	if (t->asked != NULL && *t->asked->deed != '\0') {
		tell_refusal(t, context_room(t));
		return;
	}
	t->event.who = "";
	talk_tell(t, TALK_ERROR, answered_room(t, context_room(t)),
		  t->message->parameters[t->message->n_parameters - 1]);
}

void talk_take_note(struct telling *t)
{
	bool is_entry = strcmp(talk_parameter(t->message, 1), "ENTRY") == 0;
	const char *room = context_room(t);
	char text[MESSAGE_MAX_LINE] = "";
	size_t len = 0;

	if (t->message->n_parameters == 0 || takes_page(t))
		return;
	if (strcmp(t->message->command, "WARN") == 0)
		len = (size_t)snprintf(text, sizeof(text), "warning: ");
	/* Of a list the context is what it lists. */
	for (size_t i = FIRST_CONTEXT; is_entry && i + 1 < t->message->n_parameters; i++) {
		const char *word = t->message->parameters[i];

		if (strcmp(word, room) != 0 && strcmp(word, "*") != 0 && len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ", word);
	}
	if (len < sizeof(text))
		snprintf(text + len, sizeof(text) - len, "%s",
			 talk_parameter(t->message, t->message->n_parameters - 1));
	t->event.who = "";
	talk_tell(t, TALK_INFO, answered_room(t, room), text);
}

/* 301 NICK NICK TEXT */
void talk_take_away(struct telling *t)
{
	char text[MESSAGE_MAX_LINE];

	t->event.who = "";
	snprintf(text, sizeof(text), "%s is away: %s", talk_parameter(t->message, 1),
		 talk_parameter(t->message, 2));
	talk_tell(t, TALK_INFO, answered_room(t, talk_parameter(t->message, 1)), text);
}

/* 760 and 761 NICK WHO KEY VISIBILITY VALUE, 766 NICK WHO KEY TEXT: what somebody says of
 * himself. */
void talk_take_metadata(struct telling *t)
{
	const char *who = talk_parameter(t->message, 1), *key = talk_parameter(t->message, 2);
	char text[MESSAGE_MAX_LINE];
	size_t len = 0;

	if (t->asked == NULL)
		return;
	t->event.who = "";
	if (strcmp(who, "*") != 0)
		len = (size_t)snprintf(text, sizeof(text), "%s: ", who);
	snprintf(text + len, sizeof(text) - len, "%s %s%s", key,
		 t->message->n_parameters > 4 ? "is " : "",
		 t->message->n_parameters > 4 ? talk_parameter(t->message, 4) : "isn't set");
	talk_tell(t, TALK_INFO, answered_room(t, who), text);
}

/* Only the text is for people. */
void talk_take_text(struct telling *t)
{
	t->event.who = "";
	if (t->message->n_parameters > 0)
		talk_tell(t, TALK_INFO, answered_room(t, ""),
			  t->message->parameters[t->message->n_parameters - 1]);
}

void talk_take_other(struct telling *t)
{
	const char *named = talk_parameter(t->message, 1);
	char text[MESSAGE_MAX_LINE];

	t->event.who = "";
	talk_join_parameters(t->message, talk_find(t->talk, named) != NULL ? 2 : 1, text,
			     sizeof(text));
	talk_tell(t, TALK_INFO, answered_room(t, named), text);
}
