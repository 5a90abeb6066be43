/* SPDX-License-Identifier: MIT */
/* Between chatter.c, what happens now, chatter_typed.c, what the user says, chatter_keys.c and
 * chatter_private.c, what is encrypted, chatter_account.c, with which account, and
 * chatter_past.c, what was said earlier, and chatter_away.c, in which private conversations. */
#ifndef SPILLWAY_CHATTER_IMPL_H
#define SPILLWAY_CHATTER_IMPL_H

#include "viewer/chatter.h"

/* Shows an event, whose turn has come. */
void chatter_show(struct chatter *chatter, const struct talk_event *event);
/* Something that was asked for can't be done, in a sentence. */
void chatter_refuse(struct chatter *chatter, const char *sentence);
/* Ends soon, with a line that says good-bye, or "". */
void chatter_stop_with(struct chatter *chatter, const char *line, size_t len);

/* A command that was taken apart; does it. */
void chatter_do(struct chatter *chatter, struct slash *slash);
/* What the user wanted when he typed the line of that label; false: that isn't known. */
bool chatter_asked(const struct chatter *chatter, uint32_t label, struct talk_asked *ret_asked);

/* Asks for what the command of this line needs. */
void chatter_account_ask(struct chatter *chatter, const struct slash_row *row, const char *input);
/* /login, with the secrets that were given. */
void chatter_account_log_in(struct chatter *chatter, const struct slash *slash);
void chatter_account_logged_in(struct chatter *chatter, int error, const char *sentence);
/* Keeps what the server has accepted for the next connection. */
void chatter_account_take(struct chatter *chatter, const struct message *message);
/* Forgets what was tried, and all at the end. */
void chatter_account_lost(struct chatter *chatter);
void chatter_account_finish(struct chatter *chatter);

/* Our keys. Nothing of privacy.keychain is used but between these two, which say what went
 * wrong. */
bool chatter_keys_begin(struct chatter *chatter);
bool chatter_keys_end(struct chatter *chatter);
/* The connection is there, or our account is another one. */
void chatter_keys_up(struct chatter *chatter);
void chatter_keys_close(struct chatter *chatter);
/* Whether our own list is good; if it may have become old, it is asked for, and
 * chatter_private_go_on() follows. */
bool chatter_keys_ready(struct chatter *chatter);
/* Looks after it once a day, whether anything is said or not: keys are to be changed, and lists
 * end. */
void chatter_keys_tend(struct chatter *chatter);
/* Whether there is an account, and nobody can tell with whom it has encrypted. */
bool chatter_keys_unread(const struct chatter *chatter);
/* Encrypts no more; with whom it was is remembered. */
void chatter_keys_off(struct chatter *chatter, const char *why);
/* Asks for it now; false: it can't be. */
bool chatter_keys_refresh(struct chatter *chatter);
/* Shows the fingerprints of both sides, or accepts the other's; whether it did. group: of /verify,
 * or "". */
bool chatter_keys_verify(struct chatter *chatter, struct secrecy_peer *peer, const char *nick,
			 const char *group);

/* Says something to one person, encrypted if both can. */
void chatter_private_say(struct chatter *chatter, const struct slash *slash);
void chatter_private_verify(struct chatter *chatter, const char *nick, struct slice group);
/* Whether a message is no one else's: it is encrypted, or answers a question of ours. */
bool chatter_private_take(struct chatter *chatter, const struct message *message, uint32_t label);
void chatter_private_answered(struct chatter *chatter, uint32_t label);
/* Shows an event of a private conversation: in its turn, and opened, if it is sealed. */
void chatter_private_show(struct chatter *chatter, const struct talk_event *event);
/* Whether something waits there, to be opened or to be shown. */
bool chatter_private_waits(const struct chatter *chatter, const struct talk_room *room);
/* What waited may go on. */
void chatter_private_go_on(struct chatter *chatter);
void chatter_private_lost(struct chatter *chatter);
void chatter_private_finish(struct chatter *chatter);
/* As it is, in one message or several. */
void chatter_say_plain(struct chatter *chatter, struct slash *slash);

/* An event of a room: shown now, or when what was said before it is there. */
void chatter_past_take(struct chatter *chatter, const struct talk_event *event);
/* An event whose turn has come. */
void chatter_past_show(struct chatter *chatter, const struct talk_event *event);
/* Asks for the next page of the room, if there is one to be asked for. */
void chatter_past_ask(struct chatter *chatter, struct talk_room *room);
/* Makes sure that there is a backlog; false: there can't be. */
bool chatter_past_keep(struct chatter *chatter, struct talk_room *room);
/* The room is entered. */
void chatter_past_enter(struct chatter *chatter, struct talk_room *room, int64_t time_ms);
void chatter_past_paged(struct chatter *chatter, struct talk_room *room, const char *failure);
void chatter_past_answered(struct chatter *chatter, uint32_t label);
void chatter_past_earlier(struct chatter *chatter, unsigned n);
void chatter_past_lost(struct chatter *chatter);
/* Shows what waits: there will be no history. */
void chatter_past_end(struct chatter *chatter);

/* The connection is there, as an account: asks which private conversations went on without us. */
void chatter_away_up(struct chatter *chatter);
/* Whether a message answers that. */
bool chatter_away_take(struct chatter *chatter, const struct message *message);
void chatter_away_answered(struct chatter *chatter, uint32_t label);
/* The next conversation, when the one before is complete and shown. */
void chatter_away_go_on(struct chatter *chatter);
/* A private conversation has begun: what happens there waits, if it may have begun earlier. */
void chatter_away_begin(struct chatter *chatter, struct talk_room *room, int64_t time_ms);
void chatter_away_lost(struct chatter *chatter);

/* A line of the user's is sent; slash says what it is. */
void chatter_past_typed(struct chatter *chatter, const struct slash *slash, uint32_t label);

#endif
