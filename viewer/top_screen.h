/* SPDX-License-Identifier: MIT */
/* `spillway top` on the terminal that screen.h opens. */
#ifndef SPILLWAY_TOP_SCREEN_H
#define SPILLWAY_TOP_SCREEN_H

#include "viewer/top_view.h"

/* Lines that there are for the lists. */
unsigned top_screen_lines(void);
/* rows: as the view was fitted to; trouble: what is wrong with the relay, "": nothing. */
void top_screen_draw(const struct top_view *view, const struct top_model *model,
		     json_t *const rows[TOP_LISTS], const char *trouble);
/* Takes the next key that waits, as top_view_key() has it (0: none that means anything); false:
 * none waits. */
bool top_screen_key(unsigned *ret_key);

#endif
