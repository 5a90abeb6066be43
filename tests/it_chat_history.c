/* SPDX-License-Identifier: MIT */
/* What was said is kept: it is on disk before anybody is told. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/database.h"
#include "tests/harness_chat.h"

/* What the database has of #cam, in its order, each with a blank behind it; nobody has it open. */
static char *kept(struct harness *h, const char *folder)
{
	static const char sql[] = "SELECT m.text FROM messages m JOIN conversations c ON "
				  "c.id = m.conversation WHERE c.name = '#cam' AND m.gone != 2 "
				  "ORDER BY m.time_ms, m.id";
	char *path = harness_format(h, "%s/chat.db", folder), *all = harness_format(h, "%s", "");
	sqlite3_stmt *statement;
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW)
		all = harness_format(h, "%s%s ", all,
				     (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	sqlite3_close(handle);
	return all;
}

static void test_what_was_said_outlives_a_restart(struct harness *h)
{
	char *folder = harness_path(h, "kept");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = chat_member(chat, "dan", "echo-message", "#cam");
	struct client *eve = chat_member(chat, "eve", "message-tags", "#cam");

	chat_has(program_log(chat->program), harness_format(h, "data is kept in %s", folder));
	chat_ask(dan, "PRIVMSG #cam :1");
	chat_ask(eve, "NOTICE #cam :2");
	/* Neither a message to a room. */
	chat_ask(eve, "@+typing=active TAGMSG #cam");
	chat_ask(eve, "PRIVMSG dan :private");
	/* What only some may read isn't for everybody's history. */
	chat_ask(eve, "PRIVMSG @#cam :secret");
	chat_stop(chat);
	chat = chat_start(h, "--data", folder, NULL);
	dan = chat_member(chat, "dan", "echo-message", "#CAM");
	chat_ask(dan, "PRIVMSG #Cam :3");
	chat_stop(chat);
	assert_string_equal(kept(h, folder), "1 2 3 ");
}

static void test_a_kill_after_an_echo_loses_nothing(struct harness *h)
{
	char *folder = harness_path(h, "killed"), *expected = harness_format(h, "%s", "");

	for (int round = 0; round < 5; round++) {
		struct chat *chat = chat_start(h, "--data", folder, NULL);
		struct client *dan = chat_member(chat, "dan", "echo-message", "#cam");

		for (int i = 0; i < 20; i++) {
			char *text = harness_format(h, "%d-%d", round, i);

			chat_say(dan, "PRIVMSG #cam :%s", text);
			chat_has(chat_line(dan), text);
			expected = harness_format(h, "%s%s ", expected, text);
		}
		program_kill(chat->program);
	}
	assert_string_equal(kept(h, folder), expected);
}

static void test_answers_come_in_order_and_all_see_one(struct harness *h)
{
	enum { N = 300 };
	char *folder = harness_path(h, "order"), *expected = harness_format(h, "%s", "");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = chat_member(chat, "dan", "echo-message", "#cam");
	struct client *eve = chat_member(chat, "eve", "echo-message", "#cam");
	char *burst = harness_alloc(h, N * 64);
	size_t len = 0;

	chat_so_far(dan);
	/* Many in a packet, and what comes between them. */
	for (int i = 0; i < N; i++)
		len += (size_t)sprintf(burst + len, "PRIVMSG #cam :d%d\r\nPING %d\r\n", i, i);
	client_send(dan, burst, len);
	for (int i = 0; i < N; i++)
		chat_say(eve, "PRIVMSG #cam :e%d", i);
	char *by_dan = harness_format(h, "%s", ""), *by_eve = by_dan;
	for (int i = 0, n = 0; n < 3 * N; n++) {
		char *line = chat_line(dan);

		if (strstr(line, " PONG ") != NULL)
			chat_has(line, harness_format(h, ":%d", i++));
		else
			by_dan = harness_format(h, "%s%s\n", by_dan, line);
		/* Behind each message of his own its PONG. */
		if (strstr(line, ":dan!") != NULL)
			chat_has(line, harness_format(h, ":d%d", i));
	}
	for (int n = 0; n < 2 * N; n++) {
		char *line = chat_line(eve);

		by_eve = harness_format(h, "%s%s\n", by_eve, line);
		expected = harness_format(h, "%s%s ", expected, strrchr(line, ':') + 1);
	}
	assert_string_equal(by_dan, by_eve);
	chat_stop(chat);
	assert_string_equal(kept(h, folder), expected);
}

static void test_labels_wait_for_the_disk_too(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "batch labeled-response", "#cam");
	struct client *eve =
		chat_member(chat, "eve", "batch labeled-response echo-message", "#cam");

	chat_ask(dan, "JOIN #two");
	chat_ask(eve, "JOIN #two");
	chat_so_far(dan);
	/* Who wants no echo is told that it was done. */
	chat_say(dan, "@label=a PRIVMSG #cam :hi");
	chat_expect(dan, "@label=a :chat.localhost ACK");
	chat_so_far(eve);
	/* Several of them are one answer. */
	chat_say(eve, "@label=b PRIVMSG #cam,#two,nobody :hi");
	char *line = chat_line(eve);
	chat_has(line, "@label=b :chat.localhost BATCH +");
	char *batch = harness_format(h, "%.*s", (int)strcspn(strchr(line, '+') + 1, " "),
				     strchr(line, '+') + 1);
	chat_has(chat_line(eve), harness_format(h, "@batch=%s :chat.localhost 401 eve", batch));
	chat_has(chat_line(eve),
		 harness_format(h, "@batch=%s :eve!~eve@127.0.0.1 PRIVMSG #cam :hi", batch));
	chat_has(chat_line(eve),
		 harness_format(h, "@batch=%s :eve!~eve@127.0.0.1 PRIVMSG #two :hi", batch));
	chat_expect(eve, harness_format(h, ":chat.localhost BATCH -%s", batch));
}

