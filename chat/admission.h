/* SPDX-License-Identifier: MIT */
/* Who may connect: finds out where a connection comes from, and counts it there. */
#ifndef SPILLWAY_ADMISSION_H
#define SPILLWAY_ADMISSION_H

#include "chat/client.h"

enum { ADMISSION_WHY_SIZE = 128 };

/* Sets the client's peer, address and host, and counts it. -EMFILE: it is counted, and is to go;
 * ret_why is the sentence to tell it. -ENOMEM: it isn't counted. */
int admission_begin(struct client *client, int fd, char ret_why[ADMISSION_WHY_SIZE]);
void admission_end(struct client *client);

#endif
