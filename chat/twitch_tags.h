/* SPDX-License-Identifier: MIT */
/*
 * What the capability twitch.tv/tags adds to a message, as Twitch documents it (dev.twitch.tv/docs/irc/tags):
 * who speaks, and with which right. Roles are badges:
 *
 *	owner (~)			broadcaster/1
 *	admin (&), operator (@)		moderator/1
 *	voice (+)			vip/1
 *
 * Rooms and people have numbers there. Ours are made of their names, with the server's key, so that they stay the
 * same, and nobody can choose a name for its number; a guest never has an account's. What there is not here
 * (subscribers, emotes, bits) is told as absent. Pure.
 */
#ifndef SPILLWAY_TWITCH_TAGS_H
#define SPILLWAY_TWITCH_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chat/nick.h"
#include "chat/room_name.h"

/* What Twitch's server is called, which its bots look for. */
#define TWITCH_NAME "tmi.twitch.tv"

enum { TWITCH_TAGS_SIZE = 512, TWITCH_KEY_SIZE = 32, TWITCH_COLOR_SIZE = 8 /* "#rrggbb" */ };

struct twitch_user {
	const char *nick;
	const char *account; /* "": a guest */
	unsigned role;	     /* enum member_mode, in the room; 0: none */
	const char *color;   /* that he says is his; NULL: none */
};

/* A nick as a tag's value. */
void twitch_tags_escape(const char *nick, char to[2 * NICK_MAX + 1]);

/* Of a message; its tags as text, without '@' and escaped where they must be. */
struct twitch_tags {
	const unsigned char *key;      /* of the server, borrowed; NULL: nobody speaks */
	unsigned role;		       /* of who speaks */
	char color[TWITCH_COLOR_SIZE]; /* his; "": none */
	char room[ROOM_NAME_MAX + 1];  /* where; "": in private */
	char text[TWITCH_TAGS_SIZE];   /* "" for none, or where somebody speaks */
};

void twitch_tags_init(struct twitch_tags *tags);
/* Somebody with a color (NULL: none) says something in a room ("": in private). Who that is, the
 * event knows: it is written when it is asked for. */
void twitch_tags_speak(struct twitch_tags *tags, const unsigned char key[TWITCH_KEY_SIZE],
		       const char *room, unsigned role, const char *color);
/* The tags of what is said. time_ms: Unix time. */
void twitch_tags_of_speech(const struct twitch_tags *tags, const struct twitch_user *user,
			   const char *id, int64_t time_ms, char to[TWITCH_TAGS_SIZE]);
/* What is so of him whatever he says, his color or, where that is none, one by his id; for
 * USERSTATE, too. Returns the length. */
size_t twitch_tags_of_user(const struct twitch_user *user, const unsigned char key[TWITCH_KEY_SIZE],
			   char to[TWITCH_TAGS_SIZE]);

enum twitch_kind { TWITCH_ACCOUNT = 'a', TWITCH_GUEST = 'g', TWITCH_ROOM = 'r' };
/* Up to 53 bits, so that it is a number in JavaScript, too. Names that are the same have the
 * same. */
uint64_t twitch_id(const unsigned char key[TWITCH_KEY_SIZE], enum twitch_kind kind,
		   const char *name);
uint64_t twitch_user_id(const unsigned char key[TWITCH_KEY_SIZE], const struct twitch_user *user);

#endif
