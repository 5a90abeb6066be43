/* SPDX-License-Identifier: MIT */
/*
 * `test:`, a moving test picture: a clock and the frame number as text, the number as a strip that
 * programs can read (strip.h), colour bars, a ball that bounces, and water that flows. Everything
 * is made of the frame's time, so the same frame always looks the same but for the clock.
 */
#include "capture/source.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/font.h"
#include "capture/loan.h"
#include "capture/strip.h"

enum { TEST_WIDTH = 1280, TEST_HEIGHT = 720, TEST_FPS = 30 };

enum { WATER_LAYERS = 3 };

struct colour {
	uint8_t y, cb, cr;
};

struct test {
	struct source source;
	unsigned width, height;
	struct rate rate;
	uint64_t n; /* of the next frame */
	char label[64];
	struct picture_buffer backdrop;
	struct test_frame {
		struct loan loan;
		struct picture_buffer buffer;
	} frames[LOANS];
	uint16_t *water; /* the water's surface in each column, layer after layer */
};

static const struct colour bars[] = {
	{191, 128, 128}, {169, 32, 144}, {134, 160, 32}, {112, 64, 48},
	{79, 192, 208},	 {57, 96, 224},	 {22, 224, 112}, {16, 128, 128},
};
static const struct colour water_colours[WATER_LAYERS] = {
	{90, 160, 96}, {70, 168, 100}, {50, 172, 106}};
static const struct colour ball_colour = {180, 60, 176};

enum { N_BARS = sizeof bars / sizeof bars[0] };

static uint8_t *luma_at(const struct picture_buffer *to, unsigned x, unsigned y)
{
	return to->planes[0] + (size_t)y * (size_t)to->strides[0] + x;
}

static uint8_t *chroma_at(const struct picture_buffer *to, int plane, unsigned x, unsigned y)
{
	return to->planes[plane] + (size_t)(y / 2) * (size_t)to->strides[plane] + x / 2;
}

/* x, y and the sides are taken as even. */
static void fill(const struct picture_buffer *to, unsigned x, unsigned y, unsigned width,
		 unsigned height, struct colour colour)
{
	for (unsigned line = y; line < y + height; line++) {
		memset(luma_at(to, x, line), colour.y, width);
		memset(chroma_at(to, 1, x, line), colour.cb, (width + 1) / 2);
		memset(chroma_at(to, 2, x, line), colour.cr, (width + 1) / 2);
	}
}

/* ---- what doesn't move: a dusk sky, colour bars under the strip, the picture's size and rate
 * ---- */

static unsigned even(unsigned number)
{
	return number & ~1u;
}

static void draw_text(const struct test *test, const struct picture_buffer *to, const char *text,
		      unsigned y, unsigned dots_across, uint8_t value)
{
	size_t scale = test->width / dots_across;

	if (scale == 0)
		scale = 1;

	size_t width = font_width(text) * scale;
	size_t x = width < test->width ? (test->width - width) / 2 : 0;
	size_t shadow = (scale + 2) / 3;

	font_draw(to->planes[0], (size_t)to->strides[0], test->width, test->height, x + shadow,
		  y + shadow, scale, text, 8);
	font_draw(to->planes[0], (size_t)to->strides[0], test->width, test->height, x, y, scale,
		  text, value);
}

static void draw_backdrop(const struct test *test)
{
	const struct picture_buffer *to = &test->backdrop;
	unsigned height = test->height;

	for (unsigned y = 0; y < height; y++) {
		unsigned part = y * 64 / height;

		fill(to, 0, y, test->width, 1,
		     (struct colour){(uint8_t)(28 + part), (uint8_t)(150 - part / 3),
				     (uint8_t)(120 + part / 4)});
	}

	unsigned bars_top = even(height / STRIP_PART + 1), bars_height = even(height / 10);

	for (unsigned i = 0; i < N_BARS; i++) {
		unsigned left = even(test->width * i / N_BARS);
		unsigned right =
			i + 1 == N_BARS ? test->width : even(test->width * (i + 1) / N_BARS);

		fill(to, left, bars_top, right - left, bars_height, bars[i]);
	}
	draw_text(test, to, test->label, height * 22 / 100, 320, 170);
}

