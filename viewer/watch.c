/* SPDX-License-Identifier: MIT */
/* spillway watch: what is wanted, from the command line. */
#include "viewer/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "common/log.h"
#include "common/options.h"
#include "viewer/output.h"
#include "viewer/series.h"
#include "viewer/viewer.h"

struct watch_options {
	struct viewer_options viewer;
	char *key_file;
};

#define FIELD(name) offsetof(struct watch_options, viewer.name)

static const char *const io_names[] = {"auto", "uring", "epoll", NULL}; /* enum io_backend */

static const struct option_row rows[] = {
	{.name = "stats",
	 .type = OPTION_BOOL,
	 .offset = FIELD(stats),
	 .help = "Show figures: a live line on a terminal, a summary at the end. So it does "
		 "when no output is asked for."},
	{.name = "json",
	 .type = OPTION_BOOL,
	 .offset = FIELD(json),
	 .help = "Print the figures as one line of JSON at the end."},
	{.name = "out",
	 .type = OPTION_TEXT,
	 .offset = FIELD(out),
	 .value = "FILE",
	 .help = "Record to FILE: .mjpg, .mkv, .mp4, .mov or .avi; .jpg takes one frame; - is "
		 "standard output."},
	{.name = "segment",
	 .type = OPTION_TIME,
	 .offset = FIELD(segment_s),
	 .value = "TIME",
	 .max = 30 * 86400,
	 .help = "Record to a series of files, each so long: FILE-0001.mkv, or by the time, where "
		 "FILE has %H and the like. 0: one file."},
	{.name = "stdout",
	 .type = OPTION_BOOL,
	 .offset = FIELD(to_stdout),
	 .help = "Write the pictures to standard output, as for | ffplay -."},
	{.name = "term",
	 .type = OPTION_BOOL,
	 .offset = FIELD(term),
	 .help = "Show the pictures in the terminal, in true colour."},
	{.name = "list-frames",
	 .type = OPTION_BOOL,
	 .offset = FIELD(list_frames),
	 .help = "Print each frame's sequence number, presentation time, capture time, bytes and "
		 "SHA-256."},
	{.name = "frames",
	 .type = OPTION_NUMBER,
	 .offset = FIELD(frames),
	 .value = "N",
	 .max = INT64_MAX,
	 .help = "End after N frames; 0: without limit."},
	{.name = "seconds",
	 .type = OPTION_NUMBER,
	 .offset = FIELD(seconds),
	 .value = "N",
	 .max = 1000000000,
	 .help = "End N seconds after the first frame; 0: without limit."},
	{.name = "rendition",
	 .type = OPTION_TEXT,
	 .offset = FIELD(rendition),
	 .value = "NAME",
	 .help = "Watch this rendition of the stream; auto: the one that the network carries."},
	{.name = "reconnect",
	 .type = OPTION_BOOL,
	 .offset = FIELD(reconnect),
	 .initial = "yes",
	 .help = "Wait for a relay or a stream that is away, and come back to one that was lost."},
	{.name = "key-file",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct watch_options, key_file),
	 .value = "FILE",
	 .help = "The key for a stream that needs one; else it is $SPILLWAY_KEY."},
	{.name = "max-frame",
	 .type = OPTION_BYTES,
	 .offset = FIELD(max_frame_bytes),
	 .value = "BYTES",
	 .initial = "32M",
	 .min = 1024,
	 .max = 1 << 30,
	 .help = "End when a frame is larger."},
	{.name = "io",
	 .type = OPTION_CHOICE,
	 .offset = FIELD(io),
	 .value = "NAME",
	 .choices = io_names,
	 .help = "How to do input and output."},
	{.name = NULL},
};

static const char more[] = "Examples:\n"
			   "  spillway watch localhost/cam\n"
			   "  spillway watch localhost/cam --term\n"
			   "  spillway watch localhost/cam --stdout | ffplay -\n"
			   "  spillway watch example.org/cam --out cam.mkv --seconds 60\n"
			   "  spillway watch example.org/cam --out cam-%H%M.mkv --segment 10m\n";

static int usage_error(const char *sentence)
{
	log_error("%s; \"spillway watch --help\" helps", sentence);
	return -EINVAL;
}

/* What the table can't say. */
static int watch_check(struct viewer_options *options)
{
	if (options->out && strcmp(options->out, "-") == 0) {
		free(options->out);
		options->out = NULL;
		options->to_stdout = true;
	}
	if (options->out && !output_for(options->out)) {
		log_error("%s: the ending must be one of %s", options->out, output_endings());
		return -EINVAL;
	}
	if (options->segment_s > 0 && !options->out)
		return usage_error("--segment needs a file: --out FILE");
	if (options->segment_s > 0 && output_for(options->out) == &output_jpeg)
		return usage_error("--segment is for recordings, and .jpg is one picture");
	if (options->segment_s > 0 && !series_valid(options->out))
		return usage_error("in the name of a series % is followed by one of Y m d H M S F "
				   "T s %");
	if (options->to_stdout + options->term + options->list_frames > 1)
		return usage_error("only one of --stdout, --term and --list-frames can have "
				   "standard output");
	if (options->to_stdout && isatty(STDOUT_FILENO))
		return usage_error("--stdout gives JPEG pictures, which a terminal can't show: "
				   "--term does");
	if (options->term && !isatty(STDOUT_FILENO))
		return usage_error("--term needs a terminal");
	if (!options->out && !options->to_stdout && !options->term && !options->list_frames &&
	    !options->json)
		options->stats = true;
	return 0;
}

static int watch_key(struct watch_options *options)
{
	const char *key = getenv("SPILLWAY_KEY");
	int error;

	if (options->key_file) {
		error = key_read_file(options->key_file, options->viewer.key);
		if (error == -EPERM)
			log_error("%s: others may read this key; \"chmod 600\" keeps it secret",
				  options->key_file);
		else if (error == -EINVAL)
			log_error("%s: there is no key in it", options->key_file);
		else if (error)
			log_error("%s: %s", options->key_file, strerror(-error));
		return error;
	}
	if (key && slice_copy(slice_from(key), options->viewer.key, sizeof(options->viewer.key))) {
		log_error("SPILLWAY_KEY: this is too long for a key");
		return -EINVAL;
	}
	return 0;
}

static int watch_run(struct watch_options *options, const char *url)
{
	const char *why;

	if (url_parse(url, &options->viewer.url, &why) < 0) {
		/* A key may be behind it. */
		log_error("%.*s: %s", (int)strcspn(url, "?"), url, why);
		return COMMAND_USAGE;
	}
	if (watch_check(&options->viewer) < 0)
		return COMMAND_USAGE;
	if (watch_key(options) < 0)
		return COMMAND_FAILED;
	return viewer_run(&options->viewer);
}

static int watch_main(int argc, char *argv[])
{
	struct watch_options options = {0};
	const struct option_program program = {
		.name = "spillway watch",
		.usage = "[OPTION]... URL",
		.summary = "Watches a stream. URL is [spillway://]HOST[:PORT]/STREAM.",
		.more = more,
		.rows = rows,
		.fields = &options,
		.min_arguments = 1,
		.max_arguments = 1,
	};
	int first, status = COMMAND_USAGE;

	options_init(rows, &options);
	first = options_command_line(&program, argc, argv);
	if (first >= 0)
		status = watch_run(&options, argv[first]);
	options_finish(rows, &options);
	return status;
}

const struct command watch_command = {
	.name = "watch",
	.summary = "watch a stream: in figures, in a file, in the terminal",
	.run = watch_main,
};
