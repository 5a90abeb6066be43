/* SPDX-License-Identifier: MIT */
/* The chat's guests, and those of its control socket. */
#include "tests/churn_chat.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/websocket.h"
#include "tests/churn.h"

#define WEBSOCKET                                                                                  \
	"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"       \
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

enum { ROOMS = 6, LINE_SIZE = 512, NUMBERS = 10 };

/* ~ is a room, ^ a nick, $ a number. */
static const char *const sayings[] = {
	"PRIVMSG ~ :hello $ $ $ to all of you",
	"PRIVMSG ~ :hello $ again",
	"PRIVMSG ~ :and good bye",
	"@+typing=active;+draft/reply=$ TAGMSG ~",
	"@label=$ PRIVMSG ~ :what comes of it",
	"PRIVMSG ^ :psst $",
	"NOTICE ~ :take note of $",
	"JOIN ~",
	"JOIN ~,~",
	"PART ~ :enough",
	"NAMES ~",
	"WHO ~",
	"WHO ^",
	"WHOIS ^",
	"WHOWAS ^",
	"LIST",
	"TOPIC ~ :about $",
	"TOPIC ~",
	"MODE ~ +m",
	"MODE ~ -m",
	"MODE ~ +b *!*@127.0.0.$",
	"MODE ~ +b",
	"MODE ~ -b *!*@127.0.0.$",
	"MODE ~ +v ^",
	"MODE ~ +o ^",
	"KICK ~ ^ :out",
	"INVITE ^ ~",
	"NICK ^",
	"AWAY :gone for $",
	"AWAY",
	"MONITOR + ^,^",
	"MONITOR - ^",
	"MONITOR S",
	"CHATHISTORY LATEST ~ * 50",
	"CHATHISTORY BEFORE ~ timestamp=2099-01-01T00:00:00.000Z 20",
	("CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z "
	 "timestamp=2099-01-01T00:00:00.000Z 9"),
	"MARKREAD ~ timestamp=2026-01-01T00:00:00.00$Z",
	"REDACT ~ nothing :no",
	"SETNAME :Number $",
	"USERHOST ^ ^",
	"LUSERS",
	"MOTD",
	"HELP",
	"PING $",
	"NONSENSE $",
	"AUTHENTICATE PLAIN",
	"JOIN 0",
};
enum { SAYINGS = sizeof(sayings) / sizeof(*sayings) };

static void say(struct guest *guest, const char *saying)
{
	char line[LINE_SIZE];
	size_t len = 0;

	for (; *saying != '\0'; saying++) {
		char *to = line + len;
		size_t size = sizeof(line) - len;

		if (*saying == '~')
			len += (size_t)snprintf(to, size, "#room%u",
						(unsigned)guest_random(guest, ROOMS));
		else if (*saying == '^')
			len += (size_t)snprintf(to, size, "n%u",
						(unsigned)guest_random(guest, CHURN_NAMES));
		else if (*saying == '$')
			len += (size_t)snprintf(to, size, "%u",
						(unsigned)guest_random(guest, NUMBERS));
		else
			line[len++] = *saying;
	}
	guest_print(guest, "%.*s\r\n", (int)len, line);
}

static void say_something(struct guest *guest)
{
	say(guest, sayings[guest_random(guest, SAYINGS)]);
}

static void talk(struct guest *guest)
{
	for (uint64_t n = guest_random(guest, 8); n > 0; n--)
		say_something(guest);
}

/* ---- people ---- */

static void sign_on(struct guest *guest)
{
	say(guest, "NICK n$$");
	say(guest, "NICK ^");
	say(guest, "USER u$ 0 * :Somebody");
}

static void come_to_talk(struct guest *guest)
{
	sign_on(guest);
	say(guest, "JOIN ~");
	say(guest, "JOIN #cam,~");
}

