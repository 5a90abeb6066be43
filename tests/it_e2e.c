/* SPDX-License-Identifier: MIT */
/* Private messages that nobody in between can read, spillway-e2e(7): spillway chat, a client in
 * JavaScript, and somebody between a client and the service who tampers. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness_account.h"
#include "tests/harness_terminal.h"

enum { NO_LIBRARY = 77, NO_NODE = 127, LONG = 5000 };

/* ---- people ---- */

struct talker {
	struct harness *harness;
	struct program *program;
	int in;
};

static struct talker start(struct harness *h, const char *command)
{
	static unsigned n;
	struct talker talker = {.harness = h};
	char *fifo = harness_path(h, harness_format(h, "in-%u", ++n));

	assert_int_equal(mkfifo(fifo, 0600), 0);
	talker.program = program_start(h, "sh", "-c",
				       harness_format(h, "exec env %s <%s", command, fifo), NULL);
	talker.in = open(fifo, O_WRONLY | O_CLOEXEC);
	assert_true(talker.in >= 0);
	return talker;
}

static void type(const struct talker *talker, const char *line)
{
	script_type(talker->in, harness_format(talker->harness, "%s\n", line));
}

static void hears(const struct talker *talker, const char *text)
{
	wait_for(strstr(program_output(talker->program), text) != NULL);
}

static void is_told(const struct talker *talker, const char *text)
{
	program_wait_log(talker->program, text);
}

static void leave(const struct talker *talker)
{
	close(talker->in);
	program_wait(talker->program);
}

/* spillway chat with an account, whose keys are in a folder of that name. */
static struct talker come_by(struct harness *h, unsigned port, const char *nick,
			     const char *account, const char *folder)
{
	return start(h,
		     harness_format(h,
				    "SPILLWAY_PASSWORD='" ACCOUNT_PASSWORD
				    "' XDG_DATA_HOME=%s %s/spillway chat "
				    "127.0.0.1:%u --io %s --nick %s --account %s",
				    harness_path(h, folder), h->build, port, h->io, nick, account));
}

/* Its keys are published. */
static void is_ready(const struct talker *talker, const char *account)
{
	type(talker, harness_format(talker->harness, "/verify %s", account));
	is_told(talker, " of yours ");
}

/* The same, who wants to see what was said meanwhile. */
static struct talker come_back(struct chat *chat, const char *nick)
{
	struct harness *h = chat->harness;

	return come_by(h, chat->port, nick, harness_format(h, "%s --history 20", nick), nick);
}

static struct talker come(struct chat *chat, unsigned port, const char *nick)
{
	struct talker talker = come_by(chat->harness, port, nick, nick, nick);

	is_ready(&talker, nick);
	return talker;
}

static void make_account(struct chat *chat, const char *nick)
{
	struct client *owner = account_owner(chat, nick, "");

	chat_say(owner, "QUIT");
	chat_wait(owner, "ERROR ");
}

static struct chat *start_chat(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);

	make_account(chat, "alice");
	make_account(chat, "bob");
	return chat;
}

/* The client in JavaScript. */
static struct talker come_carol(struct chat *chat)
{
	struct harness *h = chat->harness;
	struct talker carol =
		start(h, harness_format(h, "node tests/e2e.mjs %u carol", chat->port));

	wait_for(strstr(program_output(carol.program), "ready\n") != NULL ||
		 program_has_ended(carol.program));
	if (carol.program->ended &&
	    (carol.program->status == NO_LIBRARY || carol.program->status == NO_NODE))
		harness_skip(h, program_log(carol.program));
	return carol;
}

/* The last five digits of a fingerprint behind that text, in what somebody was told last. */
static char *digits_behind(const struct talker *talker, const char *text)
{
	const char *log = program_log(talker->program), *at = NULL;

	for (const char *next = log; (next = strstr(next, text)) != NULL; next++)
		at = next;
	assert_non_null(at);
	return harness_format(talker->harness, "%.5s", at + strlen(text) + strlen("01234 ") * 7);
}

static char *long_text(struct harness *h)
{
	char *text = harness_alloc(h, LONG + 1);

	for (size_t i = 0; i < LONG; i++)
		text[i] = (char)('a' + i % 26);
	text[LONG] = '\0';
	return text;
}

/* ---- reading each other ---- */

