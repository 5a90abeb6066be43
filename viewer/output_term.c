/* SPDX-License-Identifier: MIT */
/*
 * The terminal shows the pictures, in blocks of colour. When it is slower than the stream it gets
 * the newest frame as soon as it has taken the one before, and the frames between are skipped. The
 * lowest line is for words.
 */
#include "viewer/output.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "common/list.h"
#include "viewer/blocks.h"
#include "viewer/sink.h"

enum {
	TERM_MAX_PIXELS = 32 << 20, /* of a picture as it is decoded */
	TERM_PATIENCE_MS = 1000,
	TERM_MAX_STATUS = 512,
	TERM_MAX_STATUS_TEXT = TERM_MAX_STATUS + 64,
};

/* The alternate screen (1049) without cursor (25) and wrapping (7); and back, where CAN ends a
 * sequence that was cut. */
#define TERM_ENTER "\033[?1049h\033[?25l\033[?7l\033[2J"
#define TERM_LEAVE "\030\033[0m\033[?7h\033[?25h\033[?1049l"
/* What stands between these is shown at once, by terminals that can. */
#define TERM_BEGIN "\033[?2026h"
#define TERM_END "\033[?2026l"

struct term {
	struct output output;
	struct sink sink;
	tjhandle decoder;
	struct termios old;
	bool has_old;
	unsigned columns, rows;
	struct blocks blocks;

	uint8_t *jpeg; /* the newest frame, for drawing when the terminal is ready */
	size_t jpeg_len, jpeg_size;
	bool fresh;	   /* it isn't drawn yet */
	bool status_dirty; /* nor is the lowest line */
	char status[TERM_MAX_STATUS];
	uint8_t *rgb;
	size_t rgb_size;
	char *text; /* what is being written */
	size_t text_size;
};

static int grow(void *buffer, size_t *size, size_t wanted)
{
	void **at = buffer, *grown;

	if (wanted <= *size)
		return 0;
	grown = realloc(*at, wanted);
	if (!grown)
		return -ENOMEM;
	*at = grown;
	*size = wanted;
	return 0;
}

/* ---- drawing ---- */

/* Decodes at the smallest of TurboJPEG's scales that is no smaller than what is shown. */
static int term_decode(struct term *term, int *ret_width, int *ret_height, int *ret_full_width,
		       int *ret_full_height)
{
	int n, subsampling, colours, width = 0, height = 0;
	tjscalingfactor *factors = tjGetScalingFactors(&n);
	unsigned wanted_width, wanted_height;
	size_t len;

	if (!factors ||
	    tjDecompressHeader3(term->decoder, term->jpeg, term->jpeg_len, ret_full_width,
				ret_full_height, &subsampling, &colours) < 0)
		return -EBADMSG;
	blocks_fit(&term->blocks, (unsigned)*ret_full_width, (unsigned)*ret_full_height,
		   &wanted_width, &wanted_height);
	for (int i = 0; i < n; i++) {
		int scaled_width = TJSCALED(*ret_full_width, factors[i]);
		int scaled_height = TJSCALED(*ret_full_height, factors[i]);

		if (width > 0 && ((unsigned)scaled_width < wanted_width ||
				  (unsigned)scaled_height < wanted_height || scaled_width > width))
			continue;
		width = scaled_width;
		height = scaled_height;
	}
	if ((int64_t)width * height > TERM_MAX_PIXELS)
		return -EFBIG;
	len = (size_t)width * (size_t)height * 3;
	if (grow(&term->rgb, &term->rgb_size, len) < 0)
		return -ENOMEM;
	/* A damaged picture is shown as far as it goes. */
	if (tjDecompress2(term->decoder, term->jpeg, term->jpeg_len, term->rgb, width, 0, height,
			  TJPF_RGB, TJFLAG_FASTDCT) < 0 &&
	    tjGetErrorCode(term->decoder) == TJERR_FATAL)
		return -EBADMSG;
	*ret_width = width;
	*ret_height = height;
	return 0;
}

/* The blocks' text of the newest frame; 0 where there is none to draw. */
static size_t term_draw_picture(struct term *term)
{
	int width, height, full_width, full_height;

	if (!term->fresh)
		return 0;
	term->fresh = false;
	if (term_decode(term, &width, &height, &full_width, &full_height) < 0) {
		term->output.skipped++;
		return 0;
	}
	return blocks_draw(&term->blocks, term->rgb, (unsigned)width, (unsigned)height,
			   (unsigned)full_width, (unsigned)full_height);
}