/* ---- what moves ---- */

/* Goes from 0 to `span` and back again and again. */
static unsigned bounce(double seconds, double spans_per_second, unsigned span)
{
	double phase = fmod(seconds * spans_per_second, 2);

	return (unsigned)((phase < 1 ? phase : 2 - phase) * span);
}

static void draw_ball(const struct test *test, const struct picture_buffer *to, double seconds)
{
	unsigned radius = test->height / 14;
	unsigned top = test->height / 6, bottom = test->height * 4 / 5;
	unsigned centre_x = radius + bounce(seconds, 0.31, test->width - 2 * radius);
	unsigned centre_y = top + radius + bounce(seconds, 0.83, bottom - top - 2 * radius);

	for (unsigned line = 0; line < 2 * radius; line++) {
		double from_centre = (double)line - radius + 0.5;
		unsigned half = (unsigned)sqrt((double)radius * radius - from_centre * from_centre);

		fill(to, even(centre_x - half), centre_y - radius + line, 2 * half, 1, ball_colour);
	}
}

static void move_water(const struct test *test, double seconds)
{
	for (unsigned layer = 0; layer < WATER_LAYERS; layer++) {
		uint16_t *surface = test->water + (size_t)layer * test->width;
		double wave = 2 * M_PI / (test->width * (0.21 + 0.17 * layer));
		double flow = seconds * (2.1 + 0.9 * layer) * (layer % 2 == 0 ? 1 : -1);
		double level = test->height * (0.74 + 0.06 * layer);

		for (unsigned x = 0; x < test->width; x++)
			surface[x] = (uint16_t)(level + test->height * 0.018 *
								(sin(x * wave + flow) +
								 0.5 * sin(x * wave * 2.3 - flow)));
	}
}

static void draw_water_layer(const struct test *test, const struct picture_buffer *to,
			     unsigned layer)
{
	const uint16_t *surface = test->water + (size_t)layer * test->width;
	struct colour colour = water_colours[layer];
	unsigned crest = test->height / 180 + 1;

	for (unsigned y = (unsigned)(test->height * (0.71 + 0.06 * layer)); y < test->height; y++) {
		uint8_t *luma = luma_at(to, 0, y);

		for (unsigned x = 0; x < test->width; x++)
			if (y >= surface[x])
				luma[x] = y < surface[x] + crest ? 200 : colour.y;
		if (y % 2 != 0)
			continue;

		uint8_t *cb = chroma_at(to, 1, 0, y), *cr = chroma_at(to, 2, 0, y);

		for (unsigned x = 0; x < test->width; x += 2)
			if (y >= surface[x]) {
				cb[x / 2] = colour.cb;
				cr[x / 2] = colour.cr;
			}
	}
}

static void draw_clock(const struct test *test, const struct picture_buffer *to, int64_t unix_us,
		       uint64_t number)
{
	time_t seconds = unix_us / 1000000;
	struct tm local;
	char text[64];
	size_t len;

	localtime_r(&seconds, &local);
	strftime(text, sizeof text, "%Y-%m-%d", &local);
	draw_text(test, to, text, test->height * 31 / 100, 200, 210);
	len = strftime(text, sizeof text, "%H:%M:%S", &local);
	snprintf(text + len, sizeof text - len, ".%03d", (int)(unix_us % 1000000 / 1000));
	draw_text(test, to, text, test->height * 39 / 100, 105, 240);
	snprintf(text, sizeof text, "FRAME %" PRIu64, number);
	draw_text(test, to, text, test->height * 56 / 100, 160, 220);
}

/* Neutral colour under a strip, so that it stays black and white. */
static void clear_chroma(const struct picture_buffer *to, unsigned y, unsigned lines)
{
	for (unsigned line = y; line < y + lines; line++)
		for (int plane = 1; plane < 3; plane++)
			memset(chroma_at(to, plane, 0, line), 128, (to->width + 1) / 2);
}

static struct test_frame *free_frame(struct test *test)
{
	for (size_t i = 0; i < LOANS; i++)
		if (test->frames[i].loan.users == 0)
			return &test->frames[i];
	return NULL;
}

