/* SPDX-License-Identifier: MIT */
/*
 * The sections [stream NAME] of the configuration file, which the relay and the chat read alike.
 * Each holds for NAME and all below it, but for what has a section of its own.
 */
#ifndef SPILLWAY_STREAM_RULES_H
#define SPILLWAY_STREAM_RULES_H

#include "common/options.h"
#include "common/slice.h"

enum { STREAM_MAX_TITLE = 200 /* bytes; lines of the file are shorter */ };

/* _UNSET: as [relay] says. */
enum publish_policy { PUBLISH_LOOPBACK, PUBLISH_KEY, PUBLISH_ANYONE, PUBLISH_UNSET };
enum watch_policy { WATCH_ANYONE, WATCH_TOKEN, WATCH_UNSET };

struct stream_rule {
	char *name;
	int publish;		   /* enum publish_policy */
	int watch;		   /* enum watch_policy */
	struct option_list keys;   /* hashes */
	struct option_list tokens; /* hashes */
	char *owner;		   /* an account of the chat; NULL: none */
	char *title;		   /* clean (sentence.h); NULL: none */
};

struct stream_rules { /* start with {0} */
	struct stream_rule *items;
	size_t n;
};

/* For options_file(): fills rules, which are borrowed. */
struct option_section stream_rules_section(struct stream_rules *rules);
void stream_rules_finish(struct stream_rules *rules);
/* Whether they are the same ones, in the same order. */
bool stream_rules_equal(const struct stream_rules *a, const struct stream_rules *b);
/* What values have to be there, as option_check has it: a hash of a key or token, a title. The
 * section has these checks. */
int stream_rules_check_hash(const char *text, char *ret_error, size_t error_size);
int stream_rules_check_title(const char *text, char *ret_error, size_t error_size);

/* The one that holds for a stream; NULL: there is none. */
const struct stream_rule *stream_rules_find(const struct stream_rules *rules, struct slice stream);

#endif
