/* SPDX-License-Identifier: MIT */
#include "chat/capability.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_requests(void **state)
{
	static const struct {
		unsigned before;
		const char *names;
		int error;
		unsigned after;
	} cases[] = {
		{0, "batch", 0, CAP_BATCH},
		{0, "batch setname", 0, CAP_BATCH | CAP_SETNAME},
		{CAP_BATCH, " -batch  setname ", 0, CAP_SETNAME},
		{CAP_BATCH, "batch", 0, CAP_BATCH},
		{0, "-batch", 0, 0},
		{CAP_BATCH, "", 0, CAP_BATCH},
		{0, "draft/no-implicit-names", 0, CAP_NO_IMPLICIT_NAMES},
		/* All or nothing. */
		{CAP_BATCH, "-batch bogus", -ENOENT, CAP_BATCH},
		{0, "Batch", -ENOENT, 0},
		{0, "batch=1", -ENOENT, 0},
		{0, "-", -ENOENT, 0},
		/* One draft of metadata. */
		{0, "draft/metadata-3", 0, CAP_METADATA_3},
		{0, "draft/metadata-2 draft/metadata-3", -EINVAL, 0},
		{CAP_METADATA_2, "batch draft/metadata-3", -EINVAL, CAP_METADATA_2},
		{CAP_METADATA_2, "draft/metadata-3 -draft/metadata-2", 0, CAP_METADATA_3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned caps = cases[i].before;

		assert_int_equal(capability_request(cases[i].names, &caps), cases[i].error);
		assert_int_equal(caps, cases[i].after);
	}
}

static void test_who_comes_for_twitch(void **state)
{
	static const struct {
		const char *names;
		bool is;
	} cases[] = {
		{"twitch.tv/tags twitch.tv/commands", true},
		{" twitch.tv/membership ", true},
		{"twitch.tv/tags sasl", false},
		{"twitch.tv/other", false},
		{"", false},
	};
	unsigned caps = CAP_BATCH;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(capability_of_twitch(cases[i].names), cases[i].is);
	assert_int_equal(capability_request("twitch.tv/commands", &caps), 0);
	assert_int_equal(caps, CAP_BATCH | CAP_TWITCH_COMMANDS | CAP_TWITCH_ALONE);
	assert_int_equal(capability_request("twitch.tv/membership", &caps), 0);
	assert_int_equal(caps, CAP_BATCH | CAP_TWITCH_COMMANDS | CAP_TWITCH_MEMBERSHIP);
	assert_int_equal(capability_request("-twitch.tv/commands", &caps), 0);
	assert_int_equal(caps, CAP_BATCH | CAP_TWITCH_MEMBERSHIP);
}

static void test_what_is_told_can_be_requested(void **state)
{
	char text[CAPABILITY_TEXT_SIZE];
	unsigned caps = 0;

	(void)state;
	capability_text(CAP_ALL, true, text);
	assert_in_range(strlen(text), 100, CAPABILITY_TEXT_SIZE - 100);
	assert_non_null(strstr(text, " sasl=PLAIN,SCRAM-SHA-256 "));
	assert_non_null(strstr(text, " draft/metadata-3=before-connect,max-subs=30,max-keys=20,"
				     "max-key-bytes=32,max-value-bytes=400 "));
	capability_text(CAP_ALL & ~(unsigned)CAP_METADATA_2, false, text);
	assert_int_equal(capability_request(text, &caps), 0);
	assert_int_equal(caps, CAP_ALL & ~(unsigned)CAP_METADATA_2);
	capability_text(CAP_ALL & ~(unsigned)CAP_SINCE_302, false, text);
	/* For old clients they are in one line: ":NAME CAP NICK LS :" is before it. */
	assert_in_range(strlen(text), 100, 400);
	capability_text(0, true, text);
	assert_string_equal(text, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_who_comes_for_twitch),
		cmocka_unit_test(test_what_is_told_can_be_requested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
