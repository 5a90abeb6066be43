/* SPDX-License-Identifier: MIT */
#include "chat/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_SIZE = ROOM_NAME_MAX + 1 + ROOM_NAME_MAX + 1 };

#define TEXT DATABASE_TEXT
#define NUMBER DATABASE_NUMBER
#define VALUES DATABASE_VALUES

static int add_job(struct store *store, struct store_job *job, store_run *run, store_done *done)
{
	return done != NULL ? store_write_job(store, job, run, done)
			    : store_write_now(store, job, run);
}

static int read_job(struct store *store, struct store_job *job, store_run *run, store_done *done)
{
	return done != NULL ? store_read_job(store, job, run, done)
			    : store_read_now(store, job, run);
}

static bool is_private(const struct history_conversation *in)
{
	return *in->target != '#';
}

/* The same for both sides: neither name has a blank in it. */
static void write_name(const struct history_conversation *in, char to[NAME_SIZE])
{
	const char *a = in->own, *b = in->target;

	if (!is_private(in)) {
		snprintf(to, NAME_SIZE, "%s", in->target);
		return;
	}
	if (strcasecmp(a, b) > 0) {
		a = in->target;
		b = in->own;
	}
	snprintf(to, NAME_SIZE, "%s %s", a, b);
}

/* -ENODATA: nothing was said there. Who has no account has had no private conversation, either. */
static int find(struct database *database, const struct history_conversation *in, int64_t *ret_id)
{
	char name[NAME_SIZE];

	if (is_private(in) && *in->own == '\0')
		return -ENODATA;
	write_name(in, name);
	return database_number(database, QUERY_CONVERSATION_FIND, VALUES(TEXT(name)), ret_id);
}

/* ---- writing ---- */

static int join(struct database *database, const char *account, int64_t id, const char *peer)
{
	return database_run(database, QUERY_CONVERSATION_JOIN,
			    VALUES(TEXT(account), NUMBER(id), TEXT(peer)));
}

static int find_or_make(struct database *database, const struct history_conversation *in,
			int64_t *ret_id)
{
	char name[NAME_SIZE];
	int result;

	write_name(in, name);
	result = find(database, in, ret_id);
	if (result == -ENODATA) {
		result = database_run(database, QUERY_CONVERSATION_ADD, VALUES(TEXT(name)));
		*ret_id = database_last_id(database);
	}
	if (result >= 0 && is_private(in))
		result = join(database, in->own, *ret_id, in->target);
	if (result >= 0 && is_private(in))
		result = join(database, in->target, *ret_id, in->own);
	return result;
}

static int run_add(struct store_job *job, struct database *database)
{
	struct history_add *add = (struct history_add *)(void *)job;
	struct history_message *message = &add->message;
	int64_t id, last_ms = 0;
	int result = find_or_make(database, &add->in, &id);

	if (result < 0)
		return result;
	result = database_number(database, QUERY_MESSAGE_LAST_TIME, DATABASE_NOTHING, &last_ms);
	if (result < 0 && result != -ENODATA)
		return result;
	if (message->time_ms < last_ms && last_ms - message->time_ms < HISTORY_MAX_BACK_MS)
		message->time_ms = last_ms;
	result = database_run(database, QUERY_MESSAGE_ADD,
			      VALUES(NUMBER(id), TEXT(message->msgid), NUMBER(message->time_ms),
				     TEXT(message->command), TEXT(message->source),
				     TEXT(message->account), TEXT(message->tags),
				     TEXT(message->text), NUMBER(message->bot)));
	return result < 0 ? result : 0;
}

int history_add(struct store *store, struct history_add *add, store_done *done)
{
	/* A private message of who has no account would be anybody's to read who takes its name. */
	if (is_private(&add->in) && *add->in.own == '\0')
		return -EINVAL;
	return add_job(store, &add->job, run_add, done);
}

