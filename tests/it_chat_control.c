/* SPDX-License-Identifier: MIT */
/* The chat's control socket, `spillway stat` beside it, reading the configuration again, and
 * /metrics. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness_account.h"
#include "tests/harness_control.h"
#include "tests/harness_metrics.h"

/* ---- what is there ---- */

static const json_t *item_of(const json_t *reply, const char *array, const char *key,
			     const char *value)
{
	const json_t *items = json_object_get(reply, array);

	for (size_t i = 0; i < json_array_size(items); i++) {
		if (strcmp(text_of(json_array_get(items, i), key), value) == 0)
			return json_array_get(items, i);
	}
	harness_fail("no %s in %s", value, array);
}

static size_t count(const json_t *reply, const char *array)
{
	return json_array_size(json_object_get(reply, array));
}

static void test_numbers_are_told(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "echo-message", "#cam");

	client_connect(h, chat->port);
	chat_so_far(dan);
	chat_say(eve, "PRIVMSG #cam :one");
	chat_wait(dan, "PRIVMSG #cam :one");
	chat_wait(eve, "PRIVMSG #cam :one");
	chat_say(eve, "PRIVMSG dan :two");
	chat_wait(dan, "PRIVMSG dan :two");
	json_t *reply = control_ask(chat->control, "{\"request\":\"stat\"}");
	assert_string_equal(text_of(reply, "version"), SPILLWAY_VERSION);
	assert_string_equal(text_of(reply, "name"), "chat.localhost");
	assert_string_equal(text_of(reply, "io"),
			    strcmp(h->io, "uring") == 0 ? "io_uring" : "epoll");
	assert_int_equal(number_of(reply, "pid"), chat->program->pid);
	assert_int_equal(number_of(reply, "users"), 2);
	assert_int_equal(number_of(reply, "rooms"), 1);
	assert_int_equal(number_of(reply, "messages"), 1);
	assert_int_equal(number_of(reply, "private_messages"), 1);
	/* What is old is forgotten by writes, too. */
	assert_true(number_of(reply, "writes") >= 1);
	assert_in_range(number_of(reply, "commits"), 1, number_of(reply, "writes"));
	assert_int_equal(number_of(reply, "refused_writes"), 0);
	assert_int_equal(number_of(reply, "queue_overflows"), 0);
	assert_true(number_of(reply, "bytes_in") > 100);
	assert_true(number_of(reply, "bytes_out") > number_of(reply, "bytes_in"));
	assert_true(number_of(reply, "memory_kb") > 0);
	assert_true(number_of(reply, "messages_per_s") >= 0);
	assert_null(json_object_get(reply, "store_error"));
	json_decref(reply);
}

static void test_operators_are_made_by_requests(struct harness *h)
{
	static const struct {
		const char *line, *error;
	} refused[] = {
		{"{\"request\":\"add-operator\"}",
		 "The request add-operator needs \"name\", which is a text."},
		{"{\"request\":\"add-operator\",\"name\":\"dan\"}",
		 "There is no such account: to make it takes a password."},
		{"{\"request\":\"add-operator\",\"name\":\"1\",\"password\":\"long enough\"}",
		 "An account's name must be a valid nick."},
		{"{\"request\":\"add-operator\",\"name\":\"long_enough\",\"password\":\"LONG_"
		 "ENOUGH\"}",
		 "A password has 8 to 256 bytes, and isn't the name."},
		{"{\"request\":\"remove-operator\",\"name\":\"dan\"}", "There is no such account."},
	};
	static const char line[] = "{\"request\":\"add-operator\",\"name\":\"dan\","
				   "\"password\":\"correct horse\"}";
	struct chat *chat = chat_start(h, NULL);
	json_t *reply;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		control_refused(chat->control, refused[i].line, refused[i].error);
	reply = control_ask(chat->control, line);
	assert_true(json_is_true(json_object_get(reply, "made")));
	json_decref(reply);
	control_refused(chat->control, line,
			"There is such an account, and it keeps its password.");
	reply = control_ask(chat->control, "{\"request\":\"add-operator\",\"name\":\"DAN\"}");
	assert_false(json_is_true(json_object_get(reply, "made")));
	json_decref(reply);
	chat_stop(chat);
}

