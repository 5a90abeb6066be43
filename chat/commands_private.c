/* SPDX-License-Identifier: MIT */
/*
 * What people say to each other. A message to somebody with an account reaches all of his
 * connections; between two accounts it is stored before it is told, also when the other one isn't
 * here.
 */
#include <string.h>

#include "chat/answer.h"
#include "chat/commands_impl.h"
#include "chat/commands_talk.h"
#include "chat/person.h"
#include "chat/reply.h"
#include "chat/server.h"
#include "chat/twitch.h"

static void tell(struct client *client, const char *target, const struct history_message *message,
		 unsigned need, bool aside)
{
	struct history_message told = *message;
	struct event event;

	if (!client->registered || (client->caps & need) != need)
		return;
	if (twitch_speaks(client) && strcmp(told.command, "PRIVMSG") == 0)
		told.command = "WHISPER";
	answer_recall(&event, target, &told);
	twitch_tags_speak(&event.twitch, client->server->cloak_key, "", 0,
			  twitch_color(client->server, NULL, message->account));
	/* Who talks to himself gets that beside the answer. */
	event.aside = aside;
	client_tell(client, &event);
	event_finish(&event);
}

/* ---- who hears it ---- */

/* His other connections see it as what they had said themselves. */
static void echo(struct client *from, const char *target, const struct history_message *message,
		 unsigned need)
{
	struct list *link;

	tell(from, target, message, need | CAP_ECHO_MESSAGE, false);
	if (from->person == NULL)
		return;
	list_each (link, &from->person->clients) {
		struct client *other = list_item(link, struct client, by_person);
		struct history_message copy = *message;

		copy.source = other->source;
		if (other != from)
			tell(other, target, &copy, need | CAP_ECHO_MESSAGE, true);
	}
}

static void deliver(const struct person *person, const struct history_message *message,
		    unsigned need)
{
	struct list *link;

	list_each (link, &person->clients) {
		struct client *client = list_item(link, struct client, by_person);

		tell(client, client->nick, message, need, true);
	}
}

/* ---- what is stored ---- */

static void tell_absence(struct client *from, const char *account)
{
	reply(from, RPL_AWAY, account, "is not here; your message is kept until then", NULL);
}

static void tell_stored(struct said *said, struct client *from)
{
	struct server *server = said->errand->server;
	const struct person *person = person_find(server, said->target);
	bool is_notice = strcmp(said->add.message.command, "NOTICE") == 0;

	server->counters.privates++;
	if (from != NULL)
		echo(from, said->target, &said->add.message, 0);
	if (person != NULL)
		deliver(person, &said->add.message, 0);
	else if (from != NULL && !is_notice)
		tell_absence(from, said->target);
}

/* Whoever has no account can't leave a message: it would be anybody's to read who takes his
 * name. */
static void refuse_absent(const struct talk *talk, const char *nick)
{
	if (!talk->may_be_answered)
		return;
	if (roster_state(&talk->client->server->roster, nick) == ROSTER_ACCOUNT &&
	    talk->text != NULL)
		reply_standard(talk->client, "NOTE", talk->command, "ACCOUNT_REQUIRED", nick,
			       "They aren't here; log in to leave them a message");
	reply(talk->client, ERR_NOSUCHNICK, nick, NULL);
}

/* Who is here under that nick. Of who has just lost its connection only the account is left, if
 * there is one. */
static struct client *find_present(struct server *server, const char **nick)
{
	struct client *client = server_find_client(server, *nick);

	if (client == NULL || client->ghost == NULL)
		return client;
	if (client->account[0] != '\0')
		*nick = client->account;
	return NULL;
}

static bool takes_accounts_only(const struct client *client)
{
	return (client->modes & USER_MODE_ACCOUNTS) != 0;
}

/* Whether a guest isn't wanted, by one of his connections. */
static bool is_unwanted(const struct client *from, const struct client *to,
			const struct person *person)
{
	struct list *link;

	if (from->person != NULL || to == from)
		return false;
	if (person == NULL)
		return to != NULL && takes_accounts_only(to);
	list_each (link, &person->clients) {
		if (takes_accounts_only(list_item(link, struct client, by_person)))
			return true;
	}
	return false;
}

void talk_to_person(const struct talk *talk, const char *nick)
{
	struct server *server = talk->client->server;
	struct client *to = find_present(server, &nick);
	const struct person *person = to != NULL ? to->person : person_find(server, nick);
	bool stores = talk->client->person != NULL && talk->text != NULL;
	bool waits = person == NULL && to == NULL &&
		     roster_state(&server->roster, nick) == ROSTER_ACCOUNT;
	struct limits_refusal refusal;
	struct history_message message;
	char id[EVENT_ID_SIZE];

	if (is_unwanted(talk->client, to, person)) {
		if (talk->may_be_answered)
			reply(talk->client, ERR_NEEDREGGEDNICK, nick, NULL);
		return;
	}
	if ((to != NULL || person != NULL || (stores && waits)) &&
	    !limits_may_write(talk->client, to != NULL ? to->nick : nick, talk->text, &refusal)) {
		talk_refuse(talk, to != NULL ? to->nick : nick, &refusal);
		return;
	}
	if (stores && (person != NULL || waits)) {
		talk_store(talk, talk->client->account, person != NULL ? person->account : nick,
			   NULL, tell_stored);
	} else if (to == NULL && person == NULL) {
		refuse_absent(talk, nick);
	} else {
		server->counters.privates += talk->text != NULL;
		message = talk_message(talk, id);
		echo(talk->client, to != NULL ? to->nick : nick, &message, talk->need);
		if (person != NULL)
			deliver(person, &message, talk->need);
		else
			tell(to, to->nick, &message, talk->need, true);
	}
	if (to != NULL && to->away[0] != '\0' && talk->may_be_answered && talk->text != NULL)
		reply(talk->client, RPL_AWAY, to->nick, to->away, NULL);
}
