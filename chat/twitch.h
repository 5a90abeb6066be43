/* SPDX-License-Identifier: MIT */
/*
 * What bots made for Twitch are told (capability twitch.tv/commands;
 * dev.twitch.tv/docs/irc/commands): messages of Twitch's own beside those of IRC, and the service's
 * answers as the NOTICEs that they wait for. Nobody else sees any of that.
 */
#ifndef SPILLWAY_TWITCH_H
#define SPILLWAY_TWITCH_H

#include "chat/numeric.h"
#include "chat/room.h"

/* Whether that is what the client speaks. */
bool twitch_speaks(const struct client *client);

/* What somebody's metadata says is his color; NULL: nothing. client: NULL when he has gone. */
const char *twitch_color(const struct server *server, const struct client *client,
			 const char *account);

/* It has registered: GLOBALUSERSTATE. */
void twitch_tell_login(struct client *client);
/* It has entered a room: USERSTATE and ROOMSTATE. */
void twitch_tell_entry(struct client *client, const struct room *room);
/* What it said was told under this id: USERSTATE. */
void twitch_tell_spoken(struct client *client, const struct room *room, const char *id);
/* The room's slow mode has changed: ROOMSTATE. */
void twitch_tell_slow(struct room *room);

/* Whose messages are to vanish. */
struct twitch_clear {
	const char *nick;    /* NULL: everybody's */
	const char *account; /* "": a guest's */
	int64_t duration_s;  /* for how long he may not talk; 0: for ever */
};
/* CLEARCHAT */
void twitch_tell_cleared(struct room *room, const struct twitch_clear *clear);
/* CLEARMSG; source: nick!user@host of whose it was. What it said is not told once more. */
void twitch_tell_deleted(struct room *room, const char *id, const char *source);
/* Who goes otherwise than by PART (QUIT, KICK) is told as a PART, which is all they know. */
void twitch_tell_part(struct member *member);

/* The service's answer as a NOTICE with a msg-id, if that is what the client waits for: to a
 * command by its name and code (standard replies; context: NULL for none), or a numeric, with its
 * parameters. */
bool twitch_answer(struct client *client, const char *command, const char *code,
		   const char *context, const char *text);
bool twitch_answer_numeric(struct client *client, enum numeric_id id, va_list parameters);
/* msg_id: "" for none. context: a room, or NULL. */
void twitch_notice(struct client *client, const char *msg_id, const char *context,
		   const char *text);

#endif
