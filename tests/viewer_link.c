/* SPDX-License-Identifier: MIT */
/* The connection to a chat server, with servers that are scripts, in threads; time is put
 * forward. */
#include "viewer/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/proof.h"

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: server: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* ---- time, as the link sees it ---- */

static _Atomic int64_t skew_us;

/* The linker's names for the functions that are replaced, and for what replaces them. */
__typeof__(io_now_us) real_now_us __asm__("__real_io_now_us");
__typeof__(io_now_us) wrap_now_us __asm__("__wrap_io_now_us");
__typeof__(io_timer) real_timer __asm__("__real_io_timer");
__typeof__(io_timer) wrap_timer __asm__("__wrap_io_timer");

int64_t wrap_now_us(const struct io *io)
{
	return real_now_us(io) + skew_us;
}

void wrap_timer(struct io *io, struct io_op *op, int64_t at_us, io_done *done)
{
	real_timer(io, op, at_us - skew_us, done);
}

/* ---- the server ---- */

typedef void script(int fd);

static struct {
	int fd;
	char port[8];
	script *const *scripts; /* one for each connection; NULL at the end */
	pthread_t thread;
} server;

static char line[4096];

/* The next line, without CR LF. */
static const char *hear(int fd)
{
	size_t len = 0;

	while (len < sizeof(line) - 1 && read(fd, line + len, 1) == 1 && line[len] != '\n')
		len++;
	line[len] = '\0';
	line[strcspn(line, "\r")] = '\0';
	return line;
}

static void expect(int fd, const char *text)
{
	hear(fd);
	if (strcmp(line, text) != 0)
		fprintf(stderr, "server: \"%s\" isn't \"%s\"\n", line, text);
	MUST(strcmp(line, text) == 0);
}

__attribute__((format(printf, 2, 3))) static void say(int fd, const char *format, ...)
{
	char text[4096];
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(text, sizeof(text) - 2, format, arguments);
	va_end(arguments);
	memcpy(text + len, "\r\n", 2);
	MUST(send(fd, text, (size_t)len + 2, MSG_NOSIGNAL) == len + 2);
}

static void greet(int fd, const char *caps)
{
	expect(fd, "CAP LS 302");
	expect(fd, "NICK dan");
	expect(fd, "USER dan 0 * :dan");
	say(fd, ":s CAP * LS :%s", caps);
}

/* Until the client has gone. */
static void wait_end(int fd)
{
	while (*hear(fd) != '\0')
		;
}

static void *serve(void *unused)
{
	(void)unused;
	for (size_t i = 0; server.scripts[i] != NULL; i++) {
		int fd = accept(server.fd, NULL, NULL);

		MUST(fd >= 0);
		server.scripts[i](fd);
		close(fd);
	}
	return NULL;
}

static void server_start(script *const *scripts)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(server.fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(server.fd, 8), 0);
	assert_int_equal(getsockname(server.fd, (struct sockaddr *)&address, &len), 0);
	snprintf(server.port, sizeof(server.port), "%u", ntohs(address.sin_port));
	server.scripts = scripts;
	assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

/* ---- the link, and what it says ---- */

static char heard[8192];
static struct io *loop;

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	size_t len = strlen(heard);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(heard + len, sizeof(heard) - len, format, arguments);
	va_end(arguments);
}

static void up(struct link *link)
{
	uint32_t label;

	note("up as %s|", link->nick);
	assert_int_equal(link_send(link, "JOIN #cam\r\n", 11, &label), 0);
}

static void message(struct link *link, const struct message *what, uint32_t label)
{
	(void)label;
	if (*what->command > '9' || *what->command == '4' || *what->command == '7')
		note("%s %s|", what->command, link->nick);
	if (strcmp(what->command, "BYE") == 0)
		link_quit(link, "", 0);
}

static void answered(struct link *link, uint32_t label)
{
	(void)link;
	note("answered %u|", label);
}

static void lost(struct link *link, const char *sentence)
{
	(void)link;
	note("%s|", sentence);
}

static void ended(struct link *link, int error, const char *sentence)
{
	(void)link;
	note("ended %d %s", error, sentence);
	io_stop(loop);
}

static const struct link_handler handler = {
	.up = up,
	.message = message,
	.answered = answered,
	.lost = lost,
	.ended = ended,
};

