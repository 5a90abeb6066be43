/* SPDX-License-Identifier: MIT */
#include "viewer/top_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ID_SIZE = 24, REASONS_SIZE = 160 };

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : "";
}

/* ---- what is added to an object ---- */

/* Where a counter stands; frames_dropped is a sum. */
static double count_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	double sum = json_number_value(value);
	const char *reason;
	json_t *part;

	json_object_foreach((json_t *)(uintptr_t)value, reason, part) sum +=
		json_number_value(part);
	return sum;
}

/* "lag 3, queue 1": what each rose by, from 0 where there is nothing before; by: what it is divided
 * by. */
static void add_reasons(json_t *object, const json_t *before, double by)
{
	json_t *dropped = json_object_get(object, "frames_dropped"), *value;
	const json_t *old = json_object_get(before, "frames_dropped");
	char reasons[REASONS_SIZE] = "";
	size_t len = 0;
	const char *reason;

	json_object_foreach(dropped, reason, value)
	{
		double n = (json_number_value(value) - number(old, reason)) / by;

		if (n > 0 && len + 40 < sizeof(reasons))
			len += (size_t)snprintf(reasons + len, sizeof(reasons) - len,
						n < 9.95 && by != 1 ? "%s%.16s %.1f"
								    : "%s%.16s %.0f",
						len > 0 ? ", " : "", reason, n);
	}
	json_object_set_new(object, "reasons", json_string(reasons));
}

/* A counter's rate a second; absent where there was none before, or where it began anew. */
struct rate {
	enum top_list list; /* TOP_LISTS: of the relay itself */
	const char *counter, *name;
	double factor;
};

static const struct rate rates[] = {
	{TOP_STREAMS, "frames_out", "out_fps", 1},	{TOP_STREAMS, "bytes_out", "out_bits", 8},
	{TOP_STREAMS, "frames_dropped", "drop_fps", 1}, {TOP_VIEWERS, "frames_sent", "sent_fps", 1},
	{TOP_VIEWERS, "frames_dropped", "drop_fps", 1}, {TOP_WORKERS, "frames_out", "out_fps", 1},
	{TOP_LISTS, "frames_in", "in_fps", 1},		{TOP_LISTS, "frames_out", "out_fps", 1},
	{TOP_LISTS, "bytes_in", "in_bits", 8},		{TOP_LISTS, "bytes_out", "out_bits", 8},
	{TOP_LISTS, "frames_dropped", "drop_fps", 1},	{TOP_LISTS, "cpu_s", "cpu", 1},
};

static void add_rates(enum top_list list, json_t *object, const json_t *before, double seconds)
{
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		const struct rate *rate = &rates[i];

		if (rate->list != list || before == NULL || seconds <= 0 ||
		    json_object_get(object, rate->counter) == NULL)
			continue;
		double more = count_of(object, rate->counter) - count_of(before, rate->counter);

		if (more >= 0)
			json_object_set_new(object, rate->name,
					    json_real(rate->factor * more / seconds));
	}
}

/* ---- history ---- */

static void remember(json_t *values, double value)
{
	if (json_array_size(values) == TOP_HISTORY)
		json_array_remove(values, 0);
	json_array_append_new(values, json_real(value));
}

void top_spark(const json_t *values, char to[TOP_SPARK_SIZE])
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	const size_t top = sizeof(blocks) / sizeof(blocks[0]) - 1;
	const json_t *value;
	double most = 0;
	size_t i, len = 0;

	json_array_foreach (values, i, value)
		most = json_number_value(value) > most ? json_number_value(value) : most;
	to[0] = '\0';
	json_array_foreach (values, i, value) {
		double share = most > 0 ? json_number_value(value) / most : 0;

		if (i < TOP_HISTORY)
			len += (size_t)snprintf(to + len, TOP_SPARK_SIZE - len, "%s",
						blocks[(size_t)(share * (double)top + 0.5)]);
	}
}

static void add_spark(json_t *object, json_t *values)
{
	char spark[TOP_SPARK_SIZE];

	if (json_object_get(object, "out_bits") != NULL)
		remember(values, number(object, "out_bits"));
	top_spark(values, spark);
	json_object_set_new(object, "spark", json_string(spark));
}

/* ---- looks ---- */

static void id_of(const json_t *row, char to[ID_SIZE])
{
	const json_t *id = json_object_get(row, "id");

	if (id == NULL)
		id = json_object_get(row, "worker");
	snprintf(to, ID_SIZE, "%lld", (long long)json_integer_value(id));
}

/* What was remembered of a stream stays for as long as the stream is there. */
static json_t *take_history(const struct top_model *model, const char *id, json_t *into)
{
	json_t *values = json_object_get(model->history, id);

	if (values == NULL)
		json_object_set_new(into, id, json_array());
	else
		json_object_set(into, id, values);
	return json_object_get(into, id);
}

