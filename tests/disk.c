/* SPDX-License-Identifier: MIT */
#include "tests/disk.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILES = 8, NAME_SIZE = 256 };

struct bytes {
	char *data;
	size_t len, size;
};

/* A write since the last sync; or, without data, a truncation to `at`. */
struct change {
	char *data;
	size_t at, len;
};

struct image {
	char name[NAME_SIZE]; /* "" is a free place */
	struct bytes synced;
	struct change *changes;
	size_t n_changes, changes_size;
};

struct shim_file {
	sqlite3_file base;
	struct image *image; /* NULL: not watched */
	bool database;
	sqlite3_file real[]; /* of the real VFS */
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs shim_vfs;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct image images[MAX_FILES];
static char watched[NAME_SIZE];
static void (*_Atomic hook)(void);
static atomic_int fault;
static atomic_uint checkpoints;

uint64_t disk_random(uint64_t *seed, uint64_t n)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (*seed * 2685821657736338717u >> 11) % n;
}

/* ---- what is on the disk ---- */

static void grow(struct bytes *bytes, size_t len)
{
	if (len > bytes->size) {
		bytes->size = 2 * len;
		bytes->data = realloc(bytes->data, bytes->size);
		if (bytes->data == NULL)
			abort();
	}
	if (len > bytes->len) {
		memset(bytes->data + bytes->len, 0, len - bytes->len);
		bytes->len = len;
	}
}

/* The first len bytes of it. */
static void apply(struct bytes *bytes, const struct change *change, size_t len)
{
	if (change->data == NULL) {
		grow(bytes, change->at);
		bytes->len = change->at;
		return;
	}
	grow(bytes, change->at + len);
	memcpy(bytes->data + change->at, change->data, len);
}

static void forget_changes(struct image *image)
{
	for (size_t i = 0; i < image->n_changes; i++)
		free(image->changes[i].data);
	image->n_changes = 0;
}

static void add_change(struct image *image, const void *data, size_t at, size_t len)
{
	struct change *change;

	if (image->n_changes == image->changes_size) {
		image->changes_size = 2 * image->changes_size + 16;
		image->changes =
			realloc(image->changes, image->changes_size * sizeof(image->changes[0]));
		if (image->changes == NULL)
			abort();
	}
	change = &image->changes[image->n_changes++];
	*change = (struct change){.at = at, .len = len};
	if (data == NULL)
		return;
	change->data = malloc(len);
	if (change->data == NULL)
		abort();
	memcpy(change->data, data, len);
}

static void sync_image(struct image *image)
{
	for (size_t i = 0; i < image->n_changes; i++)
		apply(&image->synced, &image->changes[i], image->changes[i].len);
	forget_changes(image);
}

static void drop_image(struct image *image)
{
	forget_changes(image);
	free(image->changes);
	free(image->synced.data);
	*image = (struct image){0};
}

static struct image *find_image(const char *name)
{
	for (size_t i = 0; i < MAX_FILES; i++)
		if (strcmp(images[i].name, name) == 0)
			return &images[i];
	return NULL;
}

/* ---- the VFS ---- */

static void call_hook(void)
{
	void (*now)(void) = atomic_load(&hook);

	if (now != NULL)
		now();
}

static struct shim_file *shim_of(sqlite3_file *file)
{
	return (struct shim_file *)(void *)file;
}

static int shim_close(sqlite3_file *file)
{
	return shim_of(file)->real->pMethods->xClose(shim_of(file)->real);
}

static int shim_read(sqlite3_file *file, void *to, int len, sqlite3_int64 at)
{
	return shim_of(file)->real->pMethods->xRead(shim_of(file)->real, to, len, at);
}

