/* SPDX-License-Identifier: MIT */
#include "viewer/viewer.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/command.h"
#include "common/list.h"
#include "common/log.h"
#include "viewer/human.h"
#include "viewer/output.h"
#include "viewer/report.h"
#include "viewer/segments.h"
#include "viewer/session.h"
#include "viewer/signals.h"

enum {
	VIEWER_MAX_OUTPUTS = 3,
	VIEWER_TICK_US = 250 * 1000,
	VIEWER_NOTICE_US = 5 * 1000 * 1000, /* how long a sentence stays in the terminal's line */
};

struct viewer {
	const struct viewer_options *options;
	struct io *io;
	struct session session;
	struct session_options session_options;
	struct signals signals;
	struct meter meter;
	struct output_host host;
	struct output *outputs[VIEWER_MAX_OUTPUTS];
	size_t n_outputs;
	struct io_op tick, limit;
	char relay[sizeof(((struct url *)0)->host) + 16];

	bool session_over;
	bool enough;   /* ends when no output holds a frame any more */
	bool stopping; /* waits for all operations to end */
	bool line_shown;
	int64_t notice_until_us;
	int status;
	char failure[PATH_MAX + SESSION_MAX_SENTENCE]; /* said at the end; "": none */
	char ended[SESSION_MAX_SENTENCE];
};

/* ---- ending ---- */

static bool viewer_busy(const struct viewer *viewer)
{
	for (size_t i = 0; i < viewer->n_outputs; i++)
		if (viewer->outputs[i]->type->busy &&
		    viewer->outputs[i]->type->busy(viewer->outputs[i]))
			return true;
	return !viewer->session_over || io_busy(&viewer->tick) || io_busy(&viewer->limit) ||
	       signals_busy(&viewer->signals);
}

static void viewer_settle(struct viewer *viewer)
{
	if (viewer->stopping && !viewer_busy(viewer))
		io_stop(viewer->io);
}

/* The functions of all operations come by viewer_settle(), so the loop ends after the last. */
static void viewer_stop(struct viewer *viewer)
{
	if (viewer->stopping)
		return;
	viewer->stopping = true;
	session_stop(&viewer->session);
	signals_cancel(&viewer->signals);
	io_cancel(viewer->io, &viewer->tick);
	io_cancel(viewer->io, &viewer->limit);
	for (size_t i = 0; i < viewer->n_outputs; i++)
		if (viewer->outputs[i]->type->cancel)
			viewer->outputs[i]->type->cancel(viewer->outputs[i]);
}

__attribute__((format(printf, 2, 3))) static void viewer_fail(struct viewer *viewer,
							      const char *format, ...)
{
	va_list arguments;

	if (viewer->status == COMMAND_OK) {
		va_start(arguments, format);
		vsnprintf(viewer->failure, sizeof(viewer->failure), format, arguments);
		va_end(arguments);
	}
	viewer->status = COMMAND_FAILED;
	viewer_stop(viewer);
}

static const char *output_sentence(int error)
{
	return error == -EBADMSG ? "what comes is no JPEG picture" : strerror(-error);
}

static void viewer_output_failed(struct viewer *viewer, const struct output *output, int error)
{
	const struct output_kept *kept = &output->kept;
	char time[HUMAN_SIZE], bytes[HUMAN_SIZE];

	human_time((double)kept->us / 1e6, time);
	human_bytes(kept->bytes, bytes);
	if (error == -EPIPE) /* whoever read it has seen enough */
		viewer_stop(viewer);
	else if (output->type->status)
		viewer_fail(viewer, "%s: %s", output->name, output_sentence(error));
	else
		viewer_fail(viewer, "%s: %s; frames kept: %llu (%s, %s)", output->name,
			    output_sentence(error), (unsigned long long)kept->frames, time, bytes);
}

/* ---- telling ---- */

static struct output *viewer_terminal(const struct viewer *viewer)
{
	for (size_t i = 0; i < viewer->n_outputs; i++)
		if (viewer->outputs[i]->type->status)
			return viewer->outputs[i];
	return NULL;
}

