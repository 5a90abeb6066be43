/* SPDX-License-Identifier: MIT */
/* Rooms are told of their streams: a relay, publishers and viewers, and the chat that follows
 * them. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/control.h"
#include "tests/harness_account.h"
#include "tests/harness_picture.h"

/* ---- helpers ---- */

static struct chat *follow(struct relay *relay, const char *grace)
{
	struct chat *chat =
		chat_start(relay->harness, "--relay", relay->control, "--relay-grace", grace, NULL);

	program_wait_log(chat->program, "following the streams of the relay at");
	return chat;
}

static struct relay *start_titled(struct harness *h, const char *title)
{
	return relay_start(h, "--config",
			   relay_config(h, harness_format(h, "[stream cam]\ntitle = %s\n", title)),
			   NULL);
}

/* The publisher may have to wait until the relay has noticed that the one before it has gone. */
static struct client *publish(struct relay *relay, const char *target)
{
	struct client *publisher = client_publish(relay->harness, relay->port, target);
	struct picture picture = picture_make(relay->harness, 1);

	client_frame(publisher, picture.data, picture.len, 0);
	return publisher;
}

static void unpublish(struct relay *relay, struct client *publisher)
{
	size_t n = program_count_log(relay->program, "its publisher has gone");

	client_close(publisher);
	wait_for(program_count_log(relay->program, "its publisher has gone") > n);
}

/* When this room is told of its stream, the chat has heard of all that happened before. */
static void catch_up(struct relay *relay, struct chat *chat)
{
	static unsigned n;
	char *name = harness_format(relay->harness, "marker-%u", ++n);
	char *room = harness_format(relay->harness, "#%s", name);
	struct client *member =
		chat_member(chat, harness_format(relay->harness, "marker%u", n), "", room);

	publish(relay, harness_format(relay->harness, "/%s", name));
	chat_wait(member, harness_format(relay->harness, " NOTICE %s :%s is live", room, name));
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
		n++;
	return n;
}

/* Viewers come, so many, and who follows the relay has been told. */
static void watch(struct relay *relay, int n)
{
	struct control_client client;
	char path[CONTROL_PATH_SIZE];
	json_int_t viewers = 0;

	control_client_init(&client, control_connect(relay->control, "relay.sock", path));
	json_t *request = json_pack("{ss sb}", "request", "subscribe", "viewers", 1);
	assert_int_equal(control_send(&client, request), 0);
	json_decref(request);
	for (int i = 0; i < n; i++)
		client_watch(relay->harness, relay->port, "/cam");
	while (viewers != n) {
		json_t *event = NULL;

		assert_int_equal(control_receive(&client, HARNESS_DEADLINE_S * 1000, &event), 0);
		viewers = json_integer_value(json_object_get(event, "viewers"));
		json_decref(event);
	}
	control_client_finish(&client);
}

/* ---- what rooms are told ---- */

static void test_room_is_told_that_its_stream_is_live_and_has_ended(struct harness *h)
{
	struct relay *relay = start_titled(h, "The garden");
	struct chat *chat = follow(relay, "0");
	struct client *dan = chat_member(chat, "dan", "", "#CAM");
	struct client *eve = chat_member(chat, "eve", "", "#other");
	struct client *publisher = publish(relay, "/cam");

	/* A guest's room isn't kept, so its topic doesn't wait for the disk. */
	chat_wait(dan, ":chat.localhost TOPIC #CAM :The garden");
	chat_wait(dan, ":chat.localhost NOTICE #CAM :cam is live: The garden");
	watch(relay, 1);
	unpublish(relay, publisher);
	char *line = chat_wait(dan, " NOTICE #CAM :cam has ended after ");
	chat_has(line, " s, at most 1 viewer");
	publish(relay, "/cam");
	chat_wait(dan, " NOTICE #CAM :cam is live: The garden");
	/* Only its own room, and its topic only once. */
	assert_int_equal(count(chat_so_far(eve), "cam"), 0);
	assert_int_equal(count(chat_so_far(dan), "TOPIC"), 0);
	chat_stop(chat);
}

