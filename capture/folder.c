/* SPDX-License-Identifier: MIT */
#include "capture/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture/probe.h"
#include "capture/slug.h"
#include "common/list.h"
#include "common/log.h"

/* By what a file that was changed is known. */
struct stamp {
	struct timespec modified, changed;
	off_t size;
	ino_t number;
};

struct file {
	char name[NAME_MAX + 1]; /* "": the place is free */
	bool there, was_there;	 /* in the last scan, and in the one before */
	bool settled;		 /* nobody writes to it, it seems */
	bool known;		 /* it was probed, once */
	bool due;		 /* the entry is news */
	struct stamp now, probed;
	struct catalogue_entry entry;
};

struct run {
	struct folder *folder;
	struct probe probe;
	struct file *file;
};

struct folder {
	struct io *io;
	folder_told *told;
	void *context;
	int fd;
	struct io_op scan;
	bool stopping, crowded;
	uint64_t scans;
	struct run runs[FOLDER_PROBES];
	size_t n_files; /* places that were ever taken */
	struct file files[FOLDER_MAX_FILES];
	char found[FOLDER_MAX_FILES][NAME_MAX + 1]; /* names of new files, in a scan */
};

#define EACH(file, folder)                                                                         \
	(file) = (folder)->files;                                                                  \
	(file) < (folder)->files + (folder)->n_files;                                              \
	(file)++

static bool is_free(const struct file *file)
{
	return file->name[0] == '\0';
}

static bool is_offered(const struct file *file)
{
	return !is_free(file) && file->known && !file->entry.gone;
}

/* ---- probing ---- */

static void probe_files(struct folder *folder);

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same(const struct stamp *a, const struct stamp *b)
{
	return same_time(a->modified, b->modified) && same_time(a->changed, b->changed) &&
	       a->size == b->size && a->number == b->number;
}

static bool is_probed(const struct folder *folder, const struct file *file)
{
	for (size_t i = 0; i < FOLDER_PROBES; i++)
		if (folder->runs[i].file == file)
			return true;
	return false;
}

