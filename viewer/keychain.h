/* SPDX-License-Identifier: MIT */
/*
 * Our keys, and what we know of others', on disk: in $XDG_DATA_HOME/spillway/e2e/SERVER/ACCOUNT (0700; ~/.local/share
 * without $XDG_DATA_HOME):
 *
 *	identity	the seed of the account's identity; to be copied to other machines
 *	device-N	secrets of a device, the present one first; not to be copied
 *	known		what is public: accounts, their devices, how far conversations have come (JSON)
 *
 * Each running client is a device: it takes the first N that no other one uses. What one has learnt of accounts the others
 * learn, too. Files are replaced as a whole, and are on disk before keychain_end() returns.
 */
#ifndef SPILLWAY_KEYCHAIN_H
#define SPILLWAY_KEYCHAIN_H

#include <limits.h>

#include "viewer/secrecy.h"

enum { KEYCHAIN_MAX_CLIENTS = DEVICE_LIST_MAX };

struct keychain {
	struct secrecy secrecy; /* to be used between keychain_begin() and keychain_end() */

	bool loaded; /* by keychain_begin(), once it could be */

	/* The rest is private. */
	char folder[PATH_MAX];
	int folder_fd;
	int lock_fd, device_fd; /* while it is used; as long as we are this device */
	unsigned device;	/* from 1 */
	void *known;		/* json_t: what is written there */
};

/* server is a word that stands for it, as host:port. -EBUSY: KEYCHAIN_MAX_CLIENTS run already.
 * -EINVAL: that is no name of an account. Other -errno of files. */
int keychain_open(struct keychain *keychain, const char *server, const char *account);
/* Waits for other clients, and reads what they have learnt. -EBADMSG: a file isn't as it was
 * written. */
int keychain_begin(struct keychain *keychain);
/* Writes what has changed. When that fails, nothing that was encrypted may be sent. */
int keychain_end(struct keychain *keychain);
/* Wipes what is in memory. */
void keychain_close(struct keychain *keychain);

#endif
