/* SPDX-License-Identifier: MIT */
/*
 * What the agent was told to do: by its command line, and by the section [capture NAME] of the
 * configuration file where --name chose one. Some of it may change while the agent runs: reload.h.
 */
#ifndef SPILLWAY_CAPTURE_CONFIG_H
#define SPILLWAY_CAPTURE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/source.h"
#include "capture/plan.h"
#include "common/key.h"
#include "common/options.h"
#include "common/url.h"

/* What the service manager calls the key. */
#define CONFIG_CREDENTIAL "spillway.key"

/* A section [rendition NAME], as given; owned. */
struct config_rendition {
	char name[PLAN_NAME_SIZE];
	char *size, *fps;
	int64_t max_kbps;
};

extern const struct option_row config_rows[];

struct config {
	int argc; /* what the program was called with, borrowed */
	char **argv;

	/* as given; owned */
	char *config, *name;
	char *source;
	char *fps, *size;
	char *key_file, *key_text;
	char *url_text;
	int64_t jpeg_quality, max_kbps, max_sessions;
	bool loop, always, on_demand, wait, list, check_config;
	struct option_list controls, renditions;
	struct config_rendition sections[PLAN_MAX];
	size_t n_sections;
	int io, log_level; /* enum io_backend, enum log_level */

	/* understood */
	struct source_wish wish;
	struct url url;
	struct plan asked; /* none: the usual renditions, or … */
	bool single;	   /* … the stream alone */
	bool ladder;	   /* the stream alone climbs through them */
	const char *key;   /* NULL: none */
	char key_read[KEY_TEXT_SIZE];
};

/* Says itself what is wrong. Returns 0, or the exit status: 1 when a file can't be read, 2 when
 * what was asked for is wrong. config_finish() is due in any case. */
int config_read(struct config *config, int argc, char *argv[]);
void config_finish(struct config *config);
/* Whether the sections of renditions are the same ones, in the same order. */
bool config_same_sections(const struct config *a, const struct config *b);
/* What --io was given. */
const char *config_io(const struct config *config);

#endif
