/* SPDX-License-Identifier: MIT */
#include "viewer/secrecy.h"

#include <errno.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a directory, and devices ---- */

enum { NOW_S = 1800000000, ALICE = 0, BOB, N_ACCOUNTS };

struct world {
	char lists[N_ACCOUNTS][DEVICE_LIST_TEXT]; /* what the directory says */
	int64_t now_s;
	struct secrecy alice, bob, tablet; /* the tablet is alice's, too */
	char sent[ENVELOPE_MAX_PARTS][ENVELOPE_ENCODED];
	unsigned n_sent;
	struct secrecy_opened opened;
	bool past; /* what is heard is of the history */
};

static const char *const names[] = {"Alice", "Bob"};

static char *list_of(struct world *world, const char *account)
{
	return world->lists[strcmp(account, "alice") == 0 ? ALICE : BOB];
}

/* It asks the directory. */
static int look(struct world *world, struct secrecy *device, const char *account)
{
	struct secrecy_peer *peer = secrecy_peer(device, account);

	return secrecy_take_list(device, peer, slice_from(list_of(world, peer->name)),
				 world->now_s);
}

/* It comes, and publishes what it has to. */
static int come(struct world *world, struct secrecy *device)
{
	char text[DEVICE_LIST_TEXT];
	int result;

	look(world, device, device->account);
	result = secrecy_renew(device, world->now_s, text);
	if (result > 0) {
		strcpy(list_of(world, device->account), text);
		assert_int_equal(look(world, device, device->account), 0);
	}
	return result;
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->now_s = NOW_S;
	secrecy_init(&world->alice, names[ALICE]);
	secrecy_init(&world->bob, names[BOB]);
	secrecy_init(&world->tablet, names[ALICE]);
	assert_int_equal(come(world, &world->alice), 1);
	assert_int_equal(come(world, &world->bob), 1);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	secrecy_finish(&world->alice);
	secrecy_finish(&world->bob);
	secrecy_finish(&world->tablet);
	free(world);
	return 0;
}

static void say(struct world *world, struct secrecy *from, const char *to, const char *text)
{
	struct secrecy_peer *peer = secrecy_peer(from, to);

	assert_int_equal(look(world, from, from->account), 0);
	assert_int_equal(look(world, from, to), 0);
	world->n_sent = secrecy_parts_of(strlen(text));
	assert_true(world->n_sent > 0);
	for (unsigned i = 0; i < world->n_sent; i++)
		assert_int_equal(secrecy_seal(from, peer, ENVELOPE_SAID, slice_from(text), i + 1,
					      world->now_s * 1000, world->sent[i]),
				 0);
}

/* What a client does with an envelope. */
static enum secrecy_result hear(struct world *world, struct secrecy *device, const char *peer,
				bool own, const char *encoded)
{
	struct secrecy_peer *account = secrecy_peer(device, peer);
	struct secrecy_way way = {.time_ms = world->now_s * 1000, .own = own, .past = world->past};
	enum secrecy_result result = secrecy_open(device, account, &way, slice_from(encoded),
						  world->now_s, &world->opened);

	if (result != SECRECY_UNKNOWN)
		return result;
	look(world, device, own ? device->account : peer);
	way.fresh = true;
	return secrecy_open(device, account, &way, slice_from(encoded), world->now_s,
			    &world->opened);
}

static void expect_text(struct world *world, struct secrecy *device, const char *peer, bool own,
			const char *encoded, const char *text, const char *sentence)
{
	assert_int_equal(hear(world, device, peer, own, encoded), SECRECY_TEXT);
	assert_string_equal(world->opened.text, text);
	assert_int_equal(world->opened.len, strlen(text));
	assert_string_equal(world->opened.sentence, sentence);
}

