/* SPDX-License-Identifier: MIT */
#include "viewer/metadata.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int ask(struct metadata_asked *asked, struct link *link, const char *who, const char *what,
	       const char *key, const char *value, metadata_done *done, void *context)
{
	struct metadata_question *question = &asked->questions[asked->n];
	char line[MESSAGE_MAX_LINE];
	struct message_writer writer;
	int error;

	if (asked->n == METADATA_MAX_ASKED)
		return -ENOBUFS;
	if (link->state != LINK_UP)
		return -ENOTCONN;
	if ((link->caps & LINK_CAP_METADATA) == 0)
		return -ENOTSUP;
	if (strlen(key) >= sizeof(question->key))
		return -EMSGSIZE;
	message_writer_init(&writer, line, sizeof(line));
	message_write_command(&writer, NULL, "METADATA");
	message_write_word(&writer, who);
	message_write_word(&writer, what);
	message_write_word(&writer, key);
	if (value != NULL)
		message_write_text(&writer, value);
	if (writer.cut)
		return -EMSGSIZE;
	error = link_send(link, line, message_write_end(&writer), &question->label);
	if (error < 0)
		return error;
	strcpy(question->key, key);
	question->done = done;
	question->context = context;
	asked->n++;
	return 0;
}

int metadata_get(struct metadata_asked *asked, struct link *link, const char *who, const char *key,
		 metadata_done *done, void *context)
{
	return ask(asked, link, who, "GET", key, NULL, done, context);
}

int metadata_set(struct metadata_asked *asked, struct link *link, const char *key,
		 const char *value, metadata_done *done, void *context)
{
	return ask(asked, link, "*", "SET", key, value, done, context);
}

/* ---- answers ---- */

static struct metadata_question *find(struct metadata_asked *asked, uint32_t label)
{
	for (size_t i = 0; i < asked->n; i++) {
		if (label != 0 && asked->questions[i].label == label)
			return &asked->questions[i];
	}
	return NULL;
}

/* done() may ask anew. */
static void answer(struct metadata_asked *asked, struct metadata_question *question, int error,
		   const char *value)
{
	const struct metadata_question copy = *question;

	*question = asked->questions[--asked->n];
	copy.done(copy.context, error, value);
}

static int error_of(const char *code)
{
	static const struct {
		const char *code;
		int error;
	} rows[] = {{"INVALID_TARGET", -ENOENT}, {"RATE_LIMITED", -EAGAIN}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(code, rows[i].code) == 0)
			return rows[i].error;
	}
	return -EACCES;
}

/* 761 NICK TARGET KEY * :VALUE, 766 NICK TARGET KEY :TEXT, FAIL METADATA CODE … :TEXT */
bool metadata_take(struct metadata_asked *asked, const struct message *message, uint32_t label)
{
	struct metadata_question *question = find(asked, label);
	const char *const *parameters = (const char *const *)message->parameters;
	bool fails = strcmp(message->command, "FAIL") == 0 || strcmp(message->command, "WARN") == 0;
	bool is_set = strcmp(message->command, "761") == 0;

	if (question == NULL)
		return false;
	if (fails && message->n_parameters > 1 && strcmp(parameters[0], "METADATA") == 0)
		answer(asked, question, error_of(parameters[1]), NULL);
	else if ((is_set || strcmp(message->command, "766") == 0) &&
		 message->n_parameters == (is_set ? 5 : 4) &&
		 strcmp(parameters[2], question->key) == 0)
		answer(asked, question, 0, is_set ? parameters[4] : NULL);
	else
		return strcmp(message->command, "BATCH") == 0;
	return true;
}

void metadata_answered(struct metadata_asked *asked, uint32_t label)
{
	struct metadata_question *question = find(asked, label);

	if (question != NULL)
		answer(asked, question, -EPROTO, NULL);
}

/* Those that done() asks meanwhile come behind these. */
void metadata_lost(struct metadata_asked *asked)
{
	struct metadata_asked old = *asked;

	asked->n = 0;
	for (size_t i = 0; i < old.n; i++)
		old.questions[i].done(old.questions[i].context, -ECONNRESET, NULL);
}