/* One message may have happened in several rooms: its id is made the room's own. */
static int add_event(struct database *database, const struct history_event *event, int64_t id)
{
	const struct history_message *message = &event->message;

	return database_run(database, QUERY_EVENT_ADD,
			    VALUES(NUMBER(id), TEXT(message->msgid), NUMBER(message->time_ms),
				   TEXT(message->command), TEXT(message->source),
				   TEXT(message->account), TEXT(message->text),
				   NUMBER(message->bot)));
}

static int run_add_events(struct store_job *job, struct database *database)
{
	struct history_events *events = (struct history_events *)(void *)job;
	const char *room = "";
	struct list *link;
	int64_t id = 0;
	int result = 0;

	list_each (link, &events->events) {
		const struct history_event *event = list_item(link, struct history_event, link);
		const struct history_conversation in = {.own = "", .target = event->room};

		/* Many come of one room. */
		if (strcmp(room, event->room) != 0 || result < 0)
			result = event->kept ? find_or_make(database, &in, &id)
					     : find(database, &in, &id);
		room = event->room;
		if (result >= 0)
			result = add_event(database, event, id);
		if (result < 0 && result != -ENODATA)
			return result;
	}
	return 0;
}

int history_add_events(struct store *store, struct history_events *events, store_done *done)
{
	return add_job(store, &events->job, run_add_events, done);
}

static const enum query redact_queries[] = {
	[HISTORY_BY_ID] = QUERY_MESSAGES_OF_ID,
	[HISTORY_BY_ACCOUNT] = QUERY_MESSAGES_OF_ACCOUNT,
	[HISTORY_BY_SOURCE] = QUERY_MESSAGES_OF_SOURCE,
	[HISTORY_BY_ANYBODY] = QUERY_MESSAGES_OF_ANYBODY,
};

static const enum query remove_queries[] = {
	[HISTORY_BY_ACCOUNT] = QUERY_EVENTS_REMOVE_OF_ACCOUNT,
	[HISTORY_BY_SOURCE] = QUERY_EVENTS_REMOVE_OF_SOURCE,
	[HISTORY_BY_ANYBODY] = QUERY_EVENTS_REMOVE_OF_ANYBODY,
};

/* Who has no account is nobody's author. */
static bool is_by(const struct history_redact *redact)
{
	for (size_t i = 0; i < redact->rows.n && redact->author != NULL; i++) {
		if (*redact->author == '\0' ||
		    strcasecmp(redact->author, rows_text(&redact->rows, i, 2)) != 0)
			return false;
	}
	return true;
}

static int find_redacted(struct history_redact *redact, struct database *database, enum query query,
			 int64_t conversation)
{
	return rows_fetch(
		&redact->rows, database, query,
		VALUES(NUMBER(conversation), TEXT(redact->which), NUMBER(HISTORY_MAX_REDACT)));
}

/* Of one id there is a message, or an event. */
static int remove_events(struct history_redact *redact, struct database *database,
			 int64_t conversation)
{
	int result;

	if (redact->by == HISTORY_BY_ID)
		return redact->rows.n == 0
			       ? 0
			       : database_run(database, QUERY_EVENT_REMOVE,
					      VALUES(NUMBER(rows_number(&redact->rows, 0, 0))));
	result = database_run(
		database, remove_queries[redact->by],
		VALUES(NUMBER(conversation), TEXT(redact->which), NUMBER(HISTORY_MAX_REDACT)));
	redact->more = redact->rows.n == HISTORY_MAX_REDACT || result == HISTORY_MAX_REDACT;
	return result;
}

static int run_redact(struct store_job *job, struct database *database)
{
	struct history_redact *redact = (struct history_redact *)(void *)job;
	int64_t conversation;
	int result = find(database, &redact->in, &conversation);

	if (result >= 0)
		result = find_redacted(redact, database, redact_queries[redact->by], conversation);
	if (result >= 0 && redact->rows.n == 0 && redact->by == HISTORY_BY_ID)
		result = find_redacted(redact, database, QUERY_EVENTS_OF_ID, conversation);
	if (result >= 0 && !is_by(redact))
		return -EACCES;
	for (size_t i = 0; i < redact->rows.n && result >= 0; i++)
		result = database_run(database, QUERY_MESSAGE_EMPTY,
				      VALUES(NUMBER(rows_number(&redact->rows, i, 0))));
	if (result >= 0)
		result = remove_events(redact, database, conversation);
	if (result < 0)
		return result == -ENODATA ? -ENOENT : result;
	return redact->rows.n > 0 || redact->by != HISTORY_BY_ID ? (int)redact->rows.n : -ENOENT;
}