static void add_list(struct top_model *model, enum top_list list, const json_t *rows,
		     double seconds)
{
	json_t *all = json_array(), *by_id = json_object(), *history = json_object();
	const json_t *given;
	char id[ID_SIZE];
	size_t i;

	json_array_foreach (rows, i, given) {
		json_t *row = json_copy((json_t *)(uintptr_t)given);
		const json_t *before;

		id_of(row, id);
		before = json_object_get(model->before[list], id);
		add_rates(list, row, before, seconds);
		if (list != TOP_WORKERS) {
			json_object_set_new(row, "dropped",
					    json_real(count_of(row, "frames_dropped")));
			add_reasons(row, NULL, 1);
		}
		if (list == TOP_STREAMS)
			add_spark(row, take_history(model, id, history));
		json_object_set(by_id, id, row);
		json_array_append_new(all, row);
	}
	json_decref(model->lists[list]);
	json_decref(model->before[list]);
	model->lists[list] = all;
	model->before[list] = by_id;
	if (list == TOP_STREAMS) {
		json_decref(model->history);
		model->history = json_incref(history);
	}
	json_decref(history);
}

void top_model_finish(struct top_model *model)
{
	for (int list = 0; list < TOP_LISTS; list++) {
		json_decref(model->lists[list]);
		json_decref(model->before[list]);
	}
	json_decref(model->stats);
	json_decref(model->history);
	json_decref(model->totals);
	*model = (struct top_model){0};
}

void top_model_add(struct top_model *model, const json_t *status, int64_t now_us)
{
	json_t *stats = json_copy(json_object_get(status, "stats"));
	double seconds = (double)(now_us - model->at_us) / 1e6;

	if (model->stats != NULL && number(stats, "pid") != number(model->stats, "pid"))
		top_model_finish(model);
	if (model->totals == NULL)
		model->totals = json_array();
	add_rates(TOP_LISTS, stats, model->stats, seconds);
	add_reasons(stats, model->stats, model->stats != NULL && seconds > 0 ? seconds : 1);
	add_spark(stats, model->totals);
	add_list(model, TOP_STREAMS, json_object_get(status, "streams"), seconds);
	add_list(model, TOP_VIEWERS, json_object_get(status, "viewers"), seconds);
	add_list(model, TOP_WORKERS, json_object_get(stats, "per_worker"), seconds);
	json_decref(model->stats);
	model->stats = stats;
	model->at_us = now_us;
}

/* ---- rows ---- */

static bool contains(const char *haystack, const char *needle)
{
	return strcasestr(haystack, needle) != NULL;
}

static bool is_chosen(const json_t *row, const struct top_choice *choice)
{
	static const char *const places[] = {"name", "stream", "address", "state", "transport"};
	const char *stream = text(row, "stream");
	size_t len = strlen(choice->stream);

	if (len > 0 && (strncmp(stream, choice->stream, len) != 0 ||
			(stream[len] != '\0' && stream[len] != '/')))
		return false;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (contains(text(row, places[i]), choice->filter))
			return true;
	}
	return false;
}

struct order {
	const json_t *row;
	const struct top_choice *choice;
};

/* Numbers before text, and what isn't there behind both; equal ones by id. */
static int compare(const void *left, const void *right)
{
	const struct order *a = left, *b = right;
	const struct top_choice *choice = a->choice;
	const json_t *x = json_object_get(a->row, choice->key);
	const json_t *y = json_object_get(b->row, choice->key);
	double ids = number(a->row, "id") - number(b->row, "id");
	int order;

	if ((x == NULL) != (y == NULL))
		return x == NULL ? 1 : -1;
	if (json_is_string(x) && json_is_string(y))
		order = strcmp(json_string_value(x), json_string_value(y));
	else
		order = (json_number_value(x) > json_number_value(y)) -
			(json_number_value(x) < json_number_value(y));
	if (order == 0)
		return (ids > 0) - (ids < 0);
	return choice->falls ? -order : order;
}

json_t *top_model_rows(const struct top_model *model, enum top_list list,
		       const struct top_choice *choice)
{
	size_t n = json_array_size(model->lists[list]), n_chosen = 0;
	struct order *order = calloc(n + 1, sizeof(*order));
	json_t *rows = json_array();

	for (size_t i = 0; order != NULL && i < n; i++) {
		const json_t *row = json_array_get(model->lists[list], i);

		if (list == TOP_WORKERS || is_chosen(row, choice))
			order[n_chosen++] = (struct order){row, choice};
	}
	if (order != NULL)
		qsort(order, n_chosen, sizeof(*order), compare);
	for (size_t i = 0; i < n_chosen; i++)
		json_array_append(rows, (json_t *)(uintptr_t)order[i].row);
	free(order);
	return rows;
}
