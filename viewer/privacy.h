/* SPDX-License-Identifier: MIT */
/*
 * What the chatter needs to encrypt private conversations (spillway-e2e(7)): our keys, whom it
 * knows by which account, and what waits until the directory was asked. What is said and what comes
 * goes in order, person by person.
 */
#ifndef SPILLWAY_PRIVACY_H
#define SPILLWAY_PRIVACY_H

#include "viewer/keychain.h"
#include "viewer/talk.h"

enum {
	PRIVACY_MAX_CONTACTS = 64,
	PRIVACY_MAX_JOBS = 256, /* that wait, of all contacts */
	PRIVACY_MAX_HELD = 32,	/* of those, messages by identities that aren't accepted */
	PRIVACY_NAME_SIZE = 160,
};

#define PRIVACY_KEY "spillway.e2e"  /* of the metadata */
#define PRIVACY_TAG "+spillway/e2e" /* of messages, … */
#define PRIVACY_BODY "[encrypted]"  /* … which say that besides */

enum privacy_state {
	PRIVACY_OFF,	/* nothing can be encrypted: why */
	PRIVACY_ASKING, /* our own list is being looked at */
	PRIVACY_READY,
};

struct chatter;

/* Somebody by his nick. */
struct privacy_contact {
	struct chatter *chatter;
	char nick[PRIVACY_NAME_SIZE];
	char account[ACCOUNT_NAME_SIZE]; /* "": none */
	int64_t asked_s;		 /* when the server was for his account; 0: not yet */
	uint32_t label;			 /* of that question; 0: none is under way */
	bool exists;			 /* what it has said up to now */
	bool asks_list;			 /* the directory is being asked */
	bool told_locked, told_plain, told_foreign;
	char told_account[ACCOUNT_NAME_SIZE]; /* with which he writes; "" */
	char locked
		[ACCOUNT_NAME_SIZE]; /* with which it was encrypted, so that it stays with it; "" */
};

enum privacy_kind {
	PRIVACY_SAY,
	PRIVACY_HEAR,
	PRIVACY_SHOW, /* what is to be shown behind what is heard */
	PRIVACY_VERIFY
};

/* Something to be done with a contact. */
struct privacy_job {
	enum privacy_kind kind;
	struct privacy_contact *contact;
	bool in_act;		  /* SAY: it is an action */
	bool asked;		  /* the directory was, for this */
	bool held;		  /* HEAR: until an identity is accepted */
	struct talk_event *event; /* HEAR, SHOW; else NULL */
	char text[];		  /* what is said; the group to be accepted; or "" */
};

struct privacy {
	enum privacy_state state;
	char why[SECRECY_SENTENCE];
	bool is_open; /* the keychain, for some account */
	struct keychain keychain;
	char list[DEVICE_LIST_TEXT]; /* that is being published */
	struct privacy_contact *contacts[PRIVACY_MAX_CONTACTS];
	size_t n_contacts;
	struct privacy_job *jobs[PRIVACY_MAX_JOBS]; /* the oldest first */
	size_t n_jobs;
};

#endif