static void test_rendition_makes_its_stream_live(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct chat *chat = follow(relay, "0");
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *large = publish(relay, "/cam/720p");

	chat_wait(dan, " NOTICE #cam :cam is live");
	struct client *small = publish(relay, "/cam/240p");
	unpublish(relay, large);
	catch_up(relay, chat);
	assert_int_equal(count(chat_so_far(dan), "NOTICE"), 0);
	unpublish(relay, small);
	chat_wait(dan, " NOTICE #cam :cam has ended after ");
}

static void test_stream_that_returns_is_not_told_twice(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct chat *chat = follow(relay, "3600");
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *publisher = publish(relay, "/cam");

	chat_wait(dan, " NOTICE #cam :cam is live");
	for (int i = 0; i < 3; i++) {
		unpublish(relay, publisher);
		publisher = publish(relay, "/cam");
	}
	catch_up(relay, chat);
	assert_string_equal(chat_so_far(dan), "");
}

static void test_relay_that_is_started_anew_makes_no_storm(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct chat *chat = follow(relay, "3600");
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	const char *control = relay->control;

	publish(relay, "/cam");
	chat_wait(dan, " NOTICE #cam :cam is live");
	for (int i = 1; i <= 3; i++) {
		program_kill(relay->program);
		wait_for((int)program_count_log(chat->program, "can't be followed") == i);
		relay = relay_start(h, "--control", control, NULL);
		publish(relay, "/cam");
		wait_for((int)program_count_log(chat->program, "following the streams") == i + 1);
	}
	catch_up(relay, chat);
	assert_string_equal(chat_so_far(dan), "");
	/* One line for each change. */
	assert_int_equal(program_count_log(chat->program, "can't be followed"), 3);
}

static void test_what_was_live_before_is_no_news(struct harness *h)
{
	struct relay *relay = start_titled(h, "The garden");

	publish(relay, "/cam");
	program_wait_log(relay->program, "stream cam: published by");
	struct chat *chat = follow(relay, "0");
	/* Its title is the topic all the same, whoever is there first. */
	struct client *dan = chat_person(chat, "dan", "");
	chat_say(dan, "JOIN #cam");
	chat_wait(dan, ":chat.localhost TOPIC #cam :The garden");
	catch_up(relay, chat);
	assert_int_equal(count(chat_so_far(dan), "NOTICE"), 0);
}

