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

int status_send(const struct status_service *service, struct control_client *client)
{
	int error = 0;

	for (size_t i = 0; !error && service->questions[i].request; i++) {
		json_t *request = json_pack("{s:s}", "request", service->questions[i].request);

		error = request ? control_send(client, request) : -ENOMEM;
		json_decref(request);
	}
	return error;
}

static void status_explain(const struct status_service *service, int error,
			   char ret_sentence[STATUS_SENTENCE_SIZE])
{
	snprintf(ret_sentence, STATUS_SENTENCE_SIZE, "%s: %s", service->program, strerror(-error));
}

static int take_answer(const struct status_service *service, struct control_client *client,
		       int timeout_ms, json_t *status, unsigned *n_taken,
		       char ret_sentence[STATUS_SENTENCE_SIZE])
{
	const struct status_question *question = &service->questions[*n_taken];
	json_t *reply;
	int error = control_receive(client, timeout_ms, &reply);

	if (error < 0) {
		status_explain(service, error, ret_sentence);
		return error;
	}
	error = status_take(status, question->request, question->member, reply, ret_sentence);
	++*n_taken;
	return error < 0 ? error : question[1].request == NULL;
}

int status_take_next(const struct status_service *service, struct control_client *client,
		     json_t *status, unsigned *n_taken, char ret_sentence[STATUS_SENTENCE_SIZE])
{
	int result = take_answer(service, client, 0, status, n_taken, ret_sentence);

	return result == -ETIMEDOUT ? -EAGAIN : result;
}

int status_ask(const struct status_service *service, struct control_client *client,
	       json_t **ret_status, char ret_sentence[STATUS_SENTENCE_SIZE])
{
	json_t *status = json_object();
	unsigned n_taken = 0;
	int result = status ? status_send(service, client) : -ENOMEM;

	if (result < 0)
		status_explain(service, result, ret_sentence);
	while (result == 0)
		result = take_answer(service, client, CONTROL_TIMEOUT_MS, status, &n_taken,
				     ret_sentence);
	if (result < 0) {
		json_decref(status);
		return result;
	}
	*ret_status = status;
	return 0;
}

/* What a person can do about it. */
static void status_advise(const struct status_service *service, const char *path, int error,
			  char ret_sentence[STATUS_SENTENCE_SIZE])
{
	bool absent = error == -ENOENT || error == -ECONNREFUSED;
	bool closed = error == -EACCES || error == -EPERM;

	snprintf(ret_sentence, STATUS_SENTENCE_SIZE, "%s: %s%s%s%s",
		 path[0] != '\0' ? path : service->socket, strerror(-error),
		 absent	  ? " (is "
		 : closed ? " (the socket is for the user of "
			  : "",
		 absent || closed ? service->program : "",
		 absent	  ? " running?)"
		 : closed ? " and the group spillway)"
			  : "");
}

int status_connect(const struct status_service *service, const char *path,
		   struct control_client *client, char ret_sentence[STATUS_SENTENCE_SIZE])
{
	char place[CONTROL_PATH_SIZE];
	int fd = control_connect(path, service->socket, place);

	if (fd < 0) {
		status_advise(service, place, fd, ret_sentence);
		return fd;
	}
	control_client_init(client, fd);
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
