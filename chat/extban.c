/* SPDX-License-Identifier: MIT */
#include "chat/extban.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/casemap.h"

/* One taken apart. */
struct parts {
	char kind; /* '\0': it is a plain mask */
	bool negated;
	const char *rest; /* behind the colon; of a plain one all */
};

static struct parts take_apart(const char *mask)
{
	const bool negated = mask[0] == '~' && mask[1] == '!';
	const char *letter = mask + (negated ? 2 : 1);

	if (mask[0] != '~' || *letter == '\0' || letter[1] != ':')
		return (struct parts){'\0', false, mask};
	return (struct parts){casemap_fold(*letter), negated, letter + 2};
}

static bool is_account(const char *text)
{
	return *text != '\0' && strpbrk(text, " ,!@:") == NULL;
}

static bool is_real(const char *text)
{
	return *text != '\0' && strpbrk(text, " ,") == NULL;
}

static bool has_account(const char *mask, const struct extban_who *who)
{
	return *who->account != '\0' && mask_match(mask, who->account);
}

static bool has_real(const char *mask, const struct extban_who *who)
{
	return who->real != NULL && mask_match(mask, who->real);
}

/* Those about somebody; 'm' is about what a mask does. */
static const struct kind {
	char letter;
	bool (*valid)(const char *text);
	bool (*match)(const char *mask, const struct extban_who *who);
} kinds[] = {
	{'a', is_account, has_account},
	{'r', is_real, has_real},
};

static const struct kind *find(char letter)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].letter == letter)
			return &kinds[i];
	}
	return NULL;
}

static int complete_kind(const struct parts *parts, char ret_mask[MASK_MAX])
{
	const struct kind *kind = find(parts->kind);

	if (kind == NULL || !kind->valid(parts->rest))
		return -EINVAL;
	return snprintf(ret_mask, MASK_MAX, "~%s%c:%s", parts->negated ? "!" : "", parts->kind,
			parts->rest) < MASK_MAX
		       ? 0
		       : -ENAMETOOLONG;
}

int extban_complete(const char *text, char ret_mask[MASK_MAX])
{
	struct parts parts = take_apart(text);
	char inner[MASK_MAX];
	int error;

	if (parts.kind == '\0')
		return mask_complete(text, ret_mask);
	if (parts.kind != 'm')
		return complete_kind(&parts, ret_mask);
	if (parts.negated || take_apart(parts.rest).kind == 'm')
		return -EINVAL;
	error = extban_complete(parts.rest, inner);
	if (error < 0)
		return error;
	return snprintf(ret_mask, MASK_MAX, "~m:%s", inner) < MASK_MAX ? 0 : -ENAMETOOLONG;
}

bool extban_mutes(const char *mask)
{
	return take_apart(mask).kind == 'm';
}

bool extban_match(const char *mask, const struct extban_who *who)
{
	struct parts parts = take_apart(mask);
	const struct kind *kind;

	if (parts.kind == 'm')
		parts = take_apart(parts.rest);
	kind = find(parts.kind);
	if (kind != NULL)
		return kind->match(parts.rest, who) != parts.negated;
	return mask_match(parts.rest, who->source) ||
	       (who->true_source != NULL && mask_match(parts.rest, who->true_source));
}
