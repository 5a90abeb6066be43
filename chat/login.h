/* SPDX-License-Identifier: MIT */
/*
 * Somebody says that an account is his: it is looked up in the store, and the password is checked
 * beside the loop. Commands that wait (errand.h). For an account that isn't there a check takes as
 * long as for one that is.
 *
 * Who fails too often has to wait: that is counted by address.
 */
#ifndef SPILLWAY_LOGIN_H
#define SPILLWAY_LOGIN_H

#include "chat/client.h"

enum { LOGIN_WHY_SIZE = 160 };

/*
 * What came of it, called within the command's errand, so that more can follow. client: NULL when
 * it has gone, or is going; then nothing more is to be done but freeing context. account is
 * borrowed during the call; NULL with an error. 0; -EACCES: there is no such account, or the
 * password is another one; -EAGAIN: too many are under way; or what keeps the store from reading.
 */
typedef void login_done(void *context, struct client *client, const struct account *account,
			int error);

/* Only looks it up. Fails, without calling done, when it can't be begun: -ENOMEM, -EAGAIN. */
int login_find(struct client *client, const char *name, login_done *done, void *context);
/* The password is copied, and wiped. The same; -EACCES for one that can't be anybody's; -EBUSY: too
 * many have failed. */
int login_check(struct client *client, const char *name, const char *password, login_done *done,
		void *context);

/* Whether the client's address may try; if not, why. */
bool login_may_try(const struct client *client, char ret_why[LOGIN_WHY_SIZE]);
/* It tries now, which counts as failed until it is taken back: else many at once would all be let
 * try. Whether it may; login_check() does both. */
bool login_begin_try(struct client *client);
void login_take_back(struct client *client);
/* What an error means for who tried. A constant. */
const char *login_sentence(int error);

#endif
