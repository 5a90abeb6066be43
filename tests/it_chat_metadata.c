/* SPDX-License-Identifier: MIT */
/* What people say of themselves, and operators of their rooms (IRCv3 draft/metadata-2 and -3). */
#include <stdio.h>
#include <string.h>

#include "tests/harness_account.h"

#define CAPS "batch draft/metadata-3"
#define SECOND "batch draft/metadata-2"
#define HOST ":chat.localhost "

/* Batches lose their names, which count up. */
static char *without_names(char *text)
{
	static const char *const before[] = {"BATCH +", "BATCH -", "@batch="};

	for (size_t i = 0; i < 3; i++) {
		for (char *at = strstr(text, before[i]); at != NULL; at = strstr(at, before[i])) {
			at += strlen(before[i]);
			memmove(at, at + strspn(at, "0123456789"),
				strlen(at + strspn(at, "0123456789")) + 1);
		}
	}
	return text;
}

/* Says a line; all that came of it is this. */
static void asks(struct client *client, const char *line, const char *answer)
{
	assert_string_equal(without_names(chat_ask(client, line)), answer);
}

/* ---- values ---- */

static void test_a_guest_says_who_he_is(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_person(chat, "dan", CAPS), *eve = chat_person(chat, "eve", "");

	asks(dan, "METADATA * SET color #ff0000", HOST "761 dan * color * :#ff0000\n");
	asks(dan, "METADATA dan SET pronouns :they / them",
	     HOST "761 dan dan pronouns * :they / them\n");
	/* Whoever asks, with batches or without. */
	asks(eve, "METADATA dan GET color status pronouns",
	     HOST "761 eve dan color * :#ff0000\n" HOST "766 eve dan status :Key not set\n" HOST
		  "761 eve dan pronouns * :they / them\n");
	asks(dan, "METADATA DAN LIST",
	     HOST "BATCH + metadata DAN\n@batch= " HOST
		  "761 dan DAN color * :#ff0000\n@batch= " HOST
		  "761 dan DAN pronouns * :they / them\n" HOST "BATCH -\n");
	asks(eve, "METADATA dan SET color #000000",
	     HOST "FAIL METADATA KEY_NO_PERMISSION dan color :That is for them to say\n");
	asks(dan, "METADATA * SET color", HOST "766 dan * color :Key not set\n");
	asks(dan, "METADATA * SET color :", HOST "766 dan * color :Key not set\n");
	asks(dan, "METADATA * CLEAR",
	     HOST "BATCH + metadata *\n@batch= " HOST "766 dan * pronouns :Key not set\n" HOST
		  "BATCH -\n");
	asks(eve, "METADATA dan LIST", "");
	/* It goes with him. */
	chat_ask(dan, "METADATA * SET color #ff0000");
	chat_say(dan, "QUIT");
	chat_wait(dan, "ERROR");
	wait_for(strstr(chat_ask(eve, "ISON dan"), "303 eve :dan") == NULL);
	asks(eve, "METADATA dan GET color",
	     HOST "FAIL METADATA INVALID_TARGET dan :There is nobody and no room of that name\n");
	chat_person(chat, "dan", "");
	asks(eve, "METADATA dan LIST", "");
}

