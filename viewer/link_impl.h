/* SPDX-License-Identifier: MIT */
/* Between link.c, the connection, and link_messages.c, what is said on it. */
#ifndef SPILLWAY_LINK_IMPL_H
#define SPILLWAY_LINK_IMPL_H

#include "viewer/link.h"

/* Ends soon; never calls back at once. */
void link_end(struct link *link, int error, const char *sentence);
/* -ENOBUFS, -EMSGSIZE. */
int link_write(struct link *link, const char *data, size_t len);
int link_print(struct link *link, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says who we are, on a new connection. */
void link_register(struct link *link);
/* A message came. */
void link_take(struct link *link, const struct message *message);
/* Logs in; while registering, CAP END comes when that has worked. Both are borrowed until then. */
void link_login(struct link *link, const char *account, const char *password);
void link_take_challenge(struct link *link, const struct message *message);
void link_take_logged_in(struct link *link, const struct message *message);
void link_take_login_refused(struct link *link, const struct message *message);
/* Whether answers have labels. */
bool link_has_labels(const struct link *link);

#endif
