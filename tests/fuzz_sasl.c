/* SPDX-License-Identifier: MIT */
/* An input is what a client sends to log in: chunks of SASL, a line each; whatever it is, it is
 * understood or refused. */
#include "chat/sasl.h"

#include <errno.h>

#include "chat/scram.h"
#include "tests/fuzz.h"

static void take_plain(const struct sasl *sasl)
{
	const char *account, *password;

	if (sasl_plain(sasl, &account, &password) < 0)
		return;
	assert(account >= sasl->message && *account != '\0' && *password != '\0');
	assert(password + strlen(password) == sasl->message + sasl->len);
}

/* What the server says can be said by SASL, and is what was meant. */
static void say(const char *message)
{
	struct sasl_answer answer;
	struct sasl again = {0};
	char chunk[SASL_CHUNK + 1];
	int result = 0;

	sasl_answer_init(&answer, message);
	while (sasl_answer_next(&answer, chunk)) {
		assert(result == 0);
		result = sasl_add(&again, chunk);
	}
	assert(result == 1 && strcmp(again.message, message) == 0);
}

static void take_scram(struct sasl *sasl)
{
	static const struct scram_keys keys = {.iterations = SCRAM_ITERATIONS};
	struct scram *scram = &sasl->scram;
	char message[SCRAM_MAX_MESSAGE + 1];
	int error;

	if (scram->step == 0) {
		error = scram_client_first(scram, sasl->message);
		if (error == 0) {
			assert(*scram->user != '\0');
			error = scram_server_first(scram, &keys, "nonce", message);
			assert(error == 0);
			say(message);
		}
	} else {
		error = scram_client_final(scram, sasl->message, message);
		/* Nobody knows what key has the hash of all zeros. */
		assert(error < 0);
		say(message);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *rest = text, *line;
	struct sasl sasl = {0};

	assert(text);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL) {
		int result = sasl_add(&sasl, line);

		assert(result == 0 || result == 1 || result == -E2BIG || result == -EBADMSG);
		if (result != 1)
			continue;
		assert(sasl.len <= SASL_MAX_MESSAGE && sasl.message[sasl.len] == '\0');
		take_plain(&sasl);
		if (sasl_is_text(&sasl))
			take_scram(&sasl);
	}
	free(text);
	return 0;
}
