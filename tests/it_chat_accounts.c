/* SPDX-License-Identifier: MIT */
/* Accounts: made, logged in to, kept, deleted. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "tests/harness_account.h"

#define PASSWORD ACCOUNT_PASSWORD

static char *base64(struct harness *h, const void *data, size_t len)
{
	size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
	char *text = harness_alloc(h, size);

	return sodium_bin2base64(text, size, data, len, sodium_base64_VARIANT_ORIGINAL);
}

/* Logs in before registration. */
static struct client *returning(struct chat *chat, const char *nick, const char *account)
{
	struct client *client = client_connect(chat->harness, chat->port);

	chat_say(client, "CAP REQ sasl");
	chat_say(client, "NICK %s", nick);
	chat_say(client, "USER %s 0 * :Real", nick);
	account_begin_log_in(client, account, PASSWORD);
	/* What comes at once waits until he is known. */
	chat_say(client, "CAP END");
	chat_has(chat_wait(client, " 900 "),
		 harness_format(chat->harness, " 900 %s * %s :You", nick, account));
	chat_has(chat_line(client), " 903 ");
	chat_has(chat_line(client), " 001 ");
	chat_so_far(client);
	return client;
}

/* ---- registering ---- */

static void test_an_account_is_made_and_outlives_a_kill(struct harness *h)
{
	char *folder = harness_path(h, "kept");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *eve = chat_member(chat, "eve", "account-notify", "#cam");
	struct client *dan = chat_member(chat, "Dan", "", "#cam");

	chat_wait(eve, " JOIN ");
	chat_say(dan, "REGISTER * * :%s", PASSWORD);
	chat_expect(dan, ":chat.localhost 900 Dan Dan!~Dan@127.0.0.1 Dan "
			 ":You are now logged in as Dan");
	chat_expect(dan, ":chat.localhost REGISTER SUCCESS Dan :The account has been made");
	chat_expect(eve, ":Dan!~Dan@127.0.0.1 ACCOUNT Dan");
	program_kill(chat->program);

	chat = chat_start(h, "--data", folder, NULL);
	dan = returning(chat, "dan", "Dan");
	/* As it was written first. */
	chat_has(chat_ask(dan, "WHOIS dan"), " 330 dan dan Dan :");
	assert_string_equal(chat_ask(dan, "REGISTER other * :long enough"),
			    ":chat.localhost FAIL REGISTER ALREADY_AUTHENTICATED Dan "
			    ":You are logged in to an account\n");
}

static void test_an_account_is_made_before_registration(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = client_connect(h, chat->port);

	/* It is told in several lines. */
	char *offer = chat_ask(dan, "CAP LS 302");
	chat_has(offer, " CAP * LS * :account-notify ");
	chat_has(offer, " CAP * LS :");
	chat_has(offer, "sasl=PLAIN,SCRAM-SHA-256 ");
	chat_has(chat_ask(dan, "CAP LS 302"), " draft/account-registration=before-connect ");
	chat_has(chat_ask(dan, "REGISTER * * :" PASSWORD), "FAIL REGISTER NEED_NICK * :");
	chat_say(dan, "NICK dan");
	chat_say(dan, "USER dan 0 * :Dan");
	chat_say(dan, "REGISTER dan * :" PASSWORD);
	chat_say(dan, "CAP END");
	chat_has(chat_line(dan), " 900 dan * dan :");
	chat_has(chat_line(dan), "REGISTER SUCCESS dan :");
	chat_has(chat_line(dan), " 001 dan :");
}

static void test_refused_registrations(struct harness *h)
{
	static const struct {
		const char *line, *answer;
	} cases[] = {
		{"REGISTER zoe * :" PASSWORD, "FAIL REGISTER ACCOUNT_NAME_MUST_BE_NICK zoe :"},
		{"REGISTER EVE * :" PASSWORD, "FAIL REGISTER ACCOUNT_NAME_MUST_BE_NICK EVE :"},
		{"REGISTER * * :short", "FAIL REGISTER WEAK_PASSWORD guest-1 :"},
		{"REGISTER * * :guest-1", "FAIL REGISTER WEAK_PASSWORD guest-1 :"},
		{"REGISTER * *", " 461 guest-1 REGISTER :"},
		{"VERIFY guest-1 12", "FAIL VERIFY INVALID_CODE guest-1 :"},
		{"PASSWORD " PASSWORD " other", "FAIL PASSWORD UNACCEPTABLE_PASSWORD :"},
		{"PASSWORD a longenough", "FAIL PASSWORD ACCOUNT_REQUIRED :"},
		{"UNREGISTER a", "FAIL UNREGISTER ACCOUNT_REQUIRED :"},
	};
	struct chat *chat = chat_start(h, "--max-accounts", "1", NULL);
	struct client *guest = chat_person(chat, "guest-1", "");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		chat_has(chat_ask(guest, cases[i].line), cases[i].answer);
	chat_has(chat_ask(guest, harness_format(h, "REGISTER * * :%0257d", 1)),
		 "FAIL REGISTER UNACCEPTABLE_PASSWORD guest-1 :");
	struct client *dan = account_owner(chat, "dan", "");
	chat_has(chat_ask(dan, "VERIFY dan 12"), "FAIL VERIFY ALREADY_AUTHENTICATED dan :");
	chat_has(chat_ask(guest, "REGISTER * * :" PASSWORD),
		 "FAIL REGISTER TEMPORARILY_UNAVAILABLE guest-1 "
		 ":This chat has as many accounts as it may have");
}

/* Both ask while neither is made. */
static void test_one_name_is_registered_once(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *first = client_connect(h, chat->port), *second;

	chat_say(first, "NICK dan");
	chat_so_far(first);
	chat_say(first, "REGISTER * * :" PASSWORD);
	second = client_connect(h, chat->port);
	chat_say(second, "NICK Dan");
	chat_has(chat_ask(second, "REGISTER * * :" PASSWORD), "FAIL REGISTER ACCOUNT_EXISTS Dan :");
	chat_wait(first, "REGISTER SUCCESS dan :");
}

