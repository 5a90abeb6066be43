/* SPDX-License-Identifier: MIT */
/* Rooms, their modes, and what people ask about each other. */
#include <stdio.h>
#include <string.h>

#include "tests/harness_chat.h"

/* dan is operator of #cam, eve is a member; both have read everything. */
struct pair {
	struct chat *chat;
	struct client *dan, *eve;
};

static struct pair start(struct harness *h, const char *caps)
{
	struct pair pair = {.chat = chat_start(h, NULL)};

	pair.dan = chat_member(pair.chat, "dan", caps, "#cam");
	pair.eve = chat_member(pair.chat, "eve", caps, "#cam");
	chat_so_far(pair.dan);
	return pair;
}

/* What somebody is answered to a line. */
static void expect_answer(struct client *client, const char *line, const char *answer)
{
	assert_string_equal(chat_ask(client, line), answer);
}

static void test_joining_tells_topic_and_names(struct harness *h)
{
	struct pair p = start(h, "");
	struct client *joe = chat_person(p.chat, "joe", "");

	expect_answer(p.dan, "TOPIC #cam", ":chat.localhost 331 dan #cam :No topic is set\n");
	expect_answer(p.dan, "TOPIC #cam :a garden", ":dan!~dan@127.0.0.1 TOPIC #cam :a garden\n");
	char *answer = chat_ask(joe, "JOIN #CAM");
	chat_has(answer, ":joe!~joe@127.0.0.1 JOIN #cam\n"
			 ":chat.localhost 332 joe #cam :a garden\n"
			 ":chat.localhost 333 joe #cam dan!~dan@127.0.0.1 :");
	chat_has(answer, "\n:chat.localhost 353 joe = #cam :@dan eve joe\n"
			 ":chat.localhost 366 joe #cam :End of /NAMES list\n");
	chat_has(chat_so_far(p.eve), "TOPIC #cam :a garden\n:joe!~joe@127.0.0.1 JOIN #cam\n");
	/* Again is nothing. */
	expect_answer(joe, "JOIN #cam", "");
	expect_answer(p.eve, "TOPIC #cam :mine",
		      ":chat.localhost 482 eve #cam :You're not a channel operator\n");
	expect_answer(joe, "JOIN cam",
		      ":chat.localhost 476 joe cam :That is no name of a channel\n");
	expect_answer(joe, "PART #cam :to bed", ":joe!~joe@127.0.0.1 PART #cam :to bed\n");
	expect_answer(joe, "PART #cam",
		      ":chat.localhost 442 joe #cam :You're not on that channel\n");
	expect_answer(joe, "PART #none", ":chat.localhost 403 joe #none :No such channel\n");
	chat_has(chat_ask(joe, "JOIN #a,#b"), " JOIN #b\n");
	chat_has(chat_ask(joe, "JOIN 0"), " PART #");
	chat_has(chat_ask(joe, "WHOIS joe"), ":chat.localhost 312 joe joe ");
}

static void test_modes_keep_out_whom_they_should(struct harness *h)
{
	static const struct {
		const char *mode, *join, *numeric;
	} cases[] = {
		{"+b joe", "JOIN #cam", " 474 joe #cam :Cannot join channel (+b)"},
		{"+b *!*@127.*", "JOIN #cam", " 474 joe #cam "},
		{"+be joe!*@* *!~joe@*", "JOIN #cam", " 366 "},
		{"+b eve!*@*", "JOIN #cam", " 366 "},
		{"+i", "JOIN #cam", " 473 joe #cam :Cannot join channel (+i)"},
		{"+iI j?e", "JOIN #cam", " 366 "},
		{"+k secret", "JOIN #cam", " 475 joe #cam :Cannot join channel (+k)"},
		{"+k secret", "JOIN #cam wrong", " 475 "},
		{"+k secret", "JOIN #other,#cam x,secret", "JOIN #cam"},
		{"+l 2", "JOIN #cam", " 471 joe #cam :Cannot join channel (+l)"},
		{"+l 3", "JOIN #cam", " 366 "},
	};
	struct pair p = start(h, "");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client *joe = chat_person(p.chat, "joe", "");

		chat_has(chat_ask(p.dan, harness_format(h, "MODE #cam %s", cases[i].mode)),
			 ":dan!~dan@127.0.0.1 MODE #cam +");
		chat_has(chat_ask(joe, cases[i].join), cases[i].numeric);
		chat_say(joe, "QUIT");
		chat_wait(joe, "ERROR");
		chat_ask(p.dan, "MODE #cam -ilk *");
		chat_ask(p.dan, "MODE #cam -bbbb joe *!*@127.* joe!*@* eve!*@*");
		chat_ask(p.dan, "MODE #cam -eI *!~joe@* j?e");
		chat_has(chat_ask(p.dan, "MODE #cam"), ":chat.localhost 324 dan #cam +nt\n");
		expect_answer(p.dan, "MODE #cam b",
			      ":chat.localhost 368 dan #cam :End of channel ban list\n");
	}
}