static void test_an_account_is_asked_while_it_isnt_here(struct harness *h)
{
	char *folder = harness_path(h, "kept"), *long_value = harness_alloc(h, 401);
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = account_owner(chat, "dan", CAPS), *phone, *eve;

	memset(long_value, 'A', 400);
	long_value[400] = '\0';
	chat_has(chat_ask(dan, harness_format(h, "METADATA * SET spillway/e2e :%s", long_value)),
		 harness_format(h, " 761 dan * spillway/e2e * :%s\n", long_value));
	chat_ask(dan, "METADATA * SET status :at home");
	/* All his connections are he. */
	phone = account_return(chat, "dan_", "dan", CAPS, NULL);
	asks(phone, "METADATA * GET status",
	     HOST "BATCH + metadata *\n@batch= " HOST "761 dan_ * status * :at home\n" HOST
		  "BATCH -\n");
	asks(phone, "METADATA * SET status :on the way", HOST "761 dan_ * status * :on the way\n");
	chat_has(chat_ask(dan, "METADATA * GET status"), "761 dan * status * :on the way\n");
	chat_has(chat_ask(dan, "METADATA dan_ GET status"), "761 dan dan_ status * :on the way\n");
	chat_stop(chat);
	/* Nobody is there but who asks. */
	chat = chat_start(h, "--data", folder, NULL);
	eve = chat_person(chat, "eve", "labeled-response batch");
	asks(eve, "@label=x METADATA Dan GET status color %% spillway/e2e",
	     harness_format(h,
			    "@label=x " HOST "BATCH + metadata Dan\n@batch= " HOST
			    "761 eve Dan status * :on the way\n@batch= " HOST
			    "766 eve Dan color :Key not set\n@batch= " HOST
			    "WARN METADATA INVALID_KEY %%%% :That can't be a key\n@batch= " HOST
			    "761 eve Dan spillway/e2e * :%s\n" HOST "BATCH -\n",
			    long_value));
	asks(eve, "METADATA dan SET status :gone",
	     HOST "FAIL METADATA KEY_NO_PERMISSION dan status :That is for them to say\n");
	dan = account_return(chat, "dan", "dan", CAPS, NULL);
	chat_has(chat_ask(dan, "METADATA * LIST"), "761 dan * status * :on the way\n");
	asks(dan, "METADATA * SET status", HOST "766 dan * status :Key not set\n");
	chat_has(chat_ask(eve, "METADATA dan GET status"), "766 eve dan status :Key not set\n");
	/* It goes with the account. */
	chat_has(chat_ask(dan, "UNREGISTER :" ACCOUNT_PASSWORD), "ACCOUNT_DELETED");
	asks(eve, "METADATA dan LIST", HOST "BATCH + metadata dan\n" HOST "BATCH -\n");
	chat_say(dan, "QUIT");
	chat_wait(dan, "ERROR");
	wait_for(strstr(chat_ask(eve, "METADATA dan LIST"), "INVALID_TARGET") != NULL);
	chat_stop(chat);
}

static void test_what_a_room_has_is_its_operators_to_say(struct harness *h)
{
	char *folder = harness_path(h, "kept");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = account_owner(chat, "dan", ""), *eve, *op;

	chat_ask(dan, "JOIN #cam");
	asks(dan, "METADATA #CAM SET homepage https://example.org/cam",
	     HOST "761 dan #cam homepage * :https://example.org/cam\n");
	chat_ask(dan, "METADATA #cam SET color #00ff00");
	eve = chat_member(chat, "eve", "", "#cam");
	asks(eve, "METADATA #cam SET color #0000ff",
	     HOST "FAIL METADATA KEY_NO_PERMISSION #cam color :You're not a channel operator\n");
	asks(eve, "METADATA #cam CLEAR",
	     HOST "FAIL METADATA KEY_NO_PERMISSION #cam * :You're not a channel operator\n");
	/* Whoever asks, unless he mustn't know of it. */
	op = chat_person(chat, "op", "");
	asks(op, "METADATA #cam LIST",
	     HOST "761 op #cam color * :#00ff00\n" HOST
		  "761 op #cam homepage * :https://example.org/cam\n");
	chat_ask(dan, "MODE #cam +s");
	chat_has(chat_ask(op, "METADATA #cam LIST"), "FAIL METADATA INVALID_TARGET #cam :");
	chat_has(chat_ask(op, "METADATA #none LIST"), "FAIL METADATA INVALID_TARGET #none :");
	chat_has(chat_ask(eve, "METADATA #cam GET color"), "#00ff00");
	chat_has(chat_ask(dan, "AUDIT #cam"), "metadata");
	chat_stop(chat);
	/* It is kept with the room. */
	chat = chat_start(h, "--data", folder, NULL);
	dan = account_return(chat, "dan", "dan", "", NULL);
	chat_ask(dan, "JOIN #cam");
	chat_has(chat_ask(dan, "METADATA #cam LIST"), "homepage * :https://example.org/cam\n");
	asks(dan, "METADATA #cam CLEAR",
	     HOST "766 dan #cam color :Key not set\n" HOST "766 dan #cam homepage :Key not set\n");
	asks(dan, "METADATA #cam LIST", "");
	/* One that isn't kept has it while somebody is there; who owns it later keeps it. */
	eve = chat_member(chat, "eve", "", "#new");
	chat_has(chat_ask(eve, "METADATA #new SET color #ff0000"), "761 eve #new color");
	chat_ask(eve, "PART #new");
	chat_has(chat_ask(eve, "METADATA #new LIST"), "INVALID_TARGET");
	chat_stop(chat);
}

