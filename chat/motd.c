/* SPDX-License-Identifier: MIT */
#include "chat/motd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int motd_read(const char *path, char **ret_text)
{
	FILE *file;
	char *text;
	int error = 0;

	*ret_text = NULL;
	if (path == NULL)
		return 0;
	file = fopen(path, "re");
	if (file == NULL)
		return -errno;
	text = malloc(MOTD_MAX + 1);
	if (text == NULL) {
		error = -ENOMEM;
	} else {
		text[fread(text, 1, MOTD_MAX, file)] = '\0';
		error = ferror(file) ? -EIO : 0;
	}
	fclose(file);
	if (error < 0)
		free(text);
	else
		*ret_text = text;
	return error;
}