static void test_who_holds_a_nick_keeps_it(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *other = client_connect(h, chat->port), *dan;

	chat_say(other, "NICK dan");
	chat_so_far(other);
	dan = chat_person(chat, "dan", "");
	chat_has(chat_ask(other, "REGISTER * * :" PASSWORD),
		 "FAIL REGISTER ACCOUNT_EXISTS dan :Somebody is called that just now");
	assert_string_equal(chat_ask(dan, "PONG x"), "");
}

static void test_closed_registration(struct harness *h)
{
	struct chat *chat = chat_start(h, "--registration", "closed", NULL);
	struct client *dan = chat_person(chat, "dan", "");

	assert_null(strstr(chat_ask(dan, "CAP LS 302"), "account-registration"));
	chat_has(chat_ask(dan, "CAP REQ draft/account-registration"), " NAK ");
	chat_has(chat_ask(dan, "REGISTER * * :" PASSWORD),
		 "FAIL REGISTER TEMPORARILY_UNAVAILABLE dan :Only an operator");
}

static void test_registrations_of_an_address_are_bounded(struct harness *h)
{
	struct chat *chat = chat_start(h, "--registrations", "1", NULL);
	struct client *eve;

	account_owner(chat, "dan", "");
	eve = chat_person(chat, "eve", "");
	chat_has(chat_ask(eve, "REGISTER * * :" PASSWORD),
		 "FAIL REGISTER TEMPORARILY_UNAVAILABLE eve :Too many accounts were made from");
	eve = client_connect_from(h, chat->port, "127.0.0.2");
	chat_say(eve, "NICK other");
	chat_say(eve, "REGISTER * * :" PASSWORD);
	chat_wait(eve, "REGISTER SUCCESS other ");
}

/* ---- logging in ---- */

static void test_each_step_of_sasl_has_its_answer(struct harness *h)
{
	static const struct {
		const char *line, *answer;
	} cases[] = {
		{"AUTHENTICATE BOGUS",
		 ":chat.localhost 908 dan PLAIN,SCRAM-SHA-256 :are available SASL mechanisms\n"
		 ":chat.localhost 904 dan :There is no such mechanism\n"},
		{"AUTHENTICATE plain", "AUTHENTICATE +\n"},
		{"AUTHENTICATE *", ":chat.localhost 906 dan :SASL authentication aborted\n"},
		{"AUTHENTICATE PLAIN", "AUTHENTICATE +\n"},
		{"AUTHENTICATE ???", ":chat.localhost 904 dan :That is no Base64\n"},
		{"AUTHENTICATE PLAIN", "AUTHENTICATE +\n"},
		{"AUTHENTICATE +", ":chat.localhost 904 dan :That is no message of PLAIN\n"},
		{"AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE +\n"},
		{"AUTHENTICATE +",
		 ":chat.localhost 904 dan :That is no message of SCRAM-SHA-256\n"},
	};
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_person(chat, "dan", "");

	chat_has(chat_ask(dan, "AUTHENTICATE PLAIN"),
		 " 904 dan :Ask for the capability sasl first\n");
	chat_ask(dan, "CAP REQ sasl");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(chat_ask(dan, cases[i].line), cases[i].answer);
	chat_has(chat_ask(dan, "AUTHENTICATE PLAIN"), "AUTHENTICATE +");
	chat_has(chat_ask(dan, harness_format(h, "AUTHENTICATE %0401d", 1)), " 905 dan :");
	/* Many at once are one message too long. */
	chat_has(chat_ask(dan, "AUTHENTICATE PLAIN"), "AUTHENTICATE +");
	for (int i = 0; i < 2; i++)
		assert_string_equal(chat_ask(dan, harness_format(h, "AUTHENTICATE %0400d", 0)), "");
	chat_has(chat_ask(dan, harness_format(h, "AUTHENTICATE %0400d", 0)), " 905 dan :");
}

static void test_only_the_right_password_logs_in(struct harness *h)
{
	static const struct {
		const char *account, *password;
	} wrong[] = {{"dan", "correct horsf"}, {"dan", ""}, {"eve", PASSWORD}, {"zoe", PASSWORD}};
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", ""),
		      *joe = chat_person(chat, "joe", "sasl");

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		account_begin_log_in(joe, wrong[i].account, wrong[i].password);
		chat_has(chat_line(joe), " 904 joe :");
	}
	/* After registration, too; and anew. */
	for (int i = 0; i < 2; i++) {
		account_begin_log_in(joe, "dan", PASSWORD);
		chat_has(chat_line(joe), " 900 joe joe!~joe@127.0.0.1 dan :");
		chat_has(chat_line(joe), " 903 joe :");
	}
	/* Nothing of it is in the log. */
	assert_null(strstr(program_log(chat->program), "orrect"));
	chat_ask(dan, "PONG x");
}

static void test_registration_goes_on_without_a_log_in(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = client_connect(h, chat->port);

	chat_say(dan, "CAP REQ sasl");
	chat_say(dan, "NICK dan");
	chat_say(dan, "USER dan 0 * :Dan");
	chat_say(dan, "AUTHENTICATE PLAIN");
	chat_say(dan, "CAP END");
	chat_wait(dan, "AUTHENTICATE +");
	chat_has(chat_line(dan), " 906 dan :");
	chat_has(chat_line(dan), " 001 dan :");
}

static void test_failures_of_an_address_are_bounded(struct harness *h)
{
	struct chat *chat = chat_start(h, "--login-failures", "2", NULL);
	struct client *dan = account_owner(chat, "dan", "sasl");

	for (int i = 0; i < 2; i++) {
		account_begin_log_in(dan, "dan", "wrong one");
		chat_has(chat_line(dan), " 904 dan :There is no such account, or");
	}
	chat_has(chat_ask(dan, "AUTHENTICATE PLAIN"),
		 " 904 dan :Too many attempts have failed from your");
	chat_has(chat_ask(dan, "UNREGISTER " PASSWORD),
		 "FAIL UNREGISTER TEMPORARILY_UNAVAILABLE :Too");
}

