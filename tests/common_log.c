/* SPDX-License-Identifier: MIT */
#include "common/log.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char said[8192];
static int kept, reader;

static int setup(void **state)
{
	int fds[2];

	(void)state;
	if (pipe(fds) < 0)
		return -1;
	kept = dup(STDERR_FILENO);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	reader = fds[0];
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(reader);
	log_set_level(LOG_LEVEL_INFO);
	return 0;
}

/* Everything that was logged since setup(); nothing more may be after that. */
static const char *logged(void)
{
	ssize_t n;

	dup2(kept, STDERR_FILENO);
	close(kept);
	n = read(reader, said, sizeof(said) - 1);
	said[n > 0 ? n : 0] = '\0';
	return said;
}

static void test_lines_have_program_and_level(void **state)
{
	(void)state;
	log_error("a %d", 1);
	log_warning("b");
	log_info("c");
	log_debug("not at this level");
	assert_string_equal(logged(), "common_log: error: a 1\n"
				      "common_log: warning: b\n"
				      "common_log: c\n");
}

static void test_level_is_kept(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("a");
	log_set_level(LOG_LEVEL_ERROR);
	log_warning("b");
	log_error("c");
	assert_string_equal(logged(), "common_log: debug: a\ncommon_log: error: c\n");
}

static void test_the_same_many_times_is_counted(void **state)
{
	char *at = said;
	int n = 0;

	(void)state;
	for (int i = 0; i < 422; i++)
		log_warning("again, from 192.0.2.1:%d", i);
	log_info("something else");
	log_tell_repeats();
	logged();
	for (; (at = strstr(at, "warning: again, from ")) != NULL; at++)
		n++;
	assert_int_equal(n, 10 + 1);
	assert_non_null(strstr(said, "common_log: something else\n"));
	assert_non_null(strstr(said, "common_log: warning: again, from 192.0.2.1:421 "
				     "(repeated 412 times)\n"));
}

static void test_debug_is_not_held_back(void **state)
{
	char *at = said;
	int n = 0;

	(void)state;
	log_set_level(LOG_LEVEL_DEBUG);
	for (int i = 0; i < 50; i++)
		log_debug("again");
	log_tell_repeats();
	logged();
	for (; (at = strstr(at, "again")) != NULL; at++)
		n++;
	assert_int_equal(n, 50);
}

static void test_levels_have_names(void **state)
{
	(void)state;
	logged();
	assert_string_equal(log_level_names[LOG_LEVEL_ERROR], "error");
	assert_string_equal(log_level_names[LOG_LEVEL_DEBUG], "debug");
	assert_null(log_level_names[LOG_LEVEL_DEBUG + 1]);
}

static void test_strangers_cant_forge_a_line(void **state)
{
	(void)state;
	log_info("name '%s'", "x\nerror: \x1b[2Jno\x7f, gr\xc3\xbc\xc3\x9f");
	assert_string_equal(logged(), "common_log: name 'x?error: ?[2Jno?, gr\xc3\xbc\xc3\x9f'\n");
}

static void test_long_line_is_cut_and_says_so(void **state)
{
	static const char tail[] = " [...]\n";
	const char *line;
	size_t len;

	(void)state;
	log_info("%5000d", 1);
	line = logged();
	len = strlen(line);
	assert_int_equal(len, 1024);
	assert_string_equal(line + len - strlen(tail), tail);
}

static void test_errno_stays(void **state)
{
	(void)state;
	errno = ENOENT;
	log_info("%s", "a");
	assert_int_equal(errno, ENOENT);
	assert_string_equal(logged(), "common_log: a\n");
}

/* $JOURNAL_STREAM as it is when standard error is the journal, but for the inode that much off. */
static void claim_journal(unsigned long off)
{
	struct stat status;
	char stream[64];

	assert_int_equal(fstat(STDERR_FILENO, &status), 0);
	snprintf(stream, sizeof(stream), "%lu:%lu", (unsigned long)status.st_dev,
		 (unsigned long)status.st_ino + off);
	setenv("JOURNAL_STREAM", stream, 1);
}