/* Made from the manual alone, in another language. */
static void test_another_implementation_agrees_with_the_vectors(struct harness *h)
{
	struct program *check = program_start(h, "node", "tests/e2e_format.mjs", NULL);

	wait_for(program_has_ended(check));
	if (check->status == NO_LIBRARY || check->status == NO_NODE)
		harness_skip(h, program_log(check));
	assert_int_equal(check->status, 0);
	assert_non_null(strstr(program_output(check), "29 vectors\n"));
}

static void test_three_clients_read_each_other(struct harness *h)
{
	struct chat *chat = start_chat(h);
	struct talker carol = come_carol(chat);
	struct talker alice = come(chat, chat->port, "alice"), bob = come(chat, chat->port, "bob");
	char *text = long_text(h), *path;

	type(&alice, "/private bob meet me at the \xe2\x82\xac sign");
	hears(&bob, "Z alice locked-message alice meet me at the \xe2\x82\xac sign\n");
	hears(&alice, "Z bob locked-message alice meet me at the \xe2\x82\xac sign\n");
	type(&bob, "/msg alice I'll be there");
	hears(&alice, "Z bob locked-message bob I'll be there\n");
	type(&alice, "/private carol hello from C");
	hears(&carol, "heard alice hello from C\n");
	type(&carol, "say alice hello from JavaScript");
	hears(&alice, "Z carol locked-message carol hello from JavaScript\n");
	type(&carol, harness_format(h, "say alice first line\\n%s", text));
	hears(&alice, harness_format(h, "Z carol locked-message carol first line\n\t%s\n", text));
	type(&alice, harness_format(h, "/private carol %s", text));
	hears(&carol, harness_format(h, "heard alice %s\n", text));
	hears(&alice, harness_format(h, "Z carol locked-message alice %s\n", text));
	leave(&alice);
	leave(&bob);
	leave(&carol);
	assert_int_equal(alice.program->status, 0);
	assert_int_equal(bob.program->status, 0);
	assert_null(strstr(program_output(carol.program), "refused"));
	/* The service has kept none of it in the open. */
	chat_stop(chat);
	path = harness_path(h, "data-0/chat.db");
	assert_true(harness_count(path, "[encrypted]") > 0);
	assert_int_equal(harness_count(path, "meet me"), 0);
	assert_int_equal(harness_count(path, "hello from"), 0);
}

static void test_all_devices_of_an_account_read_it(struct harness *h)
{
	struct chat *chat = start_chat(h);
	struct talker desk = come(chat, chat->port, "alice"), bob = come(chat, chat->port, "bob");
	/* On the same machine, and at the same time: another device. */
	struct talker sofa = come_by(h, chat->port, "alice2", "alice", "alice");

	is_ready(&sofa, "alice");
	is_told(&sofa, "2 devices of yours are listed");
	type(&bob, "/private alice to all of you");
	hears(&desk, "Z bob locked-message bob to all of you\n");
	hears(&sofa, "Z bob locked-message bob to all of you\n");
	type(&sofa, "/private bob from the sofa");
	hears(&bob, " locked-message alice2 from the sofa\n");
	is_told(&bob, "alice2: writes with the account alice");
	hears(&desk, "Z bob locked-message alice from the sofa\n");
	leave(&desk);
	leave(&sofa);
	leave(&bob);
}

static void test_the_service_keeps_what_it_cannot_read(struct harness *h)
{
	struct chat *chat = start_chat(h);
	struct talker alice = come(chat, chat->port, "alice"), bob = come(chat, chat->port, "bob");
	struct client *phone;
	char *said;

	leave(&bob);
	type(&alice, "/private bob read this later");
	hears(&alice, "Z bob locked-message alice read this later\n");
	hears(&alice, "is not here; your message is kept until then");
	phone = account_return(chat, "bob", "bob", "draft/chathistory message-tags batch", NULL);
	said = chat_ask(phone, "CHATHISTORY LATEST alice * 10");
	chat_has(said, "+spillway/e2e=A");
	chat_has(said, " PRIVMSG bob :[encrypted]");
	assert_null(strstr(said, "read this later"));
	leave(&alice);
}

/* What one sees of the other, one after the other. */
static void expect_shown(const struct talker *talker, const char *other, const char *shown)
{
	char *head =
		harness_format(talker->program->harness, "Z %s locked-message %s ", other, other);
	char seen[64] = "";

	for (const char *at = program_output(talker->program); (at = strstr(at, head)) != NULL;
	     at += strlen(head))
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s%.*s",
			 *seen != '\0' ? " " : "", (int)strcspn(at + strlen(head), "\n"),
			 at + strlen(head));
	assert_string_equal(seen, shown);
}

