/* SPDX-License-Identifier: MIT */
#include "chat/store.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "chat/accounts.h"
#include "chat/audit.h"
#include "chat/history.h"
#include "chat/markers.h"
#include "chat/room_record.h"
#include "tests/data_folder.h"

static char why[DATABASE_WHY_SIZE];

/* ---- history ---- */

static int say_as(struct store *store, const char *own, const char *target, int i, int64_t time_ms)
{
	char id[16], text[32];
	struct history_add add = {
		.in = {own, target},
		.message = {.msgid = id,
			    .time_ms = time_ms,
			    .command = "PRIVMSG",
			    .source = i % 2 == 0 ? "dan!~d@a" : "Eve!~e@b",
			    .account = i % 2 == 0 ? "dan" : "",
			    .tags = "+x=y",
			    .text = text},
	};

	snprintf(id, sizeof(id), "m%d", i);
	snprintf(text, sizeof(text), "the text %d.", i);
	return history_add(store, &add, NULL);
}

static void say(struct store *store, const char *room, int from, int to)
{
	for (int i = from; i <= to; i++)
		assert_int_equal(say_as(store, "", room, i, 1000 * i), 0);
}

/* The numbers of a page's messages, as text. */
static const char *numbers(struct store *store, struct history_page page)
{
	static char text[512];
	struct history_message message;
	size_t len = 0;
	int result = history_page(store, &page, NULL);

	if (result < 0)
		snprintf(text, sizeof(text), "%s", result == -ENOENT ? "none such" : "failed");
	else
		text[0] = '\0';
	for (size_t i = 0; i < page.rows.n; i++) {
		history_message(&page.rows, i, &message);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i > 0 ? " " : "",
					message.msgid + 1);
	}
	rows_finish(&page.rows);
	return text;
}

#define ANYWHERE                                                                                   \
	{                                                                                          \
		HISTORY_ANYWHERE, NULL, 0                                                          \
	}
#define AT_ID(id)                                                                                  \
	{                                                                                          \
		HISTORY_AT_ID, (id), 0                                                             \
	}
#define AT_TIME(time_ms)                                                                           \
	{                                                                                          \
		HISTORY_AT_TIME, NULL, (time_ms)                                                   \
	}

static void test_pages(void **state)
{
	static const struct {
		enum history_which which;
		struct history_point from, to;
		size_t limit;
		const char *numbers;
	} cases[] = {
		{HISTORY_LATEST, ANYWHERE, ANYWHERE, 3, "7 8 9"},
		{HISTORY_LATEST, ANYWHERE, ANYWHERE, 100, "1 2 3 4 5 6 7 8 9"},
		{HISTORY_LATEST, AT_ID("m7"), ANYWHERE, 100, "8 9"},
		{HISTORY_LATEST, AT_ID("m2"), ANYWHERE, 2, "8 9"},
		{HISTORY_LATEST, AT_TIME(7000), ANYWHERE, 100, "8 9"},
		{HISTORY_BEFORE, AT_ID("m4"), ANYWHERE, 2, "2 3"},
		{HISTORY_BEFORE, AT_TIME(4000), ANYWHERE, 2, "2 3"},
		{HISTORY_BEFORE, AT_TIME(4001), ANYWHERE, 2, "3 4"},
		{HISTORY_BEFORE, AT_ID("m1"), ANYWHERE, 2, ""},
		{HISTORY_AFTER, AT_ID("m4"), ANYWHERE, 2, "5 6"},
		{HISTORY_AFTER, AT_TIME(3999), ANYWHERE, 2, "4 5"},
		{HISTORY_AFTER, AT_ID("m9"), ANYWHERE, 2, ""},
		{HISTORY_AROUND, AT_ID("m5"), ANYWHERE, 4, "3 4 5 6"},
		{HISTORY_AROUND, AT_ID("m5"), ANYWHERE, 1, "5"},
		{HISTORY_AROUND, AT_ID("m1"), ANYWHERE, 4, "1 2"},
		{HISTORY_AROUND, AT_TIME(5000), ANYWHERE, 2, "4 5"},
		{HISTORY_BETWEEN, AT_ID("m2"), AT_ID("m8"), 3, "3 4 5"},
		{HISTORY_BETWEEN, AT_ID("m8"), AT_ID("m2"), 3, "5 6 7"},
		{HISTORY_BETWEEN, AT_TIME(2000), AT_TIME(4000), 9, "3"},
		{HISTORY_BETWEEN, AT_TIME(4000), AT_TIME(2000), 9, "3"},
		{HISTORY_BETWEEN, AT_ID("m8"), AT_TIME(6500), 9, "7"},
		{HISTORY_BETWEEN, AT_ID("m8"), AT_ID("m8"), 9, ""},
		{HISTORY_BEFORE, AT_ID("m77"), ANYWHERE, 2, "none such"},
		/* It is in another room. */
		{HISTORY_BEFORE, AT_ID("m10"), ANYWHERE, 2, "none such"},
	};
	struct store *store = data_folder_open();

	(void)state;
	say(store, "#cam", 1, 9);
	say(store, "#other", 10, 12);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(numbers(store, (struct history_page){.in = {"", "#CAM"},
									 .which = cases[i].which,
									 .from = cases[i].from,
									 .to = cases[i].to,
									 .limit = cases[i].limit}),
				    cases[i].numbers);
	store_close(store);
}