/* Those that are being checked count, too. */
static void test_failures_at_once_are_bounded(struct harness *h)
{
	enum { ATTEMPTS = 12, MAX_FAILURES = 3 };
	struct chat *chat = chat_start(h, "--login-failures", "3", NULL);
	struct client *dan = account_owner(chat, "dan", ""), *attempts[ATTEMPTS];
	int n_checked = 0;

	chat_say(dan, "QUIT");
	chat_wait(dan, "ERROR");
	client_expect_end(dan);
	for (int i = 0; i < ATTEMPTS; i++) {
		attempts[i] = client_connect(h, chat->port);
		chat_say(attempts[i], "PASS wrong");
		chat_say(attempts[i], "USER dan 0 * :Dan");
	}
	for (int i = 0; i < ATTEMPTS; i++)
		chat_say(attempts[i], "NICK dan");
	for (int i = 0; i < ATTEMPTS; i++)
		n_checked += strstr(chat_line(attempts[i]), "another password") != NULL;
	assert_int_equal(n_checked, MAX_FAILURES);
}

/* Who is right isn't counted. */
static void test_log_ins_that_succeed_are_not_bounded(struct harness *h)
{
	struct chat *chat = chat_start(h, "--login-failures", "1", NULL);
	struct client *dan = account_owner(chat, "dan", "sasl");

	for (int i = 0; i < 3; i++) {
		account_begin_log_in(dan, "dan", PASSWORD);
		chat_wait(dan, " 903 ");
	}
	account_begin_log_in(dan, "dan", "wrong one");
	chat_wait(dan, " 904 dan :There is no such account, or");
	chat_has(chat_ask(dan, "AUTHENTICATE PLAIN"), " 904 dan :Too many attempts");
}

/* Of the kinds of failures none is free; who does nothing else isn't heard any more. */
static void test_a_connection_that_fails_too_often_to_log_in_is_closed(struct harness *h)
{
	enum { MAX_FAILURES = 8 };
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", "sasl"),
		      *eve = chat_person(chat, "eve", "sasl");

	for (int i = 0; i < MAX_FAILURES; i++) {
		if (i % 2 == 0)
			account_begin_log_in(eve, "dan", "wrong one");
		else
			chat_say(eve, "AUTHENTICATE BOGUS");
		chat_wait(eve, " 904 eve :");
	}
	chat_expect(eve,
		    "ERROR :Closing link: 127.0.0.1 (Too many attempts to log in have failed)");
	client_expect_end(eve);
	/* By a password that is being checked, too. */
	eve = chat_person(chat, "eve", "sasl");
	for (int i = 0; i < MAX_FAILURES; i++)
		account_begin_log_in(eve, "dan", "wrong one");
	chat_wait(eve, "(Too many attempts to log in have failed)");
	client_expect_end(eve);
	account_begin_log_in(dan, "dan", PASSWORD);
	chat_wait(dan, " 903 ");
}

/* Whoever waits for a password to be checked is alone with it. */
static void test_others_are_served_while_passwords_are_checked(struct harness *h)
{
	enum { N = 6 };
	struct chat *chat = chat_start(h, NULL);
	struct client *eve = chat_member(chat, "eve", "account-notify", "#cam"), *others[N];
	char *line;
	int n = 0;

	account_owner(chat, "dan", "");
	for (int i = 0; i < N; i++) {
		others[i] = chat_member(chat, harness_format(h, "guest%d", i), "sasl", "#cam");
		chat_say(others[i], "AUTHENTICATE PLAIN");
		chat_wait(others[i], "AUTHENTICATE +");
	}
	chat_so_far(eve);
	for (int i = 0; i < N; i++)
		chat_say(others[i], "AUTHENTICATE %s", account_plain(h, "dan", PASSWORD));
	chat_say(eve, "PING while");
	while (strstr(line = chat_line(eve), " PONG ") == NULL) {
		chat_has(line, " ACCOUNT dan");
		n++;
	}
	assert_in_range(n, 0, N - 1);
	for (; n < N; n++)
		chat_has(chat_line(eve), " ACCOUNT dan");
}

static void test_who_goes_while_his_password_is_checked_does_no_harm(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *eve = account_owner(chat, "eve", ""), *dan;

	for (int i = 0; i < 3; i++) {
		dan = client_connect(h, chat->port);
		chat_say(dan, "CAP REQ sasl");
		chat_so_far(dan);
		account_begin_log_in(dan, "eve", PASSWORD);
		client_close(dan);
		dan = client_connect(h, chat->port);
		chat_say(dan, "NICK dan%d", i);
		chat_so_far(dan);
		chat_say(dan, "REGISTER * * :" PASSWORD);
		client_close(dan);
	}
	/* Behind all of them. */
	chat_ask(eve, "CAP REQ sasl");
	account_begin_log_in(eve, "eve", PASSWORD);
	chat_wait(eve, " 903 ");
	chat_stop(chat);
}

/* ---- SCRAM-SHA-256 (RFC 5802), the client's side ---- */

static void hmac(const void *key, size_t key_len, const char *text, unsigned char ret[32])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, key, key_len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)text, strlen(text));
	crypto_auth_hmacsha256_final(&state, ret);
}

static void salt_password(const char *password, const unsigned char salt[16], int rounds,
			  unsigned char ret[32])
{
	unsigned char u[32], first[20] = {[19] = 1};
	crypto_auth_hmacsha256_state state;

	memcpy(first, salt, 16);
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)password, strlen(password));
	crypto_auth_hmacsha256_update(&state, first, sizeof(first));
	crypto_auth_hmacsha256_final(&state, u);
	memcpy(ret, u, 32);
	for (int i = 1; i < rounds; i++) {
		crypto_auth_hmacsha256_init(&state, (const unsigned char *)password,
					    strlen(password));
		crypto_auth_hmacsha256_update(&state, u, sizeof(u));
		crypto_auth_hmacsha256_final(&state, u);
		for (size_t k = 0; k < 32; k++)
			ret[k] ^= u[k];
	}
}

