/* SPDX-License-Identifier: MIT */
#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* Reads piece by piece, since it may be a pipe: --key-file <(pass show cam). */
static int read_line(int fd, char ret_secret[SECRET_MAX])
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, ret_secret + len, SECRET_MAX - len);
		if (n < 0 && errno != EINTR)
			return -errno;
		len += n > 0 ? (size_t)n : 0;
	} while (n != 0 && len < SECRET_MAX && memchr(ret_secret, '\n', len) == NULL);
	char *end = memchr(ret_secret, '\n', len);
	if (end == NULL && len == SECRET_MAX)
		return -E2BIG;
	len = end != NULL ? (size_t)(end - ret_secret) : len;
	if (len > 0 && ret_secret[len - 1] == '\r')
		len--;
	ret_secret[len] = '\0';
	return 0;
}

int secret_read_file(const char *path, char ret_secret[SECRET_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), result;
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		result = -errno;
	else if ((status.st_mode & (S_IROTH | S_IWOTH)) != 0)
		result = -EPERM;
	else
		result = read_line(fd, ret_secret);
	close(fd);
	if (result < 0)
		sodium_memzero(ret_secret, SECRET_MAX);
	return result;
}

int secret_read_credential(const char *name, char ret_secret[SECRET_MAX])
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX];

	if (folder == NULL)
		return -ENOENT;
	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return secret_read_file(path, ret_secret);
}

/* Without ISIG, so that Ctrl-C ends the asking and leaves no terminal without echo behind. */
static int ask_on(int fd, const char *prompt, char ret_secret[SECRET_MAX])
{
	struct termios before, quiet;
	size_t len = 0;
	char c = '\0';
	int result = 0;

	if (tcgetattr(fd, &before) < 0)
		return -errno;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG | ICANON);
	if (tcsetattr(fd, TCSAFLUSH, &quiet) < 0)
		return -errno;
	dprintf(fd, "%s", prompt);
	while (result == 0 && read(fd, &c, 1) == 1 && c != '\n' && c != '\r') {
		if (c == (char)before.c_cc[VERASE] || c == '\b' || c == 0x7f) {
			/* A character of UTF-8 is several bytes. */
			while (len > 0 && (ret_secret[--len] & 0xc0) == 0x80)
				;
		} else if (c == (char)before.c_cc[VKILL]) {
			len = 0;
		} else if ((unsigned char)c < ' ') {
			result = -ECANCELED;
		} else if (len == SECRET_MAX - 1) {
			result = -E2BIG;
		} else {
			ret_secret[len++] = c;
		}
	}
	if (result == 0 && c != '\n' && c != '\r')
		result = -ECANCELED;
	ret_secret[len] = '\0';
	dprintf(fd, "\n");
	tcsetattr(fd, TCSAFLUSH, &before);
	return result;
}

int secret_ask(const char *prompt, char ret_secret[SECRET_MAX])
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), result;

	if (fd < 0)
		return -errno;
	result = ask_on(fd, prompt, ret_secret);
	close(fd);
	if (result < 0)
		sodium_memzero(ret_secret, SECRET_MAX);
	return result;
}