static void test_operators_take_away_what_others_say(struct harness *h)
{
	char *folder = harness_path(h, "kept");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = account_owner(chat, "dan", ""), *boss, *guest;

	chat_ask(dan, "METADATA * SET status :rude");
	chat_ask(dan, "METADATA * SET color #ff0000");
	account_owner(chat, "boss", "");
	chat_stop(chat);
	account_appoint(h, folder, "boss");
	chat = chat_start(h, "--data", folder, NULL);
	boss = account_return(chat, "boss", "boss", "", NULL);
	asks(boss, "METADATA dan SET status :polite",
	     HOST "FAIL METADATA KEY_NO_PERMISSION dan status :That is for them to say\n");
	asks(boss, "METADATA dan SET status", HOST "766 boss dan status :Key not set\n");
	asks(boss, "METADATA dan LIST", HOST "761 boss dan color * :#ff0000\n");
	dan = account_return(chat, "dan", "dan", "", NULL);
	asks(boss, "METADATA dan CLEAR", HOST "766 boss dan color :Key not set\n");
	asks(dan, "METADATA * LIST", "");
	guest = chat_person(chat, "guest", "");
	chat_ask(guest, "METADATA * SET status :rude");
	asks(boss, "METADATA guest SET status", HOST "766 boss guest status :Key not set\n");
	asks(guest, "METADATA * LIST", "");
	chat_has(chat_ask(boss, "AUDIT"), "metadata");
	chat_stop(chat);
}

/* ---- who is told ---- */

static void hears_nothing(struct client *client)
{
	assert_string_equal(chat_so_far(client), "");
}

static void test_subscribers_who_see_somebody_are_told(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", CAPS, "#cam");
	struct client *eve = chat_member(chat, "eve", CAPS, "#cam");
	struct client *old = chat_member(chat, "old", SECOND, "#cam");
	struct client *deaf = chat_member(chat, "deaf", CAPS, "#cam");
	struct client *plain = chat_member(chat, "plain", "", "#cam");
	struct client *far = chat_member(chat, "far", CAPS, "#dog");
	struct client *watcher = chat_member(chat, "watcher", CAPS, "#dog");

	chat_ask(watcher, "MONITOR + dan");
	for (size_t i = 0; i < 5; i++)
		chat_has(chat_ask((struct client *[]){eve, old, plain, far, watcher}[i],
				  "METADATA * SUB color"),
			 " color\n");
	chat_ask(deaf, "METADATA * SUB status");
	chat_ask(dan, "METADATA * SUB color status");
	/* Who changes it has the answer alone. */
	asks(dan, "METADATA * SET color #ff0000", HOST "761 dan * color * :#ff0000\n");
	chat_expect(eve, HOST "761 eve dan color * :#ff0000");
	chat_expect(old, HOST "METADATA dan color * :#ff0000");
	chat_expect(watcher, HOST "761 watcher dan color * :#ff0000");
	/* Nothing has changed. */
	chat_ask(dan, "METADATA * SET color #ff0000");
	chat_ask(dan, "METADATA * SET pronouns x");
	asks(dan, "METADATA * SET color", HOST "766 dan * color :Key not set\n");
	chat_expect(eve, HOST "766 eve dan color :Key not set");
	chat_expect(old, HOST "METADATA dan color *");
	chat_expect(watcher, HOST "766 watcher dan color :Key not set");
	/* Rooms: their members. */
	asks(dan, "METADATA #cam SET color #00ff00", HOST "761 dan #cam color * :#00ff00\n");
	chat_expect(eve, HOST "761 eve #cam color * :#00ff00");
	chat_expect(old, HOST "METADATA #cam color * :#00ff00");
	/* Not any more. */
	chat_ask(eve, "METADATA * UNSUB color");
	chat_ask(old, "CAP REQ -draft/metadata-2");
	chat_ask(dan, "METADATA * SET color #0000ff");
	chat_ask(dan, "METADATA * CLEAR");
	hears_nothing(eve);
	hears_nothing(old);
	hears_nothing(deaf);
	hears_nothing(plain);
	hears_nothing(far);
	chat_has(chat_ask(old, "CAP REQ draft/metadata-2"), "BATCH +");
	chat_has(chat_ask(old, "METADATA * SUBS"), "metadata-subs");
	assert_null(strstr(chat_ask(old, "METADATA * SUBS"), "772"));
}