/* The server's message, out of its chunks. */
static char *heard(struct client *client)
{
	char *text = harness_format(client->harness, "%s", ""), *line;
	char *message = harness_alloc(client->harness, 1024);
	size_t len;

	do {
		line = chat_line(client);
		chat_has(line, "AUTHENTICATE ");
		line += strlen("AUTHENTICATE ");
		text = harness_format(client->harness, "%s%s", text,
				      strcmp(line, "+") == 0 ? "" : line);
	} while (strlen(line) == 400);
	assert_int_equal(sodium_base642bin((unsigned char *)message, 1023, text, strlen(text), NULL,
					   &len, NULL, sodium_base64_VARIANT_ORIGINAL),
			 0);
	message[len] = '\0';
	return message;
}

static void say_message(struct client *client, const char *message)
{
	chat_say(client, "AUTHENTICATE %s", base64(client->harness, message, strlen(message)));
}

/* Up to the proof. */
static void prove(struct client *client, const char *account, const char *password)
{
	struct harness *h = client->harness;
	char *first = harness_format(h, "n=%s,r=rOprNGfwEbeRWgbNEkqO", account), *server, *last;
	char nonce[128], salt_text[64];
	unsigned char salt[16], salted[32], key[32], stored[32], signature[32];
	int rounds;

	chat_say(client, "AUTHENTICATE SCRAM-SHA-256");
	chat_wait(client, "AUTHENTICATE +");
	say_message(client, harness_format(h, "n,,%s", first));
	server = heard(client);
	assert_int_equal(sscanf(server, "r=%127[^,],s=%63[^,],i=%d", nonce, salt_text, &rounds), 3);
	assert_int_equal(sodium_base642bin(salt, sizeof(salt), salt_text, strlen(salt_text), NULL,
					   NULL, NULL, sodium_base64_VARIANT_ORIGINAL),
			 0);
	salt_password(password, salt, rounds, salted);
	hmac(salted, sizeof(salted), "Client Key", key);
	crypto_hash_sha256(stored, key, sizeof(key));
	last = harness_format(h, "c=biws,r=%s", nonce);
	hmac(stored, sizeof(stored), harness_format(h, "%s,%s,%s", first, server, last), signature);
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] ^= signature[i];
	say_message(client, harness_format(h, "%s,p=%s", last, base64(h, key, sizeof(key))));
}

static void test_scram_logs_in_without_telling_the_password(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", ""),
		      *joe = chat_person(chat, "joe", "sasl");

	prove(joe, "dan", PASSWORD "?");
	chat_has(chat_line(joe), " 904 joe :There is no such account, or");
	/* Of who isn't there, it goes as far. */
	prove(joe, "zoe", PASSWORD);
	chat_has(chat_line(joe), " 904 joe :There is no such account, or");
	prove(joe, "DAN", PASSWORD);
	chat_has(heard(joe), "v=");
	chat_say(joe, "AUTHENTICATE +");
	chat_has(chat_line(joe), " 900 joe joe!~joe@127.0.0.1 dan :");
	chat_has(chat_line(joe), " 903 joe :");
	/* Deleted before the last step. */
	prove(joe, "dan", PASSWORD);
	heard(joe);
	chat_say(dan, "UNREGISTER :" PASSWORD);
	chat_wait(dan, "NOTE UNREGISTER ");
	chat_wait(joe, " 901 ");
	chat_say(joe, "AUTHENTICATE +");
	chat_has(chat_line(joe), " 904 joe :");
}

/* ---- nicks of accounts ---- */

static void test_a_nick_is_its_accounts(struct harness *h)
{
	static const char refusal[] = " :That nickname is an account's: log in to it, or choose";
	char *folder = harness_path(h, "kept");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = account_owner(chat, "dan", ""),
		      *eve = chat_person(chat, "eve", "sasl");

	chat_say(dan, "NICK other");
	chat_wait(dan, " NICK ");
	chat_has(chat_ask(eve, "NICK Dan"), harness_format(h, " 433 eve Dan%s", refusal));
	account_begin_log_in(eve, "dan", PASSWORD);
	chat_wait(eve, " 903 ");
	chat_has(chat_ask(eve, "NICK Dan"), ":eve!~eve@127.0.0.1 NICK :Dan\n");
	/* Another connection of the account is another person, by its nick. */
	chat_has(chat_ask(dan, "NICK dan"), " 433 other dan :Nickname is already in use");
	/* Its case may be changed. */
	chat_has(chat_ask(eve, "NICK DAN"), ":Dan!~eve@127.0.0.1 NICK :DAN\n");
	chat_stop(chat);

	/* Of who comes, too; and after the account was deleted. */
	for (int round = 0; round < 2; round++) {
		chat = chat_start(h, "--data", folder, NULL);
		eve = client_connect(h, chat->port);
		chat_say(eve, "NICK dan");
		chat_say(eve, "USER eve 0 * :Eve");
		chat_has(chat_line(eve), harness_format(h, " 433 dan dan%s", refusal));
		chat_say(eve, "NICK eve");
		chat_wait(eve, " 001 eve ");
		chat_so_far(eve);
		if (round == 0) {
			dan = returning(chat, "dan", "dan");
			chat_say(dan, "UNREGISTER :" PASSWORD);
			chat_wait(dan, "NOTE UNREGISTER ");
			/* He who had it may keep it until he goes. */
			chat_has(chat_ask(dan, "WHOIS dan"), " 311 dan dan ");
		}
		chat_stop(chat);
	}
}

