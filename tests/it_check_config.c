/* SPDX-License-Identifier: MIT */
/* The configuration file that all programs share, as each of them checks it. */
#include <stdio.h>
#include <string.h>

#include "tests/harness.h"

#define HASH "blake2b:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What --check-config says of a file: nothing for one that is all right. */
static char *check(struct harness *h, const char *program, const char *text)
{
	char *path = harness_write(h, "spillway.ini", text, strlen(text));
	struct program *check = program_start(h, program, "--config", path, "--check-config", NULL);
	int status = program_wait(check);
	char *said = program_log(check);

	if (status == 0) {
		assert_string_equal(program_output(check),
				    harness_format(h, "%s: all right\n", path));
		assert_string_equal(said, "");
		return said;
	}
	assert_int_equal(status, 1);
	assert_string_equal(program_output(check), "");
	said[strcspn(said, "\n")] = '\0'; /* the first line has it */
	char *at = strstr(said, path);
	return at != NULL ? at + strlen(path) + 1 : said + strlen(program) + strlen(": error: ");
}

static const struct {
	const char *program, *text, *error;
} wrong[] = {
	/* of the file's form */
	{"spillway-relay", "linger = 5\n", "1: 'linger' stands before any [section]"},
	{"spillway-relay", "[relay]\nlinger\n", "2: this is neither NAME = VALUE nor a [section]"},
	{"spillway-relay", "[relay\n", "1: the section lacks its closing bracket"},
	{"spillway-relay", "[relay] x\n", "1: there is something behind the section's name"},
	{"spillway-relay", "[relay]\n[chat]\n[relay]\n",
	 "3: section [relay] is there already, in line 1"},
	{"spillway-relay", "[stream cam]\n[stream cam]\n",
	 "2: section [stream cam] is there already, in line 1"},
	{"spillway-relay", "[stream]\n", "1: section [stream] needs a name: [stream NAME]"},
	{"spillway-relay", "[relay x]\n", "1: section [relay] takes no name"},
	{"spillway-relay", "[realy]\n", "1: there is no section called [realy]"},
	/* the relay's */
	{"spillway-relay", "[relay]\n\nlingre = 5\n", "3: there is no 'lingre' in section [relay]"},
	{"spillway-relay", "[relay]\nlinger = 5\nlinger = 6\n",
	 "3: linger is there already, in line 2"},
	{"spillway-relay", "[relay]\nlinger = soon\n", "2: linger: 'soon' is not a whole number"},
	{"spillway-relay", "[relay]\nlinger = 86401\n",
	 "2: linger: 86401 is over the limit of 86400"},
	{"spillway-relay", "[relay]\nqueue-frames = 0\n",
	 "2: queue-frames: 0 is under the minimum of 1"},
	{"spillway-relay", "[relay]\nmax-frame = 1X\n",
	 "2: max-frame: '1X' is not a size (bytes, or a number with K, M or G)"},
	{"spillway-relay", "[relay]\nmax-per-address = -1\n",
	 "2: max-per-address: -1 is under the minimum of 1"},
	{"spillway-relay", "[relay]\npublish = all\n",
	 "2: publish: 'all' is not one of: loopback, key, anyone"},
	{"spillway-relay", "[relay]\nwatch = key\n",
	 "2: watch: 'key' is not one of: anyone, token"},
	{"spillway-relay", "[relay]\nlisten = 7070\n", "2: listen: 7070 is not ADDR:PORT"},
	{"spillway-relay", "[relay]\nlisten = localhost:99999\n",
	 "2: listen: localhost:99999 is not ADDR:PORT"},
	{"spillway-relay", "[relay]\nconfig = other.ini\n",
	 "2: config: this is for the command line only"},
	{"spillway-relay", "[relay]\ncheck-config = yes\n",
	 "2: check-config: this is for the command line only"},
	{"spillway-relay", "[relay]\nkey = " HASH "\nkey = 0123456789abcdef0123456789abcdef\n",
	 "3: key: this is not a hash; `spillway key new` makes one"},
	{"spillway-relay", "[relay]\ntoken =\n", "2: token: the value is empty"},
	{"spillway-relay", "[stream cam]\npublish = as-relay\nwatch = nobody\n",
	 "3: watch: 'nobody' is not one of: anyone, token, as-relay"},
	{"spillway-relay", "[stream cam]\nkey = " HASH "0\n",
	 "2: key: this is not a hash; `spillway key new` makes one"},
	{"spillway-relay", "[stream cam]\ntoken = secret\n",
	 "2: token: this is not a hash; `spillway key new` makes one"},
	{"spillway-relay", "[stream cam]\nlinger = 5\n",
	 "2: there is no 'linger' in section [stream]"},
	{"spillway-relay", "[stream Cam]\n",
	 "1: section [stream Cam]: that is not a stream's name"},
	/* the agent's, of each of its sections */
	{"spillway-capture", "[capture cam]\nsource = test:\nurl = localhost/cam\nfps = fast\n",
	 "4: fps: 'fast' is not a rate such as 30, 29.97 or 30000/1001, from one frame in 10 "
	 "seconds to 240 a second"},
	{"spillway-capture", "[capture cam]\nsize = large\n",
	 "2: size: 'large' is not a size such as 1280x720, from 16x16 to 8192x8192"},
	{"spillway-capture",
	 "[capture a]\nsource = test:\nurl = localhost/a\n"
	 "[capture b]\nsource = nothing\n",
	 "5: source: 'nothing' isn't a source; there are test:, file:PATH, v4l2:DEVICE, "
	 "x11:DISPLAY, library:DIR"},
	{"spillway-capture", "[capture cam]\nurl = localhost/Cam\n", "2: url: localhost/Cam: "},
	{"spillway-capture", "[capture cam]\nrendition = 240p=\n",
	 "2: rendition: '240p=' is not a rendition such as 240p=426x240@15 or 240p=426x240"},
	{"spillway-capture", "[capture cam]\njpeg-quality = 101\n",
	 "2: jpeg-quality: 101 is over the limit of 100"},
	{"spillway-capture", "[capture cam]\nloop = maybe\n",
	 "2: loop: 'maybe' is neither yes nor no"},
	{"spillway-capture", "[capture cam]\nnane = x\n",
	 "2: there is no 'nane' in section [capture]"},
	{"spillway-capture", "[rendition 240p]\nsize = 426\n", "2: size: '426' is not a size "},
	{"spillway-capture", "[rendition 240p]\nsize = 426x240\nfps = 0\n",
	 "3: fps: '0' is not a rate "},
	/* what no line is to blame for */
	{"spillway-capture", "[capture cam]\nurl = localhost/cam\n",
	 "what is to be published? Give --source"},
	{"spillway-capture",
	 "[capture a]\nsource = test:\nurl = localhost/a\n"
	 "[capture b]\nsource = test:\n",
	 "where to? Give a URL"},
	{"spillway-capture",
	 "[capture cam]\nsource = test:\nurl = localhost/cam\n"
	 "rendition = nowhere\n",
	 "--rendition nowhere: not a rendition"},
	{"spillway-capture",
	 "[capture cam]\nsource = test:\nurl = localhost/cam\nalways = yes\n"
	 "wait = yes\n",
	 "of --on-demand, --wait and --always, each contradicts the others"},
	/* the chat's */
	{"spillway-chat", "[chat]\nname = nodot\n",
	 "2: name: a server's name is a host's, with a dot in it"},
	{"spillway-chat", "[chat]\nnetwork = two words\n",
	 "2: network: that must be one word of at most 32 bytes"},
	{"spillway-chat", "[chat]\nweb-origin = example.org\n",
	 "2: web-origin: example.org is no origin such as https://example.org"},
	{"spillway-chat", "[chat]\nweb-origin = https://example.org/\n",
	 "2: web-origin: https://example.org/ is no origin such as https://example.org"},
	{"spillway-chat", "[chat]\nlisten = 6667\n", "2: listen: 6667 is not ADDR:PORT"},
	{"spillway-chat", "[chat]\nmax-queue = 1\n", "2: max-queue: 1 is under the minimum of 32K"},
	{"spillway-chat", "[chat]\nmottd = x\n", "2: there is no 'mottd' in section [chat]"},
};

