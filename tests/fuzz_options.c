/* SPDX-License-Identifier: MIT */
/* A configuration file: it is taken, or refused with a sentence that names it. */
#include "common/options.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_STREAMS = 4 };

struct fields {
	char *config;
	char *text;
	struct option_list list;
	int64_t number;
	int64_t bytes;
	int64_t time_s;
	bool flag;
	int choice;
};

#define FIELD(member) .offset = offsetof(struct fields, member)

static const char *const choices[] = {"auto", "uring", "epoll", NULL};

static const struct option_row rows[] = {
	{.name = "config", .type = OPTION_TEXT, FIELD(config), .place = OPTION_COMMAND_LINE},
	{.name = "text", .type = OPTION_TEXT, FIELD(text)},
	{.name = "list", .type = OPTION_LIST, FIELD(list), .initial = "a"},
	{.name = "number", .type = OPTION_NUMBER, FIELD(number), .min = -5, .max = 1024},
	{.name = "bytes", .type = OPTION_BYTES, FIELD(bytes), .min = 0, .max = 1 << 30},
	{.name = "time", .type = OPTION_TIME, FIELD(time_s), .min = 0, .max = 86400},
	{.name = "flag", .type = OPTION_BOOL, FIELD(flag)},
	{.name = "choice", .type = OPTION_CHOICE, FIELD(choice), .choices = choices},
	{.name = NULL},
};

static struct fields fields, streams[MAX_STREAMS];
static size_t n_streams;

static void *open_stream(void *context, const char *name, const char **ret_why)
{
	(void)context;
	assert(*name != '\0');
	if (n_streams == MAX_STREAMS) {
		*ret_why = "there are too many";
		return NULL;
	}
	options_init(rows, &streams[n_streams]);
	return &streams[n_streams++];
}

static void check(const struct fields *read)
{
	assert(read->config == NULL);
	assert(read->text == NULL || *read->text != '\0');
	assert(read->list.n >= 1 && read->list.n <= OPTIONS_MAX_ITEMS);
	assert(read->number >= -5 && read->number <= 1024);
	assert(read->bytes >= 0 && read->bytes <= 1 << 30);
	assert(read->time_s >= 0 && read->time_s <= 86400);
	assert(read->choice >= 0 && read->choice < 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct option_section sections[] = {
		{.name = "relay", .rows = rows, .fields = &fields},
		{.name = "stream", .rows = rows, .open = open_stream},
	};
	static const char *const others[] = {"chat", NULL};
	char error[256] = "";
	FILE *in;
	int result;

	if (size == 0)
		return 0;
	in = fmemopen((void *)(uintptr_t)data, size, "r");
	assert(in != NULL);
	options_init(rows, &fields);
	result = options_file_read(in, "f.ini", sections, 2, others, error, sizeof(error));
	fclose(in);
	assert(result == 0 || result == -EINVAL);
	assert((result == 0) == (error[0] == '\0'));
	assert(result == 0 || strncmp(error, "f.ini:", 6) == 0);
	if (result == 0)
		check(&fields);
	options_finish(rows, &fields);
	while (n_streams > 0) {
		if (result == 0)
			check(&streams[n_streams - 1]);
		options_finish(rows, &streams[--n_streams]);
	}
	return 0;
}
