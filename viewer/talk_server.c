/* SPDX-License-Identifier: MIT */
/* What the server says: lists, refusals, and how it is. */
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
	talk_clean(talk_parameter(t->message, 2), room->topic, sizeof(room->topic));
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

/* Which right is missing. %s: the room. */
static const struct {
	const char *numeric, *sentence;
} missing_rights[] = {
	{"482", "only operators of %s may do that, and you are none; one of them can make you one"},
	{"481", "only operators of the server may do that, and you are none"},
	{"442", "you are not in %s; /join enters it"},
	{"474", "you are banned from %s"},
	{"473", "only who is invited may enter %s"},
	{"475", "%s needs a key: /join ROOM KEY"},
	{"471", "%s is full"},
};

void talk_take_refusal(struct telling *t)
{
	struct talk_room *room = talk_find(t->talk, talk_parameter(t->message, 1));
	char text[MESSAGE_MAX_LINE + 128], rest[MESSAGE_MAX_LINE];

	t->event.who = "";
	for (size_t i = 0; i < sizeof(missing_rights) / sizeof(missing_rights[0]); i++) {
		const char *sentence = missing_rights[i].sentence, *hole = strstr(sentence, "%s");
		int head = hole != NULL ? (int)(hole - sentence) : (int)strlen(sentence);

		if (strcmp(missing_rights[i].numeric, t->message->command) != 0)
			continue;
		snprintf(text, sizeof(text), "%.*s%s%s", head, sentence,
			 hole != NULL ? talk_parameter(t->message, 1) : "",
			 hole != NULL ? hole + 2 : "");
		talk_tell(t, TALK_ERROR, room, text);
		return;
	}
	talk_join_parameters(t->message, 1, rest, sizeof(rest));
	talk_tell(t, TALK_ERROR, room, rest);
}

void talk_take_fail(struct telling *t)
{
	const char *command = talk_parameter(t->message, 0);
	char text[MESSAGE_MAX_LINE];

	t->event.who = "";
	talk_join_parameters(t->message,
			     t->message->n_parameters > 0 ? t->message->n_parameters - 1 : 0, text,
			     sizeof(text));
	if (strcmp(command, "CHATHISTORY") == 0 && t->talk->paged != NULL) {
		talk_clean(text, t->talk->text, sizeof(t->talk->text));
		t->talk->paged(t->talk, talk_find(t->talk, talk_parameter(t->message, 3)),
			       t->talk->text);
		return;
	}
	/* Nobody asked for it but the program. */
	if (strcmp(command, "MARKREAD") == 0)
		return;
	talk_tell(t, strcmp(t->message->command, "FAIL") == 0 ? TALK_ERROR : TALK_INFO, NULL, text);
}

/* A numeric that has no row: its words. */
void talk_take_other(struct telling *t)
{
	struct talk_room *room = talk_find(t->talk, talk_parameter(t->message, 1));
	char text[MESSAGE_MAX_LINE];

	t->event.who = "";
	talk_join_parameters(t->message, room != NULL ? 2 : 1, text, sizeof(text));
	talk_tell(t, TALK_INFO, room, text);
}