static void expect_refused(struct world *world, struct secrecy *device, const char *peer, bool own,
			   const char *encoded, const char *sentence)
{
	assert_int_equal(hear(world, device, peer, own, encoded), SECRECY_REFUSED);
	assert_string_equal(world->opened.sentence, sentence);
	assert_null(world->opened.text);
}

/* The tablet gets the identity from the other device, and comes. */
static void bring_tablet(struct world *world)
{
	secrecy_set_identity(&world->tablet, world->alice.seed);
	assert_int_equal(come(world, &world->tablet), 1);
}

static void last_group(const struct secrecy *device, char group[SECRECY_GROUP])
{
	char text[DEVICE_LIST_FINGERPRINT];

	device_list_fingerprint(device->identity, device->account, text);
	strcpy(group, text + DEVICE_LIST_FINGERPRINT - SECRECY_GROUP);
}

/* ---- reading each other ---- */

static void test_two_accounts_read_each_other(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < 3; i++) {
		say(world, &world->alice, "bob", "hello");
		expect_text(world, &world->bob, "alice", false, world->sent[0], "hello", "");
		expect_text(world, &world->alice, "bob", true, world->sent[0], "hello", "");
		say(world, &world->bob, "ALICE", "hello, too");
		expect_text(world, &world->alice, "bob", false, world->sent[0], "hello, too", "");
	}
	assert_true(secrecy_peer(&world->alice, "bob")->encrypts);
}

static void test_all_devices_read_it(void **state)
{
	struct world *world = *state;

	bring_tablet(world);
	assert_int_equal(secrecy_peer(&world->tablet, "alice")->list.n, 2);
	say(world, &world->bob, "alice", "to both");
	expect_text(world, &world->alice, "bob", false, world->sent[0], "to both", "");
	expect_text(world, &world->tablet, "bob", false, world->sent[0], "to both", "");
	say(world, &world->tablet, "bob", "from the tablet");
	expect_text(world, &world->bob, "alice", false, world->sent[0], "from the tablet", "");
	expect_text(world, &world->alice, "bob", true, world->sent[0], "from the tablet", "");
}

static void test_long_texts_go_in_parts(void **state)
{
	static const size_t lens[] = {ENVELOPE_MAX_TEXT, ENVELOPE_MAX_TEXT + 1, 4096,
				      SECRECY_MAX_TEXT};
	struct world *world = *state;
	char *text = calloc(1, SECRECY_MAX_TEXT + 1);

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		memset(text, 0, SECRECY_MAX_TEXT + 1);
		/* A euro is cut between two parts. */
		for (size_t at = 0; at + 3 <= lens[i]; at += 3)
			memcpy(text + at, "\xe2\x82\xac", 3);
		say(world, &world->alice, "bob", text);
		for (unsigned part = 0; part + 1 < world->n_sent; part++)
			assert_int_equal(
				hear(world, &world->bob, "alice", false, world->sent[part]),
				SECRECY_PART);
		expect_text(world, &world->bob, "alice", false, world->sent[world->n_sent - 1],
			    text, "");
	}
	assert_int_equal(secrecy_parts_of(SECRECY_MAX_TEXT), ENVELOPE_MAX_PARTS);
	assert_int_equal(secrecy_parts_of(SECRECY_MAX_TEXT + 1), 0);
	assert_int_equal(secrecy_parts_of(0), 1);
	free(text);
}

static void test_a_new_device_cannot_read_what_was_said_before(void **state)
{
	struct world *world = *state;

	say(world, &world->bob, "alice", "early");
	bring_tablet(world);
	expect_refused(world, &world->tablet, "bob", false, world->sent[0],
		       "an encrypted message of bob is for other devices than this one, and can't "
		       "be read here");
}

/* ---- who is in between ---- */

static void test_a_repeated_envelope_is_caught(void **state)
{
	struct world *world = *state;

	say(world, &world->alice, "bob", "pay 5");
	expect_text(world, &world->bob, "alice", false, world->sent[0], "pay 5", "");
	expect_refused(world, &world->bob, "alice", false, world->sent[0],
		       "an encrypted message of alice came a second time, and isn't shown again");
}