static void viewer_clear_line(struct viewer *viewer)
{
	if (viewer->line_shown)
		fputs("\r\033[K", stderr);
	viewer->line_shown = false;
}

static void viewer_say(struct viewer *viewer, const char *sentence)
{
	struct output *terminal = viewer_terminal(viewer);

	viewer_clear_line(viewer);
	viewer->notice_until_us = io_now_us(viewer->io) + VIEWER_NOTICE_US;
	if (terminal)
		terminal->type->status(terminal, sentence);
	else
		log_info("%s", sentence);
}

static struct report viewer_report(const struct viewer *viewer)
{
	struct report report = {
		.stream = viewer->options->url.stream,
		.relay = viewer->relay,
		.ended = viewer->ended,
		.rendition = viewer->session.watched[0] != '\0' ? viewer->session.watched
								: viewer->options->url.stream,
		.meter = &viewer->meter,
	};

	for (size_t i = 0; i < viewer->n_outputs; i++)
		report.skipped += viewer->outputs[i]->skipped;
	return report;
}

static void viewer_show_line(struct viewer *viewer)
{
	struct output *terminal = viewer_terminal(viewer);
	struct report report = viewer_report(viewer);
	char line[REPORT_LINE_SIZE];
	struct winsize size = {0};
	size_t len;

	len = report_line(&report, meter_rate(&viewer->meter, io_now_us(viewer->io)), line);
	if (terminal) {
		if (io_now_us(viewer->io) >= viewer->notice_until_us)
			terminal->type->status(terminal, line);
		return;
	}
	/* A line that wraps couldn't be taken back. */
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && len >= size.ws_col)
		len = size.ws_col - 1u;
	fprintf(stderr, "\r%.*s\033[K", (int)len, line);
	viewer->line_shown = true;
}

static void viewer_ticked(struct io_op *op, int result)
{
	struct viewer *viewer = list_item(op, struct viewer, tick);

	if (viewer->stopping || result < 0) {
		viewer_settle(viewer);
		return;
	}
	viewer_show_line(viewer);
	io_timer(viewer->io, &viewer->tick, io_now_us(viewer->io) + VIEWER_TICK_US, viewer_ticked);
}

/* A line for each frame: what tests compare. */
static void viewer_list_frame(struct viewer *viewer, const struct frame *frame)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char text[2 * sizeof(hash) + 1];

	crypto_hash_sha256(hash, frame->data, frame->header.length);
	sodium_bin2hex(text, sizeof(text), hash, sizeof(hash));
	viewer_clear_line(viewer);
	printf("%llu %lld %lld %lu %s\n", (unsigned long long)frame->header.sequence,
	       (long long)frame->header.pts_us, (long long)frame->header.capture_us,
	       (unsigned long)frame->header.length, text);
	if (fflush(stdout) == 0)
		return;
	if (errno == EPIPE)
		viewer_stop(viewer);
	else
		viewer_fail(viewer, "standard output: %s", strerror(errno));
}

/* ---- frames ---- */

static bool viewer_held(const struct viewer *viewer)
{
	for (size_t i = 0; i < viewer->n_outputs; i++)
		if (viewer->outputs[i]->holds)
			return true;
	return false;
}

/* A frame that an output has begun is finished. */
static void viewer_have_enough(struct viewer *viewer)
{
	viewer->enough = true;
	if (!viewer_held(viewer))
		viewer_stop(viewer);
}

static void viewer_limit_reached(struct io_op *op, int result)
{
	struct viewer *viewer = list_item(op, struct viewer, limit);

	(void)result;
	if (!viewer->stopping)
		viewer_have_enough(viewer);
	viewer_settle(viewer);
}

/* Whether an output wants no more than this one. */
static bool viewer_write(struct viewer *viewer, const struct frame *frame)
{
	bool complete = false;

	for (size_t i = 0; i < viewer->n_outputs; i++) {
		struct output *output = viewer->outputs[i];
		int answer = output->type->frame(output, frame);

		if (answer < 0)
			viewer_output_failed(viewer, output, answer);
		output->holds = answer == OUTPUT_HOLDS;
		complete |= answer == OUTPUT_COMPLETE;
	}
	return complete;
}

