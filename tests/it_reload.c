/* SPDX-License-Identifier: MIT */
/* A relay that reads its configuration again, under viewers and a publisher; and an agent, while
 * pictures go on. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/key.h"
#include "tests/harness_client.h"
#include "tests/harness_control.h"
#include "tests/harness_picture.h"

enum { VIEWERS = 6, RELOADS = 20 };

static char *configure(struct harness *h, const char *text)
{
	return harness_write(h, "relay.ini", text, strlen(text));
}

static void expect_names(const json_t *reply, const char *array, const char *names)
{
	const json_t *items = json_object_get(reply, array);
	char text[256] = "";

	assert_true(json_is_true(json_object_get(reply, "ok")));
	for (size_t i = 0; i < json_array_size(items); i++) {
		strcat(text, i > 0 ? " " : "");
		strcat(text, json_string_value(json_array_get(items, i)));
	}
	assert_string_equal(text, names);
}

static void reload(struct relay *relay, const char *changed, const char *restart)
{
	json_t *reply = control_ask(relay->control, "{\"request\":\"reload\"}");

	expect_names(reply, "changed", changed);
	expect_names(reply, "restart", restart);
	json_decref(reply);
}

/* Those who are there get every frame, from before and from behind it. */
static void test_reload_loses_nobody(struct harness *h)
{
	char *config = configure(h, "[relay]\nmax-viewers = 6\nmax-streams = 1000\n");
	struct relay *relay = relay_start(h, "--config", config, "--workers", "3", NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct picture picture = picture_make(h, 1);
	struct client *viewers[VIEWERS];
	const char *data;

	client_frame(publisher, picture.data, picture.len, 0);
	for (size_t i = 0; i < VIEWERS; i++) {
		viewers[i] = client_watch(h, relay->port, "/cam");
		client_next_frame(viewers[i], &data);
	}
	/* By turns, since the same line is said ten times only. */
	for (unsigned n = 1; n <= RELOADS; n++) {
		configure(h, harness_format(h, "[relay]\nmax-viewers = %u\nmax-streams = %u\n",
					    VIEWERS + (n + 1) / 2, 1000 + n / 2));
		program_signal(relay->program, SIGHUP);
		client_frame(publisher, picture.data, picture.len, n * 1000);
		for (size_t i = 0; i < VIEWERS; i++)
			assert_int_equal(client_next_frame(viewers[i], &data).sequence, n);
		wait_for(program_count_log(relay->program, n % 2 == 1 ? "changed max-viewers"
								      : "changed max-streams") ==
			 (n + 1) / 2);
	}
	client_next_frame(client_watch(h, relay->port, "/cam"), &data);
}

static void test_rules_of_streams_change(struct harness *h)
{
	char key[KEY_TEXT_SIZE], hash[KEY_HASH_SIZE];
	char *config = configure(h, "[relay]\npublish = anyone\n");
	struct relay *relay = relay_start(h, "--config", config, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct picture picture = picture_make(h, 1);

	key_generate(key);
	key_hash(key, hash);
	char *token = harness_format(h, "Authorization: Bearer %s\r\n", key);
	client_frame(publisher, picture.data, picture.len, 0);
	client_get(h, relay->port, "/cam.jpg?wait=30", "", 200);
	configure(h,
		  harness_format(h, "[relay]\npublish = anyone\n[stream cam]\ntoken = %s\n", hash));
	reload(relay, "stream", "");
	client_get(h, relay->port, "/cam.jpg", "", 401);
	client_get(h, relay->port, "/cam.jpg", token, 200);
	/* And revoked. */
	configure(h, "[relay]\npublish = anyone\n[stream cam]\nwatch = token\n");
	reload(relay, "stream", "");
	client_get(h, relay->port, "/cam.jpg", token, 401);
	configure(h, "[relay]\npublish = anyone\n");
	reload(relay, "stream", "");
	client_get(h, relay->port, "/cam.jpg", "", 200);
	reload(relay, "", "");
}

static void test_what_takes_a_restart_stays_and_is_said(struct harness *h)
{
	char *config = configure(h, "[relay]\n");
	struct relay own = {.harness = h, .control = harness_path(h, "own.sock")}, *relay = &own;

	/* Not by relay_start(), which says how many workers there are. */
	own.program =
		program_start(h, "spillway-relay", "--config", config, "--io", h->io, "--listen",
			      "127.0.0.1:0", "--control", own.control, "--linger", "3", NULL);
	program_wait_log(own.program, "control socket");
	/* The command line goes on to win. */
	configure(h, "[relay]\nlinger = 9\nworkers = 3\nlog-level = debug\nmax-header = 2K\n");
	reload(relay, "log-level max-header", "workers");
	assert_int_equal(program_count_log(relay->program, "workers takes a restart"), 1);
	reload(relay, "", "workers");
	configure(h, "[relay]\n");
	reload(relay, "log-level max-header", "");
}

/* Half of a configuration never holds. */
static void test_invalid_configuration_changes_nothing(struct harness *h)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"[relay]\nwatch = token\nmax-viewers = many\n", "relay.ini:3: max-viewers: "},
		{"[relay]\nwatch = token\nnonsense = 1\n", "relay.ini:3: there is no 'nonsense'"},
		{"[relay]\nwatch = token\n[stream cam]\nkey = x\n", "not a hash"},
		{"[relay]\nwatch = token\n[stream Cam]\n", "relay.ini:3: section [stream Cam]"},
	};
	char *config = configure(h, "[relay]\npublish = anyone\n");
	struct relay *relay = relay_start(h, "--config", config, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct picture picture = picture_make(h, 1);
	size_t n = sizeof(cases) / sizeof(*cases);

	client_frame(publisher, picture.data, picture.len, 0);
	client_get(h, relay->port, "/cam.jpg?wait=30", "", 200);
	for (size_t i = 0; i < n; i++) {
		struct control_client client = control_open(relay->control);

		configure(h, cases[i].text);
		json_t *reply = control_say(&client, "{\"request\":\"reload\"}");
		const char *error = json_string_value(json_object_get(reply, "error"));
		assert_true(json_is_false(json_object_get(reply, "ok")));
		if (strstr(error, cases[i].error) == NULL ||
		    strstr(error, "; the old configuration holds.") == NULL)
			harness_fail("%s", error);
		json_decref(reply);
		control_client_finish(&client);
		client_get(h, relay->port, "/cam.jpg", "", 200);
	}
	assert_int_equal(unlink(config), 0);
	program_signal(relay->program, SIGHUP);
	wait_for(program_count_log(relay->program, "the old configuration holds") == n + 1);
	client_get(h, relay->port, "/cam.jpg", "", 200);
}

