/* SPDX-License-Identifier: MIT */
/*
 * Addresses as people type them: spillway://HOST[:PORT]/STREAM[?QUERY], with the scheme and the
 * port left out if they like (localhost/cam, [::1]:7071/cam, http://host/cam); and ADDR:PORT of
 * --listen.
 */
#ifndef SPILLWAY_URL_H
#define SPILLWAY_URL_H

#include "common/name.h"

#define URL_DEFAULT_PORT "7070"

struct url {
	char host[256]; /* without the brackets of an IPv6 address */
	char port[6];
	char stream[NAME_MAX_BYTES + 1]; /* a valid name */
	char query[256];		 /* without '?'; "" where there is none */
};

/*
 * Without a port: that of the scheme, which for http:// is 80; without a scheme, URL_DEFAULT_PORT.
 * On failure returns -EINVAL, and a sentence that says what is wrong in *ret_why (constant).
 */
int url_parse(const char *text, struct url *ret_url, const char **ret_why);

/* HOST:PORT, [HOST]:PORT, HOST or :PORT; missing parts come from the defaults. Port 0 is for the
 * system to choose. -EINVAL, also for a HOST of digits alone, which would be a port forgotten. */
int url_parse_endpoint(const char *text, const char *default_host, const char *default_port,
		       char ret_host[256], char ret_port[6]);

#endif
