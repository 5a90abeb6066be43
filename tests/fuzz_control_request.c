/* SPDX-License-Identifier: MIT */
/* An input is a line that came by a control socket: it is a request that fits its row, or a
 * sentence says why not. */
#include "common/control_request.h"

#include "tests/fuzz.h"

static void handle(struct control_call *call, const json_t *request)
{
	(void)call;
	(void)request;
}

static const struct control_parameter parameters[] = {
	{"nick", JSON_STRING, true},
	{"id", JSON_INTEGER, false},
	{0},
};
static const struct control_row rows[] = {
	{"stat", handle, NULL},
	{"kick", handle, parameters},
	{0},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = fuzz_copy((const char *)data, size), error[CONTROL_ERROR_SIZE] = "";
	json_t *request = NULL;
	const struct control_row *row = control_request_parse(rows, line, size, &request, error);

	free(line);
	if (row == NULL) {
		size_t len = strlen(error);

		assert(request == NULL && len > 0 && error[len - 1] == '.');
		return 0;
	}
	assert(strcmp(json_string_value(json_object_get(request, "request")), row->name) == 0);
	if (row == &rows[1]) {
		const json_t *nick = json_object_get(request, "nick");

		assert(json_is_string(nick));
		assert(strlen(json_string_value(nick)) == json_string_length(nick));
	}
	json_decref(request);
	return 0;
}
