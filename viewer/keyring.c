/* SPDX-License-Identifier: MIT */
#include "viewer/keyring.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "blake2b:"
#define HEX "0123456789abcdef"

const char *const keyring_kinds[] = {[KEYRING_KEY] = "key", [KEYRING_TOKEN] = "token", NULL};

/* What a stream's last key or token leaves behind, by enum keyring_kind. */
static const struct {
	const char *name, *value;
} closed[] = {
	[KEYRING_KEY] = {"publish", "key"},
	[KEYRING_TOKEN] = {"watch", "token"},
};

/* ---- lines, as options_file() reads them ---- */

struct line {
	size_t start, end;    /* in the text; `end` is behind the line's LF */
	bool is_section;      /* value is what stands between the brackets */
	struct slice name;    /* empty: a line of another kind */
	struct slice value;   /* without the comment */
	struct slice comment; /* without its semicolon */
};

static struct slice from_to(const char *start, const char *end)
{
	return slice_trim((struct slice){start, (size_t)(end - start)});
}

/* Where the comment behind a value begins, at its semicolon; else the end. */
static const char *find_comment(const char *at, const char *end)
{
	for (const char *before = NULL; at < end; before = at++) {
		if (*at == ';' && before != NULL && (*before == ' ' || *before == '\t'))
			return at;
	}
	return end;
}

static void read_setting(struct line *line, const char *at, const char *end)
{
	const char *sign = at;

	while (sign < end && *sign != '=' && *sign != ':')
		sign++;
	if (sign == end)
		return;
	const char *comment = find_comment(sign, end);

	line->name = from_to(at, sign);
	line->value = from_to(sign + 1, comment);
	if (comment < end)
		line->comment = from_to(comment + 1, end);
}

