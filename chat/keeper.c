/* SPDX-License-Identifier: MIT */
#include "chat/keeper.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chat/data_home.h"
#include "common/log.h"

/* What another user than the service's makes there, the service couldn't open. */
static int check_owner(const char *folder)
{
	struct passwd *owner;
	struct stat data;

	if (stat(folder, &data) < 0) {
		log_error("the data folder %s: %s", folder, strerror(errno));
		return -1;
	}
	if (data.st_uid == geteuid())
		return 0;
	owner = getpwuid(data.st_uid);
	log_error("the data folder %s belongs to %s: run this as that user", folder,
		  owner != NULL ? owner->pw_name : "another user");
	return -1;
}

int keeper_open_store(const struct chat_config *config, enum store_use use,
		      struct store **ret_store)
{
	char folder[DATA_HOME_SIZE], why[DATABASE_WHY_SIZE];
	int error = data_home_find(config->data, folder);

	if (error < 0) {
		if (check_owner(folder) == 0)
			log_error("the data folder %s: %s; name another one with --data", folder,
				  strerror(-error));
		return error;
	}
	if (use == STORE_SERVES && check_owner(folder) < 0)
		return -EPERM;
	error = store_open(ret_store, NULL, folder, use, why);
	if (error == -EBUSY)
		log_error("the service runs, and has the data for itself: stop it first, or, for "
			  "operators, name its control socket with --control");
	else if (error < 0)
		log_error("%s", why);
	return error;
}