static bool viewer_frame(struct session *session, const struct frame *frame)
{
	struct viewer *viewer = session->context;
	const struct viewer_options *options = viewer->options;
	int64_t now_us = io_now_us(viewer->io);

	meter_frame(&viewer->meter, frame, now_us);
	if (viewer->meter.frames == 1 && options->seconds > 0)
		io_timer(viewer->io, &viewer->limit, now_us + options->seconds * 1000000,
			 viewer_limit_reached);
	if (options->list_frames)
		viewer_list_frame(viewer, frame);
	if (viewer_write(viewer, frame) ||
	    (options->frames > 0 && viewer->meter.frames >= (uint64_t)options->frames))
		viewer_have_enough(viewer);
	return !viewer_held(viewer);
}

static void viewer_released(struct output *output, int result)
{
	struct viewer *viewer = output->host->context;

	output->holds = false;
	if (result < 0 && result != -ECANCELED)
		viewer_output_failed(viewer, output, result);
	if (!viewer_held(viewer)) {
		if (viewer->enough)
			viewer_stop(viewer);
		session_resume(&viewer->session);
	}
	viewer_settle(viewer);
}

static void viewer_event(struct session *session, enum session_event event, const char *sentence)
{
	struct viewer *viewer = session->context;

	(void)event;
	viewer_say(viewer, sentence);
}

static void viewer_session_ended(struct session *session, int error, const char *sentence)
{
	struct viewer *viewer = session->context;

	viewer->session_over = true;
	if (error)
		viewer_fail(viewer, "%s", sentence);
	else
		snprintf(viewer->ended, sizeof(viewer->ended), "%s", sentence);
	viewer_stop(viewer);
	viewer_settle(viewer);
}

static const struct session_handler viewer_handler = {
	.frame = viewer_frame,
	.event = viewer_event,
	.ended = viewer_session_ended,
};

/* ---- beginning and running ---- */

static void viewer_signal(struct signals *signals, int number)
{
	struct viewer *viewer = list_item(signals, struct viewer, signals);
	struct output *terminal = viewer_terminal(viewer);

	if (number == SIGWINCH || number == SIGTSTP) {
		if (terminal)
			terminal->type->signal(terminal, number);
	} else {
		viewer_stop(viewer);
	}
	viewer_settle(viewer);
}

static int viewer_opened(struct viewer *viewer, int error, const char *name)
{
	if (error)
		viewer_fail(viewer, "%s: %s", name, strerror(-error));
	else
		viewer->n_outputs++;
	return error;
}

static int viewer_open_file(struct viewer *viewer)
{
	const struct viewer_options *options = viewer->options;
	struct output **output = &viewer->outputs[viewer->n_outputs];
	int error;

	if (options->segment_s > 0)
		error = segments_open(&viewer->host, options->out, options->segment_s * 1000000,
				      output);
	else
		error = output_for(options->out)->open(&viewer->host, options->out, output);
	return viewer_opened(viewer, error, options->out);
}

static int viewer_open_stdout(struct viewer *viewer, const struct output_type *type,
			      const char *name)
{
	struct output **output = &viewer->outputs[viewer->n_outputs];

	return viewer_opened(viewer, type->open(&viewer->host, "-", output), name);
}

static int viewer_open_outputs(struct viewer *viewer)
{
	const struct viewer_options *options = viewer->options;
	int error = 0;

	if (options->out)
		error = viewer_open_file(viewer);
	if (!error && options->to_stdout)
		error = viewer_open_stdout(viewer, &output_mjpeg, "standard output");
	if (!error && options->term)
		error = viewer_open_stdout(viewer, &output_term, "the terminal");
	return error;
}