static void test_modes_silence_whom_they_should(struct harness *h)
{
	static const struct {
		const char *modes, *numeric; /* NULL: eve is heard */
		bool inside;
	} cases[] = {
		{"-n", NULL, false},
		{"+n", "(+n)", false},
		{"-n+m", "(+m)", false},
		{"-n+b eve", "(+b)", false},
		{"+n", NULL, true},
		{"+m", "(+m)", true},
		{"+mv eve", NULL, true},
		{"+mo eve", NULL, true},
		{"+b eve", "(+b)", true},
		{"+bv eve eve", NULL, true},
		{"+be eve *!~eve@*", NULL, true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pair p = start(h, "");

		chat_ask(p.dan, harness_format(h, "MODE #cam %s", cases[i].modes));
		if (!cases[i].inside)
			chat_ask(p.eve, "PART #cam");
		chat_so_far(p.dan);
		chat_so_far(p.eve);
		char *answer = chat_ask(p.eve, "PRIVMSG #cam :hello");
		if (cases[i].numeric != NULL) {
			chat_has(answer, ":chat.localhost 404 eve #cam :Cannot send to channel");
			chat_has(answer, cases[i].numeric);
			assert_string_equal(chat_so_far(p.dan), "");
		} else {
			assert_string_equal(answer, "");
			chat_expect(p.dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :hello");
		}
		/* A notice is refused in silence. */
		expect_answer(p.eve, "NOTICE #cam :hello", "");
		chat_stop(p.chat);
	}
}

static void test_modes_are_told_as_they_were_changed(struct harness *h)
{
	struct pair p = start(h, "");

	expect_answer(p.dan, "MODE #cam +ov-o EVE eve eve",
		      ":dan!~dan@127.0.0.1 MODE #cam +ov-o eve eve eve\n");
	expect_answer(p.dan, "MODE #cam +ntx-t",
		      ":chat.localhost 472 dan x :is unknown mode char to me\n"
		      ":dan!~dan@127.0.0.1 MODE #cam -t\n");
	expect_answer(p.dan, "MODE #cam +kl key 7", ":dan!~dan@127.0.0.1 MODE #cam +kl key 7\n");
	chat_has(chat_ask(p.dan, "MODE #cam"), ":chat.localhost 324 dan #cam +kln key 7\n");
	/* Who isn't inside doesn't learn the key. */
	struct client *joe = chat_person(p.chat, "joe", "");
	chat_has(chat_ask(joe, "MODE #cam"), ":chat.localhost 324 joe #cam +kln * 7\n");
	expect_answer(joe, "MODE #cam +i",
		      ":chat.localhost 442 joe #cam :You're not on that channel\n");
	expect_answer(p.eve, "MODE #cam +i",
		      ":dan!~dan@127.0.0.1 MODE #cam +ov-o eve eve eve\n"
		      ":dan!~dan@127.0.0.1 MODE #cam -t\n"
		      ":dan!~dan@127.0.0.1 MODE #cam +kl key 7\n"
		      ":chat.localhost 482 eve #cam :You're not a channel operator\n");
	chat_has(chat_ask(p.dan, "MODE #cam +o joe"),
		 ":chat.localhost 441 dan joe #cam :They aren't on that channel\n");
	chat_has(chat_ask(p.dan, "MODE #cam +o zoe"), ":chat.localhost 696 dan #cam o zoe :");
	chat_has(chat_ask(p.dan, "MODE #cam +l x"), ":chat.localhost 696 dan #cam l x :");
	chat_has(chat_ask(p.dan, "MODE #cam +l"), ":chat.localhost 696 dan #cam l * :");
	chat_has(chat_ask(p.dan, "MODE #none +i"), ":chat.localhost 403 dan #none :");
}

/* What fits into a message of dan's doesn't with his name before it. */
static void test_long_changes_of_modes_take_several_messages(struct harness *h)
{
	struct pair p = start(h, "");
	char mask[4][123];

	for (int i = 0; i < 4; i++) {
		memset(mask[i], 'a' + i, sizeof(mask[i]));
		memcpy(mask[i] + 118, "!*@*", 5);
	}
	chat_say(p.dan, "MODE #cam +bbbb %s %s %s %s", mask[0], mask[1], mask[2], mask[3]);
	chat_expect(p.dan, harness_format(h, ":dan!~dan@127.0.0.1 MODE #cam +bbb %s %s %s", mask[0],
					  mask[1], mask[2]));
	chat_expect(p.dan, harness_format(h, ":dan!~dan@127.0.0.1 MODE #cam +b %s", mask[3]));
}

static void test_list_of_masks_is_bounded(struct harness *h)
{
	struct pair p = start(h, "");

	for (int i = 0; i < 100; i++)
		chat_say(p.dan, "MODE #cam +b n%d", i);
	chat_so_far(p.dan);
	expect_answer(p.dan, "MODE #cam +b n100",
		      ":chat.localhost 478 dan #cam b :Channel list is full\n");
	expect_answer(p.dan, "MODE #cam +b N99", ""); /* is there already */
	chat_has(chat_ask(p.eve, "MODE #cam +b"), ":chat.localhost 367 eve #cam n99!*@* "
						  "dan!~dan@127.0.0.1 :");
}

static void test_invitation_opens_once(struct harness *h)
{
	struct pair p = start(h, "invite-notify");
	struct client *joe = chat_person(p.chat, "joe", "");

	chat_ask(p.dan, "MODE #cam +ik key");
	chat_so_far(p.eve);
	expect_answer(p.eve, "INVITE joe #cam",
		      ":chat.localhost 482 eve #cam :You're not a channel operator\n");
	expect_answer(p.dan, "INVITE eve #cam",
		      ":chat.localhost 443 dan eve #cam :is already on channel\n");
	expect_answer(p.dan, "INVITE zoe #cam",
		      ":chat.localhost 401 dan zoe :No such nick/channel\n");
	chat_ask(p.dan, "MODE #cam +o eve");
	chat_so_far(p.eve);
	expect_answer(p.dan, "INVITE joe #cam", ":chat.localhost 341 dan joe :#cam\n");
	chat_expect(joe, ":dan!~dan@127.0.0.1 INVITE joe #cam");
	chat_expect(p.eve, ":dan!~dan@127.0.0.1 INVITE joe #cam");
	chat_has(chat_ask(joe, "INVITE"), ":chat.localhost 336 joe :#cam\n");
	chat_has(chat_ask(joe, "JOIN #cam"), " JOIN #cam\n");
	chat_ask(joe, "PART #cam");
	chat_has(chat_ask(joe, "JOIN #cam"), " 473 joe #cam ");
	expect_answer(joe, "INVITE", ":chat.localhost 337 joe :End of /INVITE list\n");
}

static void test_secret_rooms_are_not_seen(struct harness *h)
{
	struct pair p = start(h, "");
	struct client *joe = chat_member(p.chat, "joe", "", "#open");

	chat_ask(p.dan, "MODE #cam +s");
	chat_ask(p.dan, "MODE dan -i");
	char *list = chat_ask(joe, "LIST");
	chat_has(list, ":chat.localhost 322 joe #open 1 :\n");
	assert_null(strstr(list, "#cam"));
	chat_has(chat_ask(p.dan, "LIST #cam"), ":chat.localhost 322 dan #cam 2 :\n");
	expect_answer(joe, "NAMES #cam", ":chat.localhost 366 joe #cam :End of /NAMES list\n");
	expect_answer(joe, "WHO #cam", ":chat.localhost 315 joe #cam :End of WHO list\n");
	assert_null(strstr(chat_ask(joe, "WHOIS dan"), "#cam"));
	chat_has(chat_ask(p.eve, "WHOIS dan"), ":chat.localhost 319 eve dan :@#cam\n");
	static const char *const asking[] = {
		"MODE #cam", "MODE #cam b", "MODE #cam g",   "MODE #cam +b x",
		"ROLE #cam", "TOPIC #cam",  "TOPIC #cam :x", "INVITE eve #cam",
		"BAN #cam",  "PART #cam",   "KICK #cam eve", "PRIVMSG #cam :hi",
	};
	for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++)
		expect_answer(joe, asking[i], ":chat.localhost 403 joe #cam :No such channel\n");
}

static void test_list_has_conditions(struct harness *h)
{
	static const struct {
		const char *condition;
		bool cam, one;
	} cases[] = {
		{"", true, true},	    {" >1", true, false},    {" <2", false, true},
		{" #c*", true, false},	    {" !#c*", false, true},  {" #CAM", true, false},
		{" #cam,#one", true, true}, {" #*,>1", true, false}, {" #none", false, false},
	};
	struct pair p = start(h, "");
	struct client *joe = chat_member(p.chat, "joe", "", "#one");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *list = chat_ask(joe, harness_format(h, "LIST%s", cases[i].condition));

		assert_int_equal(strstr(list, " #cam 2 :") != NULL, cases[i].cam);
		assert_int_equal(strstr(list, " #one 1 :") != NULL, cases[i].one);
	}
}

