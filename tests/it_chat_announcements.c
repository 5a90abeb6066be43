/* SPDX-License-Identifier: MIT */
/* Announcements: told now and to who comes later, listed, removed, kept. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness_account.h"
#include "tests/harness_control.h"

static char *ask(struct client *client, const char *line)
{
	chat_say(client, "%s", line);
	return chat_so_far(client);
}

/* A service with dan, who is its operator, and nobody else. */
static struct chat *start_with_operator(struct harness *h, const char *folder)
{
	struct chat *chat = chat_start(h, "--data", folder, NULL);

	account_owner(chat, "dan", "");
	chat_stop(chat);
	account_appoint(h, folder, "dan");
	return chat_start(h, "--data", folder, NULL);
}

/* All that somebody is told who comes. */
static char *arrive(struct chat *chat, const char *nick)
{
	struct client *client = client_connect(chat->harness, chat->port);

	chat_say(client, "NICK %s", nick);
	chat_say(client, "USER %s 0 * :Real", nick);
	chat_wait(client, " 001 ");
	return chat_so_far(client);
}

static bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static void test_announcement_of_a_room_is_told_now_and_later(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", ""), *eve, *zoe;

	ask(dan, "JOIN #cam");
	eve = chat_member(chat, "eve", "message-tags", "#cam");
	chat_so_far(dan);
	assert_string_equal(ask(dan, "ANNOUNCE #CAM :We begin at nine"),
			    ":chat.localhost NOTICE #cam :[Announcement] We begin at nine\n"
			    ":chat.localhost NOTE ANNOUNCE ANNOUNCED #cam 1 "
			    ":Announced, until UNANNOUNCE 1\n");
	chat_expect(eve, "@spillway/announcement=1 :chat.localhost NOTICE #cam "
			 ":[Announcement] We begin at nine");
	/* As people type it. */
	chat_has(ask(dan, "ANNOUNCE #cam be there"), ":[Announcement] be there\n");

	zoe = chat_person(chat, "zoe", "server-time");
	chat_say(zoe, "JOIN #cam");
	chat_has(chat_wait(zoe, "NOTICE #cam"), ":[Announcement] We begin at nine");
	chat_has(chat_line(zoe), "Z :chat.localhost NOTICE #cam :[Announcement] be there");
	/* Other rooms have nothing to do with it. */
	assert_false(has(ask(zoe, "JOIN #other"), "NOTICE"));
	chat_has(ask(zoe, "ANNOUNCEMENTS"), " NOTE ANNOUNCEMENTS ENTRY #cam 2 20");
	chat_has(ask(zoe, "ANNOUNCEMENTS #cam"), "Z dan :We begin at nine\n");
	chat_has(ask(zoe, "ANNOUNCEMENTS #other"),
		 " NOTE ANNOUNCEMENTS END #other :End of the announcements\n");
	assert_false(has(ask(zoe, "ANNOUNCEMENTS #other"), "ENTRY"));

	chat_has(ask(dan, "UNANNOUNCE 1"), " NOTE UNANNOUNCE REMOVED #cam 1 :");
	ask(zoe, "PART #cam");
	chat_has(ask(zoe, "JOIN #cam"), ":[Announcement] be there\n");
	assert_false(has(ask(zoe, "ANNOUNCEMENTS"), "nine"));
	chat_has(ask(dan, "UNANNOUNCE 1"), " FAIL UNANNOUNCE UNKNOWN_ID 1 :");
}