static void test_all_connections_of_an_account_are_told(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", CAPS), *phone, *eve;

	phone = account_return(chat, "dan_", "dan", CAPS, NULL);
	eve = chat_member(chat, "eve", CAPS, "#cam");
	chat_ask(eve, "METADATA * SUB color");
	chat_ask(phone, "METADATA * SUB color");
	chat_ask(phone, "JOIN #cam");
	chat_so_far(eve);
	asks(dan, "METADATA * SET color #ff0000", HOST "761 dan * color * :#ff0000\n");
	chat_expect(phone, HOST "761 dan_ dan_ color * :#ff0000");
	/* She sees that one. */
	chat_expect(eve, HOST "761 eve dan_ color * :#ff0000");
	chat_has(chat_ask(eve, "WHOIS dan_"), " 318 ");
	chat_ask(dan, "METADATA * SET pronouns they/them");
	chat_has(chat_ask(eve, "WHOIS dan_"), HOST "760 eve dan_ pronouns * :they/them\n");
	assert_null(strstr(chat_ask(chat_person(chat, "plain", ""), "WHOIS dan_"), " 760 "));
	/* Who becomes somebody else says something else. */
	struct client *guest = chat_member(chat, "guest", "sasl", "#cam");
	chat_ask(guest, "METADATA * SET color #000000");
	chat_wait(eve, HOST "761 eve guest color * :#000000");
	account_begin_log_in(guest, "dan", ACCOUNT_PASSWORD);
	chat_wait(guest, " 903 ");
	chat_wait(eve, HOST "766 eve guest color :Key not set");
	chat_wait(eve, HOST "761 eve guest color * :#ff0000");
	/* And so who is nobody any more. */
	chat_ask(dan, "UNREGISTER :" ACCOUNT_PASSWORD);
	chat_wait(eve, HOST "766 eve guest color :Key not set");
}

