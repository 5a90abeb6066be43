/* SPDX-License-Identifier: MIT */
/*
 * Mode strings of rooms and of users, "+o-k dan key", parsed by a table into changes. Pure.
 */
#ifndef SPILLWAY_MODE_H
#define SPILLWAY_MODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MODE_MAX_CHANGES = 20,	 /* of a command; what is beyond is left out */
	MODE_MAX_PARAMETERS = 4, /* as MODES says in ISUPPORT; changes with more are left out */
	MODE_MAX_KEY = 32,	 /* bytes of a room's key */
	MODE_TEXT_SIZE = 32,	 /* for mode_text(); without parameters */
};

/* The four kinds that CHANMODES tells (A to D), and members' marks. */
enum mode_kind {
	MODE_LIST,   /* A: a mask; without one the list is asked for */
	MODE_ALWAYS, /* B: a parameter both ways */
	MODE_SET,    /* C: a parameter when it is set */
	MODE_FLAG,   /* D: none */
	MODE_MEMBER, /* a nick both ways */
};

struct mode {
	char letter;
	char mark; /* of a member, before its nick */
	uint8_t kind;
	uint16_t bit; /* in a room's, a user's or a member's modes; of lists, which */
};

/* ---- rooms ---- */

enum room_mode {
	ROOM_MODE_INVITE = 1u << 0,    /* i */
	ROOM_MODE_MODERATED = 1u << 1, /* m */
	ROOM_MODE_INSIDE = 1u << 2,    /* n: only members may talk */
	ROOM_MODE_SECRET = 1u << 3,    /* s */
	ROOM_MODE_TOPIC = 1u << 4,     /* t: operators set the topic */
	ROOM_MODE_KEY = 1u << 5,       /* k */
	ROOM_MODE_LIMIT = 1u << 6,     /* l */
	ROOM_MODE_ACCOUNTS = 1u << 7,  /* R: who has no account can't join */
	ROOM_MODE_SLOW = 1u << 8,      /* S: one message in so many seconds */
};

enum { MODE_LETTER_SLOW = 'S' };

enum room_list { ROOM_BANS, ROOM_EXCEPTIONS, ROOM_INVITED, ROOM_WORDS, ROOM_LISTS };

/* A role; the greater, the more a member may. */
enum member_mode {
	MEMBER_VOICE = 1u << 0,	   /* v */
	MEMBER_OPERATOR = 1u << 1, /* o */
	MEMBER_ADMIN = 1u << 2,	   /* a: an operator whom operators can't remove */
	MEMBER_OWNER = 1u << 3,	   /* q */
	MEMBER_OPERATORS = MEMBER_OPERATOR | MEMBER_ADMIN | MEMBER_OWNER,
};

/* ---- users ---- */

enum user_mode {
	USER_MODE_INVISIBLE = 1u << 0, /* i */
	USER_MODE_WALLOPS = 1u << 1,   /* w */
	USER_MODE_BOT = 1u << 2,       /* B */
	USER_MODE_OPERATOR = 1u << 3,  /* o: of the service; given, not taken */
	USER_MODE_ACCOUNTS = 1u << 4,  /* R: no private messages from who has no account */
};

/* Both end with a row whose letter is NUL. */
extern const struct mode mode_of_rooms[];
extern const struct mode mode_of_users[];

/* A role: the greatest of enum member_mode; 0: none. */
unsigned mode_greatest(unsigned modes);
const struct mode *mode_of_list(enum room_list list);

enum mode_problem { MODE_OK, MODE_UNKNOWN, MODE_LACKS_PARAMETER };

struct mode_change {
	const struct mode *mode; /* NULL when unknown */
	char letter;
	bool add;
	uint8_t problem;
	const char *parameter; /* borrowed from the command; NULL: none */
};

/* words: the mode string and its parameters, n of them. Returns how many changes there are. */
size_t mode_parse(const struct mode *table, char *const words[], size_t n,
		  struct mode_change ret_changes[MODE_MAX_CHANGES]);

/* "+int" of what is set; letters with parameters are among them. */
void mode_text(const struct mode *table, unsigned bits, char to[MODE_TEXT_SIZE]);
/* The marks of a member, the greatest first: all, or just that one. */
void mode_marks(unsigned bits, bool all, char to[MODE_TEXT_SIZE]);
/* The member's mode of a mark; 0 where it is none. */
unsigned mode_of_mark(char mark);
/* The letters of a kind in the order of the table. */
void mode_letters(const struct mode *table, enum mode_kind kind, char to[MODE_TEXT_SIZE]);

#endif
