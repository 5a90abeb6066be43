/* SPDX-License-Identifier: MIT */
#include "tests/e2e_vectors.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define VECTORS "tests/e2e_vectors.txt"
#define MANUAL "chat/spillway-e2e.7"

bool e2e_vectors_next(FILE **file, struct e2e_vector *ret_vector)
{
	char *line = ret_vector->line;

	if (*file == NULL)
		*file = fopen(VECTORS, "re");
	assert_non_null(*file);
	while (fgets(line, E2E_VECTORS_LINE, *file) != NULL) {
		assert_non_null(strchr(line, '\n'));
		if (line[0] == '#')
			continue;
		/* Each value ends with a NUL. */
		for (char *at = line; (at = strpbrk(at, " \n")) != NULL;)
			*at++ = '\0';
		ret_vector->kind = line;
		return true;
	}
	fclose(*file);
	*file = NULL;
	return false;
}

const char *e2e_vector_text(const struct e2e_vector *vector, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = vector->line + strlen(vector->line) + 1; *at != '\0';
	     at += strlen(at) + 1) {
		if (strncmp(at, name, len) == 0 && at[len] == '=')
			return at + len + 1;
	}
	fail_msg("a %s without %s", vector->kind, name);
	return "";
}

uint64_t e2e_vector_number(const struct e2e_vector *vector, const char *name)
{
	return strtoull(e2e_vector_text(vector, name), NULL, 10);
}

size_t e2e_vector_bytes(const struct e2e_vector *vector, const char *name, void *to, size_t size)
{
	uint8_t *bytes = to;
	size_t len = 0;

	for (const char *at = e2e_vector_text(vector, name); *at != '\0'; at += *at == ',') {
		assert_true(len < size);
		assert_int_equal(sscanf(at, "%2" SCNx8, &bytes[len]), 1);
		len++;
		at += 2;
	}
	return len;
}

bool e2e_vectors_manual_has(const char *text)
{
	static char page[65536];
	FILE *file = fopen(MANUAL, "re");
	size_t len = 0;
	int c;

	assert_non_null(file);
	while ((c = fgetc(file)) != EOF && len < sizeof(page) - 1) {
		if (c != '\n' && c != ' ' && c != '\t')
			page[len++] = (char)c;
	}
	fclose(file);
	page[len] = '\0';
	return strstr(page, text) != NULL;
}
