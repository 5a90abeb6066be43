/* SPDX-License-Identifier: MIT */
/* spillway top with a real relay: in lines, and on a terminal: tmux's, whose screen is looked
 * at. */
#include <signal.h>
#include <string.h>

#include "tests/harness_client.h"
#include "tests/harness_picture.h"
#include "tests/harness_terminal.h"

struct scene {
	struct relay *relay;
	struct client *cam, *door; /* publishers */
	struct client *viewers[3]; /* two of cam, one of door */
};

static struct client *publish(struct harness *h, const struct relay *relay, const char *target)
{
	struct client *publisher = client_publish(h, relay->port, target);
	struct picture picture = picture_make(h, 1);

	client_frame(publisher, picture.data, picture.len, 0);
	return publisher;
}

static struct scene start_scene(struct harness *h)
{
	struct scene scene = {.relay = relay_start(h, NULL)};
	static const char *const targets[] = {"/cam", "/cam", "/door"};
	const char *data;

	scene.cam = publish(h, scene.relay, "/cam");
	scene.door = publish(h, scene.relay, "/door");
	for (size_t i = 0; i < 3; i++) {
		scene.viewers[i] = client_watch(h, scene.relay->port, targets[i]);
		client_next_frame(scene.viewers[i], &data);
	}
	return scene;
}

/* ---- in lines ---- */

static void test_one_table_is_printed_where_there_is_no_terminal(struct harness *h)
{
	struct scene scene = start_scene(h);
	struct program *top =
		program_run(h, "spillway", "top", "--control", scene.relay->control, NULL);
	char *text = program_output(top);

	assert_int_equal(strncmp(text, "spillway-relay ", 15), 0);
	assert_non_null(strstr(text, "2 streams, 3 viewers, 2 publishers"));
	assert_non_null(strstr(text, "\ncam   "));
	assert_non_null(strstr(text, "\ndoor  "));
	assert_non_null(strstr(text, "WORKER  STREAMS"));
	assert_non_null(strstr(text, " frames/s"));
	assert_int_equal(harness_count(top->out, "LATELY OUT"), 1);
	assert_null(strstr(text, "\033"));
	top = program_run(h, "spillway", "top", "--control", scene.relay->control, "--count", "2",
			  NULL);
	assert_int_equal(harness_count(top->out, "LATELY OUT"), 2);
}

static void test_without_a_relay_there_is_nothing_to_print(struct harness *h)
{
	struct program *top = program_start(h, "spillway", "top", "--control",
					    harness_path(h, "nothing.sock"), NULL);

	assert_int_equal(program_wait(top), 1);
	assert_int_equal(program_count_log(top, "is spillway-relay running?"), 1);
}

/* ---- on a terminal ---- */

static struct pane open_top(struct harness *h, const char *control, unsigned columns, unsigned rows)
{
	return pane_open(h, columns, rows,
			 harness_format(h, "%s/spillway top --control %s", h->build, control));
}

static size_t count_on_screen(const struct pane *pane, const char *text)
{
	size_t n = 0;

	for (char *at = pane_look(pane); (at = strstr(at, text)) != NULL; at++)
		n++;
	return n;
}

static void test_lists_are_shown_filtered_and_ordered(struct harness *h)
{
	struct scene scene = start_scene(h);
	struct pane pane = open_top(h, scene.relay->control, 100, 24);

	pane_wait(&pane, "2 streams, 3 viewers");
	pane_wait(&pane, "\ncam ");
	pane_wait(&pane, "\ndoor ");
	pane_wait(&pane, "WORKER  STREAMS");
	assert_int_equal(count_on_screen(&pane, "127.0.0.1:"), 5);
	pane_press(&pane, "r");
	pane_wait(&pane, "streams by STREAM, the greatest first");
	char *screen = pane_look(&pane);
	assert_true(strstr(screen, "\ndoor ") < strstr(screen, "\ncam "));
	pane_press(&pane, "s s");
	pane_wait(&pane, "streams by VIEWERS, the greatest first");
	pane_press(&pane, "S");
	pane_wait(&pane, "streams by STATE, the smallest first");
	/* The viewers of one stream. */
	pane_press(&pane, "End");
	pane_press(&pane, "Enter");
	pane_wait(&pane, "only viewers of ");
	pane_press(&pane, "Escape");
	pane_wait(&pane, "q quit");
	pane_press(&pane, "/ o o r");
	pane_wait(&pane, "show only what contains: oor_");
	pane_wait_gone(&pane, "\ncam ");
	pane_press(&pane, "Enter");
	pane_wait(&pane, "only what contains oor; Esc shows all");
	pane_press(&pane, "Escape");
	pane_wait(&pane, "\ncam ");
	pane_press(&pane, "q");
	pane_wait(&pane, "status 0");
	pane_wait(&pane, " icanon");
}

