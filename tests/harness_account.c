/* SPDX-License-Identifier: MIT */
#include "tests/harness_account.h"

#include <sodium.h>
#include <stdio.h>

void account_register(struct client *client)
{
	chat_say(client, "REGISTER * * :%s", ACCOUNT_PASSWORD);
	chat_wait(client, "REGISTER SUCCESS ");
}

struct client *account_owner(struct chat *chat, const char *nick, const char *caps)
{
	struct client *client = chat_person(chat, nick, caps);

	account_register(client);
	return client;
}

char *account_plain(struct harness *harness, const char *account, const char *password)
{
	char message[512];
	int len = snprintf(message, sizeof(message), "%c%s%c%s", 0, account, 0, password);
	size_t size = sodium_base64_encoded_len((size_t)len, sodium_base64_VARIANT_ORIGINAL);

	return sodium_bin2base64(harness_alloc(harness, size), size, (const unsigned char *)message,
				 (size_t)len, sodium_base64_VARIANT_ORIGINAL);
}

void account_begin_log_in(struct client *client, const char *account, const char *password)
{
	chat_say(client, "AUTHENTICATE PLAIN");
	chat_wait(client, "AUTHENTICATE +");
	chat_say(client, "AUTHENTICATE %s", account_plain(client->harness, account, password));
}

struct client *account_return(struct chat *chat, const char *nick, const char *account,
			      const char *caps, char **ret_said)
{
	struct client *client = client_connect(chat->harness, chat->port);

	chat_say(client, "CAP REQ :sasl %s", caps);
	chat_say(client, "NICK %s", nick);
	chat_say(client, "USER %s 0 * :Real %s", nick, nick);
	account_begin_log_in(client, account, ACCOUNT_PASSWORD);
	/* What comes at once waits until he is known. */
	chat_say(client, "CAP END");
	chat_wait(client, " 903 ");
	chat_wait(client, " 001 ");
	char *said = chat_so_far(client);
	if (ret_said != NULL)
		*ret_said = said;
	return client;
}

void account_appoint(struct harness *harness, const char *folder, const char *account)
{
	program_run(harness, "spillway-chat", "--config", "/dev/null", "--data", folder,
		    "--add-operator", account, NULL);
}
