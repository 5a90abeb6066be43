/* SPDX-License-Identifier: MIT */
#include "chat/twitch_tags.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "chat/mode.h"
#include "common/casemap.h"

enum { ID_BITS = 53, MAX_NAME = ROOM_NAME_MAX };
_Static_assert((int)MAX_NAME >= (int)NICK_MAX, "of rooms and people");

void twitch_tags_init(struct twitch_tags *tags)
{
	tags->key = NULL;
	tags->text[0] = '\0';
}

void twitch_tags_speak(struct twitch_tags *tags, const unsigned char key[TWITCH_KEY_SIZE],
		       const char *room, unsigned role, const char *color)
{
	tags->key = key;
	tags->role = role;
	snprintf(tags->color, sizeof(tags->color), "%s", color != NULL ? color : "");
	snprintf(tags->room, sizeof(tags->room), "%s", room);
}

uint64_t twitch_id(const unsigned char key[TWITCH_KEY_SIZE], enum twitch_kind kind,
		   const char *name)
{
	unsigned char text[1 + MAX_NAME], full[crypto_generichash_BYTES_MIN];
	uint64_t id;
	size_t len = 1;

	text[0] = (unsigned char)kind;
	for (; *name != '\0' && len < sizeof(text); name++)
		text[len++] = (unsigned char)casemap_fold(*name);
	crypto_generichash(full, sizeof(full), text, len, key, TWITCH_KEY_SIZE);
	memcpy(&id, full, sizeof(id));
	id &= (UINT64_C(1) << ID_BITS) - 1;
	return id != 0 ? id : 1;
}

uint64_t twitch_user_id(const unsigned char key[TWITCH_KEY_SIZE], const struct twitch_user *user)
{
	if (user->account[0] != '\0')
		return twitch_id(key, TWITCH_ACCOUNT, user->account);
	return twitch_id(key, TWITCH_GUEST, user->nick);
}

/* Of a nick only the backslash needs that. */
void twitch_tags_escape(const char *nick, char to[2 * NICK_MAX + 1])
{
	size_t len = 0;

	for (size_t i = 0; nick[i] != '\0' && i < NICK_MAX; i++) {
		if (nick[i] == '\\')
			to[len++] = '\\';
		to[len++] = nick[i];
	}
	to[len] = '\0';
}

static bool is_color(const char *text)
{
	return text != NULL && text[0] == '#' && strlen(text) == TWITCH_COLOR_SIZE - 1 &&
	       strspn(text + 1, "0123456789abcdefABCDEF") == TWITCH_COLOR_SIZE - 2;
}

/* Each has always the same; legible on a dark and a bright page. */
static const char *color_of(uint64_t id)
{
	static const char *const colors[] = {
		"#D4424A", "#3F7FDB", "#2E9E57", "#B5533C", "#E0703F",
		"#7FA32B", "#C9471E", "#2F8F7A", "#C28B1A", "#B8642A",
		"#4E92A3", "#2B86E0", "#D1589B", "#8A4FD8", "#1FA37A",
	};

	return colors[id % (sizeof(colors) / sizeof(colors[0]))];
}

static const struct {
	unsigned role;
	const char *badge;
	bool moderates;
} badges[] = {
	{MEMBER_OWNER, "broadcaster/1", false},
	{MEMBER_ADMIN, "moderator/1", true},
	{MEMBER_OPERATOR, "moderator/1", true},
	{MEMBER_VOICE, "vip/1", false},
	{0, "", false},
};

size_t twitch_tags_of_user(const struct twitch_user *user, const unsigned char key[TWITCH_KEY_SIZE],
			   char to[TWITCH_TAGS_SIZE])
{
	uint64_t id = twitch_user_id(key, user);
	unsigned role = mode_greatest(user->role);
	char name[2 * NICK_MAX + 1];
	size_t i = 0;

	while (badges[i].role != role)
		i++;
	twitch_tags_escape(user->nick, name);
	return (size_t)snprintf(to, TWITCH_TAGS_SIZE,
				"badge-info=;badges=%s;color=%s;display-name=%s;mod=%d;"
				"subscriber=0;turbo=0;user-id=%" PRIu64 ";user-type=%s",
				badges[i].badge, is_color(user->color) ? user->color : color_of(id),
				name, badges[i].moderates, id, badges[i].moderates ? "mod" : "");
}

void twitch_tags_of_speech(const struct twitch_tags *tags, const struct twitch_user *user,
			   const char *id, int64_t time_ms, char to[TWITCH_TAGS_SIZE])
{
	size_t len = twitch_tags_of_user(user, tags->key, to);

	if (tags->room[0] == '\0') {
		snprintf(to + len, TWITCH_TAGS_SIZE - len, ";emotes=;message-id=%s;thread-id=", id);
		return;
	}
	snprintf(to + len, TWITCH_TAGS_SIZE - len,
		 ";emotes=;first-msg=0;flags=;id=%s;returning-chatter=0;room-id=%" PRIu64
		 ";tmi-sent-ts=%" PRId64,
		 id, twitch_id(tags->key, TWITCH_ROOM, tags->room), time_ms);
}
