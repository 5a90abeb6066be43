/* SPDX-License-Identifier: MIT */
/*
 * One run of "spillway chat": a link to the server, what is known of the chat, and a face for the
 * user.
 */
#ifndef SPILLWAY_CHATTER_H
#define SPILLWAY_CHATTER_H

#include "common/options.h"
#include "common/secret.h"
#include "viewer/link.h"
#include "viewer/metadata.h"
#include "viewer/people.h"
#include "viewer/privacy.h"
#include "viewer/signals.h"
#include "viewer/slash.h"
#include "viewer/talk.h"

enum {
	CHATTER_MAX_TYPED = 16, /* lines that wait for their answers */
	CHATTER_MAX_DOUBTS = LINK_MAX_UNANSWERED,
	CHATTER_TEXT_SIZE = MESSAGE_MAX_LINE,
	CHATTER_CONTEXT = 20, /* lines of a room's history at first, on a screen */
	CHATTER_MAX_CONTEXT = 100,
	CHATTER_EARLIER = 50,  /* lines that /history shows */
	CHATTER_AWAY_DAYS = 7, /* private conversations that are older aren't asked for, … */
	CHATTER_AWAY_MAX = 32, /* … nor more of them, the latest */
	CHATTER_AWAY_CLOCK_MS = 5 * 60 * 1000, /* how far the server's clock may be off */
};

struct chatter_options {
	char host[256], port[6];
	char *nick;
	char *account, *password_file;
	char password[SECRET_MAX]; /* with an account; not from the command line */
	struct option_list rooms;  /* to enter at the start, with or without '#' */
	bool reconnect, encrypt;
	char *history; /* how many lines of it at first; NULL: as suits the face */
	int io;	       /* enum io_backend */
};

struct face;

struct chatter_typed {
	uint32_t label;			/* of its answer; 0: the connection was lost before that */
	char place[TALK_NAME_SIZE];	/* where it was typed; "" */
	char deed[SLASH_SENTENCE_SIZE]; /* what it is to do; "" */
	char target[TALK_NAME_SIZE], nick[LINK_NICK_SIZE]; /* of what was said; "" for commands */
	char text[CHATTER_TEXT_SIZE];
};

struct chatter_account { /* to log in with; "": none */
	char name[LOGIN_MAX_NAME + 1];
	char password[SECRET_MAX];
};

/* A private conversation of which something may have been said while we weren't there. */
struct chatter_target {
	char name[TALK_NAME_SIZE]; /* the other's account */
	int64_t time_ms;	   /* of its latest message */
};

struct chatter_away {
	int64_t here_ms; /* how long we have been there, before a loss; 0: we hadn't */
	bool asks;	 /* and private conversations wait */
	uint32_t label;	 /* of what is asked: which conversations, or how far the first was read */
	bool asks_read, fills; /* of the first: that is asked, or it is being filled */
	int64_t read_ms;       /* of the first; 0: not read */
	struct chatter_target targets[CHATTER_AWAY_MAX]; /* that are to be filled, in this order */
	size_t n;
};

/* A command that needs secrets first. */
struct chatter_asking {
	const struct slash_row *row; /* NULL: none */
	char input[SLASH_SENTENCE_SIZE], place[TALK_NAME_SIZE];
	char secrets[SLASH_MAX_PROMPTS][SECRET_MAX];
	size_t n; /* that were answered */
};

struct chatter { /* to be read by faces, and place to be set */
	const struct chatter_options *options;
	struct io *io;
	struct link link;
	struct talk talk;
	struct metadata_asked asked; /* that the program asks by itself */
	struct people people;
	struct talk_room *place; /* where what is typed is said; NULL: nowhere */
	struct face *face;

	/* The rest is private. */
	struct link_options link_options;
	struct signals signals;
	char entering
		[TALK_NAME_SIZE]; /* which room becomes the place when it is entered; "": the next */
	bool link_over, stopping;
	unsigned refused;				/* errors that were told */
	unsigned context;				/* lines of a room's history at first */
	struct chatter_typed typed[CHATTER_MAX_DOUBTS]; /* lines that weren't answered yet */
	size_t n_typed;
	size_t in_doubt;     /* lines that may or may not have arrived */
	uint32_t read_label; /* of the last word on how far we have read; 0: it was answered */
	struct chatter_asking asking;
	struct chatter_account account, tried; /* that we have; that the server may accept */
	struct privacy privacy;
	struct chatter_away away;
	int status;
	char failure[LINK_MAX_SENTENCE];
};

/* Runs until it is left: an exit status. */
int chatter_run(const struct chatter_options *options);

/* ---- for faces ---- */

/* Whether a line may be given now: the chat is entered, and not too many are under way. */
bool chatter_ready(const struct chatter *chatter);
/* A line that was typed, without its end. */
void chatter_input(struct chatter *chatter, const char *line);
/* What face->type->ask() asked for; NULL: he gives none. It may ask for more at once. */
void chatter_answer(struct chatter *chatter, const char *secret);
/* The user has said all: good-bye, as soon as all was answered. */
void chatter_leave(struct chatter *chatter);
/* Leaves at once, politely. */
void chatter_stop(struct chatter *chatter);
/* All up to then was seen by the user. */
void chatter_read(struct chatter *chatter, struct talk_room *room, int64_t time_ms);
/* Looks whether all has ended; what a face calls when an operation of its own has. */
void chatter_settle(struct chatter *chatter);

#endif
