/* SPDX-License-Identifier: MIT */
/*
 * Capabilities (IRCv3 capability negotiation 302): what a client and the service agree on. Pure.
 */
#ifndef SPILLWAY_CAPABILITY_H
#define SPILLWAY_CAPABILITY_H

#include <stdbool.h>
#include <stddef.h>

enum capability {
	CAP_AWAY_NOTIFY = 1u << 0,
	CAP_BATCH = 1u << 1,
	CAP_NOTIFY = 1u << 2,
	CAP_ECHO_MESSAGE = 1u << 3,
	CAP_EXTENDED_JOIN = 1u << 4,
	CAP_EXTENDED_MONITOR = 1u << 5,
	CAP_INVITE_NOTIFY = 1u << 6,
	CAP_LABELED_RESPONSE = 1u << 7,
	CAP_MESSAGE_TAGS = 1u << 8,
	CAP_MULTI_PREFIX = 1u << 9,
	CAP_NO_IMPLICIT_NAMES = 1u << 10,
	CAP_SERVER_TIME = 1u << 11,
	CAP_SETNAME = 1u << 12,
	CAP_STANDARD_REPLIES = 1u << 13,
	CAP_USERHOST_IN_NAMES = 1u << 14,
	CAP_CHATHISTORY = 1u << 15,
	CAP_ACCOUNT_NOTIFY = 1u << 16,
	CAP_ACCOUNT_TAG = 1u << 17,
	CAP_MESSAGE_REDACTION = 1u << 18,
	CAP_READ_MARKER = 1u << 19,
	CAP_SASL = 1u << 20,
	CAP_ACCOUNT_REGISTRATION = 1u << 21,
	CAP_METADATA_2 = 1u << 22,
	CAP_METADATA_3 = 1u << 23,
	CAP_MULTILINE = 1u << 24,
	CAP_TWITCH_COMMANDS = 1u << 25,
	CAP_TWITCH_MEMBERSHIP = 1u << 26,
	CAP_TWITCH_TAGS = 1u << 27,
	CAP_EVENT_PLAYBACK = 1u << 28,
	CAP_CHANNEL_RENAME = 1u << 29,
	CAP_ALL = (1u << 30) - 1,
	CAP_METADATA = CAP_METADATA_2 | CAP_METADATA_3, /* of which a client has one */
	CAP_TWITCH = CAP_TWITCH_COMMANDS | CAP_TWITCH_MEMBERSHIP | CAP_TWITCH_TAGS,
	/* Nobody asks for it: with twitch.tv/commands, and without twitch.tv/membership. */
	CAP_TWITCH_ALONE = 1u << 30,
	/* Not offered to who doesn't know 302, whose list is one line; Twitch's bots don't read
	 * it. */
	CAP_SINCE_302 =
		CAP_METADATA | CAP_MULTILINE | CAP_EVENT_PLAYBACK | CAP_CHANNEL_RENAME | CAP_TWITCH,
};

enum { CAPABILITY_TEXT_SIZE = 1024 };

/* The names of these, with blanks between them; with their values, for whoever knows 302. */
void capability_text(unsigned caps, bool with_values, char to[CAPABILITY_TEXT_SIZE]);
/* What a client asks for: names, a '-' before what it no longer wants. Changes *caps, or, where one
 * of them is unknown (-ENOENT), or two can't be had together (-EINVAL), nothing. */
int capability_request(const char *names, unsigned *caps);
/* Whether none but Twitch's are among the names. Its bots ask for them in passing: they never say
 * CAP END. */
bool capability_of_twitch(const char *names);

#endif