static void come_with_capabilities(struct guest *guest)
{
	say(guest, "CAP LS 302");
	say(guest,
	    "CAP REQ :server-time batch labeled-response echo-message message-tags away-notify "
	    "extended-join setname standard-replies extended-monitor");
	say(guest,
	    "CAP REQ :draft/chathistory draft/read-marker draft/message-redaction account-tag");
	come_to_talk(guest);
	say(guest, "CAP END");
}

static void quit(struct guest *guest)
{
	talk(guest);
	if (guest_step(guest) >= 2)
		say(guest, "QUIT :tired of $");
}

/* Far more than --max-queue. */
static void ask_for_much(struct guest *guest)
{
	for (int i = 0; i < 20; i++)
		say(guest, i % 2 == 0 ? "HELP" : "CHATHISTORY LATEST ~ * 100");
}

/* ---- accounts ---- */

static void log_in(struct guest *guest, const char *password)
{
	char message[128], text[256];
	int len = snprintf(message, sizeof(message), "%c" CHURN_ACCOUNT "%u%c%s", 0,
			   (unsigned)guest_random(guest, CHURN_ACCOUNTS), 0, password);

	sodium_bin2base64(text, sizeof(text), (const unsigned char *)message, (size_t)len,
			  sodium_base64_VARIANT_ORIGINAL);
	say(guest, "CAP REQ :sasl server-time");
	sign_on(guest);
	say(guest, "AUTHENTICATE PLAIN");
	guest_print(guest, "AUTHENTICATE %s\r\n", text);
	say(guest, "CAP END");
	say(guest, "JOIN ~");
}

static void log_in_rightly(struct guest *guest)
{
	log_in(guest, CHURN_PASSWORD);
}

static void log_in_wrongly(struct guest *guest)
{
	log_in(guest, "wrong horse");
}

static void log_in_malformed(struct guest *guest)
{
	say(guest, "CAP REQ :sasl");
	say(guest,
	    guest_random(guest, 2) == 0 ? "AUTHENTICATE PLAIN" : "AUTHENTICATE SCRAM-SHA-256");
	guest_malformed(guest, "sasl");
	say(guest, "");
	say(guest, "AUTHENTICATE *");
	sign_on(guest);
}

static void register_account(struct guest *guest)
{
	say(guest, "CAP REQ :draft/account-registration");
	say(guest, "NICK " CHURN_ACCOUNT "$");
	say(guest, "USER u$ 0 * :Somebody");
	say(guest, "CAP END");
	say(guest, "REGISTER * * :another horse");
}

/* ---- by WebSocket ---- */

static void ask_for_websocket(struct guest *guest)
{
	guest_print(guest, "%s", WEBSOCKET);
}

static void say_in_frames(struct guest *guest)
{
	static const char *const first[] = {"NICK w7", "USER w 0 * :Web", "JOIN #room1"};
	const char *line = guest_step(guest) < 3 ? first[guest_step(guest)] : "PRIVMSG #room1 :hi";
	char frame[LINE_SIZE], mask[4] = "\x11\x92\x63\xf4";
	size_t len = strlen(line), head_len = websocket_head(frame, WEBSOCKET_TEXT, len);

	frame[1] = (char)((unsigned char)frame[1] | 0x80);
	memcpy(frame + head_len, mask, 4);
	for (size_t i = 0; i < len; i++)
		frame[head_len + 4 + i] = (char)(line[i] ^ mask[i % 4]);
	guest_send(guest, frame, head_len + 4 + len);
}

static void malformed_frame(struct guest *guest)
{
	guest_malformed(guest, "websocket");
}

static void ask_metrics(struct guest *guest)
{
	guest_print(guest, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
		    guest_random(guest, 2) == 0 ? "/metrics" : "/healthz");
}

/* ---- who doesn't keep the rules ---- */

static void malformed_request(struct guest *guest)
{
	guest_malformed(guest, "http");
}

static void malformed_line(struct guest *guest)
{
	if (guest_step(guest) == 0 && guest_random(guest, 2) == 0)
		sign_on(guest);
	guest_malformed(guest, "message");
	say(guest, "");
}