static void test_announcement_for_all_is_told_once_to_each(struct harness *h)
{
	char *folder = harness_path(h, "all"), *said;
	struct chat *chat = start_with_operator(h, folder);
	struct client *dan = account_return(chat, "dan", "dan", "", &said);
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	struct client *zoe = chat_person(chat, "zoe", "");
	static const char text[] = " :[Announcement] #cam moves\n";

	ask(eve, "JOIN #other");
	chat_has(ask(dan, "ANNOUNCE :#cam moves"), " NOTICE dan :[Announcement] #cam moves\n");
	chat_expect(eve, ":chat.localhost NOTICE eve :[Announcement] #cam moves");
	assert_string_equal(chat_so_far(eve), "");
	chat_expect(zoe, ":chat.localhost NOTICE zoe :[Announcement] #cam moves");
	assert_false(has(ask(zoe, "JOIN #cam"), "Announcement"));
	/* Of a room in which nobody is, too. */
	chat_has(ask(dan, "ANNOUNCE #empty :nobody"), " ANNOUNCED #empty 2 :");
	program_kill(chat->program);

	chat = chat_start(h, "--data", folder, NULL);
	chat_has(arrive(chat, "max"), text);
	eve = chat_person(chat, "eve", "");
	chat_has(ask(eve, "JOIN #empty"), " NOTICE #empty :[Announcement] nobody\n");
	dan = account_return(chat, "dan", "dan", "", &said);
	chat_has(said, text);
	chat_has(ask(dan, "ANNOUNCEMENTS #empty"), " ENTRY #empty 2 ");
	chat_has(ask(dan, "UNANNOUNCE 1"), " REMOVED * 1 :");
	assert_false(has(arrive(chat, "moe"), "Announcement"));
	wait_for(has(said = ask(dan, "AUDIT"), " dan unannounce :1: #cam moves\n"));
	chat_has(said, " ENTRY #empty ");
	chat_has(said, " dan announce :nobody\n");
}

static void test_what_is_refused_says_which_right_is_missing(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", ""), *eve, *zoe;

	ask(dan, "JOIN #cam");
	eve = chat_member(chat, "eve", "", "#cam");
	zoe = chat_member(chat, "zoe", "", "#guests");
	ask(dan, "ANNOUNCE #cam :one");
	chat_so_far(eve);
	assert_string_equal(ask(eve, "ANNOUNCE #cam :hello"),
			    ":chat.localhost 482 eve #cam :You're not a channel operator\n");
	chat_has(ask(eve, "UNANNOUNCE 1"), " 482 eve #cam :You're not a channel operator\n");
	chat_has(ask(dan, "ANNOUNCE :hello"), " 481 dan :");
	chat_has(ask(dan, "ANNOUNCE #none :hello"), " 403 dan #none :");
	chat_has(ask(zoe, "ANNOUNCE #guests :hello"), " FAIL ANNOUNCE ACCOUNT_REQUIRED #guests :");
	chat_has(ask(zoe, "ANNOUNCEMENTS #cam"), " 442 zoe #cam :");
	chat_has(ask(zoe, "UNANNOUNCE x"), " UNKNOWN_ID x :");
	chat_has(ask(zoe, "UNANNOUNCE 0"), " UNKNOWN_ID 0 :");
	chat_has(ask(dan, "ANNOUNCE #cam"), " 461 dan ANNOUNCE :");
	chat_has(ask(dan, "ANNOUNCE #cam :"), " 461 dan ANNOUNCE :");
	chat_has(ask(dan, harness_format(h, "ANNOUNCE #cam :%0291d", 1)),
		 " FAIL ANNOUNCE TOO_LONG #cam :An announcement has at most 290 bytes\n");
	chat_has(ask(dan, harness_format(h, "ANNOUNCE #cam :%0290d", 1)), "00000001\n");
	/* There are two. */
	for (int i = 3; i <= 20; i++)
		chat_has(ask(dan, "ANNOUNCE #cam :more"), " ANNOUNCED ");
	chat_has(ask(dan, "ANNOUNCE #cam :too many"),
		 " FAIL ANNOUNCE TOO_MANY #cam :There are 20 announcements there; ");
	ask(dan, "UNANNOUNCE 1");
	chat_has(ask(dan, "ANNOUNCE #cam :one more"), " ANNOUNCED ");
}

