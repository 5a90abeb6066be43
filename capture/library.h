/* SPDX-License-Identifier: MIT */
/*
 * `library:DIR`: offers the videos of a folder (folder.h) to the relay, and plays each when
 * somebody asks for it.
 *
 * Each playback is a process of its own (child.h), this program with --source file: and --wait, so
 * that a video that is broken touches no other, and each has a processor. It gets the file as a
 * descriptor.
 */
#ifndef SPILLWAY_CAPTURE_LIBRARY_H
#define SPILLWAY_CAPTURE_LIBRARY_H

#include "capture/config.h"
#include "common/io.h"

enum { LIBRARY_MAX_SESSIONS = 64 };

struct library;

/* As pipeline_ended(). */
typedef void library_ended(void *context, int status);

/* Whether a source is one of these. */
bool library_is(const char *source);
/* The folder's path in it. */
const char *library_folder(const char *source);
/* config is borrowed while it lives. Says itself what is wrong; -errno. */
int library_create(struct library **ret_library, struct io *io, const struct config *config,
		   library_ended *ended, void *context);
/* Accepts NULL. Only after it has ended. */
void library_destroy(struct library *library);
void library_stop(struct library *library);

#endif
