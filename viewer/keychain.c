/* SPDX-License-Identifier: MIT */
#include "viewer/keychain.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/keychain_impl.h"

enum { NAME_SIZE = 32, MAX_KNOWN = 16 * 1024 * 1024, KEY_TEXT = BASE64URL_LEN(DEVICE_KEY) + 1 };

/* ---- files ---- */

/* Makes what is missing of a path; each folder is ours alone. */
static int make_folders(char *path)
{
	for (char *at = path + 1;; at++) {
		char was = *at;

		if (was != '/' && was != '\0')
			continue;
		*at = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno;
		*at = was;
		if (was == '\0')
			return 0;
	}
}

/* A name that is one of a file: what could mean something else stands there as %XX. */
static void write_file_name(const char *name, char *to, size_t size)
{
	size_t len = 0;

	for (const char *at = name; *at != '\0' && len + 4 < size; at++) {
		unsigned char c = (unsigned char)*at;
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			     strchr("-_:", c) != NULL || (c == '.' && at != name);

		len += (size_t)snprintf(to + len, size - len, plain ? "%c" : "%%%02x", c);
	}
	to[len] = '\0';
}

static int find_folder(struct keychain *keychain, const char *server)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	char host[3 * 300], name[3 * ACCOUNT_NAME_SIZE];
	int len;

	write_file_name(server, host, sizeof(host));
	write_file_name(keychain->secrecy.account, name, sizeof(name));
	if (data != NULL && *data == '/')
		len = snprintf(keychain->folder, PATH_MAX, "%s/spillway/e2e/%s/%s", data, host,
			       name);
	else if (home != NULL && *home == '/')
		len = snprintf(keychain->folder, PATH_MAX, "%s/.local/share/spillway/e2e/%s/%s",
			       home, host, name);
	else
		return -ENOENT;
	return len < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Replaces a file: all of it is on disk under its name, or the old one is. */
static int replace_file(const struct keychain *keychain, const char *name, const char *data,
			size_t len)
{
	char new[NAME_SIZE];
	int fd, error = 0;

	snprintf(new, sizeof(new), "%s.new", name);
	fd = openat(keychain->folder_fd, new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd < 0)
		return -errno;
	for (size_t at = 0; at < len && error == 0;) {
		ssize_t n = write(fd, data + at, len - at);

		if (n >= 0)
			at += (size_t)n;
		else if (errno != EINTR)
			error = -errno;
	}
	if (error == 0 && fsync(fd) < 0)
		error = -errno;
	close(fd);
	if (error == 0 && renameat(keychain->folder_fd, new, keychain->folder_fd, name) < 0)
		error = -errno;
	if (error == 0 && fsync(keychain->folder_fd) < 0)
		error = -errno;
	if (error < 0)
		unlinkat(keychain->folder_fd, new, 0);
	return error;
}

/* Memory of the caller, with a NUL; *ret_data is NULL where there is no such file. */
static int read_file(const struct keychain *keychain, const char *name, char **ret_data,
		     size_t *ret_len)
{
	int fd = openat(keychain->folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), error = 0;
	struct stat status;

	*ret_data = NULL;
	*ret_len = 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &status) < 0)
		error = -errno;
	else if (status.st_size > MAX_KNOWN)
		error = -EFBIG;
	else if ((*ret_data = calloc(1, (size_t)status.st_size + 1)) == NULL)
		error = -ENOMEM;
	while (error == 0 && *ret_len < (size_t)status.st_size) {
		ssize_t n = read(fd, *ret_data + *ret_len, (size_t)status.st_size - *ret_len);

		if (n > 0)
			*ret_len += (size_t)n;
		else if (n == 0)
			break;
		else if (errno != EINTR)
			error = -errno;
	}
	close(fd);
	if (error < 0) {
		free(*ret_data);
		*ret_data = NULL;
	}
	return error;
}

static void wipe(char *data, size_t len)
{
	if (data != NULL)
		sodium_memzero(data, len);
	free(data);
}

/* ---- secrets ---- */