static void test_control_socket_announces(struct harness *h)
{
	char *folder = harness_path(h, "control"), *said;
	struct chat *chat = start_with_operator(h, folder);
	struct client *dan = account_return(chat, "dan", "dan", "", &said), *eve;
	json_t *reply;

	eve = chat_member(chat, "eve", "", "#cam");
	reply = control_ask(chat->control, "{\"request\":\"announce\",\"room\":\"#CAM\","
					   "\"text\":\"From\\r\\noutside\"}");
	assert_int_equal(number_of(reply, "id"), 1);
	json_decref(reply);
	chat_expect(eve, ":chat.localhost NOTICE #cam :[Announcement] From  outside");
	assert_string_equal(chat_so_far(dan), "");
	json_decref(control_ask(chat->control, "{\"request\":\"announce\",\"text\":\"For all\"}"));
	chat_expect(eve, ":chat.localhost NOTICE eve :[Announcement] For all");
	chat_expect(dan, ":chat.localhost NOTICE dan :[Announcement] For all");
	control_refused(chat->control, "{\"request\":\"announce\",\"text\":\"\"}",
			"An announcement has 1 to 290 bytes.");
	control_refused(chat->control, "{\"request\":\"announce\",\"room\":\"cam\",\"text\":\"a\"}",
			"No room can be called cam.");
	for (int i = 1; i < 20; i++)
		json_decref(
			control_ask(chat->control, "{\"request\":\"announce\",\"text\":\"more\"}"));
	control_refused(chat->control, "{\"request\":\"announce\",\"text\":\"too many\"}",
			"There are 20 announcements there; remove one first.");
	json_decref(control_ask(chat->control, "{\"request\":\"kick\",\"nick\":\"eve\","
					       "\"room\":\"#cam\",\"reason\":\"enough\"}"));
	json_decref(control_ask(chat->control, "{\"request\":\"kick\",\"nick\":\"eve\"}"));
	wait_for(has(said = ask(dan, "AUDIT 100"), " (control) kick :eve: by the keeper"));
	chat_has(said, " (control) kick :eve: enough\n");
	chat_has(said, " (control) announce :From  outside\n");
}

/* ---- files ---- */

static struct program *transfer(struct harness *h, const char *folder, const char *option,
				const char *path, int status)
{
	struct program *program = program_start(h, "spillway-chat", "--config", "/dev/null",
						"--data", folder, option, path, NULL);

	assert_int_equal(program_wait(program), status);
	return program;
}

static void test_announcements_are_exported_while_the_service_runs(struct harness *h)
{
	char *folder = harness_path(h, "out"), *file = harness_path(h, "list.json"), *said;
	struct chat *chat = start_with_operator(h, folder);
	struct client *dan = account_return(chat, "dan", "dan", "", &said);

	ask(dan, "ANNOUNCE first");
	chat_has(program_output(transfer(h, folder, "--export-announcements", file, 0)),
		 "1 announcement was written to ");
	ask(dan, "ANNOUNCE #cam second");
	chat_has(program_output(transfer(h, folder, "--export-announcements", file, 0)),
		 "2 announcements were written to ");
	chat_has(harness_read(h, file, NULL), "\"text\": \"second\"");
	said = harness_read(h, harness_format(h, "%s.backup", file), NULL);
	chat_has(said, "\"text\": \"first\"");
	assert_false(has(said, "second"));
	chat_has(program_output(transfer(h, folder, "--export-announcements", "-", 0)),
		 "\"text\": \"second\"");
	chat_has(program_log(transfer(h, folder, "--import-announcements", file, 1)),
		 "the service runs, and has the data for itself: stop it first, or, for "
		 "operators, name its control socket with --control\n"
		 "spillway-chat: while it runs, its control socket takes announcements one by one");
	chat_has(program_log(transfer(h, folder, "--export-announcements",
				      harness_path(h, "none/list.json"), 1)),
		 "none/list.json: No such file");

	ask(dan, "UNANNOUNCE 1");
	ask(dan, "ANNOUNCE third");
	chat_stop(chat);
	chat_has(program_output(transfer(h, folder, "--import-announcements", file, 0)),
		 "2 announcements were read; those before have gone.\n");
	chat = chat_start(h, "--data", folder, NULL);
	said = arrive(chat, "eve");
	chat_has(said, ":[Announcement] first\n");
	assert_false(has(said, "third"));
	chat_has(ask(chat_person(chat, "zoe", ""), "JOIN #cam"), ":[Announcement] second\n");
}

