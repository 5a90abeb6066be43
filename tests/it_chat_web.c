/* SPDX-License-Identifier: MIT */
/* The chat by WebSocket: frames cut anywhere, a browser, and what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/websocket.h"
#include "tests/harness_browser.h"
#include "tests/harness_chat.h"

#define ASKS                                                                                       \
	"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"               \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

enum { FIN = 0x80, MAX_FRAME = 16384 };

/* A frame as a client sends it, with a mask that isn't nothing: its length. */
static size_t make_frame(char *to, unsigned first, const char *data, size_t len)
{
	static const char mask[4] = "\x11\x92\x63\xf4";
	size_t head_len = websocket_head(to, WEBSOCKET_TEXT, len);

	to[0] = (char)first;
	to[1] = (char)((unsigned char)to[1] | 0x80);
	memcpy(to + head_len, mask, 4);
	for (size_t i = 0; i < len; i++)
		to[head_len + 4 + i] = (char)(data[i] ^ mask[i % 4]);
	return head_len + 4 + len;
}

static void send_frame(struct client *client, unsigned first, const char *data, size_t len)
{
	char frame[MAX_FRAME];

	client_send(client, frame, make_frame(frame, first, data, len));
}

static void say(struct client *client, const char *line)
{
	send_frame(client, FIN | WEBSOCKET_TEXT, line, strlen(line));
}

/* The next frame of the chat, which is whole and not masked: its payload, the harness's. */
static char *read_frame(struct client *client, unsigned *ret_kind)
{
	unsigned char head[4] = {0};

	memcpy(head, client_read(client, 2), 2);
	assert_int_equal(head[0] & 0xf0, FIN);
	*ret_kind = head[0] & 0x0f;
	size_t len = head[1];
	assert_in_range(len, 0, 126);
	if (len == 126) {
		memcpy(head + 2, client_read(client, 2), 2);
		len = (size_t)head[2] << 8 | head[3];
	}
	return harness_format(client->harness, "%.*s", (int)len, client_read(client, len));
}

/* Skips messages up to one that contains the text. */
static char *wait_for_line(struct client *client, const char *text)
{
	for (;;) {
		unsigned kind;
		char *line = read_frame(client, &kind);

		assert_int_equal(kind, WEBSOCKET_TEXT);
		assert_null(strpbrk(line, "\r\n"));
		if (strstr(line, text) != NULL)
			return line;
	}
}

/* The close frame, with this status, and the end behind it. */
static void expect_close(struct client *client, unsigned status)
{
	unsigned kind = WEBSOCKET_TEXT;
	const char *payload = "";

	while (kind != WEBSOCKET_CLOSE)
		payload = read_frame(client, &kind);
	assert_int_equal((unsigned)(unsigned char)payload[0] << 8 | (unsigned char)payload[1],
			 status);
	client_expect_end(client);
}

static struct client *open_web(struct chat *chat, const char *protocol)
{
	char *fields =
		harness_format(chat->harness, ASKS "Sec-WebSocket-Protocol: %s\r\n", protocol);
	struct client *client = client_get(chat->harness, chat->port, "/", fields, 101);

	assert_string_equal(client_field(client, "Sec-WebSocket-Accept"),
			    "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	return client;
}

static struct client *web_member(struct chat *chat, const char *nick)
{
	struct client *client = open_web(chat, "text.ircv3.net");