/* Runs to the end, and compares what was heard. */
static void run(script *const *scripts, struct link_options options, const char *all)
{
	static struct link link;
	const char *why;

	skew_us = 0;
	heard[0] = '\0';
	server_start(scripts);
	options.host = "127.0.0.1";
	options.port = server.port;
	options.nick = "dan";
	assert_int_equal(io_create(&loop, IO_BACKEND_AUTO, &why), 0);
	link_start(&link, loop, &options, &handler, NULL);
	assert_int_equal(io_run(loop), 0);
	io_destroy(loop);
	pthread_join(server.thread, NULL);
	close(server.fd);
	assert_string_equal(heard, all);
}

/* ---- a server that falls silent ---- */

static void falls_silent(int fd)
{
	greet(fd, "batch labeled-response");
	expect(fd, "CAP REQ :batch labeled-response");
	say(fd, ":s CAP dan ACK :batch labeled-response");
	expect(fd, "CAP END");
	say(fd, ":s 001 dan :hi");
	expect(fd, "@label=1 JOIN #cam");
	skew_us += LINK_PING_S * INT64_C(1000000);
	expect(fd, "PING :127.0.0.1");
	skew_us += (LINK_SILENT_S - LINK_PING_S) * INT64_C(1000000);
	wait_end(fd);
}

static void says_bye(int fd)
{
	greet(fd, "");
	expect(fd, "CAP END");
	say(fd, ":s 001 dan :hi");
	expect(fd, "JOIN #cam");
	expect(fd, "PING :2");
	say(fd, ":s PONG s :2");
	say(fd, ":s BYE");
	expect(fd, "QUIT");
}

static void test_a_server_that_falls_silent_is_left(void **state)
{
	static script *const scripts[] = {falls_silent, says_bye, NULL};

	(void)state;
	run(scripts, (struct link_options){.reconnect = true},
	    "up as dan|the connection to 127.0.0.1 is lost: the server is silent|"
	    "up as dan|PONG dan|answered 2|BYE dan|ended 0 ");
}

/* ---- the nick ---- */

static void is_lost(int fd)
{
	greet(fd, "");
	expect(fd, "CAP END");
	say(fd, ":s 001 dan :hi");
	expect(fd, "JOIN #cam");
	expect(fd, "PING :1");
}

static void has_the_nick_again(int fd)
{
	greet(fd, "");
	say(fd, ":s 433 * dan :taken");
	expect(fd, "CAP END");
	expect(fd, "NICK dan_");
	say(fd, ":s 001 dan_ :hi");
	say(fd, ":s 005 dan_ MONITOR=100 NICKLEN=30 :are supported");
	expect(fd, "JOIN #cam");
	expect(fd, "PING :2");
	expect(fd, "MONITOR + dan");
	say(fd, ":s 730 dan_ :dan!d@h");
	say(fd, ":s 731 dan_ :dan");
	expect(fd, "NICK dan");
	say(fd, ":s 433 dan_ dan :somebody was faster");
	say(fd, ":s 731 dan_ :dan");
	expect(fd, "NICK dan");
	say(fd, ":dan_!d@h NICK dan");
	expect(fd, "MONITOR C");
	say(fd, ":s BYE");
	expect(fd, "QUIT");
}

static void test_the_nick_is_taken_back_as_soon_as_it_is_free(void **state)
{
	static script *const scripts[] = {is_lost, has_the_nick_again, NULL};

	(void)state;
	run(scripts, (struct link_options){.reconnect = true},
	    "up as dan|the connection to 127.0.0.1 is lost: it closed the connection|"
	    "up as dan_|NICK dan_|BYE dan|ended 0 ");
}

/* Now and then it is asked for. */
static void knows_no_monitor(int fd)
{
	greet(fd, "");
	say(fd, ":s 433 * dan :taken");
	expect(fd, "CAP END");
	expect(fd, "NICK dan_");
	say(fd, ":s 001 dan_ :hi");
	expect(fd, "JOIN #cam");
	expect(fd, "PING :1");
	skew_us += LINK_PING_S * INT64_C(1000000);
	expect(fd, "PING :127.0.0.1");
	expect(fd, "NICK dan");
	say(fd, ":dan_!d@h NICK dan");
	say(fd, ":s BYE");
	expect(fd, "QUIT");
}