int history_redact(struct store *store, struct history_redact *redact, store_done *done)
{
	redact->rows = (struct rows){0};
	redact->more = false;
	return add_job(store, &redact->job, run_redact, done);
}

const char *history_redacted(const struct history_redact *redact, size_t i)
{
	return rows_text(&redact->rows, i, 1);
}

const char *history_redacted_source(const struct history_redact *redact, size_t i)
{
	return rows_text(&redact->rows, i, 3);
}

/* What is over the count in one conversation. */
static int forget_first(struct database *database, int64_t keep, enum query find, enum query delete)
{
	sqlite3_stmt *statement = database_query(database, find, VALUES(NUMBER(keep)));
	int result = database_step(database, statement);
	int64_t conversation, n;

	if (result <= 0)
		return result;
	conversation = sqlite3_column_int64(statement, 0);
	n = sqlite3_column_int64(statement, 1) - keep;
	sqlite3_reset(statement);
	return database_run(
		database, delete,
		VALUES(NUMBER(conversation), NUMBER(n < HISTORY_STEP ? n : HISTORY_STEP)));
}

static int run_forget(struct store_job *job, struct database *database)
{
	struct history_forget *forget = (struct history_forget *)(void *)job;
	int result = 0;

	if (forget->before_ms > 0)
		result = database_run(database, QUERY_MESSAGES_FORGET_OLD,
				      VALUES(NUMBER(forget->before_ms), NUMBER(HISTORY_STEP)));
	if (result == 0 && forget->keep != 0)
		result = forget_first(database, forget->keep, QUERY_CONVERSATION_LONG,
				      QUERY_MESSAGES_FORGET_FIRST);
	if (result == 0 && forget->keep != 0)
		result = forget_first(database, forget->keep, QUERY_CONVERSATION_EVENTFUL,
				      QUERY_EVENTS_FORGET_FIRST);
	return result;
}

int history_forget(struct store *store, struct history_forget *forget, store_done *done)
{
	return add_job(store, &forget->job, run_forget, done);
}

/* ---- pages ---- */

/* A place between messages, or at one. */
struct position {
	int64_t time_ms, id;
};

static const struct position earliest = {INT64_MIN, INT64_MIN};
static const struct position latest = {INT64_MAX, INT64_MAX};

static bool earlier(struct position a, struct position b)
{
	return a.time_ms != b.time_ms ? a.time_ms < b.time_ms : a.id < b.id;
}

/* What has the point's time is neither before nor after it. */
struct place {
	struct position before, after;
};

static int locate(struct database *database, int64_t conversation,
		  const struct history_point *point, struct place *ret_place)
{
	sqlite3_stmt *statement;
	struct position at;
	int result;

	*ret_place = (struct place){.before = latest, .after = earliest};
	if (point->place == HISTORY_ANYWHERE)
		return 0;
	if (point->place == HISTORY_AT_TIME) {
		ret_place->before = (struct position){point->time_ms, INT64_MIN};
		ret_place->after = (struct position){point->time_ms, INT64_MAX};
		return 0;
	}
	statement = database_query(database, QUERY_MESSAGE_POSITION,
				   VALUES(TEXT(point->msgid), NUMBER(conversation)));
	result = database_step(database, statement);
	if (result <= 0)
		return result < 0 ? result : -ENOENT;
	at = (struct position){sqlite3_column_int64(statement, 0),
			       sqlite3_column_int64(statement, 1)};
	sqlite3_reset(statement);
	*ret_place = (struct place){.before = at, .after = at};
	return 0;
}