static void test_what_came_meanwhile_is_opened_in_order(struct harness *h)
{
	struct chat *chat = start_chat(h);
	struct talker alice = come(chat, chat->port, "alice"), bob = come(chat, chat->port, "bob");

	type(&alice, "/private bob zero");
	hears(&bob, "Z alice locked-message alice zero\n");
	leave(&bob);
	type(&alice, "/private bob one\n/private bob two\n/private bob three");
	hears(&alice, "Z bob locked-message alice three\n");
	bob = come_back(chat, "bob");
	/* Neither missing nor late, whatever comes when. */
	type(&alice, "/private bob four");
	hears(&bob, "Z alice locked-message alice four\n");
	hears(&bob, "Z alice info - up to here it was said earlier\n");
	type(&bob, "/private alice here I am");
	hears(&bob, "Z alice locked-message bob here I am\n");
	leave(&bob);
	assert_int_equal(bob.program->status, 0);
	expect_shown(&bob, "alice", "one two three four");
	/* What this device has read is in the history, and isn't read again. */
	bob = come_back(chat, "bob");
	type(&alice, "/private bob five");
	hears(&bob, "Z alice locked-message alice five\n");
	hears(&bob, "Z alice info - up to here it was said earlier\n");
	leave(&bob);
	assert_int_equal(bob.program->status, 0);
	expect_shown(&bob, "alice", "five");
	leave(&alice);
	assert_int_equal(alice.program->status, 0);
}

static void test_what_came_between_two_connections_is_opened_in_order(struct harness *h)
{
	char *kept = harness_path(h, "kept");
	struct chat *chat = chat_start(h, "--listen", "127.0.0.1:0", "--data", kept, NULL);
	struct talker alice, bob;
	char *listen = harness_format(h, "127.0.0.1:%u", chat->port);

	make_account(chat, "alice");
	make_account(chat, "bob");
	alice = come(chat, chat->port, "alice");
	bob = come(chat, chat->port, "bob");
	type(&alice, "/private bob one");
	hears(&bob, "Z alice locked-message alice one\n");
	hears(&alice, "Z bob locked-message alice one\n");
	program_signal(bob.program, SIGSTOP);
	program_kill(chat->program);
	chat_start(h, "--listen", listen, "--data", kept, NULL);
	is_told(&alice, "connected again");
	type(&alice, "/private bob two\n/private bob three");
	hears(&alice, "Z bob locked-message alice three\n");
	program_signal(bob.program, SIGCONT);
	hears(&bob, "Z alice locked-message alice three\n");
	type(&alice, "/private bob four");
	hears(&bob, "Z alice locked-message alice four\n");
	expect_shown(&bob, "alice", "one two three four");
	leave(&alice);
	leave(&bob);
	assert_int_equal(alice.program->status, 0);
	assert_int_equal(bob.program->status, 0);
}

static void test_who_cannot_encrypt_is_told_so(struct harness *h)
{
	struct chat *chat = start_chat(h);
	struct talker alice = come(chat, chat->port, "alice");
	struct client *guest = chat_person(chat, "guest", ""), *bob;

	type(&alice, "/private guest hello");
	chat_has(chat_wait(guest, " PRIVMSG guest :"), "PRIVMSG guest :hello");
	is_told(&alice, "guest: not encrypted: there is no account behind that nick");
	bob = account_return(chat, "bob", "bob", "", NULL);
	type(&alice, "/private bob hello");
	chat_has(chat_wait(bob, " PRIVMSG bob :"), "PRIVMSG bob :hello");
	is_told(&alice, "bob: not encrypted: bob has no keys");
	leave(&alice);
	assert_int_equal(alice.program->status, 0);
}

static void test_a_screen_shows_a_lock(struct harness *h)
{
	struct chat *chat = start_chat(h);
	struct talker bob = come(chat, chat->port, "bob");
	struct pane pane = pane_open(
		h, 100, 12,
		harness_format(h,
			       "SPILLWAY_PASSWORD='" ACCOUNT_PASSWORD "' %s/spillway chat "
			       "127.0.0.1:%u --io %s --nick alice --account alice",
			       h->build, chat->port, h->io));

	pane_wait(&pane, "alice>");
	pane_press(&pane, "'/private bob are we alone?' Enter");
	hears(&bob, "locked-message alice are we alone?\n");
	pane_wait(&pane, "1:bob");
	type(&bob, "/private alice we are");
	hears(&bob, "locked-message bob we are\n");
	pane_press(&pane, "M-1");
	pane_wait(&pane, "\xf0\x9f\x94\x92 <bob> we are");
	leave(&bob);
}