static void test_without_monitor_the_nick_is_asked_for_now_and_then(void **state)
{
	static script *const scripts[] = {knows_no_monitor, NULL};

	(void)state;
	run(scripts, (struct link_options){.substitute = true},
	    "up as dan_|NICK dan_|BYE dan|ended 0 ");
}

/* ---- accounts ---- */

static void begin_login(int fd, const char *mechanisms, const char *chosen)
{
	char caps[64];

	snprintf(caps, sizeof(caps), "sasl%s%s", *mechanisms != '\0' ? "=" : "", mechanisms);
	greet(fd, caps);
	expect(fd, "CAP REQ :sasl");
	say(fd, ":s CAP dan ACK :sasl");
	expect(fd, chosen);
	say(fd, "AUTHENTICATE +");
}

/* What the client authenticates with, without Base64. */
static const char *hear_answer(int fd)
{
	static char text[1024];
	size_t len;

	hear(fd);
	MUST(strncmp(line, "AUTHENTICATE ", 13) == 0);
	MUST(sodium_base642bin((unsigned char *)text, sizeof(text) - 1, line + 13,
			       strlen(line + 13), NULL, &len, NULL,
			       sodium_base64_VARIANT_ORIGINAL) == 0);
	text[len] = '\0';
	return text;
}

static void say_challenge(int fd, const char *text)
{
	char base64[1024];

	sodium_bin2base64(base64, sizeof(base64), (const unsigned char *)text, strlen(text),
			  sodium_base64_VARIANT_ORIGINAL);
	say(fd, "AUTHENTICATE %s", base64);
}

/* A conversation with who should know this password; says whether he does. */
static bool scram(int fd, const char *password, const char *server_password)
{
	unsigned char proof[PROOF_KEY], signature[PROOF_KEY], hash[PROOF_KEY];
	char all[2048], first[512], answer[512], text[PROOF_TEXT_SIZE];
	struct proof_keys keys, own;
	size_t len;

	begin_login(fd, "EXTERNAL,PLAIN,SCRAM-SHA-256", "AUTHENTICATE SCRAM-SHA-256");
	snprintf(answer, sizeof(answer), "%s", hear_answer(fd));
	MUST(strncmp(answer, "n,,n=dan,r=", 11) == 0);
	snprintf(first, sizeof(first), "r=%.100sserver,s=c2FsdHNhbHQ=,i=4096", answer + 11);
	len = (size_t)snprintf(all, sizeof(all), "%s,%s,", answer + 3, first);
	say_challenge(fd, first);
	snprintf(answer, sizeof(answer), "%s", hear_answer(fd));
	char *end = strstr(answer, ",p=");
	MUST(strncmp(answer, "c=biws,r=", 9) == 0 && end != NULL);
	MUST(proof_decode(end + 3, strlen(end + 3), proof, sizeof(proof)));
	len += (size_t)snprintf(all + len, sizeof(all) - len, "%.*s", (int)(end - answer), answer);
	proof_make_keys(password, (const unsigned char *)"saltsalt", 8, 4096, &keys);
	proof_make_keys(server_password, (const unsigned char *)"saltsalt", 8, 4096, &own);
	proof_hmac(keys.stored, PROOF_KEY, all, len, signature);
	for (size_t i = 0; i < PROOF_KEY; i++)
		proof[i] ^= signature[i];
	crypto_hash_sha256(hash, proof, PROOF_KEY);
	if (memcmp(hash, keys.stored, PROOF_KEY) != 0)
		return false;
	proof_hmac(own.server, PROOF_KEY, all, len, signature);
	sodium_bin2base64(text, sizeof(text), signature, PROOF_KEY, sodium_base64_VARIANT_ORIGINAL);
	snprintf(answer, sizeof(answer), "v=%s", text);
	say_challenge(fd, answer);
	return true;
}

static void let_in(int fd)
{
	expect(fd, "AUTHENTICATE +");
	say(fd, ":s 900 dan dan!d@h dan :You are now logged in as dan");
	say(fd, ":s 903 dan :welcome");
	expect(fd, "CAP END");
	say(fd, ":s 001 dan :hi");
	expect(fd, "JOIN #cam");
}

static void scram_and_loss(int fd)
{
	MUST(scram(fd, "pencil", "pencil"));
	let_in(fd);
	expect(fd, "PING :1");
}