static void test_subscriptions(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_person(chat, "dan", CAPS),
		      *eve = chat_person(chat, "eve", SECOND);
	char line[256] = "METADATA * SUB";

	asks(dan, "METADATA * SUBS", HOST "BATCH + metadata-subs\n" HOST "BATCH -\n");
	asks(dan, "METADATA * SUB color %% x/y",
	     HOST "WARN METADATA INVALID_KEY %% :That can't be a key\n" HOST
		  "770 dan color x/y\n" HOST "BATCH + metadata *ALL\n" HOST "BATCH -\n");
	/* No new one. */
	asks(dan, "METADATA dan SUB color", HOST "770 dan color\n");
	asks(dan, "METADATA * UNSUB x/y never", HOST "771 dan x/y never\n");
	asks(dan, "METADATA * SUBS",
	     HOST "BATCH + metadata-subs\n@batch= " HOST "772 dan color\n" HOST "BATCH -\n");
	chat_has(chat_ask(dan, "METADATA eve SUB color"), "FAIL METADATA INVALID_TARGET eve :");
	chat_has(chat_ask(dan, "METADATA #cam SUBS"), "FAIL METADATA INVALID_TARGET #cam :");
	chat_has(chat_ask(dan, "METADATA *ALL LIST"), "FAIL METADATA INVALID_TARGET *ALL :");
	/* So many. */
	for (int i = 1; i < 30; i++) {
		snprintf(line, sizeof(line), "METADATA * SUB k%d", i);
		chat_has(chat_ask(dan, line), " 770 dan k");
	}
	chat_has(chat_ask(dan, "METADATA * SUB color more color"),
		 HOST "770 dan color\n" HOST "FAIL METADATA LIMIT_REACHED more 30 :");
	for (int i = 0; i < 30; i++) {
		snprintf(line, sizeof(line), "METADATA * SUB k%d", i);
		chat_ask(eve, line);
	}
	chat_has(chat_ask(eve, "METADATA * SUB more"), "FAIL METADATA TOO_MANY_SUBS more 30 :");
	chat_has(chat_ask(eve, "METADATA * SUBS"), " 772 eve k0 k1 k10 k11 k12 k13 k14 k15 k16 ");
}

static void test_what_there_is_is_told_to_who_comes(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", CAPS), *eve, *old;
	char *said;

	chat_ask(dan, "JOIN #cam");
	chat_ask(dan, "METADATA * SET color #ff0000");
	chat_ask(dan, "METADATA * SET status :not asked for");
	chat_ask(dan, "METADATA #cam SET color #00ff00");
	eve = chat_person(chat, "eve", CAPS " labeled-response");
	chat_ask(eve, "METADATA * SUB color");
	/* In a room, */
	said = chat_ask(eve, "JOIN #cam");
	chat_has(said, " metadata #cam\n");
	chat_has(said, HOST "761 eve #cam color * :#00ff00\n");
	chat_has(said, HOST "761 eve dan color * :#ff0000\n");
	assert_null(strstr(said, "not asked for"));
	/* when it is asked for, */
	chat_has(chat_ask(eve, "METADATA #cam SYNC"), HOST "761 eve dan color * :#ff0000\n");
	chat_has(chat_ask(eve, "METADATA dan SYNC"), HOST "761 eve dan color * :#ff0000\n");
	chat_has(chat_ask(eve, "METADATA *ALL SYNC"), HOST "761 eve dan color * :#ff0000\n");
	chat_has(chat_ask(eve, "METADATA #dog SYNC"), "FAIL METADATA INVALID_TARGET #dog :");
	/* by a new key, within the label's answer, */
	said = chat_ask(eve, "@label=x METADATA * SUB status");
	chat_has(said, " labeled-response\n");
	chat_has(said, HOST "770 eve status\n");
	chat_has(said, HOST "761 eve dan status * :not asked for\n");
	assert_null(strstr(said, "#ff0000"));
	assert_true(strstr(said, "@label=x ") == said);
	/* in the words of the second draft, */
	old = chat_person(chat, "old", SECOND);
	chat_ask(old, "METADATA * SUB color");
	chat_has(chat_ask(old, "JOIN #cam"), HOST "METADATA dan color * :#ff0000\n");
	chat_has(chat_ask(old, "METADATA *ALL SYNC"), HOST "METADATA #cam color * :#00ff00\n");
	/* of who is monitored, */
	struct client *watcher = chat_person(chat, "watcher", CAPS);
	chat_ask(watcher, "METADATA * SUB color");
	chat_has(chat_ask(watcher, "MONITOR + dan"), HOST "774 watcher *ALL 0 :");
	chat_has(chat_ask(watcher, "METADATA *ALL SYNC"),
		 HOST "761 watcher dan color * :#ff0000\n");
	chat_ask(watcher, "MONITOR + dan_");
	account_return(chat, "dan_", "dan", CAPS, &said);
	chat_wait(watcher, " 730 watcher ");
	chat_wait(watcher, HOST "761 watcher dan_ color * :#ff0000");
	/* and of himself, with the welcome. */
	struct client *phone = client_connect(h, chat->port);
	chat_say(phone, "CAP REQ :sasl " CAPS);
	chat_say(phone, "NICK dan__");
	chat_say(phone, "USER dan 0 * :Dan");
	account_begin_log_in(phone, "dan", ACCOUNT_PASSWORD);
	chat_say(phone, "CAP END");
	chat_wait(phone, " 001 ");
	chat_wait(phone, " metadata dan__");
	chat_wait(phone, HOST "761 dan__ dan__ color * :#ff0000");
	chat_wait(phone, HOST "761 dan__ dan__ status * :not asked for");
	chat_wait(phone, " 422 ");
}

