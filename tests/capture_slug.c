/* SPDX-License-Identifier: MIT */
#include "capture/slug.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_file_names_become_slugs(void **state)
{
	static const struct {
		const char *file;
		unsigned n;
		const char *slug;
	} cases[] = {
		{"film.mp4", 1, "film"},	{"My Film (1).MP4", 1, "my-film-1"},
		{"film.mp4", 2, "film-2"},	{"a.b.mkv", 1, "a-b"},
		{"../../etc.mp4", 1, "etc"},	{"\xc3\xa4.mp4", 1, "video"},
		{"\xc3\xa4.mp4", 3, "video-3"}, {"film~x7k2.mp4", 1, "film-x7k2"},
		{"--.mp4", 1, "video"},
	};
	char slug[CATALOGUE_SLUG_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		slug_make(cases[i].file, cases[i].n, slug);
		assert_string_equal(slug, cases[i].slug);
	}
}

static void test_long_name_keeps_its_number(void **state)
{
	char file[201] = "", slug[CATALOGUE_SLUG_SIZE];

	(void)state;
	memset(file, 'a', 200);
	slug_make(file, 12, slug);
	assert_int_equal(strlen(slug), CATALOGUE_SLUG_SIZE - 1);
	assert_string_equal(slug + CATALOGUE_SLUG_SIZE - 4, "-12");
}

static void test_only_videos_are_taken(void **state)
{
	(void)state;
	assert_true(slug_is_video("film.mp4"));
	assert_true(slug_is_video("FILM.MKV"));
	assert_false(slug_is_video("notes.txt"));
	assert_false(slug_is_video(".film.mp4"));
	assert_false(slug_is_video(".mp4"));
	assert_false(slug_is_video("mp4"));
}

static void test_title_is_the_name_without_its_ending(void **state)
{
	char title[CATALOGUE_TITLE_SIZE];

	(void)state;
	slug_title("My\x1b Film (1).mp4", title);
	assert_string_equal(title, "My  Film (1)");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_names_become_slugs),
		cmocka_unit_test(test_long_name_keeps_its_number),
		cmocka_unit_test(test_only_videos_are_taken),
		cmocka_unit_test(test_title_is_the_name_without_its_ending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
