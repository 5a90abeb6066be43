/* SPDX-License-Identifier: MIT */
#include "viewer/account_name.h"

#include <assert.h>
#include <string.h>

#include "common/casemap.h"

bool account_name_valid(const char *name)
{
	size_t len = strlen(name);

	/* '*' is what IRC says of who has no account. */
	return len > 0 && len < ACCOUNT_NAME_SIZE && strcmp(name, "*") != 0 &&
	       strpbrk(name, " \r\n") == NULL;
}

size_t account_name_write(const char *name, char *to)
{
	size_t len = strlen(name);

	assert(account_name_valid(name));
	for (size_t i = 0; i <= len; i++)
		to[i] = casemap_fold(name[i]);
	return len + 1;
}
