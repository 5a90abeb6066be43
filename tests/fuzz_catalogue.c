/* SPDX-License-Identifier: MIT */
/* A control record's payload about streams on demand: what is read as an entry, encodes and reads
 * the same. */
#include "common/catalogue.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice payload = {(const char *)data, size}, session, why;
	char open[CATALOGUE_OPEN_SIZE], name[CATALOGUE_SESSION_SIZE];
	bool ladder, ladder_again;
	struct catalogue_entry entry, again;
	char text[WIRE_MAX_CONTROL];

	if (size > WIRE_MAX_CONTROL)
		return 0;
	if (catalogue_parse_session(payload, &session, &why) == 0)
		assert(session.len < CATALOGUE_SESSION_SIZE && session.len + why.len <= size);
	if (catalogue_parse_open(payload, &session, &ladder) == 0) {
		assert(slice_copy(session, name, sizeof(name)) == 0);
		struct slice encoded = {open, catalogue_encode_open(name, ladder, open)};
		assert(catalogue_parse_open(encoded, &session, &ladder_again) == 0);
		assert(slice_equal(session, name) && ladder == ladder_again);
	}
	int error = catalogue_parse(payload, &entry);
	assert(error == 0 || error == -EBADMSG);
	if (error != 0)
		return 0;
	int len = catalogue_encode(&entry, text);
	assert(len > 0);
	error = catalogue_parse((struct slice){text, (size_t)len}, &again);
	assert(error == 0 && strcmp(entry.slug, again.slug) == 0);
	assert(entry.gone == again.gone);
	assert(entry.gone || strcmp(entry.title, again.title) == 0);
	return 0;
}
