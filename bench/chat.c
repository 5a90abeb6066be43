/* SPDX-License-Identifier: MIT */
/*
 * spillway-bench chat: one chat server, and a crowd of clients: what a message costs for each that
 * it goes to, what a client takes of memory, and what joining costs.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/commands.h"
#include "bench/crowd.h"
#include "bench/process.h"
#include "bench/server.h"
#include "bench/usage.h"
#include "common/log.h"
#include "common/options.h"

struct chat_options {
	int server, io, part;
	int64_t clients, senders, window, text_bytes, room_size, quiet_room, seconds, warmup_s;
	char *program, *pin;
	bool json;
};

/* What is used so far. */
struct look {
	int64_t time_us, server_us, self_us;
	struct usage_cpu server_cpu, load_cpu;
	uint64_t deliveries, messages;
};

struct chat_bench {
	const struct chat_options *options;
	struct server server;
	struct crowd crowd;
	int server_cpu, load_cpu;
	json_t *result;
};

static const char *const io_names[] = {"auto", "uring", "epoll", NULL};
static const char *const part_names[] = {"talk", "join", "memory", NULL};

#define FIELD(name) offsetof(struct chat_options, name)

static const struct option_row rows[] = {
	{"part", OPTION_CHOICE, FIELD(part), "PART", "talk", 0, 0, part_names, OPTION_COMMAND_LINE,
	 "what is measured: messages, joining, or memory"},
	{"clients", OPTION_NUMBER, FIELD(clients), "N", "1000", 1, CROWD_MAX_CLIENTS, NULL,
	 OPTION_COMMAND_LINE, "so many, without those who talk"},
	{"senders", OPTION_NUMBER, FIELD(senders), "N", "1", 1, CROWD_MAX_SENDERS, NULL,
	 OPTION_COMMAND_LINE, "so many talk, in turns"},
	{"window", OPTION_NUMBER, FIELD(window), "N", "1", 1, CROWD_MAX_WINDOW, NULL,
	 OPTION_COMMAND_LINE, "so many messages, or joins, are on their way"},
	{"text-bytes", OPTION_NUMBER, FIELD(text_bytes), "N", "64", CROWD_MIN_TEXT, CROWD_MAX_TEXT,
	 NULL, OPTION_COMMAND_LINE, "of each message"},
	{"room-size", OPTION_NUMBER, FIELD(room_size), "N", "0", 0, CROWD_MAX_CLIENTS, NULL,
	 OPTION_COMMAND_LINE, "joining, memory: so many go into each room; 0: all into one"},
	{"quiet-room", OPTION_NUMBER, FIELD(quiet_room), "N", "200", 0, 1000000, NULL,
	 OPTION_COMMAND_LINE, "the chat's --quiet-room"},
	{"seconds", OPTION_NUMBER, FIELD(seconds), "S", "4", 1, 3600, NULL, OPTION_COMMAND_LINE,
	 "measure for so long"},
	{"warmup", OPTION_NUMBER, FIELD(warmup_s), "S", "1", 0, 3600, NULL, OPTION_COMMAND_LINE,
	 "talk for so long before"},
	{"server", OPTION_CHOICE, FIELD(server), "KIND", "chat", 0, 0, server_chat_kind_names,
	 OPTION_COMMAND_LINE, "what is measured"},
	{"io", OPTION_CHOICE, FIELD(io), "KIND", "auto", 0, 0, io_names, OPTION_COMMAND_LINE,
	 "the server's --io"},
	{"pin", OPTION_TEXT, FIELD(pin), "S,L", NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "put the server on CPU S, and the load on CPU L"},
	{"program", OPTION_TEXT, FIELD(program), "PATH", NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "the server's program (default: the one beside this)"},
	{"json", OPTION_BOOL, FIELD(json), NULL, NULL, 0, 0, NULL, OPTION_COMMAND_LINE,
	 "print one JSON object"},
	{0},
};

/* ---- what is used ---- */

