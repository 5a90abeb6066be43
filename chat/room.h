/* SPDX-License-Identifier: MIT */
/*
 * A room: who is in it, and its rules. It begins with its first member, who is its operator, and
 * ends with its last, unless it is kept (room_change.h). It owns its members' memberships, its
 * lists, grants and invitations.
 */
#ifndef SPILLWAY_ROOM_H
#define SPILLWAY_ROOM_H

#include "chat/client.h"
#include "chat/mask_list.h"
#include "chat/mode.h"
#include "chat/room_name.h"

enum { ROOM_MAX_TOPIC = 250, ROOM_MAX_LIST = 100, ROOM_MAX_GRANTS = 200 };

/* What a member says, on its way to the room. Who is thrown out meanwhile has said nothing. */
struct room_speech {
	struct list by_member;
	bool cut_off;
};

struct member {
	struct room *room;
	struct client *client;
	struct list by_room;
	unsigned modes; /* enum member_mode */
	bool late;	/* came when the room was larger than --quiet-room */
	struct list by_client;
	struct list speeches; /* by_member */
};

/* Lets a client in once, however the room is closed. */
struct invite {
	struct room *room;
	struct list by_room, by_client;
};

struct room {
	struct server *server;
	struct table_link by_name; /* in server->rooms */
	struct list link;	   /* in server->all_rooms */
	char name[ROOM_NAME_MAX + 1];
	char renaming[ROOM_NAME_MAX + 1]; /* the name that it is about to have; "": none */
	struct list members;		  /* by_room */
	size_t n_members;
	unsigned modes; /* enum room_mode */
	char key[MODE_MAX_KEY + 1];
	size_t limit, slow_s;		/* of modes l and S */
	char topic[ROOM_MAX_TOPIC + 1]; /* "": none */
	char topic_by[NICK_SOURCE_SIZE];
	int64_t topic_s, created_s;
	char last_id[EVENT_ID_SIZE]; /* of the last message that was told; "": none yet */
	int64_t answer_us;	     /* a question may be answered from then on (herald.h) */
	struct mask_list masks[ROOM_LISTS];
	struct list invites; /* by_room */
	struct metadata metadata;
	bool kept;
	struct list grants; /* struct room_grant; of a room that is kept */
	size_t n_grants;
};

/* NULL without memory. The name is valid, and there is no such room. */
struct room *room_create(struct server *server, const char *name);
/* NULL without memory. It has what its account was granted, if anything. */
struct member *room_add(struct room *room, struct client *client);
/* Whether an account owns it: one that is recorded, or that the configuration names. */
bool room_is_owned(const struct room *room);
/* Nothing is said or changed there, and nobody else gets the new name, until that has ended: with
 * the new name, or without (NULL). */
void room_begin_renaming(struct room *room, const char *to);
void room_end_renaming(struct room *room, const char *to);
/* Whether a room is about to have that name. */
bool room_is_promised(const struct server *server, const char *name);
/* Takes a member out. */
void room_remove(struct member *member);
/* Another client has the membership from now on. */
void room_pass_on(struct member *member, struct client *to);
/* Ends the room if nobody is in it, and it isn't kept. */
void room_check_end(struct room *room);
/* The service ends: so do the kept ones. */
void room_end_all(struct server *server);
struct member *room_find(const struct room *room, const struct client *client);
/* Tells all members, and takes the member out. author: NULL for the service. by: who is told,
 * whether it is inside or not; NULL: nobody, or it has gone. */
void room_kick(struct member *member, const struct event_author *author, struct client *by,
	       const char *reason);

/* Borrows it until it is removed from its list, which is done here when the member goes. member:
 * NULL: it's none. */
void room_speech_begin(struct room_speech *speech, struct member *member);
/* The member is about to be thrown out. */
void room_cut_off(struct member *member);

/* The greatest of enum member_mode; 0: none. */
unsigned member_role(const struct member *member);
/* Whether the client has this role in the room, or a greater one, or is an operator of the
 * service. */
bool room_may(const struct room *room, const struct client *client, enum member_mode role);
/* Whether it may do something against the member's will: it has no lesser role. */
bool room_may_remove(const struct member *member, const struct client *by);

/* Whether it is larger than --quiet-room. */
bool room_is_quiet(const struct room *room);

/* Tells all members but one (NULL: none) who have all capabilities of `need` and none of `lack`,
 * and one of these modes (0: whatever they have). */
void room_tell(struct room *room, struct event *event, const struct client *but, unsigned need,
	       unsigned lack, unsigned modes);

/* Whether only operators, and the member itself, hear that it comes, goes or is there: who came
 * late and is no operator. So whose coming was told, his going is told, too. */
bool room_hushes(const struct member *member);
/* The same as room_tell(), about a member. */
void room_tell_of(struct member *member, struct event *event, const struct client *but,
		  unsigned need, unsigned lack);

/* What is no list and no member's; a value that is none is ignored. Whether anything has
 * changed. */
bool room_set_mode(struct room *room, const struct mode *mode, bool add, const char *value);
/* "" for those without a parameter. */
struct room_value {
	char text[MODE_MAX_KEY + 1];
};
struct room_value room_mode_value(struct room *room, const struct mode *mode);

/* As masks of rooms see it; borrowed. */
struct extban_who room_who(const struct client *client);
/* What keeps the client out, where no exception holds; NULL: nothing. */
const struct mask_entry *room_ban(const struct room *room, const struct client *client);
/* What keeps it from talking, be it a ban or a mute. Not those with a voice. */
const struct mask_entry *room_silence(const struct room *room, const struct client *client);
bool room_lists(const struct room *room, enum room_list list, const struct client *client);
/* Whether its words, or the service's, are in the text. */
bool room_blocks(const struct room *room, const char *text);
/* Whether it may say that in going (PART, QUIT): not where a message would be refused, or might be
 * for its time. */
bool room_hears_farewell(const struct room *room, const struct client *client, const char *text);

/* -ENOMEM; inviting twice is inviting once. */
int room_invite(struct room *room, struct client *client);
bool room_invited(const struct room *room, const struct client *client);
void room_forget_invite(struct room *room, struct client *client);
/* The client goes. */
void room_forget_invites(struct client *client);

#endif
