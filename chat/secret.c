/* SPDX-License-Identifier: MIT */
#include "chat/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

static int read_all(int fd, unsigned char *bytes, size_t size)
{
	unsigned char more;
	ssize_t n = read(fd, bytes, size);

	if (n < 0)
		return -errno;
	return (size_t)n == size && read(fd, &more, 1) == 0 ? 0 : -EINVAL;
}

static int write_all(int fd, const unsigned char *bytes, size_t size)
{
	ssize_t n = write(fd, bytes, size);

	if (n < 0)
		return -errno;
	if ((size_t)n != size)
		return -ENOSPC;
	return fsync(fd) < 0 ? -errno : 0;
}

/* Under another name first: a power failure leaves no half secret. What one has left there, with
 * whatever rights, goes. */
static int make(int folder, const char *name, unsigned char *ret_bytes, size_t size)
{
	char unfinished[NAME_MAX];

	snprintf(unfinished, sizeof(unfinished), "%s.new", name);
	unlinkat(folder, unfinished, 0);
	int fd = openat(folder, unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	randombytes_buf(ret_bytes, size);
	int error = write_all(fd, ret_bytes, size);
	close(fd);
	if (error == 0 && (renameat(folder, unfinished, folder, name) < 0 || fsync(folder) < 0))
		error = -errno;
	return error;
}

int secret_load(const char *folder, const char *name, unsigned char *ret_bytes, size_t size)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (dir < 0)
		return -errno;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		error = read_all(fd, ret_bytes, size);
		close(fd);
	} else {
		error = errno == ENOENT ? make(dir, name, ret_bytes, size) : -errno;
	}
	close(dir);
	return error;
}