	say(client, harness_format(chat->harness, "NICK %s", nick));
	say(client, harness_format(chat->harness, "USER %s 0 * :Web", nick));
	say(client, "JOIN #cam");
	wait_for_line(client, " 366 ");
	return client;
}

/* ---- people ---- */

static void test_plain_and_web_clients_hear_each_other(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *web = web_member(chat, "eve");
	char long_text[400];

	chat_wait(dan, ":eve!~eve@127.0.0.1 JOIN ");
	say(web, "PRIVMSG #cam :by frame \xe2\x82\xac");
	chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :by frame \xe2\x82\xac");
	chat_say(dan, "PRIVMSG #cam :by line");
	assert_string_equal(wait_for_line(web, "PRIVMSG"),
			    ":dan!~dan@127.0.0.1 PRIVMSG #cam :by line");
	/* The other length of a frame's length. */
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	chat_say(dan, "PRIVMSG #cam :%s", long_text);
	chat_has(wait_for_line(web, "PRIVMSG"), long_text);
	say(web, harness_format(h, "PRIVMSG #cam :%s", long_text));
	chat_has(chat_line(dan), long_text);
	say(web, "QUIT :to bed");
	chat_expect(dan, ":eve!~eve@127.0.0.1 QUIT :Quit: to bed");
	wait_for_line(web, "ERROR :Closing link: 127.0.0.1 (Quit: to bed)");
	expect_close(web, 1000);
}

static void test_messages_cut_anywhere_are_whole(struct harness *h)
{
	static const char line[] = "PRIVMSG #cam :one \xe2\x82\xac";
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *web = web_member(chat, "eve");
	char bytes[2 * MAX_FRAME];

	chat_wait(dan, " JOIN ");
	/* Two fragments with a ping between them, and the next message behind. */
	size_t len = make_frame(bytes, WEBSOCKET_TEXT, line, 16);
	len += make_frame(bytes + len, FIN | WEBSOCKET_PING, "hi", 2);
	len += make_frame(bytes + len, FIN | WEBSOCKET_CONTINUATION, line + 16, sizeof(line) - 17);
	len += make_frame(bytes + len, FIN | WEBSOCKET_TEXT, "PRIVMSG #cam :two", 17);
	for (size_t cut = 1; cut <= len; cut++) {
		unsigned kind;

		client_send(web, bytes, cut);
		chat_so_far(dan);
		if (cut < len)
			client_send(web, bytes + cut, len - cut);
		if (cut == len)
			break;
		assert_string_equal(read_frame(web, &kind), "hi");
		assert_int_equal(kind, WEBSOCKET_PONG);
	}
	say(web, "PRIVMSG #cam :last");
	chat_wait(dan, "PRIVMSG #cam :last");
	say(web, "QUIT");
	/* All were understood: nothing else was answered. */
	unsigned kind;
	assert_string_equal(read_frame(web, &kind), "hi");
	chat_has(read_frame(web, &kind), "ERROR ");
}

static void test_each_cut_message_arrives_once(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *web = web_member(chat, "eve");
	char bytes[MAX_FRAME];
	size_t len = make_frame(bytes, FIN | WEBSOCKET_TEXT, "PRIVMSG #cam :one \xe2\x82\xac", 21);

	chat_wait(dan, " JOIN ");
	for (size_t cut = 1; cut < len; cut++) {
		client_send(web, bytes, cut);
		assert_string_equal(chat_so_far(dan), "");
		client_send(web, bytes + cut, len - cut);
		chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :one \xe2\x82\xac");
	}
}

static void test_subprotocol_decides_how_messages_come(struct harness *h)
{
	static const struct {
		const char *offered, *taken;
		unsigned kind;
	} cases[] = {
		{"text.ircv3.net", "text.ircv3.net", WEBSOCKET_TEXT},
		{"binary.ircv3.net", "binary.ircv3.net", WEBSOCKET_BINARY},
		{"binary.ircv3.net, text.ircv3.net", "binary.ircv3.net", WEBSOCKET_BINARY},
		{"irc", "irc", WEBSOCKET_TEXT},
		{"chat", "", WEBSOCKET_TEXT},
	};
	struct chat *chat = chat_start(h, NULL);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client *web = open_web(chat, cases[i].offered);
		unsigned kind;

		assert_string_equal(client_field(web, "Sec-WebSocket-Protocol"), cases[i].taken);
		send_frame(web, FIN | WEBSOCKET_BINARY, "PING a", 6);
		assert_string_equal(read_frame(web, &kind),
				    ":chat.localhost PONG chat.localhost :a");
		assert_int_equal(kind, cases[i].kind);
	}
}

/* Behind the request, in the same packet, the first message may come. */
static void test_message_behind_the_request_is_read(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *web = client_connect(h, chat->port);
	char bytes[MAX_FRAME];
	unsigned kind;
	size_t len = (size_t)snprintf(bytes, sizeof(bytes),
				      "GET /chat HTTP/1.1\r\nHost: a\r\n" ASKS "\r\n");

	len += make_frame(bytes + len, FIN | WEBSOCKET_TEXT, "PING a\r\n", 8);
	for (size_t cut = 1; cut < 8; cut++) {
		client_send(web, bytes + cut - 1, 1);
		usleep(1000); /* so that most come by themselves */
	}
	client_send(web, bytes + 7, len - 7);
	assert_int_equal(client_head(web), 101);
	assert_string_equal(read_frame(web, &kind), ":chat.localhost PONG chat.localhost :a");
}

