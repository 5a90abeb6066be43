/* SPDX-License-Identifier: MIT */
/* The page in Chromium. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/key.h"
#include "tests/harness_browser.h"
#include "tests/harness_client.h"
#include "tests/harness_film.h"
#include "tests/harness_picture.h"

enum { MOVING = 10 };

/* ---- helpers ---- */

static struct program *open_page(const struct relay *relay, const char *path)
{
	return browser_open(relay->harness, relay_http(relay, path));
}

/* Pictures of the tests' own came whole: no picture without a number was shown. */
static void browser_close_numbered(struct program *browser)
{
	assert_int_equal(browser_count(browser, "picture #"), 0);
	browser_close(browser);
}

static struct client *publish(const struct relay *relay, const char *target, unsigned number)
{
	struct client *publisher = client_publish(relay->harness, relay->port, target);
	struct picture picture = picture_make(relay->harness, number);

	client_frame(publisher, picture.data, picture.len, number);
	return publisher;
}

/* ---- pictures ---- */

static void test_moving_picture_is_shown_at_the_root(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);

	program_start(h, "spillway-capture", "--config", "/dev/null", "--io", h->io, "--source",
		      "test:", relay_url(relay, "test"), NULL);
	struct program *browser = open_page(relay, "/");
	browser_expect(browser, "state live");
	browser_expect(browser, "viewers 1 viewer");
	wait_for(browser_count(browser, "picture #") >= MOVING);
	browser_close(browser);
}

/* Chromium shows a part when the next one's headers are there, which never comes here. */
static void test_single_frame_appears_without_a_second(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct program *browser = open_page(relay, "/cam");
	struct picture picture = picture_make(h, 42);

	/* It waits for the stream's first frame. */
	browser_expect(browser, "viewers 1 viewer");
	assert_int_equal(browser_count(browser, "picture"), 0);
	client_frame(publisher, picture.data, picture.len, 0);
	browser_expect(browser, "picture 42");
	browser_close_numbered(browser);
}

static void test_file_put_by_curl_appears(struct harness *h)
{
	struct relay *relay = relay_start(h, "--linger", "600", NULL);
	struct program *browser = open_page(relay, "/");
	struct picture picture = picture_make(h, 43);
	char *publish_line =
		harness_format(h, "publish ffmpeg -re -i clip.mp4 -f mpjpeg -method PUT %s",
			       relay_http(relay, "/clip"));

	/* Where there is nothing to see yet, the page says how to publish. */
	browser_expect(browser, publish_line);
	program_run(h, "curl", "-sS", "--fail", "-T",
		    harness_write(h, "a.jpg", picture.data, picture.len),
		    relay_http(relay, "/still"), NULL);
	browser_expect(browser, "picture 43");
	browser_expect(browser, "streams still");
	browser_close_numbered(browser);
}

static void test_still_picture_is_shown_to_a_newcomer(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);

	publish(relay, "/cam", 44);
	struct program *browser = open_page(relay, "/cam");
	browser_expect(browser, "picture 44");
	browser_close_numbered(browser);
}

static void test_each_frame_is_shown_when_it_comes(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	struct client *publisher = publish(relay, "/cam", 1);
	struct program *browser = open_page(relay, "/");

	for (unsigned number = 2; number <= MOVING; number++) {
		struct picture picture = picture_make(h, number);

		browser_expect(browser, harness_format(h, "picture %u", number - 1));
		client_frame(publisher, picture.data, picture.len, number);
	}
	browser_expect(browser, harness_format(h, "picture %d", MOVING));
	browser_close_numbered(browser);
}

/* ---- the address ---- */

static void test_address_names_the_stream(struct harness *h)
{
	static const char *const addresses[] = {"/studio/north", "/#studio/north"};
	struct relay *relay = relay_start(h, NULL);

	publish(relay, "/a", 1);
	publish(relay, "/studio/north", 2);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		struct program *browser = open_page(relay, addresses[i]);

		browser_expect(browser, "streams a studio/north");
		browser_expect(browser, "picture 2");
		browser_expect(browser,
			       harness_format(h, "watch spillway watch 127.0.0.1:%u/studio/north",
					      relay->port));
		browser_expect(browser, harness_format(h, "play ffplay %s",
						       relay_http(relay, "/studio/north.mjpg")));
		assert_int_equal(browser_count(browser, "picture 1\n"), 0);
		browser_close_numbered(browser);
	}
}

