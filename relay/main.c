/* SPDX-License-Identifier: MIT */
/* spillway-relay: takes one publisher per stream, and fans its frames out to all viewers. */
#include <stdlib.h>

#include "common/log.h"
#include "common/usage.h"
#include "relay/config.h"
#include "relay/relay.h"

int main(int argc, char *argv[])
{
	struct relay_config *config = calloc(1, sizeof(*config));
	static struct relay relay;

	log_find_journal();
	if (config == NULL)
		return 1;
	int status = relay_config_load(config, argc, argv);

	if (status != 0)
		return status;
	if (config->check_config) {
		status = options_all_right(options_config_path(argc, argv));
		relay_config_destroy(config);
		return status;
	}
	log_set_level((enum log_level)config->log_level);
	usage_raise_file_limit();
	if (config->relay_rule.watch == WATCH_ANYONE)
		log_info("anyone may watch (see --watch)");
	return relay_run(&relay, config);
}
