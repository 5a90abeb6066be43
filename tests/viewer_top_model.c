/* SPDX-License-Identifier: MIT */
#include "viewer/top_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SECOND_US = 1000000 };

/* A look at the relay that began with that process id: text with ' for ". */
static json_t *look(const char *text)
{
	char json[4096];
	json_error_t error;
	json_t *status;

	snprintf(json, sizeof(json), "%s", text);
	for (char *at = json; *at != '\0'; at++) {
		if (*at == '\'')
			*at = '"';
	}
	status = json_loads(json, 0, &error);
	if (status == NULL)
		fail_msg("%s at %d", error.text, error.position);
	return status;
}

static void add(struct top_model *model, const char *text, int64_t now_us)
{
	json_t *status = look(text);

	top_model_add(model, status, now_us);
	json_decref(status);
}

static const char first[] =
	"{'stats': {'pid': 7, 'frames_in': 10, 'frames_out': 100, 'bytes_out': 1000, 'cpu_s': 1.0,"
	"  'frames_dropped': {'lag': 5, 'queue': 0},"
	"  'per_worker': [{'worker': 0, 'frames_out': 60}, {'worker': 1, 'frames_out': 40}]},"
	" 'streams': [{'id': 1, 'name': 'cam', 'frames_out': 100, 'bytes_out': 1000,"
	"   'frames_dropped': {'lag': 5}}],"
	" 'viewers': [{'id': 4, 'stream': 'cam', 'frames_sent': 50, 'frames_dropped': {'lag': "
	"5}}]}";
static const char second[] =
	"{'stats': {'pid': 7, 'frames_in': 40, 'frames_out': 160, 'bytes_out': 3000, 'cpu_s': 1.5,"
	"  'frames_dropped': {'lag': 9, 'queue': 20},"
	"  'per_worker': [{'worker': 0, 'frames_out': 120}, {'worker': 1, 'frames_out': 40}]},"
	" 'streams': [{'id': 1, 'name': 'cam', 'frames_out': 160, 'bytes_out': 3000,"
	"   'frames_dropped': {'lag': 9, 'queue': 20}},"
	"   {'id': 2, 'name': 'door', 'frames_out': 9, 'bytes_out': 9, 'frames_dropped': {}}],"
	" 'viewers': [{'id': 4, 'stream': 'cam', 'frames_sent': 90, 'frames_dropped': {'lag': "
	"6}}]}";

static double value(const json_t *row, const char *key)
{
	const json_t *number = json_object_get(row, key);

	if (!json_is_number(number))
		fail_msg("%s isn't there", key);
	return json_number_value(number);
}

static void expect(const json_t *row, const char *key, double right)
{
	if (value(row, key) < right - 0.001 || value(row, key) > right + 0.001)
		fail_msg("%s: %f instead of %f", key, value(row, key), right);
}

/* ---- rates ---- */

static void test_rates_are_between_two_looks(void **state)
{
	struct top_model model = {0};
	const json_t *stream;

	(void)state;
	add(&model, first, 50 * SECOND_US);
	add(&model, second, 52 * SECOND_US);
	expect(model.stats, "in_fps", 15);
	expect(model.stats, "out_fps", 30);
	expect(model.stats, "out_bits", 8000);
	expect(model.stats, "drop_fps", 12);
	expect(model.stats, "cpu", 0.25);
	assert_string_equal(json_string_value(json_object_get(model.stats, "reasons")),
			    "lag 2.0, queue 10");
	stream = json_array_get(model.lists[TOP_STREAMS], 0);
	expect(stream, "out_fps", 30);
	expect(stream, "out_bits", 8000);
	expect(stream, "drop_fps", 12);
	expect(stream, "dropped", 29);
	assert_string_equal(json_string_value(json_object_get(stream, "reasons")),
			    "lag 9, queue 20");
	expect(json_array_get(model.lists[TOP_VIEWERS], 0), "sent_fps", 20);
	expect(json_array_get(model.lists[TOP_VIEWERS], 0), "drop_fps", 0.5);
	expect(json_array_get(model.lists[TOP_WORKERS], 0), "out_fps", 30);
	expect(json_array_get(model.lists[TOP_WORKERS], 1), "out_fps", 0);
	top_model_finish(&model);
}

static void test_without_a_look_before_there_are_no_rates(void **state)
{
	struct top_model model = {0};

	(void)state;
	add(&model, first, 50 * SECOND_US);
	assert_null(json_object_get(model.stats, "out_fps"));
	assert_null(json_object_get(json_array_get(model.lists[TOP_STREAMS], 0), "out_fps"));
	add(&model, second, 51 * SECOND_US);
	assert_non_null(json_object_get(model.stats, "out_fps"));
	/* Of a stream that is new. */
	assert_null(json_object_get(json_array_get(model.lists[TOP_STREAMS], 1), "out_fps"));
	/* A clock that stands still. */
	add(&model, second, 51 * SECOND_US);
	assert_null(json_object_get(model.stats, "out_fps"));
	top_model_finish(&model);
}