static void test_a_changed_order_is_caught(void **state)
{
	struct world *world = *state;
	char first[ENVELOPE_ENCODED], second[ENVELOPE_ENCODED];

	say(world, &world->alice, "bob", "zero");
	expect_text(world, &world->bob, "alice", false, world->sent[0], "zero", "");
	say(world, &world->alice, "bob", "one");
	strcpy(first, world->sent[0]);
	say(world, &world->alice, "bob", "two");
	strcpy(second, world->sent[0]);
	expect_text(world, &world->bob, "alice", false, second, "two",
		    "1 encrypted message of alice before this one did not come: withheld, or late");
	expect_text(world, &world->bob, "alice", false, first, "one",
		    "this message of alice came late: the order was changed on the way");
	expect_refused(world, &world->bob, "alice", false, second,
		       "an encrypted message of alice came a second time, and isn't shown again");
}

static void test_history_begins_in_the_middle_and_repeats(void **state)
{
	struct world *world = *state;
	char sent[4][ENVELOPE_ENCODED];

	for (size_t i = 0; i < 4; i++) {
		say(world, &world->alice, "bob", "hello");
		strcpy(sent[i], world->sent[0]);
	}
	expect_text(world, &world->bob, "alice", false, sent[0], "hello", "");
	world->past = true;
	assert_int_equal(hear(world, &world->bob, "alice", false, sent[0]), SECRECY_KNOWN);
	expect_text(world, &world->bob, "alice", false, sent[2], "hello",
		    "1 encrypted message of alice before this one is further back, or withheld");
	assert_true(world->opened.harmless);
	expect_text(world, &world->bob, "alice", false, sent[1], "hello", "");
	/* What follows is where it has to be. */
	world->past = false;
	expect_text(world, &world->bob, "alice", false, sent[3], "hello", "");
	assert_false(world->opened.harmless);
	expect_refused(world, &world->bob, "alice", false, sent[1],
		       "an encrypted message of alice came a second time, and isn't shown again");
}

static void test_an_envelope_of_another_conversation_is_caught(void **state)
{
	struct world *world = *state;

	say(world, &world->alice, "alice", "to myself");
	expect_refused(world, &world->alice, "bob", true, world->sent[0],
		       "an encrypted message of alice was changed on its way, and can't be read");
	expect_text(world, &world->alice, "alice", true, world->sent[0], "to myself", "");
}

static void test_a_cut_envelope_is_caught(void **state)
{
	struct world *world = *state;

	say(world, &world->alice, "bob", "hello");
	world->sent[0][strlen(world->sent[0]) - 4] = '\0';
	expect_refused(world, &world->bob, "alice", false, world->sent[0],
		       "an encrypted message of alice is cut off, or no envelope at all");
	expect_refused(world, &world->bob, "alice", false, "",
		       "an encrypted message of alice is cut off, or no envelope at all");
}

static void test_a_changed_envelope_is_caught(void **state)
{
	struct world *world = *state;
	char *at;

	say(world, &world->alice, "bob", "hello");
	at = world->sent[0] + strlen(world->sent[0]) - 8;
	*at = *at == 'A' ? 'B' : 'A';
	expect_refused(world, &world->bob, "alice", false, world->sent[0],
		       "an encrypted message of alice was changed on its way, and can't be read");
}

/* A device with the same secrets, put back to what it was, has said something else. */
static void test_an_exchanged_envelope_is_caught(void **state)
{
	struct world *world = *state;
	struct secrecy_peer *bob = secrecy_peer(&world->alice, "bob");
	uint8_t previous[ENVELOPE_HASH];

	say(world, &world->alice, "bob", "one");
	expect_text(world, &world->bob, "alice", false, world->sent[0], "one", "");
	memcpy(previous, bob->previous, sizeof(previous));
	say(world, &world->alice, "bob", "two");
	expect_text(world, &world->bob, "alice", false, world->sent[0], "two", "");
	memcpy(bob->previous, previous, sizeof(previous));
	say(world, &world->alice, "bob", "three");
	expect_text(world, &world->bob, "alice", false, world->sent[0], "three",
		    "the message of alice before this one isn't the one that was sent: it was "
		    "exchanged");
}

