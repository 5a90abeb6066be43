/* SPDX-License-Identifier: MIT */
#include "tests/harness_browser.h"

#include <signal.h>

enum { NO_BROWSER = 77, NO_NODE = 127 };

struct program *browser_open(struct harness *harness, const char *address)
{
	struct program *browser =
		program_start(harness, "node", "tests/browser.mjs", address, harness->folder, NULL);

	wait_for(*program_output(browser) != '\0' || program_has_ended(browser));
	if (browser->ended && (browser->status == NO_BROWSER || browser->status == NO_NODE))
		harness_skip(harness, program_log(browser));
	return browser;
}

void browser_expect_times(struct program *browser, const char *line, size_t times)
{
	char *whole = harness_format(browser->harness, "%s\n", line);
	int64_t deadline_us = harness_deadline_us();

	while (harness_count(browser->out, whole) < times) {
		if (program_has_ended(browser) || harness_now_us() > deadline_us)
			harness_fail("waited in vain for \"%s\" in the page, which showed:\n%s",
				     line, program_output(browser));
		harness_pause(deadline_us, line, __FILE__, __LINE__);
	}
}

void browser_expect(struct program *browser, const char *line)
{
	browser_expect_times(browser, line, 1);
}

size_t browser_count(const struct program *browser, const char *line)
{
	return harness_count(browser->out, line);
}

void browser_close(struct program *browser)
{
	if (browser_count(browser, "error ") > 0)
		harness_fail("in the page:\n%s", program_output(browser));
	program_signal(browser, SIGTERM);
	assert_int_equal(program_wait(browser), 0);
}