static void test_a_restart_begins_anew(void **state)
{
	struct top_model model = {0};

	(void)state;
	add(&model, second, 50 * SECOND_US);
	add(&model,
	    "{'stats': {'pid': 8, 'frames_out': 900, 'frames_dropped': {}},"
	    " 'streams': [{'id': 1, 'name': 'cam', 'frames_out': 900, 'frames_dropped': {}}],"
	    " 'viewers': []}",
	    51 * SECOND_US);
	assert_null(json_object_get(model.stats, "out_fps"));
	assert_null(json_object_get(json_array_get(model.lists[TOP_STREAMS], 0), "out_fps"));
	assert_int_equal(json_array_size(model.lists[TOP_VIEWERS]), 0);
	top_model_finish(&model);
}

static void test_an_answer_without_anything_is_shown_as_nothing(void **state)
{
	struct top_model model = {0};

	(void)state;
	add(&model, "{}", 1);
	add(&model, "{'stats': {}, 'streams': {}, 'viewers': 5}", 2);
	assert_int_equal(json_array_size(model.lists[TOP_STREAMS]), 0);
	top_model_finish(&model);
}

/* ---- sparklines ---- */

static void test_sparklines_are_of_the_last_looks(void **state)
{
	static const struct {
		const char *values, *spark;
	} rows[] = {
		{"[]", ""},
		{"[0, 0]", "▁▁"},
		{"[1, 1]", "██"},
		{"[0, 1, 2, 3, 4, 5, 6, 7]", "▁▂▃▄▅▆▇█"},
		{"[0, 1000000, 1]", "▁█▁"},
	};
	char spark[TOP_SPARK_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *values = json_loads(rows[i].values, 0, NULL);

		top_spark(values, spark);
		assert_string_equal(spark, rows[i].spark);
		json_decref(values);
	}
}

static void test_history_is_bounded(void **state)
{
	struct top_model model = {0};
	const char *spark;

	(void)state;
	for (int i = 0; i < 3 * TOP_HISTORY; i++) {
		char text[512];

		snprintf(text, sizeof(text),
			 "{'stats': {'pid': 7}, 'viewers': [],"
			 " 'streams': [{'id': 1, 'name': 'cam', 'bytes_out': %d}]}",
			 1000 * i);
		add(&model, text, (int64_t)i * SECOND_US);
	}
	spark = json_string_value(
		json_object_get(json_array_get(model.lists[TOP_STREAMS], 0), "spark"));
	assert_int_equal(strlen(spark), TOP_SPARK_SIZE - 1);
	assert_int_equal(strncmp(spark, "███", strlen("███")), 0);
	top_model_finish(&model);
}

/* ---- which rows, and in which order ---- */

static const char several[] =
	"{'stats': {'pid': 7}, 'streams': [], 'viewers': ["
	" {'id': 1, 'stream': 'cam', 'address': '192.0.2.9:1', 'lag_ms': 5, 'state': 'idle'},"
	" {'id': 2, 'stream': 'cam/240p', 'address': '192.0.2.1:2', 'lag_ms': 900,"
	"  'state': 'blocked'},"
	" {'id': 3, 'stream': 'camera', 'address': '192.0.2.5:3', 'lag_ms': 5, 'state': 'idle'},"
	" {'id': 4, 'stream': 'door', 'address': '[2001:db8::1]:4', 'state': 'idle'}]}";

static void test_rows_are_ordered_and_filtered(void **state)
{
	static const struct {
		struct top_choice choice;
		const char *ids;
	} rows[] = {
		{{"id", false, "", ""}, "1234"},      {{"id", true, "", ""}, "4321"},
		{{"lag_ms", true, "", ""}, "2134"},   {{"lag_ms", false, "", ""}, "1324"},
		{{"address", false, "", ""}, "2314"}, {{"nothing", true, "", ""}, "1234"},
		{{"id", false, "BLOCK", ""}, "2"},    {{"id", false, "192.0.2", ""}, "123"},
		{{"id", false, "cam", ""}, "123"},    {{"id", false, "", "cam"}, "12"},
		{{"id", false, "idle", "cam"}, "1"},  {{"id", false, "xyz", ""}, ""},
	};
	struct top_model model = {0};

	(void)state;
	add(&model, several, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *chosen = top_model_rows(&model, TOP_VIEWERS, &rows[i].choice), *row;
		char ids[8] = "";
		size_t at;

		json_array_foreach (chosen, at, row)
			ids[at] = (char)('0' + (int)value(row, "id"));
		assert_string_equal(ids, rows[i].ids);
		json_decref(chosen);
	}
	top_model_finish(&model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates_are_between_two_looks),
		cmocka_unit_test(test_without_a_look_before_there_are_no_rates),
		cmocka_unit_test(test_a_restart_begins_anew),
		cmocka_unit_test(test_an_answer_without_anything_is_shown_as_nothing),
		cmocka_unit_test(test_sparklines_are_of_the_last_looks),
		cmocka_unit_test(test_history_is_bounded),
		cmocka_unit_test(test_rows_are_ordered_and_filtered),
	};

	return cmocka_run_group_tests_name("viewer_top_model", tests, NULL, NULL);
}
