/* SPDX-License-Identifier: MIT */
/* spillway-chat: rooms beside streams, for every IRC client. */
#include "chat/appointment.h"
#include "chat/config.h"
#include "chat/server.h"
#include "chat/transfer.h"
#include "common/log.h"
#include "common/usage.h"

int main(int argc, char *argv[])
{
	static struct chat_config config;
	static struct server server;

	log_find_journal();
	int status = chat_config_load(&config, argc, argv);

	if (status != 0)
		return status;
	if (config.check_config) {
		status = options_all_right(options_config_path(argc, argv));
		chat_config_finish(&config);
		return status;
	}
	log_set_level((enum log_level)config.log_level);
	usage_raise_file_limit();
	if (config.add_operator != NULL || config.remove_operator != NULL ||
	    config.set_password != NULL)
		status = appointment_run(&config);
	else if (config.export_announcements != NULL || config.import_announcements != NULL)
		status = transfer_run(&config);
	else
		status = server_run(&server, &config);
	chat_config_finish(&config);
	return status;
}
