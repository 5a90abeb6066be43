/* SPDX-License-Identifier: MIT */
/* What the service itself says to one client. */
#ifndef SPILLWAY_REPLY_H
#define SPILLWAY_REPLY_H

#include "chat/client.h"
#include "chat/numeric.h"

/* Its parameters, as many as numeric.c's table says, and NULL. */
void reply(struct client *client, enum numeric_id id, ...) __attribute__((sentinel));
/* IRCv3 standard replies: type is FAIL, WARN or NOTE; context may be NULL. */
void reply_standard(struct client *client, const char *type, const char *command, const char *code,
		    const char *context, const char *text);

struct number_text {
	char text[24];
};
/* A number as a parameter: number_text(n).text */
struct number_text number_text(int64_t number);

/* Words in the last parameter of a numeric, as many numerics as they need. */
struct reply_list {
	struct client *client;
	enum numeric_id id;
	const char *before[2]; /* parameters before it; borrowed */
	char separator;
	char text[MESSAGE_MAX_LINE];
	size_t len, max;
	bool said; /* one at least */
};
/* before: NULL where the numeric has none. */
void reply_list_init(struct reply_list *list, struct client *client, enum numeric_id id,
		     const char *first, const char *second, char separator);
void reply_list_add(struct reply_list *list, const char *word);
/* Says what is left; with `anyway` at least once. */
void reply_list_end(struct reply_list *list, bool anyway);

#endif