static void test_what_rooms_were_told_is_kept(struct harness *h)
{
	struct relay *relay = start_titled(h, "The garden");
	char *folder = harness_path(h, "kept");
	struct chat *chat = chat_start(h, "--relay", relay->control, "--data", folder, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	program_wait_log(chat->program, "following the streams of the relay at");
	publish(relay, "/cam");
	chat_wait(dan, " NOTICE #cam :cam is live: The garden");
	chat_stop(chat);
	chat = chat_start(h, "--data", folder, NULL);
	dan = chat_member(chat, "dan", "batch server-time draft/chathistory message-tags", "#cam");
	chat_say(dan, "CHATHISTORY LATEST #cam * 10");
	char *text = chat_so_far(dan);
	chat_has(text, " :chat.localhost NOTICE #cam :cam is live: The garden\n");
	chat_has(text, "msgid=");
}

static void test_topic_of_people_stays(struct harness *h)
{
	struct relay *relay = start_titled(h, "The garden");
	struct chat *chat = follow(relay, "0");
	struct client *dan = chat_person(chat, "dan", "");

	/* In a room that is kept. */
	account_register(dan);
	chat_say(dan, "JOIN #cam");
	chat_wait(dan, " MODE #cam +q dan");
	chat_say(dan, "TOPIC #cam :Be nice");
	chat_wait(dan, " TOPIC #cam :Be nice");
	struct client *publisher = publish(relay, "/cam");
	chat_wait(dan, " NOTICE #cam :cam is live: The garden");
	unpublish(relay, publisher);
	chat_wait(dan, " has ended after ");
	assert_int_equal(count(chat_so_far(dan), "TOPIC"), 0);
	/* Also when nobody is there. */
	publish(relay, "/cam");
	chat_wait(dan, " is live");
	chat_say(dan, "PART #cam");
	chat_wait(dan, " PART ");
	chat_say(dan, "JOIN #cam");
	chat_wait(dan, " 332 dan #cam :Be nice");
	catch_up(relay, chat);
	assert_int_equal(count(chat_so_far(dan), "TOPIC"), 0);
	/* Taken away, it makes room for the title. */
	chat_say(dan, "TOPIC #cam :");
	chat_wait(dan, " TOPIC #cam :");
	chat_say(dan, "PART #cam");
	chat_wait(dan, " PART ");
	chat_say(dan, "JOIN #cam");
	chat_wait(dan, ":chat.localhost TOPIC #cam :The garden");
}

/* ---- questions ---- */

static void test_questions_are_answered_in_the_room(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct chat *chat = follow(relay, "0");
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	struct client *none = chat_member(chat, "none", "", "#none");

	publish(relay, "/cam");
	watch(relay, 2);
	catch_up(relay, chat);
	chat_say(dan, "PRIVMSG #cam :!viewers");
	chat_wait(dan, ":chat.localhost NOTICE #cam :cam has 2 viewers");
	/* Behind the question. */
	chat_wait(eve, " PRIVMSG #cam :!viewers");
	chat_wait(eve, " NOTICE #cam :cam has 2 viewers");
	chat_say(none, "PRIVMSG #none :!uptime");
	chat_wait(none, " NOTICE #none :none isn't live");
}

static void test_what_is_no_question_is_not_answered(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct chat *chat = follow(relay, "0");
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *any = chat_member(chat, "any", "", "#not:a-stream");

	chat_say(dan, "PRIVMSG #cam :what is !viewers");
	chat_say(dan, "NOTICE #cam :!viewers");
	chat_say(dan, "PRIVMSG @#cam :!viewers");
	chat_say(dan, "PRIVMSG any :!viewers");
	chat_say(any, "PRIVMSG #not:a-stream :!viewers");
	catch_up(relay, chat);
	assert_int_equal(count(chat_so_far(dan), "NOTICE"), 0);
	assert_int_equal(count(chat_so_far(any), "NOTICE"), 0);
	chat_say(dan, "PRIVMSG #cam :!viewers");
	chat_wait(dan, " NOTICE #cam :cam isn't live");
}

/* A few in a row, which don't take 5 seconds each. */
static void test_answers_do_not_flood_the_room(struct harness *h)
{
	enum { QUESTIONS = 5 };
	struct relay *relay = relay_start(h, NULL);
	struct chat *chat = follow(relay, "0");
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	for (int i = 0; i < QUESTIONS; i++)
		chat_say(dan, "PRIVMSG #cam :!viewers");
	chat_wait(dan, " NOTICE #cam :cam isn't live");
	catch_up(relay, chat);
	assert_in_range(count(chat_so_far(dan), "isn't live"), 0, QUESTIONS - 2);
}

/* ---- the configuration file ---- */

static void test_relay_and_chat_read_one_file(struct harness *h)
{
	char *config = relay_config(h, "[relay]\nlinger = 5\n"
				       "[stream cam]\npublish = anyone\nwatch = anyone\n"
				       "title = The garden\nowner = dan\n"
				       "[chat]\nnetwork = Garden\nrelay-grace = 0\n");
	struct relay *relay = relay_start(h, "--config", config, NULL);
	struct chat *chat = chat_start(h, "--config", config, "--relay", relay->control, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	program_wait_log(chat->program, "following the streams of the relay at");
	publish(relay, "/cam");
	chat_wait(dan, " NOTICE #cam :cam is live: The garden");
	/* The nick isn't the account: nobody is logged in here. */
	chat_say(dan, "NAMES #cam");
	chat_has(chat_so_far(dan), " 353 dan = #cam :dan\n");
}

static void test_owner_of_a_stream_owns_its_room(struct harness *h)
{
	char *config = relay_config(h, "[stream cam]\nowner = Dan\n");
	char *folder = harness_path(h, "owned");
	struct chat *chat = chat_start(h, "--config", config, "--data", folder, NULL);
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	struct client *dan = chat_person(chat, "dan", "");

	/* Who has the nick alone isn't, and who has begun it is nothing there. */
	chat_say(dan, "JOIN #cam");
	chat_has(chat_so_far(dan), " 353 dan = #cam :eve dan\n");
	chat_say(dan, "PART #cam");
	account_register(dan);
	chat_say(dan, "JOIN #cam/240p,#cam,#other");
	char *text = chat_so_far(dan);
	chat_has(text, " = #cam :eve ~dan\n");
	chat_has(text, " = #cam/240p :~dan\n");
	chat_has(text, " = #other :@dan\n");
	/* It may what an owner may. */
	chat_say(dan, "ROLE #cam");
	chat_has(chat_so_far(dan), " ENTRY #cam :Dan: owner, as the configuration says\n");
	chat_say(dan, "KICK #cam eve");
	chat_wait(eve, " KICK #cam eve ");
	/* The room is kept, though nobody's role in it is recorded. */
	chat_say(dan, "TOPIC #cam :cats");
	chat_wait(dan, " TOPIC #cam :cats");
	program_kill(chat->program);
	chat = chat_start(h, "--config", config, "--data", folder, NULL);
	eve = chat_person(chat, "eve", "");
	chat_say(eve, "JOIN #cam");
	text = chat_so_far(eve);
	chat_has(text, " 332 eve #cam :cats\n");
	chat_has(text, " 353 eve = #cam :eve\n");
	chat_stop(chat);
	/* Until the configuration names nobody. */
	chat = chat_start(h, "--data", folder, NULL);
	eve = chat_person(chat, "eve", "");
	chat_say(eve, "MODE #cam");
	chat_has(chat_so_far(eve), " 403 eve #cam ");
}

static void test_mistakes_in_sections_of_streams_are_told(struct harness *h)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"[stream cam]\nowner = no body\n",
		 ":2: owner: an owner is an account, and has a nick's name"},
		{"[stream cam]\nkey = secret\n", ":2: key: this is not a hash"},
		{"[stream Cam]\n", "that is not a stream's name"},
		{"[stream cam]\nower = dan\n", "there is no 'ower' in section [stream]"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct program *program = program_start(
			h, "spillway-chat", "--config",
			harness_write(h, "wrong.ini", rows[i].text, strlen(rows[i].text)), NULL);

		assert_int_equal(program_wait(program), 1);
		chat_has(program_log(program), rows[i].why);
	}
}

