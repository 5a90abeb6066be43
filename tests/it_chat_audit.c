/* SPDX-License-Identifier: MIT */
/* What operators did is recorded, for operators to read. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "tests/harness_account.h"

static char *ask(struct client *client, const char *line)
{
	chat_say(client, "%s", line);
	return chat_so_far(client);
}

/* The record, without times, as soon as the text is in it: acts are recorded beside what is
 * answered. */
static char *audit(struct client *client, const char *line, const char *text)
{
	char *record = NULL, *to;

	wait_for(strstr(record = ask(client, line), text) != NULL);
	to = record;
	for (const char *at = record; *at != '\0';) {
		if (strncmp(at, " 20", 3) == 0 && strlen(at) > 25 && at[24] == 'Z')
			at += 25;
		else
			*to++ = *at++;
	}
	*to = '\0';
	return record;
}

static const char end_of_cam[] = ":chat.localhost NOTE AUDIT END #cam :End of the record\n";

static void test_acts_are_recorded_in_their_order(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", ""), *eve;
	char *record;

	ask(dan, "JOIN #cam");
	eve = chat_member(chat, "eve", "", "#cam");
	ask(dan, "TOPIC #cam :The garden");
	ask(dan, "MODE #cam +vo-t eve eve");
	ask(eve, "PRIVMSG #cam :bad words");
	ask(dan, "PURGE #cam eve :foul");
	/* Nothing was done. */
	ask(dan, "MODE #cam +v eve");
	ask(dan, "KICK #cam nobody");
	ask(dan, "REDACT #cam none");
	ask(dan, "KICK #cam eve :Sorry");
	ask(dan, "BAN #cam *!*@spam.example 1h spam");
	record = audit(dan, "AUDIT #cam", " ban ");
	assert_string_equal(
		record,
		harness_format(h,
			       ":chat.localhost NOTE AUDIT ENTRY #cam dan topic :The garden\n"
			       ":chat.localhost NOTE AUDIT ENTRY #cam dan mode :+vo-t eve eve\n"
			       ":chat.localhost NOTE AUDIT ENTRY #cam dan purge "
			       ":eve!~eve@127.0.0.1: foul\n"
			       ":chat.localhost NOTE AUDIT ENTRY #cam dan kick :eve: Sorry\n"
			       ":chat.localhost NOTE AUDIT ENTRY #cam dan mode "
			       ":+b *!*@spam.example\n"
			       ":chat.localhost NOTE AUDIT ENTRY #cam dan ban "
			       ":*!*@spam.example: spam\n"
			       "%s",
			       end_of_cam));
	assert_string_equal(audit(dan, "AUDIT #cam 1", " ban "),
			    harness_format(h,
					   ":chat.localhost NOTE AUDIT ENTRY #cam dan ban "
					   ":*!*@spam.example: spam\n"
					   "%s",
					   end_of_cam));
}

static void test_record_is_for_operators(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	struct client *zoe = chat_person(chat, "zoe", "");

	assert_string_equal(ask(eve, "AUDIT #cam"),
			    ":chat.localhost 482 eve #cam :You're not a channel operator\n");
	chat_has(ask(zoe, "AUDIT #cam"), " 442 zoe #cam :");
	chat_has(ask(zoe, "AUDIT #none"), " 403 zoe #none :");
	chat_has(ask(dan, "AUDIT"), " 481 dan :");
	chat_has(ask(dan, "AUDIT 5"), " 481 dan :");
	chat_has(ask(dan, "AUDIT #cam 101"), "FAIL AUDIT INVALID_PARAMS 101 :");
	chat_has(ask(dan, "AUDIT #cam 0"), "FAIL AUDIT INVALID_PARAMS 0 :");
	chat_has(ask(dan, "AUDIT cam"), "FAIL AUDIT INVALID_PARAMS cam :");
}

/* While the service doesn't run. */
static void change(struct harness *h, const char *folder, const char *sql)
{
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(harness_format(h, "%s/chat.db", folder), &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

static void test_record_outlives_the_service_and_its_rooms(struct harness *h)
{
	char *folder = harness_path(h, "kept"), *said;
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan, *eve;

	account_owner(chat, "dan", "");
	eve = chat_member(chat, "eve", "", "#cam");
	ask(eve, "TOPIC #cam :Earlier");
	audit(eve, "AUDIT #cam", " topic ");
	chat_stop(chat);
	account_appoint(h, folder, "dan");
	change(h, folder, "UPDATE audit SET time_ms = time_ms - 60000");

	chat = chat_start(h, "--data", folder, "--registration", "closed", NULL);
	dan = account_return(chat, "dan", "dan", "", &said);
	chat_has(ask(dan, "AUDIT"), " #cam ");
	ask(dan, "REGISTER zoe * :long enough");
	chat_has(audit(dan, "AUDIT 1", " register "),
		 ":chat.localhost NOTE AUDIT ENTRY * dan register :zoe\n"
		 ":chat.localhost NOTE AUDIT END * :End of the record\n");
	/* Who begins a room anew isn't told of the one before. */
	eve = chat_member(chat, "eve", "", "#cam");
	assert_string_equal(ask(eve, "AUDIT #cam"), end_of_cam);
	chat_has(ask(dan, "AUDIT #cam"), " topic :Earlier\n");
}

static void test_acts_of_the_service_are_recorded(struct harness *h)
{
	char *folder = harness_path(h, "service"), *record;
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan;

	account_owner(chat, "dan", "");
	chat_stop(chat);
	account_appoint(h, folder, "dan");
	chat = chat_start(h, "--data", folder, NULL);
	dan = chat_person(chat, "guest", "");
	chat_person(chat, "eve", "");
	chat_say(dan, "OPER dan :" ACCOUNT_PASSWORD);
	chat_wait(dan, " 381 ");
	ask(dan, "KILL eve :enough");
	record = audit(dan, "AUDIT", " kill ");
	chat_has(record, " ENTRY * dan oper :guest!~guest@127.0.0.1\n");
	chat_has(record, " ENTRY * dan kill :eve!~eve@127.0.0.1: enough\n");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_acts_are_recorded_in_their_order),
		HARNESS_TEST(test_record_is_for_operators),
		HARNESS_TEST(test_acts_of_the_service_are_recorded),
		HARNESS_TEST(test_record_outlives_the_service_and_its_rooms),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
