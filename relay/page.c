/* SPDX-License-Identifier: MIT */
#include "relay/page.h"

__asm__(".pushsection .rodata\n"
	"page_html:\n"
	".incbin \"relay/page.html\"\n"
	"page_html_end:\n"
	".byte 0\n"
	".popsection\n");

extern const char page_html[], page_html_end[];

void page_answer(struct conn *conn)
{
	conn_answer(conn, 200, "text/html; charset=utf-8",
		    "Vary: Accept\r\n"
		    "Content-Security-Policy: default-src 'none'; img-src 'self'; "
		    "connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
		    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
		    "X-Content-Type-Options: nosniff\r\n"
		    "Referrer-Policy: no-referrer\r\n",
		    page_html, (size_t)(page_html_end - page_html));
}
