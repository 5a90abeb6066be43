/* SPDX-License-Identifier: MIT */
/* The web page: page.html, built in. */
#ifndef SPILLWAY_PAGE_H
#define SPILLWAY_PAGE_H

#include "relay/conn.h"

/* Answers with the page; a script in it shows the stream that the address names. */
void page_answer(struct conn *conn);

#endif
