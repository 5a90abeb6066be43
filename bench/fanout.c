/* SPDX-License-Identifier: MIT */
/* spillway-bench fanout: one publisher, many viewers, one relay. */
#include "bench/commands.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/plan.h"
#include "bench/process.h"
#include "bench/scenario.h"
#include "common/log.h"
#include "common/options.h"

enum { PATH_SIZE = 4096 };

struct fanout_options {
	int64_t viewers, frame_bytes, fps, seconds, warmup_s, workers;
	int transport, io;
	char *pin, *relay;
	bool json;
};

static const char *const io_names[] = {"auto", "uring", "epoll", NULL};

#define FIELD(name) offsetof(struct fanout_options, name)

static const struct option_row rows[] = {
	{"viewers", OPTION_NUMBER, FIELD(viewers), "N", "1000", 1, PLAN_MAX_VIEWERS, NULL,
	 OPTION_COMMAND_LINE, "so many viewers"},
	{"frame-bytes", OPTION_BYTES, FIELD(frame_bytes), "BYTES", "8K", PAYLOAD_MIN_SIZE, 8 << 20,
	 NULL, OPTION_COMMAND_LINE, "the payload of each frame"},
	{"fps", OPTION_NUMBER, FIELD(fps), "N", "30", 1, 1000, NULL, OPTION_COMMAND_LINE,
	 "frames a second"},
	{"seconds", OPTION_NUMBER, FIELD(seconds), "S", "10", 1, 3600, NULL, OPTION_COMMAND_LINE,
	 "measure for so long"},
	{"warmup", OPTION_NUMBER, FIELD(warmup_s), "S", "2", 0, 600, NULL, OPTION_COMMAND_LINE,
	 "wait for so long before, when all viewers are there"},
	{"transport", OPTION_CHOICE, FIELD(transport), "KIND", "native", 0, 0,
	 reader_transport_names, OPTION_COMMAND_LINE, "how viewers ask for the stream"},
	{"io", OPTION_CHOICE, FIELD(io), "KIND", "auto", 0, 0, io_names, OPTION_COMMAND_LINE,
	 "the relay's --io"},
	{"workers", OPTION_NUMBER, FIELD(workers), "N", "0", 0, 256, NULL, OPTION_COMMAND_LINE,
	 "the relay's --workers; 0: as many as there are cores"},
	{"pin", OPTION_TEXT, FIELD(pin), "R,L", NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "put the relay on CPU R, and the load on CPU L"},
	{"relay", OPTION_TEXT, FIELD(relay), "PATH", NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "the program to measure (default: spillway-relay beside this one)"},
	{"json", OPTION_BOOL, FIELD(json), NULL, NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "print one JSON object"},
	{0},
};

/* ---- options ---- */

static bool has_cpu(int cpu)
{
	cpu_set_t set;

	return cpu >= 0 && cpu < CPU_SETSIZE && sched_getaffinity(0, sizeof(set), &set) == 0 &&
	       CPU_ISSET((size_t)cpu, &set);
}

static int parse_pin(const char *text, int *ret_relay, int *ret_load)
{
	int len = 0;

	*ret_relay = *ret_load = PROCESS_ANY_CPU;
	if (text == NULL)
		return 0;
	if (sscanf(text, "%d,%d%n", ret_relay, ret_load, &len) != 2 || text[len] != '\0' ||
	    !has_cpu(*ret_relay) || !has_cpu(*ret_load))
		return -EINVAL;
	return 0;
}

/* The relay that was built or installed together with this program. */
static int find_relay(char path[PATH_SIZE])
{
	static const char name[] = "spillway-relay";
	ssize_t n = readlink("/proc/self/exe", path, PATH_SIZE - 1);

	if (n < 0)
		return -errno;
	path[n] = '\0';
	char *base = strrchr(path, '/') + 1;
	if ((size_t)(base - path) + sizeof(name) > PATH_SIZE)
		return -ENAMETOOLONG;
	memcpy(base, name, sizeof(name));
	return 0;
}

/* ---- running ---- */

static void report(const struct fanout_options *options, const struct result *result)
{
	if (!options->json) {
		result_print(stdout, result);
		return;
	}
	json_t *json = result_json(result);

	json_dumpf(json, stdout, JSON_COMPACT);
	fputc('\n', stdout);
	json_decref(json);
}

static int run_scenario(const struct fanout_options *options, const struct scenario *scenario,
			const struct server_config *config)
{
	char why[SERVER_WHY_SIZE], sentence[SCENARIO_WHY_SIZE];
	struct server server;
	struct result result;
	int status = COMMAND_OK;

	scenario_block_signals();
	if (server_start(&server, config, why) < 0) {
		log_error("%s", why);
		return COMMAND_FAILED;
	}
	int error = scenario_run(scenario, &server, &result, sentence);
	int ended = server_stop(&server);
	if (error < 0) {
		log_error("%s", sentence);
		status = COMMAND_FAILED;
	} else {
		result.server = config->program;
		report(options, &result);
		if (result_is_faulty(&result))
			status = COMMAND_FAILED;
	}
	if (ended != 0) {
		log_error("the relay ended with status %d", ended);
		status = COMMAND_FAILED;
	}
	result_finish(&result);
	return status;
}

static int fanout_run(const struct fanout_options *options)
{
	char relay[PATH_SIZE];
	struct server_config config = {
		.program = options->relay,
		.io = io_names[options->io],
		.workers = options->workers,
	};
	struct scenario scenario = {
		.transport = &reader_transports[options->transport],
		.viewers = (size_t)options->viewers,
		.frame_bytes = (size_t)options->frame_bytes,
		.fps = options->fps,
		.seconds = options->seconds,
		.warmup_s = options->warmup_s,
	};

	if (parse_pin(options->pin, &scenario.server_cpu, &scenario.load_cpu) < 0) {
		log_error("--pin takes two CPUs of this machine, such as 0,1");
		return COMMAND_USAGE;
	}
	config.cpu = scenario.server_cpu;
	if (options->relay == NULL) {
		if (find_relay(relay) < 0) {
			log_error("can't tell where the relay is: see --relay");
			return COMMAND_FAILED;
		}
		config.program = relay;
	}
	if (process_pin(scenario.load_cpu) < 0)
		log_warning("can't go to CPU %d", scenario.load_cpu);
	return run_scenario(options, &scenario, &config);
}

static int fanout_main(int argc, char *argv[])
{
	struct fanout_options options = {0};
	const struct option_program program = {
		.name = "spillway-bench fanout",
		.usage = "[OPTION]...",
		.summary = "Starts a relay, one publisher and many viewers; measures what arrives, "
			   "how late, and what it costs.",
		.more = "Exits with 1 when a frame was torn, repeated or out of order.\n",
		.rows = rows,
		.fields = &options,
	};
	int status = COMMAND_USAGE;

	options_init(rows, &options);
	if (options_command_line(&program, argc, argv) >= 0)
		status = fanout_run(&options);
	options_finish(rows, &options);
	return status;
}

const struct command fanout_command = {
	.name = "fanout",
	.summary = "one publisher, many viewers: what arrives, how late, at what cost",
	.run = fanout_main,
};
