/* SPDX-License-Identifier: MIT */
#include "viewer/status.h"

#include <errno.h>
#include <string.h>

#include "common/sentence.h"
#include "viewer/human.h"
#include "viewer/status_impl.h"

/* ---- asking ---- */

/* Takes over reply. */
static int status_take(json_t *status, const char *request, const char *member, json_t *reply,
		       char ret_sentence[STATUS_SENTENCE_SIZE])
{
	const char *why = json_string_value(json_object_get(reply, "error"));
	int error = 0;

	if (!json_is_true(json_object_get(reply, "ok"))) {
		sentence_clean(slice_from(why ? why : "it refuses, and doesn't say why"),
			       ret_sentence, STATUS_SENTENCE_SIZE);
		error = -EREMOTEIO;
	} else if (member) {
		json_object_set(status, request, json_object_get(reply, member));
	} else {
		json_object_del(reply, "ok");
		json_object_set(status, request, reply);
	}
	json_decref(reply);
	return error;
}

static int status_question(struct control_client *client, const char *name, json_t **ret_reply)
{
	json_t *request = json_pack("{s:s}", "request", name);
	int error = request ? control_send(client, request) : -ENOMEM;

	json_decref(request);
	return error ? error : control_receive(client, CONTROL_TIMEOUT_MS, ret_reply);
}

int status_ask(const struct status_service *service, struct control_client *client,
	       json_t **ret_status, char ret_sentence[STATUS_SENTENCE_SIZE])
{
	json_t *status = json_object(), *reply;
	int error = status ? 0 : -ENOMEM;

	for (const struct status_question *question = service->questions;
	     !error && question->request; question++) {
		error = status_question(client, question->request, &reply);
		if (error)
			snprintf(ret_sentence, STATUS_SENTENCE_SIZE, "%s: %s", service->program,
				 strerror(-error));
		else
			error = status_take(status, question->request, question->member, reply,
					    ret_sentence);
	}
	if (error) {
		json_decref(status);
		return error;
	}
	*ret_status = status;
	return 0;
}

/* ---- writing ---- */

void status_kilobytes(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	const json_t *value = json_object_get(row, key);

	if (json_is_number(value) && json_number_value(value) >= 0)
		human_bytes((uint64_t)(json_number_value(value) * 1024), to);
}

void status_print_parts(FILE *out, const struct status_part *parts, const json_t *row)
{
	char text[TABLE_CELL_SIZE];

	for (; parts->key; parts++) {
		text[0] = '\0';
		parts->text(row, parts->key, text);
		fprintf(out, "%s%s%s", parts->before, text[0] != '\0' ? text : "-", parts->after);
	}
}

void status_print_list(FILE *out, const struct table_column *columns, const json_t *rows)
{
	if (json_array_size(rows) == 0)
		return;
	fputc('\n', out);
	table_print(out, columns, rows);
}