/* The line that begins at `start`; false at the text's end. */
static bool read_line(const char *text, size_t start, struct line *ret_line)
{
	size_t len = strcspn(text + start, "\n");
	const char *at = text + start, *end = at + len;
	struct line line = {.start = start, .end = start + len + (*end == '\n')};

	if (*at == '\0')
		return false;
	if (end > at && end[-1] == '\r')
		end--;
	if (start == 0 && strncmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (at < end && *at == '[') {
		const char *bracket = memchr(at, ']', (size_t)(end - at));

		line.is_section = bracket != NULL;
		if (bracket != NULL)
			line.value = from_to(at + 1, bracket);
	} else if (at < end && *at != ';' && *at != '#') {
		read_setting(&line, at, end);
	}
	*ret_line = line;
	return true;
}

/* ---- entries ---- */

/* "stream cam": cam; NULL for sections without a name. */
static struct slice section_name(struct slice section)
{
	static const char word[] = "stream";
	size_t len = sizeof(word) - 1;

	if (section.len <= len || strncmp(section.data, word, len) != 0 ||
	    (section.data[len] != ' ' && section.data[len] != '\t'))
		return (struct slice){0};
	return slice_trim((struct slice){section.data + len, section.len - len});
}

/* Whether the section is one that has keys. */
static bool section_counts(struct slice section)
{
	return slice_equal(section, "relay") || section_name(section).data != NULL;
}

static bool is_hash(struct slice text)
{
	size_t prefix = strlen(PREFIX);

	return text.len > prefix && memcmp(text.data, PREFIX, prefix) == 0;
}

static bool entry_of_line(const struct line *line, struct keyring_entry *ret_entry)
{
	for (int kind = 0; keyring_kinds[kind] != NULL; kind++) {
		if (!slice_equal(line->name, keyring_kinds[kind]) || !is_hash(line->value))
			continue;
		*ret_entry = (struct keyring_entry){
			.kind = (enum keyring_kind)kind,
			.hash = line->value,
			.note = line->comment,
			.start = line->start,
		};
		return true;
	}
	return false;
}

bool keyring_next(struct keyring *keyring, struct keyring_entry *ret_entry)
{
	struct line line;

	while (read_line(keyring->text, keyring->at, &line)) {
		keyring->at = line.end;
		keyring->line++;
		if (line.is_section) {
			keyring->section = line.value;
			keyring->stream = section_name(line.value);
		}
		if (!section_counts(keyring->section) || !entry_of_line(&line, ret_entry))
			continue;
		ret_entry->stream = keyring->stream;
		ret_entry->line = keyring->line;
		return true;
	}
	return false;
}

static const char *without_prefix(const char *id)
{
	return strncmp(id, PREFIX, strlen(PREFIX)) == 0 ? id + strlen(PREFIX) : id;
}

bool keyring_id_valid(const char *id)
{
	const char *digits = without_prefix(id);

	return strlen(digits) >= KEYRING_ID_MIN && digits[strspn(digits, HEX)] == '\0';
}

bool keyring_matches(const struct keyring_entry *entry, const char *id)
{
	const char *digits = without_prefix(id);
	size_t prefix = strlen(PREFIX), len = strlen(digits);

	return entry->hash.len >= prefix + len &&
	       memcmp(entry->hash.data + prefix, digits, len) == 0;
}

void keyring_id(struct slice hash, char ret_id[KEYRING_ID_LEN + 1])
{
	int len = hash.len < strlen(PREFIX) + KEYRING_ID_LEN ? 0 : KEYRING_ID_LEN;

	snprintf(ret_id, KEYRING_ID_LEN + 1, "%.*s", len, hash.data + strlen(PREFIX));
}

bool keyring_note_valid(const char *note)
{
	for (const char *at = note; *at != '\0'; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return false;
	}
	return strlen(note) <= KEYRING_NOTE_MAX;
}

/* ---- editing ---- */

/* The text with what stands from `start` to `end` replaced. */
static char *splice(const char *text, size_t start, size_t end, const char *insert)
{
	size_t len = strlen(text), more = strlen(insert);
	char *result = malloc(len - (end - start) + more + 1);

	if (result == NULL)
		return NULL;
	memcpy(result, text, start);
	memcpy(result + start, insert, more);
	memcpy(result + start + more, text + end, len - end + 1);
	return result;
}

/* Where a line for that section goes: behind the last of its kind, else behind the section's
 * own. */
static bool find_place(const char *text, const char *stream, enum keyring_kind kind, size_t *ret_at)
{
	struct line line;
	struct keyring_entry entry;
	bool inside = false, found = false;

	for (size_t at = 0; read_line(text, at, &line); at = line.end) {
		if (line.is_section) {
			inside = stream == NULL ? slice_equal(line.value, "relay")
						: slice_equal(section_name(line.value), stream);
			found |= inside;
		}
		if (inside &&
		    (line.is_section || (entry_of_line(&line, &entry) && entry.kind == kind)))
			*ret_at = line.end;
	}
	return found;
}

char *keyring_add(const char *text, const char *stream, enum keyring_kind kind, const char *hash,
		  const char *note)
{
	char lines[512];
	size_t at = strlen(text);
	bool has_section = find_place(text, stream, kind, &at);
	/* The line before may be the last one, without an end. */
	const char *before = at > 0 && text[at - 1] != '\n' ? "\n" : "";
	int len = 0;

	if (!has_section)
		len = snprintf(lines, sizeof(lines), "%s%s[%s%s]\n", before, at > 0 ? "\n" : "",
			       stream != NULL ? "stream " : "relay", stream != NULL ? stream : "");
	len += snprintf(lines + len, sizeof(lines) - (size_t)len, "%s%s = %s%s%s\n",
			has_section ? before : "", keyring_kinds[kind], hash,
			*note != '\0' ? " ; " : "", note);
	assert(len < (int)sizeof(lines)); /* a name, a hash and a note have their limits */
	return splice(text, at, at, lines);
}

/* The section around a place, and what in it matters to keyring_remove(). */
struct surroundings {
	bool is_stream;
	unsigned n_entries; /* of the kind */
	struct line
		policy; /* "publish = …" or "watch = …"; its name is empty where there is none */
};

static struct surroundings look_around(const char *text, size_t start, enum keyring_kind kind)
{
	struct surroundings around = {0};
	struct keyring_entry entry;
	struct line line;

	for (size_t at = 0; read_line(text, at, &line); at = line.end) {
		if (line.is_section && line.start > start)
			break;
		if (line.is_section)
			around = (struct surroundings){.is_stream = section_name(line.value).data !=
								    NULL};
		around.n_entries += entry_of_line(&line, &entry) && entry.kind == kind;
		if (slice_equal(line.name, closed[kind].name))
			around.policy = line;
	}
	return around;
}

char *keyring_remove(const char *text, size_t start)
{
	struct keyring_entry entry = {0};
	struct surroundings around;
	struct line line;
	char policy[64] = "", *without, *result;
	bool replaces;

	if (!read_line(text, start, &line) || !entry_of_line(&line, &entry))
		return strdup(text);
	around = look_around(text, start, entry.kind);
	replaces = around.is_stream && around.n_entries == 1 &&
		   (around.policy.name.len == 0 || slice_equal(around.policy.value, "as-relay"));
	if (replaces)
		snprintf(policy, sizeof(policy), "%s = %s\n", closed[entry.kind].name,
			 closed[entry.kind].value);
	if (!replaces || around.policy.name.len == 0)
		return splice(text, line.start, line.end, policy);
	/* The later of the two first, so that the earlier stays where it is. */
	bool policy_first = around.policy.start < line.start;
	without = policy_first ? splice(text, line.start, line.end, "")
			       : splice(text, around.policy.start, around.policy.end, policy);
	if (without == NULL)
		return NULL;
	result = policy_first ? splice(without, around.policy.start, around.policy.end, policy)
			      : splice(without, line.start, line.end, "");
	free(without);
	return result;
}