/* ---- without a relay ---- */

static void talk(struct chat *chat, const char *nick)
{
	struct client *client = chat_member(chat, nick, "echo-message", "#cam");

	chat_say(client, "PRIVMSG #cam :!viewers");
	chat_wait(client, " PRIVMSG #cam :!viewers");
	assert_string_equal(chat_so_far(client), "");
	client_close(client);
}

static void test_chat_goes_on_without_its_relay(struct harness *h)
{
	char *path = harness_path(h, "later.sock");
	struct chat *chat = chat_start(h, "--relay", path, NULL);

	program_wait_log(chat->program,
			 harness_format(h,
					"the relay at %s can't be followed: No such file or "
					"directory (is spillway-relay running?)",
					path));
	talk(chat, "dan");
	struct relay *relay = relay_start(h, "--control", path, NULL);
	program_wait_log(chat->program, "following the streams of the relay at");
	relay_stop(relay);
	wait_for(program_count_log(chat->program, "can't be followed") == 2);
	talk(chat, "eve");
	/* Also while it waits for the next try. */
	chat_stop(chat);
}

/* With the old configuration went the memory of the relay's path. */
static void test_relay_is_found_again_after_a_reload(struct harness *h)
{
	char *path = harness_path(h, "relay.sock");
	struct relay *relay = relay_start(h, "--control", path, NULL);
	struct chat *chat = chat_start(h, "--relay", path, NULL);

	program_wait_log(chat->program, "following the streams of the relay at");
	program_signal(chat->program, SIGHUP);
	program_wait_log(chat->program, "the configuration was read again");
	relay_stop(relay);
	program_wait_log(chat->program, "can't be followed");
	relay_start(h, "--control", path, NULL);
	wait_for(program_count_log(chat->program, "following the streams of the relay at") == 2);
	chat_stop(chat);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

static void test_relay_that_says_nothing_holds_nobody_up(struct harness *h)
{
	char *path = harness_path(h, "mute.sock");
	int fd = listen_at(path);
	struct chat *chat = chat_start(h, "--relay", path, NULL);
	int relay = accept(fd, NULL, NULL);

	assert_true(relay >= 0);
	talk(chat, "dan");
	chat_stop(chat);
	close(relay);
	close(fd);
}

static void test_what_is_no_relay_is_let_go(struct harness *h)
{
	static char endless[8192];
	static const struct {
		const char *says;
		size_t len;
	} rows[] = {
		{"HTTP/1.1 400 Bad Request\r\n\r\n", 28},
		{"{\"ok\":false,\"error\":\"No.\"}\n", 27},
		{"{\"event\":\"live\",\"stream\":\"../x\"}\n", 33},
		{endless, sizeof(endless)},
		{"", 0},
	};
	char *path = harness_path(h, "other.sock"), byte;
	int fd = listen_at(path);
	struct chat *chat = chat_start(h, "--relay", path, NULL);

	memset(endless, 'x', sizeof(endless));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int relay = accept(fd, NULL, NULL);

		assert_true(relay >= 0);
		/* It may have hung up before it has read everything. */
		(void)!send(relay, rows[i].says, rows[i].len, MSG_NOSIGNAL);
		if (rows[i].len == 0)
			shutdown(relay, SHUT_WR);
		while (recv(relay, &byte, 1, 0) > 0)
			;
		close(relay);
	}
	/* Told once. */
	assert_int_equal(program_count_log(chat->program, "can't be followed"), 1);
	assert_int_equal(program_count_log(chat->program, "that isn't a relay's control socket"),
			 1);
	talk(chat, "dan");
	chat_stop(chat);
	close(fd);
}

