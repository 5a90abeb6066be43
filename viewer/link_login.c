/* SPDX-License-Identifier: MIT */
/* Logging in, while a connection is made or later: AUTHENTICATE (IRCv3 sasl-3.2). */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/key.h"
#include "common/sentence.h"
#include "viewer/link_impl.h"

enum { BASE64 = sodium_base64_VARIANT_ORIGINAL, CHUNK = 400 /* bytes of Base64 in one line */ };

static void fail(struct link *link, int error, const char *why)
{
	char sentence[LINK_MAX_SENTENCE];

	snprintf(sentence, sizeof(sentence), "logging in as %.64s: %.300s", link->login.account,
		 why);
	login_finish(&link->login);
	link->logs_in = false;
	if (link->state == LINK_UP)
		link->handler->logged_in(link, error, sentence);
	else
		link_end(link, error, sentence);
}

void link_login(struct link *link, const char *account, const char *password)
{
	char nonce[KEY_TEXT_SIZE], why[256];
	const char *name;

	link->logs_in = true;
	link->login.account = account;
	link->login.password = password;
	if ((link->caps & LINK_CAP_SASL) == 0) {
		fail(link, -ENOTSUP, "the server has no accounts");
		return;
	}
	key_generate(nonce);
	link->challenge_len = 0;
	name = login_begin(&link->login, link->mechanisms, nonce);
	if (name != NULL) {
		link_print(link, "AUTHENTICATE %s\r\n", name);
		return;
	}
	snprintf(why, sizeof(why), "the server wants it done in another way: %s", link->mechanisms);
	fail(link, -ENOTSUP, why);
}

int link_log_in(struct link *link, const char *account, const char *password)
{
	if (link->state != LINK_UP)
		return -ENOTCONN;
	if (link->logs_in)
		return -EBUSY;
	link_login(link, account, password);
	return 0;
}

/* In Base64, in lines of CHUNK; one that isn't full ends it, "+" is an empty one. */
static void send_answer(struct link *link, const char *answer, size_t len)
{
	char text[sodium_base64_ENCODED_LEN(LOGIN_MAX_MESSAGE, BASE64)];
	size_t all, at = 0;

	sodium_bin2base64(text, sizeof(text), (const unsigned char *)answer, len, BASE64);
	for (all = strlen(text); all - at >= CHUNK; at += CHUNK)
		link_print(link, "AUTHENTICATE %.*s\r\n", CHUNK, text + at);
	link_print(link, "AUTHENTICATE %s\r\n", at < all ? text + at : "+");
	sodium_memzero(text, sizeof(text));
}

static const struct {
	int error;
	const char *why;
} reasons[] = {
	{-EACCES,
	 "the server doesn't know the password itself, so it isn't the one it seems to be"},
	{-ENOTSUP, "the server wants the password hashed too weakly, or too often"},
};

void link_take_challenge(struct link *link, const struct message *message)
{
	char challenge[LOGIN_MAX_MESSAGE + 1], answer[LOGIN_MAX_MESSAGE + 1];
	const char *text = message->n_parameters > 0 ? message->parameters[0] : "", *end;
	size_t len = strlen(text), decoded;
	const char *why = "what the server says can't be understood";
	int result = -EINVAL;

	if (!link->logs_in)
		return;
	if (strcmp(text, "+") == 0)
		len = 0;
	if (len > sizeof(link->challenge) - link->challenge_len) {
		fail(link, -E2BIG, why);
		return;
	}
	memcpy(link->challenge + link->challenge_len, text, len);
	link->challenge_len += len;
	if (len == CHUNK)
		return;
	if (sodium_base642bin((unsigned char *)challenge, LOGIN_MAX_MESSAGE, link->challenge,
			      link->challenge_len, NULL, &decoded, &end, BASE64) == 0 &&
	    end == link->challenge + link->challenge_len) {
		challenge[decoded] = '\0';
		result = login_answer(&link->login, challenge, answer);
	}
	link->challenge_len = 0;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].error == result)
			why = reasons[i].why;
	}
	if (result < 0)
		fail(link, result, why);
	else
		send_answer(link, answer, (size_t)result);
	sodium_memzero(answer, sizeof(answer));
}

void link_take_logged_in(struct link *link, const struct message *message)
{
	(void)message;
	if (!link->logs_in)
		return;
	if (!login_done(&link->login)) {
		fail(link, -EACCES, "the server didn't prove that it knows the account");
		return;
	}
	login_finish(&link->login);
	link->logs_in = false;
	if (link->state == LINK_UP)
		link->handler->logged_in(link, 0, "");
	else
		link_print(link, "CAP END\r\n");
}

void link_take_login_refused(struct link *link, const struct message *message)
{
	char text[256];

	if (!link->logs_in)
		return;
	sentence_first(slice_from(message->n_parameters > 0
					  ? message->parameters[message->n_parameters - 1]
					  : ""),
		       text, sizeof(text));
	fail(link, -EACCES, text);
}
