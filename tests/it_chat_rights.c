/* SPDX-License-Identifier: MIT */
/* Who may what: rooms that are kept, roles of accounts, bans and mutes that end. */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "tests/harness_account.h"

static void lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		harness_fail("\"%s\" is in:\n%s", part, text);
}

static struct chat *start(struct harness *h, const char *folder)
{
	return chat_start(h, "--data", folder, "--registrations", "100", NULL);
}

static void log_in(struct client *client, const char *account)
{
	chat_say(client, "CAP REQ sasl");
	account_begin_log_in(client, account, ACCOUNT_PASSWORD);
	chat_wait(client, " 903 ");
}

static struct client *returning(struct chat *chat, const char *nick, const char *account)
{
	return account_return(chat, nick, account, "", NULL);
}

/* The number that a query of the database gives, which nobody has open. */
static int database(struct harness *h, const char *folder, const char *sql)
{
	char *path = harness_format(h, "%s/chat.db", folder);
	sqlite3_stmt *statement;
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	int number = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(handle);
	return number;
}

/* ---- kept rooms ---- */

static void test_who_begins_a_room_with_an_account_owns_it(struct harness *h)
{
	char *folder = harness_path(h, "kept");
	struct chat *chat = start(h, folder);
	struct client *dan = account_owner(chat, "dan", "batch labeled-response");
	struct client *eve = chat_person(chat, "eve", "");

	chat_say(dan, "JOIN #cam");
	chat_wait(dan, " 366 ");
	/* The role is on disk by the time that it is told. */
	chat_expect(dan, ":chat.localhost MODE #cam +q dan");
	chat_say(dan, "@label=a TOPIC #cam :cats");
	chat_expect(dan, "@label=a :dan!~dan@127.0.0.1 TOPIC #cam :cats");
	chat_ask(dan, "MODE #cam +kl-n key 9");
	chat_has(chat_ask(dan, "MODE #cam +be *!*@elsewhere joe"),
		 " MODE #cam +be *!*@elsewhere joe!*@*");
	/* Nobody is in it, and it is there. */
	chat_ask(dan, "PART #cam");
	lacks(chat_ask(dan, "LIST"), " 322 ");
	chat_has(chat_ask(dan, "LUSERS"), " 254 dan 0 :");
	chat_has(chat_ask(eve, "JOIN #cam"), " 475 eve #cam ");
	chat_has(chat_ask(eve, "JOIN #cam key"), " 332 eve #cam :cats\n");
	chat_has(chat_ask(eve, "LIST"), " 322 eve #cam 1 :cats\n");
	chat_has(chat_ask(eve, "LUSERS"), " 254 eve 1 :");
	chat_has(chat_ask(eve, "NAMES #cam"), " 353 eve = #cam :eve\n");
	program_kill(chat->program);

	chat = start(h, folder);
	eve = chat_person(chat, "eve", "");
	lacks(chat_ask(eve, "LIST"), " 322 ");
	chat_has(chat_ask(eve, "JOIN #CAM"), " 475 eve #cam ");
	chat_ask(eve, "JOIN #cam key");
	chat_has(chat_ask(eve, "MODE #cam"), " 324 eve #cam +klt key 9\n");
	chat_has(chat_ask(eve, "MODE #cam b"), " 367 eve #cam *!*@elsewhere dan!~dan@127.0.0.1 ");
	chat_has(chat_ask(eve, "MODE #cam e"), " 348 eve #cam joe!*@* dan!~dan@127.0.0.1 ");
	chat_has(chat_ask(eve, "MODE #cam +m"), " 482 ");
	/* The key is for others. */
	dan = returning(chat, "dan", "dan");
	char *joined = chat_ask(dan, "JOIN #cam");
	chat_has(joined, ":dan!~dan@127.0.0.1 JOIN #cam\n"
			 ":chat.localhost MODE #cam +qo dan dan\n"
			 ":chat.localhost 332 dan #cam :cats\n");
	chat_has(joined, " 333 dan #cam dan!~dan@127.0.0.1 ");
	chat_has(joined, " 353 dan = #cam :eve ~dan\n");
	chat_has(chat_so_far(eve), ":chat.localhost MODE #cam +qo dan dan\n");
}