static void test_marks_reach_whom_they_mean(struct harness *h)
{
	struct pair p = start(h, "");
	struct client *joe = chat_member(p.chat, "joe", "", "#cam");

	chat_ask(p.dan, "MODE #cam +v eve");
	chat_so_far(joe);
	chat_so_far(p.eve);
	chat_say(joe, "PRIVMSG @#cam :operators");
	chat_say(joe, "PRIVMSG +#cam :voices");
	chat_say(joe, "PRIVMSG @+#cam :both");
	assert_string_equal(chat_so_far(joe), "");
	chat_has(chat_so_far(p.dan), ":joe!~joe@127.0.0.1 PRIVMSG @#cam :operators\n"
				     ":joe!~joe@127.0.0.1 PRIVMSG +#cam :voices\n"
				     ":joe!~joe@127.0.0.1 PRIVMSG @+#cam :both\n");
	assert_string_equal(chat_so_far(p.eve), ":joe!~joe@127.0.0.1 PRIVMSG +#cam :voices\n"
						":joe!~joe@127.0.0.1 PRIVMSG @+#cam :both\n");
}

static void test_errors_of_talking(struct harness *h)
{
	struct pair p = start(h, "");

	expect_answer(p.dan, "PRIVMSG", ":chat.localhost 411 dan :No recipient given (PRIVMSG)\n");
	expect_answer(p.dan, "PRIVMSG eve", ":chat.localhost 412 dan :No text to send\n");
	expect_answer(p.dan, "PRIVMSG eve :", ":chat.localhost 412 dan :No text to send\n");
	expect_answer(p.dan, "PRIVMSG zoe :x",
		      ":chat.localhost 401 dan zoe :No such nick/channel\n");
	expect_answer(p.dan, "PRIVMSG #none :x",
		      ":chat.localhost 403 dan #none :No such channel\n");
	expect_answer(p.dan, "NOTICE zoe :x", "");
	expect_answer(p.dan, "NOTICE", "");
	expect_answer(p.dan, "PRIVMSG a,b,c,d,eve :x",
		      ":chat.localhost 401 dan a :No such nick/channel\n"
		      ":chat.localhost 401 dan b :No such nick/channel\n"
		      ":chat.localhost 401 dan c :No such nick/channel\n"
		      ":chat.localhost 401 dan d :No such nick/channel\n"
		      ":chat.localhost 407 dan eve :Too many targets\n");
	expect_answer(p.dan, "PRIVMSG :a b :c", ":chat.localhost 412 dan :No text to send\n");
	expect_answer(p.dan, "WHOIS :a b",
		      ":chat.localhost 401 dan * :No such nick/channel\n"
		      ":chat.localhost 318 dan * :End of /WHOIS list\n");
	expect_answer(p.dan, "TAGMSG eve", ":chat.localhost 421 dan TAGMSG :Unknown command\n");
	expect_answer(p.dan, "WALLOPS :x",
		      ":chat.localhost 481 dan :Permission denied: you're "
		      "not an operator of the server\n");
	expect_answer(p.dan, "KICK #cam", ":chat.localhost 461 dan KICK :Not enough parameters\n");
	expect_answer(p.eve, "KICK #cam dan",
		      ":chat.localhost 482 eve #cam :You're not a channel operator\n");
	expect_answer(p.dan, "KICK #cam zoe",
		      ":chat.localhost 401 dan zoe :No such nick/channel\n");
	/* Who kicks himself is no operator for the rest. */
	expect_answer(p.dan, "KICK #cam dan,eve",
		      ":dan!~dan@127.0.0.1 KICK #cam dan :dan\n"
		      ":chat.localhost 442 dan #cam :You're not on that channel\n");
}

