/* SPDX-License-Identifier: MIT */
#include "common/options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* ---- what is read
 * -------------------------------------------------------------------------------- */

static const char *const backends[] = {"auto", "uring", "epoll", NULL};

struct fields {
	char *config;
	struct option_list listen;
	int64_t queue_frames;
	bool loop;
	bool drain;
	int io;
	char *key;
};

#define FIELD(member) .offset = offsetof(struct fields, member)

static const struct option_row rows[] = {
	{.name = "config", .type = OPTION_TEXT, FIELD(config), .place = OPTION_COMMAND_LINE},
	{.name = "listen", .type = OPTION_LIST, FIELD(listen), .initial = "localhost:7070"},
	{.name = "queue-frames",
	 .type = OPTION_NUMBER,
	 FIELD(queue_frames),
	 .initial = "8",
	 .min = 1,
	 .max = 1024},
	{.name = "loop", .type = OPTION_BOOL, FIELD(loop)},
	{.name = "drain", .type = OPTION_BOOL, FIELD(drain), .initial = "yes"},
	{.name = "io", .type = OPTION_CHOICE, FIELD(io), .choices = backends},
	{.name = "key", .type = OPTION_TEXT, FIELD(key), .place = OPTION_FILE},
	{.name = NULL},
};

static struct fields fields;

struct stream {
	char name[64];
	struct {
		char *key;
		int64_t linger;
	} fields;
};

static const struct option_row stream_rows[] = {
	{.name = "key", .type = OPTION_TEXT, .offset = 0, .place = OPTION_FILE, .help = "A key."},
	{.name = "linger",
	 .type = OPTION_NUMBER,
	 .offset = sizeof(char *),
	 .initial = "15",
	 .min = 0,
	 .max = 3600,
	 .help = "Seconds."},
	{.name = NULL},
};

static struct stream streams[4];
static size_t n_streams;

static void *open_stream(void *context, const char *name, const char **ret_why)
{
	assert_ptr_equal(context, streams);
	if (strchr(name, '!') != NULL) {
		*ret_why = "that is no name of a stream";
		return NULL;
	}
	assert_true(n_streams < 4);
	snprintf(streams[n_streams].name, sizeof(streams[0].name), "%s", name);
	options_init(stream_rows, &streams[n_streams].fields);
	return &streams[n_streams++].fields;
}

static const struct option_section sections[] = {
	{.name = "test", .rows = rows, .fields = &fields},
	{.name = "stream", .rows = stream_rows, .open = open_stream, .context = streams},
};
static const char *const others[] = {"relay", "capture", NULL};

static char error[512];

static int setup(void **state)
{
	(void)state;
	options_init(rows, &fields);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	while (n_streams > 0)
		options_finish(stream_rows, &streams[--n_streams].fields);
	options_finish(rows, &fields);
	return 0;
}

static void assert_list(const struct option_list *list, const char *first, const char *second)
{
	assert_int_equal(list->n, second != NULL ? 2 : 1);
	assert_string_equal(list->items[0], first);
	if (second != NULL)
		assert_string_equal(list->items[1], second);
}

