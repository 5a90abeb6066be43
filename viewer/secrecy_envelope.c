/* SPDX-License-Identifier: MIT */
/* What is said: texts into envelopes, and out of them again. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/utf8.h"
#include "viewer/secrecy.h"

/* ---- out ---- */

unsigned secrecy_parts_of(size_t len)
{
	size_t parts = len > 0 ? (len + ENVELOPE_MAX_TEXT - 1) / ENVELOPE_MAX_TEXT : 1;

	return parts <= ENVELOPE_MAX_PARTS ? (unsigned)parts : 0;
}

/* All devices of both accounts, each once. */
static size_t list_recipients(const struct secrecy_peer *peer, const struct secrecy_peer *own,
			      uint8_t to[ENVELOPE_MAX_RECIPIENTS][DEVICE_KEY])
{
	size_t n = 0;

	for (size_t i = 0; i < peer->list.n; i++)
		memcpy(to[n++], peer->list.devices[i], DEVICE_KEY);
	for (size_t i = 0; i < own->list.n; i++) {
		if (!device_list_has(&peer->list, own->list.devices[i]))
			memcpy(to[n++], own->list.devices[i], DEVICE_KEY);
	}
	return n;
}

int secrecy_seal(struct secrecy *secrecy, struct secrecy_peer *peer, enum envelope_kind kind,
		 struct slice text, unsigned part, int64_t now_ms, char ret_text[ENVELOPE_ENCODED])
{
	const struct secrecy_peer *own = secrecy_peer(secrecy, secrecy->account);
	const struct envelope_route route = {secrecy->account, peer->name};
	struct envelope_head head = {.sequence = peer->sequence + 1, .time_ms = (uint64_t)now_ms};
	size_t from = (part - 1) * (size_t)ENVELOPE_MAX_TEXT;
	struct envelope_text piece = {
		.kind = kind, .part = (uint8_t)part, .parts = (uint8_t)secrecy_parts_of(text.len)};
	uint8_t recipients[ENVELOPE_MAX_RECIPIENTS][DEVICE_KEY], bytes[ENVELOPE_SIZE];
	struct envelope_secrets secrets;
	size_t n = list_recipients(peer, own, recipients);
	int len;

	assert(peer->error == 0 && own->error == 0 && secrecy->n_keys > 0);
	piece.len = text.len - from < ENVELOPE_MAX_TEXT ? text.len - from : ENVELOPE_MAX_TEXT;
	memcpy(piece.data, text.data + from, piece.len);
	memcpy(head.sender, secrecy->keys[0].device, DEVICE_KEY);
	memcpy(head.previous, peer->previous, ENVELOPE_HASH);
	randombytes_buf(&secrets, sizeof(secrets));
	len = envelope_seal(&head, &route, &piece, (const uint8_t(*)[DEVICE_KEY])recipients, n,
			    secrecy->keys[0].secret, &secrets, bytes);
	sodium_memzero(&secrets, sizeof(secrets));
	sodium_memzero(&piece, sizeof(piece));
	if (len < 0)
		return len;
	peer->sequence++;
	envelope_hash(bytes, (size_t)len, peer->previous);
	peer->encrypts = true;
	secrecy->changed = true;
	envelope_encode(bytes, (size_t)len, ret_text);
	return 0;
}

/* ---- in ---- */

/* An envelope on its way in. */
struct arrival {
	struct secrecy *secrecy;
	struct secrecy_peer *peer, *from; /* the other account; who has sent it */
	struct secrecy_side *side;
	struct envelope envelope;
	struct envelope_text text;
	uint8_t hash[ENVELOPE_HASH];
	const struct secrecy_way *way;
	int64_t now_s;
	struct secrecy_opened *opened;
};

__attribute__((format(printf, 2, 3))) static enum secrecy_result refuse(struct arrival *arrival,
									const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(arrival->opened->sentence, SECRECY_SENTENCE, format, arguments);
	va_end(arguments);
	arrival->opened->harmless = false;
	return SECRECY_REFUSED;
}

static struct chain *find_chain(struct secrecy_side *side, const uint8_t device[DEVICE_KEY])
{
	for (size_t i = 0; i < side->n_chains; i++) {
		if (memcmp(side->chains[i].device, device, DEVICE_KEY) == 0)
			return &side->chains[i];
	}
	return NULL;
}

/* Of a key that is new: it may go on where another one has ended. That one stays, since what was
 * closed with it could come a second time. */
static struct chain start_chain(const struct secrecy_side *side, const struct envelope_head *head)
{
	for (size_t i = 0; i < side->n_chains; i++) {
		if (chain_continues(&side->chains[i], head))
			return side->chains[i];
	}
	return (struct chain){.sequence = 0};
}

static bool knows_device(const struct secrecy *secrecy, const struct secrecy_peer *from,
			 const uint8_t device[DEVICE_KEY], int64_t now_s)
{
	for (size_t i = 0; i < secrecy->n_keys && secrecy_is_own(secrecy, from); i++) {
		if (memcmp(secrecy->keys[i].device, device, DEVICE_KEY) == 0)
			return true;
	}
	for (size_t i = 0; i < from->n_devices; i++) {
		if (memcmp(from->devices[i].key, device, DEVICE_KEY) == 0)
			return now_s - from->devices[i].last_s < SECRECY_KEEP_S;
	}
	return false;
}

