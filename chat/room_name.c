/* SPDX-License-Identifier: MIT */
#include "chat/room_name.h"

#include <string.h>

#include "common/utf8.h"

bool room_name_valid(const char *name)
{
	size_t len = strlen(name);

	if (len < 2 || len > ROOM_NAME_MAX || *name != '#')
		return false;
	for (const char *at = name; *at != '\0'; at++) {
		if ((unsigned char)*at <= ' ' || *at == 0x7f || strchr(",*?", *at) != NULL)
			return false;
	}
	return utf8_valid((struct slice){name, len});
}
