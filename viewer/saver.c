/* SPDX-License-Identifier: MIT */
#include "viewer/saver.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

int saver_save(int fd)
{
	int error = 0;

	/* What a file system finds out late, fsync() tells, and close() where it is NFS. */
	if (fsync(fd) < 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
		error = -errno;
	if (close(fd) < 0 && errno != EINTR && error == 0)
		error = -errno;
	return error;
}

static void *saver_run(void *context)
{
	struct saver *saver = context;

	saver->error = saver_save(saver->fd);
	return NULL;
}

void saver_take(struct saver *saver, int fd)
{
	assert(!saver->busy);
	saver->fd = fd;
	saver->busy = pthread_create(&saver->thread, NULL, saver_run, saver) == 0;
	if (!saver->busy)
		saver_run(saver);
}

int saver_finish(struct saver *saver)
{
	int error;

	if (saver->busy)
		pthread_join(saver->thread, NULL);
	saver->busy = false;
	error = saver->error;
	saver->error = 0;
	return error;
}
