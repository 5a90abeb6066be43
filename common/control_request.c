/* SPDX-License-Identifier: MIT */
#include "common/control_request.h"

#include <stdio.h>
#include <string.h>

json_t *control_failure(const char *sentence)
{
	return json_pack("{sb ss}", "ok", 0, "error", sentence);
}

json_t *control_success(void)
{
	return json_pack("{sb}", "ok", 1);
}

static void name_rows(const struct control_row *rows, char error[CONTROL_ERROR_SIZE])
{
	size_t len = (size_t)snprintf(error, CONTROL_ERROR_SIZE, "There is no such request;");

	for (const struct control_row *row = rows; row->name != NULL; row++) {
		const char *before = row == rows	   ? " there are "
				     : row[1].name != NULL ? ", "
							   : " and ";

		if (len + strlen(before) + strlen(row->name) + sizeof(".") > CONTROL_ERROR_SIZE)
			break;
		len += (size_t)snprintf(error + len, CONTROL_ERROR_SIZE - len, "%s%s", before,
					row->name);
	}
	snprintf(error + len, CONTROL_ERROR_SIZE - len, ".");
}

static const struct control_row *find_row(const struct control_row *rows, const json_t *request,
					  char error[CONTROL_ERROR_SIZE])
{
	const char *name = json_string_value(json_object_get(request, "request"));

	if (name == NULL) {
		snprintf(error, CONTROL_ERROR_SIZE,
			 "A request is a line of JSON with \"request\".");
		return NULL;
	}
	for (const struct control_row *row = rows; row->name != NULL; row++) {
		if (strcmp(name, row->name) == 0)
			return row;
	}
	name_rows(rows, error);
	return NULL;
}

static bool check_parameters(const struct control_row *row, const json_t *request,
			     char error[CONTROL_ERROR_SIZE])
{
	for (const struct control_parameter *parameter = row->parameters;
	     parameter != NULL && parameter->name != NULL; parameter++) {
		const json_t *value = json_object_get(request, parameter->name);

		if (value == NULL ? !parameter->required : json_typeof(value) == parameter->type)
			continue;
		snprintf(error, CONTROL_ERROR_SIZE, "The request %s %s \"%s\", which is %s.",
			 row->name, parameter->required ? "needs" : "may have", parameter->name,
			 parameter->type == JSON_STRING ? "a text" : "a whole number");
		return false;
	}
	return true;
}

const struct control_row *control_request_parse(const struct control_row *rows, const char *line,
						size_t len, json_t **ret_request,
						char ret_error[CONTROL_ERROR_SIZE])
{
	/* Without JSON_ALLOW_NUL texts have none. */
	json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	const struct control_row *row = find_row(rows, request, ret_error);

	if (row != NULL && check_parameters(row, request, ret_error)) {
		*ret_request = request;
		return row;
	}
	json_decref(request);
	return NULL;
}