static void test_who_leaves_directly_has_said_it(struct harness *h)
{
	char *folder = harness_path(h, "left");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	chat_so_far(dan);
	client_print(eve, "PRIVMSG #cam :bye\r\nPART #cam\r\n");
	chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :bye");
	chat_expect(dan, ":eve!~eve@127.0.0.1 PART #cam");
	/* Its room has ended by the time it would be told. */
	client_print(dan, "PRIVMSG #cam :alone\r\nQUIT\r\n");
	chat_wait(dan, "ERROR :");
	/* Gone without a word, perhaps before it is on disk. */
	for (int i = 0; i < 10; i++) {
		struct client *joe = chat_member(chat, harness_format(h, "joe%d", i), "", "#cam");

		client_print(joe, "PRIVMSG #cam :gone\r\nPRIVMSG #cam :gone\r\n");
		client_abort(joe);
	}
	chat_stop(chat);
	chat_has(kept(h, folder), "bye alone ");
}

static void test_who_is_thrown_out_speaks_no_more(struct harness *h)
{
	static const char *const how[] = {"KICK #cam joe", "BAN #cam joe"};
	char *folder = harness_path(h, "thrown");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(harness_format(h, "%s/chat.db", folder), &handle), SQLITE_OK);
	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		struct client *joe = chat_member(chat, "joe", "", "#cam");

		chat_so_far(dan);
		/* The service can't write for the moment. */
		assert_int_equal(sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL),
				 SQLITE_OK);
		client_print(joe, "PING 1\r\nPRIVMSG #cam :spam\r\n");
		chat_wait(joe, " PONG ");
		chat_say(dan, "%s", how[i]);
		chat_wait(joe, " KICK #cam joe");
		assert_int_equal(sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
		chat_wait(joe, ":chat.localhost FAIL PRIVMSG NOT_STORED #cam :Not delivered: you "
			       "were thrown out");
		assert_null(strstr(chat_so_far(dan), "spam"));
		chat_say(joe, "QUIT");
		chat_wait(joe, "ERROR ");
	}
	sqlite3_close(handle);
	chat_stop(chat);
	assert_null(strstr(kept(h, folder), "spam"));
}

