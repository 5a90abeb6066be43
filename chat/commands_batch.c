/* SPDX-License-Identifier: MIT */
/*
 * What clients say in several lines: BATCH (IRCv3 client-batch, draft/multiline). The lines are
 * collected, and said as one message when the batch is complete. One is open at a time; one that
 * went wrong is told once, and what still comes of it isn't heard.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/commands_impl.h"
#include "chat/commands_talk.h"
#include "chat/multiline.h"
#include "chat/reply.h"
#include "chat/server.h"
#include "common/casemap.h"

enum {
	MAX_REFERENCE = 64,
	TARGET_SIZE = 8 + ROOM_NAME_MAX + 1, /* with marks before it */
	NEEDED = CAP_BATCH | CAP_MULTILINE,
};

struct batch {
	char reference[MAX_REFERENCE + 1];
	char label[MESSAGE_MAX_LABEL + 1]; /* of the answer; "": none, or it was given */
	char target[TARGET_SIZE];
	bool failed;
	int64_t opened_us;
	const char *command; /* a constant, of all its lines; NULL: none came yet */
	char *tags;	     /* client tags; NULL: none */
	struct multiline said;
};

void commands_end_batch(struct client *client)
{
	struct batch *batch = client->batch;

	if (batch == NULL)
		return;
	multiline_finish(&batch->said);
	free(batch->tags);
	free(batch);
	client->batch = NULL;
}

/* ---- what goes wrong ---- */

/* The answer has the label that the batch began with. */
static void take_up_label(struct client *client, struct batch *batch)
{
	struct response *response = &client->server->response;

	if (batch->label[0] != '\0' && response->client == NULL)
		response_begin(response, client, batch->label);
	batch->label[0] = '\0';
}

static void tell_failure(struct client *client, const char *code, const char *const words[2],
			 const char *text)
{
	struct event event;

	event_init(&event, client->server, NULL, "FAIL");
	message_write_word(&event.writer, "BATCH");
	message_write_word(&event.writer, code);
	for (size_t i = 0; i < 2 && words[i] != NULL; i++)
		message_write_word(&event.writer, words[i]);
	message_write_text(&event.writer, text);
	client_tell(client, &event);
	event_finish(&event);
}

/* words: up to two, NULL behind the last. What is being answered meanwhile has another label, or
 * none. */
static void fail(struct client *client, const char *code, const char *const words[2],
		 const char *text)
{
	struct response *response = &client->server->response, meanwhile = {0};
	struct batch *batch = client->batch;
	bool labelled = batch != NULL && batch->label[0] != '\0';

	if (labelled) {
		response_move(&meanwhile, response);
		take_up_label(client, batch);
	}
	tell_failure(client, code, words, text);
	if (labelled) {
		response_end(response);
		response_move(response, &meanwhile);
	}
	if (batch != NULL) {
		multiline_finish(&batch->said);
		batch->failed = true;
	}
}

static void refuse(struct client *client, const char *text)
{
	static const char *const none[2] = {NULL, NULL};

	fail(client, "MULTILINE_INVALID", none, text);
}

void commands_sweep_batch(struct client *client, int64_t now_us)
{
	struct batch *batch = client->batch;
	int64_t most_us = client->server->config->ping_timeout_s * 1000000;

	if (batch == NULL || batch->failed || now_us - batch->opened_us < most_us)
		return;
	fail(client, "TIMEOUT", (const char *const[2]){batch->reference, NULL},
	     "The batch was open for too long");
}

void commands_spoil_batch(struct client *client)
{
	if (client->batch != NULL && !client->batch->failed)
		refuse(client, "A line came meanwhile that can't be read");
}

/* ---- beginning ---- */

static void keep_label(struct client *client, struct batch *batch)
{
	struct response *response = &client->server->response;

	if (response->client != client)
		return;
	memcpy(batch->label, response->label, sizeof(batch->label));
	response_forget(response);
}

static const char *what_is_wrong(const struct message *message, bool nested)
{
	const char *reference = message->parameters[0] + 1;

	if (nested)
		return "A batch can't be part of another one";
	if (*reference == '\0' || strlen(reference) > MAX_REFERENCE)
		return "The batch has no reference, or one that is too long";
	if (message->n_parameters < 3 || strcmp(message->parameters[1], "draft/multiline") != 0)
		return "The only batches are: BATCH +reference draft/multiline target";
	if (*message->parameters[2] == '\0' || strchr(message->parameters[2], ',') != NULL ||
	    strlen(message->parameters[2]) >= TARGET_SIZE)
		return "A batch has one target";
	return NULL;
}

