/* SPDX-License-Identifier: MIT */
/* Between keychain.c, the files, and keychain_known.c, what stands in the one that is public, as
 * JSON. */
#ifndef SPILLWAY_KEYCHAIN_IMPL_H
#define SPILLWAY_KEYCHAIN_IMPL_H

#include <jansson.h>

#include "viewer/keychain.h"

/* Identities, numbers of lists and devices of accounts. NULL: nothing is known. -EBADMSG,
 * -ENOMEM. */
int keychain_take_peers(struct secrecy *secrecy, const json_t *accounts);
/* How far this device's conversations have come. */
int keychain_take_conversations(struct secrecy *secrecy, const json_t *conversations);
/* Return a reference; NULL without memory. */
json_t *keychain_give_peers(const struct secrecy *secrecy);
json_t *keychain_give_conversations(const struct secrecy *secrecy);

#endif
