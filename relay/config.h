/* SPDX-License-Identifier: MIT */
/* The relay's configuration, from options.h's tables: filled at start, and anew by reload.h. */
#ifndef SPILLWAY_RELAY_CONFIG_H
#define SPILLWAY_RELAY_CONFIG_H

#include "common/stream_rules.h"

enum { RELAY_CONFIG_ERROR_SIZE = OPTIONS_ERROR_SIZE };

/* Of [relay]. */
extern const struct option_row relay_config_rows[];

struct relay_config {
	int argc; /* what the program was called with, borrowed */
	char **argv;
	char *config;
	bool check_config;
	struct option_list listen;
	char *control;
	int io; /* enum io_backend */
	int log_level;
	int64_t workers;

	int64_t queue_frames;
	int64_t max_lag_ms;
	int64_t coalesce_ms;
	int64_t linger_s;
	int64_t stall_timeout_s;
	int64_t publisher_timeout_s;
	int64_t request_timeout_s;
	int64_t drain_timeout_s;

	int64_t max_viewers;
	int64_t max_connections;
	int64_t max_per_address;
	int64_t max_streams;
	int64_t max_frame_bytes;
	int64_t max_header_bytes;

	struct stream_rule relay_rule; /* for streams without a section */
	struct stream_rules streams;
};

/*
 * From the configuration file and the command line. Returns 0; or, having said why on standard
 * error, the exit status: 1 for the file, 2 for the command line.
 */
int relay_config_load(struct relay_config *config, int argc, char *argv[]);
/* The same again, into another struct: -EINVAL, with a sentence in ret_error. Of the command line,
 * which was right at the start, it says itself what is wrong. */
int relay_config_again(const struct relay_config *config, struct relay_config *ret_fresh,
		       char ret_error[RELAY_CONFIG_ERROR_SIZE]);
void relay_config_finish(struct relay_config *config);
/* Finishes and frees one that was calloc()ed. Accepts NULL. */
void relay_config_destroy(struct relay_config *config);

/* The rule for a stream, complete: what its section leaves open comes from [relay]. The lists are
 * borrowed. */
struct stream_rule relay_config_rule(const struct relay_config *config, struct slice stream);
/* Whether one rule holds for both. */
bool relay_config_same_rule(const struct relay_config *config, struct slice a, struct slice b);

#endif