/* One connection had both, once, and a message waited for the frames before it. */
static void test_video_doesnt_slow_the_chat(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct chat *chat = follow(relay, "0");
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	struct client *publisher = client_publish(h, relay->port, "/cam");

	/* Viewers that read nothing, and more than what their sockets hold. */
	for (int i = 0; i < 4; i++)
		client_watch(h, relay->port, "/cam");
	for (unsigned i = 0; i < 40; i++) {
		struct picture picture = picture_make_sized(h, i, 200000);

		client_frame(publisher, picture.data, picture.len, i * 40000);
		chat_say(dan, "PRIVMSG #cam :message %u", i);
		chat_has(chat_wait(eve, " PRIVMSG "),
			 harness_format(h, " PRIVMSG #cam :message %u", i));
	}
	/* Even where video stands still altogether. */
	program_signal(relay->program, SIGSTOP);
	chat_say(dan, "PRIVMSG #cam :the picture hangs");
	chat_wait(eve, " PRIVMSG #cam :the picture hangs");
	program_signal(relay->program, SIGCONT);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_room_is_told_that_its_stream_is_live_and_has_ended),
		HARNESS_TEST(test_rendition_makes_its_stream_live),
		HARNESS_TEST(test_stream_that_returns_is_not_told_twice),
		HARNESS_TEST(test_relay_that_is_started_anew_makes_no_storm),
		HARNESS_TEST(test_what_was_live_before_is_no_news),
		HARNESS_TEST(test_what_rooms_were_told_is_kept),
		HARNESS_TEST(test_topic_of_people_stays),
		HARNESS_TEST(test_questions_are_answered_in_the_room),
		HARNESS_TEST(test_what_is_no_question_is_not_answered),
		HARNESS_TEST(test_answers_do_not_flood_the_room),
		HARNESS_TEST_ON(test_relay_and_chat_read_one_file, "epoll"),
		HARNESS_TEST_ON(test_owner_of_a_stream_owns_its_room, "epoll"),
		HARNESS_TEST_ON(test_mistakes_in_sections_of_streams_are_told, "epoll"),
		HARNESS_TEST(test_chat_goes_on_without_its_relay),
		HARNESS_TEST(test_relay_is_found_again_after_a_reload),
		HARNESS_TEST(test_relay_that_says_nothing_holds_nobody_up),
		HARNESS_TEST(test_what_is_no_relay_is_let_go),
		HARNESS_TEST(test_video_doesnt_slow_the_chat),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
