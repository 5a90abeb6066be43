/* SPDX-License-Identifier: MIT */
#include "capture/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/scaler.h"
#include "capture/source.h"
#include "common/list.h"

_Static_assert((int)WIRE_MAX_CONTROL <= 65536, "what a probe writes fits into a pipe");

/* ---- the one that waits ---- */

static void read_entry(const struct probe *probe, struct catalogue_entry *ret_entry)
{
	char text[WIRE_MAX_CONTROL];
	ssize_t len = read(probe->output, text, sizeof text);
	const char *why = "";

	*ret_entry = (struct catalogue_entry){0};
	if (probe->took_too_long)
		why = "it takes too long to read";
	else if (!WIFEXITED(probe->status))
		why = "it makes what reads it crash";
	else if (len <= 0 || catalogue_parse((struct slice){text, (size_t)len}, ret_entry) < 0)
		why = "it can't be read";
	if (*why != '\0')
		snprintf(ret_entry->error, sizeof ret_entry->error, "%s", why);
}

static void finish(struct probe *probe)
{
	struct catalogue_entry entry;

	if (child_runs(&probe->child) || io_busy(&probe->limit))
		return;
	read_entry(probe, &entry);
	close(probe->output);
	probe->output = -1;
	probe->told(probe, &entry);
}

static void ended(struct child *child, int status)
{
	struct probe *probe = list_item(child, struct probe, child);

	probe->status = status;
	io_cancel(child->io, &probe->limit);
	finish(probe);
}

static void limit_reached(struct io_op *op, int result)
{
	struct probe *probe = list_item(op, struct probe, limit);

	if (result >= 0 && child_runs(&probe->child)) {
		probe->took_too_long = true;
		child_signal(&probe->child, SIGKILL);
	}
	finish(probe);
}

int probe_start(struct probe *probe, struct io *io, int file, probe_told *told)
{
	char path[CHILD_PATH_SIZE];
	const char *argv[] = {PROBE_NAME, path, NULL};
	int pipes[2], error;

	if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	child_path(file, path);
	*probe = (struct probe){.output = pipes[0], .told = told};
	error = child_start(&probe->child, io,
			    &(struct child_order){.argv = argv, .file = file, .output = pipes[1]},
			    ended);
	close(pipes[1]);
	if (error < 0) {
		close(pipes[0]);
		return error;
	}
	io_timer(io, &probe->limit, io_now_us(io) + PROBE_LIMIT_US, limit_reached);
	return 0;
}

void probe_stop(struct probe *probe)
{
	child_signal(&probe->child, SIGKILL);
}

/* ---- the one that looks ---- */

bool probe_is_meant(char *const argv[])
{
	return argv[0] != NULL && strcmp(argv[0], PROBE_NAME) == 0 && argv[1] != NULL;
}

static void look(const char *path, struct catalogue_entry *entry)
{
	const struct source_wish wish = {0};
	char text[CHILD_PATH_SIZE + 8], why[SOURCE_ERROR_SIZE];
	struct source *source = NULL;
	unsigned width, height;

	snprintf(text, sizeof text, "file:%s", path);
	if (source_open(&source, text, &wish, why) == 0) {
		scaler_fit(&source->shape, 0, 0, false, &width, &height);
		entry->width = (uint16_t)width;
		entry->height = (uint16_t)height;
		entry->duration_s = (double)source->duration_us / 1e6;
	} else {
		const char *colon = strstr(why, ": "); /* behind a path that nobody knows */

		snprintf(entry->error, sizeof entry->error, "%.200s",
			 colon != NULL ? colon + 2 : why);
	}
	source_close(source);
}

int probe_main(char *const argv[])
{
	struct catalogue_entry entry = {.slug = "video"};
	char text[WIRE_MAX_CONTROL];
	int len;

	look(argv[1], &entry);
	len = catalogue_encode(&entry, text);
	return len > 0 && write(STDOUT_FILENO, text, (size_t)len) == len ? 0 : 1;
}
