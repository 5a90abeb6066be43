/* SPDX-License-Identifier: MIT */
#include "viewer/keyring_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- reading ---- */

static int read_all(int fd, char **ret_text)
{
	char *text = malloc(KEYRING_FILE_MAX + 1);
	size_t len = 0;
	ssize_t n;

	if (text == NULL)
		return -ENOMEM;
	do {
		n = read(fd, text + len, KEYRING_FILE_MAX + 1 - len);
		if (n < 0 && errno != EINTR) {
			int error = -errno;

			free(text);
			return error;
		}
		len += n > 0 ? (size_t)n : 0;
	} while (n != 0 && len <= KEYRING_FILE_MAX);
	if (len > KEYRING_FILE_MAX || memchr(text, '\0', len) != NULL) {
		free(text);
		return len > KEYRING_FILE_MAX ? -EFBIG : -EILSEQ;
	}
	text[len] = '\0';
	*ret_text = text;
	return 0;
}

/* Who had the lock may have put another file in its place. */
static bool is_still_there(int fd, const char *path)
{
	struct stat ours, theirs;

	return fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 && ours.st_ino == theirs.st_ino &&
	       ours.st_dev == theirs.st_dev;
}

static int open_locked(const char *path)
{
	for (;;) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX) < 0) {
			int error = -errno;

			close(fd);
			return error;
		}
		if (is_still_there(fd, path))
			return fd;
		close(fd);
	}
}

int keyring_file_open(struct keyring_file *file, const char *path)
{
	int error;

	*file = (struct keyring_file){.fd = -1};
	if (realpath(path, file->path) == NULL)
		return -errno;
	file->fd = open_locked(file->path);
	if (file->fd < 0)
		return file->fd;
	error = read_all(file->fd, &file->text);
	if (error < 0)
		keyring_file_close(file);
	return error;
}

void keyring_file_close(struct keyring_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	free(file->text);
	*file = (struct keyring_file){.fd = -1};
}

/* ---- replacing ---- */

static int write_all(int fd, const char *text)
{
	for (size_t len = strlen(text); len > 0;) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* The mode and owner of the file that it will replace. */
static int take_after(int fd, int old)
{
	struct stat status;

	if (fstat(old, &status) < 0)
		return -errno;
	if ((status.st_uid != geteuid() || status.st_gid != getegid()) &&
	    fchown(fd, status.st_uid, status.st_gid) < 0)
		return -errno;
	return fchmod(fd, status.st_mode & 07777) < 0 ? -errno : 0;
}

static int sync_folder(const char *path)
{
	char copy[PATH_MAX];
	int fd, error;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return error;
}

/* The file itself under a second name, so that there is always one in its place. */
static int keep_backup(const char *path)
{
	char backup[PATH_MAX];

	if (snprintf(backup, sizeof(backup), "%s.backup", path) >= (int)sizeof(backup))
		return -ENAMETOOLONG;
	if (unlink(backup) < 0 && errno != ENOENT)
		return -errno;
	return link(path, backup) < 0 ? -errno : 0;
}

int keyring_file_replace(struct keyring_file *file, const char *text)
{
	char name[PATH_MAX];
	int fd, error;

	if (snprintf(name, sizeof(name), "%s.XXXXXX", file->path) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = take_after(fd, file->fd);
	if (error == 0)
		error = write_all(fd, text);
	close(fd);
	if (error == 0)
		error = keep_backup(file->path);
	if (error == 0 && rename(name, file->path) < 0)
		error = -errno;
	if (error < 0)
		unlink(name);
	return error < 0 ? error : sync_folder(file->path);
}
