/* SPDX-License-Identifier: MIT */
/* Between chatter_private.c, with whom and what waits, chatter_private_said.c, what is said to one
 * person, and chatter_private_heard.c, what one says to us. */
#ifndef SPILLWAY_CHATTER_PRIVATE_IMPL_H
#define SPILLWAY_CHATTER_PRIVATE_IMPL_H

#include "viewer/chatter_impl.h"

void private_say_notice(struct chatter *chatter, const char *nick, const char *text);
/* What is known of the contact's account; NULL: he has none, as far as is known. */
struct secrecy_peer *private_peer_of(struct privacy_contact *contact);
/* Ask the server for his account, and the directory for its list; the contact's jobs go on then.
 * False: it can't be. */
bool private_ask_account(struct privacy_contact *contact);
bool private_ask_list(struct privacy_contact *contact);
/* Whether the nick is the name of an account that is known, and is somebody else's now. */
bool private_is_taken_over(struct privacy_contact *contact);
/* Shows an event of the contact's conversation. */
void private_show(struct privacy_contact *contact, const struct talk_event *event);
/* NULL: nothing is known of that nick. */
struct privacy_contact *private_find(const struct chatter *chatter, const char *nick);

/* Whether a message is encrypted, or nothing else than what should have been. */
bool private_hear(struct chatter *chatter, const struct message *message);
/* Whether the job is done; false: it waits. */
bool private_run_say(struct privacy_contact *contact, struct privacy_job *job);
bool private_run_hear(struct privacy_contact *contact, struct privacy_job *job);

#endif
