/* SPDX-License-Identifier: MIT */
/* spillway-bench fanout: one publisher, many viewers, one server. */
#include "bench/commands.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/plan.h"
#include "bench/process.h"
#include "bench/report.h"
#include "bench/scenario.h"
#include "common/log.h"
#include "common/options.h"

struct fanout_options {
	int64_t viewers, streams, frame_bytes, fps, seconds, warmup_s, workers;
	int64_t stalled, slow, window, segment, coalesce_ms;
	int server, transport, io;
	char *pin, *program;
	bool saturate, joining, json;
};

static const char *const io_names[] = {"auto", "uring", "epoll", NULL};

#define FIELD(name) offsetof(struct fanout_options, name)

static const struct option_row rows[] = {
	{"viewers", OPTION_NUMBER, FIELD(viewers), "N", "1000", 1, PLAN_MAX_VIEWERS, NULL,
	 OPTION_COMMAND_LINE, "so many viewers"},
	{"streams", OPTION_NUMBER, FIELD(streams), "N", "1", 1, PLAN_MAX_STREAMS, NULL,
	 OPTION_COMMAND_LINE, "so many streams, which share the viewers"},
	{"frame-bytes", OPTION_BYTES, FIELD(frame_bytes), "BYTES", "8K", PAYLOAD_MIN_SIZE, 8 << 20,
	 NULL, OPTION_COMMAND_LINE, "the payload of each frame"},
	{"fps", OPTION_NUMBER, FIELD(fps), "N", "30", 1, 1000, NULL, OPTION_COMMAND_LINE,
	 "frames a second"},
	{"seconds", OPTION_NUMBER, FIELD(seconds), "S", "10", 1, 3600, NULL, OPTION_COMMAND_LINE,
	 "measure for so long"},
	{"warmup", OPTION_NUMBER, FIELD(warmup_s), "S", "2", 0, 600, NULL, OPTION_COMMAND_LINE,
	 "wait for so long before, when all viewers are there"},
	{"stalled", OPTION_NUMBER, FIELD(stalled), "PERCENT", "0", 0, 100, NULL,
	 OPTION_COMMAND_LINE, "so many of the viewers stop reading for good"},
	{"slow", OPTION_NUMBER, FIELD(slow), "PERCENT", "0", 0, 100, NULL, OPTION_COMMAND_LINE,
	 "so many of them read half of what the stream needs"},
	{"join", OPTION_BOOL, FIELD(joining), NULL, NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "newcomers come meanwhile, one after another"},
	{"saturate", OPTION_BOOL, FIELD(saturate), NULL, NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "as many frames as the server can send"},
	{"window", OPTION_NUMBER, FIELD(window), "N", "4", 1, SCENARIO_MAX_SATURATION, NULL,
	 OPTION_COMMAND_LINE, "then so many frames are on their way to the viewers"},
	{"segment", OPTION_NUMBER, FIELD(segment), "BYTES", "0", 0, 65535, NULL,
	 OPTION_COMMAND_LINE, "TCP's segments, as on a network (1448); 0: loopback's"},
	{"transport", OPTION_CHOICE, FIELD(transport), "KIND", "native", 0, 0,
	 reader_transport_names, OPTION_COMMAND_LINE, "how viewers ask for the stream"},
	{"server", OPTION_CHOICE, FIELD(server), "KIND", "relay", 0, 0, server_kind_names,
	 OPTION_COMMAND_LINE, "what is measured"},
	{"io", OPTION_CHOICE, FIELD(io), "KIND", "auto", 0, 0, io_names, OPTION_COMMAND_LINE,
	 "the server's --io"},
	{"workers", OPTION_NUMBER, FIELD(workers), "N", "0", 0, 256, NULL, OPTION_COMMAND_LINE,
	 "the relay's --workers; 0: as many as there are cores"},
	{"coalesce", OPTION_NUMBER, FIELD(coalesce_ms), "MS", "0", 0, 1000, NULL,
	 OPTION_COMMAND_LINE, "the relay's --coalesce"},
	{"pin", OPTION_TEXT, FIELD(pin), "S,L", NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "put the server on CPU S, and the load on CPU L"},
	{"program", OPTION_TEXT, FIELD(program), "PATH", NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "the server's program (default: the one beside this)"},
	{"json", OPTION_BOOL, FIELD(json), NULL, NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "print one JSON object"},
	{0},
};

/* ---- running ---- */

static void report(const struct fanout_options *options, const struct result *result)
{
	if (!options->json) {
		report_print(stdout, result);
		return;
	}
	json_t *json = report_json(result);

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
		result.program = config->program;
		result.workers = (uint64_t)config->workers;
		report(options, &result);
		if (result_is_faulty(&result))
			status = COMMAND_FAILED;
	}
	if (ended != 0) {
		log_error("the server ended with status %d", ended);
		status = COMMAND_FAILED;
	}
	result_finish(&result);
	return status;
}

static const char *wrong_options(const struct fanout_options *options)
{
	if (options->stalled + options->slow > 100)
		return "--stalled and --slow are shares of the same viewers";
	if (options->saturate && options->stalled + options->slow == 100)
		return "--saturate waits for healthy viewers";
	if (options->saturate && (options->streams > 1 || options->joining))
		return "--saturate goes with one stream, and without --join";
	if (options->streams > options->viewers)
		return "each stream needs a viewer";
	return NULL;
}

/* Where the server knows one only, it is that. */
static const struct reader_transport *transport_of(const struct fanout_options *options)
{
	const char *only = server_kinds[options->server].transport;
	const struct reader_transport *transport = &reader_transports[options->transport];

	for (size_t i = 0; only != NULL && reader_transport_names[i] != NULL; i++)
		if (strcmp(reader_transport_names[i], only) == 0)
			transport = &reader_transports[i];
	return transport;
}

static struct scenario make_scenario(const struct fanout_options *options)
{
	return (struct scenario){
		.transport = transport_of(options),
		.viewers = (size_t)options->viewers,
		.streams = (size_t)options->streams,
		.frame_bytes = (size_t)options->frame_bytes,
		.stalled_percent = (unsigned)options->stalled,
		.slow_percent = (unsigned)options->slow,
		.fps = options->fps,
		.seconds = options->seconds,
		.warmup_s = options->warmup_s,
		.saturation = options->saturate ? (uint64_t)options->window : 0,
		.segment = (int)options->segment,
		.joining = options->joining,
	};
}

static int fanout_run(const struct fanout_options *options)
{
	char beside[SERVER_PROGRAM_SIZE];
	struct scenario scenario = make_scenario(options);
	struct server_config config = {
		.kind = &server_kinds[options->server],
		.program = options->program,
		.io = io_names[options->io],
		.workers = options->workers,
		.coalesce_ms = options->coalesce_ms,
		.patient = options->saturate,
	};
	const char *wrong = wrong_options(options);

	if (wrong != NULL) {
		log_error("%s", wrong);
		return COMMAND_USAGE;
	}
	if (process_parse_pin(options->pin, &scenario.server_cpu, &scenario.load_cpu) < 0) {
		log_error("--pin takes two CPUs of this machine, such as 0,1");
		return COMMAND_USAGE;
	}
	config.cpu = scenario.server_cpu;
	if (options->program == NULL) {
		if (server_find_program(config.kind->program, beside) < 0) {
			log_error("can't tell where the server is: see --program");
			return COMMAND_FAILED;
		}
		config.program = beside;
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
		.summary =
			"Starts a server, one publisher and many viewers; measures what arrives, "
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
