/* SPDX-License-Identifier: MIT */
#include "capture/screen_target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/slice.h"

static bool parse_window(struct screen_target *target, struct slice value)
{
	char text[16], *end;
	unsigned long id;

	if (slice_copy(value, text, sizeof text) < 0 || text[0] < '0' || text[0] > '9')
		return false;
	id = strtoul(text, &end, 0);
	target->window = (uint32_t)id;
	return *end == '\0' && id != 0 && id <= UINT32_MAX;
}

static bool parse_monitor(struct screen_target *target, struct slice value)
{
	return value.len > 0 && slice_copy(value, target->monitor, sizeof target->monitor) == 0;
}

static const struct {
	const char *key;
	bool (*parse)(struct screen_target *target, struct slice value);
	const char *why;
} keys[] = {
	{"window", parse_window, "after window= there is no window's id, such as 0x1c00007"},
	{"monitor", parse_monitor, "after monitor= there is no monitor's name; --list names them"},
};

enum { N_KEYS = sizeof keys / sizeof keys[0] };

static const char *parse_key(struct screen_target *target, struct slice value)
{
	struct slice key;

	(void)slice_split(&value, '=', &key);
	for (size_t i = 0; i < N_KEYS; i++)
		if (slice_equal(key, keys[i].key))
			return keys[i].parse(target, value) ? NULL : keys[i].why;
	return "what follows the display is +X,Y or window=ID or monitor=NAME";
}

static bool parse_number(struct slice *rest, unsigned *ret_number)
{
	unsigned long long number;
	struct slice part;

	if (!slice_split(rest, ',', &part) || slice_number(part, SCREEN_MAX_SIDE, &number) < 0)
		return false;
	*ret_number = (unsigned)number;
	return true;
}

int screen_target_parse(struct screen_target *target, const char *text, const char **ret_why)
{
	size_t len = strcspn(text, "+,");
	struct slice rest = {0}, part;

	*target = (struct screen_target){.partly = text[len] == '+'};
	*ret_why = NULL;
	if (slice_copy((struct slice){text, len}, target->display, sizeof target->display) < 0)
		*ret_why = "its display's name is too long";
	if (text[len] != '\0')
		rest = slice_from(text + len + 1);
	if (target->partly &&
	    (!parse_number(&rest, &target->x) || !parse_number(&rest, &target->y)))
		*ret_why = "after the + there are no numbers X,Y";
	while (*ret_why == NULL && slice_split(&rest, ',', &part))
		*ret_why = parse_key(target, part);
	if (*ret_why == NULL && target->window != 0 && *target->monitor != '\0')
		*ret_why = "it can't be both a window and a monitor";
	return *ret_why == NULL ? 0 : -EINVAL;
}

bool screen_target_part(const struct screen_target *target, struct screen_area whole,
			unsigned width, unsigned height, struct screen_area *ret_part)
{
	struct screen_area part = whole;

	if (!target->partly) {
		*ret_part = whole;
		return whole.width > 0 && whole.height > 0;
	}
	if (target->x >= whole.width || target->y >= whole.height)
		return false;
	part.x += (int)target->x;
	part.y += (int)target->y;
	part.width -= target->x;
	part.height -= target->y;
	if (width != 0 && width < part.width)
		part.width = width;
	if (height != 0 && height < part.height)
		part.height = height;
	*ret_part = part;
	return true;
}

bool screen_area_overlap(struct screen_area a, struct screen_area b)
{
	return a.x < b.x + (int)b.width && b.x < a.x + (int)a.width && a.y < b.y + (int)b.height &&
	       b.y < a.y + (int)a.height;
}

bool screen_area_equal(struct screen_area a, struct screen_area b)
{
	return a.x == b.x && a.y == b.y && a.width == b.width && a.height == b.height;
}