/* What is refused here is remembered, too, so that its lines aren't heard. */
static void begin(struct client *client, const struct message *message)
{
	bool nested = client->batch != NULL && !client->batch->failed;
	const char *why = what_is_wrong(message, nested);
	char tags[MESSAGE_MAX_CLIENT_TAGS] = "";
	struct batch *batch = calloc(1, sizeof(*batch));

	if (nested && client->batch->label[0] != '\0')
		refuse(client, why);
	commands_end_batch(client);
	client->batch = batch;
	if (batch != NULL) {
		snprintf(batch->reference, sizeof(batch->reference), "%s",
			 message->parameters[0] + 1);
		batch->opened_us = io_now_us(client->server->io);
		keep_label(client, batch);
		if (message_client_tags(message, tags) > 0)
			batch->tags = strdup(tags);
	}
	if (batch == NULL || (*tags != '\0' && batch->tags == NULL))
		why = "The chat is out of memory";
	if (why != NULL)
		refuse(client, why);
	else
		snprintf(batch->target, sizeof(batch->target), "%s", message->parameters[2]);
}

/* ---- its lines ---- */

static void fail_to_add(struct client *client, int error)
{
	static const char *const bytes[2] = {MULTILINE_BYTES_TEXT, NULL};
	static const char *const lines[2] = {MULTILINE_LINES_TEXT, NULL};

	if (error == -EFBIG)
		fail(client, "MULTILINE_MAX_BYTES", bytes, "The message is too long");
	else if (error == -E2BIG)
		fail(client, "MULTILINE_MAX_LINES", lines, "The message has too many lines");
	else if (error == -EINVAL)
		refuse(client, "A line that goes on can't be empty");
	else
		refuse(client, "The chat is out of memory");
}

static void add(struct client *client, const struct message *message)
{
	struct batch *batch = client->batch;
	const char *command = strcmp(message->command, "NOTICE") == 0	 ? "NOTICE"
			      : strcmp(message->command, "PRIVMSG") == 0 ? "PRIVMSG"
									 : NULL;
	char none[1];
	int error;

	if (command == NULL || message->n_parameters < 2 ||
	    (batch->command != NULL && strcmp(command, batch->command) != 0)) {
		refuse(client, "A batch has lines of PRIVMSG, or of NOTICE, and no others");
		return;
	}
	if (!casemap_equal(message->parameters[0], batch->target)) {
		fail(client, "MULTILINE_INVALID_TARGET",
		     (const char *const[2]){batch->target, message->parameters[0]},
		     "All lines of a batch have its target");
		return;
	}
	batch->command = command;
	error = multiline_add(&batch->said, message->parameters[1],
			      message_tag(message, "draft/multiline-concat", none, sizeof(none)));
	if (error < 0)
		fail_to_add(client, error);
}

/* What clients say by themselves meanwhile is no mistake. */
static bool goes_between(const char *command)
{
	return strcmp(command, "BATCH") == 0 || strcmp(command, "PING") == 0 ||
	       strcmp(command, "PONG") == 0 || strcmp(command, "QUIT") == 0;
}

bool commands_collect(struct client *client, const struct message *message)
{
	struct batch *batch = client->batch;
	char reference[MAX_REFERENCE + 2];

	if (!client->registered || (client->caps & NEEDED) != NEEDED)
		return false;
	if (!message_tag(message, "batch", reference, sizeof(reference))) {
		if (batch != NULL && !batch->failed && !goes_between(message->command))
			refuse(client, "A batch was begun, and this isn't part of it");
		return false;
	}
	if (batch == NULL || strcmp(reference, batch->reference) != 0)
		refuse(client, "There is no batch of that reference");
	else if (batch->failed)
		return true;
	else if (strcmp(message->command, "BATCH") == 0)
		refuse(client, "A batch can't be part of another one");
	else
		add(client, message);
	return true;
}

/* ---- ending ---- */

static void say(struct client *client, struct batch *batch)
{
	struct talk talk = {
		.client = client,
		.command = batch->command,
		.text = batch->said.text,
		.may_be_answered = strcmp(batch->command, "PRIVMSG") == 0,
	};

	if (batch->tags != NULL)
		snprintf(talk.tags, sizeof(talk.tags), "%s", batch->tags);
	talk_to(&talk, batch->target);
}

static void complete(struct client *client, const char *reference)
{
	struct batch *batch = client->batch;

	if (batch == NULL || strcmp(reference, batch->reference) != 0) {
		refuse(client, "There is no batch of that reference");
		return;
	}
	if (!batch->failed && multiline_complete(&batch->said) < 0)
		refuse(client, "There is nothing in the batch");
	if (!batch->failed) {
		take_up_label(client, batch);
		say(client, batch);
	}
	commands_end_batch(client);
}

void command_batch(struct client *client, const struct message *message)
{
	const char *reference = message->parameters[0];

	if ((client->caps & NEEDED) != NEEDED)
		reply(client, ERR_UNKNOWNCOMMAND, "BATCH", NULL);
	else if (*reference == '+')
		begin(client, message);
	else if (*reference == '-')
		complete(client, reference + 1);
	else
		refuse(client, "A batch begins with + and ends with -");
}