/* Never a link, and never something that waits to be opened. */
static int open_file(const struct folder *folder, const char *name)
{
	struct stat status;
	int fd = openat(folder->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

static void learn(struct folder *folder, struct file *file, const struct catalogue_entry *entry)
{
	struct catalogue_entry *own = &file->entry;

	memcpy(own->error, entry->error, sizeof own->error);
	own->duration_s = entry->duration_s;
	own->width = entry->width;
	own->height = entry->height;
	file->known = file->due = true;
	if (own->error[0] != '\0')
		log_warning("%s: %s", file->name, own->error);
	folder->told(folder->context);
}

static void probed(struct probe *probe, const struct catalogue_entry *entry)
{
	struct run *run = list_item(probe, struct run, probe);
	struct folder *folder = run->folder;
	struct file *file = run->file;

	run->file = NULL;
	if (folder->stopping) {
		folder->told(folder->context);
		return;
	}
	if (file->there)
		learn(folder, file, entry);
	else if (!file->known)
		file->name[0] = '\0';
	probe_files(folder);
}

static void probe_file(struct run *run, struct file *file)
{
	struct folder *folder = run->folder;
	struct catalogue_entry wrong = {0};
	int fd = open_file(folder, file->name);
	int error = fd < 0 ? fd : probe_start(&run->probe, folder->io, fd, probed);

	file->probed = file->now;
	if (fd >= 0)
		close(fd);
	if (error < 0) {
		snprintf(wrong.error, sizeof wrong.error, "%s", strerror(-error));
		learn(folder, file, &wrong);
		return;
	}
	run->file = file;
}

static bool wants_a_probe(const struct folder *folder, const struct file *file)
{
	return !is_free(file) && file->there && file->settled && !is_probed(folder, file) &&
	       (!file->known || !same(&file->now, &file->probed));
}

static void probe_files(struct folder *folder)
{
	struct file *file = folder->files, *end = folder->files + folder->n_files;

	for (size_t i = 0; i < FOLDER_PROBES; i++) {
		struct run *run = &folder->runs[i];

		for (; run->file == NULL && file < end; file++)
			if (wants_a_probe(folder, file))
				probe_file(run, file);
	}
}

/* ---- looking through it ---- */

static struct file *find_name(struct folder *folder, const char *name)
{
	struct file *file;

	for (EACH(file, folder))
		if (strcmp(file->name, name) == 0)
			return file;
	return NULL;
}

static const struct file *find_slug(const struct folder *folder, struct slice slug)
{
	const struct file *file;

	for (EACH(file, folder))
		if (!is_free(file) && slice_equal(slug, file->entry.slug))
			return file;
	return NULL;
}

static struct file *find_place(struct folder *folder)
{
	struct file *file;

	for (EACH(file, folder))
		if (is_free(file) && !is_probed(folder, file))
			return file;
	if (folder->n_files < FOLDER_MAX_FILES)
		return &folder->files[folder->n_files++];
	if (!folder->crowded)
		log_warning("there are more than %d videos: the others are left out",
			    FOLDER_MAX_FILES);
	folder->crowded = true;
	return NULL;
}

static struct file *add_file(struct folder *folder, const char *name)
{
	struct file *file = find_place(folder);
	char slug[CATALOGUE_SLUG_SIZE];
	unsigned n = 1;

	if (file == NULL)
		return NULL;
	do
		slug_make(name, n++, slug);
	while (find_slug(folder, slice_from(slug)) != NULL);
	*file = (struct file){0};
	snprintf(file->name, sizeof file->name, "%s", name);
	memcpy(file->entry.slug, slug, sizeof slug);
	slug_title(name, file->entry.title);
	return file;
}

static bool is_old(const struct stamp *stamp)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec - stamp->modified.tv_sec > FOLDER_SCAN_US / 1000000;
}

static void look_at(struct folder *folder, const char *name)
{
	struct file *file = find_name(folder, name);
	struct stat status;

	if (fstatat(folder->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(status.st_mode))
		return;
	if (file == NULL)
		file = add_file(folder, name);
	if (file == NULL)
		return;

	struct stamp stamp = {status.st_mtim, status.st_ctim, status.st_size, status.st_ino};

	file->settled = is_old(&stamp) || (file->was_there && same(&file->now, &stamp));
	file->now = stamp;
	file->there = true;
	if (file->entry.gone) /* it is back before that was told */
		file->entry.gone = file->known = file->due = false;
}

static void forget_what_has_gone(struct folder *folder)
{
	struct file *file;

	for (EACH(file, folder)) {
		if (is_free(file) || file->there || file->entry.gone)
			continue;
		if (file->known)
			file->entry.gone = file->due = true;
		else if (!is_probed(folder, file))
			file->name[0] = '\0';
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Those that are new, in the order of their names, so that the same folder has the same slugs. */
static void look_at_new(struct folder *folder, size_t n)
{
	qsort(folder->found, n, sizeof *folder->found, by_name);
	for (size_t i = 0; i < n; i++)
		look_at(folder, folder->found[i]);
}

static void look_through(struct folder *folder)
{
	int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	struct file *file;
	size_t n = 0;

	if (names == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (EACH(file, folder)) {
		file->was_there = file->there;
		file->there = false;
	}
	for (size_t i = 0; i < FOLDER_MAX_NAMES && (entry = readdir(names)) != NULL; i++) {
		if (!slug_is_video(entry->d_name))
			continue;
		if (find_name(folder, entry->d_name) != NULL)
			look_at(folder, entry->d_name);
		else if (n < FOLDER_MAX_FILES)
			memcpy(folder->found[n++], entry->d_name, strlen(entry->d_name) + 1);
	}
	closedir(names);
	look_at_new(folder, n);
	folder->scans++;
	forget_what_has_gone(folder);
	probe_files(folder);
}

static void scan(struct io_op *op, int result)
{
	struct folder *folder = list_item(op, struct folder, scan);

	if (result >= 0 && !folder->stopping)
		folder_start(folder);
	folder->told(folder->context);
}

/* ---- for the library ---- */

int folder_create(struct folder **ret_folder, struct io *io, const char *path, folder_told *told,
		  void *context)
{
	struct folder *folder;
	int error = -ENOMEM;

	if (*path == '\0') {
		log_error("a folder must follow 'library:'");
		return -EINVAL;
	}
	folder = calloc(1, sizeof *folder);
	if (folder != NULL) {
		folder->io = io;
		folder->told = told;
		folder->context = context;
		folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		error = folder->fd < 0 ? -errno : 0;
	}
	if (error < 0) {
		log_error("%s: %s", path, strerror(-error));
		free(folder);
		return error;
	}
	for (size_t i = 0; i < FOLDER_PROBES; i++)
		folder->runs[i].folder = folder;
	*ret_folder = folder;
	return 0;
}

void folder_destroy(struct folder *folder)
{
	if (folder == NULL)
		return;
	close(folder->fd);
	free(folder);
}

void folder_start(struct folder *folder)
{
	look_through(folder);
	io_timer(folder->io, &folder->scan, io_now_us(folder->io) + FOLDER_SCAN_US, scan);
}

void folder_stop(struct folder *folder)
{
	folder->stopping = true;
	io_cancel(folder->io, &folder->scan);
	for (size_t i = 0; i < FOLDER_PROBES; i++)
		if (folder->runs[i].file != NULL)
			probe_stop(&folder->runs[i].probe);
}

bool folder_is_busy(const struct folder *folder)
{
	bool busy = io_busy(&folder->scan);

	for (size_t i = 0; i < FOLDER_PROBES; i++)
		busy |= folder->runs[i].file != NULL;
	return busy;
}

bool folder_news(struct folder *folder, struct catalogue_entry *ret_entry)
{
	struct file *file;

	for (EACH(file, folder)) {
		if (is_free(file) || !file->due)
			continue;
		file->due = false;
		*ret_entry = file->entry;
		if (file->entry.gone)
			*file = (struct file){0};
		return true;
	}
	return false;
}

void folder_repeat(struct folder *folder)
{
	struct file *file;

	for (EACH(file, folder))
		file->due = file->known;
}

bool folder_open(const struct folder *folder, struct slice slug, struct catalogue_entry *ret_entry,
		 const char **ret_name, int *ret_file)
{
	const struct file *file = find_slug(folder, slug);

	if (file == NULL || !is_offered(file))
		return false;
	*ret_entry = file->entry;
	*ret_name = file->name;
	*ret_file = open_file(folder, file->name);
	return true;
}

/* ---- the list ---- */

struct listing {
	struct io *io;
	struct folder *folder;
};

/* What is still written to after a second look is listed as that. */
static bool is_complete(const struct folder *folder)
{
	const struct file *file;

	for (EACH(file, folder))
		if (!is_free(file) && file->there && !file->known &&
		    (file->settled || folder->scans < 2))
			return false;
	return true;
}

static void look_whether_complete(void *context)
{
	struct listing *listing = context;
	struct folder *folder = listing->folder;

	if (!folder->stopping && is_complete(folder))
		folder_stop(folder);
	if (folder->stopping && !folder_is_busy(folder))
		io_stop(listing->io);
}

static void print(FILE *out, const struct file *file)
{
	const struct catalogue_entry *entry = &file->entry;

	fprintf(out, "    %-24s %s", entry->slug, entry->title);
	if (!file->known)
		fprintf(out, ": it is still being written\n");
	else if (entry->error[0] != '\0')
		fprintf(out, ": %s\n", entry->error);
	else if (entry->duration_s > 0)
		fprintf(out, ", %ux%u, %.1f s\n", entry->width, entry->height, entry->duration_s);
	else
		fprintf(out, ", %ux%u\n", entry->width, entry->height);
}

int folder_list(FILE *out, struct io *io, const char *path)
{
	struct listing listing = {.io = io};
	const struct file *file;
	int error = folder_create(&listing.folder, io, path, look_whether_complete, &listing);

	if (error < 0)
		return error;
	folder_start(listing.folder);
	look_whether_complete(&listing);
	error = io_run(io);
	fprintf(out, "  library:%s\n", path);
	for (EACH(file, listing.folder))
		if (!is_free(file) && file->there)
			print(out, file);
	if (error == 0)
		folder_destroy(listing.folder);
	return error;
}
