/* SPDX-License-Identifier: MIT */
#include "relay/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/io.h"
#include "common/log.h"
#include "common/url.h"

static const char *const publish_names[] = {"loopback", "key", "anyone", NULL};
static const char *const watch_names[] = {"anyone", "token", NULL};
static const char *const io_names[] = {"auto", "uring", "epoll", NULL};

#define FIELD(name) offsetof(struct relay_config, name)

const struct option_row relay_config_rows[] = {
	{"config", OPTION_TEXT, FIELD(config), "FILE", NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "read this configuration file (default " OPTIONS_DEFAULT_FILE ", if it exists)"},
	{"check-config", OPTION_BOOL, FIELD(check_config), NULL, NULL, 0, 0, NULL,
	 OPTION_COMMAND_LINE, "read the configuration file, say whether it is all right, and end"},
	{"listen", OPTION_LIST, FIELD(listen), "ADDR:PORT", "localhost:7070", 0, 0, NULL,
	 OPTION_EVERYWHERE, "listen here; [::]:7070 and 0.0.0.0:7070 open it to the world"},
	{"control", OPTION_TEXT, FIELD(control), "PATH", NULL, 0, 0, NULL, OPTION_EVERYWHERE,
	 "the control socket's path (default: relay.sock in /run/spillway, else in "
	 "$XDG_RUNTIME_DIR/spillway, else in /tmp/spillway-UID)"},
	{"io", OPTION_CHOICE, FIELD(io), "KIND", "auto", 0, 0, io_names, OPTION_EVERYWHERE,
	 "the kernel's interface: io_uring where it is allowed, else epoll; or one by force"},
	{"workers", OPTION_NUMBER, FIELD(workers), "N", "0", 0, 256, NULL, OPTION_EVERYWHERE,
	 "so many threads share the viewers; 0: as many as there are cores"},
	{"log-level", OPTION_CHOICE, FIELD(log_level), "LEVEL", "info", 0, 0, log_level_names,
	 OPTION_EVERYWHERE, "say so much on standard error"},

	{"publish", OPTION_CHOICE, FIELD(relay_rule.publish), "WHO", "loopback", 0, 0,
	 publish_names, OPTION_EVERYWHERE,
	 "who may publish: programs on this machine, holders of a key, or anyone"},
	{"key", OPTION_LIST, FIELD(relay_rule.keys), "HASH", NULL, 0, 0, NULL, OPTION_FILE,
	 "the hash of a key that may publish every stream, from `spillway key new`"},
	{"watch", OPTION_CHOICE, FIELD(relay_rule.watch), "WHO", "anyone", 0, 0, watch_names,
	 OPTION_EVERYWHERE, "who may watch: anyone, or holders of a token"},
	{"token", OPTION_LIST, FIELD(relay_rule.tokens), "HASH", NULL, 0, 0, NULL, OPTION_FILE,
	 "the hash of a token that may watch every stream, from `spillway key new`"},

	{"queue-frames", OPTION_NUMBER, FIELD(queue_frames), "N", "8", 1, 1024, NULL,
	 OPTION_EVERYWHERE, "a viewer that is more frames behind loses its oldest"},
	{"max-lag", OPTION_NUMBER, FIELD(max_lag_ms), "MS", "250", 1, 60000, NULL,
	 OPTION_EVERYWHERE,
	 "a viewer loses frames that would arrive older than this, while a newer one exists"},
	{"coalesce", OPTION_NUMBER, FIELD(coalesce_ms), "MS", "0", 0, 1000, NULL, OPTION_EVERYWHERE,
	 "frames wait for so long, that several leave in one send; half of --max-lag at the most"},
	{"linger", OPTION_NUMBER, FIELD(linger_s), "S", "15", 0, 86400, NULL, OPTION_EVERYWHERE,
	 "viewers stay for so long when their publisher has gone"},
	{"stall-timeout", OPTION_NUMBER, FIELD(stall_timeout_s), "S", "30", 1, 3600, NULL,
	 OPTION_EVERYWHERE, "a viewer that takes nothing for so long is closed"},
	{"publisher-timeout", OPTION_NUMBER, FIELD(publisher_timeout_s), "S", "10", 1, 3600, NULL,
	 OPTION_EVERYWHERE, "a publisher silent for so long gives way to another"},
	{"request-timeout", OPTION_NUMBER, FIELD(request_timeout_s), "S", "10", 1, 3600, NULL,
	 OPTION_EVERYWHERE, "a request must be complete after so long, and its answer taken"},
	{"drain-timeout", OPTION_NUMBER, FIELD(drain_timeout_s), "S", "5", 0, 3600, NULL,
	 OPTION_EVERYWHERE, "on SIGTERM, connections have so long to end well"},

	{"max-viewers", OPTION_NUMBER, FIELD(max_viewers), "N", "16384", 1, 1000000, NULL,
	 OPTION_EVERYWHERE, "so many viewers at once"},
	{"max-connections", OPTION_NUMBER, FIELD(max_connections), "N", "2048", 1, 1000000, NULL,
	 OPTION_EVERYWHERE, "so many other connections at once: requests, publishers"},
	{"max-per-address", OPTION_NUMBER, FIELD(max_per_address), "N", "4096", 1, 1000000, NULL,
	 OPTION_EVERYWHERE, "so many connections from one address (one /64 with IPv6)"},
	{"max-streams", OPTION_NUMBER, FIELD(max_streams), "N", "1024", 1, 1000000, NULL,
	 OPTION_EVERYWHERE, "so many streams at once"},
	{"max-frame", OPTION_BYTES, FIELD(max_frame_bytes), "BYTES", "8M", 1024, 64 << 20, NULL,
	 OPTION_EVERYWHERE, "a publisher's frame may be so large"},
	{"max-header", OPTION_BYTES, FIELD(max_header_bytes), "BYTES", "16K", 1024, 1 << 20, NULL,
	 OPTION_EVERYWHERE, "a request's head may be so large"},
	{0},
};