/* ---- who is in between ---- */

static const struct {
	const char *trick, *sentence;
	const char *shown; /* of "one", "two" and "three", what alice sees, in that order */
} envelope_tricks[] = {
	{"repeat", "an encrypted message of bob came a second time, and isn't shown again",
	 "one two three"},
	{"reorder", "1 encrypted message of bob before this one did not come: withheld, or late",
	 "one three two"},
	{"reorder", "this message of bob came late: the order was changed on the way",
	 "one three two"},
	{"truncate", "an encrypted message of bob is cut off, or no envelope at all", "one"},
	{"change", "an encrypted message of bob was changed on its way, and can't be read", "one"},
	{"swap", "1 encrypted message of bob before this one did not come: withheld, or late",
	 "one three two"},
	{"swap", "this message of bob came late: the order was changed on the way",
	 "one three two"},
	{"strip", "an encrypted message of bob came without its envelope: nothing is left to read",
	 "one"},
	{"withhold", "1 encrypted message of bob before this one did not come: withheld, or late",
	 "one three"},
};

static unsigned start_tampering(struct chat *chat, const char *trick)
{
	struct harness *h = chat->harness;
	struct program *proxy = program_start(h, "node", "tests/e2e_tamper.mjs",
					      harness_format(h, "%u", chat->port), trick, NULL);
	unsigned port = 0;

	wait_for(sscanf(program_output(proxy), "port %u\n", &port) == 1 ||
		 program_has_ended(proxy));
	if (proxy->ended && (proxy->status == NO_LIBRARY || proxy->status == NO_NODE))
		harness_skip(h, program_log(proxy));
	return port;
}

static void test_changed_envelopes_are_caught(struct harness *h)
{
	for (size_t i = 0; i < sizeof(envelope_tricks) / sizeof(envelope_tricks[0]); i++) {
		struct chat *chat = start_chat(h);
		struct talker bob =
			come_by(h, chat->port, "bob", "bob", harness_format(h, "bob-%zu", i));
		struct talker alice = come_by(h, start_tampering(chat, envelope_tricks[i].trick),
					      "alice", "alice", harness_format(h, "alice-%zu", i));

		print_message("%s\n", envelope_tricks[i].trick);
		is_ready(&bob, "bob");
		is_ready(&alice, "alice");
		type(&bob, "/private alice one");
		hears(&alice, "Z bob locked-message bob one\n");
		type(&bob, "/private alice two\n/private alice three");
		is_told(&alice, envelope_tricks[i].sentence);
		/* All that bob has said is there behind what he says now, in the open. */
		type(&bob, "/quote PRIVMSG alice :that was all");
		hears(&alice, "Z bob message bob that was all\n");
		is_told(&alice, "what bob says now isn't encrypted, as it was before");
		expect_shown(&alice, "bob", envelope_tricks[i].shown);
		leave(&alice);
		assert_int_equal(alice.program->status, 1);
		leave(&bob);
		chat_stop(chat);
	}
}

static const struct {
	const char *trick, *sentence;
} list_tricks[] = {
	{"key", "the identity of bob has changed: somebody may be in between; /verify shows both "
		"fingerprints"},
	{"rollback",
	 "the device list of bob is an older one than before: the server has put it back"},
	{"forge", "the device list of bob isn't signed for that account, or was changed"},
	{"hide", "bob has no keys"},
};