static void draw(struct test *test, struct picture_buffer *frame, int64_t unix_us)
{
	uint64_t number = test->n - 1;
	double seconds = (double)rate_time_us(test->rate, number) / 1e6;
	unsigned strip_lines = test->height / STRIP_PART;

	memcpy(frame->memory, test->backdrop.memory, frame->size);
	draw_ball(test, frame, seconds);
	move_water(test, seconds);
	for (unsigned layer = 0; layer < WATER_LAYERS; layer++)
		draw_water_layer(test, frame, layer);
	draw_clock(test, frame, unix_us, number);
	strip_draw(frame->planes[0], (size_t)frame->strides[0], test->width, test->height,
		   (uint32_t)(number % STRIP_NUMBERS));
	clear_chroma(frame, 0, strip_lines);
	clear_chroma(frame, test->height - strip_lines, strip_lines);
	picture_buffer_pad(frame);
}

static int test_picture(struct source *source, int64_t unix_us, struct picture *ret_picture)
{
	struct test *test = (struct test *)source;
	struct test_frame *frame = free_frame(test);

	if (frame == NULL)
		return -EBUSY;
	if (picture_buffer_reserve(&frame->buffer, test->width, test->height) < 0) {
		snprintf(source->error, sizeof source->error, "not enough memory");
		return -ENOMEM;
	}
	draw(test, &frame->buffer, unix_us);
	loan_begin(&frame->loan);
	*ret_picture = picture_from_buffer(&frame->buffer);
	ret_picture->loan = &frame->loan;
	ret_picture->pts_us = rate_time_us(test->rate, test->n - 1);
	ret_picture->capture_us = unix_us;
	return 0;
}

static int test_next(struct source *source, int64_t *ret_pts_us)
{
	struct test *test = (struct test *)source;

	*ret_pts_us = rate_time_us(test->rate, test->n++);
	return 1;
}

static void test_close(struct source *source)
{
	struct test *test = (struct test *)source;

	picture_buffer_finish(&test->backdrop);
	for (size_t i = 0; i < LOANS; i++)
		picture_buffer_finish(&test->frames[i].buffer);
	free(test->water);
	free(test);
}

static void write_label(struct test *test)
{
	struct rate rate = test->rate;

	snprintf(test->label, sizeof test->label, "SPILLWAY TEST %ux%u %.4g/S", test->width,
		 test->height, (double)rate.frames / rate.seconds);
}

static int test_open(struct source **ret_source, const char *argument,
		     const struct source_wish *wish, char ret_error[SOURCE_ERROR_SIZE])
{
	if (*argument != '\0') {
		snprintf(ret_error, SOURCE_ERROR_SIZE, "nothing may follow 'test:'");
		return -EINVAL;
	}

	unsigned width = wish->width != 0 ? wish->width : TEST_WIDTH;
	unsigned height = wish->height != 0 ? wish->height : TEST_HEIGHT;

	if (width < STRIP_MIN_WIDTH || height < STRIP_MIN_HEIGHT) {
		snprintf(ret_error, SOURCE_ERROR_SIZE, "a test picture has at least %dx%d pixels",
			 STRIP_MIN_WIDTH, STRIP_MIN_HEIGHT);
		return -ERANGE;
	}

	struct test *test = calloc(1, sizeof *test);

	if (test == NULL)
		goto no_memory;
	test->width = width;
	test->height = height;
	test->rate = wish->rate.frames != 0 ? wish->rate : (struct rate){TEST_FPS, 1};
	test->water = calloc((size_t)width * WATER_LAYERS, sizeof *test->water);
	if (test->water == NULL || picture_buffer_reserve(&test->backdrop, width, height) < 0)
		goto no_memory;
	test->source.shape = (struct picture){.width = width, .height = height};
	write_label(test);
	draw_backdrop(test);
	*ret_source = &test->source;
	return 0;

no_memory:
	if (test != NULL)
		test_close(&test->source);
	snprintf(ret_error, SOURCE_ERROR_SIZE, "not enough memory for a test picture of %ux%u",
		 width, height);
	return -ENOMEM;
}

const struct source_type source_test = {
	.prefix = "test",
	.argument = "",
	.open = test_open,
	.next = test_next,
	.picture = test_picture,
	.close = test_close,
};