static void test_a_missing_part_is_caught(void **state)
{
	struct world *world = *state;
	char *text = calloc(1, 4097);

	memset(text, 'x', 4096);
	say(world, &world->alice, "bob", text);
	assert_int_equal(hear(world, &world->bob, "alice", false, world->sent[0]), SECRECY_PART);
	say(world, &world->alice, "bob", "next");
	expect_text(world, &world->bob, "alice", false, world->sent[0], "next",
		    "a message of alice was cut: 1 of its 2 parts came, and it isn't shown");
	free(text);
}

static void test_another_time_is_told(void **state)
{
	struct world *world = *state;

	say(world, &world->alice, "bob", "hello");
	world->now_s += 299;
	expect_text(world, &world->bob, "alice", false, world->sent[0], "hello", "");
	say(world, &world->alice, "bob", "hello");
	world->now_s += 300;
	expect_text(world, &world->bob, "alice", false, world->sent[0], "hello",
		    "alice wrote this at 2027-01-15 08:04:59 UTC; the server says another time");
}

static void test_a_device_that_was_not_published_is_caught(void **state)
{
	struct world *world = *state;
	char list[DEVICE_LIST_TEXT];

	strcpy(list, world->lists[ALICE]);
	bring_tablet(world);
	say(world, &world->tablet, "bob", "hello");
	/* The directory doesn't tell it. */
	strcpy(world->lists[ALICE], list);
	expect_refused(world, &world->bob, "alice", false, world->sent[0],
		       "an encrypted message comes from a device that alice hasn't published");
}

/* ---- identities and lists ---- */

/* Another one publishes keys of his own for bob. */
static void replace_bob(struct world *world, struct secrecy *ret_other)
{
	secrecy_init(ret_other, "bob");
	world->lists[BOB][0] = '\0';
	assert_int_equal(come(world, ret_other), 1);
}

static void test_another_identity_stops_the_conversation(void **state)
{
	struct world *world = *state;
	struct secrecy_peer *bob = secrecy_peer(&world->alice, "bob");
	struct secrecy other;
	char sentence[SECRECY_SENTENCE], group[SECRECY_GROUP], wrong[SECRECY_GROUP];

	say(world, &world->alice, "bob", "hello");
	replace_bob(world, &other);
	say(world, &other, "alice", "it is me, bob");
	assert_int_equal(hear(world, &world->alice, "bob", false, world->sent[0]), SECRECY_HELD);
	assert_int_equal(look(world, &world->alice, "bob"), -EKEYREJECTED);
	secrecy_explain(bob, bob->error, sentence);
	assert_string_equal(
		sentence,
		"the identity of bob has changed: somebody may be in between; /verify shows both "
		"fingerprints");
	/* The old fingerprint's end isn't it. */
	last_group(&world->bob, wrong);
	last_group(&other, group);
	assert_int_equal(secrecy_accept(&world->alice, bob, group, world->now_s), -ESTALE);
	assert_memory_equal(secrecy_show(&world->alice, bob), other.identity, DEVICE_KEY);
	assert_int_equal(secrecy_accept(&world->alice, bob, wrong, world->now_s), -EINVAL);
	assert_int_equal(secrecy_accept(&world->alice, bob, "", world->now_s), -EINVAL);
	assert_int_equal(hear(world, &world->alice, "bob", false, world->sent[0]), SECRECY_HELD);
	assert_int_equal(secrecy_accept(&world->alice, bob, group, world->now_s), 0);
	assert_true(bob->compared);
	expect_text(world, &world->alice, "bob", false, world->sent[0], "it is me, bob", "");
	/* Now the one before is the other one. */
	assert_int_equal(come(world, &world->bob), -EKEYREJECTED);
	secrecy_finish(&other);
}

