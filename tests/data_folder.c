/* SPDX-License-Identifier: MIT */
#include "tests/data_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

char data_folder[64];

int data_folder_make(void **state)
{
	(void)state;
	strcpy(data_folder, "/tmp/chat_store-XXXXXX");
	return mkdtemp(data_folder) != NULL ? 0 : -1;
}

int data_folder_remove(void **state)
{
	char command[DATA_FOLDER_PATH];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", data_folder);
	return system(command);
}

void data_folder_path(const char *name, char ret_path[DATA_FOLDER_PATH])
{
	snprintf(ret_path, DATA_FOLDER_PATH, "%s/%s", data_folder, name);
}

bool data_folder_has(const char *name, const char *text)
{
	static char bytes[1 << 20];
	char path[DATA_FOLDER_PATH];
	size_t len;
	FILE *file;

	data_folder_path(name, path);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	return memmem(bytes, len, text, strlen(text)) != NULL;
}

struct store *data_folder_open(void)
{
	char why[DATABASE_WHY_SIZE];
	struct store *store;

	if (store_open(&store, NULL, data_folder, STORE_SERVES, why) < 0)
		fail_msg("%s", why);
	return store;
}