static void test_members_are_told_of_who_comes(struct harness *h)
{
	struct chat *chat = chat_start(h, "--quiet-room", "3", NULL);
	struct client *boss = chat_member(chat, "boss", CAPS, "#cam"),
		      *old = chat_member(chat, "old", SECOND, "#cam"),
		      *dan = chat_person(chat, "dan", CAPS),
		      *late = chat_person(chat, "late", CAPS);

	chat_ask(boss, "METADATA * SUB color");
	chat_ask(old, "METADATA * SUB color");
	chat_ask(dan, "METADATA * SET color #ff0000");
	chat_ask(dan, "METADATA * SET status :not asked for");
	chat_ask(late, "METADATA * SET color #0000ff");
	chat_so_far(boss);
	chat_so_far(old);
	assert_null(strstr(chat_ask(dan, "JOIN #cam"), " 761 "));
	chat_wait(boss, ":dan!");
	chat_expect(boss, HOST "761 boss dan color * :#ff0000");
	chat_wait(old, ":dan!");
	chat_expect(old, HOST "METADATA dan color * :#ff0000");
	/* Whose coming isn't told. */
	chat_ask(late, "JOIN #cam");
	chat_wait(boss, ":late!");
	chat_expect(boss, HOST "761 boss late color * :#0000ff");
	hears_nothing(old);
}

/* Its connection; the server knows. */
static void lose(struct client *client)
{
	client_shutdown(client);
	chat_wait(client, "ERROR :Closing link");
	client_close(client);
}

static void test_who_comes_back_silently_says_what_is_another_thing(struct harness *h)
{
	struct chat *chat = chat_start(h, "--leave-delay", "600", NULL);
	struct client *eve = chat_member(chat, "eve", CAPS, "#cam"), *far;
	struct client *dan = chat_member(chat, "dan", CAPS, "#cam"), *boss;

	chat_ask(eve, "METADATA * SUB color status");
	chat_ask(dan, "METADATA * SET color #ff0000");
	chat_ask(dan, "METADATA * SET status :here");
	lose(dan);
	dan = client_connect(h, chat->port);
	chat_say(dan, "CAP REQ :" CAPS);
	chat_say(dan, "METADATA * SET color #00ff00");
	chat_say(dan, "NICK dan");
	chat_say(dan, "USER dan 0 * :Real dan");
	chat_say(dan, "CAP END");
	chat_wait(dan, " 422 ");
	chat_so_far(eve);
	chat_ask(dan, "JOIN #cam");
	chat_expect(eve, HOST "761 eve dan color * :#00ff00");
	hears_nothing(eve);
	chat_has(chat_ask(eve, "METADATA dan GET status"), " * :here\n");
	/* Of an account that is away for a moment there is all that there was. */
	boss = account_owner(chat, "boss", CAPS);
	chat_ask(boss, "METADATA * SET color #0000ff");
	chat_ask(boss, "JOIN #cam");
	lose(boss);
	far = chat_person(chat, "far", CAPS);
	chat_ask(far, "METADATA * SUB color");
	chat_has(chat_ask(far, "JOIN #cam"), HOST "761 far boss color * :#0000ff\n");
}