static int shim_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
	struct shim_file *shim = shim_of(file);
	int code;

	if (shim->image == NULL)
		return shim->real->pMethods->xWrite(shim->real, data, len, at);
	if (atomic_load(&fault) == DISK_FULL)
		return SQLITE_FULL;
	pthread_mutex_lock(&lock);
	code = shim->real->pMethods->xWrite(shim->real, data, len, at);
	add_change(shim->image, data, (size_t)at, (size_t)len);
	pthread_mutex_unlock(&lock);
	call_hook();
	return code;
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 len)
{
	struct shim_file *shim = shim_of(file);
	int code;

	pthread_mutex_lock(&lock);
	code = shim->real->pMethods->xTruncate(shim->real, len);
	if (shim->image != NULL)
		add_change(shim->image, NULL, (size_t)len, 0);
	pthread_mutex_unlock(&lock);
	return code;
}

/* The real disk isn't asked: what counts here is what SQLite asks for, and when. */
static int shim_sync(sqlite3_file *file, int flags)
{
	struct shim_file *shim = shim_of(file);

	/* What a crash has left is looked at once: it needs no sync. */
	if (shim->image == NULL)
		return *watched != '\0' ? SQLITE_OK
					: shim->real->pMethods->xSync(shim->real, flags);
	if (atomic_load(&fault) == DISK_SYNC_FAILS)
		return SQLITE_IOERR_FSYNC;
	pthread_mutex_lock(&lock);
	sync_image(shim->image);
	pthread_mutex_unlock(&lock);
	atomic_fetch_add(&checkpoints, shim->database);
	call_hook();
	return SQLITE_OK;
}

static int shim_file_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
	return shim_of(file)->real->pMethods->xFileSize(shim_of(file)->real, ret_size);
}

static int shim_lock(sqlite3_file *file, int level)
{
	return shim_of(file)->real->pMethods->xLock(shim_of(file)->real, level);
}

static int shim_unlock(sqlite3_file *file, int level)
{
	return shim_of(file)->real->pMethods->xUnlock(shim_of(file)->real, level);
}

static int shim_check_lock(sqlite3_file *file, int *ret_locked)
{
	return shim_of(file)->real->pMethods->xCheckReservedLock(shim_of(file)->real, ret_locked);
}

static int shim_control(sqlite3_file *file, int operation, void *argument)
{
	return shim_of(file)->real->pMethods->xFileControl(shim_of(file)->real, operation,
							   argument);
}

static int shim_sector_size(sqlite3_file *file)
{
	return shim_of(file)->real->pMethods->xSectorSize(shim_of(file)->real);
}

/* None of the promises that a real disk may make, such as that a write leaves its neighbours
 * alone. */
static int shim_characteristics(sqlite3_file *file)
{
	(void)file;
	return 0;
}

static int shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret)
{
	return shim_of(file)->real->pMethods->xShmMap(shim_of(file)->real, page, size, extend, ret);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	return shim_of(file)->real->pMethods->xShmLock(shim_of(file)->real, offset, n, flags);
}

static void shim_shm_barrier(sqlite3_file *file)
{
	shim_of(file)->real->pMethods->xShmBarrier(shim_of(file)->real);
}

static int shim_shm_unmap(sqlite3_file *file, int delete)
{
	return shim_of(file)->real->pMethods->xShmUnmap(shim_of(file)->real, delete);
}

static const sqlite3_io_methods shim_methods = {
	.iVersion = 2, /* without memory mapping, which writes past this */
	.xClose = shim_close,
	.xRead = shim_read,
	.xWrite = shim_write,
	.xTruncate = shim_truncate,
	.xSync = shim_sync,
	.xFileSize = shim_file_size,
	.xLock = shim_lock,
	.xUnlock = shim_unlock,
	.xCheckReservedLock = shim_check_lock,
	.xFileControl = shim_control,
	.xSectorSize = shim_sector_size,
	.xDeviceCharacteristics = shim_characteristics,
	.xShmMap = shim_shm_map,
	.xShmLock = shim_shm_lock,
	.xShmBarrier = shim_shm_barrier,
	.xShmUnmap = shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
		     int *ret_flags)
{
	static const int kinds = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
	struct shim_file *shim = shim_of(file);
	int code;

	(void)vfs;
	shim->base.pMethods = NULL;
	shim->image = NULL;
	shim->database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
	code = real_vfs->xOpen(real_vfs, name, shim->real, flags, ret_flags);
	if (code != SQLITE_OK)
		return code;
	shim->base.pMethods = &shim_methods;
	if (name == NULL || (flags & kinds) == 0 || *watched == '\0' ||
	    strncmp(name, watched, strlen(watched)) != 0)
		return SQLITE_OK;
	pthread_mutex_lock(&lock);
	shim->image = find_image(name);
	if (shim->image == NULL)
		shim->image = find_image("");
	if (shim->image == NULL)
		abort();
	snprintf(shim->image->name, NAME_SIZE, "%s", name);
	pthread_mutex_unlock(&lock);
	return SQLITE_OK;
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	struct image *image;

	(void)vfs;
	pthread_mutex_lock(&lock);
	image = find_image(name);
	if (image != NULL) {
		forget_changes(image);
		image->synced.len = 0;
	}
	pthread_mutex_unlock(&lock);
	return real_vfs->xDelete(real_vfs, name, sync);
}