static void test_changed_keys_are_caught(struct harness *h)
{
	for (size_t i = 0; i < sizeof(list_tricks) / sizeof(list_tricks[0]); i++) {
		struct chat *chat = start_chat(h);
		char *folder = harness_format(h, "bob-%zu", i);
		struct talker bob = come_by(h, chat->port, "bob", "bob", folder);
		struct talker alice = come_by(h, start_tampering(chat, list_tricks[i].trick),
					      "alice", "alice", harness_format(h, "alice-%zu", i));
		struct talker bob2;

		print_message("%s\n", list_tricks[i].trick);
		is_ready(&bob, "bob");
		is_ready(&alice, "alice");
		type(&alice, "/private bob one");
		hears(&bob, "Z alice locked-message alice one\n");
		if (strcmp(list_tricks[i].trick, "rollback") == 0) {
			/* There is a later list, which alice has seen: by a device that writes to
			 * her. */
			bob2 = come_by(h, chat->port, "bob2", "bob", folder);
			is_ready(&bob2, "bob");
			type(&bob2, "/private alice another device");
			hears(&alice, " locked-message bob2 another device\n");
			leave(&bob2);
		}
		type(&alice, "/verify bob");
		type(&alice, "/private bob two");
		is_told(&alice, harness_format(h,
					       "this wasn't sent to bob, and nothing is sent in "
					       "plain where it was "
					       "encrypted: %s",
					       list_tricks[i].sentence));
		leave(&alice);
		assert_int_equal(alice.program->status, 1);
		leave(&bob);
		assert_null(strstr(program_output(bob.program), "two"));
		chat_stop(chat);
	}
}

static void is_refused(const struct talker *alice, const char *nick, const char *why)
{
	is_told(alice,
		harness_format(alice->harness,
			       "this wasn't sent to %s, and nothing is sent in plain where it "
			       "was encrypted: %s",
			       nick, why));
}

static void test_a_server_that_withdraws_what_is_needed_gets_nothing(struct harness *h)
{
	struct chat *chat = start_chat(h);
	struct talker bob = come(chat, chat->port, "bob");
	unsigned port = start_tampering(chat, "withdraw");
	struct talker alice = come_by(h, port, "alice", "alice", "alice");

	is_ready(&alice, "alice");
	type(&alice, "/private bob one");
	hears(&bob, "Z alice locked-message alice one\n");
	leave(&alice);
	alice = come_by(h, port, "alice", "alice", "alice");
	type(&alice, "/private bob two");
	is_refused(&alice, "bob", "this server lacks what is needed for it");
	type(&alice, "/quote PRIVMSG bob :in plain");
	hears(&bob, "Z alice message alice in plain\n");
	assert_null(strstr(program_output(bob.program), "two"));
	leave(&alice);
	leave(&bob);
}

static void test_a_nick_stays_with_its_account(struct harness *h)
{
	struct chat *chat = start_chat(h);
	struct talker bob = come_by(h, chat->port, "bobby", "bob", "bob");
	struct talker alice =
		come_by(h, start_tampering(chat, "account"), "alice", "alice", "alice");

	is_ready(&bob, "bob");
	is_ready(&alice, "alice");
	type(&bob, "/private alice one");
	hears(&alice, "Z bobby locked-message bobby one\n");
	type(&alice, "/private bobby two");
	hears(&bob, " locked-message alice two\n");
	type(&bob, "/private alice three");
	is_told(&alice, "bobby: writes with the account mallory");
	type(&alice, "/private bobby four");
	is_refused(
		&alice, "bobby",
		"that nick has the account mallory now, and had bob; if that is right, accept it "
		"by /verify");
	leave(&alice);
	leave(&bob);
	assert_null(strstr(program_output(bob.program), "four"));
}

static void test_keys_that_cannot_be_read_say_nothing_in_plain(struct harness *h)
{
	struct chat *chat = start_chat(h);
	struct talker alice = come(chat, chat->port, "alice"), bob = come(chat, chat->port, "bob");
	const char *known =
		harness_format(h, "alice/spillway/e2e/127.0.0.1:%u/alice/known", chat->port);

	type(&alice, "/private bob one");
	hears(&bob, "Z alice locked-message alice one\n");
	leave(&alice);
	harness_write(h, known, "{}x", 3);
	alice = come_by(h, chat->port, "alice", "alice", "alice");
	type(&alice, "/private bob two");
	is_told(&alice, "this wasn't sent to bob, and nothing is sent in plain");
	is_told(&alice, "they are damaged");
	leave(&alice);
	leave(&bob);
	assert_null(strstr(program_output(bob.program), "two"));
}