static struct history_page latest(const char *own, const char *target)
{
	return (struct history_page){
		.in = {own, target}, .which = HISTORY_LATEST, .limit = HISTORY_MAX_PAGE};
}

static void test_message_comes_back_as_it_was(void **state)
{
	struct store *store = data_folder_open();
	struct history_page page = latest("", "#cam");
	struct history_message message;

	(void)state;
	say(store, "#cam", 2, 2);
	assert_int_equal(history_page(store, &page, NULL), 0);
	history_message(&page.rows, 0, &message);
	assert_string_equal(message.msgid, "m2");
	assert_int_equal(message.time_ms, 2000);
	assert_string_equal(message.command, "PRIVMSG");
	assert_string_equal(message.source, "dan!~d@a");
	assert_string_equal(message.account, "dan");
	assert_string_equal(message.tags, "+x=y");
	assert_string_equal(message.text, "the text 2.");
	assert_false(message.bot);
	rows_finish(&page.rows);
	/* No id twice, in no room. */
	assert_int_equal(say_as(store, "", "#other", 2, 0), -EEXIST);
	assert_string_equal(numbers(store, latest("", "#other")), "");
	store_close(store);
}

static void test_private_messages_are_for_both_and_nobody_else(void **state)
{
	struct store *store = data_folder_open();

	(void)state;
	assert_int_equal(say_as(store, "dan", "Eve", 1, 1000), 0);
	assert_int_equal(say_as(store, "eve", "Dan", 2, 2000), 0);
	assert_int_equal(say_as(store, "", "dan", 3, 3000), -EINVAL);
	assert_string_equal(numbers(store, latest("DAN", "eve")), "1 2");
	assert_string_equal(numbers(store, latest("eve", "dan")), "1 2");
	assert_string_equal(numbers(store, latest("mallory", "dan")), "");
	assert_string_equal(numbers(store, latest("mallory", "dan eve")), "");
	assert_string_equal(numbers(store, latest("", "dan eve")), "");
	assert_string_equal(numbers(store, latest("dan eve", "")), "");
	store_close(store);
}

static void test_targets_are_rooms_and_who_wrote(void **state)
{
	static struct history_targets targets;
	static const char *const rooms[] = {"#cam", "#empty", "#late", NULL};
	struct store *store = data_folder_open();

	(void)state;
	say(store, "#cam", 1, 3);
	say(store, "#late", 50, 51);
	assert_int_equal(say_as(store, "eve", "dan", 4, 4000), 0);
	assert_int_equal(say_as(store, "eve", "bob", 5, 5000), 0);
	targets = (struct history_targets){
		.own = "dan", .rooms = rooms, .after_ms = 1000, .before_ms = 60000, .limit = 10};
	/* What is written later is never earlier: these have #late's time. */
	assert_int_equal(history_targets(store, &targets, NULL), 0);
	assert_int_equal(targets.n, 3);
	assert_string_equal(targets.targets[0].name, "#cam");
	assert_int_equal(targets.targets[0].time_ms, 3000);
	assert_string_equal(targets.targets[1].name, "#late");
	assert_string_equal(targets.targets[2].name, "eve");
	targets.limit = 1;
	assert_int_equal(history_targets(store, &targets, NULL), 0);
	assert_int_equal(targets.n, 1);
	targets.limit = 10;
	targets.own = "";
	targets.before_ms = 51000;
	assert_int_equal(history_targets(store, &targets, NULL), 0);
	assert_int_equal(targets.n, 1);
	store_close(store);
}