static int read_text(const char *text, size_t len)
{
	FILE *in = tmpfile();
	int result;

	assert_int_equal(fwrite(text, 1, len, in), len);
	rewind(in);
	error[0] = '\0';
	result = options_file_read(in, "f.ini", sections, 2, others, error, sizeof(error));
	fclose(in);
	return result;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void test_file_fills_sections(void **state)
{
	static const char text[] = "; a comment\n"
				   "# another\n"
				   "[relay]\n"
				   "unknown = to us\n"
				   "\n"
				   "[ test ] ; ours\r\n"
				   "queue-frames = 9\r\n"
				   "  loop=yes ; inline\n"
				   "drain:no\n"
				   "listen = [::]:1\n"
				   "listen = b:2\n"
				   "io = uring\n"
				   "key = a;b # c\n"
				   "[stream cam]\n"
				   "[stream   cam/240p ]\n"
				   "linger = 0\n"
				   "[capture cam]\n"
				   "x = y\n"
				   "[capture cam]";

	(void)state;
	assert_int_equal(read_text(text, strlen(text)), 0);
	assert_string_equal(error, "");
	assert_int_equal(fields.queue_frames, 9);
	assert_true(fields.loop);
	assert_false(fields.drain);
	assert_list(&fields.listen, "[::]:1", "b:2");
	assert_int_equal(fields.io, 1);
	assert_string_equal(fields.key, "a;b # c");
	assert_int_equal(n_streams, 2);
	assert_string_equal(streams[0].name, "cam");
	assert_int_equal(streams[0].fields.linger, 15);
	assert_string_equal(streams[1].name, "cam/240p");
	assert_int_equal(streams[1].fields.linger, 0);
}

static void test_command_line_wins_over_file(void **state)
{
	static const char text[] = "[test]\nlisten = a:1\nlisten = a:2\nqueue-frames = 9\n"
				   "loop = yes\n";
	const struct option_program program = {.name = "x", .rows = rows, .fields = &fields};
	char name[] = "x", listen[] = "--listen=c:3", frames[] = "--queue-frames=10";
	char *argv[] = {name, listen, frames, NULL};

	(void)state;
	assert_int_equal(read_text(text, strlen(text)), 0);
	assert_list(&fields.listen, "a:1", "a:2");
	assert_int_equal(options_command_line(&program, 3, argv), 3);
	assert_list(&fields.listen, "c:3", NULL);
	assert_int_equal(fields.queue_frames, 10);
	assert_true(fields.loop);
}

static void test_byte_order_mark_is_skipped(void **state)
{
	static const char text[] = "\xef\xbb\xbf[test]\nloop = yes\n";

	(void)state;
	assert_int_equal(read_text(text, strlen(text)), 0);
	assert_true(fields.loop);
}

static void test_wrong_files_name_the_line(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"[test]\nqueue-frames = 99999\n",
		 "f.ini:2: queue-frames: 99999 is over the limit of 1024"},
		{"\n\n[test]\n\nloop = maybe\nio = x\n",
		 "f.ini:5: loop: 'maybe' is neither yes nor no\n"
		 "f.ini:6: io: 'x' is not one of: auto, uring, epoll"},
		{"[test]\nqueue_frames = 9\n",
		 "f.ini:2: there is no 'queue_frames' in section [test]"},
		{"[test]\n= 9\n", "f.ini:2: there is no '' in section [test]"},
		{"[test]\nconfig = x\n", "f.ini:2: config: this is for the command line only"},
		{"loop = yes\n", "f.ini:1: 'loop' stands before any [section]"},
		{"[tset]\n", "f.ini:1: there is no section called [tset]"},
		{"[]\n", "f.ini:1: there is no section called []"},
		{"[test x]\n", "f.ini:1: section [test] takes no name"},
		{"[stream]\n", "f.ini:1: section [stream] needs a name: [stream NAME]"},
		{"[stream a!]\n", "f.ini:1: section [stream a!]: that is no name of a stream"},
		{"[test\n", "f.ini:1: the section lacks its closing bracket"},
		{"[test] x\n", "f.ini:1: there is something behind the section's name"},
		{"[test]\n\n[relay]\n[test]\n",
		 "f.ini:4: section [test] is there already, in line 1"},
		{"[stream a]\n[stream b]\n[stream  a]\n",
		 "f.ini:3: section [stream a] is there already, in line 1"},
		{"[test]\nloop = yes\n\nloop = yes\n", "f.ini:4: loop is there already, in line 2"},
		{"[test]\nloop\n", "f.ini:2: this is neither NAME = VALUE nor a [section]"},
		{"[test]\nloop\nqueue-frames = 0\n",
		 "f.ini:2: this is neither NAME = VALUE nor a [section]\n"
		 "f.ini:3: queue-frames: 0 is under the minimum of 1"},
		{"[tset]\nqueue-frames = 0\n[test]\n",
		 "f.ini:1: there is no section called [tset]"},
		{"[test]\nkey = a\n  b\n", "f.ini:3: this is neither NAME = VALUE nor a [section]"},
		{"[test]\nkey = \x1b[31m\n", "f.ini:2: there is a control character (0x1b)"},
		{"[test]\nkey = a\rb\n", "f.ini:2: there is a carriage return within the line"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s", cases[i].text);
		assert_int_equal(read_text(cases[i].text, strlen(cases[i].text)), -EINVAL);
		assert_string_equal(error, cases[i].error);
		teardown(state);
		setup(state);
	}
	assert_int_equal(read_text("[test]\nkey = a\0b\n", 17), -EINVAL);
	assert_string_equal(error, "f.ini:2: there is a control character (0x00)");
}

static void test_long_line_is_refused_not_cut(void **state)
{
	char text[512] = "[test]\nkey = ";
	size_t head = strlen(text), max = head + 100, len;

	(void)state;
	/* Up to some length it is taken whole, and beyond that refused: never anything between. */
	for (len = head + 1; len < sizeof(text) - 1; len++) {
		memset(text + head, 'k', len - head);
		text[len] = '\n';
		teardown(state);
		setup(state);
		if (read_text(text, len + 1) != 0)
			break;
		assert_int_equal(strlen(fields.key), len - head);
		max = len;
	}
	/* A key's hash, and a path, must fit. */
	assert_true(max - head >= 150);
	assert_true(len < sizeof(text) - 1);
	assert_non_null(strstr(error, "f.ini:2: the line is longer than "));
}

/* inih keeps 49 bytes of a section's name; then these two would be one. */
static void test_long_section_names_stay_apart(void **state)
{
	static const char text[] =
		"[stream aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/1]\nlinger = 1\n"
		"[stream aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/2]\nlinger = 2\n";

	(void)state;
	assert_int_equal(read_text(text, strlen(text)), 0);
	assert_int_equal(n_streams, 2);
	assert_string_equal(streams[1].name,
			    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/2");
	assert_int_equal(streams[0].fields.linger, 1);
	assert_int_equal(streams[1].fields.linger, 2);
}

static void test_missing_file_is_named(void **state)
{
	(void)state;
	assert_int_equal(
		options_file("/nonexistent/f.ini", sections, 2, others, error, sizeof(error)),
		-ENOENT);
	assert_string_equal(error, "/nonexistent/f.ini: No such file or directory");
	assert_int_equal(options_file("/", sections, 2, others, error, sizeof(error)), -EISDIR);
	assert_string_equal(error, "/:1: Is a directory");
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(test_file_fills_sections),
		FILE_TEST(test_command_line_wins_over_file),
		FILE_TEST(test_byte_order_mark_is_skipped),
		FILE_TEST(test_wrong_files_name_the_line),
		FILE_TEST(test_long_line_is_refused_not_cut),
		FILE_TEST(test_long_section_names_stay_apart),
		FILE_TEST(test_missing_file_is_named),
	};

	return cmocka_run_group_tests_name("common_options_file", tests, NULL, NULL);
}
