/* SPDX-License-Identifier: MIT */
#include "chat/extban.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/casemap.h"

enum { PREFIX_LEN = 3 };

/* '\0': it is a plain mask. */
static char kind_of(const char *mask)
{
	if (mask[0] != '~' || mask[1] == '\0' || mask[2] != ':')
		return '\0';
	return casemap_fold(mask[1]);
}

static int complete_account(const char *account, char ret_mask[MASK_MAX])
{
	if (*account == '\0' || strpbrk(account, " ,!@:") != NULL)
		return -EINVAL;
	return snprintf(ret_mask, MASK_MAX, "~a:%s", account) < MASK_MAX ? 0 : -ENAMETOOLONG;
}

int extban_complete(const char *text, char ret_mask[MASK_MAX])
{
	char inner[MASK_MAX], kind = kind_of(text);
	int error;

	if (kind == '\0')
		return mask_complete(text, ret_mask);
	text += PREFIX_LEN;
	if (kind == 'a')
		return complete_account(text, ret_mask);
	if (kind != 'm' || kind_of(text) == 'm')
		return -EINVAL;
	error = extban_complete(text, inner);
	if (error < 0)
		return error;
	return snprintf(ret_mask, MASK_MAX, "~m:%s", inner) < MASK_MAX ? 0 : -ENAMETOOLONG;
}

bool extban_mutes(const char *mask)
{
	return kind_of(mask) == 'm';
}

bool extban_match(const char *mask, const struct extban_who *who)
{
	if (kind_of(mask) == 'm')
		mask += PREFIX_LEN;
	if (kind_of(mask) == 'a')
		return *who->account != '\0' && mask_match(mask + PREFIX_LEN, who->account);
	return mask_match(mask, who->source) ||
	       (who->true_source != NULL && mask_match(mask, who->true_source));
}
