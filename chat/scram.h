/* SPDX-License-Identifier: MIT */
/*
 * SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side, without channel binding. Pure.
 *
 * The server keeps keys of which neither the password nor a way to log in can be made, and the client
 * proves that it knows the password without telling it:
 *
 *	1. scram_client_first(): "n,,n=USER,r=NONCE". The caller looks the user's keys up; for a user that isn't
 *	   there scram_keys_decoy() has some, so that nobody learns which there are.
 *	2. scram_server_first(): what to answer.
 *	3. scram_client_final(): checks the proof, and says what to answer.
 *
 * Passwords are taken as they are (UTF-8, as the line is): they aren't put into SASLprep's normal form.
 */
#ifndef SPILLWAY_SCRAM_H
#define SPILLWAY_SCRAM_H

enum {
	SCRAM_SALT = 16, /* bytes */
	SCRAM_KEY = 32,
	SCRAM_ITERATIONS = 16384, /* of new keys; RFC 7677 wants 4096 at least */
	SCRAM_MAX_ITERATIONS = 10000000,
	SCRAM_MAX_MESSAGE = 512, /* bytes, without NUL */
	SCRAM_MAX_USER = 64,
	SCRAM_MAX_NONCE = 128,
	SCRAM_SERVER_NONCE = 32, /* characters at most that scram_server_first() is given */
	SCRAM_TEXT_SIZE = 192,
	SCRAM_SECRET = 32,
};

struct scram_keys {
	unsigned char salt[SCRAM_SALT];
	unsigned iterations;
	unsigned char stored_key[SCRAM_KEY], server_key[SCRAM_KEY];
};

/* Fills in both keys; salt and iterations are there. Takes milliseconds: not for the loop. */
void scram_keys_make(struct scram_keys *keys, const char *password);
/* "SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY", in Base64. */
void scram_keys_write(const struct scram_keys *keys, char ret_text[SCRAM_TEXT_SIZE]);
/* -EINVAL. */
int scram_keys_read(const char *text, struct scram_keys *ret_keys);
/* Of a user that isn't there: always the same for the same name and secret, and fit for no
 * password. */
void scram_keys_decoy(const unsigned char secret[SCRAM_SECRET], const char *user,
		      struct scram_keys *ret_keys);

/* A conversation. All zero at the start. */
struct scram {
	int step; /* how many of the three were done */
	struct scram_keys keys;
	char user[SCRAM_MAX_USER + 1];
	char header[8]; /* "n,,": what the client's last message must repeat */
	char nonce[SCRAM_MAX_NONCE + SCRAM_SERVER_NONCE + 1]; /* first the client's, then both */
	char client_first[SCRAM_MAX_MESSAGE + 1];	      /* without the header */
	char server_first[SCRAM_MAX_MESSAGE + 1];
};

/* -EINVAL: malformed, or out of turn; -ENOTSUP: it insists on channel binding, an extension, or on
 * being somebody else; -E2BIG. */
int scram_client_first(struct scram *scram, const char *message);
/* nonce: up to SCRAM_SERVER_NONCE printable characters without a comma, random. */
int scram_server_first(struct scram *scram, const struct scram_keys *keys, const char *nonce,
		       char ret_message[SCRAM_MAX_MESSAGE + 1]);
/* 0, or -EACCES: another password; -EINVAL: malformed, or another nonce. ret_message is what to
 * answer: "v=…", or "e=…" for -errno. The conversation is over, and its keys are wiped. */
int scram_client_final(struct scram *scram, const char *message,
		       char ret_message[SCRAM_MAX_MESSAGE + 1]);

#endif