static void test_guests_rooms_are_not_kept(struct harness *h)
{
	struct chat *chat = chat_start(h, "--max-owned", "1", NULL);
	struct client *eve = chat_member(chat, "eve", "", "#guest");
	struct client *dan = account_owner(chat, "dan", "");

	chat_ask(eve, "MODE #guest +m");
	chat_ask(eve, "PART #guest");
	chat_has(chat_ask(eve, "MODE #guest"), " 403 ");
	chat_say(dan, "JOIN #one");
	chat_wait(dan, " MODE #one +q dan");
	/* More than an account may own are as a guest's. */
	chat_has(chat_ask(dan, "JOIN #two"), ":chat.localhost NOTE JOIN TOO_MANY_OWNED #two :");
	chat_has(chat_ask(dan, "NAMES #two"), " :@dan\n");
	chat_has(chat_ask(dan, "ROLE #two"), "NOTE ROLE END #two :This room isn't kept");
	chat_ask(dan, "PART #two");
	chat_has(chat_ask(dan, "MODE #two"), " 403 ");
	chat_ask(dan, "PART #one");
	chat_has(chat_ask(dan, "MODE #one"), " 324 dan #one +nt\n");
}

static void test_what_cant_be_stored_is_not_changed(struct harness *h)
{
	/* No file may be larger than 512 KiB. */
	static const char *const prefix[] = {
		"bash", "-c", "trap '' XFSZ; ulimit -f 512; exec \"$@\"", "limit", NULL};

	h->prefix = prefix;
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", "echo-message");
	chat_say(dan, "JOIN #cam");
	chat_wait(dan, " MODE #cam +q dan");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	char *line;
	do {
		chat_say(dan, "PRIVMSG #cam :%0300d", 1);
		line = chat_wait(dan, "#cam :");
	} while (strstr(line, " NOT_STORED ") == NULL);
	chat_so_far(eve);
	chat_has(chat_ask(dan, "MODE #cam +m"),
		 ":chat.localhost FAIL MODE NOT_STORED #cam :Not changed: ");
	chat_has(chat_ask(dan, "TOPIC #cam :cats"), "FAIL TOPIC NOT_STORED #cam :Not changed: ");
	chat_has(chat_ask(dan, "BAN #cam eve"), "FAIL BAN NOT_STORED #cam :Not changed: ");
	chat_has(chat_ask(dan, "MODE #cam"), " 324 dan #cam +nt\n");
	assert_string_equal(chat_so_far(eve), "");
	/* What nothing remembers can be done. */
	chat_has(chat_ask(dan, "MODE #cam +v eve"), " MODE #cam +v eve\n");
	chat_has(chat_ask(dan, "JOIN #new"),
		 ":chat.localhost WARN JOIN NOT_STORED #new :The room isn't kept: ");
	chat_has(chat_ask(dan, "NAMES #new"), " :@dan\n");
}

static void test_an_account_owns_no_more_rooms_than_it_may(struct harness *h)
{
	struct chat *chat = chat_start(h, "--max-owned", "1", "--registrations", "9", NULL);
	struct client *dan = account_owner(chat, "dan", "");
	struct client *eve = account_owner(chat, "eve", "");

	/* All before the first is stored. */
	chat_say(dan, "JOIN #one,#two,#three");
	chat_wait(dan, " NOTE JOIN TOO_MANY_OWNED #three :");
	chat_has(chat_ask(dan, "ROLE #two"), "NOTE ROLE END #two :This room isn't kept");
	chat_has(chat_ask(dan, "ROLE #one"), " ENTRY #one :dan: owner\n");
	chat_say(eve, "JOIN #four");
	chat_wait(eve, " MODE #four +q eve");
	chat_ask(eve, "JOIN #one");
	chat_has(chat_ask(dan, "ROLE #one eve owner"), "FAIL ROLE TOO_MANY_OWNED #one :");
	chat_has(chat_ask(dan, "MODE #one +q eve"),
		 " :That account owns as many rooms as it may\n");
	chat_has(chat_ask(dan, "MODE #one +o eve"), " MODE #one +o eve\n");
}