static void test_the_first_fingerprint_can_be_compared(void **state)
{
	struct world *world = *state;
	struct secrecy_peer *bob = secrecy_peer(&world->alice, "bob");
	char group[SECRECY_GROUP];

	last_group(&world->bob, group);
	assert_int_equal(secrecy_accept(&world->alice, bob, group, world->now_s), -ENOKEY);
	look(world, &world->alice, "bob");
	assert_false(bob->compared);
	secrecy_show(&world->alice, bob);
	assert_int_equal(secrecy_accept(&world->alice, bob, group, world->now_s), 0);
	assert_true(bob->compared);
}

/* What was compared is what is accepted: the server can find another identity with the same last
 * digits. */
static void test_an_identity_that_was_not_shown_is_not_accepted(void **state)
{
	struct world *world = *state;
	struct secrecy_peer *bob = secrecy_peer(&world->alice, "bob");
	struct secrecy first, second;
	char group[SECRECY_GROUP];

	say(world, &world->alice, "bob", "hello");
	replace_bob(world, &first);
	assert_int_equal(look(world, &world->alice, "bob"), -EKEYREJECTED);
	secrecy_show(&world->alice, bob);
	replace_bob(world, &second);
	assert_int_equal(look(world, &world->alice, "bob"), -EKEYREJECTED);
	last_group(&second, group);
	assert_int_equal(secrecy_accept(&world->alice, bob, group, world->now_s), -ESTALE);
	secrecy_show(&world->alice, bob);
	assert_int_equal(secrecy_accept(&world->alice, bob, group, world->now_s), 0);
	secrecy_finish(&first);
	secrecy_finish(&second);
}

static void test_an_older_list_is_refused(void **state)
{
	struct world *world = *state;
	char list[DEVICE_LIST_TEXT], sentence[SECRECY_SENTENCE];
	struct secrecy_peer *alice = secrecy_peer(&world->bob, "alice");

	strcpy(list, world->lists[ALICE]);
	bring_tablet(world);
	say(world, &world->bob, "alice", "to both");
	strcpy(world->lists[ALICE], list);
	assert_int_equal(look(world, &world->bob, "alice"), -ESTALE);
	secrecy_explain(alice, alice->error, sentence);
	assert_string_equal(
		sentence,
		"the device list of alice is an older one than before: the server has put it back");
}

/* Two lists with one number: which of them others see can't be told. */
static void test_another_list_with_the_same_number_is_refused(void **state)
{
	struct world *world = *state;
	struct device_list list = {.n = 1, .devices = {{9}}};

	look(world, &world->bob, "alice");
	list.version = secrecy_peer(&world->bob, "alice")->version;
	list.expiry_s = UINT32_MAX;
	device_list_write(&list, "alice", world->alice.seed, world->lists[ALICE]);
	assert_int_equal(look(world, &world->bob, "alice"), -ESTALE);
}

static void test_bad_lists_are_refused(void **state)
{
	struct world *world = *state;

	world->lists[ALICE][60] ^= 1;
	assert_int_equal(look(world, &world->bob, "alice"), -EBADMSG);
	/* Bob's is no list of alice. */
	strcpy(world->lists[ALICE], world->lists[BOB]);
	assert_int_equal(look(world, &world->bob, "alice"), -EBADMSG);
	world->lists[ALICE][0] = '\0';
	assert_int_equal(look(world, &world->bob, "alice"), -ENOKEY);
	assert_false(secrecy_peer(&world->bob, "alice")->known);
}

