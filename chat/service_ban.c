/* SPDX-License-Identifier: MIT */
#include "chat/service_ban.h"

#include <stdio.h>
#include <time.h>

#include "chat/reply.h"
#include "chat/server.h"

static const struct mask_entry *find(const struct client *client)
{
	char true_source[NICK_SOURCE_SIZE];
	const struct extban_who who = {.source = client->source,
				       .true_source = true_source,
				       .account = client->account,
				       .real = client->real};

	snprintf(true_source, sizeof(true_source), "%s!%s@%s", client->nick, client->user,
		 client->address);
	return mask_list_match(&client->server->bans, &who, false);
}

bool service_ban_check(struct client *client)
{
	const struct mask_entry *ban = find(client);
	char text[MASK_LIST_TEXT_SIZE + 32];

	if (ban == NULL || client->left || (client->modes & USER_MODE_OPERATOR) != 0)
		return false;
	snprintf(text, sizeof(text), "You are banned%s", mask_list_text(ban, time(NULL)).text);
	reply(client, ERR_YOUREBANNEDCREEP, text, NULL);
	client_throw_out(client, "Banned");
	return true;
}

void service_ban_check_all(struct server *server)
{
	struct list *link, *after;

	list_each_safe (link, after, &server->clients) {
		struct client *client = list_item(link, struct client, link);

		if (client->registered)
			service_ban_check(client);
	}
}