static int read_identity(struct keychain *keychain)
{
	uint8_t seed[DEVICE_LIST_SEED];
	char *data;
	size_t len, n;
	int error = read_file(keychain, "identity", &data, &len);

	if (error < 0 || data == NULL)
		return error;
	if (base64url_read(slice_trim((struct slice){data, strcspn(data, "\n")}), seed,
			   sizeof(seed), &n) < 0 ||
	    n != sizeof(seed))
		error = -EBADMSG;
	else
		secrecy_set_identity(&keychain->secrecy, seed);
	sodium_memzero(seed, sizeof(seed));
	wipe(data, len);
	return error;
}

/* SECRET MADE RETIRED, in seconds of Unix time. */
static int read_key(struct slice line, struct secrecy_key *key)
{
	struct slice text;
	unsigned long long made, retired;
	size_t n;

	if (!slice_split(&line, ' ', &text) ||
	    base64url_read(text, key->secret, DEVICE_KEY, &n) < 0 || n != DEVICE_KEY ||
	    !slice_split(&line, ' ', &text) || slice_number(text, INT64_MAX, &made) < 0 ||
	    slice_number(line, INT64_MAX, &retired) < 0)
		return -EBADMSG;
	crypto_scalarmult_base(key->device, key->secret);
	key->made_s = (int64_t)made;
	key->retired_s = (int64_t)retired;
	return 0;
}

static void name_device(const struct keychain *keychain, const char *what, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%s-%u", what, keychain->device);
}

static int read_keys(struct keychain *keychain)
{
	struct secrecy *secrecy = &keychain->secrecy;
	char name[NAME_SIZE], *data;
	struct slice rest, line;
	size_t len;
	int error;

	secrecy->n_keys = 0;
	name_device(keychain, "device", name);
	error = read_file(keychain, name, &data, &len);
	rest = (struct slice){data, len};
	while (error == 0 && slice_split(&rest, '\n', &line)) {
		if (secrecy->n_keys == SECRECY_MAX_KEYS)
			error = -EBADMSG;
		else if (line.len > 0 &&
			 (error = read_key(line, &secrecy->keys[secrecy->n_keys])) == 0)
			secrecy->n_keys++;
	}
	wipe(data, len);
	return error;
}

static int write_secrets(struct keychain *keychain)
{
	const struct secrecy *secrecy = &keychain->secrecy;
	char text[SECRECY_MAX_KEYS * (KEY_TEXT + 48)], key[KEY_TEXT], name[NAME_SIZE];
	size_t len = 0;
	int error;

	base64url_write(secrecy->seed, DEVICE_LIST_SEED, key, sizeof(key));
	len = (size_t)snprintf(text, sizeof(text), "%s\n", key);
	error = faccessat(keychain->folder_fd, "identity", F_OK, AT_SYMLINK_NOFOLLOW) == 0
			? 0
			: replace_file(keychain, "identity", text, len);
	len = 0;
	for (size_t i = 0; i < secrecy->n_keys; i++) {
		base64url_write(secrecy->keys[i].secret, DEVICE_KEY, key, sizeof(key));
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s %lld %lld\n", key,
					(long long)secrecy->keys[i].made_s,
					(long long)secrecy->keys[i].retired_s);
	}
	name_device(keychain, "device", name);
	if (error == 0)
		error = replace_file(keychain, name, text, len);
	sodium_memzero(text, sizeof(text));
	sodium_memzero(key, sizeof(key));
	return error;
}

/* ---- what is known ---- */

static int read_known(struct keychain *keychain)
{
	char *data;
	size_t len;
	int error = read_file(keychain, "known", &data, &len);

	if (error < 0)
		return error;
	json_decref(keychain->known);
	keychain->known =
		data != NULL ? json_loadb(data, len, JSON_REJECT_DUPLICATES, NULL) : json_object();
	free(data);
	if (!json_is_object((json_t *)keychain->known))
		return -EBADMSG;
	error = keychain_take_peers(&keychain->secrecy,
				    json_object_get(keychain->known, "accounts"));
	if (error == 0 && !keychain->loaded) {
		char name[NAME_SIZE];

		name_device(keychain, "device", name);
		error = keychain_take_conversations(&keychain->secrecy,
						    json_object_get(keychain->known, name));
		/* Nobody knows how far it had come: numbers that it has used count once only. */
		if (keychain->secrecy.n_keys > 0 && json_object_get(keychain->known, name) == NULL)
			keychain->secrecy.keys[0].made_s = 0;
	}
	return error;
}