struct span {
	int64_t conversation;
	struct position after, before; /* neither is in it */
};

enum direction { ONWARD, BACKWARD };

/* Without and with events. */
static const enum query page_queries[][2] = {
	[ONWARD] = {QUERY_MESSAGES_ONWARD, QUERY_ALL_ONWARD},
	[BACKWARD] = {QUERY_MESSAGES_BACKWARD, QUERY_ALL_BACKWARD},
};

/* Leaves out what is behind the last of so many messages. */
static void end_behind(struct rows *rows, size_t from, size_t n_messages)
{
	for (size_t i = from; i < rows->n; i++) {
		struct history_message message;

		history_message(rows, i, &message);
		if (!history_is_event(&message) && --n_messages == 0)
			rows->n = i + 1;
	}
}

static int fetch(struct history_page *page, struct database *database, enum direction direction,
		 const struct span *span, size_t limit)
{
	size_t from = page->rows.n, most = page->events ? limit + HISTORY_EVENTS * limit : limit;
	int result;

	result = rows_fetch(&page->rows, database, page_queries[direction][page->events],
			    VALUES(NUMBER(span->conversation), NUMBER(span->after.time_ms),
				   NUMBER(span->after.id), NUMBER(span->before.time_ms),
				   NUMBER(span->before.id), NUMBER((int64_t)most)));
	end_behind(&page->rows, from, limit);
	if (direction == BACKWARD)
		rows_reverse(&page->rows, from);
	return result;
}

static int page_latest(struct history_page *page, struct database *database, struct span span,
		       const struct place *from, const struct place *to)
{
	(void)to;
	span.after = from->after;
	return fetch(page, database, BACKWARD, &span, page->limit);
}

static int page_before(struct history_page *page, struct database *database, struct span span,
		       const struct place *from, const struct place *to)
{
	(void)to;
	span.before = from->before;
	return fetch(page, database, BACKWARD, &span, page->limit);
}

static int page_after(struct history_page *page, struct database *database, struct span span,
		      const struct place *from, const struct place *to)
{
	(void)to;
	span.after = from->after;
	return fetch(page, database, ONWARD, &span, page->limit);
}

static int page_around(struct history_page *page, struct database *database, struct span span,
		       const struct place *from, const struct place *to)
{
	size_t half = page->limit / 2;
	int result = 0;

	(void)to;
	span.before = from->before;
	if (half > 0)
		result = fetch(page, database, BACKWARD, &span, half);
	if (result < 0)
		return result;
	/* From the point on, itself included. Ids begin at 1. */
	span.after = from->before;
	if (page->from.place == HISTORY_AT_ID)
		span.after.id--;
	span.before = latest;
	return fetch(page, database, ONWARD, &span, page->limit - half);
}

static int page_between(struct history_page *page, struct database *database, struct span span,
			const struct place *from, const struct place *to)
{
	bool onward = earlier(from->before, to->before);

	span.after = onward ? from->after : to->after;
	span.before = onward ? to->before : from->before;
	return fetch(page, database, onward ? ONWARD : BACKWARD, &span, page->limit);
}

typedef int page_maker(struct history_page *page, struct database *database, struct span span,
		       const struct place *from, const struct place *to);

static page_maker *const page_makers[] = {
	[HISTORY_LATEST] = page_latest,	  [HISTORY_BEFORE] = page_before,
	[HISTORY_AFTER] = page_after,	  [HISTORY_AROUND] = page_around,
	[HISTORY_BETWEEN] = page_between,
};

static int run_page(struct store_job *job, struct database *database)
{
	struct history_page *page = (struct history_page *)(void *)job;
	struct span span = {.after = earliest, .before = latest};
	struct place from, to;
	int result = find(database, &page->in, &span.conversation);

	if (result == -ENODATA)
		return 0;
	if (result == 0)
		result = locate(database, span.conversation, &page->from, &from);
	if (result == 0)
		result = locate(database, span.conversation, &page->to, &to);
	if (result < 0)
		return result;
	return page_makers[page->which](page, database, span, &from, &to);
}

