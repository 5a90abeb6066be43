/* SPDX-License-Identifier: MIT */
#include "common/exposition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 100 };

/* Fails unless what was written behind the room is the text; frees it. */
static void expect(struct exposition *out, const char *text)
{
	assert_false(out->failed);
	assert_int_equal(out->len, ROOM + strlen(text));
	assert_memory_equal(out->text + ROOM, text, strlen(text));
	exposition_finish(out);
}

static void test_label_values_are_escaped(void **state)
{
	static const struct {
		const char *value, *text;
	} cases[] = {
		{"", "stream=\"\""},
		{"cam/240p", "stream=\"cam/240p\""},
		{"a\"b", "stream=\"a\\\"b\""},
		{"a\\b", "stream=\"a\\\\b\""},
		{"a\nb", "stream=\"a\\nb\""},
		{"\\\n\"", "stream=\"\\\\\\n\\\"\""},
		{"{},= \xc3\xa4", "stream=\"{},= \xc3\xa4\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct exposition_labels labels = {0};

		exposition_label(&labels, "stream", cases[i].value);
		assert_int_equal(labels.len, strlen(cases[i].text));
		assert_memory_equal(labels.text, cases[i].text, labels.len);
	}
}

static void test_family_is_said_before_its_samples(void **state)
{
	const struct exposition_labels none = {0};
	struct exposition_labels labels = {0};
	struct exposition out;

	(void)state;
	exposition_label(&labels, "stream", "cam");
	exposition_label(&labels, "reason", "lag");
	exposition_init(&out, ROOM);
	exposition_family(&out, "a_total", "counter", "What is counted.");
	exposition_count(&out, &none, 0);
	exposition_count(&out, &labels, UINT64_MAX);
	exposition_family(&out, "b_seconds", "gauge", "A time.");
	exposition_time(&out, &none, 0);
	exposition_time(&out, &labels, 12000034);
	expect(&out, "# HELP a_total What is counted.\n"
		     "# TYPE a_total counter\n"
		     "a_total 0\n"
		     "a_total{stream=\"cam\",reason=\"lag\"} 18446744073709551615\n"
		     "# HELP b_seconds A time.\n"
		     "# TYPE b_seconds gauge\n"
		     "b_seconds 0.000000\n"
		     "b_seconds{stream=\"cam\",reason=\"lag\"} 12.000034\n");
}

static void test_last_bucket_has_no_end(void **state)
{
	const struct exposition_labels none = {0};
	struct exposition_labels labels = {0};
	struct exposition out;

	(void)state;
	exposition_label(&labels, "worker", "0");
	exposition_init(&out, ROOM);
	exposition_family(&out, "lag_seconds", "histogram", "Lag.");
	exposition_bucket(&out, &none, 1024, 3);
	exposition_bucket(&out, &none, EXPOSITION_NO_END, 4);
	exposition_buckets_end(&out, &none, 5003101, 4);
	exposition_bucket(&out, &labels, EXPOSITION_NO_END, 1);
	exposition_buckets_end(&out, &labels, 7, 1);
	expect(&out, "# HELP lag_seconds Lag.\n"
		     "# TYPE lag_seconds histogram\n"
		     "lag_seconds_bucket{le=\"0.001024\"} 3\n"
		     "lag_seconds_bucket{le=\"+Inf\"} 4\n"
		     "lag_seconds_sum 5.003101\n"
		     "lag_seconds_count 4\n"
		     "lag_seconds_bucket{worker=\"0\",le=\"+Inf\"} 1\n"
		     "lag_seconds_sum{worker=\"0\"} 0.000007\n"
		     "lag_seconds_count{worker=\"0\"} 1\n");
}

static void test_text_grows_as_it_must(void **state)
{
	const struct exposition_labels none = {0};
	struct exposition out;
	size_t lines = 0;

	(void)state;
	exposition_init(&out, ROOM);
	exposition_family(&out, "n", "gauge", "A number.");
	for (uint64_t i = 0; i < 100000; i++)
		exposition_count(&out, &none, i);
	assert_false(out.failed);
	assert_memory_equal(out.text + out.len - 9, "\nn 99999\n", 9);
	for (size_t i = ROOM; i < out.len; i++)
		lines += out.text[i] == '\n';
	assert_int_equal(lines, 100002);
	exposition_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_label_values_are_escaped),
		cmocka_unit_test(test_family_is_said_before_its_samples),
		cmocka_unit_test(test_last_bucket_has_no_end),
		cmocka_unit_test(test_text_grows_as_it_must),
	};
	return cmocka_run_group_tests_name("exposition", tests, NULL, NULL);
}