static void test_rooms_and_users_are_told(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	chat_say(dan, "MODE #cam +s");
	chat_say(dan, "TOPIC #cam :The garden");
	chat_wait(dan, " TOPIC ");
	chat_member(chat, "eve", "", "#cam");
	chat_member(chat, "fay", "", "#den");
	json_t *reply = control_ask(chat->control, "{\"request\":\"rooms\"}");
	assert_int_equal(count(reply, "rooms"), 2);
	const json_t *cam = item_of(reply, "rooms", "name", "#cam");
	assert_int_equal(number_of(cam, "members"), 2);
	assert_string_equal(text_of(cam, "topic"), "The garden");
	assert_string_equal(text_of(cam, "modes"), "+nst");
	assert_true(number_of(cam, "since_s") >= 0);
	json_decref(reply);
	reply = control_ask(chat->control, "{\"request\":\"users\"}");
	assert_int_equal(count(reply, "users"), 3);
	const json_t *user = item_of(reply, "users", "nick", "dan");
	assert_string_equal(text_of(user, "user"), "~dan");
	assert_string_equal(text_of(user, "host"), "127.0.0.1");
	assert_string_equal(text_of(user, "address"), "127.0.0.1");
	assert_string_equal(text_of(user, "transport"), "irc");
	assert_string_equal(text_of(user, "account"), "");
	assert_int_equal(json_array_size(json_object_get(user, "rooms")), 1);
	assert_string_equal(json_string_value(json_array_get(json_object_get(user, "rooms"), 0)),
			    "@#cam");
	assert_true(number_of(user, "idle_s") <= number_of(user, "connected_s"));
	assert_int_equal(number_of(user, "waiting"), 0);
	json_decref(reply);
	reply = control_ask(chat->control, "{\"request\":\"users\",\"room\":\"#DEN\"}");
	assert_int_equal(count(reply, "users"), 1);
	item_of(reply, "users", "nick", "fay");
	json_decref(reply);
	control_refused(chat->control, "{\"request\":\"users\",\"room\":\"#none\\n\"}",
			"There is no room #none.");
}

/* ---- kick ---- */

static void test_kick_from_a_room(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	chat_so_far(dan);
	/* No line of IRC can be smuggled in. */
	json_decref(control_ask(chat->control, "{\"request\":\"kick\",\"nick\":\"EVE\","
					       "\"room\":\"#Cam\",\"reason\":\"a\\r\\nQUIT b\"}"));
	chat_expect(dan, ":chat.localhost KICK #cam eve :a  QUIT b");
	chat_expect(eve, ":chat.localhost KICK #cam eve :a  QUIT b");
	chat_say(eve, "PRIVMSG #cam :still here");
	chat_has(chat_line(eve), " 404 eve #cam :");
	control_refused(chat->control, "{\"request\":\"kick\",\"nick\":\"eve\",\"room\":\"#cam\"}",
			"eve isn't in that room.");
	control_refused(chat->control, "{\"request\":\"kick\",\"nick\":\"eve\",\"room\":\"#none\"}",
			"There is no room #none.");
	/* With its last member the room ends. */
	json_decref(control_ask(chat->control,
				"{\"request\":\"kick\",\"nick\":\"dan\",\"room\":\"#cam\"}"));
	chat_expect(dan, ":chat.localhost KICK #cam dan :by the keeper of this chat");
	json_t *reply = control_ask(chat->control, "{\"request\":\"rooms\"}");
	assert_int_equal(count(reply, "rooms"), 0);
	json_decref(reply);
}

static void test_kick_from_the_chat(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	chat_so_far(dan);
	json_decref(control_ask(chat->control, "{\"request\":\"kick\",\"nick\":\"eve\","
					       "\"reason\":\"enough\"}"));
	chat_expect(dan, ":eve!~eve@127.0.0.1 QUIT :Kicked: enough");
	chat_expect(eve, "ERROR :Closing link: 127.0.0.1 (Kicked: enough)");
	client_expect_end(eve);
	control_refused(chat->control, "{\"request\":\"kick\",\"nick\":\"eve\"}",
			"There is nobody called eve.");
	control_refused(chat->control, "{\"request\":\"kick\"}",
			"The request kick needs \"nick\", which is a text.");
}

