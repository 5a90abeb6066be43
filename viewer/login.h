/* SPDX-License-Identifier: MIT */
/*
 * Logging in to an account while a connection is made (IRCv3 sasl-3.2), the client's side:
 * SCRAM-SHA-256 (RFC 5802, RFC 7677), which doesn't tell the password and makes the server prove
 * that it knows the account; PLAIN (RFC 4616) where nothing else is offered. Pure.
 *
 * Passwords are taken as they are (UTF-8): they aren't put into SASLprep's normal form.
 */
#ifndef SPILLWAY_LOGIN_H
#define SPILLWAY_LOGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/proof.h"

enum {
	LOGIN_MAX_NAME = 64,
	LOGIN_MAX_MESSAGE = 1024, /* bytes, without the NUL */
	LOGIN_MAX_SALT = 128,
	LOGIN_MIN_ITERATIONS = 4096,	/* as RFC 7677 wants; fewer would give the password away */
	LOGIN_MAX_ITERATIONS = 1000000, /* half a second; a server could keep us busy for ever */
};

struct login_mechanism;

struct login { /* start with {0}; account and password are to be set, and borrowed */
	const char *account, *password;

	/* The rest is private. */
	const struct login_mechanism *mechanism;
	int step;
	char nonce[64];
	char first[LOGIN_MAX_MESSAGE + 1]; /* of SCRAM, without the header */
	unsigned char signature[PROOF_KEY];
	bool trusted;
};

/* Takes the best of those offered ("PLAIN,SCRAM-SHA-256"; "": not known), and begins. nonce:
 * random, printable, without a comma. Its name; NULL: none is ours. */
const char *login_begin(struct login *login, const char *offered, const char *nonce);
/* The answer to what the server sent, both as bytes with a NUL behind them, without Base64. The
 * answer's length, or -errno: -EINVAL: it can't be understood; -ENOTSUP: it asks for too much or
 * too little work; -EACCES: it knows the password no more than anybody; -E2BIG. */
int login_answer(struct login *login, const char *message, char ret_answer[LOGIN_MAX_MESSAGE + 1]);
/* Whether the server may say now that it has worked. */
bool login_done(const struct login *login);
/* Forgets what could be used by others; not the password. */
void login_finish(struct login *login);

#endif