int history_page(struct store *store, struct history_page *page, store_done *done)
{
	page->rows = (struct rows){0};
	if (page->limit > HISTORY_MAX_PAGE)
		page->limit = HISTORY_MAX_PAGE;
	return read_job(store, &page->job, run_page, done);
}

void history_message(const struct rows *rows, size_t i, struct history_message *ret_message)
{
	*ret_message = (struct history_message){
		.msgid = rows_text(rows, i, 0),
		.time_ms = rows_number(rows, i, 1),
		.command = rows_text(rows, i, 2),
		.source = rows_text(rows, i, 3),
		.account = rows_text(rows, i, 4),
		.tags = rows_text(rows, i, 5),
		.text = rows_text(rows, i, 6),
		.bot = rows_number(rows, i, 7) != 0,
	};
}

bool history_is_event(const struct history_message *message)
{
	return strcmp(message->command, "PRIVMSG") != 0 && strcmp(message->command, "NOTICE") != 0;
}

/* ---- what was missed ---- */

static int run_missed(struct store_job *job, struct database *database)
{
	struct history_missed *missed = (struct history_missed *)(void *)job;
	int64_t after_ms = 0;
	int result = database_number(database, QUERY_MARKER,
				     VALUES(TEXT(missed->own), TEXT(HISTORY_LEFT), NUMBER(1)),
				     &after_ms);

	if (result < 0 && result != -ENODATA)
		return result;
	result = rows_fetch(
		&missed->rows, database, QUERY_MESSAGES_MISSED,
		VALUES(TEXT(missed->own), NUMBER(after_ms), NUMBER((int64_t)missed->limit)));
	rows_reverse(&missed->rows, 0);
	return result;
}

int history_missed(struct store *store, struct history_missed *missed, store_done *done)
{
	missed->rows = (struct rows){0};
	return read_job(store, &missed->job, run_missed, done);
}

/* ---- targets ---- */

static int look_at(struct history_targets *targets, struct database *database, const char *name,
		   int64_t conversation)
{
	struct history_target *target = &targets->targets[targets->n];
	int64_t time_ms;
	int result = database_number(database, QUERY_MESSAGE_NEWEST, VALUES(NUMBER(conversation)),
				     &time_ms);

	if (result < 0)
		return result == -ENODATA ? 0 : result;
	if (time_ms <= targets->after_ms || time_ms >= targets->before_ms)
		return 0;
	target->time_ms = time_ms;
	snprintf(target->name, sizeof(target->name), "%s", name);
	targets->n++;
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct history_target *one = a, *other = b;

	return (one->time_ms > other->time_ms) - (one->time_ms < other->time_ms);
}

static int run_targets(struct store_job *job, struct database *database)
{
	struct history_targets *targets = (struct history_targets *)(void *)job;
	struct rows own = {0};
	int64_t id;
	int result = 0;

	for (const char *const *room = targets->rooms;
	     *room != NULL && targets->n < HISTORY_MAX_TARGETS && result == 0; room++) {
		struct history_conversation in = {.own = targets->own, .target = *room};

		result = find(database, &in, &id);
		result = result == 0	      ? look_at(targets, database, *room, id)
			 : result == -ENODATA ? 0
					      : result;
	}
	if (result == 0 && *targets->own != '\0')
		result = rows_fetch(&own, database, QUERY_CONVERSATIONS_OF,
				    VALUES(TEXT(targets->own)));
	for (size_t i = 0; i < own.n && targets->n < HISTORY_MAX_TARGETS && result == 0; i++)
		result = look_at(targets, database, rows_text(&own, i, 0), rows_number(&own, i, 1));
	rows_finish(&own);
	qsort(targets->targets, targets->n, sizeof(targets->targets[0]), by_time);
	if (targets->n > targets->limit)
		targets->n = targets->limit;
	return result;
}

int history_targets(struct store *store, struct history_targets *targets, store_done *done)
{
	targets->n = 0;
	return read_job(store, &targets->job, run_targets, done);
}
