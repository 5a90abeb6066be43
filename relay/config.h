/* SPDX-License-Identifier: MIT */
/* The relay's configuration: filled once at start from options.h's tables, constant after that. */
#ifndef SPILLWAY_RELAY_CONFIG_H
#define SPILLWAY_RELAY_CONFIG_H

#include "common/options.h"
#include "common/slice.h"

enum publish_policy { PUBLISH_LOOPBACK, PUBLISH_KEY, PUBLISH_ANYONE, PUBLISH_UNSET };
enum watch_policy { WATCH_ANYONE, WATCH_TOKEN, WATCH_UNSET };

/* [stream NAME]: holds for NAME and all below it, but for what has a section of its own. */
struct stream_rule {
	char *name;
	int publish;		   /* enum publish_policy */
	int watch;		   /* enum watch_policy */
	struct option_list keys;   /* hashes */
	struct option_list tokens; /* hashes */
};

struct relay_config {
	char *config;
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
	struct stream_rule *rules;
	size_t n_rules;
};

/*
 * From the configuration file and the command line. Returns 0; or, having said why on standard
 * error, the exit status: 1 for the file, 2 for the command line.
 */
int relay_config_load(struct relay_config *config, int argc, char *argv[]);
void relay_config_finish(struct relay_config *config);

/* The rule for a stream, complete: what its section leaves open comes from [relay]. The lists are
 * borrowed. */
struct stream_rule relay_config_rule(const struct relay_config *config, struct slice stream);
/* Whether one rule holds for both. */
bool relay_config_same_rule(const struct relay_config *config, struct slice a, struct slice b);

#endif
