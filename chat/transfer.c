/* SPDX-License-Identifier: MIT */
#include "chat/transfer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "chat/announcements_file.h"
#include "chat/board.h"
#include "chat/keeper.h"
#include "common/log.h"

static bool is_standard(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* ---- out ---- */

static int write_file(const char *path, const struct rows *rows)
{
	int error = announcements_file_write(is_standard(path) ? NULL : path, rows);

	if (error < 0)
		log_error("%s: %s", path, strerror(-error));
	else if (!is_standard(path))
		printf("%zu announcement%s written to %s.\n", rows->n,
		       rows->n == 1 ? " was" : "s were", path);
	return error;
}

/* The service may run meanwhile. */
static int export(const struct chat_config *config)
{
	static struct store_read read;
	struct store *store;
	int error = keeper_open_store(config, STORE_LOOKS, &store);

	if (error < 0)
		return error;
	error = announcements_list(store, &read, "", NULL);
	if (error < 0)
		log_error("the announcements can't be read: %s", database_sentence(error));
	else
		error = write_file(config->export_announcements, &read.rows);
	rows_finish(&read.rows);
	store_close(store);
	return error;
}

/* ---- in ---- */

static const char *sentence(int error)
{
	return error == -ENOSPC	  ? "its room has too many"
	       : error == -EINVAL ? "its room, its author or its text can't be one"
				  : strerror(-error);
}

/* As the service will read them when it starts. */
static int check(const struct announcements_file *file, const char *path)
{
	struct board board = {0};
	struct board_item *item;
	int error = 0;

	for (size_t i = 0; i < file->n && error == 0; i++) {
		error = board_add(&board, &file->items[i], &item);
		if (error < 0)
			log_error("%s: announcement %zu: %s (%d of a room, and for all, %d bytes "
				  "each)",
				  path, i + 1, sentence(error), BOARD_MAX, ANNOUNCEMENTS_MAX_TEXT);
	}
	board_finish(&board);
	return error;
}

static int put(const struct chat_config *config, const struct announcements_file *file)
{
	struct announcements_replace replace = {.items = file->items, .n = file->n};
	struct store *store;
	int error = keeper_open_store(config, STORE_SERVES, &store);

	if (error == -EBUSY)
		log_info("while it runs, its control socket takes announcements one by one");
	if (error < 0)
		return error;
	error = announcements_replace(store, &replace, NULL);
	if (error < 0)
		log_error("the announcements can't be stored: %s", database_sentence(error));
	else
		printf("%zu announcement%s read; those before have gone.\n", file->n,
		       file->n == 1 ? " was" : "s were");
	store_close(store);
	return error;
}

static int import(const struct chat_config *config)
{
	const char *path = config->import_announcements;
	struct announcements_file file;
	char why[DATABASE_WHY_SIZE];
	int error = announcements_file_read(is_standard(path) ? "/dev/stdin" : path, &file, why);

	if (error < 0)
		log_error("%s: %s", path, why);
	if (error == 0)
		error = check(&file, path);
	if (error == 0)
		error = put(config, &file);
	announcements_file_finish(&file);
	return error;
}

int transfer_run(const struct chat_config *config)
{
	return (config->export_announcements != NULL ? export(config) : import(config)) < 0 ? 1 : 0;
}