/* ---- what is refused ---- */

static void test_long_message_is_refused_and_the_next_is_fine(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *web = web_member(chat, "eve");
	char rubbish[8000];

	memset(rubbish, 'x', sizeof(rubbish));
	for (int i = 0; i < 10; i++)
		send_frame(web, i == 0 ? WEBSOCKET_TEXT : WEBSOCKET_CONTINUATION, rubbish,
			   sizeof(rubbish));
	send_frame(web, FIN | WEBSOCKET_CONTINUATION, "", 0);
	say(web, "PING fine");
	chat_has(wait_for_line(web, ""), " 417 eve :Input line was too long");
	wait_for_line(web, " PONG chat.localhost :fine");
}

static void test_broken_frames_end_with_their_status(struct harness *h)
{
	static const struct {
		const char *bytes;
		size_t len;
		unsigned status;
	} cases[] = {
		{"\x81\x05Hello", 7, 1002},
		{"\xc1\x80\0\0\0\0", 6, 1002},
		{"\x80\x80\0\0\0\0", 6, 1002},
		{"\x88\x81\0\0\0\0x", 7, 1002},
		{"\x81\x82\0\0\0\0\xe2\x82", 8, 1007},
		{"\x88\x80\0\0\0\0", 6, 1000},
	};
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client *web = web_member(chat, "eve");

		chat_wait(dan, " JOIN ");
		client_send(web, cases[i].bytes, cases[i].len);
		chat_has(chat_line(dan), ":eve!~eve@127.0.0.1 QUIT :");
		expect_close(web, cases[i].status);
		client_close(web);
	}
}

static void test_requests_that_are_no_websocket(struct harness *h)
{
	static const struct {
		const char *method, *fields;
		int status;
	} cases[] = {
		{"GET", "", 426},
		{"GET",
		 "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
		 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
		 426},
		{"GET",
		 "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n", 400},
		{"GET", "Bad Field: x\r\n", 400},
		{"HEAD", ASKS, 405},
		{"DELETE", ASKS, 405},
	};
	struct chat *chat = chat_start(h, NULL);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client *client = client_connect(h, chat->port);

		client_request(client, cases[i].method, "/", cases[i].fields);
		assert_int_equal(client_head(client), cases[i].status);
		client_body(client, NULL);
		client_expect_end(client);
	}
}

/* A page elsewhere can make its visitors' browsers post what looks like IRC. */
static void test_lines_in_a_posted_form_arent_obeyed(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *victim = client_connect(h, chat->port);

	chat_so_far(dan);
	client_print(victim, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\n"
			     "NICK eve\r\nUSER e 0 * :E\r\nJOIN #cam\r\nPRIVMSG #cam :spam\r\n");
	assert_int_equal(client_head(victim), 405);
	client_body(victim, NULL);
	client_expect_end(victim);
	assert_string_equal(chat_so_far(dan), "");
}

static void test_origins_are_checked_where_some_are_named(struct harness *h)
{
	static const struct {
		const char *origin;
		int status;
	} cases[] = {
		{"", 101},
		{"Origin: https://example.org\r\n", 101},
		{"Origin: http://localhost:7070\r\n", 101},
		{"Origin: http://example.org\r\n", 403},
		{"Origin: https://example.org.evil.net\r\n", 403},
		{"Origin: null\r\n", 403},
	};
	struct chat *chat = chat_start(h, "--web-origin", "https://example.org", "--web-origin",
				       "http://localhost:7070", NULL);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		client_get(h, chat->port, "/", harness_format(h, ASKS "%s", cases[i].origin),
			   cases[i].status);
}

