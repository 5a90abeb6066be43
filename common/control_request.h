/* SPDX-License-Identifier: MIT */
/*
 * Requests to a control socket, before anything is done: a JSON object in a line, whose "request"
 * names a row of the program's table, and whose other members are of the types that the row says.
 * Members that the row doesn't know are ignored. Pure.
 */
#ifndef SPILLWAY_CONTROL_REQUEST_H
#define SPILLWAY_CONTROL_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	CONTROL_MAX_REQUEST = 4096, /* bytes of a line with its LF */
	CONTROL_ERROR_SIZE = 256,   /* a sentence with its NUL; names that don't fit are left out */
};

struct control_call;

struct control_parameter {
	const char *name;
	json_type type; /* JSON_STRING, whose text has no NUL, or JSON_INTEGER */
	bool required;
};

struct control_row {
	const char *name;
	/* Ends with control_answer(), at once or later; see control_socket.h. */
	void (*handle)(struct control_call *call, const json_t *request);
	const struct control_parameter *parameters; /* end with one without a name; NULL: none */
};

/* rows end with one without a name. Returns a reference to the request in *ret_request, and its
 * row; or NULL, and a sentence that says what is wrong. */
const struct control_row *control_request_parse(const struct control_row *rows, const char *line,
						size_t len, json_t **ret_request,
						char ret_error[CONTROL_ERROR_SIZE]);

/* {"ok": false, "error": sentence}, and {"ok": true}: references, NULL without memory. */
json_t *control_failure(const char *sentence);
json_t *control_success(void);

#endif
