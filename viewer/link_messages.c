/* SPDX-License-Identifier: MIT */
/* Messages that keep a connection going: registering, PING, nicks, answers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/casemap.h"
#include "common/sentence.h"
#include "viewer/link_impl.h"

/* What we ask for, where it is offered: first enum link_cap's. */
static const char *const cap_names[] = {
	"batch",
	"draft/chathistory",
	"draft/read-marker",
	"labeled-response",
	"sasl",
	"draft/metadata-3",
	"account-tag",
	"echo-message",
	"message-tags",
	"draft/multiline",
	"multi-prefix",
	"server-time",
	"standard-replies",
	"draft/message-redaction",
};

enum { N_CAPS = sizeof(cap_names) / sizeof(*cap_names) };

static const char *parameter(const struct message *message, size_t i)
{
	return i < message->n_parameters ? message->parameters[i] : "";
}

static const char *last_parameter(const struct message *message)
{
	return message->n_parameters > 0 ? message->parameters[message->n_parameters - 1] : "";
}

/* ---- answers ---- */

bool link_has_labels(const struct link *link)
{
	return (link->caps & LINK_CAP_LABELS) != 0 && (link->caps & LINK_CAP_BATCH) != 0;
}

static void answer(struct link *link, uint32_t label)
{
	for (size_t i = 0; i < link->n_unanswered; i++) {
		if (link->unanswered[i] == label) {
			link->unanswered[i] = link->unanswered[--link->n_unanswered];
			link->handler->answered(link, label);
			return;
		}
	}
}

static struct link_batch *find_batch(struct link *link, const char *ref)
{
	for (size_t i = 0; i < LINK_MAX_BATCHES; i++) {
		if (strcmp(link->batches[i].ref, ref) == 0)
			return &link->batches[i];
	}
	return NULL;
}

/* The label of an answer that is complete with this message; 0: none. */
static uint32_t label_of(struct link *link, const struct message *message)
{
	const char *ref = parameter(message, 0);
	char text[MESSAGE_MAX_LABEL + 1];
	struct link_batch *batch;
	uint32_t label = 0;

	if (message_tag(message, "label", text, sizeof(text)))
		label = (uint32_t)strtoul(text, NULL, 10);
	if (strcmp(message->command, "BATCH") != 0 || *ref == '\0')
		return label;
	if (*ref == '+' && label != 0) {
		batch = find_batch(link, "");
		if (batch == NULL || strlen(ref + 1) >= sizeof(batch->ref))
			return label;
		strcpy(batch->ref, ref + 1);
		batch->label = label;
		return 0;
	}
	batch = *ref == '-' && ref[1] != '\0' ? find_batch(link, ref + 1) : NULL;
	if (batch != NULL) {
		label = batch->label;
		batch->ref[0] = '\0';
	}
	return label;
}

/* Which line a message answers. Without labels that is the oldest without an answer. */
static uint32_t answers(struct link *link, const struct message *message)
{
	char text[LINK_REF_SIZE];
	const struct link_batch *batch;
	uint32_t oldest = 0;

	if (message_tag(message, "label", text, sizeof(text)))
		return (uint32_t)strtoul(text, NULL, 10);
	if (message_tag(message, "batch", text, sizeof(text)) && *text != '\0') {
		batch = find_batch(link, text);
		return batch != NULL ? batch->label : 0;
	}
	for (size_t i = 0; i < link->n_unanswered && !link_has_labels(link); i++) {
		if (oldest == 0 || link->unanswered[i] < oldest)
			oldest = link->unanswered[i];
	}
	return oldest;
}

/* ---- what keeps it going ---- */

void link_register(struct link *link)
{
	link->offered = link->caps = 0;
	link->max_bytes = link->max_lines = 0;
	link->farewell[0] = link->mechanisms[0] = '\0';
	link->asks_nick = link->watches_nick = link->logs_in = false;
	memset(link->batches, 0, sizeof(link->batches));
	snprintf(link->nick, sizeof(link->nick), "%s", link->wanted);
	link_print(link, "CAP LS 302\r\nNICK %s\r\nUSER %s 0 * :%s\r\n", link->nick, link->nick,
		   link->nick);
}

