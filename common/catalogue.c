/* SPDX-License-Identifier: MIT */
#include "common/catalogue.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/sentence.h"

/* One level of a name behind another one, with a session or without. */
static bool is_level(struct slice level, bool with_session)
{
	char name[NAME_MAX_BYTES + 1];
	int len = snprintf(name, sizeof(name), "v/%.*s", (int)level.len, level.data);

	return level.len > 0 && level.len < CATALOGUE_SESSION_SIZE &&
	       (size_t)len == level.len + 2 && memchr(level.data, '/', level.len) == NULL &&
	       name_valid(slice_from(name)) &&
	       (name_session(slice_from(name)).len > 0) == with_session;
}

/* ---- entries ---- */

static int add(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

static json_t *entry_json(const struct catalogue_entry *entry)
{
	json_t *object = json_pack("{ss}", "slug", entry->slug);
	int failed = object == NULL;

	if (entry->gone) {
		failed |= add(object, "gone", json_true());
	} else {
		failed |= add(object, "title", json_string(entry->title));
		if (entry->error[0] != '\0')
			failed |= add(object, "error", json_string(entry->error));
		if (entry->duration_s > 0)
			failed |= add(object, "duration_s", json_real(entry->duration_s));
		if (entry->width > 0 && entry->height > 0) {
			failed |= add(object, "width", json_integer(entry->width));
			failed |= add(object, "height", json_integer(entry->height));
		}
	}
	if (failed == 0)
		return object;
	json_decref(object);
	return NULL;
}

int catalogue_encode(const struct catalogue_entry *entry, char to[WIRE_MAX_CONTROL])
{
	json_t *object = entry_json(entry);
	size_t len = 0;

	if (object == NULL)
		return -ENOMEM;
	len = json_dumpb(object, to, WIRE_MAX_CONTROL, JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(object);
	if (len == 0)
		return -ENOMEM;
	return len > WIRE_MAX_CONTROL ? -EMSGSIZE : (int)len;
}

/* What isn't given is "". False when it is no text. */
static bool get_text(const json_t *object, const char *key, char *to, size_t size)
{
	const json_t *value = json_object_get(object, key);

	*to = '\0';
	if (value != NULL && !json_is_string(value))
		return false;
	if (value != NULL)
		sentence_clean((struct slice){json_string_value(value), json_string_length(value)},
			       to, size);
	return true;
}

/* What isn't given is 0. */
static bool get_number(const json_t *object, const char *key, double max, double *ret_number)
{
	const json_t *value = json_object_get(object, key);

	*ret_number = json_number_value(value);
	return value == NULL || (json_is_number(value) && *ret_number >= 0 && *ret_number <= max);
}

static int read_entry(const json_t *object, struct catalogue_entry *entry)
{
	const char *slug = json_string_value(json_object_get(object, "slug"));
	double width, height;

	if (slug == NULL || !is_level(slice_from(slug), false))
		return -EBADMSG;
	(void)slice_copy(slice_from(slug), entry->slug, sizeof(entry->slug));
	if (!get_text(object, "title", entry->title, sizeof(entry->title)) ||
	    !get_text(object, "error", entry->error, sizeof(entry->error)) ||
	    !get_number(object, "duration_s", 1e9, &entry->duration_s) ||
	    !get_number(object, "width", UINT16_MAX, &width) ||
	    !get_number(object, "height", UINT16_MAX, &height))
		return -EBADMSG;
	if (entry->title[0] == '\0')
		(void)slice_copy(slice_from(slug), entry->title, sizeof(entry->title));
	entry->width = (uint16_t)width;
	entry->height = (uint16_t)height;
	entry->gone = json_is_true(json_object_get(object, "gone"));
	return 0;
}

int catalogue_parse(struct slice payload, struct catalogue_entry *ret_entry)
{
	struct catalogue_entry entry = {0};
	json_t *object = json_loadb(payload.data, payload.len, JSON_REJECT_DUPLICATES, NULL);
	int error = read_entry(object, &entry);

	json_decref(object);
	if (error == 0)
		*ret_entry = entry;
	return error;
}

/* ---- sessions ---- */

static const char ladder_word[] = "ladder";

int catalogue_parse_session(struct slice payload, struct slice *ret_session, struct slice *ret_why)
{
	struct slice rest = payload, session;

	if (!slice_split(&rest, ' ', &session) || !is_level(session, true))
		return -EBADMSG;
	*ret_session = session;
	*ret_why = rest;
	return 0;
}

size_t catalogue_encode_open(const char *session, bool ladder, char to[CATALOGUE_OPEN_SIZE])
{
	return (size_t)snprintf(to, CATALOGUE_OPEN_SIZE, "%.*s%s%s", CATALOGUE_SESSION_SIZE - 1,
				session, ladder ? " " : "", ladder ? ladder_word : "");
}

int catalogue_parse_open(struct slice payload, struct slice *ret_session, bool *ret_ladder)
{
	struct slice words, word;
	int error = catalogue_parse_session(payload, ret_session, &words);

	*ret_ladder = false;
	while (error == 0 && slice_split(&words, ' ', &word))
		*ret_ladder |= slice_equal(word, ladder_word);
	return error;
}
