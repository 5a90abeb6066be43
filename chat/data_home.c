/* SPDX-License-Identifier: MIT */
#include "chat/data_home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *system_home(void)
{
	return "/var/lib";
}

static const char *state_home(void)
{
	return getenv("XDG_STATE_HOME");
}

static const char *home(void)
{
	return getenv("HOME");
}

static const struct {
	const char *(*base)(void);
	const char *below;
} places[] = {
	{system_home, "spillway"},
	{state_home, "spillway"},
	{home, ".local/state/spillway"},
};

/* `above`: the folders above it, too. */
static int make(char *folder, bool above)
{
	for (char *at = folder + 1; above && (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		if (mkdir(folder, 0700) < 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
			above = false;
		*at = '/';
	}
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return -errno;
	return faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

int data_home_find(const char *wish, char ret_folder[DATA_HOME_SIZE])
{
	int error = -ENOENT;

	snprintf(ret_folder, DATA_HOME_SIZE, "%s", wish != NULL ? wish : "");
	if (wish != NULL)
		return strlen(wish) >= DATA_HOME_SIZE ? -ENAMETOOLONG : make(ret_folder, false);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && error < 0; i++) {
		const char *base = places[i].base();

		if (base == NULL || *base != '/') /* XDG wants others ignored */
			continue;
		if (snprintf(ret_folder, DATA_HOME_SIZE, "%s/%s", base, places[i].below) >=
		    DATA_HOME_SIZE)
			error = -ENAMETOOLONG;
		else
			error = make(ret_folder, i > 0);
	}
	return error;
}