static void take_look(const struct chat_bench *bench, struct look *ret_look)
{
	*ret_look = (struct look){
		.time_us = clock_us(CLOCK_MONOTONIC),
		.server_us = usage_process_us(bench->server.pid),
		.self_us = usage_process_us(getpid()),
		.deliveries = bench->crowd.deliveries,
		.messages = bench->crowd.arrived,
	};
	if (bench->server_cpu != PROCESS_ANY_CPU)
		usage_cpu(bench->server_cpu, &ret_look->server_cpu);
}

static int64_t busy_us(const struct look *from, const struct look *to)
{
	return to->server_cpu.process_us + to->server_cpu.interrupt_us -
	       from->server_cpu.process_us - from->server_cpu.interrupt_us;
}

static double share(int64_t part_us, const struct look *from, const struct look *to)
{
	return (double)part_us / (double)(to->time_us - from->time_us);
}

static void put(struct chat_bench *bench, const char *name, double value)
{
	json_object_set_new(bench->result, name, json_real(value));
}

static void put_number(struct chat_bench *bench, const char *name, uint64_t value)
{
	json_object_set_new(bench->result, name, json_integer((json_int_t)value));
}

/* ---- the parts ---- */

static int talk(struct chat_bench *bench)
{
	const struct chat_options *options = bench->options;
	struct crowd *crowd = &bench->crowd;
	struct look from, to;
	int error = crowd_join(crowd, crowd->n, CROWD_AT_ONCE);

	if (error == 0)
		error = crowd_settle(crowd);
	crowd_begin(crowd, (size_t)options->senders, (size_t)options->window,
		    (size_t)options->text_bytes);
	if (error == 0)
		error = crowd_talk(crowd, options->warmup_s * 1000000);
	take_look(bench, &from);
	if (error == 0)
		error = crowd_talk(crowd, options->seconds * 1000000);
	take_look(bench, &to);
	if (error < 0)
		return error;
	double n = (double)(to.deliveries - from.deliveries);
	put_number(bench, "senders", (uint64_t)options->senders);
	put_number(bench, "window", (uint64_t)options->window);
	put_number(bench, "text_bytes", (uint64_t)options->text_bytes);
	put_number(bench, "messages", to.messages - from.messages);
	put_number(bench, "deliveries", to.deliveries - from.deliveries);
	put_number(bench, "faults", crowd->faults);
	put(bench, "deliveries_a_second", n / (double)(to.time_us - from.time_us) * 1e6);
	put(bench, "server_ns", (double)(to.server_us - from.server_us) / n * 1000);
	if (bench->server_cpu != PROCESS_ANY_CPU) {
		put(bench, "core_ns", (double)busy_us(&from, &to) / n * 1000);
		put(bench, "core_busy", share(busy_us(&from, &to), &from, &to));
	}
	put(bench, "load_busy", share(to.self_us - from.self_us, &from, &to));
	return 0;
}

static size_t room_size(const struct chat_bench *bench)
{
	return bench->options->room_size > 0 ? (size_t)bench->options->room_size : bench->crowd.n;
}

static int join(struct chat_bench *bench)
{
	struct look from, to;

	take_look(bench, &from);
	int error = crowd_join(&bench->crowd, room_size(bench), (size_t)bench->options->window);
	if (error == 0)
		error = crowd_settle(&bench->crowd);
	take_look(bench, &to);
	put_number(bench, "window", (uint64_t)bench->options->window);
	put_number(bench, "room_size", room_size(bench));
	put(bench, "server_s", (double)(to.server_us - from.server_us) / 1e6);
	if (bench->server_cpu != PROCESS_ANY_CPU)
		put(bench, "core_s", (double)busy_us(&from, &to) / 1e6);
	return error;
}

/* The clients are registered; before_bytes: as it was without. */
static int memory(struct chat_bench *bench, int64_t before_bytes)
{
	double n = (double)bench->crowd.n;
	int64_t idle_bytes = usage_resident_bytes(bench->server.pid);
	int error = crowd_join(&bench->crowd, room_size(bench), CROWD_AT_ONCE);

	if (error == 0)
		error = crowd_settle(&bench->crowd);
	int64_t joined_bytes = usage_resident_bytes(bench->server.pid);
	put_number(bench, "room_size", room_size(bench));
	put(bench, "idle_bytes", (double)(idle_bytes - before_bytes) / n);
	put(bench, "joined_bytes", (double)(joined_bytes - before_bytes) / n);
	return error;
}

