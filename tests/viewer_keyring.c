/* SPDX-License-Identifier: MIT */
#include "viewer/keyring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define A "blake2b:aaaa0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"
#define B "blake2b:bbbb0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"

/* ---- reading ---- */

static void test_entries_are_found_where_they_count(void **state)
{
	static const char text[] = "\xef\xbb\xbf[relay]\r\n"
				   "key = " A " ; all of them\r\n"
				   "; key = " B "\n"
				   "[capture cam]\n"
				   "key = " B "\n"
				   "  [ stream   cam/door ] ; the door\n"
				   "\ttoken:" B "\n"
				   "tokens = " B "\n"
				   "key = nothing\n"
				   "[streams x]\n"
				   "key = " B "\n"
				   "[stream cam]\n"
				   "key=" A " ;x ; y";
	static const struct {
		enum keyring_kind kind;
		const char *stream, *hash, *note;
		unsigned line;
	} entries[] = {
		{KEYRING_KEY, NULL, A, "all of them", 2},
		{KEYRING_TOKEN, "cam/door", B, "", 7},
		{KEYRING_KEY, "cam", A, "x ; y", 13},
	};
	struct keyring keyring = {.text = text};
	struct keyring_entry entry;

	(void)state;
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		assert_true(keyring_next(&keyring, &entry));
		assert_int_equal(entry.kind, entries[i].kind);
		assert_int_equal(entry.line, entries[i].line);
		assert_true(slice_equal(entry.hash, entries[i].hash));
		assert_true(slice_equal(entry.note, entries[i].note));
		if (entries[i].stream == NULL)
			assert_null(entry.stream.data);
		else
			assert_true(slice_equal(entry.stream, entries[i].stream));
	}
	assert_false(keyring_next(&keyring, &entry));
}

static void test_ids_are_beginnings_of_hashes(void **state)
{
	static const char text[] = "[relay]\nkey = " A "\n";
	struct keyring keyring = {.text = text};
	struct keyring_entry entry;
	char id[KEYRING_ID_LEN + 1];

	(void)state;
	assert_true(keyring_next(&keyring, &entry));
	keyring_id(entry.hash, id);
	assert_string_equal(id, "aaaa0123");
	assert_true(keyring_matches(&entry, "aaaa"));
	assert_true(keyring_matches(&entry, A));
	assert_false(keyring_matches(&entry, "aaab"));
	assert_false(keyring_matches(&entry, A "0"));
	assert_true(keyring_id_valid("aaaa"));
	assert_true(keyring_id_valid(B));
	assert_false(keyring_id_valid("aaa"));
	assert_false(keyring_id_valid("Alice"));
	assert_false(keyring_id_valid(""));
}

static void test_notes_stay_in_their_line(void **state)
{
	(void)state;
	assert_true(keyring_note_valid("Alice's laptop"));
	assert_false(keyring_note_valid("a\nb"));
	assert_false(keyring_note_valid(
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

/* ---- adding ---- */

static const struct {
	const char *before, *stream;
	enum keyring_kind kind;
	const char *note, *after;
} additions[] = {
	{"", "cam", KEYRING_KEY, "", "[stream cam]\nkey = " A "\n"},
	{"", NULL, KEYRING_TOKEN, "x", "[relay]\ntoken = " A " ; x\n"},
	{"[relay]\nlinger = 5", "cam", KEYRING_KEY, "",
	 "[relay]\nlinger = 5\n\n[stream cam]\nkey = " A "\n"},
	{"[stream cam]", "cam", KEYRING_KEY, "", "[stream cam]\nkey = " A "\n"},
	{"[stream cam]\n# mine\nwatch = anyone\n[chat]\n", "cam", KEYRING_KEY, "",
	 "[stream cam]\nkey = " A "\n# mine\nwatch = anyone\n[chat]\n"},
	{"[stream cam]\ntoken = " B "\nkey = " B "\n\n[chat]\n", "cam", KEYRING_KEY, "",
	 "[stream cam]\ntoken = " B "\nkey = " B "\nkey = " A "\n\n[chat]\n"},
	{"[stream cam]\ntoken = " B "\nkey = " B "\n\n[chat]\n", "cam", KEYRING_TOKEN, "",
	 "[stream cam]\ntoken = " B "\ntoken = " A "\nkey = " B "\n\n[chat]\n"},
	{"[stream cam]\n[relay]\n[stream  cam/x]\n", NULL, KEYRING_KEY, "",
	 "[stream cam]\n[relay]\nkey = " A "\n[stream  cam/x]\n"},
	{"[stream cam/x]\n", "cam", KEYRING_KEY, "",
	 "[stream cam/x]\n\n[stream cam]\nkey = " A "\n"},
};

static void test_a_key_is_added_to_its_section(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(additions) / sizeof(additions[0]); i++) {
		char *after = keyring_add(additions[i].before, additions[i].stream,
					  additions[i].kind, A, additions[i].note);

		assert_string_equal(after, additions[i].after);
		free(after);
	}
}

/* ---- taking away ---- */

static const struct {
	const char *before, *after; /* what A was in */
} removals[] = {
	{"# us\n[relay]\nkey = " A " ; Alice\n; end", "# us\n[relay]\n; end"},
	{"[relay]\nkey = " A, "[relay]\n"},
	{"[stream cam]\nkey = " A "\nkey = " B "\n", "[stream cam]\nkey = " B "\n"},
	/* Without its last key the stream isn't open. */
	{"[stream cam]\n# mine\nkey = " A "\ntoken = " B "\n[relay]\npublish = anyone\n",
	 "[stream cam]\n# mine\npublish = key\ntoken = " B "\n[relay]\npublish = anyone\n"},
	{"[stream cam]\ntoken = " A "\n", "[stream cam]\nwatch = token\n"},
	{"[stream cam]\ntoken = " A, "[stream cam]\nwatch = token\n"},
	{"[stream cam]\npublish = key\nkey = " A "\n", "[stream cam]\npublish = key\n"},
	{"[stream cam]\npublish = anyone\nkey = " A "\n", "[stream cam]\npublish = anyone\n"},
	{"[stream cam]\npublish = as-relay\nkey = " A "\n", "[stream cam]\npublish = key\n"},
	{"[stream cam]\nkey = " A "\n; x\npublish = as-relay",
	 "[stream cam]\n; x\npublish = key\n"},
	{"[stream cam]\nkey = " A "\n[stream door]\nkey = " B "\npublish = key\n",
	 "[stream cam]\npublish = key\n[stream door]\nkey = " B "\npublish = key\n"},
};

static void test_a_key_is_taken_away_and_its_stream_stays_closed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(removals) / sizeof(removals[0]); i++) {
		struct keyring keyring = {.text = removals[i].before};
		struct keyring_entry entry;
		char *after;

		do
			assert_true(keyring_next(&keyring, &entry));
		while (!keyring_matches(&entry, A));
		after = keyring_remove(removals[i].before, entry.start);
		assert_string_equal(after, removals[i].after);
		free(after);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries_are_found_where_they_count),
		cmocka_unit_test(test_ids_are_beginnings_of_hashes),
		cmocka_unit_test(test_notes_stay_in_their_line),
		cmocka_unit_test(test_a_key_is_added_to_its_section),
		cmocka_unit_test(test_a_key_is_taken_away_and_its_stream_stays_closed),
	};

	return cmocka_run_group_tests_name("viewer_keyring", tests, NULL, NULL);
}
