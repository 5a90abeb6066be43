/* SPDX-License-Identifier: MIT */
#include "chat/capability.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "chat/metadata.h"
#include "chat/multiline.h"
#include "chat/sasl.h"
#include "common/slice.h"

/* Some have two names, until all clients know the later one. */
static const struct {
	const char *name;
	unsigned cap;
} names_of_caps[] = {
	{"account-notify", CAP_ACCOUNT_NOTIFY},
	{"account-tag", CAP_ACCOUNT_TAG},
	{"away-notify", CAP_AWAY_NOTIFY},
	{"batch", CAP_BATCH},
	{"cap-notify", CAP_NOTIFY},
	{"draft/account-registration", CAP_ACCOUNT_REGISTRATION},
	{"draft/channel-rename", CAP_CHANNEL_RENAME},
	{"draft/chathistory", CAP_CHATHISTORY},
	{"draft/event-playback", CAP_EVENT_PLAYBACK},
	{"draft/message-redaction", CAP_MESSAGE_REDACTION},
	{"draft/metadata-2", CAP_METADATA_2},
	{"draft/metadata-3", CAP_METADATA_3},
	{"draft/multiline", CAP_MULTILINE},
	{"draft/no-implicit-names", CAP_NO_IMPLICIT_NAMES},
	{"draft/read-marker", CAP_READ_MARKER},
	{"echo-message", CAP_ECHO_MESSAGE},
	{"extended-join", CAP_EXTENDED_JOIN},
	{"extended-monitor", CAP_EXTENDED_MONITOR},
	{"invite-notify", CAP_INVITE_NOTIFY},
	{"labeled-response", CAP_LABELED_RESPONSE},
	{"message-tags", CAP_MESSAGE_TAGS},
	{"multi-prefix", CAP_MULTI_PREFIX},
	{"no-implicit-names", CAP_NO_IMPLICIT_NAMES},
	{"sasl", CAP_SASL},
	{"server-time", CAP_SERVER_TIME},
	{"setname", CAP_SETNAME},
	{"standard-replies", CAP_STANDARD_REPLIES},
	{"twitch.tv/commands", CAP_TWITCH_COMMANDS},
	{"twitch.tv/membership", CAP_TWITCH_MEMBERSHIP},
	{"twitch.tv/tags", CAP_TWITCH_TAGS},
	{"userhost-in-names", CAP_USERHOST_IN_NAMES},
};

static const struct {
	unsigned cap;
	const char *value;
} values_of_caps[] = {
	{CAP_SASL, SASL_MECHANISMS_TEXT},      {CAP_ACCOUNT_REGISTRATION, "before-connect"},
	{CAP_METADATA_2, METADATA_CAPABILITY}, {CAP_METADATA_3, METADATA_CAPABILITY},
	{CAP_MULTILINE, MULTILINE_LIMITS},
};

enum { N_NAMES = sizeof(names_of_caps) / sizeof(names_of_caps[0]) };

/* "" where it has none. */
static const char *value_of(unsigned cap)
{
	for (size_t i = 0; i < sizeof(values_of_caps) / sizeof(values_of_caps[0]); i++) {
		if (values_of_caps[i].cap == cap)
			return values_of_caps[i].value;
	}
	return "";
}

void capability_text(unsigned caps, bool with_values, char to[CAPABILITY_TEXT_SIZE])
{
	size_t len = 0;

	*to = '\0';
	for (size_t i = 0; i < N_NAMES; i++) {
		const char *value = with_values ? value_of(names_of_caps[i].cap) : "";

		if ((caps & names_of_caps[i].cap) != 0)
			len += (size_t)snprintf(to + len, CAPABILITY_TEXT_SIZE - len, "%s%s%s%s",
						len > 0 ? " " : "", names_of_caps[i].name,
						*value != '\0' ? "=" : "", value);
	}
}

static unsigned find(struct slice name)
{
	for (size_t i = 0; i < N_NAMES; i++) {
		if (slice_equal(name, names_of_caps[i].name))
			return names_of_caps[i].cap;
	}
	return 0;
}

int capability_request(const char *names, unsigned *caps)
{
	struct slice rest = slice_from(names), name;
	unsigned result = *caps;

	while (slice_split(&rest, ' ', &name)) {
		bool remove = name.len > 0 && name.data[0] == '-';

		if (name.len == 0)
			continue;
		if (remove)
			name = (struct slice){name.data + 1, name.len - 1};
		unsigned cap = find(name);
		if (cap == 0)
			return -ENOENT;
		result = remove ? result & ~cap : result | cap;
	}
	if ((result & CAP_METADATA) == CAP_METADATA)
		return -EINVAL;
	result &= ~(unsigned)CAP_TWITCH_ALONE;
	if ((result & (CAP_TWITCH_COMMANDS | CAP_TWITCH_MEMBERSHIP)) == CAP_TWITCH_COMMANDS)
		result |= CAP_TWITCH_ALONE;
	*caps = result;
	return 0;
}

bool capability_of_twitch(const char *names)
{
	struct slice rest = slice_from(names), name;
	bool some = false;

	while (slice_split(&rest, ' ', &name)) {
		if (name.len == 0)
			continue;
		if ((find(name) & CAP_TWITCH) == 0)
			return false;
		some = true;
	}
	return some;
}
