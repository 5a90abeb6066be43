/* SPDX-License-Identifier: MIT */
/* An input is a line of IRC; what was understood, written out, means the same. */
#include "common/message.h"

#include <errno.h>

#include "chat/mask.h"
#include "chat/mode.h"
#include "common/utf8.h"
#include "tests/fuzz.h"

static void write_again(const struct message *message, const char *client_tags)
{
	static char to[MESSAGE_MAX_TAGS + MESSAGE_MAX_LINE + 1];
	struct message_writer writer;
	struct message again;

	message_writer_init(&writer, to, sizeof(to));
	message_write_command(&writer, *message->source != '\0' ? message->source : NULL,
			      message->command);
	for (size_t i = 0; i < message->n_parameters; i++) {
		if (i + 1 == message->n_parameters)
			message_write_text(&writer, message->parameters[i]);
		else
			message_write_word(&writer, message->parameters[i]);
	}
	size_t len = message_write_end(&writer) - 2;
	assert(!writer.cut);
	/* Blanks before the command and a colon may be new, so it may be too long by those. */
	int error = message_parse(to, len, &again);
	assert(error == 0 || error == -E2BIG);
	if (error < 0)
		return;
	assert(strcmp(message->source, again.source) == 0);
	assert(strcmp(message->command, again.command) == 0);
	assert(message->n_parameters == again.n_parameters);
	for (size_t i = 0; i < message->n_parameters; i++)
		assert(strcmp(message->parameters[i], again.parameters[i]) == 0);
	assert(utf8_valid(slice_from(client_tags)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char client_tags[MESSAGE_MAX_CLIENT_TAGS], value[MESSAGE_MAX_LABEL + 1], mask[MASK_MAX];
	struct mode_change changes[MODE_MAX_CHANGES];
	struct message message;
	char *line = malloc(size + 1);

	assert(line);
	if (size > 0)
		memcpy(line, data, size);
	int error = message_parse(line, size, &message);
	if (error == 0) {
		assert(*message.command != '\0');
		assert(message.n_parameters <= MESSAGE_MAX_PARAMETERS);
		size_t len = message_client_tags(&message, client_tags);
		assert(strlen(client_tags) == len);
		if (message_tag(&message, "label", value, sizeof(value)))
			assert(strlen(value) <= MESSAGE_MAX_LABEL);
		if (message.n_parameters > 0) {
			assert(mode_parse(mode_of_rooms, message.parameters, message.n_parameters,
					  changes) <= MODE_MAX_CHANGES);
			if (mask_complete(message.parameters[0], mask) == 0)
				mask_match(mask, message.parameters[message.n_parameters - 1]);
		}
		write_again(&message, client_tags);
	} else {
		assert(error == -ENODATA || error == -E2BIG || error == -EILSEQ ||
		       error == -EINVAL);
		assert(strlen(message.command) <= size);
	}
	free(line);
	return 0;
}
