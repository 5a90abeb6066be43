/* SPDX-License-Identifier: MIT */
#include "capture/library.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libavformat/avformat.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/slug.h"
#include "capture/uplink.h"
#include "common/list.h"
#include "common/log.h"

static const char prefix[] = "library:";

struct file {
	char name[NAME_MAX + 1];
	struct timespec changed;
	off_t size;
	bool seen; /* in this scan */
	bool due;  /* the relay is to be told */
	struct catalogue_entry entry;
};

struct playback {
	struct library *library;
	struct io_op exit;
	pid_t pid; /* 0: free */
	int fd;	   /* the process's */
	char session[CATALOGUE_SESSION_SIZE];
};

/* That somebody isn't played something. */
struct refusal {
	char session[CATALOGUE_SESSION_SIZE];
	bool returns;
	char why[CATALOGUE_ERROR_SIZE];
};

struct library {
	struct io *io;
	const struct config *config;
	library_ended *ended;
	void *context;
	struct uplink *uplink;
	struct io_op scan;
	int folder;
	bool connected, saying, stopping, gone, reset_due;
	int status;
	struct file *files;
	size_t n_files;
	struct playback playbacks[LIBRARY_MAX_SESSIONS];
	struct refusal refusals[LIBRARY_MAX_SESSIONS];
	size_t n_refusals;
	char record[WIRE_MAX_CONTROL];
};

bool library_is(const char *source)
{
	return strncmp(source, prefix, sizeof prefix - 1) == 0;
}

/* ---- telling the relay ---- */

static struct file *due_file(struct library *library)
{
	for (size_t i = 0; i < library->n_files; i++)
		if (library->files[i].due)
			return &library->files[i];
	return NULL;
}

static void forget(struct library *library, struct file *file)
{
	*file = library->files[--library->n_files];
}

static void say(struct library *library)
{
	struct wire_header header = {.type = WIRE_CATALOGUE};
	struct file *file = due_file(library);
	int len = 0;

	if (!library->connected || library->saying)
		return;
	if (library->reset_due) {
		library->reset_due = false;
	} else if (library->n_refusals > 0) {
		const struct refusal *refusal = &library->refusals[--library->n_refusals];

		header.type = WIRE_CLOSE;
		header.flags = refusal->returns ? WIRE_RETURN : 0;
		len = snprintf(library->record, sizeof library->record, "%s %s", refusal->session,
			       refusal->why);
	} else if (file != NULL) {
		len = catalogue_encode(&file->entry, library->record);
		file->due = false;
		if (file->entry.gone)
			forget(library, file);
	} else {
		return;
	}
	if (len < 0)
		return;
	header.length = (uint32_t)len;
	library->saying = true;
	uplink_say(library->uplink, &header, library->record);
}

/* ---- looking through the folder ---- */

