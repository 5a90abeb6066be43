/* SPDX-License-Identifier: MIT */
#include "viewer/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/slice.h"
#include "viewer/saver.h"

static const struct {
	const char *ending;
	const struct output_type *type;
} types[] = {
	{".mjpg", &output_mjpeg}, {".mjpeg", &output_mjpeg}, {".jpg", &output_jpeg},
	{".jpeg", &output_jpeg},  {".mkv", &output_mux},     {".mp4", &output_mux},
	{".mov", &output_mux},	  {".avi", &output_mux},
};

const struct output_type *output_for(const char *path)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_ends(slice_from(path), types[i].ending))
			return types[i].type;
	return NULL;
}

int output_create(const struct output_host *host, const char *path)
{
	int how = host->exclusive ? O_EXCL : O_TRUNC;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | how, 0666);

	return fd < 0 ? -errno : fd;
}

int output_save(const struct output_host *host, int fd, uint64_t bytes)
{
	struct stat status;
	int error = 0;

	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    (uint64_t)status.st_size > bytes && ftruncate(fd, (off_t)bytes) < 0)
		error = -errno;
	if (host->saver) {
		saver_take(host->saver, fd);
		return error;
	}
	int late = saver_save(fd);

	return error ? error : late;
}

const char *output_endings(void)
{
	return ".mjpg .jpg .mkv .mp4 .mov .avi";
}