static void test_what_is_too_much_at_once_is_told_so(struct harness *h)
{
	struct chat *chat = chat_start(h, "--max-queue", "32K", NULL);
	struct client *dan = chat_member(chat, "dan", CAPS, "#cam"),
		      *eve = chat_person(chat, "eve", CAPS);
	char line[512];

	chat_ask(dan, "JOIN #dog");
	for (int i = 0; i < 20; i++) {
		snprintf(line, sizeof(line), "METADATA * SET k%02d :%0400d", i, 0);
		chat_has(chat_ask(dan, line), " 761 ");
		snprintf(line, sizeof(line), "METADATA * SUB k%02d", i);
		chat_has(chat_ask(eve, line), " 770 ");
	}
	chat_has(chat_ask(eve, "JOIN #dog"), HOST "NOTE METADATA LIMIT_REACHED #dog 2000 :");
	chat_ask(eve, "JOIN #cam");
	char *said = chat_ask(eve, "METADATA *ALL SYNC");
	chat_has(said, HOST "774 eve #dog 0 :");
	chat_has(said, HOST "774 eve #cam 0 :");
	assert_null(strstr(said, "NOTE"));
	chat_has(chat_ask(eve, "METADATA #cam SYNC"),
		 HOST "NOTE METADATA LIMIT_REACHED #cam 2000 :");
	chat_has(chat_ask(eve, "METADATA dan GET k19"), HOST "761 eve dan k19 * :000");
}

static void test_what_is_said_before_registration_counts(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = client_connect(h, chat->port);

	chat_say(dan, "CAP REQ :" CAPS);
	chat_say(dan, "METADATA * SET color #ff0000");
	chat_wait(dan, HOST "761 * * color * :#ff0000");
	chat_say(dan, "METADATA * SUB color");
	chat_wait(dan, HOST "770 * color");
	chat_say(dan, "METADATA dan LIST");
	chat_wait(dan, "FAIL METADATA INVALID_TARGET dan :");
	chat_say(dan, "NICK dan");
	chat_say(dan, "USER dan 0 * :Dan");
	chat_say(dan, "CAP END");
	chat_wait(dan, " 001 ");
	chat_wait(dan, HOST "761 dan dan color * :#ff0000");
	chat_has(chat_ask(dan, "METADATA * SUBS"), " 772 dan color\n");
}

static void test_who_asks_too_often_is_told_when(struct harness *h)
{
	struct chat *chat = chat_start(h, "--flood", "metadata=1/1h", NULL);
	struct client *dan = chat_person(chat, "dan", CAPS);

	chat_has(chat_ask(dan, "JOIN #cam"), " metadata #cam\n");
	chat_has(chat_ask(dan, "JOIN #dog"), " metadata #dog\n");
	chat_has(chat_ask(dan, "METADATA #cam SYNC"), " metadata #cam\n");
	chat_has(chat_ask(dan, "METADATA #cam SYNC"), HOST "774 dan #cam 3600 :");
	chat_has(chat_ask(dan, "METADATA * SUB color"), HOST "774 dan *ALL 3600 :");
}

/* ---- what can't be ---- */

static void test_what_cant_be_is_refused(struct harness *h)
{
	static const struct {
		const char *line, *third, *second;
	} cases[] = {
		{"METADATA", "INVALID_PARAMS * :", "SUBCOMMAND_INVALID * :"},
		{"METADATA *", "INVALID_PARAMS * :", "SUBCOMMAND_INVALID * :"},
		{"METADATA * SNEEZE", "INVALID_PARAMS SNEEZE :", "SUBCOMMAND_INVALID SNEEZE :"},
		{"METADATA * :: hi", "INVALID_PARAMS * :", "SUBCOMMAND_INVALID * :"},
		{"METADATA * GET", "INVALID_PARAMS GET :", "SUBCOMMAND_INVALID GET :"},
		{"METADATA * LIST x", "INVALID_PARAMS LIST :", "SUBCOMMAND_INVALID LIST :"},
		{"METADATA * SET a b c", "INVALID_PARAMS SET :", "SUBCOMMAND_INVALID SET :"},
		{"METADATA nobody LIST", "INVALID_TARGET nobody :", "INVALID_TARGET nobody :"},
		{"METADATA a!b@c LIST", "INVALID_TARGET a!b@c :", "INVALID_TARGET a!b@c :"},
		{"METADATA * SET Key v", "INVALID_KEY Key :", "KEY_INVALID Key :"},
		{"METADATA * SET $k v", "INVALID_KEY $k :", "KEY_INVALID $k :"},
		{"METADATA * SET color red", "INVALID_VALUE color :", "VALUE_INVALID color :"},
	};
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_person(chat, "dan", CAPS),
		      *eve = chat_person(chat, "eve", SECOND);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		chat_has(chat_ask(dan, cases[i].line),
			 harness_format(h, "FAIL METADATA %s", cases[i].third));
		chat_has(chat_ask(eve, cases[i].line),
			 harness_format(h, "FAIL METADATA %s", cases[i].second));
	}
	/* What isn't set can be removed by the third draft. */
	asks(dan, "METADATA * SET k", HOST "766 dan * k :Key not set\n");
	chat_has(chat_ask(eve, "METADATA * SET k"), "FAIL METADATA KEY_NOT_SET * k :");
	chat_has(chat_ask(eve, "METADATA * GET %%"), "FAIL METADATA KEY_INVALID %% :");
	chat_has(chat_ask(dan, "CAP REQ :draft/metadata-2"), "NAK");
}

