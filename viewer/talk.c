/* SPDX-License-Identifier: MIT */
#include "viewer/talk.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/casemap.h"
#include "common/sentence.h"
#include "viewer/talk_impl.h"

const char *const talk_kind_names[TALK_KINDS] = {
	[TALK_MESSAGE] = "message", [TALK_ACTION] = "action",
	[TALK_NOTICE] = "notice",   [TALK_JOIN] = "join",
	[TALK_PART] = "part",	    [TALK_QUIT] = "quit",
	[TALK_KICK] = "kick",	    [TALK_NICK] = "nick",
	[TALK_TOPIC] = "topic",	    [TALK_MODE] = "mode",
	[TALK_NAMES] = "names",	    [TALK_INFO] = "info",
	[TALK_ERROR] = "error",	    [TALK_GAP] = "gap",
	[TALK_DELETE] = "delete",   [TALK_ANNOUNCEMENT] = "announcement",
};

/* ---- rooms ---- */

static bool is_room(const char *name)
{
	return *name == '#' || *name == '&';
}

struct talk_room *talk_find(const struct talk *talk, const char *name)
{
	for (size_t i = 0; i < talk->n_rooms; i++) {
		if (casemap_equal(talk->rooms[i]->name, name))
			return talk->rooms[i];
	}
	return NULL;
}

struct talk_room *talk_open(struct talk *talk, const char *name)
{
	struct talk_room *room = talk_find(talk, name);

	if (room != NULL || talk->n_rooms == TALK_MAX_ROOMS)
		return room;
	room = calloc(1, sizeof(*room));
	if (room == NULL)
		return NULL;
	sentence_clean(slice_from(name), room->name, sizeof(room->name));
	room->is_room = is_room(name);
	talk->rooms[talk->n_rooms++] = room;
	return room;
}

void talk_close(struct talk *talk, struct talk_room *room)
{
	size_t i = 0;

	talk->closing(talk, room);
	while (talk->rooms[i] != room)
		i++;
	talk->n_rooms--;
	memmove(&talk->rooms[i], &talk->rooms[i + 1], (talk->n_rooms - i) * sizeof(talk->rooms[0]));
	roster_finish(&room->roster);
	recent_finish(&room->recent);
	free(room);
}

void talk_finish(struct talk *talk)
{
	talk_forget_several(talk);
	while (talk->n_rooms > 0)
		talk_close(talk, talk->rooms[talk->n_rooms - 1]);
}

void talk_lost(struct talk *talk)
{
	talk->n_listings = 0;
	talk->support = (struct support){0};
	talk_forget_several(talk);
	memset(talk->batches, 0, sizeof(talk->batches));
	for (size_t i = 0; i < talk->n_rooms; i++) {
		roster_clear(&talk->rooms[i]->roster);
		talk->rooms[i]->joined = false;
	}
}

void talk_expect_list(struct talk *talk, enum talk_listing listing)
{
	if (talk->n_listings < TALK_MAX_LISTINGS)
		talk->listings[talk->n_listings++] = listing;
}

/* ---- words ---- */

static bool is_word_end(char c)
{
	return !isalnum((unsigned char)c) && strchr("[]{}\\|^_`-", c) == NULL;
}

static bool names_us(const struct talk *talk, const char *text)
{
	size_t len = strlen(talk->nick);

	for (const char *at = text; (at = strcasestr(at, talk->nick)) != NULL; at++) {
		if ((at == text || is_word_end(at[-1])) &&
		    (at[len] == '\0' || is_word_end(at[len])))
			return true;
	}
	return false;
}

/* ---- telling ---- */

void talk_tell(struct telling *telling, enum talk_kind kind, struct talk_room *room,
	       const char *text)
{
	telling->event.kind = kind;
	telling->event.room = room;
	talk_clean(slice_from(text), telling->talk->text, sizeof(telling->talk->text));
	telling->talk->told(telling->talk, &telling->event);
}

static bool is_us(const struct talk *talk, const char *nick)
{
	return casemap_equal(talk->nick, nick);
}

/* ---- what people do ---- */

/* Behind our own JOIN comes a list that nobody asked for, before all others. */
static void expect_implicit_list(struct talk *talk)
{
	if (talk->n_listings == TALK_MAX_LISTINGS)
		talk->n_listings--;
	memmove(talk->listings + 1, talk->listings, talk->n_listings * sizeof(talk->listings[0]));
	talk->listings[0] = TALK_LIST_NOTHING;
	talk->n_listings++;
}