static void test_what_cant_be_stored_is_told_to_nobody_but_its_sender(struct harness *h)
{
	/* No file may be larger than 512 KiB. */
	static const char *const prefix[] = {
		"bash", "-c", "trap '' XFSZ; ulimit -f 512; exec \"$@\"", "limit", NULL};
	struct chat *chat;
	char *line = NULL;
	int said = 0;

	h->prefix = prefix;
	chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "echo-message", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	chat_so_far(dan);
	do {
		chat_say(dan, "PRIVMSG #cam :%0300d", said++);
		line = chat_line(dan);
	} while (strstr(line, " PRIVMSG #cam :") != NULL);
	chat_has(line, ":chat.localhost FAIL PRIVMSG NOT_STORED #cam :Not delivered: ");
	/* It goes on, and says so in its log. */
	chat_has(chat_ask(dan, "PRIVMSG #cam :again"), " NOT_STORED ");
	chat_has(chat_ask(dan, "NOTICE #cam :again"), "FAIL NOTICE NOT_STORED ");
	chat_has(chat_ask(dan, "PRIVMSG eve :private"), " PRIVMSG eve :private");
	char *told = chat_so_far(eve);
	assert_null(strstr(told, "again"));
	assert_null(strstr(told, harness_format(h, "%0300d", said - 1)));
	chat_has(told, harness_format(h, "%0300d", said - 2));
	program_wait_log(chat->program, "messages can't be stored");
	assert_int_equal(program_count_log(chat->program, "messages can't be stored"), 1);
}

static void test_topic_of_a_guests_room_goes_with_it(struct harness *h)
{
	char *folder = harness_path(h, "topics");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = chat_member(chat, "dan", "batch labeled-response", "#cam");

	chat_say(dan, "@label=a TOPIC #cam :cats");
	chat_expect(dan, "@label=a :dan!~dan@127.0.0.1 TOPIC #cam :cats");
	chat_ask(dan, "PART #cam");
	assert_null(strstr(chat_ask(dan, "JOIN #cam"), " 332 "));
	chat_ask(dan, "TOPIC #cam :cats");
	chat_stop(chat);
	chat = chat_start(h, "--data", folder, NULL);
	dan = chat_person(chat, "dan", "");
	assert_null(strstr(chat_ask(dan, "JOIN #cam"), " 332 "));
}

static void test_one_folder_serves_one_chat(struct harness *h)
{
	char *folder = harness_path(h, "mine");
	struct program *second;

	chat_start(h, "--data", folder, NULL);
	second = program_start(h, "spillway-chat", "--config", "/dev/null", "--listen",
			       "127.0.0.1:0", "--data", folder, NULL);
	assert_int_equal(program_wait(second), 1);
	chat_has(program_log(second), "another spillway-chat uses it");
	second = program_start(h, "spillway-chat", "--config", "/dev/null", "--listen",
			       "127.0.0.1:0", "--data", "/nowhere/at/all", NULL);
	assert_int_equal(program_wait(second), 1);
	chat_has(program_log(second), "the data folder /nowhere/at/all: No such file or directory");
}

/* ---- CHATHISTORY ---- */

static const char all_caps[] = "batch draft/chathistory echo-message labeled-response message-tags "
			       "server-time";

static char *tag_of(struct harness *h, const char *line, const char *name)
{
	char *at = strstr(line, name);

	assert_non_null(at);
	at += strlen(name);
	return harness_format(h, "%.*s", (int)strcspn(at, "; "), at);
}

/* What a batch has, each text with a blank behind it; the lines may be NULL. */
static char *batch_of(struct client *client, const char *type, char **ret_lines)
{
	struct harness *h = client->harness;
	char *line = chat_line(client), *all = harness_format(h, "%s", ""), *lines = all;

	chat_has(line, harness_format(h, ":chat.localhost BATCH +"));
	chat_has(line, type);
	char *name = harness_format(h, "%.*s", (int)strcspn(strchr(line, '+') + 1, " "),
				    strchr(line, '+') + 1);
	char *end = harness_format(h, ":chat.localhost BATCH -%s", name);
	while (strstr(line = chat_line(client), end) == NULL) {
		assert_string_equal(tag_of(h, line, "@batch="), name);
		all = harness_format(h, "%s%s ", all, strrchr(line, ':') + 1);
		lines = harness_format(h, "%s%s\n", lines, line);
	}
	if (ret_lines != NULL)
		*ret_lines = lines;
	return all;
}

static char *page(struct client *client, const char *parameters)
{
	chat_say(client, "CHATHISTORY %s", parameters);
	return batch_of(client, " chathistory #cam", NULL);
}

struct told {
	char *id, *time;
};

/* Says 1 to 5 in #cam, each in a millisecond of its own, and starts the service anew. */
static struct client *five(struct harness *h, struct told told[6])
{
	char *folder = harness_path(h, "five");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = chat_member(chat, "dan", all_caps, "#cam");