static void test_a_nick_is_refused_while_its_account_is_being_made(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *eve = chat_person(chat, "eve", ""), *dan = client_connect(h, chat->port);

	chat_say(dan, "NICK dan");
	chat_so_far(dan);
	chat_say(dan, "REGISTER * * :" PASSWORD);
	chat_has(chat_ask(eve, "NICK dan"), " 433 eve dan :");
	chat_wait(dan, "REGISTER SUCCESS ");
	chat_say(dan, "USER dan 0 * :Dan");
	chat_wait(dan, " 001 dan ");
}

/* ---- guests ---- */

static void test_guests_may_be_unwanted(struct harness *h)
{
	struct chat *chat = chat_start(h, "--no-guests", NULL);
	struct client *eve = client_connect(h, chat->port), *dan = client_connect(h, chat->port);

	chat_say(eve, "NICK eve");
	chat_say(eve, "USER eve 0 * :Eve");
	chat_has(chat_line(eve), "FAIL * ACCOUNT_REQUIRED_TO_CONNECT :Guests");
	chat_has(chat_line(eve), "ERROR :Closing link: 127.0.0.1 (You must be logged in");
	chat_say(dan, "NICK dan");
	chat_so_far(dan);
	chat_say(dan, "REGISTER * * :" PASSWORD);
	chat_wait(dan, "REGISTER SUCCESS ");
	chat_say(dan, "USER dan 0 * :Dan");
	chat_wait(dan, " 001 dan ");
	returning(chat, "dan_", "dan");
}

static void test_rooms_and_people_may_want_accounts_only(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", ""),
		      *joe = chat_member(chat, "joe", "", "#cam");
	struct client *eve = chat_person(chat, "eve", "");

	chat_has(chat_ask(joe, "MODE #cam +R"), " MODE #cam +R\n");
	chat_has(chat_ask(eve, "JOIN #cam"), " 477 eve #cam :");
	/* Not by invitation either. */
	chat_ask(joe, "INVITE eve #cam");
	chat_has(chat_ask(eve, "JOIN #cam"), " 477 eve #cam :");
	chat_has(chat_ask(dan, "JOIN #cam"), " JOIN #cam\n");
	chat_so_far(joe);
	chat_so_far(eve);

	chat_has(chat_ask(dan, "MODE dan +R"), " MODE dan +R\n");
	chat_has(chat_ask(eve, "PRIVMSG dan :hi"), " 477 eve dan :");
	assert_string_equal(chat_ask(eve, "NOTICE dan :hi"), "");
	assert_string_equal(chat_so_far(dan), "");
	chat_ask(dan, "PRIVMSG eve :hi");
	chat_has(chat_so_far(eve), " PRIVMSG eve :hi\n");
}

/* ---- operators of the service ---- */

/* Runs spillway-chat with an option and this standard input; what it wrote. control: "": nobody is
 * there. */
static char *appoint_at(struct harness *h, const char *control, const char *folder,
			const char *option, const char *name, const char *input, int status)
{
	char *program = harness_format(h, "%s/spillway-chat", h->build);
	char *command = harness_format(h, "printf '%s' | \"$0\" \"$@\"", input);
	struct program *run =
		program_start(h, "sh", "-c", command, program, "--config", "/dev/null", "--control",
			      control, "--data", folder, option, name, NULL);

	assert_int_equal(program_wait(run), status);
	return harness_format(h, "%s%s", program_output(run), program_log(run));
}

static char *appoint(struct harness *h, const char *folder, const char *option, const char *name,
		     const char *input, int status)
{
	return appoint_at(h, harness_path(h, "none.sock"), folder, option, name, input, status);
}

static void test_operators_are_appointed_by_who_owns_the_data(struct harness *h)
{
	char *folder = harness_path(h, "kept");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = account_owner(chat, "dan", "");

	chat_has(appoint(h, folder, "--add-operator", "joe", PASSWORD "\\n", 1),
		 "name its control socket with --control");
	chat_say(dan, "UNREGISTER :" PASSWORD);
	chat_wait(dan, "NOTE UNREGISTER ");
	account_owner(chat, "eve", "");
	chat_stop(chat);

	chat_has(appoint(h, folder, "--add-operator", "joe", PASSWORD "\\n", 0),
		 "The account joe was made, and is an operator.\n");
	/* Who has an account keeps its password. */
	chat_has(appoint(h, folder, "--add-operator", "eve", "", 0), "eve is an operator now.\n");
	chat_has(appoint(h, folder, "--add-operator", "zoe", "short\\n", 1),
		 "A password has 8 to 256 bytes");
	chat_has(appoint(h, folder, "--add-operator", "zoe", "", 1), "no password was given");
	chat_has(appoint(h, folder, "--add-operator", "dan", PASSWORD "\\n", 1),
		 "the account dan was deleted");
	chat_has(appoint(h, folder, "--remove-operator", "zoe", "", 1), "there is no account zoe");
	chat_has(appoint(h, folder, "--add-operator", "1", "", 2), "an account is called like");

	chat = chat_start(h, "--data", folder, NULL);
	chat_has(chat_ask(returning(chat, "joe", "joe"), "MODE joe"), " 221 joe :+io\n");
	chat_has(chat_ask(returning(chat, "eve", "eve"), "MODE eve"), " 221 eve :+io\n");
	chat_stop(chat);
	chat_has(appoint(h, folder, "--remove-operator", "eve", "", 0),
		 "eve is no operator any more.\n");
	chat = chat_start(h, "--data", folder, NULL);
	chat_has(chat_ask(returning(chat, "eve", "eve"), "MODE eve"), " 221 eve :+i\n");
}

