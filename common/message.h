/* SPDX-License-Identifier: MIT */
/*
 * Messages: lines of IRC, [@tags] [:source] COMMAND [parameters] (RFC 1459 section 2.3, IRCv3
 * message-tags). Pure.
 *
 * Between two parts there may be several blanks, as RFC 1459 has it; a tab is none.
 */
#ifndef SPILLWAY_MESSAGE_H
#define SPILLWAY_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/slice.h"

enum {
	MESSAGE_MAX_LINE = 512,		/* bytes without tags, with CR LF */
	MESSAGE_MAX_TAGS = 8191,	/* bytes of tags, with '@' and the blank behind them */
	MESSAGE_MAX_CLIENT_TAGS = 4096, /* the same of what a client sends */
	MESSAGE_MAX_PARAMETERS = 15,
	MESSAGE_MAX_LABEL = 64,
};

/* All are pieces of the line, each with a NUL behind it. */
struct message {
	char *tags;    /* as they came, without '@'; "" where there are none */
	char *source;  /* "" where there is none */
	char *command; /* in capitals */
	char *parameters[MESSAGE_MAX_PARAMETERS + 1]; /* NULL behind the last */
	size_t n_parameters;
};

/*
 * Takes a line apart, without its CR LF; line[len] must be writable, and the line is changed: it is
 * borrowed for as long as the message is used. -ENODATA: an empty line. -E2BIG: tags, or the rest,
 * are too long. -EILSEQ: not UTF-8. -EINVAL: no command, or a NUL, CR or LF in it. For -EILSEQ and
 * -E2BIG *ret_message is complete as far as it was understood: `command` is there, "" at worst.
 */
int message_parse(char *line, size_t len, struct message *ret_message);

/* Whether a tag is there; its value without escapes ("" where it has none), cut to size. Of several
 * with one name the last counts. */
bool message_tag(const struct message *message, const char *name, char *ret_value, size_t size);
/* The tags that clients tell each other, those with a '+', as they came: joined by ';', with a NUL.
 * to has MESSAGE_MAX_CLIENT_TAGS bytes. Returns the length. */
size_t message_client_tags(const struct message *message, char *to);

/* ---- writing ---- */

/* Into memory of the caller. What doesn't fit is left out, without cutting a character of UTF-8. */
struct message_writer {
	char *to;
	size_t size, len;
	bool cut;
};

void message_writer_init(struct message_writer *writer, char *to, size_t size);
/* Tags come first: a blank follows the last by itself. value may be NULL. */
void message_write_tag(struct message_writer *writer, const char *name, const char *value);
/* source may be NULL. */
void message_write_command(struct message_writer *writer, const char *source, const char *command);
/* One word. What isn't one, since it is empty, has a blank or begins with a colon, is written as
 * '*'. */
void message_write_word(struct message_writer *writer, const char *word);
/* The last parameter, with a colon before it: any text. */
void message_write_text(struct message_writer *writer, const char *text);
/* All that is still to come, as it stood behind a word of another message. */
void message_write_rest(struct message_writer *writer, const char *rest);
/* CR LF, for which there is always room. Returns the length. */
size_t message_write_end(struct message_writer *writer);

#endif