static void test_clock_that_is_set_back_keeps_the_order(void **state)
{
	static const int64_t day = 86400000;
	struct store *store = data_folder_open();

	(void)state;
	assert_int_equal(say_as(store, "", "#cam", 1, day), 0);
	assert_int_equal(say_as(store, "", "#cam", 2, day - 1000), 0);
	assert_int_equal(say_as(store, "", "#cam", 3, day - 500), 0);
	assert_string_equal(numbers(store, latest("", "#cam")), "1 2 3");
	/* It was a day ahead: that isn't waited for. */
	assert_int_equal(say_as(store, "", "#cam", 4, 5), 0);
	assert_string_equal(numbers(store, latest("", "#cam")), "4 1 2 3");
	store_close(store);
}

static void test_redacted_text_is_gone_from_the_disk(void **state)
{
	struct store *store = data_folder_open();
	struct history_redact redact = {.in = {"", "#cam"}, .by = HISTORY_BY_ID, .which = "m2"};

	(void)state;
	say(store, "#cam", 1, 3);
	redact.author = "eve";
	assert_int_equal(history_redact(store, &redact, NULL), -EACCES);
	rows_finish(&redact.rows);
	redact.author = ""; /* a guest */
	assert_int_equal(history_redact(store, &redact, NULL), -EACCES);
	rows_finish(&redact.rows);
	redact.author = NULL;
	assert_int_equal(history_redact(store, &redact, NULL), 1);
	assert_string_equal(history_redacted(&redact, 0), "m2");
	rows_finish(&redact.rows);
	assert_int_equal(history_redact(store, &redact, NULL), -ENOENT);
	rows_finish(&redact.rows);
	assert_string_equal(numbers(store, latest("", "#cam")), "1 3");
	/* Who had it last can still ask for what came after it. */
	assert_string_equal(numbers(store, (struct history_page){.in = {"", "#cam"},
								 .which = HISTORY_AFTER,
								 .from = AT_ID("m2"),
								 .limit = 9}),
			    "3");
	store_close(store);
	assert_true(data_folder_has(STORE_FILE, "the text 1."));
	assert_false(data_folder_has(STORE_FILE, "the text 2."));
	assert_false(data_folder_has(STORE_FILE "-wal", "the text 2."));
}

static void test_all_of_a_person_is_redacted(void **state)
{
	struct store *store = data_folder_open();
	struct history_redact account = {
		.in = {"", "#cam"}, .by = HISTORY_BY_ACCOUNT, .which = "DAN"};
	struct history_redact source = {
		.in = {"", "#cam"}, .by = HISTORY_BY_SOURCE, .which = "eve!~e@b"};
	struct history_redact elsewhere = {
		.in = {"", "#other"}, .by = HISTORY_BY_ID, .which = "m1"};

	(void)state;
	say(store, "#cam", 1, 6);
	say(store, "#other", 7, 8);
	assert_int_equal(history_redact(store, &elsewhere, NULL), -ENOENT);
	assert_int_equal(history_redact(store, &account, NULL), 3);
	assert_string_equal(numbers(store, latest("", "#cam")), "1 3 5");
	assert_int_equal(history_redact(store, &source, NULL), 3);
	assert_string_equal(numbers(store, latest("", "#cam")), "");
	assert_string_equal(numbers(store, latest("", "#other")), "7 8");
	rows_finish(&account.rows);
	rows_finish(&source.rows);
	rows_finish(&elsewhere.rows);
	store_close(store);
}

static void test_old_and_surplus_messages_are_forgotten_in_steps(void **state)
{
	struct store *store = data_folder_open();
	struct history_forget age = {.before_ms = 250 * 1000 + 1}, count = {.keep = 2};
	int64_t steps = 0, total = 0, n;

	(void)state;
	say(store, "#cam", 1, 260);
	say(store, "#other", 261, 262);
	for (; (n = history_forget(store, &age, NULL)) > 0; steps++, total += n)
		assert_true(n <= HISTORY_STEP);
	assert_int_equal(n, 0);
	assert_int_equal(steps, 2);
	assert_int_equal(total, 250);
	assert_string_equal(numbers(store, latest("", "#cam")),
			    "251 252 253 254 255 256 257 258 259 260");
	while (history_forget(store, &count, NULL) > 0)
		;
	assert_string_equal(numbers(store, latest("", "#cam")), "259 260");
	assert_string_equal(numbers(store, latest("", "#other")), "261 262");
	store_close(store);
}

