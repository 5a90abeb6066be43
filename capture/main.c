/* SPDX-License-Identifier: MIT */
/*
 * spillway-capture: a source of pictures, published to a relay.
 *
 *	config -> pipeline: source -> pacer -> renditions: scaler -> encoder -> uplink -> relay
 *
 * Everything runs on one io loop: the pipeline's steps by a timer, the uplink's connection, signals
 * by a descriptor, and the progress line by another timer; but for scaling and encoding, which a pool of
 * threads does.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "capture/config.h"
#include "capture/folder.h"
#include "capture/library.h"
#include "capture/pipeline.h"
#include "capture/probe.h"
#include "capture/progress.h"
#include "capture/reload.h"
#include "common/io.h"
#include "common/log.h"
#include "common/notify.h"

struct agent {
	struct io *io;
	struct config config;
	struct progress progress;
	struct pipeline *pipeline;
	struct library *library; /* instead */
	struct io_op signal, tick, report;
	struct notify notify;
	int signal_fd;
	bool ended;
	int status;
};

static struct agent agent;

static void stop_when_idle(void)
{
	if (agent.ended && !io_busy(&agent.signal) && !io_busy(&agent.tick) &&
	    !io_busy(&agent.report))
		io_stop(agent.io);
}

static void on_ended(void *context, int status)
{
	(void)context;
	agent.ended = true;
	agent.status = status;
	io_cancel(agent.io, &agent.signal);
	io_cancel(agent.io, &agent.tick);
	io_cancel(agent.io, &agent.report);
	stop_when_idle();
}

static void on_tick(struct io_op *op, int result)
{
	char state[RENDITIONS_STATE_SIZE];

	if (result < 0 || agent.ended) {
		stop_when_idle();
		return;
	}

	struct progress_sample sample = pipeline_sample(agent.pipeline, state);

	progress_update(&agent.progress, &sample, state);
	io_timer(agent.io, op, sample.at_us + PROGRESS_PERIOD_US, on_tick);
}

/* To the service manager. */
static void on_report(struct io_op *op, int result)
{
	int64_t now_us = io_now_us(agent.io);
	char state[RENDITIONS_STATE_SIZE] = "";

	if (result < 0 || agent.ended) {
		stop_when_idle();
		return;
	}
	if (notify_is_due(&agent.notify, now_us))
		notify_feed(&agent.notify, now_us);
	if (agent.pipeline != NULL)
		pipeline_sample(agent.pipeline, state);
	notify_status(&agent.notify, now_us, "%s%s%s", agent.config.url.stream,
		      *state != '\0' ? ": " : "", state);
	io_timer(agent.io, op, now_us + NOTIFY_TICK_US, on_report);
}

static void summarize(void)
{
	if (agent.pipeline != NULL)
		pipeline_summarize(agent.pipeline);
}

/* A library looks at its configuration with each video. */
static void reload(void)
{
	notify_reloading(&agent.notify);
	progress_clear(&agent.progress);
	if (reload_run(&agent.config) && agent.pipeline != NULL)
		pipeline_reconfigure(agent.pipeline);
	notify_ready(&agent.notify);
}

/* Those that don't end it. */
static const struct {
	uint32_t signal;
	void (*act)(void);
} acts[] = {{SIGUSR1, summarize}, {SIGHUP, reload}};

static void on_signal(struct io_op *op, int result)
{
	struct signalfd_siginfo signal;

	if (result < 0 || agent.ended) {
		stop_when_idle();
		return;
	}
	if (read(agent.signal_fd, &signal, sizeof signal) != sizeof signal)
		signal.ssi_signo = 0;
	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
		if (acts[i].signal == signal.ssi_signo) {
			acts[i].act();
			io_poll(agent.io, op, agent.signal_fd, POLLIN, on_signal);
			return;
		}
	}
	notify_stopping(&agent.notify);
	if (agent.library != NULL)
		library_stop(agent.library);
	else
		pipeline_stop(agent.pipeline);
}

static int catch_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	/* Who closes the terminal wants no more pictures of his screen to go out. */
	if (!agent.progress.terminal)
		sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	agent.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return agent.signal_fd < 0 ? -errno : 0;
}

static int create_io(void)
{
	const char *why;
	int error = io_create(&agent.io, (enum io_backend)agent.config.io, &why);

	if (error < 0)
		log_error("input and output can't be set up: %s", strerror(-error));
	else if (*why != '\0')
		log_info("using %s: %s", io_name(agent.io), why);
	return error;
}

static void run(void)
{
	int error;

	io_poll(agent.io, &agent.signal, agent.signal_fd, POLLIN, on_signal);
	if (agent.progress.terminal && agent.pipeline != NULL)
		io_timer(agent.io, &agent.tick, io_now_us(agent.io), on_tick);
	if (agent.notify.wanted)
		io_timer(agent.io, &agent.report, io_now_us(agent.io), on_report);
	notify_ready(&agent.notify);
	error = io_run(agent.io);
	if (error < 0) {
		log_error("%s", strerror(-error));
		_exit(1); /* operations are under way, so nothing may be freed */
	}
	if (agent.pipeline != NULL)
		pipeline_summarize(agent.pipeline);
}

static int list_folder(const struct config *config)
{
	int error = create_io();

	if (error == 0)
		error = folder_list(stdout, agent.io, library_folder(config->source));
	return error == 0 ? 0 : error == -EINVAL ? 2 : 1;
}

static int list_sources(const struct config *config)
{
	char why[SOURCE_ERROR_SIZE];
	int error;

	if (config->source != NULL && library_is(config->source))
		return list_folder(config);
	error = source_list(stdout, config->source, why);
	if (error == 0 && config->source == NULL)
		printf("library:DIR\n");
	if (error < 0)
		log_error("%s", why);
	return error == 0 ? 0 : error == -EINVAL ? 2 : 1;
}

int main(int argc, char *argv[])
{
	if (probe_is_meant(argv))
		return probe_main(argv);
	log_find_journal();
	agent.status = config_read(&agent.config, argc, argv);
	if (agent.status != 0)
		goto finish;
	if (agent.config.check_config) {
		agent.status = options_all_right(options_config_path(argc, argv));
		goto finish;
	}
	if (agent.config.list) {
		agent.status = list_sources(&agent.config);
		goto finish;
	}
	agent.status = 1;
	notify_init(&agent.notify);
	progress_init(&agent.progress, STDERR_FILENO);
	if (catch_signals() < 0 || create_io() < 0)
		goto finish;

	int error =
		library_is(agent.config.source)
			? library_create(&agent.library, agent.io, &agent.config, on_ended, NULL)
			: pipeline_create(&agent.pipeline, agent.io, &agent.config, &agent.progress,
					  on_ended, NULL);

	if (error == 0)
		run();
	else if (error == -EINVAL)
		agent.status = 2;

finish:
	pipeline_destroy(agent.pipeline);
	library_destroy(agent.library);
	io_destroy(agent.io);
	config_finish(&agent.config);
	return agent.status;
}