static void test_a_forgotten_password_is_replaced(struct harness *h)
{
	char *folder = harness_path(h, "kept");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = account_owner(chat, "dan", ""),
		      *eve = chat_person(chat, "eve", "sasl");
	const char *at = chat->control;

	chat_has(appoint_at(h, at, folder, "--set-password", "zoe", "another one\\n", 1),
		 "zoe: There is no such account.");
	chat_has(appoint_at(h, at, folder, "--set-password", "dan", "short\\n", 1),
		 "A password has 8 to 256 bytes");
	chat_has(appoint_at(h, at, folder, "--set-password", "dan", "another one\\n", 0),
		 "dan has the new password.\n");
	account_begin_log_in(eve, "dan", PASSWORD);
	chat_wait(eve, " 904 ");
	account_begin_log_in(eve, "dan", "another one");
	chat_wait(eve, " 903 ");
	chat_has(chat_ask(dan, "WHOIS dan"), " 330 dan dan dan :");
	chat_stop(chat);

	/* And by who owns the data. */
	chat_has(appoint(h, folder, "--set-password", "dan", PASSWORD "\\n", 0),
		 "dan has the new password.\n");
	chat_has(appoint(h, folder, "--set-password", "zoe", "another one\\n", 1),
		 "there is no account zoe");
	chat_has(appoint(h, folder, "--add-operator", "dan", "", 0), "dan is an operator now.\n");
	chat = chat_start(h, "--data", folder, NULL);
	char *audit = chat_ask(returning(chat, "dan", "dan"), "AUDIT");
	char *second = strstr(audit, "set-password");
	assert_non_null(second);
	assert_non_null(strstr(second + 1, "set-password"));
}

static void test_operators_delete_accounts(struct harness *h)
{
	char *folder = harness_path(h, "kept");
	struct chat *chat;
	struct client *dan, *eve;

	appoint(h, folder, "--add-operator", "dan", PASSWORD "\\n", 0);
	chat = chat_start(h, "--data", folder, NULL);
	dan = returning(chat, "dan", "dan");
	eve = account_owner(chat, "eve", "");
	chat_has(chat_ask(eve, "DROP dan"), " 481 eve :");
	chat_has(chat_ask(dan, "DROP zoe"), "FAIL DROP ACCOUNT_UNKNOWN :");
	chat_say(dan, "DROP Eve");
	chat_has(chat_line(dan), "NOTE DROP ACCOUNT_DELETED Eve :");
	chat_has(chat_line(eve), " 901 eve ");
	chat_has(chat_ask(dan, "AUDIT"), "drop");
	chat_has(chat_ask(dan, "DROP eve"), "FAIL DROP ACCOUNT_UNKNOWN :");
	chat_has(chat_ask(eve, "REGISTER * * :" PASSWORD), "FAIL REGISTER ACCOUNT_EXISTS eve :");
}

static void test_operators_are_appointed_while_the_service_runs(struct harness *h)
{
	char *folder = harness_path(h, "kept"), *log, *longest = harness_format(h, "%0256d", 7);
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = account_owner(chat, "dan", "");
	const char *at = chat->control;

	/* All who are logged in to it are told at once. */
	chat_has(appoint_at(h, at, folder, "--add-operator", "Dan", "", 0), " is an operator now.");
	chat_expect(dan, ":dan!~dan@127.0.0.1 MODE dan +o");
	chat_has(chat_ask(dan, "LUSERS"), " 252 dan 1 :");
	chat_has(appoint_at(h, at, folder, "--remove-operator", "dan", "", 0), "no operator any");
	chat_expect(dan, ":dan!~dan@127.0.0.1 MODE dan -o");
	chat_has(chat_ask(dan, "LUSERS"), " 252 dan 0 :");

	chat_has(appoint_at(h, at, folder, "--add-operator", "joe", "short\\n", 1),
		 "A password has 8 to 256 bytes");
	chat_has(appoint_at(h, at, folder, "--add-operator", "joe",
			    harness_format(h, "%s7\\n", longest), 1),
		 "A password has 8 to 256 bytes");
	chat_has(appoint_at(h, at, folder, "--remove-operator", "joe", "", 1),
		 "joe: There is no such account.");
	chat_has(appoint_at(h, at, folder, "--add-operator", "joe",
			    harness_format(h, "%s\\n", longest), 0),
		 "The account joe was made, and is an operator.\n");
	/* The longest password is one for IRC, too. */
	chat_ask(dan, "CAP REQ sasl");
	account_begin_log_in(dan, "joe", longest);
	chat_wait(dan, ":dan!~dan@127.0.0.1 MODE dan +o");
	chat_wait(dan, " 903 ");
	chat_say(dan, "UNREGISTER :%s", longest);
	chat_wait(dan, "NOTE UNREGISTER ");
	chat_has(appoint_at(h, at, folder, "--add-operator", "joe", PASSWORD "\\n", 1),
		 "joe: That account was deleted");
	/* Another chat isn't meant. */
	chat_has(appoint_at(h, at, harness_path(h, "other"), "--add-operator", "zoe",
			    PASSWORD "\\n", 0),
		 "The account zoe was made");
	chat_has(chat_ask(dan, "NICK zoe"), " NICK :zoe\n");
	log = program_log(chat->program);
	chat_has(log, "the control socket made joe an operator of the service");
	assert_null(strstr(log, longest));
	program_kill(chat->program);

	chat = chat_start(h, "--data", folder, NULL);
	chat_has(chat_ask(returning(chat, "dan", "dan"), "MODE dan"), " 221 dan :+i\n");
}

/* What was read of the account before the password was checked isn't what counts. */
static void test_who_was_dismissed_while_logging_in_is_no_operator(struct harness *h)
{
	char *folder = harness_path(h, "kept");
	struct chat *chat;
	struct client *dan;

	appoint(h, folder, "--add-operator", "dan", PASSWORD "\\n", 0);
	chat = chat_start(h, "--data", folder, NULL);
	dan = chat_person(chat, "guest", "sasl");
	prove(dan, "dan", PASSWORD);
	chat_has(heard(dan), "v=");
	appoint_at(h, chat->control, folder, "--remove-operator", "dan", "", 0);
	chat_say(dan, "AUTHENTICATE +");
	chat_wait(dan, " 903 ");
	chat_has(chat_ask(dan, "MODE guest"), " 221 guest :+i\n");
}