/* ---- rooms, accounts, markers, audit ---- */

/* What changes a room is done within a job. */
struct room_job {
	struct store_job job;
	struct room_role role;
	int (*change)(struct database *database, const struct room_role *role);
};

static int run_change(struct store_job *job, struct database *database)
{
	struct room_job *own = (struct room_job *)(void *)job;

	return own->change(database, &own->role);
}

static int change(struct store *store, struct room_role role,
		  int (*how)(struct database *database, const struct room_role *role))
{
	struct room_job job = {.role = role, .change = how};

	return store_write_now(store, &job.job, run_change);
}

static int make_room(struct database *database, const struct room_role *role)
{
	const struct room_topic topic = {role->room, "a topic", "dan", 5};
	const struct room_rule rules[] = {
		{role->room, 'b', "eve!*@*", "dan", "rude", 10, 0},
		{role->room, 'b', "~m:bob!*@*", "dan", "loud", 11, 20},
	};

	assert_int_equal(room_record_keep(database, role->room, 77), 1);
	assert_int_equal(room_record_set_topic(database, &topic), 1);
	assert_int_equal(room_record_set_mode(database, role->room, 'n', ""), 1);
	assert_int_equal(room_record_set_mode(database, role->room, 'k', "old"), 1);
	assert_int_equal(room_record_set_mode(database, role->room, 'k', "key"), 1);
	assert_int_equal(room_record_set_mode(database, role->room, 'n', NULL), 1);
	assert_int_equal(room_record_set_rule(database, &rules[0]), 1);
	assert_int_equal(room_record_set_rule(database, &rules[1]), 1);
	return room_record_set_role(database, role);
}

static int unban(struct database *database, const struct room_role *role)
{
	const struct room_rule rule = {.room = role->room, .kind = 'b', .mask = "EVE!*@*"};

	return room_record_remove_rule(database, &rule);
}

static int forget_without(struct database *database, const struct room_role *role)
{
	return room_record_forget_without(database, role->room, role->role);
}

static int64_t role_of(struct store *store, const char *room, size_t n)
{
	static struct store_read read;
	struct room_role role = {0};

	assert_int_equal(room_record_roles(store, &read, room, NULL), 0);
	assert_int_equal(read.rows.n, n);
	if (n > 0)
		room_record_role(&read.rows, 0, &role);
	rows_finish(&read.rows);
	return role.role;
}

static size_t count_rules(struct store *store, int64_t now_s)
{
	static struct store_read read;

	assert_int_equal(room_record_rules(store, &read, "#cam", now_s, NULL), 0);
	size_t n = read.rows.n;
	rows_finish(&read.rows);
	return n;
}

static void test_rooms_keep_topic_modes_roles_and_rules(void **state)
{
	static struct store_write write;
	static struct store_read read;
	struct store *store = data_folder_open();
	struct room_topic topic;
	struct room_rule mute;
	const char *value;
	int64_t created_s;

	(void)state;
	assert_int_equal(change(store, (struct room_role){"#cam", "dan", 8}, make_room), 1);
	store_close(store);

	store = data_folder_open();
	assert_int_equal(room_record_rooms(store, &read, NULL), 0);
	assert_int_equal(read.rows.n, 1);
	assert_string_equal(room_record_room(&read.rows, 0, &created_s), "#cam");
	assert_int_equal(created_s, 77);
	rows_finish(&read.rows);
	assert_int_equal(room_record_topics(store, &read, "#CAM", NULL), 0);
	assert_int_equal(read.rows.n, 1);
	room_record_topic(&read.rows, 0, &topic);
	assert_string_equal(topic.topic, "a topic");
	assert_int_equal(topic.set_s, 5);
	rows_finish(&read.rows);
	assert_int_equal(room_record_modes(store, &read, "#CAM", NULL), 0);
	assert_int_equal(read.rows.n, 1);
	assert_int_equal(room_record_mode(&read.rows, 0, &value), 'k');
	assert_string_equal(value, "key");
	rows_finish(&read.rows);
	assert_int_equal(role_of(store, "#CAM", 1), 8);
	assert_int_equal(room_record_rules(store, &read, "#cam", 19, NULL), 0);
	assert_int_equal(read.rows.n, 2);
	room_record_rule(&read.rows, 1, &mute);
	assert_int_equal(mute.kind, 'b');
	assert_string_equal(mute.reason, "loud");
	assert_int_equal(mute.expires_s, 20);
	rows_finish(&read.rows);
	/* It has expired, whether it was forgotten or not. */
	assert_int_equal(count_rules(store, 20), 1);
	assert_int_equal(room_record_expire(store, &write, 20, NULL), 1);
	assert_int_equal(room_record_expire(store, &write, 20, NULL), 0);
	assert_int_equal(change(store, (struct room_role){"#cam", "", 0}, unban), 1);
	assert_int_equal(change(store, (struct room_role){"#cam", "", 0}, unban), 0);
	store_close(store);
}

