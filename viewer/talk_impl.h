/* SPDX-License-Identifier: MIT */
/* Between talk.c, what people do, talk_server.c, what the server says, and talk_words.c, how it is
 * read. */
#ifndef SPILLWAY_TALK_IMPL_H
#define SPILLWAY_TALK_IMPL_H

#include "viewer/talk.h"

struct telling {
	struct talk *talk;
	const struct message *message;
	const struct talk_asked *asked; /* NULL: nothing */
	char who[ROSTER_NICK_SIZE], id[TALK_ID_SIZE];
	const struct talk_batch *batch; /* of the history that it stands in; NULL: none */
	struct talk_event event;
};

void talk_tell(struct telling *telling, enum talk_kind kind, struct talk_room *room,
	       const char *text);

/* "" where there are fewer. */
const char *talk_parameter(const struct message *message, size_t i);
/* From one on, with blanks between them. */
void talk_join_parameters(const struct message *message, size_t from, char *to, size_t size);

/* A message that a batch makes of several lines (IRCv3 draft/multiline): takes its beginning, its
 * lines and its end. Whether that was one of them; with the end it is told. */
bool talk_take_several(struct telling *t);
void talk_forget_several(struct talk *talk);
/* PRIVMSG or NOTICE. */
void talk_take_said(struct telling *t);

void talk_take_topic_is(struct telling *t);
void talk_take_names(struct telling *t);
void talk_take_end_of_names(struct telling *t);
void talk_take_refusal(struct telling *t);
void talk_take_fail(struct telling *t);
/* NOTE and WARN. */
void talk_take_note(struct telling *t);
void talk_take_away(struct telling *t);
/* What says something in its last parameter alone. */
void talk_take_text(struct telling *t);
/* 760, 761 and 766: shown where somebody asked. */
void talk_take_metadata(struct telling *t);
/* A numeric that has no row: its words. */
void talk_take_other(struct telling *t);

/* "" where there is none: an id is sent again, so it must be one word. */
void talk_id_of(const struct message *message, char ret_id[TALK_ID_SIZE]);

#endif