static void test_an_ended_list_is_refused_and_renewed(void **state)
{
	struct world *world = *state;

	world->now_s += SECRECY_LIST_S;
	assert_int_equal(look(world, &world->bob, "alice"), -EKEYEXPIRED);
	assert_int_equal(come(world, &world->alice), 1);
	assert_int_equal(look(world, &world->bob, "alice"), 0);
}

/* ---- keys change ---- */

static void test_keys_change_weekly_and_former_ones_open(void **state)
{
	struct world *world = *state;

	say(world, &world->alice, "bob", "one");
	expect_text(world, &world->bob, "alice", false, world->sent[0], "one", "");
	say(world, &world->alice, "bob", "sent before the change");
	world->now_s += SECRECY_KEY_S - 1;
	assert_int_equal(come(world, &world->bob), 0);
	world->now_s += 1;
	assert_int_equal(come(world, &world->bob), 1);
	assert_int_equal(world->bob.n_keys, 2);
	assert_int_equal(secrecy_peer(&world->bob, "bob")->list.n, 1);
	assert_int_equal(hear(world, &world->bob, "alice", false, world->sent[0]), SECRECY_TEXT);
	/* Alice's, too: her chain goes on with the new key. */
	assert_int_equal(come(world, &world->alice), 1);
	say(world, &world->alice, "bob", "with a new key");
	expect_text(world, &world->bob, "alice", false, world->sent[0], "with a new key", "");
	assert_int_equal(secrecy_peer(&world->bob, "alice")->theirs.n_chains, 2);
}

static void test_a_former_key_makes_no_repetition_new(void **state)
{
	static const char again[] =
		"an encrypted message of alice came a second time, and isn't shown again";
	struct world *world = *state;
	char old[2][ENVELOPE_ENCODED];

	for (int i = 0; i < 2; i++) {
		say(world, &world->alice, "bob", i == 0 ? "one" : "two");
		strcpy(old[i], world->sent[0]);
	}
	expect_text(world, &world->bob, "alice", false, old[0], "one", "");
	expect_text(world, &world->bob, "alice", false, old[1], "two", "");
	for (int week = 0; week < 3; week++) {
		world->now_s += SECRECY_KEY_S;
		assert_int_equal(come(world, &world->alice), 1);
		say(world, &world->alice, "bob", "with a new key");
		expect_text(world, &world->bob, "alice", false, world->sent[0], "with a new key",
			    "");
		expect_refused(world, &world->bob, "alice", false, old[0], again);
		expect_refused(world, &world->bob, "alice", false, old[1], again);
		expect_refused(world, &world->bob, "alice", false, world->sent[0], again);
	}
}

static void test_former_secrets_are_wiped(void **state)
{
	struct world *world = *state;
	uint8_t secret[DEVICE_KEY];

	memcpy(secret, world->alice.keys[0].secret, DEVICE_KEY);
	for (int week = 1; week <= 10; week++) {
		world->now_s += SECRECY_KEY_S;
		assert_int_equal(come(world, &world->alice), 1);
		assert_true(world->alice.n_keys <= 6);
	}
	for (size_t i = 0; i < SECRECY_MAX_KEYS; i++)
		assert_memory_not_equal(secret, world->alice.keys[i].secret, DEVICE_KEY);
}

static void test_devices_that_do_not_come_are_left_out(void **state)
{
	struct world *world = *state;

	bring_tablet(world);
	for (int week = 1; week <= 5; week++) {
		world->now_s += SECRECY_KEY_S;
		assert_int_equal(come(world, &world->alice), 1);
	}
	assert_int_equal(secrecy_peer(&world->alice, "alice")->list.n, 1);
	/* It can come again. */
	assert_int_equal(come(world, &world->tablet), 1);
	assert_int_equal(secrecy_peer(&world->tablet, "alice")->list.n, 2);
}