static void test_an_operator_acts_everywhere(struct harness *h)
{
	char *folder = harness_path(h, "kept");
	struct chat *chat;
	struct client *boss, *eve, *joe;

	appoint(h, folder, "--add-operator", "boss", PASSWORD "\\n", 0);
	chat = chat_start(h, "--data", folder, "--registration", "closed", NULL);
	boss = chat_person(chat, "root", "");
	eve = chat_member(chat, "eve", "", "#cam");
	joe = chat_member(chat, "joe", "", "#cam");
	chat_so_far(eve);
	chat_has(chat_ask(eve, "KILL joe"), " 481 eve :Permission denied");
	chat_has(chat_ask(eve, "WALLOPS hi"), " 481 eve :Permission denied");
	assert_string_equal(chat_ask(eve, "MODE eve +o"), "");

	chat_say(boss, "OPER boss wrong-password");
	chat_expect(boss, ":chat.localhost 464 root :There is no such account, or it has another "
			  "password");
	chat_say(boss, "OPER boss :" PASSWORD);
	chat_expect(boss, ":chat.localhost 900 root root!~root@127.0.0.1 boss "
			  ":You are now logged in as boss");
	chat_expect(boss, ":root!~root@127.0.0.1 MODE root +o");
	chat_expect(boss, ":chat.localhost 381 root :You are now an operator of this chat");
	chat_ask(boss, "BAN * *!*@192.0.2.* 1h spam");
	chat_has(chat_ask(boss, "STATS k"),
		 ":chat.localhost 216 root K *!*@192.0.2.* * * 0 :by root!~root@127.0.0.1 for ");
	chat_has(chat_ask(boss, "WHO eve %in"), ":chat.localhost 354 root 127.0.0.1 eve\n");
	chat_has(chat_ask(eve, "WHO root o%n"), ":chat.localhost 354 eve root\n");
	assert_string_equal(chat_ask(boss, "WHO eve o%n"),
			    ":chat.localhost 315 root eve :End of WHO list\n");
	chat_has(chat_ask(eve, "STATS o"), ":chat.localhost 243 eve O root * :boss\n");
	chat_has(chat_ask(eve, "LUSERS"), " 252 eve 1 :");
	chat_has(chat_ask(eve, "WHOIS root"), " 313 eve root :");

	/* Accounts for others, who then aren't he. */
	chat_say(boss, "REGISTER eve * :" PASSWORD);
	chat_has(chat_line(boss), "FAIL REGISTER ACCOUNT_EXISTS eve :Somebody is called that");
	chat_say(boss, "REGISTER dan * :" PASSWORD);
	chat_expect(boss, ":chat.localhost REGISTER SUCCESS dan :The account has been made");
	chat_has(chat_ask(boss, "WHOIS root"), " 330 root root boss :");
	chat_say(eve, "OPER dan :" PASSWORD);
	chat_expect(eve, ":chat.localhost 491 eve :That account is no operator's");
	returning(chat, "dan", "dan");

	/* To operators, and to who wants it. */
	chat_has(chat_ask(joe, "MODE joe +w"), " MODE joe +w\n");
	chat_has(chat_ask(boss, "WALLOPS :one moment"),
		 ":root!~root@127.0.0.1 WALLOPS :one moment\n");
	chat_has(chat_so_far(joe), ":root!~root@127.0.0.1 WALLOPS :one moment\n");
	assert_string_equal(chat_so_far(eve), "");

	chat_has(chat_ask(boss, "KILL nobody"), " 401 root nobody :");
	assert_string_equal(chat_ask(boss, "KILL joe :enough of that"), "");
	chat_expect(joe, ":root!~root@127.0.0.1 KILL joe :enough of that");
	chat_expect(joe, "ERROR :Closing link: 127.0.0.1 (Killed (root (enough of that)))");
	chat_expect(eve, ":joe!~joe@127.0.0.1 QUIT :Killed (root (enough of that))");
	chat_say(boss, "KILL root");
	chat_has(chat_line(boss), " KILL root :No reason was given");
	chat_has(chat_line(boss), "ERROR :");
	chat_has(chat_ask(eve, "LUSERS"), " 252 eve 0 :");
}

/* ---- several connections, changes ---- */

static void test_one_account_has_several_connections(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *eve = chat_member(chat, "eve", "account-notify", "#cam");
	struct client *page = account_owner(chat, "dan", ""), *phone;

	chat_say(page, "JOIN #cam");
	chat_so_far(page);
	phone = returning(chat, "dan_", "dan");
	chat_say(phone, "JOIN #cam");
	chat_so_far(phone);
	chat_so_far(eve);
	chat_so_far(page);
	chat_has(chat_ask(eve, "WHOIS dan_"), " 330 eve dan_ dan :");

	assert_string_equal(chat_ask(phone, "PASSWORD :" PASSWORD),
			    ":chat.localhost 461 dan_ PASSWORD "
			    ":Not enough parameters\n");
	chat_say(phone, "PASSWORD wrong :and a new one");
	chat_expect(phone, ":chat.localhost FAIL PASSWORD INVALID_CREDENTIALS "
			   ":That isn't your password");
	chat_say(phone, "UNREGISTER wrong");
	chat_expect(phone, ":chat.localhost FAIL UNREGISTER INVALID_CREDENTIALS "
			   ":That isn't your password");
	chat_say(phone, "UNREGISTER :" PASSWORD);
	chat_wait(phone, "NOTE UNREGISTER ACCOUNT_DELETED dan :");
	/* All of them are guests then, and all are told. */
	chat_expect(page, ":chat.localhost 901 dan dan!~dan@127.0.0.1 :You are now logged out");
	chat_has(chat_line(eve), " ACCOUNT *");
	chat_has(chat_line(eve), " ACCOUNT *");
	chat_has(chat_ask(eve, "REGISTER dan * :" PASSWORD), "ACCOUNT_NAME_MUST_BE_NICK");
	chat_has(chat_ask(page, "REGISTER * * :" PASSWORD),
		 "FAIL REGISTER ACCOUNT_EXISTS dan :That was");
}

