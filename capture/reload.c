/* SPDX-License-Identifier: MIT */
#include "capture/reload.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"

/* clang-format off */
const struct reload_row reload_rows[] = {
	{"config", true},
	{"check-config", true},
	{"name", true},
	{"source", true},
	{"fps", true},
	{"size", true},
	{"rendition", true},
	{"on-demand", true},
	{"wait", true},
	{"jpeg-quality", false},
	{"max-kbps", false},
	{"loop", true},
	{"always", true},
	{"camera-control", true},
	{"max-sessions", false},
	{"list", true},
	{"key-file", true},
	{"key", true},
	{"url", true},
	{"io", true},
	{"log-level", false},
	{0},
};
/* clang-format on */

static bool takes_restart(const char *name)
{
	const struct reload_row *row = reload_rows;

	while (row->name != NULL && strcmp(row->name, name) != 0)
		row++;
	return row->restarts;
}

/* Takes over from fresh what may change. */
static bool change(struct config *config, struct config *fresh)
{
	bool changed = false;

	for (const struct option_row *option = config_rows; option->name != NULL; option++) {
		if (options_equal(option, config, fresh))
			continue;
		if (takes_restart(option->name)) {
			log_warning("%s takes a restart; the old value holds", option->name);
			continue;
		}
		options_swap(option, config, fresh);
		log_info("changed %s", option->name);
		changed = true;
	}
	if (!config_same_sections(config, fresh))
		log_warning("the sections of renditions take a restart; the old ones hold");
	return changed;
}

bool reload_run(struct config *config)
{
	struct config *fresh = calloc(1, sizeof *fresh);
	bool changed = false;

	if (fresh != NULL && config_read(fresh, config->argc, config->argv) == 0) {
		changed = change(config, fresh);
		log_info("the configuration was read again%s", changed ? "" : ": nothing changed");
	} else {
		log_error("the old configuration holds");
	}
	log_set_level((enum log_level)config->log_level); /* reading has set it */
	if (fresh != NULL)
		config_finish(fresh);
	free(fresh);
	return changed;
}