/* Draws what is new, until the terminal makes us wait. */
static int term_draw(struct term *term)
{
	size_t len, size;
	char *at;

	if (sink_busy(&term->sink) || !(term->fresh || term->status_dirty))
		return 0;
	len = term_draw_picture(term);
	size = len + sizeof(TERM_BEGIN) + sizeof(TERM_END) + TERM_MAX_STATUS_TEXT;
	if (grow(&term->text, &term->text_size, size) < 0)
		return -ENOMEM;
	at = stpcpy(term->text, TERM_BEGIN);
	if (len > 0)
		memcpy(at, term->blocks.text, len);
	at += len;
	if (term->status_dirty)
		at += snprintf(at, TERM_MAX_STATUS_TEXT, "\033[%u;1H\033[0m\033[K%s", term->rows,
			       term->status);
	term->status_dirty = false;
	at = stpcpy(at, TERM_END);
	len = (size_t)(at - term->text);
	return sink_write(&term->sink, term->text, len);
}

static void term_written(struct sink *sink, int result)
{
	struct term *term = list_item(sink, struct term, sink);

	if (result == 0)
		result = term_draw(term);
	if (result < 0)
		term->output.host->released(&term->output, result);
}

/* ---- the terminal ---- */

static int term_measure(struct term *term)
{
	struct winsize size = {0};

	if (ioctl(term->sink.fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0)
		size = (struct winsize){.ws_col = 80, .ws_row = 24};
	term->columns = size.ws_col;
	term->rows = size.ws_row;
	term->status_dirty = true;
	term->fresh = term->jpeg_len > 0;
	return blocks_resize(&term->blocks, term->columns, term->rows - 1);
}

/* Writes what puts the terminal right, which must not be lost; nor may one that hangs keep us. */
static void term_say(struct term *term, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		struct pollfd ready = {.fd = term->sink.fd, .events = POLLOUT};
		ssize_t n = write(term->sink.fd, text, left);

		if (n < 0 && errno == EAGAIN && poll(&ready, 1, TERM_PATIENCE_MS) > 0)
			continue;
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		}
	}
}

/* Nothing that is typed appears in the picture. */
static void term_enter(struct term *term)
{
	struct termios quiet;

	term->has_old = tcgetattr(term->sink.fd, &term->old) == 0;
	if (term->has_old) {
		quiet = term->old;
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
		tcsetattr(term->sink.fd, TCSANOW, &quiet);
	}
	term_say(term, TERM_ENTER);
}

static void term_leave(struct term *term)
{
	term_say(term, TERM_LEAVE);
	if (term->has_old) {
		tcsetattr(term->sink.fd, TCSANOW, &term->old);
		tcflush(term->sink.fd, TCIFLUSH);
	}
}

static int term_open(const struct output_host *host, const char *path, struct output **ret_output)
{
	struct term *term = calloc(1, sizeof(*term));
	int error = -ENOMEM;

	(void)path;
	if (!term)
		return -ENOMEM;
	term->output = (struct output){.type = &output_term, .host = host, .name = "the terminal"};
	term->sink.done = term_written;
	term->decoder = tjInitDecompress();
	if (!term->decoder)
		goto fail;
	error = sink_open_stdout(&term->sink, host->io);
	if (error)
		goto fail;
	error = term_measure(term);
	if (error) {
		sink_close(&term->sink);
		goto fail;
	}
	term_enter(term);
	*ret_output = &term->output;
	return 0;
fail:
	if (term->decoder)
		tjDestroy(term->decoder);
	free(term);
	return error;
}

static int term_frame(struct output *output, const struct frame *frame)
{
	struct term *term = (struct term *)output;
	int error = grow(&term->jpeg, &term->jpeg_size, frame->header.length);

	if (error)
		return error;
	if (term->fresh)
		output->skipped++;
	if (frame->header.length > 0)
		memcpy(term->jpeg, frame->data, frame->header.length);
	term->jpeg_len = frame->header.length;
	term->fresh = true;
	error = term_draw(term);
	return error < 0 ? error : OUTPUT_TAKEN;
}

static void term_status(struct output *output, const char *line)
{
	struct term *term = (struct term *)output;

	snprintf(term->status, sizeof(term->status), "%.*s", (int)term->columns, line);
	term->status_dirty = true;
	term_draw(term);
}

static void term_signal(struct output *output, int number)
{
	struct term *term = (struct term *)output;

	if (number == SIGTSTP) {
		term_leave(term);
		raise(SIGSTOP); /* until the shell continues us */
		term_enter(term);
	}
	if (term_measure(term) == 0)
		term_draw(term);
}

static bool term_busy(const struct output *output)
{
	return sink_busy(&((const struct term *)output)->sink);
}

static void term_cancel(struct output *output)
{
	sink_cancel(&((struct term *)output)->sink);
}

static int term_close(struct output *output)
{
	struct term *term = (struct term *)output;

	term_leave(term);
	sink_close(&term->sink);
	tjDestroy(term->decoder);
	blocks_finish(&term->blocks);
	free(term->jpeg);
	free(term->rgb);
	free(term->text);
	return 0;
}

const struct output_type output_term = {
	.open = term_open,
	.frame = term_frame,
	.close = term_close,
	.busy = term_busy,
	.cancel = term_cancel,
	.status = term_status,
	.signal = term_signal,
};
