/* SPDX-License-Identifier: MIT */
#include "chat/twitch_tags.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "chat/mode.h"

static const unsigned char key[TWITCH_KEY_SIZE] = "a key that nobody has to guess";
static const unsigned char other_key[TWITCH_KEY_SIZE] = "another one";

static void has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("%s isn't in %s", part, text);
}

static void test_badges_by_role(void **state)
{
	static const struct {
		unsigned role;
		const char *badges, *mod, *type;
	} cases[] = {
		{0, "badges=;", ";mod=0;", "user-type="},
		{MEMBER_VOICE, "badges=vip/1;", ";mod=0;", "user-type="},
		{MEMBER_OPERATOR | MEMBER_VOICE, "badges=moderator/1;", ";mod=1;", "user-type=mod"},
		{MEMBER_ADMIN, "badges=moderator/1;", ";mod=1;", "user-type=mod"},
		{MEMBER_OWNER | MEMBER_OPERATOR, "badges=broadcaster/1;", ";mod=0;", "user-type="},
	};
	char text[TWITCH_TAGS_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct twitch_user user = {
			.nick = "dan", .account = "", .role = cases[i].role};

		size_t len = twitch_tags_of_user(&user, key, text);

		assert_int_equal(len, strlen(text));
		has(text, cases[i].badges);
		has(text, cases[i].mod);
		assert_string_equal(strstr(text, "user-type="), cases[i].type);
	}
}

static void test_ids_are_of_names(void **state)
{
	const struct twitch_user guest = {.nick = "Dan", .account = ""};
	const struct twitch_user again = {.nick = "dan", .account = ""};
	const struct twitch_user member = {.nick = "phone", .account = "dan"};
	uint64_t id = twitch_user_id(key, &guest);

	(void)state;
	assert_true(id > 0 && id < UINT64_C(1) << 53);
	assert_true(id == twitch_user_id(key, &again));
	assert_true(id != twitch_user_id(key, &member));
	assert_true(id != twitch_user_id(other_key, &guest));
	assert_true(twitch_user_id(key, &member) == twitch_id(key, TWITCH_ACCOUNT, "DAN"));
	assert_true(twitch_id(key, TWITCH_ROOM, "dan") != twitch_id(key, TWITCH_ACCOUNT, "dan"));
}

static void test_longest_tags_fit(void **state)
{
	char nick[33], room[ROOM_NAME_MAX + 1], text[TWITCH_TAGS_SIZE];
	const struct twitch_user user = {.nick = nick, .account = "", .role = MEMBER_OWNER};
	struct twitch_tags tags;

	(void)state;
	memset(nick, '\\', sizeof(nick) - 1);
	nick[sizeof(nick) - 1] = '\0';
	memset(room, 'x', sizeof(room) - 1);
	room[sizeof(room) - 1] = '\0';
	twitch_tags_init(&tags);
	twitch_tags_speak(&tags, key, room, MEMBER_OWNER, NULL);
	twitch_tags_of_speech(&tags, &user, "0123456789abcdef-0123456789abcdef0123456", INT64_MAX,
			      text);
	has(text, ";tmi-sent-ts=9223372036854775807");
	/* Each backslash is two. */
	has(text, "display-name=\\\\\\\\");
	assert_true(strlen(text) < TWITCH_TAGS_SIZE - 1);
}

static void test_colors(void **state)
{
	struct twitch_user user = {.nick = "dan", .account = "", .color = "#12abEF"};
	static const char *const others[] = {"", "red", "#12abEG", "#12abEF0", "#12;bEF"};
	char text[TWITCH_TAGS_SIZE];

	(void)state;
	twitch_tags_of_user(&user, key, text);
	has(text, ";color=#12abEF;");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		user.color = others[i];
		twitch_tags_of_user(&user, key, text);
		assert_int_equal(strcspn(strstr(text, ";color=#") + 8, ";"), 6);
		assert_null(strstr(text, "#12"));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_badges_by_role),
		cmocka_unit_test(test_ids_are_of_names),
		cmocka_unit_test(test_longest_tags_fit),
		cmocka_unit_test(test_colors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