static void take_ping(struct link *link, const struct message *message)
{
	link_print(link, "PONG :%s\r\n", last_parameter(message));
}

static void take_pong(struct link *link, const struct message *message)
{
	answer(link, (uint32_t)strtoul(last_parameter(message), NULL, 10));
}

/* "max-bytes=N,max-lines=N", in any order. Who says no number of bytes offers nothing. */
static void note_several(struct link *link, struct slice value)
{
	size_t bytes = 0, lines = LINK_MAX_LINES;
	unsigned long long number;
	struct slice token, key;

	while (slice_split(&value, ',', &token)) {
		slice_split(&token, '=', &key);
		if (token.data == NULL || slice_number(token, LINK_OUTPUT_SIZE, &number) < 0)
			continue;
		if (slice_equal(key, "max-bytes"))
			bytes = (size_t)number;
		else if (slice_equal(key, "max-lines"))
			lines = (size_t)number;
	}
	link->max_bytes = bytes;
	link->max_lines = bytes > 0 ? lines : 0;
}

static void note_offers(struct link *link, struct slice list)
{
	struct slice name, key;

	while (slice_split(&list, ' ', &name)) {
		slice_split(&name, '=', &key);
		for (size_t i = 0; i < N_CAPS; i++) {
			if (slice_equal(key, cap_names[i]))
				link->offered |= 1u << i;
		}
		if (slice_equal(key, "sasl"))
			slice_copy(name, link->mechanisms, sizeof(link->mechanisms));
		if (slice_equal(key, "draft/multiline"))
			note_several(link, name);
	}
}

static void end_caps(struct link *link)
{
	if (link->options->account != NULL)
		link_login(link, link->options->account, link->options->password);
	else
		link_print(link, "CAP END\r\n");
}

static void request_caps(struct link *link)
{
	char names[512] = "";
	size_t len = 0;

	for (size_t i = 0; i < N_CAPS; i++) {
		if ((link->offered & 1u << i) != 0)
			len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s",
						len > 0 ? " " : "", cap_names[i]);
	}
	if (len > 0)
		link_print(link, "CAP REQ :%s\r\n", names);
	else
		end_caps(link);
}

static void take_cap(struct link *link, const struct message *message)
{
	const char *what = parameter(message, 1);

	if (link->state != LINK_REGISTERING)
		return;
	if (strcmp(what, "LS") == 0) {
		note_offers(link, slice_from(last_parameter(message)));
		if (strcmp(parameter(message, 2), "*") != 0 || message->n_parameters < 4)
			request_caps(link);
	} else if (strcmp(what, "ACK") == 0 || strcmp(what, "NAK") == 0) {
		link->caps = *what == 'A' ? link->offered : 0;
		if ((link->caps & LINK_CAP_MULTILINE) == 0 || (link->caps & LINK_CAP_BATCH) == 0)
			link->max_bytes = link->max_lines = 0;
		end_caps(link);
	}
}

static void take_welcome(struct link *link, const struct message *message)
{
	/* A server without capabilities would let us in as a guest. */
	if (link->options->account != NULL && (link->caps & LINK_CAP_SASL) == 0) {
		link_login(link, link->options->account, link->options->password);
		return;
	}
	snprintf(link->nick, sizeof(link->nick), "%s", parameter(message, 0));
	link->state = LINK_UP;
	link->was_up = true;
	backoff_init(&link->backoff);
	link->handler->up(link);
}

static void take_error(struct link *link, const struct message *message)
{
	sentence_first(slice_from(last_parameter(message)), link->farewell, sizeof(link->farewell));
}

static void ask_nick(struct link *link)
{
	link->asks_nick = true;
	link_print(link, "NICK %s\r\n", link->wanted);
}