static void test_a_new_password_is_the_only_one(struct harness *h)
{
	char *folder = harness_path(h, "kept");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = client_connect(h, chat->port);

	chat_say(dan, "NICK dan");
	chat_say(dan, "REGISTER * * old-password");
	chat_say(dan, "USER dan 0 * :Dan");
	chat_wait(dan, " 001 ");
	chat_so_far(dan);
	chat_say(dan, "PASSWORD old-password :" PASSWORD);
	chat_expect(dan, ":chat.localhost NOTE PASSWORD PASSWORD_CHANGED dan "
			 ":Your account has the new password");
	program_kill(chat->program);
	chat = chat_start(h, "--data", folder, NULL);
	dan = returning(chat, "dan", "dan");
	chat_ask(dan, "CAP REQ sasl");
	account_begin_log_in(dan, "dan", "old-password");
	chat_has(chat_line(dan), " 904 dan :");
	prove(dan, "dan", PASSWORD);
	chat_has(heard(dan), "v=");
}

static void test_answers_keep_their_label(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_person(chat, "dan", "batch labeled-response");

	chat_say(dan, "@label=a REGISTER * * :short");
	chat_has(chat_line(dan), "@label=a :chat.localhost FAIL REGISTER WEAK_PASSWORD ");
	chat_say(dan, "@label=b REGISTER * * :" PASSWORD);
	chat_say(dan, "@label=c PING x");
	chat_has(chat_line(dan), "@label=b :chat.localhost BATCH +");
	chat_wait(dan, "REGISTER SUCCESS ");
	chat_wait(dan, "BATCH -");
	chat_has(chat_line(dan), "@label=c :chat.localhost PONG ");
	chat_say(dan, "@label=d PASSWORD x :" PASSWORD);
	chat_has(chat_line(dan), "@label=d :chat.localhost FAIL PASSWORD INVALID_CREDENTIALS ");
}

static void test_bans_of_guests_and_real_names(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *owner = account_owner(chat, "owner", "");
	struct client *member = account_owner(chat, "member", "");
	struct client *guest = chat_person(chat, "guest", "");

	chat_ask(owner, "JOIN #cam");
	chat_has(chat_ask(owner, "MODE #cam +b ~!a:*"), " MODE #cam +b ~!a:*\n");
	chat_has(chat_ask(guest, "JOIN #cam"), " 474 guest #cam :");
	chat_has(chat_ask(member, "JOIN #cam"), " JOIN #cam\n");
	/* An exception by a real name, whose blank is any character. */
	chat_ask(owner, "MODE #cam +e ~r:Real?guest");
	chat_has(chat_ask(guest, "JOIN #cam"), " JOIN #cam\n");
	chat_ask(owner, "MODE #cam -be ~!a:* ~r:Real?guest");
	chat_ask(owner, "MODE #cam +b ~m:~!a:*");
	chat_has(chat_ask(guest, "PRIVMSG #cam :hi"), " 404 guest #cam :");
	chat_so_far(owner);
	chat_ask(member, "PRIVMSG #cam :hi");
	chat_has(chat_so_far(owner), " PRIVMSG #cam :hi\n");
	/* Whom the mask invites. */
	chat_ask(owner, "MODE #cam +iI ~r:*late*");
	chat_has(chat_ask(chat_person(chat, "early", ""), "JOIN #cam"), " 473 ");
	chat_has(chat_ask(chat_person(chat, "later", ""), "JOIN #cam"), " JOIN #cam\n");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_an_account_is_made_and_outlives_a_kill),
		HARNESS_TEST(test_an_account_is_made_before_registration),
		HARNESS_TEST_ON(test_refused_registrations, "epoll"),
		HARNESS_TEST(test_one_name_is_registered_once),
		HARNESS_TEST_ON(test_who_holds_a_nick_keeps_it, "epoll"),
		HARNESS_TEST_ON(test_closed_registration, "epoll"),
		HARNESS_TEST_ON(test_registrations_of_an_address_are_bounded, "epoll"),
		HARNESS_TEST_ON(test_each_step_of_sasl_has_its_answer, "epoll"),
		HARNESS_TEST_ON(test_only_the_right_password_logs_in, "epoll"),
		HARNESS_TEST_ON(test_registration_goes_on_without_a_log_in, "epoll"),
		HARNESS_TEST_ON(test_failures_of_an_address_are_bounded, "epoll"),
		HARNESS_TEST_ON(test_failures_at_once_are_bounded, "epoll"),
		HARNESS_TEST_ON(test_log_ins_that_succeed_are_not_bounded, "epoll"),
		HARNESS_TEST(test_a_connection_that_fails_too_often_to_log_in_is_closed),
		HARNESS_TEST(test_others_are_served_while_passwords_are_checked),
		HARNESS_TEST(test_who_goes_while_his_password_is_checked_does_no_harm),
		HARNESS_TEST(test_scram_logs_in_without_telling_the_password),
		HARNESS_TEST_ON(test_a_nick_is_its_accounts, "epoll"),
		HARNESS_TEST(test_a_nick_is_refused_while_its_account_is_being_made),
		HARNESS_TEST(test_guests_may_be_unwanted),
		HARNESS_TEST_ON(test_rooms_and_people_may_want_accounts_only, "epoll"),
		HARNESS_TEST_ON(test_operators_are_appointed_by_who_owns_the_data, "epoll"),
		HARNESS_TEST(test_operators_are_appointed_while_the_service_runs),
		HARNESS_TEST_ON(test_a_forgotten_password_is_replaced, "epoll"),
		HARNESS_TEST(test_operators_delete_accounts),
		HARNESS_TEST_ON(test_who_was_dismissed_while_logging_in_is_no_operator, "epoll"),
		HARNESS_TEST(test_an_operator_acts_everywhere),
		HARNESS_TEST(test_one_account_has_several_connections),
		HARNESS_TEST_ON(test_a_new_password_is_the_only_one, "epoll"),
		HARNESS_TEST(test_answers_keep_their_label),
		HARNESS_TEST(test_bans_of_guests_and_real_names),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