void disk_register(void)
{
	real_vfs = sqlite3_vfs_find("unix");
	shim_vfs = *real_vfs;
	shim_vfs.zName = "disk";
	shim_vfs.szOsFile += (int)sizeof(struct shim_file);
	shim_vfs.xOpen = shim_open;
	shim_vfs.xDelete = shim_delete;
	sqlite3_vfs_register(&shim_vfs, 1);
}

/* ---- for tests ---- */

void disk_watch(const char *folder)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < MAX_FILES; i++)
		drop_image(&images[i]);
	snprintf(watched, sizeof(watched), "%s", folder != NULL ? folder : "");
	pthread_mutex_unlock(&lock);
}

void disk_set_hook(void (*now)(void))
{
	atomic_store(&hook, now);
}

void disk_set_fault(enum disk_fault now)
{
	atomic_store(&fault, now);
}

unsigned disk_checkpoints(void)
{
	return atomic_load(&checkpoints);
}

/* How much of a file's unsynced changes survives, in this crash. */
enum loss { LOSES_ALL, LOSES_SOME, TEARS_SOME, LOSES };

static void keep_some(struct bytes *bytes, const struct image *image, uint64_t *seed)
{
	enum loss loss = (enum loss)disk_random(seed, LOSES);

	for (size_t i = 0; i < image->n_changes && loss != LOSES_ALL; i++) {
		const struct change *change = &image->changes[i];
		size_t len = change->len;

		if (disk_random(seed, 2) == 0)
			continue;
		if (loss == TEARS_SOME && len > 0 && disk_random(seed, 2) == 0)
			len = disk_random(seed, len);
		apply(bytes, change, len);
	}
}

static int write_image(const struct image *image, const char *folder, uint64_t *seed)
{
	struct bytes bytes = {0};
	char path[2 * NAME_SIZE];
	FILE *file;
	bool whole;

	grow(&bytes, image->synced.len + 1);
	bytes.len = image->synced.len;
	if (bytes.len > 0)
		memcpy(bytes.data, image->synced.data, bytes.len);
	keep_some(&bytes, image, seed);
	snprintf(path, sizeof(path), "%s%s", folder, strrchr(image->name, '/'));
	file = fopen(path, "we");
	whole = file != NULL && fwrite(bytes.data, 1, bytes.len, file) == bytes.len;
	if (file != NULL && fclose(file) != 0)
		whole = false;
	free(bytes.data);
	return whole ? 0 : -EIO;
}

int disk_crash(const char *folder, uint64_t *seed)
{
	int error = 0;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < MAX_FILES && error == 0; i++)
		if (*images[i].name != '\0')
			error = write_image(&images[i], folder, seed);
	pthread_mutex_unlock(&lock);
	return error;
}

bool disk_holds(const char *text)
{
	bool holds = false;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < MAX_FILES && !holds; i++)
		holds = images[i].synced.len > 0 &&
			memmem(images[i].synced.data, images[i].synced.len, text, strlen(text)) !=
				NULL;
	pthread_mutex_unlock(&lock);
	return holds;
}