/* Which one makes room: nothing is opened any more of a device that isn't known. */
static size_t choose_chain(const struct arrival *arrival)
{
	const struct secrecy_side *side = arrival->side;

	for (size_t i = side->n_chains; i-- > 0;) {
		if (!knows_device(arrival->secrecy, arrival->from, side->chains[i].device,
				  arrival->now_s))
			return i;
	}
	return side->n_chains - 1;
}

/* The latest is the first. */
static void keep_chain(struct arrival *arrival, const struct chain *old, const struct chain *chain)
{
	struct secrecy_side *side = arrival->side;
	size_t i = old != NULL ? (size_t)(old - side->chains) : side->n_chains;

	if (i == SECRECY_MAX_CHAINS)
		i = choose_chain(arrival);
	else if (old == NULL)
		side->n_chains++;
	memmove(side->chains + 1, side->chains, i * sizeof(side->chains[0]));
	side->chains[0] = *chain;
}

static void say_place(struct arrival *arrival, enum chain_place place, uint64_t missing)
{
	const char *who = arrival->from->name;

	/* What is asked for later, as it lies further back, doesn't come late. */
	if (arrival->way->past && place == CHAIN_LATE)
		return;
	if (arrival->way->past && place == CHAIN_GAP)
		refuse(arrival,
		       "%" PRIu64
		       " encrypted message%s of %s before this one %s further back, or withheld",
		       missing, missing == 1 ? "" : "s", who, missing == 1 ? "is" : "are");
	else if (place == CHAIN_GAP)
		refuse(arrival,
		       "%" PRIu64
		       " encrypted message%s of %s before this one did not come: withheld, or late",
		       missing, missing == 1 ? "" : "s", who);
	else if (place == CHAIN_LATE)
		refuse(arrival, "this message of %s came late: the order was changed on the way",
		       who);
	else if (place == CHAIN_FORK)
		refuse(arrival,
		       "the message of %s before this one isn't the one that was sent: it was "
		       "exchanged",
		       who);
	else if (place == CHAIN_FIRST && arrival->side->n_chains > 0 &&
		 arrival->envelope.head.sequence > 1)
		refuse(arrival,
		       "%s writes from another device; what it sent before isn't known here", who);
	arrival->opened->harmless =
		arrival->way->past && (place == CHAIN_GAP || place == CHAIN_FIRST);
}

/* Counts it; false: it has come before. */
static bool count(struct arrival *arrival)
{
	const struct envelope_head *head = &arrival->envelope.head;
	const struct chain *old = find_chain(arrival->side, head->sender);
	struct chain chain = old != NULL ? *old : start_chain(arrival->side, head);
	enum chain_place place;
	uint64_t missing;

	place = chain_place(&chain, head, &missing);
	if (place == CHAIN_REPEATED)
		return false;
	say_place(arrival, place, missing);
	chain_take(&chain, head, arrival->hash);
	memcpy(chain.device, head->sender, DEVICE_KEY);
	keep_chain(arrival, old, &chain);
	arrival->secrecy->changed = true;
	return true;
}

static void compare_clocks(struct arrival *arrival, int64_t time_ms)
{
	int64_t written_ms = (int64_t)arrival->envelope.head.time_ms;
	time_t written_s = (time_t)(written_ms / 1000);
	struct tm parts;
	char text[40];

	if (*arrival->opened->sentence != '\0' || written_ms < 0 ||
	    (written_ms - time_ms < SECRECY_CLOCK_MS && time_ms - written_ms < SECRECY_CLOCK_MS) ||
	    gmtime_r(&written_s, &parts) == NULL)
		return;
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts);
	refuse(arrival, "%s wrote this at %s UTC; the server says another time",
	       arrival->from->name, text);
}

static unsigned count_bits(unsigned bits)
{
	unsigned n = 0;

	for (; bits != 0; bits &= bits - 1)
		n++;
	return n;
}

/* What waits for parts that don't come any more. */
static void give_up(struct arrival *arrival, struct secrecy_parts *parts)
{
	if (parts->have != 0)
		refuse(arrival,
		       "a message of %s was cut: %u of its %u parts came, and it isn't shown",
		       arrival->from->name, count_bits(parts->have), parts->parts);
	parts->have = 0;
}