static void one_byte(struct guest *guest)
{
	static const char text[] = "NICK slow\r\nUSER slow 0 * :Slow\r\nJOIN #room1\r\n";

	guest_send(guest, text + guest_step(guest) % (sizeof(text) - 1), 1);
}

/* ---- the control socket ---- */

static void control_chat(struct guest *guest)
{
	static const char *const lines[] = {
		"{\"request\":\"stat\"}",
		"{\"request\":\"rooms\"}",
		"{\"request\":\"users\"}",
		"{\"request\":\"users\",\"room\":\"#room1\"}",
		"{\"request\":\"announce\",\"text\":\"Be kind.\"}",
		"{\"request\":\"announce\",\"room\":\"#room2\",\"text\":\"Be brief.\"}",
		"{\"request\":\"kick\",\"nick\":\"n3\",\"reason\":\"too loud\"}",
		"{\"request\":\"reload\"}",
		"{\"request\":\"nonsense\"}",
	};

	guest_print(guest, "%s\n", lines[guest_random(guest, sizeof(lines) / sizeof(*lines))]);
}

static void malformed_control(struct guest *guest)
{
	guest_malformed(guest, "control_request");
	guest_print(guest, "\n");
}

const struct guest_kind churn_chat_kinds[] = {
	{"talker", CHURN_CHAT, .begin = come_to_talk, .go_on = talk, .expects = " 001 ",
	 .weight = 10},
	{"talker with capabilities", CHURN_CHAT, .begin = come_with_capabilities, .go_on = talk,
	 .expects = " 001 ", .weight = 10},
	{"who quits", CHURN_CHAT, .begin = come_to_talk, .go_on = quit, .expects = "ERROR ",
	 .weight = 2},
	{"slow talker", CHURN_CHAT, .begin = come_to_talk, .go_on = talk, .reading = READS_SLOWLY,
	 .expects = " 001 "},
	{"who asks for much", CHURN_CHAT, .begin = come_with_capabilities, .go_on = ask_for_much,
	 .reading = READS_NOTHING},
	{"who logs in", CHURN_CHAT, .begin = log_in_rightly, .go_on = talk, .patient = true,
	 .expects = " 903 "},
	{"who logs in wrongly", CHURN_CHAT, .begin = log_in_wrongly, .go_on = talk, .patient = true,
	 .expects = " 904 "},
	{"malformed login", CHURN_CHAT, .begin = log_in_malformed, .go_on = talk, .patient = true,
	 .expects = " 904 "},
	{"who makes an account", CHURN_CHAT, .begin = register_account, .go_on = talk,
	 .patient = true, .expects = "REGISTER"},
	{"talker by WebSocket", CHURN_CHAT, .begin = ask_for_websocket, .go_on = say_in_frames,
	 .expects = " 001 ", .weight = 3},
	{"malformed WebSocket of the chat", CHURN_CHAT, .begin = ask_for_websocket,
	 .go_on = malformed_frame, .expects = " 101 "},
	{"request to the chat", CHURN_CHAT, .begin = ask_metrics, .expects = "HTTP/1.1 200"},
	{"malformed request to the chat", CHURN_CHAT, .begin = malformed_request,
	 .expects = "HTTP/1.1 4"},
	{"malformed talker", CHURN_CHAT, .go_on = malformed_line, .weight = 3},
	{"slow line", CHURN_CHAT, .go_on = one_byte},
	{"silent connection to the chat", CHURN_CHAT, .begin = NULL},
	{"control of the chat", CHURN_CHAT_CONTROL, .begin = control_chat, .go_on = control_chat,
	 .expects = "\"ok\""},
	{"control of the chat that isn't read", CHURN_CHAT_CONTROL, .go_on = control_chat,
	 .reading = READS_NOTHING},
	{"malformed control of the chat", CHURN_CHAT_CONTROL, .go_on = malformed_control,
	 .expects = "\"error\""},
	{0},
};