static int viewer_start_session(struct viewer *viewer)
{
	const struct viewer_options *options = viewer->options;
	int error;

	viewer->session_options = (struct session_options){
		.url = &options->url,
		.key = options->key,
		.rendition = options->rendition,
		.max_frame_bytes = (uint32_t)options->max_frame_bytes,
		.reconnect = options->reconnect,
	};
	viewer->session_over = false;
	error = session_start(&viewer->session, viewer->io, &viewer->session_options,
			      &viewer_handler, viewer);
	if (error) {
		viewer->session_over = true;
		viewer_fail(viewer, "%s", strerror(-error));
	}
	return error;
}

static void viewer_watch(struct viewer *viewer)
{
	const struct viewer_options *options = viewer->options;
	int error;

	if (viewer_open_outputs(viewer) == 0 && viewer_start_session(viewer) == 0 &&
	    options->stats && (options->term || isatty(STDERR_FILENO)))
		io_timer(viewer->io, &viewer->tick, io_now_us(viewer->io), viewer_ticked);
	error = io_run(viewer->io); /* after a failure, too: what was begun ends there */
	if (error) {
		log_error("the event loop: %s", strerror(-error));
		_exit(COMMAND_FAILED); /* operations are under way that nobody can end */
	}
}

static void viewer_close_outputs(struct viewer *viewer)
{
	for (size_t i = 0; i < viewer->n_outputs; i++) {
		struct output *output = viewer->outputs[i];
		int error = output->type->close(output);

		if (error)
			viewer_output_failed(viewer, output, error);
		free(output);
	}
	viewer->n_outputs = 0;
}

static void viewer_finish_report(const struct viewer *viewer, const struct report *report)
{
	char summary[REPORT_SUMMARY_SIZE];
	json_t *json;

	if (viewer->ended[0] != '\0')
		log_info("%s", viewer->ended);
	if (viewer->options->stats) {
		report_summary(report, summary);
		fputs(summary, stderr);
	}
	if (viewer->options->json) {
		json = report_json(report);
		json_dumpf(json, viewer->options->to_stdout ? stderr : stdout,
			   JSON_COMPACT | JSON_REAL_PRECISION(9));
		fputc('\n', viewer->options->to_stdout ? stderr : stdout);
		json_decref(json);
		fflush(stdout); /* nobody left to read it is no failure */
	}
}

static void viewer_run_on(struct viewer *viewer)
{
	static const int terminal_signals[] = {SIGWINCH, SIGTSTP, 0}, none[] = {0};
	const struct viewer_options *options = viewer->options;
	struct report report;
	int error;

	viewer->host = (struct output_host){
		.io = viewer->io,
		.title = options->url.stream,
		.released = viewer_released,
		.context = viewer,
	};
	viewer->signals.caught = viewer_signal;
	error = signals_open(&viewer->signals, viewer->io, options->term ? terminal_signals : none);
	if (error) {
		viewer_fail(viewer, "signals: %s", strerror(-error));
		return;
	}
	viewer_watch(viewer);
	viewer_clear_line(viewer);
	report = viewer_report(viewer);
	viewer_close_outputs(viewer);
	signals_close(&viewer->signals);
	viewer_finish_report(viewer, &report);
}

int viewer_run(const struct viewer_options *options)
{
	struct viewer *viewer = calloc(1, sizeof(*viewer));
	const char *why;
	int error, status;

	if (!viewer) {
		log_error("%s", strerror(ENOMEM));
		return COMMAND_FAILED;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	viewer->options = options;
	viewer->session_over = true;
	snprintf(viewer->relay, sizeof(viewer->relay), "%s port %s", options->url.host,
		 options->url.port);
	error = sodium_init() < 0 ? -ENOSYS
				  : io_create(&viewer->io, (enum io_backend)options->io, &why);
	if (error)
		viewer_fail(viewer, "the event loop: %s", strerror(-error));
	else
		viewer_run_on(viewer);
	if (viewer->failure[0] != '\0')
		log_error("%s", viewer->failure);
	status = viewer->status;
	io_destroy(viewer->io);
	free(viewer);
	return status;
}
