/* SPDX-License-Identifier: MIT */
/*
 * Passwords, made into what may be kept, and checked: Argon2id (RFC 9106, by libsodium), which
 * takes tens of milliseconds and 64 MB on purpose. So it is done by one thread beside the loop, one
 * password at a time, and the queue is short: who can't be served is told so at once.
 */
#ifndef SPILLWAY_PASSWORDS_H
#define SPILLWAY_PASSWORDS_H

#include "chat/offload.h"
#include "chat/scram.h"

enum {
	PASSWORDS_MAX_JOBS = 64, /* under way */
	PASSWORD_MIN = 8,	 /* bytes */
	PASSWORD_MAX = 256,	 /* bytes */
	PASSWORD_HASH_SIZE = 128,
};

/* What is kept of a password. */
struct password_record {
	char hash[PASSWORD_HASH_SIZE]; /* "$argon2id$…" */
	char scram[SCRAM_TEXT_SIZE];
};

struct password_job;
typedef void password_done(struct password_job *job, int result);

/* Lives in what it works for, borrowed until it is done. */
struct password_job {
	struct offload_job job;
	struct password_record record;	 /* made; or only hash given, to be checked */
	char password[PASSWORD_MAX + 1]; /* wiped when it is done */
	void (*work)(struct password_job *job);
	password_done *done;
};

struct passwords;

/* io is borrowed; NULL where only the waiting form is used. -ENOMEM, or what the kernel says. */
int passwords_create(struct passwords **ret_passwords, struct io *io);
/* Must be idle. Accepts NULL. */
void passwords_destroy(struct passwords *passwords);
bool passwords_idle(const struct passwords *passwords);

#define PASSWORDS_RULE "A password has 8 to 256 bytes, and isn't the name"
_Static_assert(PASSWORD_MIN == 8 && PASSWORD_MAX == 256, "PASSWORDS_RULE says so");
/* Whether an account may have that password: 0; -EINVAL: too short, or the name; -E2BIG: too
 * long. */
int passwords_weigh(const char *name, const char *password);

/*
 * Makes a record; or checks a password against record.hash. The password is copied. done == NULL
 * waits. -ERANGE: too short (only where it is made) or too long; -EAGAIN: too many are under way.
 * The result is 0; -EACCES: it is another one; -ENOMEM.
 */
int passwords_make(struct passwords *passwords, struct password_job *job, const char *password,
		   password_done *done);
int passwords_check(struct passwords *passwords, struct password_job *job, const char *password,
		    password_done *done);
/* Takes as long as a check does, and fails: for an account that isn't there. */
void passwords_decoy(struct password_record *ret_record);

#endif
