/* SPDX-License-Identifier: MIT */
#include "common/exposition.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_SIZE = 16 * 1024,
	DIGITS = 20, /* of a uint64_t */
	TIME_SIZE = DIGITS + 8,
};

/* ---- bytes: printf() would take most of the time that a long answer takes ---- */

/* NULL without memory. */
static char *make_room(struct exposition *out, size_t len)
{
	size_t size = out->size > 0 ? out->size : FIRST_SIZE;

	if (out->failed)
		return NULL;
	while (size - out->len < len)
		size *= 2;
	if (size != out->size) {
		char *text = realloc(out->text, size);

		if (text == NULL) {
			out->failed = true;
			return NULL;
		}
		out->text = text;
		out->size = size;
	}
	return out->text + out->len;
}

static void append(struct exposition *out, const char *data, size_t len)
{
	char *to = make_room(out, len);

	if (to == NULL)
		return;
	memcpy(to, data, len);
	out->len += len;
}

static void append_text(struct exposition *out, const char *text)
{
	append(out, text, strlen(text));
}

/* Writes it so that it ends at end; returns where it begins. */
static char *write_digits(char *end, uint64_t number, unsigned least)
{
	char *at = end;

	while (number > 0 || at > end - least) {
		*--at = (char)('0' + number % 10);
		number /= 10;
	}
	return at;
}

static void append_count(struct exposition *out, uint64_t count)
{
	char digits[DIGITS], *end = digits + sizeof(digits), *at = write_digits(end, count, 1);

	append(out, at, (size_t)(end - at));
}

static void append_time(struct exposition *out, uint64_t time_us)
{
	char text[TIME_SIZE], *end = text + sizeof(text);
	char *at = write_digits(end, time_us % 1000000, 6);

	*--at = '.';
	at = write_digits(at, time_us / 1000000, 1);
	append(out, at, (size_t)(end - at));
}

/* ---- samples ---- */

void exposition_init(struct exposition *out, size_t room)
{
	*out = (struct exposition){0};
	if (make_room(out, room) != NULL)
		out->len = room;
}

void exposition_finish(struct exposition *out)
{
	free(out->text);
}

static void add_to_labels(struct exposition_labels *labels, const char *text, size_t len)
{
	assert(len <= sizeof(labels->text) - labels->len);
	memcpy(labels->text + labels->len, text, len);
	labels->len += len;
}

void exposition_label(struct exposition_labels *labels, const char *name, const char *value)
{
	if (labels->len > 0)
		add_to_labels(labels, ",", 1);
	add_to_labels(labels, name, strlen(name));
	add_to_labels(labels, "=\"", 2);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			add_to_labels(labels, "\\n", 2);
		else if (*value == '\\' || *value == '"')
			add_to_labels(labels, (const char[]){'\\', *value}, 2);
		else
			add_to_labels(labels, value, 1);
	}
	add_to_labels(labels, "\"", 1);
}

void exposition_family(struct exposition *out, const char *name, const char *type, const char *help)
{
	const char *const pieces[] = {
		"# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n",
	};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++)
		append_text(out, pieces[i]);
	out->name = name;
}

/* The sample up to its value. */
static void begin_sample(struct exposition *out, const char *suffix,
			 const struct exposition_labels *labels)
{
	append_text(out, out->name);
	append_text(out, suffix);
	if (labels->len == 0) {
		append(out, " ", 1);
		return;
	}
	append(out, "{", 1);
	append(out, labels->text, labels->len);
	append(out, "} ", 2);
}

void exposition_count(struct exposition *out, const struct exposition_labels *labels,
		      uint64_t count)
{
	begin_sample(out, "", labels);
	append_count(out, count);
	append(out, "\n", 1);
}

static void add_time(struct exposition *out, const char *suffix,
		     const struct exposition_labels *labels, uint64_t time_us)
{
	begin_sample(out, suffix, labels);
	append_time(out, time_us);
	append(out, "\n", 1);
}

void exposition_time(struct exposition *out, const struct exposition_labels *labels,
		     uint64_t time_us)
{
	add_time(out, "", labels, time_us);
}

void exposition_bucket(struct exposition *out, const struct exposition_labels *labels,
		       uint64_t end_us, uint64_t count)
{
	append_text(out, out->name);
	append_text(out, "_bucket{");
	if (labels->len > 0) {
		append(out, labels->text, labels->len);
		append(out, ",", 1);
	}
	append_text(out, "le=\"");
	if (end_us != EXPOSITION_NO_END)
		append_time(out, end_us);
	else
		append_text(out, "+Inf");
	append_text(out, "\"} ");
	append_count(out, count);
	append(out, "\n", 1);
}

void exposition_buckets_end(struct exposition *out, const struct exposition_labels *labels,
			    uint64_t sum_us, uint64_t count)
{
	add_time(out, "_sum", labels, sum_us);
	begin_sample(out, "_count", labels);
	append_count(out, count);
	append(out, "\n", 1);
}
