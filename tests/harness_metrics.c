/* SPDX-License-Identifier: MIT */
#include "tests/harness_metrics.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness_client.h"

enum { MAX_SERIES = 2000, NAME_SIZE = 80 };

char *metrics_get(struct harness *h, uint16_t port, const char *fields)
{
	struct client *client = client_get(h, port, "/metrics", fields, 200);
	char *text = client_body(client, NULL);

	client_close(client);
	return text;
}

double metrics_value(struct harness *h, const char *text, const char *sample)
{
	const char *line = strstr(text, harness_format(h, "\n%s ", sample));

	return line != NULL ? strtod(line + strlen(sample) + 2, NULL) : -1;
}

/* ---- the format, read strictly ---- */

struct parser {
	char family[NAME_SIZE], type[16];
	char families[64][NAME_SIZE];
	size_t n_families;
	char *series[MAX_SERIES]; /* names with labels: each only once */
	size_t n_series;
	char bucket_labels[512]; /* of the present histogram, without le */
	double bucket, last_le;
};

static const char *take_name(const char *at, char to[NAME_SIZE])
{
	size_t len = 0;

	assert_true(isalpha((unsigned char)*at) || *at == '_');
	while (isalnum((unsigned char)at[len]) || at[len] == '_' || at[len] == ':')
		len++;
	assert_true(len < NAME_SIZE);
	memcpy(to, at, len);
	to[len] = '\0';
	return at + len;
}

/* {name="value",…}; the value of le goes to *ret_le, and all others to `others`. */
static const char *take_labels(const char *at, char others[512], double *ret_le)
{
	char name[NAME_SIZE];

	others[0] = '\0';
	if (*at != '{')
		return at;
	do {
		const char *begin = at + 1, *quoted = take_name(at + 1, name);

		assert_int_equal(strncmp(quoted, "=\"", 2), 0);
		at = quoted + 2;
		for (; *at != '"'; at++) {
			assert_true(*at != '\0' && *at != '\n');
			if (*at == '\\')
				assert_non_null(strchr("\\\"n", *++at));
		}
		at++;
		if (strcmp(name, "le") == 0)
			*ret_le = strtod(quoted + 2, NULL);
		else
			strncat(others, begin, (size_t)(at - begin));
	} while (*at == ',');
	assert_int_equal(*at, '}');
	return at + 1;
}

static void check_histogram(struct parser *parser, const char *suffix, const char *others,
			    double le, double number)
{
	if (strcmp(suffix, "_bucket") == 0) {
		bool first = strcmp(others, parser->bucket_labels) != 0 || parser->bucket < 0;

		snprintf(parser->bucket_labels, sizeof(parser->bucket_labels), "%s", others);
		assert_true(le > (first ? 0 : parser->last_le));
		assert_true(number >= (first ? 0 : parser->bucket));
		parser->last_le = le;
		parser->bucket = number;
	} else {
		assert_string_equal(others, parser->bucket_labels);
		if (strcmp(suffix, "_count") == 0) {
			assert_true(parser->last_le > 1e300); /* +Inf was there */
			assert_false(number < parser->bucket || number > parser->bucket);
			parser->bucket = -1;
		} else {
			assert_string_equal(suffix, "_sum");
		}
	}
}

static void check_sample(struct parser *parser, struct harness *h, const char *line)
{
	char name[NAME_SIZE], others[512], *end;
	double le = -1;
	const char *at = take_labels(take_name(line, name), others, &le);
	size_t len = strlen(parser->family);

	assert_int_equal(*at, ' ');
	double number = strtod(at + 1, &end);
	assert_int_equal(*end, '\0');
	assert_true(number >= 0);
	assert_int_equal(strncmp(name, parser->family, len), 0);
	if (strcmp(parser->type, "histogram") == 0)
		check_histogram(parser, name + len, others, le, number);
	else
		assert_string_equal(name, parser->family);
	bool counter = strcmp(parser->type, "counter") == 0;
	assert_true(counter == (len > 6 && strcmp(name + len - 6, "_total") == 0));
	char *series = harness_format(h, "%.*s", (int)(at - line), line);
	for (size_t i = 0; i < parser->n_series; i++)
		assert_string_not_equal(parser->series[i], series);
	assert_true(parser->n_series < MAX_SERIES);
	parser->series[parser->n_series++] = series;
}

size_t metrics_check(struct harness *h, char *text)
{
	struct parser *parser = harness_alloc(h, sizeof(*parser));
	char *rest = NULL, help[NAME_SIZE] = "";
	size_t len = strlen(text);

	parser->bucket = -1;
	assert_int_equal(text[len - 1], '\n');
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "# HELP ", 7) == 0) {
			const char *sentence = take_name(line + 7, help);

			assert_true(strlen(sentence) > 5);
			for (size_t i = 0; i < parser->n_families; i++)
				assert_string_not_equal(parser->families[i], help);
			assert_true(parser->n_families < 64);
			strcpy(parser->families[parser->n_families++], help);
		} else if (line[0] == '#') {
			assert_int_equal(
				sscanf(line, "# TYPE %79s %15s", parser->family, parser->type), 2);
			assert_string_equal(parser->family, help);
		} else {
			check_sample(parser, h, line);
		}
	}
	assert_true(parser->n_families > 20);
	return parser->n_series;
}