	told[0] = (struct told){NULL, NULL};
	chat_ask(dan, "JOIN #other");
	for (int i = 1; i <= 5; i++) {
		chat_say(dan, "@+x=%d PRIVMSG #cam :%d", i, i);
		char *line = chat_line(dan);
		told[i] = (struct told){tag_of(h, line, "msgid="), tag_of(h, line, "time=")};
		/* Elsewhere it is said on until that time has passed. */
		do {
			chat_say(dan, "PRIVMSG #other :x");
			line = chat_line(dan);
		} while (strcmp(tag_of(h, line, "time="), told[i].time) == 0);
	}
	chat_stop(chat);
	chat = chat_start(h, "--data", folder, NULL);
	return chat_member(chat, "dan", all_caps, "#cam");
}

static void test_each_subcommand_gives_its_page(struct harness *h)
{
	/* from, to: which of the five; 0: none. */
	static const struct {
		const char *subcommand;
		int from, to, limit;
		const char *expected;
	} cases[] = {
		{"LATEST", 0, 0, 10, "1 2 3 4 5 "},
		{"LATEST", 0, 0, 2, "4 5 "},
		{"LATEST", 3, 0, 10, "4 5 "},
		{"LATEST", 1, 0, 2, "4 5 "},
		{"LATEST", 5, 0, 10, ""},
		{"BEFORE", 4, 0, 2, "2 3 "},
		{"BEFORE", 4, 0, 10, "1 2 3 "},
		{"BEFORE", 1, 0, 10, ""},
		{"AFTER", 2, 0, 2, "3 4 "},
		{"AFTER", 2, 0, 10, "3 4 5 "},
		{"AFTER", 5, 0, 10, ""},
		{"AROUND", 3, 0, 3, "2 3 4 "},
		{"AROUND", 3, 0, 10, "1 2 3 4 5 "},
		{"BETWEEN", 1, 5, 10, "2 3 4 "},
		{"BETWEEN", 1, 5, 2, "2 3 "},
		{"BETWEEN", 5, 1, 2, "3 4 "},
		{"BETWEEN", 2, 3, 10, ""},
		{"LATEST", 0, 0, 99999, "1 2 3 4 5 "},
	};
	struct told told[6];
	struct client *dan = five(h, told);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int by_time = 0; by_time < 2; by_time++) {
			char *points[2] = {harness_format(h, "*"), harness_format(h, "%s", "")};
			const int which[2] = {cases[i].from, cases[i].to};

			for (int j = 0; j < 2; j++)
				if (which[j] > 0)
					points[j] = harness_format(
						h, "%s%s%s", j > 0 ? " " : "",
						by_time ? "timestamp=" : "msgid=",
						by_time ? told[which[j]].time : told[which[j]].id);
			assert_string_equal(
				page(dan, harness_format(h, "%s #CAM %s%s %d", cases[i].subcommand,
							 points[0], points[1], cases[i].limit)),
				cases[i].expected);
		}
	}
}

static void test_history_is_told_as_it_was(struct harness *h)
{
	struct told told[6];
	struct client *dan = five(h, told);
	char *lines;

	chat_say(dan, "@label=x CHATHISTORY LATEST #cam * 1");
	char *line = chat_line(dan);
	chat_has(line, "@label=x;time=");
	char *name = harness_format(h, "%.*s", (int)strcspn(strchr(line, '+') + 1, " "),
				    strchr(line, '+') + 1);
	chat_expect(dan, harness_format(h,
					"@batch=%s;time=%s;msgid=%s;+x=5 "
					":dan!~dan@127.0.0.1 PRIVMSG #cam :5",
					name, told[5].time, told[5].id));
	chat_has(chat_line(dan), harness_format(h, ":chat.localhost BATCH -%s", name));
	/* Who knows no batches is told lines. */
	chat_ask(dan, "CAP REQ :-batch -message-tags -server-time");
	assert_string_equal(chat_ask(dan, "CHATHISTORY LATEST #cam * 2"),
			    ":dan!~dan@127.0.0.1 PRIVMSG #cam :4\n"
			    ":dan!~dan@127.0.0.1 PRIVMSG #cam :5\n");
	chat_ask(dan, "CAP REQ :batch");
	/* What was just confirmed is there. */
	for (int i = 6; i < 30; i++) {
		chat_say(dan, "NOTICE #cam :%d", i);
		chat_line(dan);
		chat_say(dan, "CHATHISTORY LATEST #cam * 1");
		assert_string_equal(batch_of(dan, " chathistory #cam", &lines),
				    harness_format(h, "%d ", i));
		chat_has(lines, " NOTICE #cam :");
	}
	chat_say(dan, "CHATHISTORY TARGETS timestamp=%s timestamp=2100-01-01T00:00:00.000Z 10",
		 told[1].time);
	batch_of(dan, " draft/chathistory-targets", &lines);
	chat_has(lines, " :chat.localhost CHATHISTORY TARGETS #cam 20");
	/* It isn't in #other any more. */
	assert_null(strstr(lines, "#other"));
}