/* ---- loading ---- */

static int check_listen(const char *text, char *ret_error, size_t error_size)
{
	char host[256], port[6];

	if (url_parse_endpoint(text, "localhost", URL_DEFAULT_PORT, host, port) == 0)
		return 0;
	snprintf(ret_error, error_size, "%s is not ADDR:PORT", text);
	return -EINVAL;
}

static const struct option_check checks[] = {
	{"key", stream_rules_check_hash},
	{"token", stream_rules_check_hash},
	{"listen", check_listen},
	{NULL, NULL},
};

static int load_file(const struct option_program *program, const char *path, char *error,
		     size_t error_size)
{
	static const char *const others[] = {"capture", "rendition", "chat", NULL};

	return options_file(path, program->sections, program->n_sections, others, error,
			    error_size);
}

/* Returns the exit status; ret_error is "" where it was said already. */
static int load(struct relay_config *config, int argc, char *argv[], char *error, size_t error_size)
{
	const struct option_section sections[] = {
		{.name = "relay", .rows = relay_config_rows, .fields = config, .checks = checks},
		stream_rules_section(&config->streams),
	};
	const struct option_program program = {
		.name = "spillway-relay",
		.usage = "[OPTION]...",
		.summary =
			"Takes one publisher per stream, and fans its frames out to all viewers.",
		.more = "Publish:  ffmpeg -re -i clip.mp4 -f mpjpeg -method PUT "
			"http://localhost:7070/clip\n"
			"Watch:    http://localhost:7070/ in a browser, or: spillway watch "
			"localhost/clip\n",
		.rows = relay_config_rows,
		.fields = config,
		.sections = sections,
		.n_sections = sizeof(sections) / sizeof(*sections),
	};
	const char *path = options_config_path(argc, argv);

	*config = (struct relay_config){.argc = argc, .argv = argv};
	*error = '\0';
	options_init(relay_config_rows, config);
	if (path != NULL && load_file(&program, path, error, error_size) < 0)
		return 1;
	return options_command_line(&program, argc, argv) < 0 ? 2 : 0;
}

int relay_config_load(struct relay_config *config, int argc, char *argv[])
{
	char error[RELAY_CONFIG_ERROR_SIZE];
	int status = load(config, argc, argv, error, sizeof(error));

	if (*error != '\0')
		log_error_lines(error, "");
	return status;
}

int relay_config_again(const struct relay_config *config, struct relay_config *ret_fresh,
		       char ret_error[RELAY_CONFIG_ERROR_SIZE])
{
	return load(ret_fresh, config->argc, config->argv, ret_error, RELAY_CONFIG_ERROR_SIZE) == 0
		       ? 0
		       : -EINVAL;
}

void relay_config_finish(struct relay_config *config)
{
	options_finish(relay_config_rows, config);
	stream_rules_finish(&config->streams);
}

void relay_config_destroy(struct relay_config *config)
{
	if (config != NULL)
		relay_config_finish(config);
	free(config);
}

/* ---- looking up ---- */

bool relay_config_same_rule(const struct relay_config *config, struct slice a, struct slice b)
{
	return stream_rules_find(&config->streams, a) == stream_rules_find(&config->streams, b);
}

struct stream_rule relay_config_rule(const struct relay_config *config, struct slice stream)
{
	const struct stream_rule *found = stream_rules_find(&config->streams, stream);

	if (found == NULL)
		return config->relay_rule;

	struct stream_rule rule = *found;
	if (rule.publish == PUBLISH_UNSET)
		rule.publish = rule.keys.n > 0 ? PUBLISH_KEY : config->relay_rule.publish;
	if (rule.watch == WATCH_UNSET)
		rule.watch = rule.tokens.n > 0 ? WATCH_TOKEN : config->relay_rule.watch;
	if (rule.keys.n == 0)
		rule.keys = config->relay_rule.keys;
	if (rule.tokens.n == 0)
		rule.tokens = config->relay_rule.tokens;
	return rule;
}