/* What the server can do: tell when somebody comes or goes (MONITOR). */
static void take_support(struct link *link, const struct message *message)
{
	for (size_t i = 1; i < message->n_parameters; i++) {
		if (strncmp(message->parameters[i], "MONITOR", 7) == 0 && !link->watches_nick &&
		    !casemap_equal(link->nick, link->wanted)) {
			link->watches_nick = true;
			link_print(link, "MONITOR + %s\r\n", link->wanted);
		}
	}
}

static void take_gone(struct link *link, const struct message *message)
{
	(void)message;
	if (link->watches_nick)
		ask_nick(link);
}

/* Nicks of ours that changed are what we want from then on. */
static void take_nick(struct link *link, const struct message *message)
{
	size_t len = strcspn(message->source, "!");

	if (len != strlen(link->nick) || strncmp(message->source, link->nick, len) != 0)
		return;
	snprintf(link->nick, sizeof(link->nick), "%s", parameter(message, 0));
	snprintf(link->wanted, sizeof(link->wanted), "%s", parameter(message, 0));
	link->asks_nick = false;
	if (link->watches_nick)
		link_print(link, "MONITOR C\r\n");
	link->watches_nick = false;
}

/* Our own ghost may hold the nick for a while after a loss: another one until it is free. */
static void take_refused_nick(struct link *link, const struct message *message)
{
	bool taken = strcmp(message->command, "433") == 0;
	char sentence[LINK_MAX_SENTENCE], text[256];
	size_t len = strlen(link->nick);

	link->asks_nick = false;
	if (link->state != LINK_REGISTERING)
		return;
	if (taken && (link->was_up || link->options->substitute) &&
	    len < strlen(link->wanted) + 3 && len + 1 < sizeof(link->nick)) {
		strcpy(link->nick + len, "_");
		link_print(link, "NICK %s\r\n", link->nick);
		return;
	}
	sentence_first(slice_from(last_parameter(message)), text, sizeof(text));
	snprintf(sentence, sizeof(sentence), "the nick %.64s: %s", link->nick, text);
	link_end(link, taken ? -EADDRINUSE : -EINVAL, sentence);
}

static const struct {
	const char *command;
	void (*take)(struct link *link, const struct message *message);
	bool ours; /* not for others */
		   /* clang-format off */
} rows[] = {
	{"001", take_welcome, false},
	{"005", take_support, false},
	{"432", take_refused_nick, false},
	{"433", take_refused_nick, false},
	{"731", take_gone, false},
	{"902", link_take_login_refused, false},
	{"903", link_take_logged_in, false},
	{"904", link_take_login_refused, false},
	{"905", link_take_login_refused, false},
	{"906", link_take_login_refused, false},
	{"907", link_take_login_refused, false},
	{"ACK", NULL, true},
	{"AUTHENTICATE", link_take_challenge, true},
	{"CAP", take_cap, true},
	{"ERROR", take_error, true},
	{"NICK", take_nick, false},
	{"PING", take_ping, true},
	{"PONG", take_pong, false},
};
/* clang-format on */

void link_take(struct link *link, const struct message *message)
{
	uint32_t label = label_of(link, message), answered = answers(link, message);
	bool ours = false;

	/* Others see a message before what it does to us. */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ours = ours || (rows[i].ours && strcmp(rows[i].command, message->command) == 0);
	/* Whether our nick is free yet is nobody's concern. */
	if ((link->asks_nick && strcmp(message->command, "433") == 0) ||
	    (link->watches_nick && strncmp(message->command, "73", 2) == 0))
		ours = true;
	/* How logging in went is told by logged_in(). */
	if (link->logs_in && *message->command == '9' && strcmp(message->command, "902") >= 0)
		ours = true;
	if (!ours && link->state == LINK_UP)
		link->handler->message(link, message, answered);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].take != NULL && strcmp(rows[i].command, message->command) == 0)
			rows[i].take(link, message);
	}
	if (label != 0)
		answer(link, label);
}
