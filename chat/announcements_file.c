/* SPDX-License-Identifier: MIT */
#include "chat/announcements_file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- writing ---- */

static char *make_text(const struct rows *rows)
{
	json_t *list = json_array(), *document;
	char *text;

	for (size_t i = 0; i < rows->n; i++) {
		struct announcement item;

		announcement_at(rows, i, &item);
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I}", "room", item.room,
						      "by", item.by, "text", item.text, "time_ms",
						      (json_int_t)item.time_ms));
	}
	document = json_pack("{s:o}", "announcements", list);
	text = json_array_size(list) == rows->n ? json_dumps(document, JSON_INDENT(2)) : NULL;
	json_decref(document);
	return text;
}

static int write_whole(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static int sync_folder(const char *path)
{
	char *copy = strdup(path);
	int fd = copy != NULL ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int error = fd < 0 || fsync(fd) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	free(copy);
	return error;
}

/* The backup is a second name of the file, so that the file itself is never away. `spare` is a
 * third. */
static int keep_backup(const char *path, const char *backup, const char *spare)
{
	unlink(spare);
	if (link(path, spare) < 0)
		return errno == ENOENT ? 0 : -errno;
	return rename(spare, backup) < 0 ? -errno : 0;
}

static int replace(const char *path, const char *text)
{
	char *fresh = NULL, *backup = NULL, *spare = NULL;
	int error = -ENOMEM, fd;

	if (asprintf(&fresh, "%s.new-XXXXXX", path) < 0 ||
	    asprintf(&backup, "%s.backup", path) < 0 || asprintf(&spare, "%s.backup.new", path) < 0)
		goto out;
	fd = mkostemp(fresh, O_CLOEXEC);
	error = fd < 0 ? -errno : write_whole(fd, text);
	if (fd >= 0 && close(fd) < 0 && error == 0)
		error = -errno;
	if (error == 0)
		error = keep_backup(path, backup, spare);
	if (error == 0 && rename(fresh, path) < 0)
		error = -errno;
	if (error < 0 && fd >= 0)
		unlink(fresh);
	if (error == 0)
		error = sync_folder(path);
out:
	free(fresh);
	free(backup);
	free(spare);
	return error;
}

static int print(const char *text)
{
	return puts(text) < 0 || fflush(stdout) < 0 ? -errno : 0;
}

int announcements_file_write(const char *path, const struct rows *rows)
{
	char *text = make_text(rows);
	int error = -ENOMEM;

	if (text != NULL)
		error = path != NULL ? replace(path, text) : print(text);

	free(text);
	return error;
}

/* ---- reading ---- */

static bool text_valid(const char *text, size_t min)
{
	size_t len = strlen(text);

	return len >= min && len <= ANNOUNCEMENTS_MAX_TEXT && strpbrk(text, "\r\n") == NULL;
}

static int take(struct announcements_file *file, json_t *list, char *why)
{
	json_t *entry;
	size_t i;

	if (json_array_size(list) > ANNOUNCEMENTS_MAX) {
		snprintf(why, DATABASE_WHY_SIZE, "there are more than %d announcements",
			 ANNOUNCEMENTS_MAX);
		return -E2BIG;
	}
	file->items = calloc(json_array_size(list) + 1, sizeof(*file->items));
	if (file->items == NULL)
		return -ENOMEM;
	json_array_foreach (list, i, entry) {
		struct announcement *item = &file->items[i];
		json_int_t time_ms = 0;
		json_error_t error;

		if (json_unpack_ex(entry, &error, 0, "{s:s, s:s, s:s, s:I}", "room", &item->room,
				   "by", &item->by, "text", &item->text, "time_ms", &time_ms) < 0) {
			snprintf(why, DATABASE_WHY_SIZE, "announcement %zu: %s", i + 1, error.text);
			return -EINVAL;
		}
		if (!text_valid(item->room, 0) || !text_valid(item->by, 1) ||
		    !text_valid(item->text, 1)) {
			snprintf(
				why, DATABASE_WHY_SIZE,
				"announcement %zu: a text is empty, too long, or has several lines",
				i + 1);
			return -EINVAL;
		}
		item->time_ms = time_ms;
		file->n++;
	}
	return 0;
}

int announcements_file_read(const char *path, struct announcements_file *ret_file,
			    char ret_why[DATABASE_WHY_SIZE])
{
	struct stat status;
	json_error_t error;
	json_t *list;

	*ret_file = (struct announcements_file){0};
	if (stat(path, &status) < 0) {
		int failed = -errno;

		snprintf(ret_why, DATABASE_WHY_SIZE, "%s", strerror(-failed));
		return failed;
	}
	if (status.st_size > ANNOUNCEMENTS_FILE_MAX) {
		snprintf(ret_why, DATABASE_WHY_SIZE, "the file is too large");
		return -E2BIG;
	}
	ret_file->document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (ret_file->document == NULL) {
		snprintf(ret_why, DATABASE_WHY_SIZE, "line %d: %s", error.line, error.text);
		return -EINVAL;
	}
	list = json_object_get(ret_file->document, "announcements");
	if (!json_is_array(list)) {
		snprintf(ret_why, DATABASE_WHY_SIZE, "there is no list \"announcements\" in it");
		return -EINVAL;
	}
	snprintf(ret_why, DATABASE_WHY_SIZE, "%s", strerror(ENOMEM));
	return take(ret_file, list, ret_why);
}

void announcements_file_finish(struct announcements_file *file)
{
	json_decref(file->document);
	free(file->items);
	*file = (struct announcements_file){0};
}