/* Puts a part to the others. False: no memory. */
static bool add_part(struct arrival *arrival, struct secrecy_parts *parts)
{
	const struct envelope_text *text = &arrival->text;
	uint64_t first = arrival->envelope.head.sequence - (text->part - 1u);

	if (parts->have != 0 &&
	    (memcmp(parts->device, arrival->envelope.head.sender, DEVICE_KEY) != 0 ||
	     parts->first != first || parts->parts != text->parts || parts->kind != text->kind))
		give_up(arrival, parts);
	if (parts->data == NULL)
		parts->data = malloc(SECRECY_MAX_TEXT + 1);
	if (parts->data == NULL)
		return false;
	memcpy(parts->device, arrival->envelope.head.sender, DEVICE_KEY);
	parts->first = first;
	parts->parts = text->parts;
	parts->kind = text->kind;
	parts->have |= 1u << (text->part - 1);
	parts->lens[text->part - 1] = text->len;
	memcpy(parts->data + (text->part - 1) * (size_t)ENVELOPE_MAX_TEXT, text->data, text->len);
	return true;
}

static enum secrecy_result collect(struct arrival *arrival)
{
	struct secrecy_parts *parts = &arrival->side->parts;
	struct secrecy_opened *opened = arrival->opened;

	if (!add_part(arrival, parts))
		return refuse(arrival, "%s", strerror(ENOMEM));
	if (parts->have != (1u << parts->parts) - 1)
		return SECRECY_PART;
	opened->kind = parts->kind;
	opened->text = parts->data;
	for (size_t i = 0; i < parts->parts; i++) {
		memmove(parts->data + opened->len, parts->data + i * ENVELOPE_MAX_TEXT,
			parts->lens[i]);
		opened->len += parts->lens[i];
	}
	parts->have = 0;
	opened->text[opened->len] = '\0';
	if (!utf8_valid((struct slice){opened->text, opened->len}) ||
	    strlen(opened->text) != opened->len)
		return refuse(arrival, "what %s has encrypted is no text", arrival->from->name);
	return SECRECY_TEXT;
}

/* By the key that it was closed for, which may be a former one. */
static int open_with_keys(struct arrival *arrival, const struct envelope_route *route)
{
	int error = -ENOENT;

	for (size_t i = 0; i < arrival->secrecy->n_keys && error == -ENOENT; i++)
		error = envelope_open(&arrival->envelope, route, arrival->secrecy->keys[i].device,
				      arrival->secrecy->keys[i].secret, &arrival->text);
	return error;
}

static const struct {
	int error;
	const char *before, *after; /* the account's name */
} failures[] = {
	{-ENOENT, "an encrypted message of ",
	 " is for other devices than this one, and can't be read here"},
	{-EPERM, "an encrypted message of ", " was changed on its way, and can't be read"},
	{-EBADMSG, "what ", " has encrypted is no text"},
};

static enum secrecy_result take(struct arrival *arrival)
{
	const struct envelope_route theirs = {arrival->peer->name, arrival->secrecy->account};
	const struct envelope_route ours = {arrival->secrecy->account, arrival->peer->name};
	int error = open_with_keys(arrival, arrival->way->own ? &ours : &theirs);
	enum secrecy_result result;

	if (error == -ENOENT && arrival->way->past)
		return SECRECY_FOREIGN;
	for (size_t i = 0; error < 0 && i < sizeof(failures) / sizeof(failures[0]); i++) {
		if (failures[i].error == error)
			return refuse(arrival, "%s%s%s", failures[i].before, arrival->from->name,
				      failures[i].after);
	}
	if (!count(arrival))
		result = arrival->way->past ? SECRECY_KNOWN
					    : refuse(arrival,
						     "an encrypted message of %s came a second "
						     "time, and isn't shown again",
						     arrival->from->name);
	else
		result = collect(arrival);
	sodium_memzero(&arrival->text, sizeof(arrival->text));
	if (result == SECRECY_TEXT) {
		arrival->peer->encrypts = true;
		compare_clocks(arrival, arrival->way->time_ms);
	}
	return result;
}

enum secrecy_result secrecy_open(struct secrecy *secrecy, struct secrecy_peer *peer,
				 const struct secrecy_way *way, struct slice encoded, int64_t now_s,
				 struct secrecy_opened *ret_opened)
{
	struct arrival arrival = {
		.secrecy = secrecy,
		.peer = peer,
		.from = way->own ? secrecy_peer(secrecy, secrecy->account) : peer,
		.side = way->own ? &peer->ours : &peer->theirs,
		.way = way,
		.now_s = now_s,
		.opened = ret_opened,
	};
	uint8_t bytes[ENVELOPE_SIZE];
	int len = envelope_decode(encoded, bytes);

	*ret_opened = (struct secrecy_opened){.len = 0};
	if (arrival.from == NULL)
		return refuse(&arrival, "%s", strerror(ENOMEM));
	if (len < 0 || envelope_read(bytes, (size_t)len, &arrival.envelope) < 0)
		return refuse(&arrival,
			      "an encrypted message of %s is cut off, or no envelope at all",
			      arrival.from->name);
	if (arrival.from->error == -EKEYREJECTED)
		return SECRECY_HELD;
	if (!knows_device(secrecy, arrival.from, arrival.envelope.head.sender, now_s))
		return way->fresh
			       ? refuse(&arrival,
					"an encrypted message comes from a device that %s hasn't "
					"published",
					arrival.from->name)
			       : SECRECY_UNKNOWN;
	envelope_hash(bytes, (size_t)len, arrival.hash);
	return take(&arrival);
}
