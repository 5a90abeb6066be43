/* SPDX-License-Identifier: MIT */
/* The units of systemd/: whether systemd understands them, and how much they let a service do. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/harness.h"

#define PROGRAMS "/usr/bin/spillway"

/* With our programs where they were built, in a folder of their own, which is returned: systemd
 * wants to see the programs, and the units that others name. */
static const char *copy_units(struct harness *h)
{
	const char *folder = harness_path(h, "units");
	DIR *units = opendir("systemd");
	const struct dirent *entry;

	assert_int_equal(mkdir(folder, 0755), 0);
	assert_non_null(units);
	while ((entry = readdir(units)) != NULL) {
		size_t len;
		char *text = harness_read(h, harness_format(h, "systemd/%s", entry->d_name), &len);

		for (char *at; (at = strstr(text, PROGRAMS)) != NULL;)
			text = harness_format(h, "%.*s%s/spillway%s", (int)(at - text), text,
					      h->build, at + strlen(PROGRAMS));
		if (entry->d_name[0] != '.')
			harness_write(h, harness_format(h, "units/%s", entry->d_name), text,
				      strlen(text));
	}
	closedir(units);
	return folder;
}

static void verify(struct harness *h, const char *folder, const char *unit, const char *manager)
{
	struct program *verify =
		program_start(h, "systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
			      manager, harness_format(h, "%s/%s", folder, unit), NULL);

	if (program_wait(verify) != 0 || *program_log(verify) != '\0')
		harness_fail("%s: %s", unit, program_log(verify));
}

static void test_systemd_understands_them(struct harness *h)
{
	static const char *const units[] = {
		"spillway-relay.socket",
		"spillway-relay.service",
		"spillway-chat.socket",
		"spillway-chat.service",
		"spillway.target",
		"spillway-capture@cam.service",
		"spillway-again@spillway-relay.socket.service",
	};
	const char *folder = copy_units(h);

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		verify(h, folder, units[i], "--system");
	h->prefix = (const char *const[]){"env", harness_format(h, "XDG_RUNTIME_DIR=%s", h->folder),
					  NULL};
	verify(h, folder, "spillway-screen.service", "--user");
	h->prefix = NULL;
}

/* Tenths of the 10 points of systemd-analyze: 0 is locked up, 100 lets it do anything. */
static void test_they_are_locked_up(struct harness *h)
{
	static const struct {
		const char *unit, *threshold;
	} cases[] = {
		{"spillway-relay.service", "--threshold=15"},
		{"spillway-chat.service", "--threshold=15"},
		{"spillway-capture@.service", "--threshold=30"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct program *judge = program_start(
			h, "systemd-analyze", "security", "--no-pager", "--offline=true",
			cases[i].threshold, harness_format(h, "systemd/%s", cases[i].unit), NULL);

		if (program_wait(judge) != 0)
			harness_fail("%s\n%s", program_output(judge), program_log(judge));
	}
}

/* systemd forgets a unit that has failed too often, and a socket whose port was taken. */
static void test_what_has_failed_for_good_is_tried_again(struct harness *h)
{
	static const char *const units[] = {"spillway-relay.socket", "spillway-relay.service",
					    "spillway-chat.socket", "spillway-chat.service",
					    "spillway-capture@.service"};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		size_t len;
		const char *text = harness_read(h, harness_format(h, "systemd/%s", units[i]), &len);

		if (strstr(text, "\nOnFailure=spillway-again@%n.service\n") == NULL)
			harness_fail("%s stays down", units[i]);
	}
}

/* SIGHUP alone succeeds whatever the file says. */
static void test_reload_looks_for_mistakes_first(struct harness *h)
{
	static const char *const units[] = {"spillway-relay.service", "spillway-chat.service",
					    "spillway-capture@.service", "spillway-screen.service"};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		size_t len;
		const char *text = harness_read(h, harness_format(h, "systemd/%s", units[i]), &len);
		const char *look = strstr(text, " --check-config\n");

		if (look == NULL || strstr(look, "\nExecReload=/bin/sh -c \"kill -HUP") == NULL)
			harness_fail("%s is reloaded unseen", units[i]);
	}
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST_ON(test_systemd_understands_them, "epoll"),
		HARNESS_TEST_ON(test_they_are_locked_up, "epoll"),
		HARNESS_TEST_ON(test_what_has_failed_for_good_is_tried_again, "epoll"),
		HARNESS_TEST_ON(test_reload_looks_for_mistakes_first, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
