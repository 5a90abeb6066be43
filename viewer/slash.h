/* SPDX-License-Identifier: MIT */
/*
 * What somebody types into the chat, as commands of IRC: a line is said where he is; behind a slash
 * there is a command. The table of commands is here. Pure.
 */
#ifndef SPILLWAY_SLASH_H
#define SPILLWAY_SLASH_H

#include "common/message.h"

enum {
	SLASH_TARGET_SIZE = 160,
	SLASH_SENTENCE_SIZE = 240,
	SLASH_MAX_PROMPTS = 3,
	SLASH_BATCH_SIZE = 4 * MESSAGE_MAX_LINE, /* of one with one line */
};

enum slash_action {
	SLASH_SEND,	  /* line goes to the server */
	SLASH_SAY,	  /* text is said to target: slash_say() */
	SLASH_HELP,	  /* about the command named by text, or all where it is "" */
	SLASH_LIST_USERS, /* line asks for them */
	SLASH_LIST_OPERATORS,
	SLASH_HISTORY, /* text: how many earlier lines; "" where nothing is said */
	SLASH_DELETE,  /* text: which message of the room, and why */
	SLASH_VERIFY,  /* text: whose fingerprint, and what is to be accepted */
	SLASH_LOGIN,   /* text: the account; "" where nothing is said */
	SLASH_PART,    /* line leaves the room; a private conversation only ends here */
	SLASH_QUIT,    /* line says good-bye */
};

struct slash_row {
	const char *name;  /* behind the slash */
	const char *usage; /* its parameters, for people */
	const char *help;  /* a sentence */
	enum slash_action action;
	unsigned n_words; /* that are needed, the text among them */
	/*
	 * The command of IRC. Its parameters: R the room, 1 and 2 words that were typed, # the
	 * first one as a room's name, 0 one that may be "off", which is 0; * what is left of the
	 * line, if anything, + the same as words; s and t the first and the second secret. Others
	 * are meant literally. Of SLASH_SAY only whom: R or 1. + alone: the line as it was typed.
	 */
	const char *pattern;
	const char *deed; /* behind "You can't"; %R is the room, %1 the first word */
	bool in_act;	  /* SLASH_SAY: as what one does (CTCP ACTION) */
	bool of_member;	  /* the first word is the nick of somebody in the room */
	const char *prompts[SLASH_MAX_PROMPTS + 1]; /* what is asked for, and never shown … */
	bool again; /* … of which the last is the one before, once more */
};

extern const struct slash_row slash_table[]; /* ends with a row without a name */

struct slash {
	const struct slash_row *row; /* NULL: a line that is said, or no such command */
	enum slash_action action;
	bool in_act;
	bool asks; /* row->prompts are to be asked first: nothing else but row is set */
	char target[SLASH_TARGET_SIZE];
	struct slice text;	     /* a piece of the input */
	struct slice said;	     /* SLASH_SAY: what of it the last message has */
	char line[MESSAGE_MAX_LINE]; /* with CR LF; "" where there is none */
	size_t line_len;
	char deed[SLASH_SENTENCE_SIZE]; /* what the line is to do: "kick bob out of #cam"; "" */
	char member[SLASH_TARGET_SIZE]; /* of_member: who; "" */
	char error[SLASH_SENTENCE_SIZE];
};

/*
 * Takes a line apart. place is the room, or who is talked to in private; "" where that is nowhere.
 * The input is borrowed as long as the result is used. -EINVAL: error says, for people, what is
 * wrong.
 */
int slash_parse(const char *input, const char *place, struct slash *ret_slash);
/* The same with what row->prompts asked for: as many. */
int slash_parse_secret(const char *input, const char *place, const char *const secrets[],
		       struct slash *ret_slash);
/* Of SLASH_SAY: the next message, with CR LF, in slash->line; a text that is too long for one, or
 * has several lines, becomes several, cut at a blank where there is one. False when all was
 * said. */
bool slash_say(struct slash *slash);
/* Whether it becomes several, and may be one message of several lines instead. */
bool slash_is_several(const struct slash *slash);
/* The next such message (IRCv3 draft/multiline), of at most so many bytes and lines: a batch of
 * lines with CR LF. Its length, at most size, which has room for SLASH_BATCH_SIZE; 0 when all was
 * said. */
size_t slash_say_several(struct slash *slash, size_t max_bytes, size_t max_lines, char *to,
			 size_t size);
/* NULL where there is no such command; the case of letters doesn't matter. */
const struct slash_row *slash_find(struct slice name);
/* The first word of a text, which is cut off there. */
struct slice slash_word(struct slice *rest);

#endif