static void take_join(struct telling *t)
{
	struct talk_room *room = t->event.own ? talk_open(t->talk, talk_parameter(t->message, 0))
					      : talk_find(t->talk, talk_parameter(t->message, 0));

	if (room == NULL)
		return;
	if (t->event.own) {
		room->joined = true;
		roster_clear(&room->roster);
		expect_implicit_list(t->talk);
	}
	roster_set(&room->roster, t->who, "");
	talk_tell(t, TALK_JOIN, room, "");
}

/* We left, or had to. */
static void leave(struct talk_room *room)
{
	room->joined = false;
	roster_clear(&room->roster);
}

static void take_part(struct telling *t)
{
	struct talk_room *room = talk_find(t->talk, talk_parameter(t->message, 0));

	if (room == NULL)
		return;
	roster_remove(&room->roster, t->who);
	if (t->event.own)
		leave(room);
	talk_tell(t, TALK_PART, room, talk_parameter(t->message, 1));
	if (t->event.own)
		talk_close(t->talk, room);
}

static void take_kick(struct telling *t)
{
	struct talk_room *room = talk_find(t->talk, talk_parameter(t->message, 0));
	const char *nick = talk_parameter(t->message, 1);
	char text[MESSAGE_MAX_LINE];

	if (room == NULL)
		return;
	roster_remove(&room->roster, nick);
	t->event.addressed = is_us(t->talk, nick);
	if (t->event.addressed)
		leave(room);
	snprintf(text, sizeof(text), "%s %s", nick, talk_parameter(t->message, 2));
	talk_tell(t, TALK_KICK, room, text);
}

static void take_quit(struct telling *t)
{
	for (size_t i = 0; i < t->talk->n_rooms; i++) {
		struct talk_room *room = t->talk->rooms[i];

		if (roster_find(&room->roster, t->who) == NULL)
			continue;
		roster_remove(&room->roster, t->who);
		talk_tell(t, TALK_QUIT, room, talk_parameter(t->message, 0));
	}
}

static void take_nick(struct telling *t)
{
	const char *nick = talk_parameter(t->message, 0);

	for (size_t i = 0; i < t->talk->n_rooms; i++) {
		struct talk_room *room = t->talk->rooms[i];

		/* A private conversation goes on, unless there is one with the new nick. */
		if (!room->is_room && casemap_equal(room->name, t->who) &&
		    talk_find(t->talk, nick) == NULL)
			sentence_clean(slice_from(nick), room->name, sizeof(room->name));
		if (roster_find(&room->roster, t->who) == NULL)
			continue;
		roster_rename(&room->roster, t->who, nick);
		talk_tell(t, TALK_NICK, room, nick);
	}
	if (t->event.own && t->talk->n_rooms == 0)
		talk_tell(t, TALK_NICK, NULL, nick);
}

static void take_topic(struct telling *t)
{
	struct talk_room *room = talk_find(t->talk, talk_parameter(t->message, 0));

	if (room == NULL)
		return;
	talk_clean(slice_from(talk_parameter(t->message, 1)), room->topic, sizeof(room->topic));
	talk_tell(t, TALK_TOPIC, room, talk_parameter(t->message, 1));
}

/* Members' marks: the only modes that are kept. */
static void take_marks(const struct support *support, struct talk_room *room,
		       const struct message *message)
{
	bool on = true;
	size_t next = 2;

	for (const char *mode = talk_parameter(message, 1); *mode != '\0'; mode++) {
		char mark = support_mark(support, *mode);

		if (*mode == '+' || *mode == '-')
			on = *mode == '+';
		else if (mark != '\0')
			roster_mark(&room->roster, talk_parameter(message, next++), mark, on);
		else if (support_has_parameter(support, *mode, on))
			next++;
	}
}

static void take_mode(struct telling *t)
{
	struct talk_room *room = talk_find(t->talk, talk_parameter(t->message, 0));
	char text[MESSAGE_MAX_LINE];

	if (room != NULL)
		take_marks(&t->talk->support, room, t->message);
	talk_join_parameters(t->message, room != NULL ? 1 : 0, text, sizeof(text));
	talk_tell(t, TALK_MODE, room, text);
}

/* Without the marks of members who alone are meant. */
static const char *skip_marks(const struct talk *talk, const char *target)
{
	return target + strspn(target, support_marks(&talk->support));
}

bool talk_is_room(const struct talk *talk, const char *target)
{
	return is_room(target) || is_room(skip_marks(talk, target));
}

/* The room where something was said: of private messages the other one's. */
static struct talk_room *room_of(struct telling *t)
{
	const char *target = skip_marks(t->talk, talk_parameter(t->message, 0));

