/* SPDX-License-Identifier: MIT */
#include "tests/harness_film.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <turbojpeg.h>

#include "capture/strip.h"

enum { MAX_WORDS = 48 };

static char *write_strips(struct harness *harness, unsigned width, unsigned height, unsigned n)
{
	size_t len = (size_t)width * height;
	uint8_t *luma = harness_alloc(harness, len * n);

	memset(luma, 128, len * n);
	for (unsigned i = 0; i < n; i++)
		strip_draw(luma + len * i, width, width, height, i);
	return harness_write(harness, "strips", luma, len * n);
}

char *film_make(struct harness *harness, const char *name, unsigned width, unsigned height,
		unsigned n, const char *words)
{
	char *path = harness_path(harness, name), *rest = harness_format(harness, "%s", words);
	const char *argv[MAX_WORDS] = {
		"ffmpeg",   "-v",
		"error",    "-y",
		"-f",	    "rawvideo",
		"-pix_fmt", "gray",
		"-s",	    harness_format(harness, "%ux%u", width, height),
		"-r",	    harness_format(harness, "%d", FILM_FPS),
		"-i",	    write_strips(harness, width, height, n),
	};
	size_t at = 14;

	for (char *word = strtok(rest, " "); word != NULL; word = strtok(NULL, " ")) {
		assert_true(at < MAX_WORDS - 2);
		argv[at++] = word;
	}
	argv[at++] = path;
	struct program *made = program_start_v(harness, argv);
	if (program_wait(made) != 0)
		harness_fail("ffmpeg makes no %s", name);
	film_age(path);
	return path;
}

void film_age(const char *path)
{
	const struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

struct film_sight film_look(const void *jpeg, size_t len)
{
	tjhandle coder = tjInitDecompress();
	struct film_sight sight = {.number = -1};
	int sampling, space;
	uint32_t number;

	if (tjDecompressHeader3(coder, jpeg, len, &sight.width, &sight.height, &sampling, &space) <
	    0)
		harness_fail("a picture is no JPEG");
	uint8_t *luma = malloc((size_t)sight.width * (size_t)sight.height);
	assert_non_null(luma);
	if (tjDecompress2(coder, jpeg, len, luma, sight.width, sight.width, sight.height, TJPF_GRAY,
			  TJFLAG_STOPONWARNING) < 0)
		harness_fail("a picture is damaged");
	if (strip_read(luma, (size_t)sight.width, (unsigned)sight.width, (unsigned)sight.height,
		       &number) == 0)
		sight.number = (int)number;
	free(luma);
	tjDestroy(coder);
	return sight;
}

struct film_sight film_look_first(struct harness *harness, const char *path)
{
	static const char start[] = {'\xff', '\xd8', '\xff'}, end[] = {'\xff', '\xd9'};
	size_t len;
	char *data = harness_read(harness, path, &len);
	char *jpeg = memmem(data, len, start, sizeof(start));

	if (jpeg == NULL)
		harness_fail("there is no picture in %s", path);
	len -= (size_t)(jpeg - data);
	char *after = memmem(jpeg, len, end, sizeof(end));
	assert_non_null(after);
	return film_look(jpeg, (size_t)(after - jpeg) + sizeof(end));
}
