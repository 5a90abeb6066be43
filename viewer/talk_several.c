/* SPDX-License-Identifier: MIT */
/* A message of several lines, collected until its batch ends. One at a time: lines of another are
 * messages. */
#include <stdlib.h>
#include <string.h>

#include "viewer/talk_impl.h"

struct talk_several {
	char ref[TALK_REF_SIZE];
	/* Of the beginning, which has what holds for all of it. */
	struct telling telling;
	char source[MESSAGE_MAX_LINE], target[TALK_NAME_SIZE];
	char command[8]; /* of its lines; "": none came */
	char text[TALK_TEXT_SIZE];
	size_t len;
};

void talk_forget_several(struct talk *talk)
{
	free(talk->several);
	talk->several = NULL;
}

static void begin(struct telling *t, const char *ref)
{
	const char *target = talk_parameter(t->message, 2);
	struct talk_several *several;

	if (t->talk->several != NULL || strlen(ref) >= sizeof(several->ref) ||
	    strlen(target) >= sizeof(several->target))
		return;
	several = calloc(1, sizeof(*several));
	if (several == NULL)
		return;
	strcpy(several->ref, ref);
	strcpy(several->target, target);
	strncpy(several->source, t->message->source, sizeof(several->source) - 1);
	several->telling = *t;
	several->telling.event.who = several->telling.who;
	several->telling.event.id = several->telling.id;
	several->telling.asked = NULL;
	t->talk->several = several;
}

/* What doesn't fit is left out. */
static void add(struct talk_several *several, const struct message *message)
{
	const char *text = talk_parameter(message, 1);
	size_t len = strlen(text);
	char none[1];

	if (*several->command != '\0' && several->len + 1 < sizeof(several->text) &&
	    !message_tag(message, "draft/multiline-concat", none, sizeof(none)))
		several->text[several->len++] = '\n';
	strncpy(several->command, message->command, sizeof(several->command) - 1);
	if (len >= sizeof(several->text) - several->len)
		len = sizeof(several->text) - 1 - several->len;
	memcpy(several->text + several->len, text, len);
	several->len += len;
	several->text[several->len] = '\0';
}

static void tell(struct talk *talk)
{
	struct talk_several *several = talk->several;
	char nothing[1] = "";
	struct message message = {
		.tags = nothing,
		.source = several->source,
		.command = several->command,
		.parameters = {several->target, several->text},
		.n_parameters = 2,
	};

	/* It may be another one's turn while this is told. */
	talk->several = NULL;
	several->telling.message = &message;
	if (*several->command != '\0')
		talk_take_said(&several->telling);
	free(several);
}

bool talk_take_several(struct telling *t)
{
	const char *command = t->message->command, *ref = talk_parameter(t->message, 0);
	struct talk_several *several = t->talk->several;
	char batch[TALK_REF_SIZE];

	if (strcmp(command, "BATCH") == 0 && *ref == '+' &&
	    strcmp(talk_parameter(t->message, 1), "draft/multiline") == 0) {
		begin(t, ref + 1);
		return true;
	}
	if (several == NULL)
		return false;
	if (strcmp(command, "BATCH") == 0 && *ref == '-' && strcmp(ref + 1, several->ref) == 0) {
		tell(t->talk);
		return true;
	}
	if ((strcmp(command, "PRIVMSG") != 0 && strcmp(command, "NOTICE") != 0) ||
	    !message_tag(t->message, "batch", batch, sizeof(batch)) ||
	    strcmp(batch, several->ref) != 0)
		return false;
	add(several, t->message);
	return true;
}