/* ---- the socket ---- */

static void test_bad_requests_are_answered_and_bounded(struct harness *h)
{
	static const char *const lines[] = {
		"",
		"rubbish",
		"[]",
		"{}",
		"{\"request\":\"fly\"}",
		"{\"request\":\"users\",\"room\":7}",
		"{\"request\":\"kick\",\"nick\":[\"dan\"]}",
	};
	struct chat *chat = chat_start(h, NULL);
	struct control_client client = control_open(chat->control);
	char line[8192];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		json_t *reply = control_say(&client, lines[i]);

		assert_true(json_is_false(json_object_get(reply, "ok")));
		assert_true(strlen(text_of(reply, "error")) > 10);
		json_decref(reply);
	}
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	json_t *reply = control_say(&client, line);
	assert_string_equal(text_of(reply, "error"), "The line is too long for a request.");
	json_decref(reply);
	control_client_finish(&client);
	json_decref(control_ask(chat->control, "{\"request\":\"stat\"}"));
}

static void test_socket_is_for_its_group_and_goes_with_the_chat(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct stat status;

	json_decref(control_ask(chat->control, "{\"request\":\"stat\"}"));
	assert_int_equal(stat(chat->control, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0660);
	/* Somebody who is still connected doesn't hold it up. */
	struct control_client client = control_open(chat->control);
	chat_stop(chat);
	assert_int_equal(access(chat->control, F_OK), -1);
	control_client_finish(&client);
}

/* ---- the configuration, read again ---- */

static char *configure(struct harness *h, const char *text)
{
	char *path = harness_path(h, "chat.ini");

	/* Not in place, so that no half of it is read. */
	char *fresh = harness_write(h, "chat.ini.new", text, strlen(text));
	assert_int_equal(rename(fresh, path), 0);
	return path;
}

static void expect_names(const json_t *reply, const char *array, const char *names)
{
	const json_t *items = json_object_get(reply, array);
	char text[256] = "";

	for (size_t i = 0; i < json_array_size(items); i++) {
		strcat(text, i > 0 ? " " : "");
		strcat(text, json_string_value(json_array_get(items, i)));
	}
	assert_string_equal(text, names);
}

static void test_reload_loses_nobody_and_says_what_changed(struct harness *h)
{
	char *motd = harness_write(h, "motd", "Hello.\n", 7);
	char *config = configure(h, "[chat]\nmax-joined = 1\n");
	struct chat *chat = chat_start(h, "--config", config, "--quiet-room", "100", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	chat_say(dan, "JOIN #den");
	chat_has(chat_line(dan), " 405 dan #den :");
	chat_say(dan, "MOTD");
	chat_has(chat_line(dan), " 422 dan :");
	/* The command line goes on to win, and what takes a restart stays. */
	configure(h, harness_format(h,
				    "[chat]\nmax-joined = 2\nquiet-room = 7\nmotd = %s\n"
				    "network = Garden\nweb-origin = https://example.org\n",
				    motd));
	json_t *reply = control_ask(chat->control, "{\"request\":\"reload\"}");
	expect_names(reply, "changed", "motd web-origin max-joined");
	expect_names(reply, "restart", "network");
	json_decref(reply);
	assert_int_equal(program_count_log(chat->program, "network takes a restart"), 1);
	chat_say(dan, "JOIN #den");
	chat_wait(dan, " 366 dan #den ");
	chat_say(dan, "MOTD");
	chat_wait(dan, " 372 dan :- Hello.");
	chat_wait(dan, " 376 ");
	reply = control_ask(chat->control, "{\"request\":\"stat\"}");
	assert_string_equal(text_of(reply, "network"), "Spillway");
	json_decref(reply);
	/* Another text in the same file; once more nothing. */
	harness_write(h, "motd", "Good evening.\n", 14);
	reply = control_ask(chat->control, "{\"request\":\"reload\"}");
	expect_names(reply, "changed", "motd");
	json_decref(reply);
	reply = control_ask(chat->control, "{\"request\":\"reload\"}");
	expect_names(reply, "changed", "");
	expect_names(reply, "restart", "network");
	json_decref(reply);
	chat_person(chat, "eve", "");
	chat_say(dan, "PRIVMSG eve :still here");
	chat_stop(chat);
}

static void test_registration_is_offered_and_withdrawn(struct harness *h)
{
	char *config = configure(h, "[chat]\nregistration = closed\n");
	struct chat *chat = chat_start(h, "--config", config, NULL);
	struct client *dan = chat_person(chat, "dan", "cap-notify");
	struct client *eve = chat_person(chat, "eve", "");
	struct client *fay = client_connect(h, chat->port);

	chat_say(fay, "CAP LS 302");
	chat_wait(fay, " CAP * LS :");
	configure(h, "[chat]\nregistration = open\n");
	json_decref(control_ask(chat->control, "{\"request\":\"reload\"}"));
	chat_expect(dan, ":chat.localhost CAP dan NEW :draft/account-registration");
	chat_expect(fay, ":chat.localhost CAP * NEW :draft/account-registration=before-connect");
	assert_string_equal(chat_so_far(eve), "");
	chat_say(dan, "CAP REQ :draft/account-registration");
	chat_has(chat_line(dan), " ACK ");
	configure(h, "[chat]\nregistration = closed\n");
	json_decref(control_ask(chat->control, "{\"request\":\"reload\"}"));
	chat_expect(dan, ":chat.localhost CAP dan DEL :draft/account-registration");
	chat_expect(fay, ":chat.localhost CAP * DEL :draft/account-registration");
	chat_say(dan, "CAP LIST");
	chat_expect(dan, ":chat.localhost CAP dan LIST :cap-notify");
	chat_stop(chat);
}

static void test_owners_change_for_who_joins_then(struct harness *h)
{
	char *config = configure(h, "[chat]\n");
	struct chat *chat = chat_start(h, "--config", config, NULL);
	struct client *dan = chat_person(chat, "dan", "");

	account_register(dan);
	chat_member(chat, "eve", "", "#cam");
	chat_say(dan, "JOIN #cam");
	chat_has(chat_so_far(dan), " = #cam :@eve dan\n");
	configure(h, "[chat]\n[stream cam]\nowner = dan\n");
	json_t *reply = control_ask(chat->control, "{\"request\":\"reload\"}");
	expect_names(reply, "changed", "owner");
	expect_names(reply, "restart", "");
	json_decref(reply);
	chat_say(dan, "NAMES #cam");
	chat_has(chat_so_far(dan), " = #cam :@eve dan\n");
	chat_say(dan, "JOIN #cam/240p");
	chat_has(chat_so_far(dan), " = #cam/240p :~dan\n");
}

static void test_sighup_reads_the_configuration_again(struct harness *h)
{
	char *config = configure(h, "[chat]\nmax-joined = 1\n");
	struct chat *chat = chat_start(h, "--config", config, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	for (int i = 2; i < 6; i++) {
		configure(h, harness_format(h, "[chat]\nmax-joined = %d\n", i));
		program_signal(chat->program, SIGHUP);
		wait_for(program_count_log(chat->program, "changed max-joined") == (size_t)i - 1);
		chat_say(dan, "JOIN #room-%d", i);
		chat_wait(dan, harness_format(h, " 366 dan #room-%d ", i));
	}
}

/* Half of a configuration never holds. */
static void test_invalid_configuration_changes_nothing(struct harness *h)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"[chat]\nmax-joined = 9\nmax-rooms = many\n", "chat.ini:3: max-rooms: "},
		{"[chat]\nmax-joined = 9\nnonsense = 1\n", "chat.ini:3: there is no 'nonsense'"},
		{"[chat]\nmax-joined = 9\nname = nodot\n", "chat.ini:3: name: "},
		{"[chat]\nmax-joined = 9\n[stream cam]\nowner = no body\n",
		 "chat.ini:4: owner: an owner is an account"},
		{"[chat]\nmax-joined = 9\nblock-word = *\n", "chat.ini:3: block-word: '*': "},
		{"[chat]\nmax-joined = 9\nmotd = /nowhere\n", "motd: can't read /nowhere: "},
	};
	char *config = configure(h, "[chat]\nmax-joined = 1\n");
	struct chat *chat = chat_start(h, "--config", config, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	size_t n = sizeof(cases) / sizeof(cases[0]);

	for (size_t i = 0; i < n; i++) {
		struct control_client client = control_open(chat->control);

		configure(h, cases[i].text);
		json_t *reply = control_say(&client, "{\"request\":\"reload\"}");
		assert_true(json_is_false(json_object_get(reply, "ok")));
		chat_has(text_of(reply, "error"), cases[i].error);
		chat_has(text_of(reply, "error"), "; the old configuration holds.");
		chat_has(program_log(chat->program), cases[i].error);
		json_decref(reply);
		control_client_finish(&client);
	}
	assert_int_equal(unlink(config), 0);
	program_signal(chat->program, SIGHUP);
	wait_for(program_count_log(chat->program, "the old configuration holds") == n + 1);
	chat_say(dan, "JOIN #den");
	chat_has(chat_line(dan), " 405 dan #den :");
}

static void test_queue_limit_changes_for_who_is_there(struct harness *h)
{
	char *config = configure(h, "[chat]\n");
	struct chat *chat = chat_start(h, "--config", config, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "echo-message", "#cam");
	long long overflows = 0;

	configure(h, "[chat]\nmax-queue = 32K\n");
	json_decref(control_ask(chat->control, "{\"request\":\"reload\"}"));
	/* dan reads nothing: the kernel's buffers fill, and then the queue. */
	chat_so_far(dan);
	for (int i = 0; overflows == 0; i++) {
		chat_say(eve, "PRIVMSG #cam :%0400d", i);
		chat_wait(eve, "PRIVMSG #cam :");
		if (i % 1000 != 0)
			continue;
		json_t *reply = control_ask(chat->control, "{\"request\":\"stat\"}");
		overflows = number_of(reply, "queue_overflows");
		json_decref(reply);
	}
	assert_int_equal(overflows, 1);
	chat_say(eve, "PRIVMSG dan :gone?");
	chat_wait(eve, " 401 eve dan :");
}

/* ---- ending ---- */

static void test_sigterm_keeps_what_was_confirmed(struct harness *h)
{
	char *data = harness_path(h, "kept");
	struct chat *chat = chat_start(h, "--data", data, NULL);
	struct client *dan = chat_member(chat, "dan", "echo-message", "#cam");
	int n = 0;

	for (int i = 0; i < 50; i++)
		chat_say(dan, "PRIVMSG #cam :message %d", i);
	/* Some are on their way still. */
	chat_wait(dan, "PRIVMSG #cam :message 5");
	program_signal(chat->program, SIGTERM);
	for (n = 6;; n++) {
		char *line = chat_line(dan);

		if (strncmp(line, "ERROR ", 6) == 0)
			break;
		chat_has(line, harness_format(h, "PRIVMSG #cam :message %d", n));
	}
	client_expect_end(dan);
	client_close(dan);
	assert_int_equal(program_wait(chat->program), 0);
	/* All was brought to the database. */
	assert_int_equal(access(harness_format(h, "%s/chat.db-wal", data), F_OK), -1);
	chat = chat_start(h, "--data", data, NULL);
	dan = chat_member(chat, "dan", "batch draft/chathistory", "#cam");
	chat_say(dan, "CHATHISTORY LATEST #cam * 100");
	char *told = chat_so_far(dan);
	for (int i = 0; i < n; i++)
		chat_has(told, harness_format(h, "PRIVMSG #cam :message %d\n", i));
}

/* ---- spillway stat ---- */

static void test_stat_shows_relay_and_chat(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct relay *relay = relay_start(h, NULL);

	chat_member(chat, "dan", "", "#cam");
	struct program *stat = program_run(h, "spillway", "stat", "--chat", chat->control, NULL);
	chat_has(program_output(stat), "#cam");
	chat_has(program_output(stat), "guest");
	assert_null(strstr(program_output(stat), "spillway-relay"));
	stat = program_run(h, "spillway", "stat", "--control", relay->control, "--chat",
			   chat->control, NULL);
	chat_has(program_output(stat), "spillway-relay " SPILLWAY_VERSION);
	chat_has(program_output(stat), "\n\nspillway-chat " SPILLWAY_VERSION);
	stat = program_run(h, "spillway", "stat", "--json", "--control", relay->control, "--chat",
			   chat->control, NULL);
	json_t *all = json_loads(program_output(stat), JSON_REJECT_DUPLICATES, NULL);
	const json_t *told = json_object_get(all, "chat");
	assert_int_equal(count(told, "rooms"), 1);
	item_of(told, "users", "nick", "dan");
	assert_int_equal(number_of(json_object_get(told, "stat"), "pid"), chat->program->pid);
	assert_int_equal(number_of(json_object_get(all, "stats"), "pid"), relay->program->pid);
	json_decref(all);
	/* Who is named must be there. */
	chat_stop(chat);
	stat = program_start(h, "spillway", "stat", "--chat", chat->control, NULL);
	assert_int_equal(program_wait(stat), 1);
	program_wait_log(stat, "is spillway-chat running?");
}

static void test_stat_shows_whichever_runs(struct harness *h)
{
	char *folder = harness_path(h, "spillway");

	if (access("/run/spillway/chat.sock", F_OK) == 0 ||
	    access("/run/spillway/relay.sock", F_OK) == 0)
		harness_skip(h, "this machine has a relay or a chat of its own");
	assert_int_equal(mkdir(folder, 0700), 0);
	setenv("XDG_RUNTIME_DIR", h->folder, 1);
	struct program *stat = program_start(h, "spillway", "stat", NULL);
	assert_int_equal(program_wait(stat), 1);
	program_wait_log(stat, "neither spillway-relay nor spillway-chat is running here");
	struct chat *chat =
		chat_start(h, "--control", harness_format(h, "%s/chat.sock", folder), NULL);
	chat_member(chat, "dan", "", "#cam");
	stat = program_run(h, "spillway", "stat", NULL);
	chat_has(program_output(stat), "#cam");
	assert_string_equal(program_log(stat), "");
}

/* ---- /metrics, /healthz ---- */

static double value(struct chat *chat, const char *sample)
{
	return metrics_value(chat->harness, metrics_get(chat->harness, chat->port, ""), sample);
}

static void expect_sample(struct harness *h, const char *text, const char *sample, double number)
{
	double found = metrics_value(h, text, sample);

	if (found < number || found > number)
		harness_fail("%s is %g, not %g", sample, found, number);
}

static void test_metrics_keep_prometheus_format(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *head = client_connect(h, chat->port);

	chat_member(chat, "dan", "", "#cam");
	assert_true(metrics_check(h, metrics_get(h, chat->port, "")) > 60);
	client_request(head, "HEAD", "/metrics", "");
	assert_int_equal(client_head(head), 200);
	assert_string_equal(client_field(head, "Content-Type"),
			    "text/plain; version=0.0.4; charset=utf-8");
	assert_string_equal(client_field(head, "Cache-Control"), "no-store");
	assert_true(atoi(client_field(head, "Content-Length")) > 3000);
	client_expect_end(head);
}

static void test_what_happens_moves_the_metrics(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "echo-message", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	for (int i = 0; i < 3; i++) {
		chat_say(dan, "PRIVMSG #cam :%d", i);
		chat_wait(dan, "PRIVMSG #cam :");
	}
	chat_say(eve, "PRIVMSG dan :alone");
	chat_wait(dan, "PRIVMSG dan :alone");
	chat_say(eve, "CHATHISTORY LATEST #cam * 2");
	chat_wait(eve, "PRIVMSG #cam :2");
	chat_so_far(eve);
	json_decref(control_ask(chat->control, "{\"request\":\"reload\"}"));
	char *text = metrics_get(h, chat->port, "");
	expect_sample(h, text, "spillway_chat_users", 2);
	expect_sample(h, text, "spillway_chat_rooms", 1);
	expect_sample(h, text, "spillway_chat_connections", 3); /* and this request's */
	expect_sample(h, text, "spillway_chat_connections_total", 3);
	expect_sample(h, text, "spillway_chat_room_messages_total", 3);
	expect_sample(h, text, "spillway_chat_private_messages_total", 1);
	expect_sample(h, text, "spillway_chat_history_messages_total", 2);
	expect_sample(h, text, "spillway_chat_commands_total{command=\"PRIVMSG\"}", 4);
	expect_sample(h, text, "spillway_chat_commands_total{command=\"CHATHISTORY\"}", 1);
	expect_sample(h, text, "spillway_chat_commands_total{command=\"KICK\"}", 0);
	expect_sample(h, text, "spillway_chat_store_works", 1);
	expect_sample(h, text, "spillway_chat_queue_overflows_total", 0);
	expect_sample(h, text, "spillway_chat_reloads_total{result=\"changed\"}", 1);
	expect_sample(h, text, "spillway_chat_reloads_total{result=\"refused\"}", 0);
	assert_true(metrics_value(h, text, "spillway_chat_store_writes_total") >= 3);
	assert_true(metrics_value(h, text, "spillway_chat_received_bytes_total") > 200);
	assert_true(metrics_value(h, text, "spillway_chat_sent_lines_total") > 40);
	/* Nobody's name, and no room's. */
	assert_null(strstr(text, "#cam"));
	assert_null(strstr(text, "dan"));
	chat_say(eve, "QUIT");
	wait_for(value(chat, "spillway_chat_users") < 2);
}

static void test_health_is_told(struct harness *h)
{
	static const struct {
		const char *method, *target, *fields;
		int status;
	} cases[] = {
		{"GET", "/healthz", "", 200},
		{"HEAD", "/healthz", "", 200},
		{"POST", "/healthz", "", 405},
		{"DELETE", "/metrics", "", 405},
		{"GET", "/healthz/more", "", 426},
		{"GET", "/", "", 426},
		/* Any address will do for a WebSocket. */
		{"GET", "/metrics",
		 "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
		 101},
	};
	struct chat *chat = chat_start(h, NULL);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client *client = client_connect(h, chat->port);

		client_request(client, cases[i].method, cases[i].target, cases[i].fields);
		if (client_head(client) != cases[i].status)
			harness_fail("%s %s", cases[i].method, cases[i].target);
		client_close(client);
	}
	struct client *client = client_get(h, chat->port, "/healthz", "", 200);
	assert_string_equal(client_body(client, NULL), "ok\n");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_numbers_are_told),
		HARNESS_TEST(test_operators_are_made_by_requests),
		HARNESS_TEST(test_rooms_and_users_are_told),
		HARNESS_TEST(test_kick_from_a_room),
		HARNESS_TEST(test_kick_from_the_chat),
		HARNESS_TEST(test_bad_requests_are_answered_and_bounded),
		HARNESS_TEST(test_socket_is_for_its_group_and_goes_with_the_chat),
		HARNESS_TEST(test_reload_loses_nobody_and_says_what_changed),
		HARNESS_TEST_ON(test_registration_is_offered_and_withdrawn, "epoll"),
		HARNESS_TEST_ON(test_owners_change_for_who_joins_then, "epoll"),
		HARNESS_TEST(test_sighup_reads_the_configuration_again),
		HARNESS_TEST_ON(test_invalid_configuration_changes_nothing, "epoll"),
		HARNESS_TEST_ON(test_queue_limit_changes_for_who_is_there, "epoll"),
		HARNESS_TEST(test_sigterm_keeps_what_was_confirmed),
		HARNESS_TEST_ON(test_stat_shows_relay_and_chat, "epoll"),
		HARNESS_TEST_ON(test_stat_shows_whichever_runs, "epoll"),
		HARNESS_TEST(test_metrics_keep_prometheus_format),
		HARNESS_TEST(test_what_happens_moves_the_metrics),
		HARNESS_TEST_ON(test_health_is_told, "epoll"),
	};
	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
