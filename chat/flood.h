/* SPDX-License-Identifier: MIT */
/*
 * How often somebody may do something: buckets of tokens, one for each kind of thing and each who
 * does it. A bucket begins full; a thing takes a token, and tokens come back one by one. Pure: the
 * time is passed in.
 *
 * A bucket is kept as the time when it will be full again, so that one that is full is nothing to
 * keep. The table of buckets has a fixed size: where there is no room, the one that is full soonest
 * is forgotten, and its owner forgiven.
 */
#ifndef SPILLWAY_FLOOD_H
#define SPILLWAY_FLOOD_H

#include <stddef.h>
#include <stdint.h>

enum flood_kind {
	FLOOD_COMMANDS,		      /* lines of any kind */
	FLOOD_MESSAGES,		      /* to rooms */
	FLOOD_TAGS,		      /* to rooms, without a text */
	FLOOD_PRIVATE,		      /* to people */
	FLOOD_PEOPLE,		      /* beginning to talk to somebody */
	FLOOD_JOINS,		      /* of rooms */
	FLOOD_NICKS,		      /* changed */
	FLOOD_METADATA,		      /* changed, or asked for as a whole */
	FLOOD_CONNECTIONS,	      /* begun */
	FLOOD_NAMED,		      /* so many of them have names for flood_rules_set() */
	FLOOD_ACCOUNTS = FLOOD_NAMED, /* made */
	FLOOD_LOGINS,		      /* that failed */
	FLOOD_KINDS,
};

enum {
	FLOOD_KEY_SIZE = 16,
	FLOOD_SETS = 4096, /* a power of two */
	FLOOD_WAYS = 8,	   /* buckets in each */
	FLOOD_MAX_TOKENS = 1000000,
	FLOOD_MAX_S = 86400,
	FLOOD_MAX_TAKEN = 64, /* at once */
};

struct flood_rule {
	int64_t tokens; /* of a full bucket; 0: no limit */
	int64_t token_us;
};

struct flood_rules {
	struct flood_rule kinds[FLOOD_KINDS];
};

/* The defaults, as --help shows them. */
#define FLOOD_DEFAULTS                                                                             \
	"commands=100/5s messages=10/10s tags=20/20s private=30/30s people=10/1m joins=100/100s "  \
	"nicks=10/1m metadata=30/1m connections=100/1m"
void flood_rules_init(struct flood_rules *rules);
/* "messages=10/10s": ten at once, and ten in ten seconds. "messages=0": no limit; "0": none at all.
 * -EINVAL, and nothing has changed. */
int flood_rules_set(struct flood_rules *rules, const char *text);

/* n at once, and n in that time; 0: no limit. */
struct flood_rule flood_rule_of(int64_t n, int64_t s);

struct flood_bucket { /* start with {0}: full */
	int64_t full_us;
};

/* Takes n tokens, if there is one: what is large is paid for later. Returns 0, or when there is
 * none, how many us to wait for one. */
int64_t flood_bucket_take(struct flood_bucket *bucket, const struct flood_rule *rule, unsigned n,
			  int64_t now_us);

struct flood { /* start with {0} */
	struct flood_entry *entries;
	unsigned char key[FLOOD_KEY_SIZE];
};

/* The key is random, so that nobody chooses whose bucket is forgotten for his. -ENOMEM. */
int flood_init(struct flood *flood, const unsigned char key[FLOOD_KEY_SIZE]);
void flood_finish(struct flood *flood);
/* Who does something, by any bytes, up to 128; another kind of who is another one. Never 0. */
uint64_t flood_who(const struct flood *flood, char kind, const void *bytes, size_t len);
/* The same as flood_bucket_take(), of the bucket that `who` has for this. */
int64_t flood_take(struct flood *flood, uint64_t who, enum flood_kind kind,
		   const struct flood_rule *rule, unsigned n, int64_t now_us);
/* A token of the bucket that was taken for nothing comes back. */
void flood_give(struct flood *flood, uint64_t who, enum flood_kind kind,
		const struct flood_rule *rule);
/* What flood_take() of one would return. Takes nothing. */
int64_t flood_wait(const struct flood *flood, uint64_t who, enum flood_kind kind,
		   const struct flood_rule *rule, int64_t now_us);

#endif
