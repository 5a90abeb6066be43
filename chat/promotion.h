/* SPDX-License-Identifier: MIT */
/*
 * Accounts get another rank while the service runs, by its control socket: on disk first, and then
 * at once on all connections that are logged in to them. Or another password, which those needn't
 * know. Each call is answered, now or later.
 */
#ifndef SPILLWAY_PROMOTION_H
#define SPILLWAY_PROMOTION_H

#include "chat/server.h"
#include "common/control_socket.h"

/* The account is an operator's. Where there is none it is made, which takes a password; otherwise
 * none may be given. The answer has "made", and "needs" where it is a password that is missing.
 * name and password (NULL: none) are copied. */
void promotion_add(struct server *server, struct control_call *call, const char *name,
		   const char *password);
/* The account is an ordinary one again. */
void promotion_remove(struct server *server, struct control_call *call, const char *name);
/* The account has another password. Without one (NULL) the answer has "needs", where there is such
 * an account. */
void promotion_set_password(struct server *server, struct control_call *call, const char *name,
			    const char *password);

#endif