static void test_who_tells_what_is_asked(struct harness *h)
{
	static const struct {
		const char *line, *answer;
	} cases[] = {
		{"WHO #cam", ":chat.localhost 352 eve #cam ~dan 127.0.0.1 chat.localhost dan G@ "
			     ":0 Real dan\n"
			     ":chat.localhost 352 eve #cam ~eve 127.0.0.1 chat.localhost eve HB "
			     ":0 Real eve\n"
			     ":chat.localhost 315 eve #cam :End of WHO list\n"},
		{"WHO dan %tcuhnfar,42",
		 ":chat.localhost 354 eve 42 #cam ~dan 127.0.0.1 dan G@ 0 :Real dan\n"
		 ":chat.localhost 315 eve dan :End of WHO list\n"},
		{"WHO d* %n", ":chat.localhost 354 eve dan\n"
			      ":chat.localhost 315 eve d* :End of WHO list\n"},
		{"WHO zoe", ":chat.localhost 315 eve zoe :End of WHO list\n"},
		{"WHO joe %cn", ":chat.localhost 354 eve * joe\n"
				":chat.localhost 315 eve joe :End of WHO list\n"},
		/* joe is invisible, and shares no room. */
		{"WHO jo?", ":chat.localhost 315 eve jo? :End of WHO list\n"},
		{"WHO *!~dan@* %ni", ":chat.localhost 354 eve 255.255.255.255 dan\n"
				     ":chat.localhost 315 eve *!~dan@* :End of WHO list\n"},
		{"WHO eve %ni", ":chat.localhost 354 eve 127.0.0.1 eve\n"
				":chat.localhost 315 eve eve :End of WHO list\n"},
		/* All that there is, in its order; what it doesn't know isn't there. */
		{"WHO dan %roaldfnshiuctX,7", ":chat.localhost 354 eve 7 #cam ~dan 255.255.255.255 "
					      "127.0.0.1 chat.localhost dan G@ "
					      "0 0 0 n/a :Real dan\n"
					      ":chat.localhost 315 eve dan :End of WHO list\n"},
		{"WHO Real?d* %n", ":chat.localhost 354 eve dan\n"
				   ":chat.localhost 315 eve Real?d* :End of WHO list\n"},
		{"WHO Real?d* nu%n", ":chat.localhost 315 eve Real?d* :End of WHO list\n"},
		{"WHO Real?d* r%n", ":chat.localhost 354 eve dan\n"
				    ":chat.localhost 315 eve Real?d* :End of WHO list\n"},
		{"WHO #cam o%n", ":chat.localhost 315 eve #cam :End of WHO list\n"},
		{"WHO dan h%n", ":chat.localhost 315 eve dan :End of WHO list\n"},
		{"USERHOST dan zoe eve",
		 ":chat.localhost 302 eve :dan=-~dan@127.0.0.1 eve=+~eve@127.0.0.1\n"},
		{"ISON zoe", ":chat.localhost 303 eve :\n"},
		{"ISON :joe zoe dan", ":chat.localhost 303 eve :joe dan\n"},
		{"WHOIS", ":chat.localhost 431 eve :No nickname given\n"},
		{"PRIVMSG dan :hi", ":chat.localhost 301 eve dan :out\n"},
		{"NOTICE dan :hi", ""},
	};
	struct pair p = start(h, "");

	chat_person(p.chat, "joe", "");
	expect_answer(p.eve, "MODE eve +B", ":eve!~eve@127.0.0.1 MODE eve +B\n");
	expect_answer(p.dan, "AWAY :out",
		      ":chat.localhost 306 dan :You have been marked as being away\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_answer(p.eve, cases[i].line, cases[i].answer);
	char *answer = chat_ask(p.dan, "WHOIS chat.localhost eve");
	chat_has(answer, ":chat.localhost 311 dan eve ~eve 127.0.0.1 * :Real eve\n"
			 ":chat.localhost 319 dan eve :#cam\n"
			 ":chat.localhost 312 dan eve chat.localhost :Spillway\n"
			 ":chat.localhost 335 dan eve :is a bot\n"
			 ":chat.localhost 317 dan eve ");
	chat_has(answer, ":chat.localhost 318 dan eve :End of /WHOIS list\n");
	chat_has(chat_ask(p.eve, "WHOIS dan"), ":chat.localhost 301 eve dan :out\n");
	expect_answer(p.dan, "AWAY",
		      ":chat.localhost 305 dan :You are no longer marked as being away\n");
}

static void test_whowas_remembers_who_left_and_old_names(struct harness *h)
{
	struct pair p = start(h, "");

	chat_ask(p.eve, "NICK eva");
	char *answer = chat_ask(p.dan, "WHOWAS EVE");
	chat_has(answer, ":chat.localhost 314 dan eve ~eve 127.0.0.1 * :Real eve\n"
			 ":chat.localhost 312 dan eve chat.localhost :20");
	chat_say(p.eve, "QUIT");
	chat_wait(p.eve, "ERROR");
	chat_has(chat_ask(p.dan, "WHOWAS eva 1"), ":chat.localhost 314 dan eva ");
	expect_answer(p.dan, "WHOWAS zoe",
		      ":chat.localhost 406 dan zoe :There was no such nickname\n"
		      ":chat.localhost 369 dan zoe :End of WHOWAS\n");
}

static void test_own_modes(struct harness *h)
{
	struct pair p = start(h, "");

	expect_answer(p.dan, "MODE dan", ":chat.localhost 221 dan :+i\n");
	expect_answer(p.dan, "MODE dan -i+w", ":dan!~dan@127.0.0.1 MODE dan -i+w\n");
	expect_answer(p.dan, "MODE dan +wx", ":chat.localhost 501 dan :Unknown mode flag\n");
	expect_answer(p.dan, "MODE eve +i",
		      ":chat.localhost 502 dan :Can't change mode for other users\n");
	expect_answer(p.dan, "MODE zoe +i", ":chat.localhost 401 dan zoe :No such nick/channel\n");
	chat_has(chat_ask(p.dan, "LUSERS"),
		 ":chat.localhost 251 dan :There are 1 users and 1 invisible on 1 server\n");
}

static void test_server_answers_about_itself(struct harness *h)
{
	static const struct {
		const char *line, *part;
	} cases[] = {
		{"VERSION", ":chat.localhost 351 dan spillway-chat-"},
		{"VERSION", " UTF8ONLY WHOX :are supported by this server\n"},
		{"TIME", ":chat.localhost 391 dan chat.localhost :20"},
		{"INFO", ":chat.localhost 374 dan :End of /INFO list\n"},
		{"HELP", ":ANNOUNCE ANNOUNCEMENTS "},
		{"HELP join",
		 ":chat.localhost 704 dan JOIN :JOIN <room>{,<room>} [<key>{,<key>}]\n"},
		{"HELP bogus", ":chat.localhost 524 dan * :No help available on this topic\n"},
		{"STATS u", ":chat.localhost 242 dan :Server Up 0 days 0:"},
		{"STATS m", ":chat.localhost 212 dan HELP :3\n"},
		{"STATS l", ":chat.localhost 211 dan chat.localhost 0 "},
		{"STATS i", ":chat.localhost 215 dan I * * * 0 :clients\n"},
		{"STATS y", ":chat.localhost 218 dan Y clients 90 10000 :2097152\n"},
		{"STATS k", ":chat.localhost 481 dan :"},
		{"STATS k", ":chat.localhost 219 dan k :End of /STATS report\n"},
		{"STATS ?", ":chat.localhost 219 dan * :End of /STATS report\n"},
		{"MOTD", ":chat.localhost 422 dan :There is no message of the day\n"},
		{"PING a", ":chat.localhost PONG chat.localhost :a\n"},
		{"PING :a b", ":chat.localhost PONG chat.localhost :a b\n"},
		{"PING", ":chat.localhost 461 dan PING :Not enough parameters\n"},
		{"PING :", ":chat.localhost 409 dan :No origin specified\n"},
		{"LUSERS", ":chat.localhost 254 dan 1 :channels formed\n"},
		{"NAMES", ":chat.localhost 366 dan * :End of /NAMES list\n"},
	};
	struct pair p = start(h, "");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		chat_has(chat_ask(p.dan, cases[i].line), cases[i].part);
}

static void test_limits_on_rooms_are_told(struct harness *h)
{
	struct chat *chat = chat_start(h, "--max-joined", "2", "--max-rooms", "3", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#a,#b");
	struct client *eve = chat_member(chat, "eve", "", "#c");

	expect_answer(dan, "JOIN #c",
		      ":chat.localhost 405 dan #c :You have joined too many channels\n");
	chat_has(chat_ask(eve, "JOIN #d"), ":chat.localhost FAIL JOIN TOO_MANY_ROOMS #d :");
	chat_ask(dan, "PART #a");
	chat_has(chat_ask(eve, "JOIN #d"), " JOIN #d\n");
}

static void test_who_comes_late_into_a_large_room_is_hushed(struct harness *h)
{
	struct chat *chat = chat_start(h, "--quiet-room", "2", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	struct client *joe = chat_person(chat, "joe", "");
	struct client *ann = chat_person(chat, "ann", "");

	chat_so_far(dan);
	chat_say(joe, "JOIN #cam");
	chat_expect(joe, ":joe!~joe@127.0.0.1 JOIN #cam");
	chat_expect(joe, ":chat.localhost 353 joe = #cam :@dan eve joe");
	chat_so_far(joe);
	chat_say(ann, "JOIN #cam");
	chat_so_far(ann);
	/* Operators see who comes; the others don't, but hear everybody. */
	chat_expect(dan, ":joe!~joe@127.0.0.1 JOIN #cam");
	chat_expect(dan, ":ann!~ann@127.0.0.1 JOIN #cam");
	chat_say(joe, "PRIVMSG #cam :hello");
	chat_expect(eve, ":joe!~joe@127.0.0.1 PRIVMSG #cam :hello");
	chat_say(joe, "NICK jim");
	chat_expect(joe, ":joe!~joe@127.0.0.1 NICK :jim");
	chat_say(joe, "PART #cam");
	chat_expect(joe, ":jim!~joe@127.0.0.1 PART #cam");
	chat_wait(dan, ":jim!~joe@127.0.0.1 PART #cam");
	chat_say(ann, "QUIT");
	chat_wait(dan, ":ann!~ann@127.0.0.1 QUIT :");
	assert_string_equal(chat_so_far(eve), "");
	/* Whose coming was told, his going is told, too. */
	chat_say(dan, "QUIT");
	chat_expect(eve, ":dan!~dan@127.0.0.1 QUIT :Quit: ");
}

static void test_operator_in_a_large_room_shows(struct harness *h)
{
	struct chat *chat = chat_start(h, "--quiet-room", "1", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	struct client *joe = chat_member(chat, "joe", "", "#cam");

	chat_say(dan, "MODE #cam +o eve");
	chat_expect(joe, ":dan!~dan@127.0.0.1 MODE #cam +o eve");
	chat_say(joe, "NAMES #cam");
	chat_expect(joe, ":chat.localhost 353 joe = #cam :@dan @eve joe");
	chat_so_far(joe);
	chat_say(eve, "PART #cam");
	chat_expect(joe, ":eve!~eve@127.0.0.1 PART #cam");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_joining_tells_topic_and_names),
		HARNESS_TEST(test_modes_keep_out_whom_they_should),
		HARNESS_TEST_ON(test_modes_silence_whom_they_should, "epoll"),
		HARNESS_TEST_ON(test_modes_are_told_as_they_were_changed, "epoll"),
		HARNESS_TEST_ON(test_long_changes_of_modes_take_several_messages, "epoll"),
		HARNESS_TEST_ON(test_list_of_masks_is_bounded, "epoll"),
		HARNESS_TEST_ON(test_invitation_opens_once, "epoll"),
		HARNESS_TEST_ON(test_secret_rooms_are_not_seen, "epoll"),
		HARNESS_TEST_ON(test_list_has_conditions, "epoll"),
		HARNESS_TEST_ON(test_marks_reach_whom_they_mean, "epoll"),
		HARNESS_TEST_ON(test_errors_of_talking, "epoll"),
		HARNESS_TEST_ON(test_who_tells_what_is_asked, "epoll"),
		HARNESS_TEST_ON(test_whowas_remembers_who_left_and_old_names, "epoll"),
		HARNESS_TEST_ON(test_own_modes, "epoll"),
		HARNESS_TEST_ON(test_server_answers_about_itself, "epoll"),
		HARNESS_TEST_ON(test_limits_on_rooms_are_told, "epoll"),
		HARNESS_TEST_ON(test_who_comes_late_into_a_large_room_is_hushed, "epoll"),
		HARNESS_TEST_ON(test_operator_in_a_large_room_shows, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