static void test_token_of_the_address_is_passed_on(struct harness *h)
{
	char token[KEY_TEXT_SIZE], hash[KEY_HASH_SIZE];

	key_generate(token);
	key_hash(token, hash);
	struct relay *relay = relay_start(
		h, "--config",
		relay_config(h,
			     harness_format(h, "[stream cam]\nwatch = token\ntoken = %s\n", hash)),
		NULL);
	publish(relay, "/cam", 45);
	struct program *browser = open_page(relay, "/cam");
	browser_expect(browser, "state locked");
	assert_int_equal(browser_count(browser, "picture"), 0);
	browser_close(browser);
	browser = open_page(relay, harness_format(h, "/cam?key=%s", token));
	browser_expect(browser, "picture 45");
	browser_expect(browser, "state live");
	browser_close_numbered(browser);
}

/* What a stranger's link says mustn't get into a line that people paste into a shell. */
static void test_lines_to_copy_hold_nothing_for_a_shell(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);

	publish(relay, "/cam", 46);
	struct program *browser = open_page(relay, "/cam?key=x';id;'#cam");
	browser_expect(browser, "picture 46");
	browser_expect(browser,
		       harness_format(h, "watch spillway watch 127.0.0.1:%u/cam", relay->port));
	browser_expect(browser,
		       harness_format(h, "play ffplay %s", relay_http(relay, "/cam.mjpg")));
	browser_close_numbered(browser);
}

/* ---- ends and returns ---- */

static void test_page_says_that_a_stream_ended_and_recovers(struct harness *h)
{
	struct relay *relay = relay_start(h, "--linger", "0", NULL);
	struct client *publisher = publish(relay, "/cam", 1);
	struct program *browser = open_page(relay, "/cam");

	browser_expect(browser, "picture 1");
	browser_expect(browser, "state live");
	client_close(publisher);
	browser_expect(browser, "state ended");
	wait_for(browser_count(browser, "notice The stream has ended") == 1);
	publish(relay, "/cam", 2);
	browser_expect(browser, "picture 2");
	browser_expect_times(browser, "state live", 2);
	browser_close_numbered(browser);
}

static void test_interrupted_stream_goes_on_with_the_next_publisher(struct harness *h)
{
	struct relay *relay = relay_start(h, "--linger", "600", NULL);
	struct client *publisher = publish(relay, "/cam", 1);
	struct program *browser = open_page(relay, "/cam");

	browser_expect(browser, "picture 1");
	client_close(publisher);
	browser_expect(browser, "state interrupted");
	publish(relay, "/cam", 2);
	browser_expect(browser, "picture 2");
	browser_expect_times(browser, "state live", 2);
	browser_close_numbered(browser);
}

/* A new stream of that name may be there before the page looks again, however short the first
 * was. */
static void test_stream_that_ended_between_two_looks_is_shown_again(struct harness *h)
{
	struct relay *relay = relay_start(h, "--linger", "0", NULL);
	struct program *browser = open_page(relay, "/cam");

	browser_expect(browser, "state not live");
	for (unsigned i = 1; i <= 5; i++) {
		struct client *publisher = publish(relay, "/cam?takeover=1", i);

		browser_expect(browser, harness_format(h, "picture %u", i));
		client_close(publisher);
	}
	browser_close_numbered(browser);
}

static void test_page_says_that_the_relay_is_away_and_recovers(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *listen = harness_format(h, "127.0.0.1:%u", relay->port);

	publish(relay, "/cam", 1);
	struct program *browser = open_page(relay, "/cam");
	browser_expect(browser, "picture 1");
	program_kill(relay->program);
	browser_expect(browser, "state no connection");
	relay = relay_start(h, "--listen", listen, NULL);
	publish(relay, "/cam", 2);
	browser_expect(browser, "picture 2");
	browser_expect_times(browser, "state live", 2);
	browser_close_numbered(browser);
}

