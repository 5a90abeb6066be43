/* SPDX-License-Identifier: MIT */
/*
 * A client: a connection that speaks IRC, and, once it has registered, somebody in the chat. It
 * owns its connection, its memberships, its invitations and what it monitors.
 */
#ifndef SPILLWAY_CHAT_CLIENT_H
#define SPILLWAY_CHAT_CLIENT_H

#include "chat/accounts.h"
#include "chat/capability.h"
#include "chat/conn.h"
#include "chat/event.h"
#include "chat/flood.h"
#include "chat/metadata.h"
#include "chat/mode.h"
#include "chat/nick.h"
#include "chat/table.h"
#include "common/list.h"
#include "common/peers.h"

enum {
	CLIENT_MAX_AWAY = 200,	/* bytes */
	CLIENT_MAX_REASON = 96, /* of a lost connection, with NUL */
	CLIENT_PARTNERS = 8,	/* nicks that it has talked to lately */
	CLIENT_SPARE = 64,	/* connections over the limit that are told so */
	CLIENT_CAP_302 = 302,	/* the version of capability negotiation with notifications */
};

struct client {
	/* What telling a room looks at is at the front, in few cache lines. */
	struct server *server; /* borrowed */
	unsigned caps, cap_version;
	struct conn conn;
	struct list link;	   /* in server->clients */
	struct table_link by_nick; /* in server->nicks, when it has registered */
	char nick[NICK_MAX + 1];   /* "" while it has none */
	char user[NICK_USER_MAX + 1];
	struct peer peer;
	char address[PEER_ADDRESS_SIZE + 1]; /* the true one */
	char host[NICK_HOST_MAX + 1];	     /* what others see of it: the cloak */
	char real[NICK_REAL_MAX + 1];
	char source[NICK_SOURCE_SIZE]; /* nick!user@host */
	char account[NICK_MAX + 1];    /* that it is logged in to; "": a guest */
	struct person *person;	       /* whose account that is; NULL: a guest */
	struct list by_person;
	char away[CLIENT_MAX_AWAY + 1]; /* "" while it is here */
	bool registered;
	bool negotiating;    /* capabilities: registration waits for CAP END */
	bool left;	     /* it has quit, or was closed */
	bool disconnected;   /* the connection is no more; a ghost is left */
	struct ghost *ghost; /* it has lost its connection, and others don't know; NULL: no */
	struct ghost
		*shadow; /* whose heir it is: it itself, before it has come back; NULL: nobody's */
	bool pinged;
	unsigned modes;		 /* enum user_mode */
	struct list memberships; /* struct member, by_client */
	size_t n_rooms;
	struct list invites; /* struct invite, by_client */
	struct list watches; /* struct watch, by_client */
	size_t n_watches;
	struct metadata metadata;      /* of a guest */
	struct metadata subscriptions; /* keys of others' */
	struct sasl *sasl;	       /* a conversation under way; NULL: none */
	unsigned sasl_failures;	       /* of this connection; see SASL_MAX_FAILURES */
	struct batch *batch;	       /* that it has begun; NULL: none */
	char *pass;		       /* what PASS said, until it registers; NULL: nothing */
	struct list errands;	       /* what its commands wait for, in their order */
	size_t n_errands;
	struct errand *errand; /* of the command that runs; NULL: none yet */
	struct list backlog;   /* lines that came meanwhile, or too fast */
	uint64_t number;       /* of no other connection */
	struct flood_bucket lines;
	uint32_t partners[CLIENT_PARTNERS]; /* a ring of hashes of nicks; 0: none */
	size_t n_partners;
	uint64_t visited; /* see client_visit() */
	int64_t signed_on_s, connected_us;
	int64_t heard_us;  /* anything */
	int64_t active_us; /* it talked */
};

/* What its connection tells it. */
extern const struct conn_owner client_conn_owner;

/* Takes over fd. Closes it without memory, or when there are far too many. */
void client_create(struct server *server, int fd);
/* Frees what is left of it, when its connection has gone. */
void client_destroy(struct client *client);
/* "*" before it has a nick: how numerics call it. */
const char *client_name(const struct client *client);

/* Tells it; what it is told while its command runs is the answer to that. */
void client_tell(struct client *client, struct event *event);
/* Each client with whom it shares a room (where it is hushed, room_hushes(), the room's operators),
 * once; not itself. It begins a round of client_visit(). */
typedef void client_visitor(struct client *client, void *context);
void client_each_neighbour(struct client *client, client_visitor *visit, void *context);
/* Tells all with whom it shares a room (where it is hushed, room_hushes(), its operators), each
 * once, who have all these capabilities; not itself. With `monitors`, those, too, who monitor it
 * with extended-monitor. */
void client_tell_neighbours(struct client *client, struct event *event, unsigned need,
			    bool monitors);
/* Whether this one hasn't been visited in this round, and now is. A round begins with
 * ++server->visit. */
bool client_visit(struct client *client);
bool client_shares_room(const struct client *a, const struct client *b);

/* It has all that is needed: a nick, a user name, no negotiation. It may be told that the nick is
 * taken. */
void client_try_to_register(struct client *client);
/* Whether it may be called that, which is a valid nick; it is told, if not. */
bool client_may_be_called(struct client *client, const char *nick);
/* It may be called that. */
void client_rename(struct client *client, const char *nick);
/* It is who has that account (NICK_MAX at most), and the service's operator where its rank,
 * roster_rank(), says so. */
void client_log_in(struct client *client, const char *account);
/* Its account has this rank now; it is told so. */
void client_set_rank(struct client *client, enum account_rank rank);
/* It is a guest again. */
void client_log_out(struct client *client);
/* Its command waits no more: what came meanwhile is done, as fast as it may be. */
void client_go_on(struct client *client);
/* Before it has registered: it goes with this as the last it gets (borrowed; NULL: nothing). */
void client_end(struct client *client, struct line *last);
/* It leaves: others are told, and it is, with an ERROR. Nothing the second time. */
void client_leave(struct client *client, const char *reason);
/* The same, against its will: what it is just saying in rooms isn't heard any more. */
void client_throw_out(struct client *client, const char *reason);
/* Its connection is lost, which ends it: others are told so now, or later (ghost.h). */
void client_lose(struct client *client, const char *reason);
/* For ghost.h. Others are told that it leaves; it has no nick and no rooms any more. */
void client_depart(struct client *client, const char *reason);
void client_give_up_nick(struct client *client);
/* Now and then: who is silent is asked, or goes. */
void client_sweep(struct client *client, int64_t now_us);

#endif
