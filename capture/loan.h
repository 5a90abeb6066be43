/* SPDX-License-Identifier: MIT */
/*
 * Something lent to several at once, such as a picture's memory, which its owner has back when the
 * last of them has left. Of the loop's thread alone: who works in another leaves in the loop,
 * afterwards.
 */
#ifndef SPILLWAY_CAPTURE_LOAN_H
#define SPILLWAY_CAPTURE_LOAN_H

#include <assert.h>
#include <stddef.h>

enum { LOANS = 4 }; /* pictures that a source, or a rendition, has on their way at once */

struct loan {				 /* start with {0} */
	unsigned users;			 /* 0: it isn't lent */
	void (*over)(struct loan *loan); /* called when the last has left; may be NULL */
};

static inline void loan_begin(struct loan *loan)
{
	assert(loan->users == 0);
	loan->users = 1;
}

/* Both accept NULL: what isn't lent but there anyway. */
static inline void loan_join(struct loan *loan)
{
	if (loan != NULL)
		loan->users++;
}

static inline void loan_leave(struct loan *loan)
{
	if (loan != NULL && --loan->users == 0 && loan->over != NULL)
		loan->over(loan);
}

#endif