/* However soon it is back. What isn't in the list of streams has no age that would tell: what has
 * renditions only, and what has a token. */
static void test_picture_comes_back_after_a_restart_that_the_page_has_not_seen(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	char *listen = harness_format(h, "127.0.0.1:%u", relay->port);

	publish(relay, "/cam/240p", 1);
	struct program *browser = open_page(relay, "/cam");
	browser_expect(browser, "picture 1");
	browser_expect(browser, "state live");
	/* Ages are told in whole seconds. */
	wait_for(atoi(strchr(client_body(client_get(h, relay->port, "/api/streams", "", 200), NULL),
			     ':') +
		      1) >= 3);
	program_kill(relay->program);
	relay = relay_start(h, "--listen", listen, NULL);
	publish(relay, "/cam/240p", 2);
	browser_expect(browser, "picture 2");
	browser_close_numbered(browser);
}

/* ---- on demand ---- */

static struct relay *start_library(struct harness *h, unsigned pictures)
{
	struct relay *relay = relay_start(h, NULL);
	char *folder = harness_path(h, "videos");

	assert_int_equal(mkdir(folder, 0700), 0);
	film_age(harness_write(h, "videos/Broken.mp4", "no video", 8));
	film_make(h, "videos/Film.mp4", 320, 240, pictures, "-c:v mpeg4");
	program_start(h, "spillway-capture", "--config", "/dev/null", "--io", h->io, "--source",
		      harness_format(h, "library:%s", folder), relay_url(relay, "vod"), NULL);
	return relay;
}

static void test_film_is_played_and_said_to_be_over_and_played_again(struct harness *h)
{
	struct relay *relay = start_library(h, 2 * FILM_FPS);
	struct program *browser = open_page(relay, "/#vod/film");

	browser_expect(browser, "streams Broken Film");
	browser_expect(browser, "offers on demand · 0:02");
	browser_expect(browser, "state playing");
	browser_expect(browser, "viewers 0:02");
	browser_expect(browser, "state over");
	browser_expect(browser, "notice It is overPlay again");
	size_t shown = browser_count(browser, "picture #");
	assert_true(shown > 1);
	program_signal(browser, SIGUSR2);
	browser_expect_times(browser, "state playing", 2);
	browser_expect_times(browser, "state over", 2);
	assert_true(browser_count(browser, "picture #") > shown);
	browser_close(browser);
}

static void test_page_says_why_a_film_can_t_be_played(struct harness *h)
{
	struct relay *relay = start_library(h, 1);
	struct program *browser = open_page(relay, "/#vod/broken");

	browser_expect(browser, "notice It can’t be playedisn't a video, or was cut off before the "
				"part that describes it");
	assert_int_equal(browser_count(browser, "picture"), 0);
	browser_close(browser);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_moving_picture_is_shown_at_the_root),
		HARNESS_TEST(test_single_frame_appears_without_a_second),
		HARNESS_TEST(test_file_put_by_curl_appears),
		HARNESS_TEST(test_still_picture_is_shown_to_a_newcomer),
		HARNESS_TEST(test_each_frame_is_shown_when_it_comes),
		HARNESS_TEST(test_address_names_the_stream),
		HARNESS_TEST(test_token_of_the_address_is_passed_on),
		HARNESS_TEST(test_lines_to_copy_hold_nothing_for_a_shell),
		HARNESS_TEST(test_page_says_that_a_stream_ended_and_recovers),
		HARNESS_TEST(test_interrupted_stream_goes_on_with_the_next_publisher),
		HARNESS_TEST(test_stream_that_ended_between_two_looks_is_shown_again),
		HARNESS_TEST(test_page_says_that_the_relay_is_away_and_recovers),
		HARNESS_TEST(test_picture_comes_back_after_a_restart_that_the_page_has_not_seen),
		HARNESS_TEST(test_film_is_played_and_said_to_be_over_and_played_again),
		HARNESS_TEST(test_page_says_why_a_film_can_t_be_played),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
