/* SPDX-License-Identifier: MIT */
/*
 * What clients can say: one table of commands. Its handlers stand in commands_*.c, by what they are
 * about.
 */
#ifndef SPILLWAY_COMMANDS_H
#define SPILLWAY_COMMANDS_H

#include "chat/client.h"

struct room;

enum {
	COMMANDS_MAX = 64,
	COMMANDS_MAX_HISTORY = 100 /* messages in an answer */
};

/* Does what a client says, and answers. The message is borrowed during the call. */
void commands_run(struct client *client, const struct message *message);
/* Whether it needn't wait for messages that are under way (errand.h). */
bool commands_goes_ahead(const struct client *client, const struct message *message);

/* Forgets a conversation by SASL; whether there was one. */
bool commands_end_sasl(struct client *client);
/* Now and then: a batch that stays open for longer than --ping-timeout is given up. */
void commands_sweep_batch(struct client *client, int64_t now_us);
/* Forgets a batch; nothing where there is none. */
void commands_end_batch(struct client *client);
/* A line couldn't be read: what is being collected might lack it. */
void commands_spoil_batch(struct client *client);
/* Forgets what PASS said. */
void commands_forget_pass(struct client *client);
/* Who comes without USER, as Twitch's bots do, is given a user name by its nick. */
void commands_fill_user(struct client *client);
/* Who comes with an account's nick, and PASS, is logged in to it. True: that is being found out,
 * and it registers then; or it was refused. */
bool commands_check_pass(struct client *client);
/* The name of a command, in the order of server->command_counts; NULL behind the last. */
const char *commands_name(size_t i);

/* What everybody is told who comes: 004, 005, LUSERS and MOTD. */
void commands_tell_modes(struct client *client);
void commands_tell_support(struct client *client);
void commands_tell_users(struct client *client);
void commands_tell_motd(struct client *client);
/* Who is logged in is told what others have told him meanwhile, if it is a client that can't
 * ask. */
void commands_tell_missed(struct client *client);

/* Whether accounts can be registered has changed: who has cap-notify is told (CAP NEW, CAP DEL). */
void commands_offer_again(struct server *server);

struct date_text {
	char text[40];
};
/* A time for people, in UTC. */
struct date_text commands_date(int64_t time_s);

/* The service itself sets a room's topic: stored, then told. Where it can't be stored it stays as
 * it was. */
void commands_set_topic(struct server *server, struct room *room, const char *topic);

#endif