/* Never a link, and never something that waits to be opened. */
static int open_file(const struct library *library, const char *name, struct stat *ret_status)
{
	int fd = openat(library->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && (fstat(fd, ret_status) < 0 || !S_ISREG(ret_status->st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void path_of(int fd, char ret_path[64])
{
	snprintf(ret_path, 64, "/proc/self/fd/%d", fd);
}

static void measure(const char *path, struct catalogue_entry *entry)
{
	AVFormatContext *format = NULL;
	AVDictionary *options = NULL;
	int index = -1;

	av_dict_set(&options, "protocol_whitelist", "file", 0);
	if (avformat_open_input(&format, path, NULL, &options) == 0 &&
	    avformat_find_stream_info(format, NULL) >= 0)
		index = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	if (index >= 0) {
		const AVCodecParameters *video = format->streams[index]->codecpar;

		entry->duration_s = format->duration > 0 ? (double)format->duration / 1e6 : 0;
		entry->width = (uint16_t)video->width;
		entry->height = (uint16_t)video->height;
	}
	av_dict_free(&options);
	avformat_close_input(&format);
}

/* Whether it can be played, as far as its first picture. */
static void examine(struct library *library, struct file *file, int fd)
{
	const struct source_wish wish = {0};
	struct catalogue_entry *entry = &file->entry;
	char path[64], text[80], why[SOURCE_ERROR_SIZE];
	struct source *source = NULL;
	const char *colon;

	(void)library;
	path_of(fd, path);
	snprintf(text, sizeof text, "file:%s", path);
	entry->error[0] = '\0';
	entry->duration_s = 0;
	entry->width = entry->height = 0;
	if (source_open(&source, text, &wish, why) == 0) {
		measure(path, entry);
	} else {
		colon = strstr(why, ": "); /* behind a path that nobody knows */
		snprintf(entry->error, sizeof entry->error, "%.200s",
			 colon != NULL ? colon + 2 : why);
		log_warning("%s: %s", file->name, entry->error);
	}
	source_close(source);
	file->due = true;
}

static bool slug_is_taken(const struct library *library, const char *slug)
{
	for (size_t i = 0; i < library->n_files; i++)
		if (strcmp(library->files[i].entry.slug, slug) == 0)
			return true;
	return false;
}

static struct file *find_file(struct library *library, const char *name)
{
	for (size_t i = 0; i < library->n_files; i++)
		if (strcmp(library->files[i].name, name) == 0)
			return &library->files[i];
	return NULL;
}

static struct file *add_file(struct library *library, const char *name)
{
	struct file *file = &library->files[library->n_files];
	char slug[CATALOGUE_SLUG_SIZE];
	unsigned n = 1;

	if (library->n_files == LIBRARY_MAX_FILES)
		return NULL;
	do
		slug_make(name, n++, slug);
	while (slug_is_taken(library, slug));
	*file = (struct file){0};
	snprintf(file->name, sizeof file->name, "%s", name);
	snprintf(file->entry.slug, sizeof file->entry.slug, "%s", slug);
	slug_title(name, file->entry.title);
	library->n_files++;
	return file;
}

static void look_at(struct library *library, const char *name)
{
	struct file *file = find_file(library, name);
	struct stat status;
	int fd = slug_is_video(name) ? open_file(library, name, &status) : -1;

	if (fd < 0)
		return;
	if (file == NULL)
		file = add_file(library, name);
	if (file != NULL) {
		file->seen = true;
		if (file->size != status.st_size || file->changed.tv_sec != status.st_mtim.tv_sec ||
		    file->changed.tv_nsec != status.st_mtim.tv_nsec || file->entry.gone) {
			file->size = status.st_size;
			file->changed = status.st_mtim;
			file->entry.gone = false;
			examine(library, file, fd);
		}
	}
	close(fd);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void look_through(struct library *library)
{
	struct dirent **names = NULL;
	int n = scandirat(library->folder, ".", &names, NULL, by_name);

	for (size_t i = 0; i < library->n_files; i++)
		library->files[i].seen = false;
	for (int i = 0; i < n; i++) {
		look_at(library, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	for (size_t i = 0; n >= 0 && i < library->n_files; i++) {
		struct file *file = &library->files[i];

		if (!file->seen && !file->entry.gone)
			file->entry.gone = file->due = true;
	}
	say(library);
}

/* ---- ending ---- */

static void check_ended(struct library *library)
{
	bool busy = !library->gone || io_busy(&library->scan);

	for (size_t i = 0; i < LIBRARY_MAX_SESSIONS; i++)
		busy |= library->playbacks[i].pid != 0;
	if (!busy)
		library->ended(library->context, library->status);
}

static void scan(struct io_op *op, int result)
{
	struct library *library = list_item(op, struct library, scan);

	if (library->stopping || result < 0) {
		check_ended(library);
		return;
	}
	look_through(library);
	io_timer(library->io, op, io_now_us(library->io) + LIBRARY_SCAN_US, scan);
}

static void end_playbacks(struct library *library)
{
	library->stopping = true;
	io_cancel(library->io, &library->scan);
	for (size_t i = 0; i < LIBRARY_MAX_SESSIONS; i++)
		if (library->playbacks[i].pid != 0)
			kill(library->playbacks[i].pid, SIGTERM);
}

void library_stop(struct library *library)
{
	end_playbacks(library);
	uplink_end(library->uplink, "the agent was stopped");
}

/* ---- playing ---- */

static void refuse(struct library *library, const char *session, bool returns, const char *why)
{
	struct refusal *refusal = &library->refusals[library->n_refusals];

	if (library->n_refusals == LIBRARY_MAX_SESSIONS)
		return; /* the relay doesn't wait for ever */
	library->n_refusals++;
	refusal->returns = returns;
	snprintf(refusal->session, sizeof refusal->session, "%s", session);
	snprintf(refusal->why, sizeof refusal->why, "%s", why);
	say(library);
}

static void exited(struct io_op *op, int result)
{
	struct playback *playback = list_item(op, struct playback, exit);
	struct library *library = playback->library;
	int status = 0;

	(void)result;
	waitpid(playback->pid, &status, 0);
	close(playback->fd);
	playback->pid = 0;
	if (status != 0 && !library->stopping)
		refuse(library, playback->session, false, "it can't be played");
	if (library->stopping)
		check_ended(library);
}

/* In the new process: only what is allowed after fork(). */
static void exec_playback(char *const argv[], char *const environment[], int fd, pid_t parent)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	fcntl(fd, F_SETFD, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent)
		execve("/proc/self/exe", argv, environment);
	_exit(1);
}

static int start_process(struct library *library, struct playback *playback, int fd)
{
	const struct config *config = library->config;
	char path[64], source[80], url[512], quality[24], key[KEY_TEXT_SIZE + 16];
	bool bracket = strchr(config->url.host, ':') != NULL;
	char *environment[3] = {NULL}, *argv[20] = {NULL};
	const char *words[20] = {"spillway-capture",
				 "--config",
				 "/dev/null",
				 "--log-level",
				 "warning",
				 "--jpeg-quality",
				 quality,
				 "--rendition",
				 "none",
				 "--source",
				 source};
	size_t n = 11, n_environment = 0;
	pid_t parent = getpid();

	path_of(fd, path);
	snprintf(source, sizeof source, "file:%s", path);
	snprintf(quality, sizeof quality, "%lld", (long long)config->jpeg_quality);
	snprintf(url, sizeof url, "spillway://%s%s%s:%s/%s/%s", bracket ? "[" : "",
		 config->url.host, bracket ? "]" : "", config->url.port, config->url.stream,
		 playback->session);
	if (config->size != NULL) {
		words[n++] = "--size";
		words[n++] = config->size;
	}
	if (config->fps != NULL) {
		words[n++] = "--fps";
		words[n++] = config->fps;
	}
	words[n++] = url;
	memcpy(argv, words, n * sizeof *argv);
	if (config->key != NULL) { /* not as an argument, which others may see */
		snprintf(key, sizeof key, "SPILLWAY_KEY=%s", config->key);
		environment[n_environment++] = key;
	}

	pid_t pid = fork();

	if (pid == 0)
		exec_playback(argv, environment, fd, parent);
	explicit_bzero(key, sizeof key);
	return pid < 0 ? -errno : pid;
}

static struct playback *free_playback(struct library *library)
{
	for (size_t i = 0; i < (size_t)library->config->max_sessions; i++)
		if (library->playbacks[i].pid == 0)
			return &library->playbacks[i];
	return NULL;
}

static struct file *file_of(struct library *library, const char *session)
{
	size_t len = strcspn(session, "~");

	for (size_t i = 0; i < library->n_files; i++) {
		struct file *file = &library->files[i];

		if (strlen(file->entry.slug) == len && !file->entry.gone &&
		    memcmp(file->entry.slug, session, len) == 0)
			return file;
	}
	return NULL;
}

static void play(struct library *library, struct playback *playback, const struct file *file)
{
	struct stat status;
	int fd = open_file(library, file->name, &status);
	int pid = fd < 0 ? -ENOENT : start_process(library, playback, fd);

	if (fd >= 0)
		close(fd);
	playback->fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	if (pid > 0 && playback->fd < 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	if (playback->fd < 0) {
		refuse(library, playback->session, false, "it can't be opened");
		return;
	}
	playback->pid = pid;
	io_poll(library->io, &playback->exit, playback->fd, POLLIN, exited);
}

static void on_open(struct library *library, const char *session)
{
	struct slice level, rest;
	struct playback *playback = free_playback(library);
	struct file *file = file_of(library, session);

	if (library->stopping || catalogue_parse_session(slice_from(session), &level, &rest) < 0)
		return;
	if (file == NULL) {
		refuse(library, session, false, "it isn't there any more");
	} else if (file->entry.error[0] != '\0') {
		refuse(library, session, false, file->entry.error);
	} else if (playback == NULL) {
		refuse(library, session, true, "as many videos as may be are being played");
	} else {
		playback->library = library;
		snprintf(playback->session, sizeof playback->session, "%s", session);
		play(library, playback, file);
	}
}

static void on_close(struct library *library, const char *session)
{
	for (size_t i = 0; i < LIBRARY_MAX_SESSIONS; i++) {
		const struct playback *playback = &library->playbacks[i];

		if (playback->pid != 0 && strcmp(playback->session, session) == 0)
			kill(playback->pid, SIGTERM);
	}
}

/* ---- the connection ---- */

static void on_opened(struct library *library, const char *text)
{
	(void)text;
	log_info("offering %zu videos as %s/… to %s port %s", library->n_files,
		 library->config->url.stream, library->config->url.host, library->config->url.port);
	library->connected = library->reset_due = true;
	library->saying = false;
	library->n_refusals = 0;
	for (size_t i = 0; i < library->n_files; i++)
		library->files[i].due = true;
	say(library);
}

static void on_lost(struct library *library, const char *text)
{
	library->connected = false;
	log_warning("no connection to %s port %s: %s; trying again until it works",
		    library->config->url.host, library->config->url.port, text);
}

static void on_refused(struct library *library, const char *text)
{
	log_error("%s port %s refuses %s: %s", library->config->url.host, library->config->url.port,
		  library->config->url.stream, text);
	library->status = 1;
}

static void on_gone(struct library *library, const char *text)
{
	(void)text;
	library->connected = false;
	library->gone = true;
	end_playbacks(library);
	check_ended(library);
}

static void on_said(struct library *library, const char *text)
{
	(void)text;
	library->saying = false;
	say(library);
}

static void on_nothing(struct library *library, const char *text)
{
	(void)library;
	(void)text;
}

static void (*const reactions[])(struct library *library, const char *text) = {
	[UPLINK_OPENED] = on_opened,   [UPLINK_LOST] = on_lost,	     [UPLINK_BUSY] = on_lost,
	[UPLINK_REFUSED] = on_refused, [UPLINK_DEMAND] = on_nothing, [UPLINK_GONE] = on_gone,
	[UPLINK_SAID] = on_said,       [UPLINK_OPEN] = on_open,	     [UPLINK_CLOSE] = on_close,
};

static void hear(void *context, enum uplink_event event, const char *text)
{
	reactions[event](context, text);
}

/* ---- for main ---- */

int library_create(struct library **ret_library, struct io *io, const struct config *config,
		   library_ended *ended, void *context)
{
	struct library *library = calloc(1, sizeof *library);
	const char *path = config->source + sizeof prefix - 1;
	int error = -ENOMEM;

	if (library == NULL)
		return error;
	*library = (struct library){.io = io, .config = config, .ended = ended, .context = context};
	library->files = calloc(LIBRARY_MAX_FILES, sizeof *library->files);
	library->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (library->folder < 0)
		error = -errno;
	else if (library->files != NULL)
		error = uplink_create(&library->uplink, io, &config->url, config->key, hear,
				      library);
	if (error < 0) {
		log_error("%s: %s", path, strerror(-error));
		library_destroy(library);
		return error;
	}
	look_through(library);
	uplink_start(library->uplink);
	io_timer(io, &library->scan, io_now_us(io) + LIBRARY_SCAN_US, scan);
	*ret_library = library;
	return 0;
}

void library_destroy(struct library *library)
{
	if (library == NULL)
		return;
	uplink_destroy(library->uplink);
	if (library->folder >= 0)
		close(library->folder);
	free(library->files);
	free(library);
}