static void change_database(struct harness *h, const char *folder, const char *sql)
{
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(harness_format(h, "%s/chat.db", folder), &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

/* A room that is the configuration's alone is kept from the first change on that can be stored. */
static void test_what_is_confirmed_after_a_failure_outlives_a_restart(struct harness *h)
{
	static const char text[] = "[stream cam]\nowner = dan\n";
	char *folder = harness_path(h, "failed");
	char *config = harness_write(h, "failed.ini", text, strlen(text));
	struct chat *chat = chat_start(h, "--config", config, "--data", folder, NULL);
	struct client *dan = account_owner(chat, "dan", "");

	change_database(h, folder,
			"CREATE TRIGGER refuse BEFORE INSERT ON rooms "
			"BEGIN SELECT RAISE(ABORT, 'refused'); END");
	chat_has(chat_ask(dan, "JOIN #cam"), ":chat.localhost WARN JOIN NOT_STORED #cam :");
	chat_has(chat_ask(dan, "MODE #cam +k key"), "FAIL MODE NOT_STORED #cam :");
	change_database(h, folder, "DROP TRIGGER refuse");
	chat_has(chat_ask(dan, "MODE #cam +k key"), " MODE #cam +k key\n");
	chat_has(chat_ask(dan, "BAN #cam eve"), " MODE #cam +b eve!*@*\n");
	program_kill(chat->program);

	chat = chat_start(h, "--config", config, "--data", folder, NULL);
	dan = returning(chat, "dan", "dan");
	chat_has(chat_ask(dan, "JOIN #cam key"), " MODE #cam +qo dan dan\n");
	chat_has(chat_ask(dan, "MODE #cam"), " 324 dan #cam +knt key\n");
	chat_has(chat_ask(dan, "MODE #cam b"), " 367 dan #cam eve!*@* ");
}

/* ---- roles ---- */

static void test_roles_stay_with_accounts(struct harness *h)
{
	char *folder = harness_path(h, "roles");
	struct chat *chat = start(h, folder);
	struct client *dan = account_owner(chat, "dan", "");
	struct client *eve = account_owner(chat, "eve", "");
	struct client *joe = chat_person(chat, "joe", "");

	chat_say(dan, "JOIN #cam");
	chat_wait(dan, " MODE #cam +q dan");
	chat_ask(eve, "JOIN #cam");
	chat_ask(joe, "JOIN #cam");
	chat_has(chat_ask(dan, "MODE #cam +ov eve joe"), " MODE #cam +ov eve joe\n");
	chat_ask(eve, "PART #cam");
	chat_ask(joe, "PART #cam");
	chat_has(chat_ask(eve, "JOIN #cam"), ":chat.localhost MODE #cam +o eve\n");
	/* Who has no account has nothing when he comes back. */
	lacks(chat_ask(joe, "JOIN #cam"), " MODE #cam ");
	program_kill(chat->program);

	chat = start(h, folder);
	dan = returning(chat, "dan", "dan");
	chat_ask(dan, "JOIN #cam");
	eve = returning(chat, "eve2", "eve");
	chat_has(chat_ask(eve, "JOIN #cam"), ":chat.localhost MODE #cam +o eve2\n");
	/* Another connection of hers, that logs in when it is there already. */
	struct client *page = chat_member(chat, "page", "", "#cam");
	chat_so_far(dan);
	log_in(page, "eve");
	chat_has(chat_so_far(dan), ":chat.localhost MODE #cam +o page\n");
	chat_has(chat_ask(dan, "MODE #cam +a eve2"),
		 ":dan!~dan@127.0.0.1 MODE #cam +aa eve2 page\n");
	chat_has(chat_ask(dan, "MODE #cam -ao page page"),
		 ":dan!~dan@127.0.0.1 MODE #cam -aaoo eve2 page eve2 page\n");
	chat_ask(eve, "PART #cam");
	lacks(chat_ask(eve, "JOIN #cam"), " MODE #cam ");
	chat_stop(chat);
	chat = start(h, folder);
	eve = returning(chat, "eve", "eve");
	lacks(chat_ask(eve, "JOIN #cam"), " MODE #cam ");
}

static void test_owners_give_roles_to_who_isnt_here(struct harness *h)
{
	char *folder = harness_path(h, "role");
	struct chat *chat = start(h, folder);
	struct client *dan = account_owner(chat, "dan", "");
	struct client *eve = account_owner(chat, "Eve", "");

	chat_say(dan, "JOIN #cam");
	chat_wait(dan, " MODE #cam +q dan");
	chat_has(chat_ask(eve, "ROLE #cam eve operator"), " 442 ");
	chat_has(chat_ask(dan, "ROLE #cam eve operator"),
		 ":chat.localhost NOTE ROLE CHANGED #cam :The role of eve is now: operator\n");
	chat_has(chat_ask(eve, "JOIN #cam"), ":chat.localhost MODE #cam +o Eve\n");
	chat_has(chat_ask(dan, "ROLE #cam EVE admin"), ":dan!~dan@127.0.0.1 MODE #cam +a Eve\n");
	chat_has(chat_ask(eve, "ROLE #cam"), ":chat.localhost NOTE ROLE ENTRY #cam :dan: owner\n"
					     ":chat.localhost NOTE ROLE ENTRY #cam :eve: admin\n"
					     ":chat.localhost NOTE ROLE END #cam :");
	/* Which right is missing, or what else. */
	chat_has(chat_ask(eve, "ROLE #cam dan none"),
		 " 482 Eve #cam :Only an owner (~) of the channel may do that\n");
	chat_has(chat_ask(eve, "ROLE #cam eve owner"), " 482 ");
	/* MODE gives one by one. */
	chat_ask(dan, "ROLE #cam eve operator");
	chat_ask(dan, "MODE #cam +q Eve");
	chat_has(chat_ask(eve, "ROLE #cam"), " ENTRY #cam :eve: owner\n");
	chat_ask(dan, "MODE #cam -qo+a Eve Eve Eve");
	chat_has(chat_ask(eve, "ROLE #cam"), " ENTRY #cam :Eve: admin\n");
	chat_has(chat_ask(eve, "ROLE #cam eve admin"), " 482 ");
	chat_ask(dan, "MODE #cam +o Eve");
	chat_has(chat_ask(dan, "ROLE #cam joe voice"), "FAIL ROLE ACCOUNT_UNKNOWN #cam :");
	chat_has(chat_ask(dan, "ROLE #cam !x voice"), "FAIL ROLE ACCOUNT_UNKNOWN #cam :");
	chat_has(chat_ask(dan, "ROLE #cam joe none"), "FAIL ROLE NO_ROLE #cam :");
	chat_has(chat_ask(dan, "ROLE #cam eve king"), "FAIL ROLE INVALID_ROLE #cam :");
	chat_has(chat_ask(dan, "ROLE #cam eve"), " 461 dan ROLE ");
	chat_has(chat_ask(dan, "ROLE #none"), " 403 ");
	/* One's own can be given up; and the room given away. */
	chat_has(chat_ask(eve, "ROLE #cam eve voice"),
		 ":Eve!~Eve@127.0.0.1 MODE #cam -ao+v Eve Eve Eve\n");
	chat_ask(dan, "ROLE #cam eve owner");
	chat_has(chat_ask(dan, "ROLE #cam dan none"), " MODE #cam -qo dan dan\n");
	chat_stop(chat);
	chat = start(h, folder);
	dan = returning(chat, "dan", "dan");
	eve = returning(chat, "eve", "eve");
	lacks(chat_ask(dan, "JOIN #cam"), " MODE #cam ");
	chat_has(chat_ask(eve, "JOIN #cam"), " MODE #cam +qo eve eve\n");
	/* Nobody's: it ends with its last member. */
	chat_ask(eve, "TOPIC #cam :cats");
	chat_has(chat_ask(eve, "ROLE #cam eve none"), "NOTE ROLE NOT_KEPT #cam :");
	chat_ask(eve, "PART #cam");
	chat_has(chat_ask(dan, "MODE #cam"), " 324 ");
	chat_ask(dan, "PART #cam");
	chat_has(chat_ask(dan, "MODE #cam"), " 403 ");
	/* And is another one when it begins anew. */
	chat_say(dan, "JOIN #cam");
	chat_wait(dan, " MODE #cam +q dan");
	chat_has(chat_ask(dan, "TOPIC #cam"), " 331 ");
	program_kill(chat->program);
	chat = start(h, folder);
	dan = returning(chat, "dan", "dan");
	lacks(chat_ask(dan, "JOIN #cam"), " 332 ");
	chat_has(chat_ask(dan, "ROLE #cam"),
		 " ENTRY #cam :dan: owner\n:chat.localhost NOTE ROLE END ");
}

static void test_a_deleted_accounts_rooms_are_nobodys(struct harness *h)
{
	char *folder = harness_path(h, "deleted");
	struct chat *chat = start(h, folder);
	struct client *dan = account_owner(chat, "dan", "");

	chat_say(dan, "JOIN #cam,#other");
	chat_wait(dan, " MODE #other +q dan");
	chat_ask(dan, "PART #other");
	chat_say(dan, "UNREGISTER :%s", ACCOUNT_PASSWORD);
	chat_wait(dan, " MODE #cam -qo dan dan");
	chat_wait(dan, " ACCOUNT_DELETED ");
	chat_has(chat_ask(dan, "MODE #other"), " 403 ");
	chat_ask(dan, "PART #cam");
	chat_has(chat_ask(dan, "MODE #cam"), " 403 ");
	chat_stop(chat);
	chat = start(h, folder);
	chat_has(chat_ask(chat_person(chat, "eve", ""), "MODE #cam"), " 403 ");
}

/* ---- bans and mutes ---- */

static void test_bans_by_account_and_mutes(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = account_owner(chat, "eve", "");
	struct client *joe = chat_person(chat, "joe", "");

	chat_has(chat_ask(dan, "VERSION"), " EXTBAN=~,amr ");
	chat_has(chat_ask(dan, "VERSION"), " ACCOUNTEXTBAN=a ");
	chat_has(chat_ask(dan, "MODE #cam +b ~a:EVE"), " MODE #cam +b ~a:EVE\n");
	chat_ask(eve, "NICK other");
	chat_has(chat_ask(eve, "JOIN #cam"), " 474 other #cam :");
	chat_has(chat_ask(joe, "JOIN #cam"), " JOIN #cam\n");
	/* Muted: is there, and hears. */
	chat_ask(dan, "MODE #cam -b+b ~a:eve ~m:~a:eve");
	chat_ask(dan, "MODE #cam +b ~m:joe");
	chat_has(chat_ask(eve, "JOIN #cam"), " JOIN #cam\n");
	chat_has(chat_ask(eve, "PRIVMSG #cam :hi"),
		 " 404 other #cam :Cannot send to channel: you are muted\n");
	chat_has(chat_ask(joe, "PRIVMSG #cam :hi"),
		 " 404 joe #cam :Cannot send to channel: you are muted\n");
	chat_ask(dan, "MODE #cam -t");
	chat_has(chat_ask(joe, "TOPIC #cam :hi"), "FAIL TOPIC CANNOT_SPEAK #cam :");
	chat_so_far(dan);
	chat_so_far(eve);
	chat_so_far(joe);
	chat_ask(dan, "PRIVMSG #cam :to all");
	chat_has(chat_so_far(eve), " PRIVMSG #cam :to all\n");
	/* A voice is heard, and an exception. */
	chat_ask(dan, "MODE #cam +v other");
	assert_string_equal(chat_ask(eve, "PRIVMSG #cam :may"),
			    ":dan!~dan@127.0.0.1 MODE #cam +v other\n");
	chat_expect(dan, ":other!~eve@127.0.0.1 PRIVMSG #cam :may");
	chat_ask(dan, "MODE #cam +e ~m:joe");
	chat_ask(joe, "PRIVMSG #cam :may");
	chat_expect(dan, ":joe!~joe@127.0.0.1 PRIVMSG #cam :may");
	/* Nor does he speak in going. */
	chat_ask(dan, "MODE #cam -e ~m:joe");
	chat_has(chat_ask(joe, "PART #cam :shout"), " PART #cam\n");
	chat_has(chat_ask(dan, "MODE #cam +b ~x:y"), " 696 dan #cam b ~x:y ");
	chat_has(chat_ask(dan, "MODE #cam +I ~m:joe"), " 696 dan #cam I ~m:joe ");
	/* The same again is nothing. */
	lacks(chat_ask(dan, "MODE #cam +b ~M:JOE"), " MODE #cam ");
}

static void test_a_ban_ends_by_itself(struct harness *h)
{
	char *folder = harness_path(h, "timed");
	struct chat *chat = start(h, folder);
	struct client *dan = account_owner(chat, "dan", "");
	struct client *eve = account_owner(chat, "eve", "");

	chat_say(dan, "JOIN #cam");
	chat_wait(dan, " MODE #cam +q dan");
	chat_ask(eve, "JOIN #cam");
	chat_so_far(dan);
	chat_say(dan, "BAN #cam eve 1d too loud");
	chat_expect(dan, ":dan!~dan@127.0.0.1 MODE #cam +b ~a:eve");
	chat_expect(dan, ":chat.localhost NOTE BAN BANNED #cam :eve as ~a:eve is banned for 1d "
			 "more: too loud");
	chat_expect(dan, ":dan!~dan@127.0.0.1 KICK #cam eve :too loud");
	chat_wait(eve, " KICK #cam eve :too loud");
	chat_has(chat_ask(eve, "JOIN #cam"),
		 " 474 eve #cam :Cannot join channel (+b)\n"
		 ":chat.localhost NOTE JOIN BANNED #cam :You are banned for ");
	program_kill(chat->program);

	chat = start(h, folder);
	dan = returning(chat, "dan", "dan");
	eve = returning(chat, "eve", "eve");
	chat_ask(dan, "JOIN #cam");
	chat_has(chat_ask(dan, "BAN #cam"), ":chat.localhost NOTE BAN ENTRY #cam :~a:eve by "
					    "dan!~dan@127.0.0.1 for ");
	chat_has(chat_ask(dan, "BAN #cam"), ": too loud\n:chat.localhost NOTE BAN END #cam :");
	chat_has(chat_ask(eve, "JOIN #cam"), " 474 ");
	/* Another time in its place is no other ban. */
	assert_string_equal(
		chat_ask(dan, "BAN #cam eve :1s"),
		":chat.localhost NOTE BAN BANNED #cam :eve as ~a:eve is banned for 1s more\n");
	chat_expect(dan, ":chat.localhost MODE #cam -b ~a:eve");
	chat_has(chat_ask(eve, "JOIN #cam"), " JOIN #cam\n");
	chat_stop(chat);
	assert_int_equal(database(h, folder, "SELECT count(*) FROM rules"), 0);
}

static void test_mutes_of_guests(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	chat_so_far(dan);
	/* It is of where she comes from: another nick doesn't help. */
	chat_has(chat_ask(dan, "MUTE #cam eve 10m :rude"),
		 ":chat.localhost NOTE MUTE MUTED #cam :eve as ~m:*!*@127.0.0.1 is muted for 10m "
		 "more: rude\n");
	chat_ask(eve, "NICK other");
	chat_has(chat_ask(eve, "PRIVMSG #cam :hi"),
		 " 404 other #cam :Cannot send to channel: you are muted for ");
	chat_has(chat_ask(dan, "MUTE #cam"), "NOTE MUTE ENTRY #cam :~m:*!*@127.0.0.1 by dan!");
	lacks(chat_ask(dan, "BAN #cam"), "ENTRY");
	chat_has(chat_ask(dan, "UNBAN #cam other"), "FAIL UNBAN NOT_FOUND #cam :");
	chat_has(chat_ask(dan, "UNMUTE #cam other"),
		 " MODE #cam -b ~m:*!*@127.0.0.1\n:chat.localhost "
		 "NOTE UNMUTE UNMUTED #cam :No longer muted: ~m:*!*@127.0.0.1\n");
	chat_so_far(dan);
	chat_ask(eve, "PRIVMSG #cam :hi");
	chat_has(chat_so_far(dan), " PRIVMSG #cam :hi\n");
	/* Names of nobody who is here, masks, and what is none. */
	chat_has(chat_ask(dan, "BAN #cam joe 2h"), " is banned for 2h more\n");
	chat_has(chat_ask(dan, "MODE #cam b"), " 367 dan #cam joe!*@* ");
	chat_has(chat_ask(dan, "UNBAN #cam JOE"), " MODE #cam -b joe!*@*\n");
	chat_ask(dan, "BAN #cam ~a:joe spam and eggs");
	chat_has(chat_ask(dan, "BAN #cam"),
		 " ENTRY #cam :~a:joe by dan!~dan@127.0.0.1: spam and eggs\n");
	chat_has(chat_ask(dan, "UNBAN #cam joe"), " MODE #cam -b ~a:joe\n");
	chat_has(chat_ask(dan, "BAN #cam ~m:joe"), "FAIL BAN INVALID_MASK #cam :");
	chat_has(chat_ask(dan, "BAN #cam a,b"), "FAIL BAN INVALID_MASK #cam :");
	chat_has(chat_ask(dan, "BAN #cam joe 100000d"), "FAIL BAN INVALID_DURATION #cam :");
	chat_has(chat_ask(dan, "BAN #cam joe 10x reason"), "FAIL BAN INVALID_DURATION #cam :");
	chat_has(chat_ask(dan, "MUTE #cam joe 0"), "FAIL MUTE INVALID_DURATION #cam :");
	chat_has(chat_ask(dan, "BAN #cam dan"), "FAIL BAN CANNOT_BAN #cam :");
	/* The last other one is thrown out. */
	chat_ask(dan, "BAN #cam other");
	chat_has(chat_so_far(eve), " KICK #cam other :Banned\n");
}

static void test_lesser_ones_ban_nobody_greater(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", "");
	struct client *eve = account_owner(chat, "eve", "");
	struct client *joe = chat_person(chat, "joe", "");

	chat_say(dan, "JOIN #cam");
	chat_wait(dan, " MODE #cam +q dan");
	chat_ask(eve, "JOIN #cam");
	chat_ask(joe, "JOIN #cam");
	chat_has(chat_ask(joe, "BAN #cam eve"), " 482 joe #cam :You're not a channel operator\n");
	chat_has(chat_ask(joe, "MUTE #cam eve"), " 482 ");
	chat_has(chat_ask(joe, "BAN #cam"), " 482 ");
	chat_ask(dan, "MODE #cam +o joe");
	chat_so_far(joe);
	const char *missing =
		":chat.localhost 482 joe #cam :Only an owner (~) of the channel may do that\n";
	assert_string_equal(chat_ask(joe, "BAN #cam dan"), missing);
	assert_string_equal(chat_ask(joe, "MUTE #cam dan 10m"), missing);
	/* Nor when he isn't here. */
	chat_ask(dan, "NICK dan2");
	chat_ask(dan, "PART #cam");
	chat_so_far(joe);
	assert_string_equal(chat_ask(joe, "BAN #cam ~a:dan"), missing);
	/* A mask is a mask, but it doesn't keep him out. */
	chat_has(chat_ask(joe, "MODE #cam +b *!*@*"), " +b ");
	chat_has(chat_ask(dan, "JOIN #cam"), " JOIN #cam\n");
	chat_has(chat_ask(dan, "BAN #cam ~a:DAN"), "FAIL BAN CANNOT_BAN #cam :That is yourself");
	/* Whom an owner bans, loses the role that would let him in. */
	chat_ask(dan, "MODE #cam -b+o *!*@* eve");
	chat_has(chat_ask(dan, "BAN #cam eve"), " MODE #cam +b-o ~a:eve eve\n");
	chat_has(chat_ask(eve, "JOIN #cam"), " 474 ");
}

/* ---- of the service ---- */

static void test_bans_of_the_whole_service(struct harness *h)
{
	char *folder = harness_path(h, "service");
	struct chat *chat = start(h, folder);
	struct client *dan = account_owner(chat, "dan", "");
	struct client *eve;

	account_owner(chat, "eve", "");
	chat_has(chat_ask(dan, "BAN * eve"), " 481 ");
	chat_stop(chat);
	database(h, folder, "UPDATE accounts SET rank = 1 WHERE name = 'dan' RETURNING rank");
	chat = start(h, folder);
	dan = returning(chat, "dan", "dan");
	eve = returning(chat, "eve", "eve");
	chat_has(chat_ask(dan, "BAN * eve 1d spam"),
		 ":chat.localhost NOTE BAN BANNED * :eve as ~a:eve is banned for 1d more: spam\n");
	chat_has(chat_wait(eve, " 465 "), " 465 eve :You are banned for ");
	chat_expect(eve, "ERROR :Closing link: 127.0.0.1 (Banned)");
	client_expect_end(eve);
	/* A mask, too; who is operator of the service isn't meant. */
	chat_ask(dan, "BAN * *!~spam*@*");
	program_kill(chat->program);

	chat = start(h, folder);
	eve = client_connect(h, chat->port);
	chat_say(eve, "NICK spam");
	chat_say(eve, "USER spammer 0 * :Spam");
	chat_expect(eve, ":chat.localhost 465 spam :You are banned");
	chat_expect(eve, "ERROR :Closing link: 127.0.0.1 (Banned)");
	struct client *late = chat_person(chat, "late", "");
	chat_say(late, "CAP REQ sasl");
	account_begin_log_in(late, "eve", ACCOUNT_PASSWORD);
	chat_wait(late, " 465 late :You are banned for ");
	dan = returning(chat, "dan", "dan");
	chat_has(chat_ask(dan, "BAN *"), "NOTE BAN ENTRY * :~a:eve by dan!");
	chat_has(chat_ask(dan, "MUTE * eve"), " 403 ");
	chat_has(chat_ask(dan, "UNBAN * eve"), "NOTE UNBAN UNBANNED * :No longer banned: ~a:eve\n");
	returning(chat, "eve", "eve");
	chat_has(chat_ask(dan, "BAN * spam* 1s"), " is banned for 1s more\n");
	/* An operator of the service may do everything in every room. */
	struct client *joe = chat_member(chat, "joe", "", "#joe");
	chat_has(chat_ask(dan, "BAN #joe joe"), " KICK #joe joe :Banned\n");
	chat_so_far(joe);
	chat_ask(joe, "JOIN #joe2");
	chat_has(chat_ask(dan, "ROLE #joe2 eve owner"), " CHANGED #joe2 ");
	program_kill(chat->program);
	chat = start(h, folder);
	chat_has(chat_ask(chat_person(chat, "kim", ""), "MODE #joe2"), " 324 kim #joe2 +nt\n");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_who_begins_a_room_with_an_account_owns_it),
		HARNESS_TEST(test_guests_rooms_are_not_kept),
		HARNESS_TEST_ON(test_what_cant_be_stored_is_not_changed, "epoll"),
		HARNESS_TEST(test_an_account_owns_no_more_rooms_than_it_may),
		HARNESS_TEST(test_what_is_confirmed_after_a_failure_outlives_a_restart),
		HARNESS_TEST(test_roles_stay_with_accounts),
		HARNESS_TEST(test_owners_give_roles_to_who_isnt_here),
		HARNESS_TEST(test_a_deleted_accounts_rooms_are_nobodys),
		HARNESS_TEST(test_bans_by_account_and_mutes),
		HARNESS_TEST(test_a_ban_ends_by_itself),
		HARNESS_TEST(test_mutes_of_guests),
		HARNESS_TEST(test_lesser_ones_ban_nobody_greater),
		HARNESS_TEST(test_bans_of_the_whole_service),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