#define JOURNAL "/run/systemd/journal"

static void test_journal_gets_levels(void **state)
{
	(void)state;
	if (access(JOURNAL "/socket", W_OK) == 0) {
		(void)logged();
		skip(); /* it would get them by another way: the next test */
	}
	claim_journal(0);
	assert_true(log_find_journal());
	log_set_level(LOG_LEVEL_DEBUG);
	log_error("a");
	log_warning("b");
	log_info("c");
	log_debug("<0>d");
	unsetenv("JOURNAL_STREAM");
	assert_false(log_find_journal());
	assert_string_equal(logged(), "<3>a\n<4>b\n<6>c\n<7><0>d\n");
}

/* A journal of our own, in a /run that nobody else sees. -1 where that isn't allowed. */
static int make_journal(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = JOURNAL "/socket"};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("run", "/run", "tmpfs", 0, NULL) < 0 || mkdir("/run/systemd", 0755) < 0 ||
	    mkdir(JOURNAL, 0755) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return fd;
}

/* What it was sent of one line, an entry a line. */
static const char *received(int journal)
{
	ssize_t n = recv(journal, said, sizeof(said) - 1, MSG_DONTWAIT);

	said[n > 0 ? n : 0] = '\0';
	return said;
}

/* In a process of its own: 0 when all came as it should, 77 where it can't be tried. */
static int try_fields(void)
{
	int journal = make_journal(), wrong = 0;

	if (journal < 0)
		return 77;
	claim_journal(0);
	if (!log_find_journal())
		return 2;
	log_warning("a");
	wrong += strcmp(received(journal), "MESSAGE=a\nPRIORITY=4\n"
					   "SYSLOG_IDENTIFIER=common_log\n") != 0;
	log_info_of(LOG_OF(.stream = "cam", .peer = "127.0.0.1:9\nPRIORITY=0", .account = ""),
		    "b\nPRIORITY=0");
	wrong += strcmp(received(journal),
			"MESSAGE=b?PRIORITY=0\nPRIORITY=6\nSYSLOG_IDENTIFIER=common_log\n"
			"SPILLWAY_STREAM=cam\nSPILLWAY_PEER=127.0.0.1:9?PRIORITY=0\n") != 0;
	log_debug_of(LOG_OF(.stream = "cam"), "not at this level");
	wrong += *received(journal) != '\0';
	return wrong;
}

static void test_journal_gets_fields_that_nobody_can_forge(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		_exit(try_fields());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_string_equal(logged(), "");
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

/* The journal is where it was started, and standard error goes elsewhere now. */
static void test_another_stream_gets_none(void **state)
{
	static const char *const nonsense[] = {"", "x", "1:", ":1"};

	(void)state;
	claim_journal(1);
	assert_false(log_find_journal());
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(*nonsense); i++) {
		setenv("JOURNAL_STREAM", nonsense[i], 1);
		assert_false(log_find_journal());
	}
	unsetenv("JOURNAL_STREAM");
	log_warning("a");
	assert_string_equal(logged(), "common_log: warning: a\n");
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static char name[] = "common_log";
	const struct CMUnitTest tests[] = {
		LOG_TEST(test_lines_have_program_and_level),
		LOG_TEST(test_level_is_kept),
		LOG_TEST(test_the_same_many_times_is_counted),
		LOG_TEST(test_debug_is_not_held_back),
		LOG_TEST(test_levels_have_names),
		LOG_TEST(test_strangers_cant_forge_a_line),
		LOG_TEST(test_long_line_is_cut_and_says_so),
		LOG_TEST(test_errno_stays),
		LOG_TEST(test_journal_gets_levels),
		LOG_TEST(test_journal_gets_fields_that_nobody_can_forge),
		LOG_TEST(test_another_stream_gets_none),
	};

	program_invocation_short_name = name;
	return cmocka_run_group_tests_name("common_log", tests, NULL, NULL);
}