static void test_roles_are_bits_and_a_room_goes_with_its_owner(void **state)
{
	static struct store_read read;
	struct store *store = data_folder_open();
	struct room_role dan = {"#cam", "dan", 8}, other = {"#other", "dan", 8};

	(void)state;
	change(store, dan, make_room);
	change(store, other, make_room);
	dan.role = 1;
	assert_int_equal(change(store, dan, room_record_give_role), 1);
	assert_int_equal(role_of(store, "#cam", 1), 9);
	dan.role = 8;
	assert_int_equal(change(store, dan, forget_without), 0);
	assert_int_equal(change(store, dan, room_record_take_role), 1);
	assert_int_equal(role_of(store, "#cam", 1), 1);
	dan.role = 1;
	change(store, dan, room_record_take_role);
	assert_int_equal(role_of(store, "#cam", 0), 0);
	/* All that is known of the room goes, and nothing of the other. */
	assert_int_equal(count_rules(store, 0), 2);
	dan.role = 8;
	assert_int_equal(change(store, dan, forget_without), 1);
	assert_int_equal(count_rules(store, 0), 0);
	assert_int_equal(room_record_topics(store, &read, "#cam", NULL), 0);
	assert_int_equal(read.rows.n, 0);
	rows_finish(&read.rows);
	assert_int_equal(room_record_modes(store, &read, "#cam", NULL), 0);
	assert_int_equal(read.rows.n, 0);
	rows_finish(&read.rows);
	assert_int_equal(role_of(store, "#other", 1), 8);
	other.role = 0;
	assert_int_equal(change(store, other, room_record_set_role), 1);
	assert_int_equal(change(store, (struct room_role){"", "", 8}, forget_without), 1);
	assert_int_equal(room_record_rooms(store, &read, NULL), 0);
	assert_int_equal(read.rows.n, 0);
	rows_finish(&read.rows);
	store_close(store);
}

static void test_deleted_account_keeps_its_name_and_nothing_else(void **state)
{
	static struct store_write write;
	static struct store_read read;
	struct account dan = {"dan", "a hash", "keys", ACCOUNT_USER, 7}, found;
	struct password_record record = {"another", "others"};
	struct room_role role = {"#cam", "dan", 4};
	struct store *store = data_folder_open();

	(void)state;
	assert_int_equal(accounts_add(store, &write, &dan, NULL), 1);
	dan.name = "DAN";
	assert_int_equal(accounts_add(store, &write, &dan, NULL), -EEXIST);
	assert_int_equal(accounts_change_password(store, &write, "Dan", &record, NULL), 1);
	assert_int_equal(accounts_set_rank(store, &write, "dan", ACCOUNT_OPERATOR, NULL), 1);
	assert_int_equal(accounts_set_rank(store, &write, "nobody", ACCOUNT_OPERATOR, NULL), 0);
	assert_int_equal(accounts_find(store, &read, "dAn", NULL), 0);
	assert_int_equal(accounts_found(&read.rows, &found), 0);
	assert_string_equal(found.name, "dan");
	assert_string_equal(found.password, "another");
	assert_string_equal(found.scram, "others");
	assert_int_equal(found.rank, ACCOUNT_OPERATOR);
	assert_int_equal(found.created_s, 7);
	rows_finish(&read.rows);

	assert_int_equal(change(store, role, room_record_set_role), 1);
	assert_int_equal(say_as(store, "dan", "eve", 1, 1000), 0);
	assert_int_equal(accounts_delete(store, &write, "dan", NULL), 1);
	assert_int_equal(accounts_delete(store, &write, "dan", NULL), 0);
	assert_int_equal(accounts_find(store, &read, "dan", NULL), 0);
	assert_int_equal(accounts_found(&read.rows, &found), -ENOENT);
	rows_finish(&read.rows);
	assert_int_equal(accounts_add(store, &write, &dan, NULL), -EEXIST);
	assert_int_equal(role_of(store, "#cam", 0), 0);
	assert_string_equal(numbers(store, latest("eve", "dan")), "1");
	store_close(store);
}

