/* SPDX-License-Identifier: MIT */
#include "chat/nick.h"

#include <errno.h>
#include <string.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool nick_valid(const char *nick)
{
	size_t len = strlen(nick);

	if (len == 0 || len > NICK_MAX || is_digit(*nick) || *nick == '-')
		return false;
	for (; *nick != '\0'; nick++) {
		if (!is_letter(*nick) && !is_digit(*nick) && strchr("[]{}\\|^_`-", *nick) == NULL)
			return false;
	}
	return true;
}

bool nick_host_valid(const char *host)
{
	size_t len = strlen(host);

	if (len == 0 || len > NICK_HOST_MAX || strchr(host, '.') == NULL)
		return false;
	for (const char *at = host; *at != '\0'; at++) {
		bool begins = at == host || at[-1] == '.';
		bool ends = at[1] == '\0' || at[1] == '.';

		if (*at == '.'
			    ? begins || ends
			    : !is_letter(*at) && !is_digit(*at) && (*at != '-' || begins || ends))
			return false;
	}
	return true;
}

int nick_clean_user(const char *given, char ret_user[NICK_USER_MAX + 1])
{
	size_t len = 0;

	ret_user[len++] = '~';
	for (; *given != '\0' && len < NICK_USER_MAX; given++) {
		if (is_letter(*given) || is_digit(*given) ||
		    (*given != '~' && strchr("[]{}\\|^_`-.", *given) != NULL))
			ret_user[len++] = *given;
	}
	ret_user[len] = '\0';
	return len > 1 ? 0 : -EINVAL;
}
