/* SPDX-License-Identifier: MIT */
#include "common/message.h"

#include <errno.h>
#include <string.h>

#include "common/utf8.h"

/* ---- reading ---- */

/* Ends a word at the next blank and goes past all blanks. Returns the word. */
static char *take_word(char **at)
{
	char *word = *at, *end = word + strcspn(word, " ");

	*at = end + strspn(end, " ");
	*end = '\0';
	return word;
}

static void take_parameters(char *at, struct message *message)
{
	while (*at != '\0') {
		char **parameter = &message->parameters[message->n_parameters++];

		if (*at == ':') {
			*parameter = at + 1;
			return;
		}
		/* The last one has no need of a colon (RFC 2812 section 2.3.1). */
		if (message->n_parameters == MESSAGE_MAX_PARAMETERS) {
			*parameter = at;
			return;
		}
		*parameter = take_word(&at);
	}
}

static bool is_command(const char *text)
{
	size_t letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	size_t digits = strspn(text, "0123456789");

	return *text != '\0' && (text[letters] == '\0' || text[digits] == '\0');
}

static void make_capitals(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= 'a' && *text <= 'z')
			*text = (char)(*text - 'a' + 'A');
	}
}

int message_parse(char *line, size_t len, struct message *ret_message)
{
	char *at = line + strspn(line, " "), *end = line + len, *rest;
	bool valid = utf8_valid((struct slice){line, len}), fits;

	*ret_message = (struct message){.tags = end, .source = end, .command = end};
	line[len] = '\0';
	if (at == end)
		return -ENODATA;
	if (strcspn(line, "\r\n") != len)
		return -EINVAL;
	if (*at == '@') {
		ret_message->tags = at + 1;
		take_word(&at);
	}
	fits = (size_t)(at - line) <= MESSAGE_MAX_TAGS;
	rest = at;
	if (*at == ':') {
		ret_message->source = at + 1;
		take_word(&at);
	}
	/* Behind the tags; its CR LF counts, too. */
	fits = fits && (size_t)(end - rest) <= MESSAGE_MAX_LINE - 2;
	ret_message->command = take_word(&at);
	make_capitals(ret_message->command);
	if (*ret_message->command == '\0')
		return -EINVAL;
	if (!is_command(ret_message->command)) {
		ret_message->command = end;
		return valid ? -EINVAL : -EILSEQ;
	}
	if (!fits)
		return -E2BIG;
	if (!valid)
		return -EILSEQ;
	take_parameters(at, ret_message);
	return 0;
}

/* ---- tags ---- */

static void unescape(struct slice value, char *to, size_t size)
{
	static const char codes[] = ":s\\rn", characters[] = "; \\\r\n";
	size_t len = 0;

	for (size_t i = 0; i < value.len && len + 1 < size; i++) {
		char c = value.data[i];

		if (c == '\\') {
			if (++i == value.len)
				break;
			const char *code = memchr(codes, value.data[i], sizeof(codes) - 1);
			c = value.data[i];
			if (code != NULL)
				c = characters[code - codes];
		}
		to[len++] = c;
	}
	to[len] = '\0';
}

/* Takes the next tag off rest; false at the end. */
static bool next_tag(struct slice *rest, struct slice *ret_tag, struct slice *ret_name,
		     struct slice *ret_value)
{
	do {
		if (!slice_split(rest, ';', ret_tag))
			return false;
	} while (ret_tag->len == 0);
	const char *equals = memchr(ret_tag->data, '=', ret_tag->len);
	size_t name_len = equals != NULL ? (size_t)(equals - ret_tag->data) : ret_tag->len;
	*ret_name = (struct slice){ret_tag->data, name_len};
	*ret_value = (struct slice){0};
	if (equals != NULL)
		*ret_value = (struct slice){equals + 1, ret_tag->len - name_len - 1};
	return true;
}

bool message_tag(const struct message *message, const char *name, char *ret_value, size_t size)
{
	struct slice rest = slice_from(message->tags), tag, tag_name, value;
	bool found = false;

	while (next_tag(&rest, &tag, &tag_name, &value)) {
		if (slice_equal(tag_name, name)) {
			unescape(value, ret_value, size);
			found = true;
		}
	}
	return found;
}

static bool is_client_tag(struct slice name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-./";

	if (name.len < 2 || name.data[0] != '+')
		return false;
	for (size_t i = 1; i < name.len; i++) {
		if (memchr(allowed, name.data[i], sizeof(allowed) - 1) == NULL)
			return false;
	}
	return true;
}

size_t message_client_tags(const struct message *message, char *to)
{
	struct slice rest = slice_from(message->tags), tag, name, value;
	size_t len = 0;

	while (next_tag(&rest, &tag, &name, &value)) {
		if (!is_client_tag(name) || len + 1 + tag.len >= MESSAGE_MAX_CLIENT_TAGS)
			continue;
		if (len > 0)
			to[len++] = ';';
		memcpy(to + len, tag.data, tag.len);
		len += tag.len;
	}
	to[len] = '\0';
	return len;
}

/* ---- writing ---- */

enum { END_SIZE = 2 }; /* CR LF */

void message_writer_init(struct message_writer *writer, char *to, size_t size)
{
	*writer = (struct message_writer){.to = to, .size = size};
}

static void append(struct message_writer *writer, struct slice text)
{
	size_t room = writer->size - END_SIZE - writer->len;
	size_t len = writer->cut ? 0 : utf8_fit(text, room);

	writer->cut = writer->cut || len < text.len;
	memcpy(writer->to + writer->len, text.data, len);
	writer->len += len;
}

static void append_text(struct message_writer *writer, const char *text)
{
	append(writer, slice_from(text));
}

static void append_escaped(struct message_writer *writer, const char *value)
{
	static const char characters[] = "; \\\r\n";
	static const char *const codes[] = {"\\:", "\\s", "\\\\", "\\r", "\\n"};

	while (*value != '\0') {
		size_t plain = strcspn(value, characters);

		append(writer, (struct slice){value, plain});
		value += plain;
		if (*value != '\0')
			append_text(writer, codes[strchr(characters, *value++) - characters]);
	}
}

void message_write_tag(struct message_writer *writer, const char *name, const char *value)
{
	append_text(writer, writer->len == 0 ? "@" : ";");
	append_text(writer, name);
	if (value != NULL && *value != '\0') {
		append_text(writer, "=");
		append_escaped(writer, value);
	}
}

void message_write_command(struct message_writer *writer, const char *source, const char *command)
{
	if (writer->len > 0)
		append_text(writer, " ");
	if (source != NULL) {
		append_text(writer, ":");
		append_text(writer, source);
		append_text(writer, " ");
	}
	append_text(writer, command);
}

void message_write_word(struct message_writer *writer, const char *word)
{
	bool is_word = *word != '\0' && *word != ':' && strchr(word, ' ') == NULL;

	append_text(writer, " ");
	append_text(writer, is_word ? word : "*");
}

void message_write_text(struct message_writer *writer, const char *text)
{
	append_text(writer, " :");
	append_text(writer, text);
}

void message_write_rest(struct message_writer *writer, const char *rest)
{
	append_text(writer, " ");
	append_text(writer, rest);
}

size_t message_write_end(struct message_writer *writer)
{
	memcpy(writer->to + writer->len, "\r\n", END_SIZE);
	writer->len += END_SIZE;
	return writer->len;
}