static void test_marker_never_goes_back(void **state)
{
	static const struct {
		int64_t set_ms, is_ms;
	} cases[] = {{5, 5}, {9, 9}, {7, 9}};
	static struct store_read read;
	struct store *store = data_folder_open();

	(void)state;
	assert_int_equal(markers_get(store, &read, "dan", "#cam", NULL), 0);
	assert_int_equal(markers_time_ms(&read.rows), 0);
	rows_finish(&read.rows);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct markers_set set = {
			.account = "dan", .target = "#cam", .time_ms = cases[i].set_ms};

		assert_int_equal(markers_set(store, &set, NULL), 0);
		assert_int_equal(set.time_ms, cases[i].is_ms);
		assert_int_equal(markers_get(store, &read, "DAN", "#Cam", NULL), 0);
		assert_int_equal(markers_time_ms(&read.rows), cases[i].is_ms);
		rows_finish(&read.rows);
	}
	store_close(store);
}

static void test_markers_of_an_account_are_bounded(void **state)
{
	struct store *store = data_folder_open();
	struct markers_set set = {.account = "dan", .time_ms = 1};
	char target[16];

	(void)state;
	set.target = target;
	for (int i = 0; i < MARKERS_MAX; i++) {
		snprintf(target, sizeof(target), "#%d", i);
		assert_int_equal(markers_set(store, &set, NULL), 0);
	}
	set.time_ms = 2;
	assert_int_equal(markers_set(store, &set, NULL), 0);
	set.target = "#another";
	assert_int_equal(markers_set(store, &set, NULL), -ENOSPC);
	set.account = "eve";
	assert_int_equal(markers_set(store, &set, NULL), 0);
	store_close(store);
}

static void test_audit_is_read_backwards(void **state)
{
	static struct store_write write;
	static struct store_read read;
	struct audit_entry entry = {0, 0, "dan", "kick", "#cam", "eve", "rude"};
	struct store *store = data_folder_open();

	(void)state;
	for (int i = 1; i <= 5; i++) {
		entry.time_ms = 1000 * i;
		assert_int_equal(audit_add(store, &write, &entry, NULL), 1);
	}
	assert_int_equal(audit_page(store, &read, "#cam", INT64_MAX, 2, NULL), 0);
	assert_int_equal(read.rows.n, 2);
	audit_entry(&read.rows, 1, &entry);
	assert_int_equal(entry.time_ms, 4000);
	assert_string_equal(entry.action, "kick");
	rows_finish(&read.rows);
	assert_int_equal(audit_forget(store, &write, 4000, NULL), 3);
	assert_int_equal(audit_forget(store, &write, 4000, NULL), 0);
	assert_int_equal(audit_page(store, &read, "", INT64_MAX, 10, NULL), 0);
	assert_int_equal(read.rows.n, 2);
	rows_finish(&read.rows);
	store_close(store);
}

static void test_audit_is_bounded(void **state)
{
	static struct store_write write;
	const struct audit_entry entry = {0, 1, "dan", "kick", "#cam", "eve", "rude"};
	struct store *store = data_folder_open();
	char path[DATA_FOLDER_PATH];
	sqlite3 *handle;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(audit_add(store, &write, &entry, NULL), 1);
	assert_int_equal(audit_forget(store, &write, 0, NULL), 0);
	data_folder_path(STORE_FILE, path);
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle,
				      "UPDATE sqlite_sequence SET seq = 100001 WHERE name = "
				      "'audit'",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(handle);
	assert_int_equal(audit_add(store, &write, &entry, NULL), 1);
	assert_int_equal(audit_forget(store, &write, 0, NULL), 2);
	assert_int_equal(audit_forget(store, &write, 0, NULL), 0);
	store_close(store);
}

/* ---- opening ---- */

static void expect_refusal(int error, const char *sentence)
{
	struct store *store;

	assert_int_equal(store_open(&store, NULL, data_folder, STORE_SERVES, why), error);
	if (strstr(why, sentence) == NULL)
		fail_msg("\"%s\" is not in: %s", sentence, why);
}

