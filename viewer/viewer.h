/* SPDX-License-Identifier: MIT */
/* Somebody who watches a stream: a session with the relay, a meter, and outputs. */
#ifndef SPILLWAY_VIEWER_VIEWER_H
#define SPILLWAY_VIEWER_VIEWER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/key.h"
#include "common/url.h"

struct viewer_options {
	struct url url;
	char key[KEY_TEXT_SIZE]; /* "": none */

	/* outputs */
	char *out;	   /* a file that output_for() knows, or NULL */
	int64_t segment_s; /* how long each file of a series is; 0: there is one file */
	bool to_stdout;
	bool term;
	bool list_frames;
	bool stats;
	bool json;

	/* until when; 0: without limit */
	int64_t frames;
	int64_t seconds; /* from the first frame */

	char *rendition; /* NULL: what the relay thinks best */
	bool reconnect;
	int64_t max_frame_bytes;
	int io; /* enum io_backend */
};

/* Watches until there is a reason to end. Messages go to standard error. Returns an exit status. */
int viewer_run(const struct viewer_options *options);

#endif
