/* SPDX-License-Identifier: MIT */
#include "chat/sasl.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/casemap.h"

enum { BASE64 = sodium_base64_VARIANT_ORIGINAL };

/* In the order of SASL_MECHANISMS_TEXT. */
static const char *const names[SASL_MECHANISMS] = {
	[SASL_PLAIN] = "PLAIN",
	[SASL_SCRAM_SHA_256] = "SCRAM-SHA-256",
};

int sasl_find(const char *mechanism)
{
	for (int i = 0; i < SASL_MECHANISMS; i++) {
		if (casemap_equal(names[i], mechanism))
			return i;
	}
	return -ENOENT;
}

int sasl_add(struct sasl *sasl, const char *chunk)
{
	size_t len = strlen(chunk), text_len = sasl->text_len;
	bool empty = strcmp(chunk, "+") == 0;
	const char *end;

	if (empty)
		len = 0;
	if (len > SASL_CHUNK || text_len + len > SASL_MAX_TEXT)
		return -E2BIG;
	if (len == 0 && !empty)
		return -EBADMSG;
	memcpy(sasl->text + text_len, chunk, len);
	sasl->text_len += len;
	if (len == SASL_CHUNK)
		return 0;
	text_len = sasl->text_len;
	sasl->text_len = 0;
	if (sodium_base642bin((unsigned char *)sasl->message, SASL_MAX_MESSAGE, sasl->text,
			      text_len, NULL, &sasl->len, &end, BASE64) != 0 ||
	    end != sasl->text + text_len)
		return -EBADMSG;
	sasl->message[sasl->len] = '\0';
	return 1;
}

bool sasl_is_text(const struct sasl *sasl)
{
	return strlen(sasl->message) == sasl->len;
}

int sasl_plain(const struct sasl *sasl, const char **ret_account, const char **ret_password)
{
	const char *end = sasl->message + sasl->len, *as = sasl->message;
	const char *account = as + strlen(as) + 1;
	const char *password = account <= end ? account + strlen(account) + 1 : end + 1;

	/* The NUL behind the message ends the password, and there is none in it. */
	if (password > end || password + strlen(password) != end || *account == '\0' ||
	    *password == '\0')
		return -EINVAL;
	if (*as != '\0' && !casemap_equal(as, account))
		return -ENOTSUP;
	*ret_account = account;
	*ret_password = password;
	return 0;
}

void sasl_answer_init(struct sasl_answer *answer, const char *message)
{
	sodium_bin2base64(answer->text, sizeof(answer->text), (const unsigned char *)message,
			  strlen(message), BASE64);
	answer->at = 0;
	answer->ended = false;
}

bool sasl_answer_next(struct sasl_answer *answer, char ret_chunk[SASL_CHUNK + 1])
{
	size_t len = strlen(answer->text + answer->at);

	if (answer->ended)
		return false;
	answer->ended = len < SASL_CHUNK;
	snprintf(ret_chunk, SASL_CHUNK + 1, "%s", len == 0 ? "+" : answer->text + answer->at);
	answer->at += len < SASL_CHUNK ? len : SASL_CHUNK;
	return true;
}