	/* Of an account's conversation, whatever nick somebody had. */
	if (t->batch != NULL)
		return talk_find(t->talk, t->batch->room);
	if (is_room(target))
		return talk_find(t->talk, target);
	if (strchr(t->message->source, '!') == NULL || *target == '\0' ||
	    strchr(target, '*') != NULL)
		return NULL; /* a server's */
	return talk_open(t->talk, t->event.own ? target : t->who);
}

/* How spillway-chat(8) marks what is announced; no client may send such a tag. */
#define ANNOUNCEMENT_TAG "spillway/announcement"
#define ANNOUNCEMENT_HEAD "[Announcement] "

void talk_take_said(struct telling *t)
{
	bool notice = strcmp(t->message->command, "NOTICE") == 0;
	char text[TALK_TEXT_SIZE], mark[8];
	enum talk_kind kind = notice ? TALK_NOTICE : TALK_MESSAGE;

	snprintf(text, sizeof(text), "%s", talk_parameter(t->message, 1));
	if (notice && strchr(t->message->source, '!') == NULL &&
	    message_tag(t->message, ANNOUNCEMENT_TAG, mark, sizeof(mark))) {
		kind = TALK_ANNOUNCEMENT;
		if (strncmp(text, ANNOUNCEMENT_HEAD, strlen(ANNOUNCEMENT_HEAD)) == 0)
			memmove(text, text + strlen(ANNOUNCEMENT_HEAD),
				strlen(text + strlen(ANNOUNCEMENT_HEAD)) + 1);
	} else if (strncmp(text, "\001ACTION ", 8) == 0) {
		kind = TALK_ACTION;
		memmove(text, text + 8, strlen(text + 8) + 1);
		text[strcspn(text, "\001")] = '\0';
	} else if (*text == '\001') {
		return; /* what programs ask each other */
	}
	struct talk_room *room = room_of(t);
	t->event.addressed =
		!t->event.own && kind != TALK_ANNOUNCEMENT &&
		((room != NULL && !room->is_room) ||
		 is_us(t->talk, talk_parameter(t->message, 0)) || names_us(t->talk, text));
	talk_tell(t, kind, room, text);
}

/* REDACT TARGET MSGID [REASON] (IRCv3 draft/message-redaction) */
static void take_redact(struct telling *t)
{
	struct talk_room *room = talk_find(t->talk, is_us(t->talk, talk_parameter(t->message, 0))
							    ? t->who
							    : talk_parameter(t->message, 0));

	t->event.id = talk_parameter(t->message, 1);
	if (room != NULL)
		talk_tell(t, TALK_DELETE, room, talk_parameter(t->message, 2));
}

static void take_invite(struct telling *t)
{
	char text[MESSAGE_MAX_LINE];

	snprintf(text, sizeof(text), "%s invites %s into %s", t->who, talk_parameter(t->message, 0),
		 talk_parameter(t->message, 1));
	t->event.addressed = is_us(t->talk, talk_parameter(t->message, 0));
	talk_tell(t, TALK_INFO, NULL, text);
}

/* ---- what the server can do, history, and how far it was read ---- */

static void take_support(struct telling *t)
{
	for (size_t i = 1; i < t->message->n_parameters; i++)
		support_take(&t->talk->support, t->message->parameters[i]);
}

static struct talk_batch *find_batch(struct talk *talk, const char *ref)
{
	for (size_t i = 0; i < TALK_MAX_BATCHES; i++) {
		if (strcmp(talk->batches[i].ref, ref) == 0)
			return &talk->batches[i];
	}
	return NULL;
}

/* BATCH +REF chathistory ROOM, BATCH -REF. Others don't matter here. */
static void take_batch(struct telling *t)
{
	const char *ref = talk_parameter(t->message, 0);
	struct talk_batch *batch;

	if (*ref == '+' && strcmp(talk_parameter(t->message, 1), "chathistory") == 0) {
		batch = find_batch(t->talk, "");
		if (batch == NULL || strlen(ref + 1) >= sizeof(batch->ref))
			return;
		strcpy(batch->ref, ref + 1);
		snprintf(batch->room, sizeof(batch->room), "%s", talk_parameter(t->message, 2));
		return;
	}
	batch = *ref == '-' && ref[1] != '\0' ? find_batch(t->talk, ref + 1) : NULL;
	if (batch == NULL)
		return;
	struct talk_room *room = talk_find(t->talk, batch->room);
	batch->ref[0] = '\0';
	if (room != NULL && t->talk->paged != NULL)
		t->talk->paged(t->talk, room, NULL);
}

/* How far we have read, perhaps elsewhere: MARKREAD ROOM timestamp=TIME, or '*'
 * (draft/read-marker). */
