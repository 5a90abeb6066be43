/* SPDX-License-Identifier: MIT */
#include "chat/passwords.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/casemap.h"

_Static_assert((int)PASSWORD_HASH_SIZE >= (int)crypto_pwhash_STRBYTES, "a hash fits");

struct passwords {
	struct offload *offload;
};

static void work_all(void *context, struct offload_job *jobs)
{
	(void)context;
	for (struct offload_job *job = jobs; job != NULL; job = job->next) {
		struct password_job *own = (struct password_job *)(void *)job;

		own->work(own);
		sodium_memzero(own->password, sizeof(own->password));
	}
}

static const struct offload_type hashing = {
	.work = work_all,
	.threads = 1,
	.batch = 1,
	.max_jobs = PASSWORDS_MAX_JOBS,
};

int passwords_create(struct passwords **ret_passwords, struct io *io)
{
	struct passwords *passwords = calloc(1, sizeof(*passwords));
	int error = passwords == NULL ? -ENOMEM : sodium_init() < 0 ? -EIO : 0;

	if (error == 0)
		error = offload_create(&passwords->offload, io, &hashing, NULL);
	if (error < 0)
		free(passwords);
	else
		*ret_passwords = passwords;
	return error;
}

void passwords_destroy(struct passwords *passwords)
{
	if (passwords == NULL)
		return;
	offload_destroy(passwords->offload);
	free(passwords);
}

bool passwords_idle(const struct passwords *passwords)
{
	return offload_idle(passwords->offload);
}

int passwords_weigh(const char *name, const char *password)
{
	size_t len = strlen(password);

	if (len < PASSWORD_MIN || casemap_equal(password, name))
		return -EINVAL;
	return len > PASSWORD_MAX ? -E2BIG : 0;
}

static void make(struct password_job *job)
{
	struct scram_keys keys;

	job->job.result = -ENOMEM;
	if (crypto_pwhash_str_alg(job->record.hash, job->password, strlen(job->password),
				  crypto_pwhash_OPSLIMIT_INTERACTIVE,
				  crypto_pwhash_MEMLIMIT_INTERACTIVE,
				  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return;
	randombytes_buf(keys.salt, sizeof(keys.salt));
	keys.iterations = SCRAM_ITERATIONS;
	scram_keys_make(&keys, job->password);
	scram_keys_write(&keys, job->record.scram);
	sodium_memzero(&keys, sizeof(keys));
	job->job.result = 0;
}

static void check(struct password_job *job)
{
	job->job.result = crypto_pwhash_str_verify(job->record.hash, job->password,
						   strlen(job->password)) == 0
				  ? 0
				  : -EACCES;
}

static void told(struct offload_job *job, int result)
{
	struct password_job *own = (struct password_job *)(void *)job;

	own->done(own, result);
}

static int start(struct passwords *passwords, struct password_job *job, const char *password,
		 password_done *done)
{
	int error = 0;

	if (strlen(password) > PASSWORD_MAX)
		return -ERANGE;
	snprintf(job->password, sizeof(job->password), "%s", password);
	job->done = done;
	if (done == NULL)
		return offload_do(passwords->offload, &job->job);
	error = offload_add(passwords->offload, &job->job, told);
	if (error < 0)
		sodium_memzero(job->password, sizeof(job->password));
	return error;
}

int passwords_make(struct passwords *passwords, struct password_job *job, const char *password,
		   password_done *done)
{
	if (strlen(password) < PASSWORD_MIN)
		return -ERANGE;
	job->work = make;
	return start(passwords, job, password, done);
}

int passwords_check(struct passwords *passwords, struct password_job *job, const char *password,
		    password_done *done)
{
	job->work = check;
	return start(passwords, job, password, done);
}

void passwords_decoy(struct password_record *ret_record)
{
	*ret_record = (struct password_record){
		/* Of 32 bytes that nobody has kept, with the limits of make(). */
		.hash = "$argon2id$v=19$m=65536,t=2,p=1$"
			"AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
}