static void fill(struct client *client, const char *target)
{
	char line[128];

	for (int i = 0; i < 20; i++) {
		snprintf(line, sizeof(line), "METADATA %s SET k%d v", target, i);
		chat_has(chat_ask(client, line), " 761 ");
	}
	snprintf(line, sizeof(line), "METADATA %s SET more v", target);
	chat_has(chat_ask(client, line),
		 harness_format(client->harness, "FAIL METADATA LIMIT_REACHED %s 20 :", target));
	snprintf(line, sizeof(line), "METADATA %s SET k3 other", target);
	chat_has(chat_ask(client, line), " k3 * :other\n");
}

static void test_nobody_has_too_many_keys(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *guest = chat_member(chat, "guest", "", "#loose"),
		      *dan = account_owner(chat, "dan", "");

	chat_ask(dan, "JOIN #kept");
	fill(guest, "*");
	fill(guest, "#loose");
	fill(dan, "*");
	fill(dan, "#kept");
}

static void test_changes_are_limited(struct harness *h)
{
	struct chat *chat = chat_start(h, "--flood", "metadata=2/1h", NULL);
	struct client *dan = chat_person(chat, "dan", CAPS);

	chat_ask(dan, "METADATA * SET a 1");
	chat_ask(dan, "METADATA * SET b 1");
	chat_has(chat_ask(dan, "METADATA * SET c 1"), "FAIL METADATA RATE_LIMITED * c 1800 :");
	chat_has(chat_ask(dan, "METADATA * CLEAR"), "FAIL METADATA RATE_LIMITED * * 1800 :");
	/* Asking isn't changing. */
	chat_has(chat_ask(dan, "METADATA * LIST"), " b * :1\n");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_a_guest_says_who_he_is),
		HARNESS_TEST(test_an_account_is_asked_while_it_isnt_here),
		HARNESS_TEST(test_what_a_room_has_is_its_operators_to_say),
		HARNESS_TEST(test_operators_take_away_what_others_say),
		HARNESS_TEST(test_subscribers_who_see_somebody_are_told),
		HARNESS_TEST(test_all_connections_of_an_account_are_told),
		HARNESS_TEST(test_subscriptions),
		HARNESS_TEST(test_what_there_is_is_told_to_who_comes),
		HARNESS_TEST(test_who_comes_back_silently_says_what_is_another_thing),
		HARNESS_TEST(test_members_are_told_of_who_comes),
		HARNESS_TEST(test_what_is_too_much_at_once_is_told_so),
		HARNESS_TEST(test_what_is_said_before_registration_counts),
		HARNESS_TEST(test_who_asks_too_often_is_told_when),
		HARNESS_TEST(test_what_cant_be_is_refused),
		HARNESS_TEST(test_nobody_has_too_many_keys),
		HARNESS_TEST(test_changes_are_limited),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