static void take_read(struct telling *t)
{
	struct talk_room *room = talk_find(t->talk, talk_parameter(t->message, 0));
	const char *when = talk_parameter(t->message, 1);
	int64_t read_ms = strncmp(when, "timestamp=", 10) == 0 ? talk_parse_time(when + 10) : 0;

	if (room == NULL || read_ms <= room->read_ms)
		return;
	room->read_ms = read_ms;
	if (t->talk->read != NULL)
		t->talk->read(t->talk, room);
}

/* Of the history messages count: what else there is has no effect on who is here. */
static const struct talk_batch *batch_of(struct talk *talk, const struct message *message)
{
	char ref[TALK_REF_SIZE] = "";

	return message_tag(message, "batch", ref, sizeof(ref)) && *ref != '\0'
		       ? find_batch(talk, ref)
		       : NULL;
}

bool talk_is_past(struct talk *talk, const struct message *message)
{
	return batch_of(talk, message) != NULL;
}

static const struct {
	const char *command;
	void (*take)(struct telling *telling); /* NULL: of no interest to people */
} rows[] = {
	{"JOIN", take_join},
	{"PART", take_part},
	{"KICK", take_kick},
	{"QUIT", take_quit},
	{"NICK", take_nick},
	{"TOPIC", take_topic},
	{"MODE", take_mode},
	{"PRIVMSG", talk_take_said},
	{"NOTICE", talk_take_said},
	{"INVITE", take_invite},
	{"332", talk_take_topic_is},
	{"353", talk_take_names},
	{"366", talk_take_end_of_names},
	{"FAIL", talk_take_fail},
	{"WARN", talk_take_note},
	{"NOTE", talk_take_note},
	{"REGISTER", talk_take_text},
	{"301", talk_take_away},
	{"305", talk_take_text},
	{"306", talk_take_text},
	{"381", talk_take_text},
	{"760", talk_take_metadata},
	{"761", talk_take_metadata},
	{"766", talk_take_metadata},
	{"900", talk_take_text},
	{"901", talk_take_text},
	{"REDACT", take_redact},
	{"BATCH", take_batch},
	{"MARKREAD", take_read},
	{"TAGMSG", NULL},
	{"AWAY", NULL},
	{"002", NULL},
	{"003", NULL},
	{"004", NULL},
	{"005", take_support},
	{"221", NULL},
	{"251", NULL},
	{"252", NULL},
	{"253", NULL},
	{"254", NULL},
	{"255", NULL},
	{"265", NULL},
	{"266", NULL},
	{"315", NULL},
	{"318", NULL},
	{"321", NULL},
	{"323", NULL},
	{"329", NULL},
	{"333", NULL},
	{"368", NULL},
	{"375", NULL},
	{"376", NULL},
	{"422", NULL},
	{"770", NULL},
	{"774", NULL},
};

/* What is the same of all that a message tells. */
static void begin(struct telling *t)
{
	sentence_clean((struct slice){t->message->source, strcspn(t->message->source, "!")}, t->who,
		       sizeof(t->who));
	talk_id_of(t->message, t->id);
	t->batch = batch_of(t->talk, t->message);
	t->event = (struct talk_event){
		.who = t->who,
		.text = t->talk->text,
		.id = t->id,
		.time_ms = talk_time_of(t->message),
		.when = t->batch != NULL ? TALK_PAST : TALK_NOW,
		.own = is_us(t->talk, t->who),
	};
}

void talk_take_sealed(struct talk *talk, const struct message *message, const char *line)
{
	struct telling t = {.talk = talk, .message = message};
	struct talk_room *room;

	begin(&t);
	room = room_of(&t);
	if (room == NULL)
		return;
	t.event.sealed = line;
	t.event.addressed = !t.event.own;
	talk_tell(&t, TALK_MESSAGE, room, talk_parameter(message, 1));
}

void talk_take(struct talk *talk, const struct message *message, const struct talk_asked *asked)
{
	struct telling t = {.talk = talk, .message = message, .asked = asked};
	const char *command = message->command;

	begin(&t);
	if (talk_take_several(&t))
		return;
	if (t.event.when == TALK_PAST) {
		if (strcmp(command, "PRIVMSG") == 0 || strcmp(command, "NOTICE") == 0)
			talk_take_said(&t);
		return;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].command, command) == 0) {
			if (rows[i].take != NULL)
				rows[i].take(&t);
			return;
		}
	}
	if (*command == '4' || *command == '5')
		talk_take_refusal(&t);
	else if (isdigit((unsigned char)*command))
		talk_take_other(&t);
}