static void test_only_members_see_history(struct harness *h)
{
	struct told told[6];
	struct client *dan = five(h, told);
	static const struct {
		const char *parameters, *answer;
	} cases[] = {
		{"LATEST #other * 10", "INVALID_TARGET LATEST #other :"},
		{"LATEST #nowhere * 10", "INVALID_TARGET LATEST #nowhere :"},
		{"LATEST eve * 10", "INVALID_TARGET LATEST eve :"},
		{"BOGUS #cam * 10", "INVALID_PARAMS BOGUS :"},
		{"LATEST #cam * 0", "INVALID_PARAMS LATEST :"},
		{"LATEST #cam * -1", "INVALID_PARAMS LATEST :"},
		{"LATEST #cam * x", "INVALID_PARAMS LATEST :"},
		{"LATEST #cam *", "INVALID_PARAMS LATEST :"},
		{"LATEST", "INVALID_PARAMS LATEST :"},
		{"LATEST #cam * * 10", "INVALID_PARAMS LATEST :"},
		{"BEFORE #cam * 10", "INVALID_MSGREFTYPE BEFORE :"},
		{"BEFORE #cam id=3 10", "INVALID_MSGREFTYPE BEFORE :"},
		{"BEFORE #cam timestamp=now 10", "INVALID_PARAMS BEFORE :"},
		{"BEFORE #cam msgid=bogus 10", "MESSAGE_ERROR BEFORE #cam :"},
		{"TARGETS timestamp=now timestamp=now 10", "INVALID_PARAMS TARGETS :"},
		{"TARGETS msgid=a msgid=b 10", "INVALID_MSGREFTYPE TARGETS :"},
		{"TARGETS", "INVALID_PARAMS TARGETS :"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		chat_say(dan, "@label=%zu CHATHISTORY %s", i, cases[i].parameters);
		char *line = chat_line(dan);
		chat_has(line, harness_format(h, "@label=%zu;", i));
		chat_has(line, harness_format(h, " :chat.localhost FAIL CHATHISTORY %s",
					      cases[i].answer));
	}
	chat_has(chat_ask(dan, "VERSION"), " CHATHISTORY=100 ");
	chat_has(chat_ask(dan, "VERSION"), " MSGREFTYPES=msgid,timestamp ");
	/* Until they have left. */
	assert_string_equal(page(dan, "LATEST #cam * 1"), "5 ");
	chat_ask(dan, "PART #cam");
	chat_has(chat_ask(dan, "CHATHISTORY LATEST #cam * 1"), " INVALID_TARGET LATEST #cam :");
	chat_has(chat_ask(dan, "CHATHISTORY"), " 461 dan CHATHISTORY ");
}

static void test_only_the_last_messages_are_kept(struct harness *h)
{
	char *folder = harness_path(h, "many");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	for (int i = 0; i < 600; i++)
		chat_say(dan, "PRIVMSG #cam :%d", i);
	chat_so_far(dan);
	chat_stop(chat);
	chat = chat_start(h, "--data", folder, "--keep-messages", "3", NULL);
	dan = chat_member(chat, "dan", "", "#cam");
	/* In steps. */
	wait_for(strstr(chat_ask(dan, "CHATHISTORY LATEST #cam * 100"), "#cam :596\n") == NULL);
	chat_has(chat_ask(dan, "CHATHISTORY LATEST #cam * 100"), "#cam :597\n");
	chat_stop(chat);
	assert_string_equal(kept(h, folder), "597 598 599 ");
}

/* What the store has gets a year older. */
static void age(struct harness *h, const char *folder)
{
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(harness_format(h, "%s/chat.db", folder), &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, "UPDATE messages SET time_ms = time_ms - 31536000000",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(handle);
}

static void test_old_messages_are_forgotten(struct harness *h)
{
	char *folder = harness_path(h, "old");
	struct chat *chat = chat_start(h, "--data", folder, NULL);

	chat_ask(chat_member(chat, "dan", "", "#cam"), "PRIVMSG #cam :old");
	chat_stop(chat);
	age(h, folder);
	chat = chat_start(h, "--data", folder, "--keep-days", "0", NULL);
	chat_ask(chat_member(chat, "dan", "", "#cam"), "PRIVMSG #cam :new");
	chat_stop(chat);
	assert_string_equal(kept(h, folder), "old new ");
	chat = chat_start(h, "--data", folder, "--keep-days", "30", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	wait_for(strstr(chat_ask(dan, "CHATHISTORY LATEST #cam * 100"), "#cam :old") == NULL);
	chat_stop(chat);
	assert_string_equal(kept(h, folder), "new ");
}

/* ---- told to who comes ---- */

static void test_who_cant_ask_is_told_what_was_said(struct harness *h)
{
	struct chat *chat = chat_start(h, "--replay", "2", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	for (int i = 0; i < 3; i++)
		chat_say(dan, "PRIVMSG #cam :%d", i);
	chat_so_far(dan);
	struct client *plain = chat_person(chat, "plain", "");
	char *said = chat_ask(plain, "JOIN #cam");
	assert_null(strstr(said, "] 0\n"));
	chat_has(said, ":dan!~dan@127.0.0.1 PRIVMSG #cam :[20");
	chat_has(said, "] 1\n");
	chat_has(said, "] 2\n");
	struct client *timed = chat_person(chat, "timed", "server-time batch");
	said = chat_ask(timed, "JOIN #cam");
	chat_has(said, " BATCH +");
	chat_has(said, " chathistory #cam\n");
	chat_has(said, ";time=20");
	chat_has(said, " :dan!~dan@127.0.0.1 PRIVMSG #cam :2\n");
	struct client *labelled = chat_person(chat, "lab", "labeled-response batch");
	said = chat_ask(labelled, "@label=x JOIN #cam");
	chat_has(said, "@label=x :chat.localhost BATCH +");
	assert_null(strstr(said, "chathistory"));
	chat_has(said, "] 2\n");
	/* Once is enough. */
	assert_null(strstr(chat_ask(labelled, "JOIN #cam"), "PRIVMSG"));
}

static void test_who_can_ask_isnt_told_nor_are_bots(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	chat_ask(dan, "PRIVMSG #cam :!leave");
	struct client *asks = chat_person(chat, "asks", "draft/chathistory");
	assert_null(strstr(chat_ask(asks, "JOIN #cam"), "PRIVMSG"));
	struct client *bot = chat_person(chat, "bot", "");
	chat_ask(bot, "MODE bot +B");
	assert_null(strstr(chat_ask(bot, "JOIN #cam"), "PRIVMSG"));
}

/* What is said while somebody comes reaches him once: as what was said, or as what is. */
static void test_what_is_told_meanwhile_is_told_once(struct harness *h)
{
	enum { N = 200 };
	struct chat *chat = chat_start(h, "--replay", "100", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam"),
		      *eve = chat_person(chat, "eve", "");
	bool heard[N] = {false};

	for (int i = 0; i < N; i++) {
		chat_say(dan, "PRIVMSG #cam :nr %d.", i);
		if (i == N / 2)
			chat_say(eve, "JOIN #cam");
	}
	for (int i = -1; i < N - 1;) {
		const char *at = strstr(chat_line(eve), "nr ");
		int n = at != NULL ? atoi(at + 3) : -1;

		if (n < 0)
			continue;
		assert_false(heard[n]);
		assert_true(i == -1 || n == i + 1);
		heard[n] = true;
		i = n;
	}
}

/* ---- deleting ---- */

/* The msgid of the line with this text. */
static char *id_of(struct harness *h, const char *lines, const char *text)
{
	const char *at = strstr(lines, text), *id;

	assert_non_null(at);
	while (at > lines && at[-1] != '\n')
		at--;
	id = strstr(at, "msgid=") + strlen("msgid=");
	return harness_format(h, "%.*s", (int)strcspn(id, "; "), id);
}

static void test_operator_deletes_a_message(struct harness *h)
{
	char *folder = harness_path(h, "redacted");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan =
		chat_member(chat, "dan", "draft/message-redaction message-tags", "#cam");
	struct client *eve = chat_member(chat, "eve", "draft/message-redaction", "#cam");
	struct client *old = chat_member(chat, "old", "", "#cam");

	chat_ask(eve, "PRIVMSG #cam :bad-words");
	chat_ask(eve, "PRIVMSG #cam :fine");
	char *id = id_of(h, chat_so_far(dan), "bad-words");
	chat_so_far(old);
	/* A guest has no account to be known by. */
	chat_has(chat_ask(eve, harness_format(h, "REDACT #cam %s", id)),
		 harness_format(h, "FAIL REDACT REDACT_FORBIDDEN #cam %s :", id));
	chat_has(chat_ask(dan, harness_format(h, "REDACT #cam %s :not here", id)),
		 harness_format(h, ":dan!~dan@127.0.0.1 REDACT #cam %s :not here\n", id));
	chat_has(chat_so_far(eve), harness_format(h, " REDACT #cam %s :not here\n", id));
	assert_string_equal(chat_so_far(old), "");
	chat_has(chat_ask(dan, harness_format(h, "REDACT #cam %s", id)),
		 harness_format(h, "FAIL REDACT UNKNOWN_MSGID #cam %s :", id));
	chat_has(chat_ask(dan, "REDACT #nowhere x"), "FAIL REDACT INVALID_TARGET #nowhere :");
	assert_null(strstr(chat_ask(eve, "CHATHISTORY LATEST #cam * 10"), "bad-words"));
	chat_stop(chat);
	assert_string_equal(kept(h, folder), " fine ");
}

static void test_all_of_a_persons_messages_are_deleted(struct harness *h)
{
	enum { N = 1100 }; /* more than are deleted at once */
	char *folder = harness_path(h, "purged");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	chat_ask(dan, "PRIVMSG #cam :dan's");
	for (int i = 0; i < N; i++)
		chat_say(eve, "PRIVMSG #cam :eve's");
	chat_so_far(eve);
	chat_has(chat_ask(eve, "PURGE #cam dan"), " 482 eve #cam :You're not a channel operator\n");
	/* Who has just left is still known. */
	chat_say(eve, "QUIT");
	chat_wait(dan, " QUIT ");
	chat_has(chat_ask(dan, "PURGE #cam eve"),
		 "NOTE PURGE DELETED #cam :1100 messages were deleted\n");
	chat_has(chat_ask(dan, "PURGE #cam zoe"),
		 "NOTE PURGE DELETED #cam :0 messages were deleted\n");
	chat_has(chat_ask(dan, "PURGE #cam dan!~dan@127.0.0.1"), "#cam :1 message was deleted\n");
	assert_null(strstr(chat_ask(dan, "CHATHISTORY LATEST #cam * 10"), "PRIVMSG"));
	chat_stop(chat);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_what_was_said_outlives_a_restart),
		HARNESS_TEST(test_a_kill_after_an_echo_loses_nothing),
		HARNESS_TEST(test_answers_come_in_order_and_all_see_one),
		HARNESS_TEST(test_labels_wait_for_the_disk_too),
		HARNESS_TEST(test_who_leaves_directly_has_said_it),
		HARNESS_TEST_ON(test_who_is_thrown_out_speaks_no_more, "epoll"),
		HARNESS_TEST_ON(test_what_cant_be_stored_is_told_to_nobody_but_its_sender, "epoll"),
		HARNESS_TEST(test_topic_of_a_guests_room_goes_with_it),
		HARNESS_TEST_ON(test_one_folder_serves_one_chat, "epoll"),
		HARNESS_TEST(test_each_subcommand_gives_its_page),
		HARNESS_TEST(test_history_is_told_as_it_was),
		HARNESS_TEST_ON(test_only_members_see_history, "epoll"),
		HARNESS_TEST(test_only_the_last_messages_are_kept),
		HARNESS_TEST(test_old_messages_are_forgotten),
		HARNESS_TEST(test_operator_deletes_a_message),
		HARNESS_TEST(test_all_of_a_persons_messages_are_deleted),
		HARNESS_TEST(test_who_cant_ask_is_told_what_was_said),
		HARNESS_TEST(test_who_can_ask_isnt_told_nor_are_bots),
		HARNESS_TEST(test_what_is_told_meanwhile_is_told_once),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