static void test_two_that_publish_at_once_both_get_in(void **state)
{
	struct world *world = *state;
	char text[DEVICE_LIST_TEXT];

	secrecy_set_identity(&world->tablet, world->alice.seed);
	world->now_s += SECRECY_KEY_S;
	look(world, &world->tablet, "alice");
	assert_int_equal(come(world, &world->alice), 1);
	/* The tablet hasn't seen that. */
	assert_int_equal(secrecy_renew(&world->tablet, world->now_s, text), 1);
	strcpy(world->lists[ALICE], text);
	assert_int_equal(come(world, &world->alice), 1);
	assert_int_equal(come(world, &world->tablet), 1);
	assert_int_equal(secrecy_peer(&world->tablet, "alice")->list.n, 2);
	assert_int_equal(come(world, &world->alice), 0);
	assert_int_equal(come(world, &world->tablet), 0);
}

static void test_a_fifth_device_is_refused(void **state)
{
	struct world *world = *state;
	struct secrecy more[3];
	char text[DEVICE_LIST_TEXT];

	for (size_t i = 0; i < 3; i++) {
		secrecy_init(&more[i], "alice");
		secrecy_set_identity(&more[i], world->alice.seed);
		assert_int_equal(come(world, &more[i]), 1);
	}
	secrecy_set_identity(&world->tablet, world->alice.seed);
	look(world, &world->tablet, "alice");
	assert_int_equal(secrecy_renew(&world->tablet, world->now_s, text), -ENOSPC);
	for (size_t i = 0; i < 3; i++)
		secrecy_finish(&more[i]);
}

static void test_a_device_without_the_identity_changes_nothing(void **state)
{
	struct world *world = *state;
	char group[SECRECY_GROUP];
	struct secrecy_peer *own;

	assert_int_equal(come(world, &world->tablet), -EKEYREJECTED);
	own = secrecy_peer(&world->tablet, "alice");
	secrecy_show(&world->tablet, own);
	last_group(&world->alice, group);
	assert_int_equal(secrecy_accept(&world->tablet, own, group, world->now_s), -EINVAL);
	last_group(&world->tablet, group);
	assert_int_equal(secrecy_accept(&world->tablet, own, group, world->now_s), 0);
	char text[DEVICE_LIST_TEXT];
	assert_int_equal(secrecy_renew(&world->tablet, world->now_s, text), 1);
	strcpy(world->lists[ALICE], text);
	assert_int_equal(come(world, &world->alice), -EKEYREJECTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(test_two_accounts_read_each_other),
		TEST(test_all_devices_read_it),
		TEST(test_long_texts_go_in_parts),
		TEST(test_a_new_device_cannot_read_what_was_said_before),
		TEST(test_a_repeated_envelope_is_caught),
		TEST(test_a_changed_order_is_caught),
		TEST(test_history_begins_in_the_middle_and_repeats),
		TEST(test_an_envelope_of_another_conversation_is_caught),
		TEST(test_a_cut_envelope_is_caught),
		TEST(test_a_changed_envelope_is_caught),
		TEST(test_an_exchanged_envelope_is_caught),
		TEST(test_a_missing_part_is_caught),
		TEST(test_another_time_is_told),
		TEST(test_a_device_that_was_not_published_is_caught),
		TEST(test_another_identity_stops_the_conversation),
		TEST(test_the_first_fingerprint_can_be_compared),
		TEST(test_an_identity_that_was_not_shown_is_not_accepted),
		TEST(test_an_older_list_is_refused),
		TEST(test_another_list_with_the_same_number_is_refused),
		TEST(test_bad_lists_are_refused),
		TEST(test_an_ended_list_is_refused_and_renewed),
		TEST(test_keys_change_weekly_and_former_ones_open),
		TEST(test_a_former_key_makes_no_repetition_new),
		TEST(test_former_secrets_are_wiped),
		TEST(test_devices_that_do_not_come_are_left_out),
		TEST(test_two_that_publish_at_once_both_get_in),
		TEST(test_a_fifth_device_is_refused),
		TEST(test_a_device_without_the_identity_changes_nothing),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