static void execute(const char *sql)
{
	char path[DATA_FOLDER_PATH];
	sqlite3 *handle;

	data_folder_path(STORE_FILE, path);
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

static void test_folder_belongs_to_one_service(void **state)
{
	struct store *store = data_folder_open(), *other;
	struct markers_set set = {.account = "a", .target = "b", .time_ms = 1};

	(void)state;
	say(store, "#cam", 1, 2);
	expect_refusal(-EBUSY, "another spillway-chat uses it");
	/* Looking is allowed, and nothing else. */
	assert_int_equal(store_open(&other, NULL, data_folder, STORE_LOOKS, why), 0);
	assert_string_equal(numbers(other, latest("", "#cam")), "1 2");
	assert_int_equal(markers_set(other, &set, NULL), -EROFS);
	store_close(other);
	store_close(store);
	assert_int_equal(store_open(&other, NULL, data_folder, STORE_LOOKS, why), 0);
	assert_string_equal(numbers(other, latest("", "#cam")), "1 2");
	store_close(other);
	store_close(data_folder_open());
}

static void test_locked_database_is_named(void **state)
{
	char path[DATA_FOLDER_PATH];
	sqlite3 *handle;

	(void)state;
	store_close(data_folder_open());
	data_folder_path(STORE_FILE, path);
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	expect_refusal(-EBUSY, "another process has locked it");
	sqlite3_close(handle);
	store_close(data_folder_open());
}

static void damage(long at, const char *with, size_t len)
{
	char path[DATA_FOLDER_PATH];
	FILE *file;

	data_folder_path(STORE_FILE, path);
	file = fopen(path, "r+e");
	assert_non_null(file);
	fseek(file, at, SEEK_SET);
	fwrite(with, 1, len, file);
	fclose(file);
}

static void test_what_is_no_database_of_ours_is_named(void **state)
{
	static const char rubbish[4096] = "rubbish";
	char path[DATA_FOLDER_PATH];

	(void)state;
	data_folder_path(STORE_FILE, path);
	store_close(data_folder_open());
	damage(4096, rubbish, sizeof(rubbish));
	expect_refusal(-EBADMSG, "it is damaged");
	damage(0, rubbish, sizeof(rubbish));
	expect_refusal(-EBADMSG, "it is damaged");
	unlink(path);
	execute("CREATE TABLE theirs (a)");
	expect_refusal(-EBADMSG, "it belongs to another program");
	unlink(path);
	store_close(data_folder_open());
	execute("PRAGMA user_version = 99");
	expect_refusal(-EBADMSG, "its version is 99");
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	expect_refusal(-EISDIR, "Is a directory");
	rmdir(path);
	rmdir(data_folder);
	expect_refusal(-ENOENT, "No such file or directory");
	assert_int_equal(mkdir(data_folder, 0700), 0);
}

static void test_only_the_owner_can_read_what_people_say(void **state)
{
	struct store *store = data_folder_open();
	struct stat status;
	char path[DATA_FOLDER_PATH];

	(void)state;
	data_folder_path(STORE_FILE, path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	data_folder_path(STORE_FILE "-wal", path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	store_close(store);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, data_folder_make, data_folder_remove)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(test_pages),
		CASE(test_message_comes_back_as_it_was),
		CASE(test_private_messages_are_for_both_and_nobody_else),
		CASE(test_targets_are_rooms_and_who_wrote),
		CASE(test_clock_that_is_set_back_keeps_the_order),
		CASE(test_redacted_text_is_gone_from_the_disk),
		CASE(test_all_of_a_person_is_redacted),
		CASE(test_old_and_surplus_messages_are_forgotten_in_steps),
		CASE(test_rooms_keep_topic_modes_roles_and_rules),
		CASE(test_roles_are_bits_and_a_room_goes_with_its_owner),
		CASE(test_deleted_account_keeps_its_name_and_nothing_else),
		CASE(test_marker_never_goes_back),
		CASE(test_markers_of_an_account_are_bounded),
		CASE(test_audit_is_read_backwards),
		CASE(test_audit_is_bounded),
		CASE(test_folder_belongs_to_one_service),
		CASE(test_locked_database_is_named),
		CASE(test_what_is_no_database_of_ours_is_named),
		CASE(test_only_the_owner_can_read_what_people_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
