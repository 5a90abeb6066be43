/* SPDX-License-Identifier: MIT */
#include "viewer/login.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/slice.h"

enum { BASE64 = sodium_base64_VARIANT_ORIGINAL };

struct login_mechanism {
	const char *name;
	int n_steps;
	/* Answers in turn. */
	int (*answers[3])(struct login *login, const char *message,
			  char ret_answer[LOGIN_MAX_MESSAGE + 1]);
	bool proves; /* the server, that it knows the account */
};

/* ---- PLAIN ---- */

static int plain(struct login *login, const char *message, char ret_answer[LOGIN_MAX_MESSAGE + 1])
{
	int len = snprintf(ret_answer, LOGIN_MAX_MESSAGE + 1, "%c%s%c%s", 0, login->account, 0,
			   login->password);

	return *message != '\0' ? -EINVAL : len > LOGIN_MAX_MESSAGE ? -E2BIG : len;
}

/* ---- SCRAM-SHA-256 ---- */

/* saslname of RFC 5802, section 7. */
static void write_name(const char *from, char to[3 * LOGIN_MAX_NAME + 1])
{
	for (size_t i = 0; i < LOGIN_MAX_NAME && *from != '\0'; i++, from++)
		to += sprintf(to, *from == ',' ? "=2C" : *from == '=' ? "=3D" : "%c", *from);
	*to = '\0';
}

static int client_first(struct login *login, const char *message,
			char ret_answer[LOGIN_MAX_MESSAGE + 1])
{
	char name[3 * LOGIN_MAX_NAME + 1];

	if (*message != '\0')
		return -EINVAL;
	write_name(login->account, name);
	snprintf(login->first, sizeof(login->first), "n=%s,r=%s", name, login->nonce);
	return snprintf(ret_answer, LOGIN_MAX_MESSAGE + 1, "n,,%.1000s", login->first);
}

struct server_first {
	const char *nonce;
	size_t nonce_len, salt_len;
	unsigned char salt[LOGIN_MAX_SALT];
	unsigned iterations;
};

static int read_server_first(const struct login *login, const char *message,
			     struct server_first *ret)
{
	const char *text = message, *value, *end;
	size_t len, ours = strlen(login->nonce);
	char *behind;

	ret->nonce = proof_attribute(&text, 'r', &ret->nonce_len);
	/* It goes on with the server's part, without which an old conversation could be
	 * repeated. */
	if (ret->nonce == NULL || ret->nonce_len <= ours ||
	    memcmp(ret->nonce, login->nonce, ours) != 0 ||
	    !proof_nonce_valid(ret->nonce, ret->nonce_len))
		return -EINVAL;
	value = proof_attribute(&text, 's', &len);
	if (value == NULL ||
	    sodium_base642bin(ret->salt, sizeof(ret->salt), value, len, NULL, &ret->salt_len, &end,
			      BASE64) != 0 ||
	    end != value + len || ret->salt_len == 0)
		return -EINVAL;
	value = proof_attribute(&text, 'i', &len);
	if (value == NULL || len == 0 || len != strspn(value, "0123456789"))
		return -EINVAL;
	unsigned long iterations = strtoul(value, &behind, 10);
	if (iterations < LOGIN_MIN_ITERATIONS || iterations > LOGIN_MAX_ITERATIONS)
		return -ENOTSUP;
	ret->iterations = (unsigned)iterations;
	return 0;
}

/* The proof is the client's key, hidden by what only who has the stored key can compute. */
static int client_final(struct login *login, const char *message,
			char ret_answer[LOGIN_MAX_MESSAGE + 1])
{
	char bare[LOGIN_MAX_MESSAGE + 1], all[3 * LOGIN_MAX_MESSAGE + 3], text[PROOF_TEXT_SIZE];
	unsigned char proof[PROOF_KEY];
	struct server_first first;
	struct proof_keys keys;
	int error = read_server_first(login, message, &first), len;

	if (error < 0)
		return error;
	/* biws is "n,,": no channel is bound. */
	snprintf(bare, sizeof(bare), "c=biws,r=%.*s", (int)first.nonce_len, first.nonce);
	len = snprintf(all, sizeof(all), "%s,%s,%s", login->first, message, bare);
	proof_make_keys(login->password, first.salt, first.salt_len, first.iterations, &keys);
	proof_hmac(keys.server, PROOF_KEY, all, (size_t)len, login->signature);
	proof_hmac(keys.stored, PROOF_KEY, all, (size_t)len, proof);
	for (size_t i = 0; i < PROOF_KEY; i++)
		proof[i] ^= keys.client[i];
	sodium_memzero(&keys, sizeof(keys));
	sodium_bin2base64(text, sizeof(text), proof, sizeof(proof), BASE64);
	len = snprintf(ret_answer, LOGIN_MAX_MESSAGE + 1, "%s,p=%s", bare, text);
	return len > LOGIN_MAX_MESSAGE ? -E2BIG : len;
}

static int check_server(struct login *login, const char *message,
			char ret_answer[LOGIN_MAX_MESSAGE + 1])
{
	unsigned char signature[PROOF_KEY];
	const char *text = message;
	size_t len;
	const char *value = proof_attribute(&text, 'v', &len);

	if (value == NULL || !proof_decode(value, len, signature, sizeof(signature)))
		return -EINVAL;
	if (sodium_memcmp(signature, login->signature, sizeof(signature)) != 0)
		return -EACCES;
	login->trusted = true;
	*ret_answer = '\0';
	return 0;
}

/* ---- all of them ---- */

/* The best first. */
static const struct login_mechanism mechanisms[] = {
	{"SCRAM-SHA-256", 3, {client_first, client_final, check_server}, true},
	{"PLAIN", 1, {plain}, false},
};

enum { N_MECHANISMS = sizeof(mechanisms) / sizeof(mechanisms[0]) };

static bool is_offered(const char *offered, const char *name)
{
	struct slice rest = slice_from(offered), one;

	while (slice_split(&rest, ',', &one)) {
		if (slice_equal_nocase(one, name))
			return true;
	}
	return false;
}

const char *login_begin(struct login *login, const char *offered, const char *nonce)
{
	login_finish(login);
	login->mechanism = NULL;
	snprintf(login->nonce, sizeof(login->nonce), "%s", nonce);
	for (size_t i = 0; i < N_MECHANISMS && login->mechanism == NULL; i++) {
		if (*offered == '\0' || is_offered(offered, mechanisms[i].name))
			login->mechanism = &mechanisms[i];
	}
	return login->mechanism != NULL ? login->mechanism->name : NULL;
}

int login_answer(struct login *login, const char *message, char ret_answer[LOGIN_MAX_MESSAGE + 1])
{
	if (login->mechanism == NULL || login->step == login->mechanism->n_steps ||
	    strlen(message) > LOGIN_MAX_MESSAGE)
		return -EINVAL;
	return login->mechanism->answers[login->step++](login, message, ret_answer);
}

bool login_done(const struct login *login)
{
	return login->mechanism != NULL && login->step == login->mechanism->n_steps &&
	       (login->trusted || !login->mechanism->proves);
}

void login_finish(struct login *login)
{
	login->step = 0;
	login->trusted = false;
	sodium_memzero(login->first, sizeof(login->first));
	sodium_memzero(login->signature, sizeof(login->signature));
}
