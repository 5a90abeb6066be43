/* SPDX-License-Identifier: MIT */
#include "chat/mask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/casemap.h"

static const char *next_character(const char *text)
{
	do
		text++;
	while (((unsigned char)*text & 0xc0) == 0x80);
	return text;
}

/* Only the last '*' has to be tried again: what an earlier one matched can stay as short as it
 * is. */
bool mask_match(const char *mask, const char *text)
{
	const char *star = NULL, *retry = NULL;

	while (*text != '\0') {
		if (*mask == '*') {
			star = mask++;
			retry = text;
		} else if (*mask == '?') {
			mask++;
			text = next_character(text);
		} else if (*mask != '\0' && casemap_fold(*mask) == casemap_fold(*text)) {
			mask++;
			text++;
		} else if (star != NULL) {
			mask = star + 1;
			retry = next_character(retry);
			text = retry;
		} else {
			return false;
		}
	}
	while (*mask == '*')
		mask++;
	return *mask == '\0';
}

void mask_split(const char *source, struct slice *ret_nick, struct slice *ret_user,
		struct slice *ret_host)
{
	const char *at = strchr(source, '@'), *end = source + strlen(source);
	const char *user_end = at != NULL ? at : end;
	const char *bang = memchr(source, '!', (size_t)(user_end - source));
	const char *nick_end = bang != NULL ? bang : user_end;

	*ret_nick = (struct slice){source, (size_t)(nick_end - source)};
	*ret_user = bang != NULL ? (struct slice){bang + 1, (size_t)(user_end - bang - 1)}
				 : (struct slice){0};
	*ret_host = at != NULL ? (struct slice){at + 1, (size_t)(end - at - 1)} : (struct slice){0};
}

static bool looks_like_host(const char *text)
{
	return strpbrk(text, ".:/") != NULL && strpbrk(text, "!@") == NULL;
}

static int part_len(struct slice part)
{
	return (int)part.len;
}

int mask_complete(const char *text, char ret_mask[MASK_MAX])
{
	static const struct slice any = {"*", 1};
	struct slice nick, user, host;

	if (*text == '\0' || strpbrk(text, " ,") != NULL)
		return -EINVAL;
	if (strlen(text) >= MASK_MAX)
		return -ENAMETOOLONG;
	mask_split(text, &nick, &user, &host);
	if (looks_like_host(text)) {
		host = nick;
		nick = any;
	} else if (strchr(text, '@') != NULL && strchr(text, '!') == NULL) {
		user = nick;
		nick = any;
	}
	nick = nick.len > 0 ? nick : any;
	user = user.len > 0 ? user : any;
	host = host.len > 0 ? host : any;
	int len = snprintf(ret_mask, MASK_MAX, "%.*s!%.*s@%.*s", part_len(nick), nick.data,
			   part_len(user), user.data, part_len(host), host.data);
	return len < MASK_MAX ? 0 : -ENAMETOOLONG;
}