static void test_each_mistake_is_told_with_its_line(struct harness *h)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		char *said = check(h, wrong[i].program, wrong[i].text);

		if (strncmp(said, wrong[i].error, strlen(wrong[i].error)) != 0)
			harness_fail("%s:\n%s\n%s\ninstead of\n%s", wrong[i].program, wrong[i].text,
				     said, wrong[i].error);
	}
}

/* One run is enough to put a file right; what follows from a mistake is none of its own. */
static void test_all_mistakes_of_a_file_are_told_in_one_run(struct harness *h)
{
	static const char text[] = "[relay]\n"
				   "lingre = 5\n"
				   "linger\n"
				   "publish = all\n"
				   "[realy]\n"
				   "anything = 1\n"
				   "[stream Cam]\n"
				   "nothing = 1\n"
				   "[relay]\n"
				   "lingre = 5\n"
				   "[stream cam]\n"
				   "title = a\tb\a\n"
				   "watch = me\n";
	static const unsigned lines[] = {2, 3, 4, 5, 7, 9, 12, 13};
	enum { N = sizeof(lines) / sizeof(*lines) };
	char *path = harness_write(h, "spillway.ini", text, strlen(text));
	struct program *check =
		program_start(h, "spillway-relay", "--config", path, "--check-config", NULL);

	assert_int_equal(program_wait(check), 1);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(program_count_log(check, harness_format(h, "error: %s:%u: ", path,
									 lines[i])),
				 1);
	assert_int_equal(program_count_log(check, "\n"), N);
}

