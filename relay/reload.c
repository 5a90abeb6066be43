/* SPDX-License-Identifier: MIT */
#include "relay/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/control_socket.h"
#include "common/log.h"
#include "relay/bus.h"

/* clang-format off */
const struct reload_row reload_rows[] = {
	{"config", true},
	{"check-config", true},
	{"listen", true},
	{"control", true},
	{"io", true},
	{"workers", true},
	{"log-level", false},
	{"publish", false},
	{"key", false},
	{"watch", false},
	{"token", false},
	{"queue-frames", false},
	{"max-lag", false},
	{"coalesce", false},
	{"linger", false},
	{"stall-timeout", false},
	{"publisher-timeout", false},
	{"request-timeout", false},
	{"drain-timeout", false},
	{"max-viewers", false},
	{"max-connections", false},
	{"max-per-address", false},
	{"max-streams", false},
	{"max-frame", false},
	{"max-header", false},
	{0},
};
/* clang-format on */

/* The one that is under way. */
struct reload {
	struct question question;
	struct relay *relay;
	struct relay_config *fresh; /* owned until all have it */
	struct control_call *call;  /* NULL: nobody waits */
	json_t *changed, *restart;  /* names */
	bool again;
};

static bool takes_restart(const char *name)
{
	const struct reload_row *row = reload_rows;

	while (row->name != NULL && strcmp(row->name, name) != 0)
		row++;
	return row->restarts;
}

static void answer(struct control_call *call, json_t *reply)
{
	if (call != NULL)
		control_answer(call, reply);
	else
		json_decref(reply);
}

static void refuse(struct relay *relay, struct control_call *call, const char *error)
{
	char text[RELAY_CONFIG_ERROR_SIZE + 40];

	log_error_lines(error, "; the old configuration holds");
	snprintf(text, sizeof(text), "%.*s; the old configuration holds.",
		 (int)strcspn(error, "\n"), error); /* the log has the others */
	answer(call, control_failure(text));
	notify_ready(&relay->notify);
}

/* What takes a restart is taken over from what holds, so that the configuration is always what is
 * in effect. Only the start reads these, so no worker looks while they change places. */
static void compare(struct reload *reload)
{
	struct relay_config *now = reload->relay->config, *fresh = reload->fresh;

	for (const struct option_row *option = relay_config_rows; option->name != NULL; option++) {
		if (options_equal(option, now, fresh))
			continue;
		if (!takes_restart(option->name)) {
			json_array_append_new(reload->changed, json_string(option->name));
			continue;
		}
		options_swap(option, fresh, now);
		json_array_append_new(reload->restart, json_string(option->name));
		log_warning("%s takes a restart; the old value holds", option->name);
	}
	if (!stream_rules_equal(&now->streams, &fresh->streams))
		json_array_append_new(reload->changed, json_string("stream"));
}

static void log_changes(const json_t *changed)
{
	char names[512] = "";
	size_t len = 0;

	for (size_t i = 0; i < json_array_size(changed) && len < sizeof(names); i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i > 0 ? ", " : "",
					json_string_value(json_array_get(changed, i)));
	log_info("the configuration was read again: %s%s", len > 0 ? "changed " : "nothing changed",
		 names);
}

static void reload_free(struct reload *reload)
{
	relay_config_destroy(reload->fresh);
	json_decref(reload->changed);
	json_decref(reload->restart);
	free(reload);
}

/* ---- all workers ---- */

static json_t *take(struct worker *worker, const json_t *request)
{
	(void)request;
	worker_configure(worker, worker->relay->reload->fresh);
	return json_true();
}

static void all_have_it(struct question *question)
{
	struct reload *reload = list_item(question, struct reload, question);
	struct relay *relay = reload->relay;
	struct relay_config *old = relay->config;
	bool again = reload->again;

	relay->config = reload->fresh;
	relay->reload = NULL;
	reload->fresh = old;
	log_set_level((enum log_level)relay->config->log_level);
	log_changes(reload->changed);
	answer(reload->call, json_pack("{sb sO sO}", "ok", 1, "changed", reload->changed, "restart",
				       reload->restart));
	notify_ready(&relay->notify);
	reload_free(reload);
	if (again)
		reload_run(relay, NULL);
}

/* NULL without memory. */
static struct reload *reload_create(struct relay *relay, struct control_call *call)
{
	struct reload *reload = malloc(sizeof(*reload));
	struct relay_config *fresh = calloc(1, sizeof(*fresh));

	if (reload == NULL || fresh == NULL) {
		free(reload);
		free(fresh);
		return NULL;
	}
	*reload = (struct reload){
		.question = {.ask = take, .answered = all_have_it},
		.relay = relay,
		.fresh = fresh,
		.call = call,
		.changed = json_array(),
		.restart = json_array(),
	};
	return reload;
}

void reload_run(struct relay *relay, struct control_call *call)
{
	char error[RELAY_CONFIG_ERROR_SIZE] = "out of memory";
	struct reload *reload;

	if (relay->reload != NULL && call != NULL) {
		answer(call, control_failure("The configuration is being read already."));
		return;
	}
	if (relay->reload != NULL) {
		relay->reload->again = true;
		return;
	}
	notify_reloading(&relay->notify);
	reload = reload_create(relay, call);
	if (reload == NULL || relay_config_again(relay->config, reload->fresh, error) < 0) {
		if (reload != NULL)
			reload_free(reload);
		refuse(relay, call, error);
		return;
	}
	compare(reload);
	relay->reload = reload;
	if (bus_ask(&relay->workers[0], &reload->question) < 0) {
		relay->reload = NULL;
		reload_free(reload);
		refuse(relay, call, "out of memory");
	}
}