static int measure(struct chat_bench *bench)
{
	int64_t before_bytes = usage_resident_bytes(bench->server.pid);
	int error = crowd_register(&bench->crowd, bench->server.kind->burst);

	if (error == 0)
		error = crowd_settle(&bench->crowd);
	if (error < 0)
		return error;
	if (strcmp(part_names[bench->options->part], "join") == 0)
		return join(bench);
	if (strcmp(part_names[bench->options->part], "memory") == 0)
		return memory(bench, before_bytes);
	return talk(bench);
}

/* ---- a run ---- */

static void report(const struct chat_options *options, json_t *result)
{
	const char *name;
	json_t *value;

	if (options->json) {
		json_dumpf(result, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
		fputc('\n', stdout);
		return;
	}
	json_object_foreach(result, name, value)
	{
		if (json_is_string(value))
			printf("%-20s %s\n", name, json_string_value(value));
		else
			printf("%-20s %.6g\n", name, json_number_value(value));
	}
}

static int run(struct chat_bench *bench, const struct server_config *config)
{
	const struct chat_options *options = bench->options;
	bool talks = strcmp(part_names[options->part], "talk") == 0;
	char why[SERVER_WHY_SIZE];

	if (server_start(&bench->server, config, why) < 0) {
		log_error("%s", why);
		return COMMAND_FAILED;
	}
	bench->result = json_pack("{ss, ss, ss, sI}", "server", config->kind->name, "io",
				  bench->server.io, "part", part_names[options->part], "clients",
				  (json_int_t)options->clients);
	int error = crowd_init(&bench->crowd, &bench->server.address,
			       (size_t)(options->clients + (talks ? options->senders : 0)));
	if (error == 0)
		error = measure(bench);
	crowd_finish(&bench->crowd);
	server_stop(&bench->server);
	if (error < 0)
		log_error("%s: %s", config->kind->name,
			  bench->crowd.why[0] != '\0' ? bench->crowd.why : strerror(-error));
	else
		report(options, bench->result);
	json_decref(bench->result);
	if (bench->crowd.faults > 0)
		log_error("%ju lines were lost, repeated or out of order",
			  (uintmax_t)bench->crowd.faults);
	return error < 0 || bench->crowd.faults > 0 ? COMMAND_FAILED : COMMAND_OK;
}

static int chat_run(const struct chat_options *options)
{
	static struct chat_bench bench;
	char beside[SERVER_PROGRAM_SIZE];
	struct rlimit files;
	struct server_config config = {
		.kind = &server_chat_kinds[options->server],
		.program = options->program,
		.io = io_names[options->io],
		.quiet_room = options->quiet_room,
	};

	bench.options = options;
	if (process_parse_pin(options->pin, &bench.server_cpu, &bench.load_cpu) < 0) {
		log_error("--pin takes two CPUs of this machine, such as 0,1");
		return COMMAND_USAGE;
	}
	config.cpu = bench.server_cpu;
	if (config.program == NULL && server_find_program(config.kind->program, beside) == 0)
		config.program = beside;
	if (config.program == NULL || process_pin(bench.load_cpu) < 0) {
		log_error("can't tell where the server is, or can't go to CPU %d", bench.load_cpu);
		return COMMAND_FAILED;
	}
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	return run(&bench, &config);
}

static int chat_main(int argc, char *argv[])
{
	struct chat_options options = {0};
	const struct option_program program = {
		.name = "spillway-bench chat",
		.usage = "[OPTION]...",
		.summary = "Starts a chat server and a crowd of clients; measures what messages, "
			   "joining and clients cost it.",
		.more = "Exits with 1 when a line was lost, repeated or out of order.\n",
		.rows = rows,
		.fields = &options,
	};
	int status = COMMAND_USAGE;

	options_init(rows, &options);
	if (options_command_line(&program, argc, argv) >= 0)
		status = chat_run(&options);
	options_finish(rows, &options);
	return status;
}

const struct command chat_command = {
	.name = "chat",
	.summary = "a chat server and a crowd: what messages, joining and clients cost",
	.run = chat_main,
};
