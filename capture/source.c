/* SPDX-License-Identifier: MIT */
#include "capture/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct source_type *const types[] = {&source_test, &source_file, &source_v4l2,
						  &source_x11};

enum { N_TYPES = sizeof types / sizeof types[0] };

static const struct source_type *find_type(const char *text, const char **ret_argument)
{
	const char *colon = strchr(text, ':');

	for (size_t i = 0; colon != NULL && i < N_TYPES; i++) {
		size_t len = strlen(types[i]->prefix);

		if (len == (size_t)(colon - text) && memcmp(text, types[i]->prefix, len) == 0) {
			*ret_argument = colon + 1;
			return types[i];
		}
	}
	return NULL;
}

/* A library is none of ours, but people don't know that. */
static void name_types(const char *text, char ret_error[SOURCE_ERROR_SIZE])
{
	int len =
		snprintf(ret_error, SOURCE_ERROR_SIZE, "'%.200s' isn't a source; there are", text);

	for (size_t i = 0; i < N_TYPES; i++)
		len += snprintf(ret_error + len, SOURCE_ERROR_SIZE - (size_t)len, " %s:%s,",
				types[i]->prefix, types[i]->argument);
	snprintf(ret_error + len, SOURCE_ERROR_SIZE - (size_t)len, " library:DIR");
}

bool source_is_known(const char *text, char ret_error[SOURCE_ERROR_SIZE])
{
	const char *argument;

	if (find_type(text, &argument) != NULL)
		return true;
	name_types(text, ret_error);
	return false;
}

int source_open(struct source **ret_source, const char *text, const struct source_wish *wish,
		char ret_error[SOURCE_ERROR_SIZE])
{
	const char *argument;
	const struct source_type *type = find_type(text, &argument);

	if (type == NULL) {
		name_types(text, ret_error);
		return -EINVAL;
	}

	if (wish->n_controls > 0 && !type->has_controls) {
		snprintf(ret_error, SOURCE_ERROR_SIZE, "a source %s: has no controls",
			 type->prefix);
		return -EINVAL;
	}

	int error = type->open(ret_source, argument, wish, ret_error);

	if (error < 0)
		return error;
	(*ret_source)->type = type;
	return 0;
}

bool source_is_live(const struct source *source)
{
	return source->type->descriptor != NULL;
}

int source_next(struct source *source, int64_t *ret_pts_us)
{
	struct effort then = effort_now();
	int result = source->type->next(source, ret_pts_us);

	effort_add_since(&source->effort, then);
	return result;
}

int source_picture(struct source *source, int64_t unix_us, struct picture *ret_picture)
{
	struct effort then = effort_now();
	int result = source->type->picture(source, unix_us, ret_picture);

	effort_add_since(&source->effort, then);
	return result;
}

int source_descriptor(const struct source *source)
{
	return source->type->descriptor(source);
}

int source_reopen(struct source *source)
{
	return source->type->reopen(source);
}

const char *source_error(const struct source *source)
{
	return source->error;
}

void source_close(struct source *source)
{
	if (source != NULL)
		source->type->close(source);
}

int64_t source_clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int list_all(FILE *out, char ret_error[SOURCE_ERROR_SIZE])
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < N_TYPES; i++) {
		fprintf(out, "%s:%s\n", types[i]->prefix, types[i]->argument);
		if (types[i]->list != NULL)
			error = types[i]->list(out, NULL, ret_error);
	}
	return error;
}

int source_list(FILE *out, const char *text, char ret_error[SOURCE_ERROR_SIZE])
{
	const char *argument;
	const struct source_type *type;

	if (text == NULL)
		return list_all(out, ret_error);
	type = find_type(text, &argument);
	if (type == NULL) {
		name_types(text, ret_error);
		return -EINVAL;
	}
	if (type->list == NULL) {
		snprintf(ret_error, SOURCE_ERROR_SIZE,
			 "there is nothing to list of a source %s:", type->prefix);
		return -EINVAL;
	}
	return type->list(out, *argument != '\0' ? argument : NULL, ret_error);
}