static void test_a_viewer_is_disconnected(struct harness *h)
{
	struct scene scene = start_scene(h);
	struct pane pane = open_top(h, scene.relay->control, 100, 24);

	pane_wait(&pane, "2 streams, 3 viewers");
	pane_press(&pane, "/ o o r Enter");
	pane_wait(&pane, "only what contains oor");
	pane_press(&pane, "Tab k");
	pane_wait(&pane, "disconnect viewer ");
	pane_press(&pane, "n");
	pane_wait(&pane, "only what contains oor");
	assert_false(client_readable(scene.viewers[2], 0));
	pane_press(&pane, "k");
	pane_wait(&pane, "disconnect viewer ");
	pane_press(&pane, "y");
	client_expect_end(scene.viewers[2]);
	pane_wait(&pane, " is disconnected");
	pane_wait(&pane, "2 streams, 2 viewers");
	assert_false(client_readable(scene.viewers[0], 0));
}

static void test_a_publisher_is_disconnected(struct harness *h)
{
	struct scene scene = start_scene(h);
	struct pane pane = open_top(h, scene.relay->control, 100, 24);

	pane_wait(&pane, "2 streams, 3 viewers");
	pane_press(&pane, "/ o o r Enter");
	pane_wait(&pane, "only what contains oor");
	pane_press(&pane, "k");
	pane_wait(&pane, "disconnect the publisher of door? (y/n)");
	pane_press(&pane, "y");
	pane_wait(&pane, "the publisher of door is disconnected");
	pane_wait(&pane, "lingering");
	pane_wait(&pane, "1 publishers");
}

static void resize(const struct pane *pane, unsigned columns, unsigned rows)
{
	struct harness *h = pane->harness;

	program_run(h, "tmux", "-S", pane->socket, "resize-window", "-x",
		    harness_format(h, "%u", columns), "-y", harness_format(h, "%u", rows), NULL);
}

static void test_the_size_changes(struct harness *h)
{
	struct scene scene = start_scene(h);
	struct pane pane = open_top(h, scene.relay->control, 120, 30);

	pane_wait(&pane, "PUBLISHER");
	resize(&pane, 40, 8);
	pane_wait_gone(&pane, "PUBLISHER");
	pane_wait(&pane, "\ncam ");
	resize(&pane, 20, 2);
	resize(&pane, 120, 30);
	pane_wait(&pane, "PUBLISHER");
	pane_wait(&pane, "WORKER");
}

static void test_a_relay_that_comes_back_is_found(struct harness *h)
{
	struct scene scene = start_scene(h);
	struct pane pane = open_top(h, scene.relay->control, 100, 24);
	char *control = scene.relay->control;

	pane_wait(&pane, "2 streams, 3 viewers");
	client_close_all(h);
	program_kill(scene.relay->program);
	pane_wait(&pane, "trying again");
	struct relay *relay = relay_start(h, "--control", control, NULL);
	publish(h, relay, "/again");
	pane_wait(&pane, "1 streams, 0 viewers");
	pane_wait(&pane, "\nagain ");
	pane_wait_gone(&pane, "\ncam ");
	/* A relay that hangs doesn't hang the screen. */
	program_signal(relay->program, SIGSTOP);
	pane_press(&pane, "r");
	pane_wait(&pane, "the greatest first");
	pane_wait(&pane, "doesn't answer");
	program_signal(relay->program, SIGCONT);
	pane_wait_gone(&pane, "doesn't answer");
	pane_press(&pane, "q");
	pane_wait(&pane, "status 0");
}

static void test_the_terminal_is_put_right_at_the_end(struct harness *h)
{
	struct scene scene = start_scene(h);
	char *pid = harness_path(h, "pid");
	struct pane pane = pane_open(
		h, 80, 24,
		harness_format(h, "sh -c 'echo $$ >%s; exec %s/spillway top --control %s'", pid,
			       h->build, scene.relay->control));

	pane_wait(&pane, "2 streams, 3 viewers");
	program_run(h, "sh", "-c", harness_format(h, "kill $(cat %s)", pid), NULL);
	pane_wait(&pane, "status 0");
	pane_wait(&pane, " icanon");
	pane_wait(&pane, " echo ");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_one_table_is_printed_where_there_is_no_terminal),
		HARNESS_TEST_ON(test_without_a_relay_there_is_nothing_to_print, "epoll"),
		HARNESS_TEST(test_lists_are_shown_filtered_and_ordered),
		HARNESS_TEST_ON(test_a_viewer_is_disconnected, "epoll"),
		HARNESS_TEST_ON(test_a_publisher_is_disconnected, "epoll"),
		HARNESS_TEST_ON(test_the_size_changes, "epoll"),
		HARNESS_TEST_ON(test_a_relay_that_comes_back_is_found, "epoll"),
		HARNESS_TEST_ON(test_the_terminal_is_put_right_at_the_end, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