static void test_stalled_web_reader_is_told_in_a_whole_message(struct harness *h)
{
	struct chat *chat = chat_start(h, "--max-queue", "64K", NULL);
	struct client *dan = chat_member(chat, "dan", "message-tags", "#cam");
	struct client *joe = chat_member(chat, "joe", "message-tags", "#cam");
	struct client *web = web_member(chat, "eve");
	int size = 4096;

	say(web, "CAP REQ :message-tags");
	wait_for_line(web, " ACK ");
	setsockopt(web->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	chat_wait(dan, ":eve!~eve@127.0.0.1 JOIN ");
	do {
		chat_say(joe, "@+t=%03000d TAGMSG #cam", 0); /* not stored, so it's quick */
	} while (strstr(chat_line(dan), " QUIT ") == NULL);
	wait_for_line(web, "ERROR :Closing link: 127.0.0.1 (Too much is waiting to be read)");
	expect_close(web, 1000);
}

/* ---- a browser ---- */

static const char page[] =
	"<p id=state>new</p><p id=notice>-</p><p id=viewers>-</p><script>\n"
	"const show = (id, text) => document.getElementById(id).textContent = text;\n"
	"const socket = new WebSocket('ws://127.0.0.1:%u/', ['%s']);\n"
	"const decoder = new TextDecoder('utf-8', {fatal: true});\n"
	"socket.binaryType = 'arraybuffer';\n"
	"socket.onopen = () => ['CAP REQ :draft/chathistory', 'NICK eve', 'USER e 0 * :Eve', "
	"'CAP END',\n"
	"	'JOIN #cam', 'CHATHISTORY LATEST #cam * 10',\n"
	"	'PRIVMSG #cam :from the browser \\u20ac'].forEach(line => socket.send(line));\n"
	"socket.onmessage = event => {\n"
	"	const binary = typeof event.data !== 'string';\n"
	"	const line = binary ? decoder.decode(event.data) : event.data;\n"
	"	if (/PRIVMSG|KICK/.test(line)) show('notice', line);\n"
	"	if (/ 366 /.test(line)) show('state', 'joined ' + socket.protocol + ' ' + "
	"binary);\n"
	"	if (/^PING|:\\S+ PING/.test(line)) socket.send('PONG x');\n"
	"	if (/leave now/.test(line)) socket.send('QUIT');\n"
	"};\n"
	"socket.onclose = event => show('viewers', 'closed ' + event.code + ' ' + "
	"event.wasClean);\n"
	"</script>\n";

static void talk_with_browser(struct harness *h, const char *protocol, const char *joined)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	chat_say(dan, "PRIVMSG #cam :said earlier");
	chat_so_far(dan);
	char *text = harness_format(h, page, chat->port, protocol);
	char *path = harness_write(h, "chat.html", text, strlen(text));

	struct program *browser = browser_open(h, harness_format(h, "file://%s", path));
	browser_expect(browser, harness_format(h, "state joined %s", joined));
	browser_expect(browser, "notice :dan!~dan@127.0.0.1 PRIVMSG #cam :said earlier");
	chat_wait(dan, ":eve!~e@127.0.0.1 PRIVMSG #cam :from the browser \xe2\x82\xac");
	chat_say(dan, "PRIVMSG #cam :to the browser \xf0\x9f\x98\x80");
	browser_expect(browser, "notice :dan!~dan@127.0.0.1 PRIVMSG #cam "
				":to the browser \xf0\x9f\x98\x80");
	chat_say(dan, "KICK #cam eve :enough");
	browser_expect(browser, "notice :dan!~dan@127.0.0.1 KICK #cam eve :enough");
	chat_say(dan, "PRIVMSG eve :leave now");
	browser_expect(browser, "viewers closed 1000 true");
	browser_close(browser);
}

static void test_browser_talks_in_text(struct harness *h)
{
	talk_with_browser(h, "text.ircv3.net", "text.ircv3.net false");
}

static void test_browser_talks_in_binary(struct harness *h)
{
	talk_with_browser(h, "binary.ircv3.net", "binary.ircv3.net true");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_plain_and_web_clients_hear_each_other),
		HARNESS_TEST(test_messages_cut_anywhere_are_whole),
		HARNESS_TEST(test_each_cut_message_arrives_once),
		HARNESS_TEST(test_subprotocol_decides_how_messages_come),
		HARNESS_TEST(test_message_behind_the_request_is_read),
		HARNESS_TEST(test_long_message_is_refused_and_the_next_is_fine),
		HARNESS_TEST(test_broken_frames_end_with_their_status),
		HARNESS_TEST(test_requests_that_are_no_websocket),
		HARNESS_TEST(test_lines_in_a_posted_form_arent_obeyed),
		HARNESS_TEST(test_origins_are_checked_where_some_are_named),
		HARNESS_TEST(test_stalled_web_reader_is_told_in_a_whole_message),
		HARNESS_TEST(test_browser_talks_in_text),
		HARNESS_TEST_ON(test_browser_talks_in_binary, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