static void test_a_file_of_mistakes_is_not_told_without_end(struct harness *h)
{
	char *text = harness_alloc(h, 4096);

	strcpy(text, "[relay]\n");
	for (int i = 0; i < 100; i++)
		strcat(text, "lingre = 5\n");
	check(h, "spillway-relay", text);
	struct program *check =
		program_start(h, "spillway-relay", "--config", harness_path(h, "spillway.ini"),
			      "--check-config", NULL);
	assert_int_equal(program_wait(check), 1);
	size_t n = program_count_log(check, "\n");
	assert_true(n >= 10 && n <= 20);
}

/* What is wrong may be a key that was put in the place of its hash. */
static void test_a_key_in_the_place_of_its_hash_is_not_repeated(struct harness *h)
{
	static const char key[] = "00112233445566778899aabbccddeeff";
	char *said = check(h, "spillway-relay", harness_format(h, "[relay]\nkey = %s\n", key));

	assert_null(strstr(said, "0011"));
	assert_true(*said != '\0');
}

static void test_each_program_finds_its_sections_all_right(struct harness *h)
{
	static const char *const programs[] = {"spillway-relay", "spillway-capture",
					       "spillway-chat"};
	static const char text[] = "# All of it.\n"
				   "[relay]\n"
				   "listen = [::]:7070\n"
				   "listen = :7071\n"
				   "publish = key\n"
				   "key = " HASH " ; Alice\n"
				   "[stream cam]\n"
				   "token = " HASH "\n"
				   "[capture cam]\n"
				   "source = test:\n"
				   "url = localhost/cam\n"
				   "rendition = 240p\n"
				   "[capture door]\n"
				   "source = v4l2:/dev/video0\n"
				   "url = localhost/door\n"
				   "on-demand = yes\n"
				   "[rendition 240p]\n"
				   "size = 426x240\n"
				   "fps = 15\n"
				   "[chat]\n"
				   "name = chat.example.org\n";

	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(check(h, programs[i], text), "");
		assert_string_equal(check(h, programs[i], ""), "");
	}
}

static void test_a_missing_file_is_an_error(struct harness *h)
{
	struct program *program = program_start(h, "spillway-relay", "--check-config", "--config",
						harness_path(h, "nothing.ini"), NULL);

	assert_int_equal(program_wait(program), 1);
	assert_int_equal(program_count_log(program, "nothing.ini: No such file or directory"), 1);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST_ON(test_each_mistake_is_told_with_its_line, "epoll"),
		HARNESS_TEST_ON(test_all_mistakes_of_a_file_are_told_in_one_run, "epoll"),
		HARNESS_TEST_ON(test_a_file_of_mistakes_is_not_told_without_end, "epoll"),
		HARNESS_TEST_ON(test_a_key_in_the_place_of_its_hash_is_not_repeated, "epoll"),
		HARNESS_TEST_ON(test_each_program_finds_its_sections_all_right, "epoll"),
		HARNESS_TEST_ON(test_a_missing_file_is_an_error, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
