/* SPDX-License-Identifier: MIT */
/*
 * What a server says of itself (RPL_ISUPPORT, 005; modern.ircdocs.horse), as far as a client must
 * know it to understand MODE: PREFIX and CHANMODES. Pure.
 */
#ifndef SPILLWAY_SUPPORT_H
#define SPILLWAY_SUPPORT_H

#include <stdbool.h>

enum { SUPPORT_MAX_MODES = 63 /* of a kind; more aren't known */ };

struct support { /* start with {0}: what is usual holds until the server says something else */
	char modes[SUPPORT_MAX_MODES + 1]; /* of members, the greatest first; "": not told */
	char marks[SUPPORT_MAX_MODES +
		   1]; /* what they have before their nicks, in the same order */
	char always[SUPPORT_MAX_MODES + 1];   /* modes with a parameter, "": not told, … */
	char when_set[SUPPORT_MAX_MODES + 1]; /* … and those with one only when they are set */
};

/* One parameter of 005. */
void support_take(struct support *support, const char *token);
/* The marks of members, the greatest first. */
const char *support_marks(const struct support *support);
/* The mark that a mode gives; '\0': it isn't one of members. */
char support_mark(const struct support *support, char mode);
/* Whether a parameter belongs to the mode when it is set (on) or taken away. */
bool support_has_parameter(const struct support *support, char mode, bool on);

#endif
