/* SPDX-License-Identifier: MIT */
#include "chat/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/client.h"
#include "chat/commands.h"
#include "chat/motd.h"
#include "chat/owners.h"
#include "common/control_request.h"
#include "common/log.h"

/* ---- what a change takes ---- */

static void apply_log_level(struct server *server)
{
	log_set_level((enum log_level)server->config->log_level);
}

static void apply_max_queue(struct server *server)
{
	struct list *link;

	list_each (link, &server->clients)
		list_item(link, struct client, link)->conn.max_queue =
			(size_t)server->config->max_queue;
}

/* clang-format off */
const struct reload_row reload_rows[] = {
	{"config", true, NULL},
	{"check-config", true, NULL},
	{"listen", true, NULL},
	{"control", true, NULL},
	{"io", true, NULL},
	{"log-level", false, apply_log_level},
	{"data", true, NULL},
	{"name", true, NULL},
	{"network", true, NULL},
	{"motd", false, NULL}, /* read before anything changes, since that may fail */
	{"web-origin", false, NULL},
	{"cloak", true, NULL}, /* who is there would keep what others see of him */
	{"relay", true, NULL},
	{"relay-grace", true, NULL}, /* what has ended waits in the order of its end */
	{"max-clients", false, NULL},
	{"max-per-address", false, NULL},
	{"max-rooms", false, NULL},
	{"max-joined", false, NULL},
	{"max-queue", false, apply_max_queue},
	{"quiet-room", false, NULL},
	{"replay", false, NULL},
	{"keep-days", false, NULL},
	{"keep-messages", false, NULL},
	{"registration", false, commands_offer_again},
	{"registrations", false, NULL},
	{"guests", false, NULL},
	{"max-accounts", false, NULL},
	{"max-owned", false, NULL},
	{"login-failures", false, NULL},
	{"block-word", false, NULL},
	{"flood", false, NULL},
	{"registration-timeout", false, NULL},
	{"ping-interval", false, NULL},
	{"ping-timeout", false, NULL},
	{"leave-delay", false, NULL},
	{"drain-timeout", false, NULL},
	{"add-operator", true, NULL},
	{"export-announcements", true, NULL},
	{"import-announcements", true, NULL},
	{"remove-operator", true, NULL},
	{"set-password", true, NULL},
	{0},
};
/* clang-format on */

static const struct reload_row *find_row(const char *name)
{
	const struct reload_row *row = reload_rows;

	while (row->name != NULL && strcmp(row->name, name) != 0)
		row++;
	return row;
}

/* ---- changing ---- */

/* What takes a restart is taken over from what holds, so that the configuration is always what is
 * in effect. Names of options go to the arrays. */
static void compare(struct chat_config *now, struct chat_config *fresh, json_t *changed,
		    json_t *restart)
{
	for (const struct option_row *option = chat_config_rows; option->name != NULL; option++) {
		if (options_equal(option, now, fresh))
			continue;
		if (!find_row(option->name)->restarts) {
			json_array_append_new(changed, json_string(option->name));
			continue;
		}
		options_swap(option, fresh, now);
		json_array_append_new(restart, json_string(option->name));
		log_warning("%s takes a restart; the old value holds", option->name);
	}
}

static bool has(const json_t *names, const char *name)
{
	for (size_t i = 0; i < json_array_size(names); i++) {
		if (strcmp(json_string_value(json_array_get(names, i)), name) == 0)
			return true;
	}
	return false;
}

/* The text may be another one in the same file. Takes over text. */
static void change_motd(struct server *server, char *text, json_t *changed)
{
	const char *old = server->motd != NULL ? server->motd : "";

	if (strcmp(old, text != NULL ? text : "") != 0 && !has(changed, "motd"))
		json_array_append_new(changed, json_string("motd"));
	free(server->motd);
	server->motd = text;
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

/* Takes over fresh and text. */
static json_t *change(struct server *server, struct chat_config *fresh, char *text)
{
	json_t *changed = json_array(), *restart = json_array();
	struct chat_config old = *server->config;

	compare(&old, fresh, changed, restart);
	if (!owners_equal(&old.streams, &fresh->streams))
		json_array_append_new(changed, json_string("owner"));
	*server->config = *fresh;
	chat_config_finish(&old);
	change_motd(server, text, changed);
	for (const struct reload_row *row = reload_rows; row->name != NULL; row++) {
		if (row->apply != NULL && has(changed, row->name))
			row->apply(server);
	}
	log_changes(changed);
	server->counters.reloads++;
	return json_pack("{sb so so}", "ok", 1, "changed", changed, "restart", restart);
}

static json_t *run(struct server *server)
{
	char error[CHAT_CONFIG_ERROR_SIZE], text[CHAT_CONFIG_ERROR_SIZE + 80];
	struct chat_config fresh;
	char *motd = NULL;
	int result = chat_config_again(server->config, &fresh, error, sizeof(error));

	if (result == 0) {
		result = motd_read(fresh.motd, &motd);
		if (result == 0)
			return change(server, &fresh, motd);
		snprintf(error, sizeof(error), "motd: can't read %s: %s", fresh.motd,
			 strerror(-result));
		chat_config_finish(&fresh);
	}
	server->counters.failed_reloads++;
	log_error_lines(error, "; the old configuration holds");
	snprintf(text, sizeof(text), "%.*s; the old configuration holds.",
		 (int)strcspn(error, "\n"), error); /* the log has the others */
	return control_failure(text);
}

json_t *reload_run(struct server *server)
{
	notify_reloading(&server->notify);
	json_t *answer = run(server);
	notify_ready(&server->notify);
	return answer;
}