static void test_what_one_client_has_accepted_the_other_believes(struct harness *h)
{
	struct chat *chat = start_chat(h);
	struct talker desk = come(chat, chat->port, "alice"), bob = come(chat, chat->port, "bob");
	struct talker sofa = come_by(h, chat->port, "alice2", "alice", "alice");
	char *digits;

	is_ready(&sofa, "alice");
	type(&desk, "/private bob one");
	hears(&bob, "Z alice locked-message alice one\n");
	leave(&bob);
	bob = come_by(h, chat->port, "bob", "bob", "other");
	is_told(&bob, "your account has the identity of another device");
	type(&bob, "/verify bob");
	is_told(&bob, "to put yours in its place");
	digits = digits_behind(&bob, "your identity as bob: ");
	type(&bob, harness_format(h, "/verify bob accept %s", digits));
	is_told(&bob, "the identity of bob is accepted");
	is_ready(&bob, "bob");
	type(&sofa, "/verify bob");
	is_told(&sofa, "NOW THE IDENTITY OF bob: ");
	type(&sofa, harness_format(h, "/verify bob accept %s", digits));
	is_told(&sofa, "the identity of bob is accepted");
	type(&desk, "/private bob two");
	hears(&bob, "Z alice locked-message alice two\n");
	leave(&desk);
	leave(&sofa);
	leave(&bob);
}

static void test_another_identity_waits_until_it_is_accepted(struct harness *h)
{
	struct chat *chat = start_chat(h);
	struct talker alice = come(chat, chat->port, "alice"), bob = come(chat, chat->port, "bob");
	char *digits, *old;

	type(&alice, "/private bob hello");
	hears(&bob, "Z alice locked-message alice hello\n");
	old = digits_behind(&bob, "your identity as bob: ");
	leave(&bob);
	/* His machine is lost: another one has another identity, and doesn't take the place of the
	 * first by itself. */
	bob = come_by(h, chat->port, "bob", "bob", "other");
	is_told(&bob, "your account has the identity of another device");
	type(&bob, "/verify bob");
	is_told(&bob, "to put yours in its place");
	digits = digits_behind(&bob, "your identity as bob: ");
	type(&bob, harness_format(h, "/verify bob accept %s", old));
	is_told(&bob,
		"these aren't the last five digits of that fingerprint; nothing was accepted");
	type(&bob, harness_format(h, "/verify bob accept %s", digits));
	is_told(&bob, "the identity of bob is accepted");
	type(&bob, "/private alice it is me");
	is_told(&alice, "the identity of bob has changed: somebody may be in between");
	type(&alice, "/private bob is it you?");
	is_told(&alice, "this wasn't sent to bob");
	type(&alice, "/verify bob");
	is_told(&alice, "NOW THE IDENTITY OF bob: ");
	assert_string_equal(digits_behind(&alice, "NOW THE IDENTITY OF bob: "), digits);
	type(&alice, harness_format(h, "/verify bob accept %s", old));
	is_told(&alice, "nothing was accepted");
	assert_null(strstr(program_output(alice.program), "it is me"));
	type(&alice, harness_format(h, "/verify bob accept %s", digits));
	hears(&alice, "Z bob locked-message bob it is me\n");
	type(&alice, "/private bob so it is");
	hears(&bob, "Z alice locked-message alice so it is\n");
	type(&alice, "/verify bob");
	is_told(&alice, "(compared)");
	leave(&alice);
	leave(&bob);
	assert_null(strstr(program_output(bob.program), "is it you?"));
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST_ON(test_another_implementation_agrees_with_the_vectors, "epoll"),
		HARNESS_TEST(test_three_clients_read_each_other),
		HARNESS_TEST(test_all_devices_of_an_account_read_it),
		HARNESS_TEST(test_the_service_keeps_what_it_cannot_read),
		HARNESS_TEST(test_what_came_meanwhile_is_opened_in_order),
		HARNESS_TEST(test_what_came_between_two_connections_is_opened_in_order),
		HARNESS_TEST(test_who_cannot_encrypt_is_told_so),
		HARNESS_TEST_ON(test_a_screen_shows_a_lock, "uring"),
		HARNESS_TEST_ON(test_changed_envelopes_are_caught, "epoll"),
		HARNESS_TEST_ON(test_changed_keys_are_caught, "uring"),
		HARNESS_TEST(test_a_server_that_withdraws_what_is_needed_gets_nothing),
		HARNESS_TEST(test_a_nick_stays_with_its_account),
		HARNESS_TEST(test_keys_that_cannot_be_read_say_nothing_in_plain),
		HARNESS_TEST(test_what_one_client_has_accepted_the_other_believes),
		HARNESS_TEST(test_another_identity_waits_until_it_is_accepted),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