static void test_many_signals_at_once_are_followed(struct harness *h)
{
	char *config = configure(h, "[relay]\n");
	struct relay *relay = relay_start(h, "--config", config, "--workers", "4", NULL);

	for (int i = 0; i < 100; i++)
		program_signal(relay->program, SIGHUP);
	configure(h, "[relay]\nmax-streams = 7\n");
	program_signal(relay->program, SIGHUP);
	wait_for(program_count_log(relay->program, "changed max-streams") == 1);
}

/* ---- the agent ---- */

static void configure_agent(struct harness *h, const char *more)
{
	const char *text = harness_format(
		h, "[capture cam]\nsource = test:\nrendition = none\nsize = 640x360\nfps = 30\n%s",
		more);

	harness_write(h, "agent.ini", text, strlen(text));
}

static struct program *start_agent(struct relay *relay)
{
	struct harness *h = relay->harness;

	return program_start(h, "spillway-capture", "--config", harness_path(h, "agent.ini"),
			     "--io", h->io, "--name", "cam", relay_url(relay, "cam"), NULL);
}

/* Watches until a frame is smaller than that; the stream goes on without a gap in its numbers,
 * which a publisher that is another one would leave. */
static uint32_t watch_until_under(struct client *viewer, size_t bytes)
{
	struct wire_header header;
	const char *data;

	do {
		header = client_next_frame(viewer, &data);
		assert_false(header.flags & WIRE_DISCONTINUITY);
	} while (header.length >= bytes);
	return header.length;
}

static void test_agent_changes_quality_while_pictures_go_on(struct harness *h)
{
	struct relay *relay = relay_start(h, "--queue-frames", "64", "--max-lag", "10000", NULL);
	const char *data;

	configure_agent(h, "jpeg-quality = 95\n");
	struct program *agent = start_agent(relay);
	struct client *viewer = client_watch(h, relay->port, "/cam");
	size_t large = client_next_frame(viewer, &data).length;

	configure_agent(h, "jpeg-quality = 60\n");
	program_signal(agent, SIGHUP);
	program_wait_log(agent, "changed jpeg-quality");
	size_t small = watch_until_under(viewer, large / 2);
	/* With a limit of bits, pictures are judged, one at a time. */
	configure_agent(h, "jpeg-quality = 60\nmax-kbps = 300\n");
	program_signal(agent, SIGHUP);
	program_wait_log(agent, "changed max-kbps");
	watch_until_under(viewer, small * 3 / 4);
	assert_int_equal(program_count_log(agent, "publishing cam"), 1);
	assert_int_equal(program_count_log(agent, "connected to"), 0);
	program_signal(agent, SIGTERM);
	assert_int_equal(program_wait(agent), 0);
}

static void test_agent_says_what_takes_a_restart(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	const char *data;

	configure_agent(h, "");
	struct program *agent = start_agent(relay);
	struct client *viewer = client_watch(h, relay->port, "/cam");
	client_next_frame(viewer, &data);
	configure_agent(h, "loop = yes\n[rendition 240p]\nsize = 426x240\n");
	program_signal(agent, SIGHUP);
	program_wait_log(agent, "loop takes a restart");
	program_wait_log(agent, "sections of renditions take a restart");
	configure_agent(h, "nonsense = 1\n");
	program_signal(agent, SIGHUP);
	program_wait_log(agent, "agent.ini:6: there is no 'nonsense'");
	program_wait_log(agent, "the old configuration holds");
	client_next_frame(viewer, &data);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_reload_loses_nobody),
		HARNESS_TEST(test_rules_of_streams_change),
		HARNESS_TEST(test_what_takes_a_restart_stays_and_is_said),
		HARNESS_TEST(test_invalid_configuration_changes_nothing),
		HARNESS_TEST(test_many_signals_at_once_are_followed),
		HARNESS_TEST(test_agent_changes_quality_while_pictures_go_on),
		HARNESS_TEST(test_agent_says_what_takes_a_restart),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