static int write_known(struct keychain *keychain)
{
	char name[NAME_SIZE], *text;
	int error;

	name_device(keychain, "device", name);
	if (json_object_set_new(keychain->known, "accounts",
				keychain_give_peers(&keychain->secrecy)) < 0 ||
	    json_object_set_new(keychain->known, name,
				keychain_give_conversations(&keychain->secrecy)) < 0 ||
	    (text = json_dumps(keychain->known, JSON_INDENT(1) | JSON_SORT_KEYS)) == NULL)
		return -ENOMEM;
	error = replace_file(keychain, "known", text, strlen(text));
	free(text);
	return error;
}

/* ---- from opening to closing ---- */

/* The first device that nobody is. */
static int take_device(struct keychain *keychain)
{
	char name[NAME_SIZE];

	for (keychain->device = 1; keychain->device <= KEYCHAIN_MAX_CLIENTS; keychain->device++) {
		name_device(keychain, "lock", name);
		keychain->device_fd = openat(keychain->folder_fd, name,
					     O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (keychain->device_fd < 0)
			return -errno;
		if (flock(keychain->device_fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		close(keychain->device_fd);
		keychain->device_fd = -1;
	}
	return -EBUSY;
}

int keychain_open(struct keychain *keychain, const char *server, const char *account)
{
	int error = account_name_valid(account) ? 0 : -EINVAL;

	*keychain = (struct keychain){.folder_fd = -1, .lock_fd = -1, .device_fd = -1};
	if (sodium_init() < 0)
		error = -EIO;
	if (error == 0) {
		secrecy_init(&keychain->secrecy, account);
		error = find_folder(keychain, server);
	}
	if (error == 0)
		error = make_folders(keychain->folder);
	if (error == 0) {
		keychain->folder_fd = open(keychain->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		error = keychain->folder_fd < 0 ? -errno : take_device(keychain);
	}
	if (error < 0)
		keychain_close(keychain);
	return error;
}

int keychain_begin(struct keychain *keychain)
{
	int error = 0;

	keychain->lock_fd = openat(keychain->folder_fd, "lock",
				   O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (keychain->lock_fd < 0)
		return -errno;
	while (flock(keychain->lock_fd, LOCK_EX) < 0 && error == 0)
		error = errno == EINTR ? 0 : -errno;
	if (error == 0 && !keychain->secrecy.has_identity)
		error = read_identity(keychain);
	if (error == 0 && !keychain->loaded)
		error = read_keys(keychain);
	if (error == 0)
		error = read_known(keychain);
	keychain->loaded = keychain->loaded || error == 0;
	if (error < 0) {
		close(keychain->lock_fd);
		keychain->lock_fd = -1;
	}
	return error;
}

int keychain_end(struct keychain *keychain)
{
	struct secrecy *secrecy = &keychain->secrecy;
	int error = secrecy->keys_changed ? write_secrets(keychain) : 0;

	if (error == 0)
		secrecy->keys_changed = false;
	if (error == 0 && secrecy->changed)
		error = write_known(keychain);
	if (error == 0)
		secrecy->changed = false;
	close(keychain->lock_fd);
	keychain->lock_fd = -1;
	return error;
}

void keychain_close(struct keychain *keychain)
{
	secrecy_finish(&keychain->secrecy);
	json_decref(keychain->known);
	keychain->known = NULL;
	if (keychain->device_fd >= 0)
		close(keychain->device_fd);
	if (keychain->folder_fd >= 0)
		close(keychain->folder_fd);
	keychain->device_fd = keychain->folder_fd = -1;
}
