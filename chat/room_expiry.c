/* SPDX-License-Identifier: MIT */
#include "chat/room_expiry.h"

#include <time.h>

#include "chat/mode_tell.h"
#include "chat/room_record.h"
#include "chat/server.h"

static void forget_expired(struct server *server);

static void forgotten(struct store_job *job, int result)
{
	struct server *server = list_item(job, struct server, expiry.job);

	server->expiring = false;
	server_stored(server, result < 0 ? result : 0);
	if (result > 0)
		forget_expired(server);
	server_check_drained(server);
}

/* What can't be forgotten now is no rule all the same: those that are over aren't loaded. */
static void forget_expired(struct server *server)
{
	if (!server->expiring)
		server->expiring = room_record_expire(server->store, &server->expiry, time(NULL),
						      forgotten) == 0;
}

static void expire_list(struct server *server, struct room *room, enum room_list which,
			int64_t now_s)
{
	struct mask_list *list = room != NULL ? &room->masks[which] : &server->bans;
	const struct mask_entry *entry;
	struct mode_tell tell;

	mode_tell_init(&tell, server, NULL, room, NULL);
	while ((entry = mask_list_expired(list, now_s, &server->next_expiry_s)) != NULL) {
		if (room != NULL)
			mode_tell_add(&tell, false, mode_of_list(which)->letter, entry->mask);
		mask_list_remove(list, entry->mask);
	}
	if (room != NULL)
		mode_tell_end(&tell);
}

void room_expiry_check(struct server *server, int64_t now_s)
{
	struct list *link;

	if (server->next_expiry_s == 0 || now_s < server->next_expiry_s)
		return;
	server->next_expiry_s = 0;
	expire_list(server, NULL, ROOM_BANS, now_s);
	list_each (link, &server->all_rooms) {
		for (int i = 0; i < ROOM_LISTS; i++)
			expire_list(server, list_item(link, struct room, link), (enum room_list)i,
				    now_s);
	}
	forget_expired(server);
}