static void test_a_file_that_is_refused_changes_nothing(struct harness *h)
{
	static const char entry[] =
		"{\"room\": \"%s\", \"by\": \"dan\", \"text\": \"kept\", \"time_ms\": 5}%s";
	char *folder = harness_path(h, "in"), *many = harness_format(h, "%s", "");
	struct {
		const char *text, *why;
	} cases[] = {
		{"{\n\"announcements\": [\n}", "list.json: line 3: "},
		{harness_format(h, "{\"announcements\": [%s%s]}", harness_format(h, entry, "", ","),
				harness_format(h, entry, "cam", "")),
		 "list.json: announcement 2: its room, its author or its text can't be one"},
		{NULL, "list.json: announcement 21: its room has too many (20 of a room, "},
	};
	char *good =
		harness_format(h, "{\"announcements\": [%s]}", harness_format(h, entry, "", ""));

	for (int i = 0; i <= 20; i++)
		many = harness_format(h, "%s%s", many,
				      harness_format(h, entry, "#cam", i < 20 ? "," : ""));
	cases[2].text = harness_format(h, "{\"announcements\": [%s]}", many);
	transfer(h, folder, "--import-announcements",
		 harness_write(h, "good.json", good, strlen(good)), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *path = harness_write(h, "list.json", cases[i].text, strlen(cases[i].text));

		chat_has(program_log(transfer(h, folder, "--import-announcements", path, 1)),
			 cases[i].why);
	}
	chat_has(program_output(transfer(h, folder, "--export-announcements", "-", 0)), "\"kept\"");
	assert_int_equal(program_wait(program_start(h, "spillway-chat", "--config", "/dev/null",
						    "--import-announcements", "a",
						    "--export-announcements", "b", NULL)),
			 2);
}

/* ---- kill -9 ---- */

enum { KILLS = 15, MAX_PAUSE_US = 3000 };

/* Notes what was confirmed: the text of the announcement stands in the NOTICE before its
 * confirmation. */
static void collect(struct client *client, char *confirmed, size_t size)
{
	size_t len = 0;
	char *said = client_read_all(client, &len), *save = NULL, text[64] = "";

	for (char *line = strtok_r(said, "\r\n", &save); line != NULL;
	     line = strtok_r(NULL, "\r\n", &save)) {
		char *found = strstr(line, "[Announcement] mine-");

		if (found != NULL)
			snprintf(text, sizeof(text), "%s", found);
		else if (has(line, " ANNOUNCED "))
			snprintf(confirmed, size, "%s", text);
	}
}

static void test_announcements_are_not_lost_between_two_writes(struct harness *h)
{
	char *folder = harness_path(h, "killed"), *said;
	struct chat *chat = chat_start(h, "--data", folder, NULL);

	account_owner(chat, "dan", "");
	account_owner(chat, "eve", "");
	for (int i = 0; i < KILLS; i++) {
		struct client *both[2];
		char confirmed[2][64] = {"", ""};

		program_kill(chat->program);
		chat = chat_start(h, "--data", folder, NULL);
		both[0] = account_return(chat, "dan", "dan", "", &said);
		both[1] = account_return(chat, "eve", "eve", "", &said);
		for (int j = 0; j < 2; j++)
			ask(both[j], harness_format(h, "JOIN #%d-%d", i, j));
		for (int j = 0; j < 2; j++)
			chat_say(both[j], "ANNOUNCE #%d-%d :mine-%d-%d", i, j, i, j);
		/* When one was confirmed, or at any moment. */
		if (i % 2 == 0) {
			int first = i / 2 % 2;

			chat_wait(both[first], " ANNOUNCED ");
			snprintf(confirmed[first], sizeof(confirmed[first]), "mine-%d-%d", i,
				 first);
		} else {
			usleep((useconds_t)(MAX_PAUSE_US * i / KILLS));
		}
		program_kill(chat->program);
		for (int j = 0; j < 2; j++)
			collect(both[j], confirmed[j], sizeof(confirmed[j]));

		chat = chat_start(h, "--data", folder, NULL);
		both[0] = chat_person(chat, "zoe", "");
		for (int j = 0; j < 2; j++) {
			chat_say(both[0], "JOIN #%d-%d", i, j);
			said = chat_so_far(both[0]);
			if (confirmed[j][0] != '\0')
				chat_has(said, confirmed[j]);
		}
	}
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_announcement_of_a_room_is_told_now_and_later),
		HARNESS_TEST(test_announcement_for_all_is_told_once_to_each),
		HARNESS_TEST(test_what_is_refused_says_which_right_is_missing),
		HARNESS_TEST(test_control_socket_announces),
		HARNESS_TEST_ON(test_announcements_are_exported_while_the_service_runs, "epoll"),
		HARNESS_TEST_ON(test_a_file_that_is_refused_changes_nothing, "epoll"),
		HARNESS_TEST(test_announcements_are_not_lost_between_two_writes),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