static void scram_and_bye(int fd)
{
	MUST(scram(fd, "pencil", "pencil"));
	let_in(fd);
	say(fd, ":s BYE");
	expect(fd, "PING :2");
	expect(fd, "QUIT");
}

static const struct link_options with_account = {
	.account = "dan", .password = "pencil", .reconnect = true};

static void test_it_logs_in_again_after_a_loss(void **state)
{
	static script *const scripts[] = {scram_and_loss, scram_and_bye, NULL};

	(void)state;
	run(scripts, with_account,
	    "up as dan|the connection to 127.0.0.1 is lost: it closed the connection|"
	    "up as dan|BYE dan|ended 0 ");
}

static void plain_and_bye(int fd)
{
	begin_login(fd, "EXTERNAL,PLAIN", "AUTHENTICATE PLAIN");
	MUST(memcmp(hear_answer(fd), "\0dan\0pencil", 12) == 0);
	say(fd, ":s 903 dan :welcome");
	expect(fd, "CAP END");
	say(fd, ":s 001 dan :hi");
	expect(fd, "JOIN #cam");
	say(fd, ":s BYE");
	expect(fd, "PING :1");
	expect(fd, "QUIT");
}

static void test_plain_is_used_where_there_is_nothing_else(void **state)
{
	static script *const scripts[] = {plain_and_bye, NULL};

	(void)state;
	run(scripts, with_account, "up as dan|BYE dan|ended 0 ");
}

static void knows_another_password(int fd)
{
	MUST(!scram(fd, "crayon", "crayon"));
	say(fd, ":s 904 dan :SASL authentication failed");
	wait_end(fd);
}

static void is_somebody_else(int fd)
{
	MUST(scram(fd, "pencil", "crayon"));
	wait_end(fd);
}

/* It lets us in before it has proved that it knows us. */
static void is_hasty(int fd)
{
	begin_login(fd, "SCRAM-SHA-256", "AUTHENTICATE SCRAM-SHA-256");
	hear_answer(fd);
	say(fd, ":s 903 dan :welcome");
	wait_end(fd);
}

static void has_no_accounts(int fd)
{
	greet(fd, "batch");
	expect(fd, "CAP REQ :batch");
	say(fd, ":s CAP dan ACK :batch");
	wait_end(fd);
}

static void knows_no_capabilities(int fd)
{
	expect(fd, "CAP LS 302");
	expect(fd, "NICK dan");
	expect(fd, "USER dan 0 * :dan");
	say(fd, ":s 001 dan :hi");
	wait_end(fd);
}

static void has_other_ways(int fd)
{
	greet(fd, "sasl=EXTERNAL");
	expect(fd, "CAP REQ :sasl");
	say(fd, ":s CAP dan ACK :sasl");
	wait_end(fd);
}

static void talks_nonsense(int fd)
{
	begin_login(fd, "", "AUTHENTICATE SCRAM-SHA-256");
	hear_answer(fd);
	say(fd, "AUTHENTICATE ***");
	wait_end(fd);
}

static void test_why_it_didnt_work_is_said(void **state)
{
	static const struct {
		script *script;
		int error;
		const char *why;
	} cases[] = {
		{knows_another_password, -EACCES, "SASL authentication failed"},
		{is_somebody_else, -EACCES,
		 "the server doesn't know the password itself, so it isn't the one it seems to be"},
		{is_hasty, -EACCES, "the server didn't prove that it knows the account"},
		{has_no_accounts, -ENOTSUP, "the server has no accounts"},
		{knows_no_capabilities, -ENOTSUP, "the server has no accounts"},
		{has_other_ways, -ENOTSUP, "the server wants it done in another way: EXTERNAL"},
		{talks_nonsense, -EINVAL, "what the server says can't be understood"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		script *const scripts[] = {cases[i].script, NULL};
		char all[256];

		snprintf(all, sizeof(all), "ended %d logging in as dan: %s", cases[i].error,
			 cases[i].why);
		run(scripts, with_account, all);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_server_that_falls_silent_is_left),
		cmocka_unit_test(test_the_nick_is_taken_back_as_soon_as_it_is_free),
		cmocka_unit_test(test_without_monitor_the_nick_is_asked_for_now_and_then),
		cmocka_unit_test(test_it_logs_in_again_after_a_loss),
		cmocka_unit_test(test_plain_is_used_where_there_is_nothing_else),
		cmocka_unit_test(test_why_it_didnt_work_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
